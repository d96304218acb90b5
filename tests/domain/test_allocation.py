"""Promises: what of an order counts, what releases it and when, and whatever happens, no unit is counted by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.world import order
from trueup.domain import allocation as rules
from trueup.domain.allocation import Holding, Promise, Told, promised
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOLDING = Holding()


def line(units: int = 3, **more: object) -> Promise:
    known = {"shop_id": 1, "order_ref": "7", "line": "70", "number": "1007", "product": "88", "sku": "MUG-1"}
    return Promise(**{**known, "quantity": Decimal(units), "stage": "placed", "promised_at": NOON, **more})  # type: ignore[arg-type]  # by name


def ordered(units: int = 3, stage: Stage = Stage.PLACED, **more: object) -> Order:
    made = order(7, ("88", "MUG-1"), ("89", "MUG-2"))
    positions = tuple(one.model_copy(update={"quantity": Decimal(units)}) for one in made.positions)
    return made.model_copy(update={"positions": positions, "stage": stage, "created_at": NOON, **more})


def taken(
    made: Order, known: Sequence[Promise] = (), now: datetime = NOON, holding: Holding = HOLDING
) -> list[Promise]:
    return promised(made, known, shop_id=1, holding=holding, now=now)


def units(promises: Sequence[Promise]) -> list[int]:
    return [int(one.counted) for one in promises]


def fulfilment(stage: FulfilmentStage, *lines: ShippedLine) -> Fulfilment:
    packages = (Package(id="P1", lines=lines),) if lines else ()
    return Fulfilment(id="SO-7", document_number="SO-7", stage=stage, packages=packages)


def shipped(units: int, **more: str) -> ShippedLine:
    return ShippedLine(quantity=Decimal(units), **more)


@pytest.mark.parametrize("stage", [Stage.UNPAID, Stage.ON_HOLD, Stage.PLACED, Stage.COMPLETED])
def test_an_open_order_promises_what_it_says_line_by_line(stage: Stage) -> None:
    assert [(one.line, one.sku, int(one.counted)) for one in taken(ordered(stage=stage))] == [
        ("70", "MUG-1", 3),
        ("71", "MUG-2", 3),
    ]


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (Stage.CANCELLED, "cancelled in the shop"),
        (Stage.FAILED, "the payment failed"),
        (Stage.REFUNDED, "refunded in full"),
    ],
)
def test_an_order_that_is_over_promises_nothing_and_says_why(stage: Stage, why: str) -> None:
    after = taken(ordered(stage=stage), taken(ordered()))
    assert units(after) == [0, 0]
    assert {one.why_released for one in after} == {why}


def test_an_order_that_was_over_before_anybody_knew_it_leaves_no_trace() -> None:
    assert taken(ordered(stage=Stage.CANCELLED)) == []
    assert taken(ordered(stage=Stage.UNPAID), now=NOON + 61 * MINUTE) == []


@pytest.mark.parametrize(
    ("stage", "holding", "minutes", "left"),
    [
        (Stage.UNPAID, Holding(), 59, 3),
        (Stage.UNPAID, Holding(), 60, 0),
        (Stage.UNPAID, Holding(unpaid=timedelta(minutes=10)), 10, 0),
        (Stage.ON_HOLD, Holding(), 60 * 24 * 365, 3),
        (Stage.ON_HOLD, Holding(on_hold=timedelta(days=14)), 60 * 24 * 14 - 1, 3),
        (Stage.ON_HOLD, Holding(on_hold=timedelta(days=14)), 60 * 24 * 14, 0),
        (Stage.PLACED, Holding(on_hold=timedelta(0)), 60 * 24 * 365, 3),
    ],
)
def test_what_is_not_paid_holds_its_goods_for_a_while(stage: Stage, holding: Holding, minutes: int, left: int) -> None:
    before = taken(ordered(stage=stage), holding=holding)
    after = [rules.expired(one, NOON + minutes * MINUTE) for one in before]
    assert units(after) == [left, left]
    assert taken(ordered(stage=stage), before, NOON + minutes * MINUTE, holding)[0].counted == left


def test_what_expired_is_promised_again_when_it_is_paid() -> None:
    over = [rules.expired(one, NOON + 61 * MINUTE) for one in taken(ordered(stage=Stage.UNPAID))]
    assert units(taken(ordered(), over, NOON + 90 * MINUTE)) == [3, 3]


def test_a_line_that_was_taken_off_is_not_promised_any_more() -> None:
    made = ordered()
    after = taken(made.model_copy(update={"positions": made.positions[:1]}), taken(made))
    assert units(after) == [3, 0]
    assert after[1].why_released == "taken off the order"


def test_an_article_that_the_shop_deleted_is_still_the_one_that_was_promised() -> None:
    made = ordered()
    nameless = tuple(one.model_copy(update={"product": None, "sku": None}) for one in made.positions)
    after = taken(made.model_copy(update={"positions": nameless}), taken(made))
    assert [(one.product, one.sku, int(one.counted)) for one in after] == [("88", "MUG-1", 3), ("89", "MUG-2", 3)]


def test_what_was_told_counts_until_the_number_was_read_after_that_moment() -> None:
    known = line(3).tell(Decimal(3), NOON, rules.ACKNOWLEDGED)
    assert known.counted == 3
    assert known.read(NOON).counted == 3, "in the same moment is not after it"
    assert known.read(NOON + MINUTE).counted == 0
    assert known.read(NOON + MINUTE).why_released == "acknowledged by the back office"


def test_saying_the_same_again_is_no_news() -> None:
    known = line(3).tell(Decimal(3), NOON, rules.ACKNOWLEDGED)
    assert known.tell(Decimal(3), NOON + MINUTE, rules.ACKNOWLEDGED) is known
    assert known.read(NOON - MINUTE) is known


def test_only_what_was_told_before_the_number_was_asked_for_is_in_it() -> None:
    known = line(5).tell(Decimal(2), NOON, rules.SHIPPED).tell(Decimal(4), NOON + 2 * MINUTE, rules.SHIPPED)
    assert known.read(NOON + MINUTE).counted == 3
    assert known.read(NOON + MINUTE).told == (Told(Decimal(4), NOON + 2 * MINUTE, rules.SHIPPED),)
    assert known.read(NOON + 3 * MINUTE).counted == 1


def test_an_order_that_grew_promises_the_rest_until_the_leader_has_it() -> None:
    had = [one.read(NOON + MINUTE) for one in rules.acknowledged(taken(ordered(1)), ordered(1), NOON)]
    grown = taken(ordered(3), had)
    assert units(grown) == [2, 2]
    told = rules.acknowledged(grown, ordered(3), NOON + 2 * MINUTE)
    assert units([one.read(NOON + 3 * MINUTE) for one in told]) == [0, 0]


def test_an_order_that_shrank_is_not_counted_below_zero() -> None:
    had = [one.read(NOON + MINUTE) for one in rules.acknowledged(taken(ordered(3)), ordered(3), NOON)]
    assert units(taken(ordered(1), had)) == [0, 0]


def test_the_leader_has_only_the_lines_that_it_was_sent() -> None:
    made = ordered()
    sent = made.model_copy(update={"positions": made.positions[:1]})
    after = [one.read(NOON + MINUTE) for one in rules.acknowledged(taken(made), sent, NOON)]
    assert units(after) == [0, 3]


def test_a_cancelled_order_that_comes_back_is_promised_until_it_is_sent_anew() -> None:
    had = [one.read(NOON + MINUTE) for one in rules.acknowledged(taken(ordered()), ordered(), NOON)]
    gone = rules.acknowledged(taken(ordered(stage=Stage.CANCELLED), had), ordered(stage=Stage.CANCELLED), NOON + MINUTE)
    back = taken(ordered(), [one.read(NOON + 2 * MINUTE) for one in gone])
    assert units(back) == [3, 3]


@pytest.mark.parametrize(
    ("stage", "by_reservation", "lines", "left"),
    [
        (FulfilmentStage.OPEN, False, (), [3, 3]),
        (FulfilmentStage.IN_WORK, False, (), [3, 3]),
        (FulfilmentStage.IN_WORK, True, (), [0, 0]),
        (FulfilmentStage.OPEN, True, (), [3, 3]),
        (FulfilmentStage.PARTLY_SHIPPED, False, (shipped(2, line="70"),), [1, 3]),
        (FulfilmentStage.PARTLY_SHIPPED, False, (shipped(2, sku="mug-1"), shipped(1, sku="MUG-2")), [1, 2]),
        (FulfilmentStage.PARTLY_SHIPPED, False, (shipped(9, line="70"),), [0, 3]),
        (FulfilmentStage.PARTLY_SHIPPED, True, (shipped(2, line="70"),), [0, 0]),
        (FulfilmentStage.SHIPPED, False, (shipped(2, line="70"),), [0, 0]),
        (FulfilmentStage.SHIPPED, False, (), [0, 0]),
        (FulfilmentStage.CANCELLED, False, (), [0, 0]),
    ],
)
def test_a_leader_that_counts_by_shipment_or_reservation_contains_what_it_has_done(
    stage: FulfilmentStage, by_reservation: bool, lines: tuple[ShippedLine, ...], left: list[int]
) -> None:
    told = rules.fulfilled(taken(ordered()), fulfilment(stage, *lines), NOON, by_reservation=by_reservation)
    assert units([one.read(NOON + MINUTE) for one in told]) == left


def test_two_lines_of_one_article_are_filled_one_after_the_other() -> None:
    twice = [line(2, line="a"), line(2, line="b")]
    told = rules.fulfilled(
        twice, fulfilment(FulfilmentStage.PARTLY_SHIPPED, shipped(3, sku="MUG-1")), NOON, by_reservation=False
    )
    assert units([one.read(NOON + MINUTE) for one in told]) == [0, 1]


def test_a_parcel_that_was_taken_back_is_promised_again() -> None:
    first = fulfilment(FulfilmentStage.PARTLY_SHIPPED, shipped(2, line="70"))
    sent = rules.fulfilled(taken(ordered()), first, NOON, by_reservation=False)
    read = [one.read(NOON + MINUTE) for one in sent]
    back = rules.fulfilled(read, fulfilment(FulfilmentStage.OPEN), NOON + 2 * MINUTE, by_reservation=False)
    assert units([one.read(NOON + 3 * MINUTE) for one in back]) == [3, 3]


def test_units_that_were_given_back_are_not_wanted_any_more() -> None:
    refunds = OrderRefunds(
        id="7",
        order_number="1007",
        currency="EUR",
        order_total=Decimal(100),
        refunds=(
            Refund(id="9", reference="WC-REFUND-9", amount=Decimal(10), lines=(_back("70", 1),)),
            Refund(id="10", reference="WC-REFUND-10", amount=Decimal(10), lines=(_back("70", 2), _back("71", 0))),
        ),
    )
    after = rules.refunded(taken(ordered()), refunds)
    assert units(after) == [0, 3]
    assert after[0].why_released == "refunded"


def _back(id: str, units: int) -> RefundLine:
    return RefundLine(line=id, quantity=Decimal(units), total=Decimal(10))


@dataclass
class Life:
    """One line, what the leader really has of it at each moment, and what trueup believes."""

    promise: Promise = field(default_factory=lambda: line(0))
    wanted: int = 0
    leader: int = 0
    now: datetime = NOON
    number: int = 100
    """The leader's number, as it was read last."""


STEPS = st.lists(
    st.tuples(st.sampled_from(["order", "tell", "read", "cancel", "lose the answer"]), st.integers(0, 5)), max_size=12
)


@settings(max_examples=10_000, deadline=None)
@given(steps=STEPS)
def test_promise_8_in_ten_thousand_histories_no_unit_is_counted_by_nobody(steps: list[tuple[str, int]]) -> None:
    """Of a hundred pieces: what a shop may sell is never more than what nobody has ordered."""
    life = Life()
    for what, units in steps:
        life.now += MINUTE
        if what in ("order", "cancel"):
            life.wanted = units if what == "order" else 0
            life.promise = replace(life.promise, quantity=Decimal(life.wanted)).no_more_than_wanted()
        elif what == "read":
            life.number = 100 - life.leader
            life.promise = life.promise.read(life.now)
        else:
            life.leader = life.wanted
            if what == "tell":
                life.promise = life.promise.tell(Decimal(life.wanted), life.now + MINUTE / 2, rules.ACKNOWLEDGED)
        assert life.number - life.promise.counted <= 100 - life.wanted
    life.promise = life.promise.tell(Decimal(life.wanted), life.now, rules.ACKNOWLEDGED)
    life.promise = life.promise.read(life.now + MINUTE)
    assert life.promise.counted == 0
