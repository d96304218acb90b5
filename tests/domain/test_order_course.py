"""What the systems say leads an order through its life, or to a sentence; never past a rule, never in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.order_course import Facts, asked_for, course, facts_of, next_state, progress
from trueup.domain.order_state import AT_WORK, FIRST, MOVES, Move, Mover, OrderState, Refusal
from trueup.domain.refund import OrderRefunds, Refund

S, M, F = OrderState, Mover, FulfilmentStage

PLACED = Facts(stage=Stage.PLACED, ready=True)
TRANSFERRED = replace(PLACED, document=True)
IN_WORK = replace(TRANSFERRED, fulfilment=F.IN_WORK)
HALF_SENT = replace(TRANSFERRED, fulfilment=F.PARTLY_SHIPPED, something_shipped=True)
SENT = replace(TRANSFERRED, fulfilment=F.SHIPPED, something_shipped=True)
DONE = replace(SENT, stage=Stage.COMPLETED)


def states(*facts: Facts, state: OrderState = FIRST) -> list[str]:
    """The states that an order passes while these facts become known one by one; a refusal is told in capitals."""
    passed: list[str] = []
    for known in facts:
        found = course(state, known)
        passed += [move.after.value for move in found.moves]
        state = found.moves[-1].after if found.moves else state
        if found.refusal:
            passed.append(f"NOT {found.refusal.after}")
    return passed


def test_the_usual_way() -> None:
    unpaid = Facts(stage=Stage.UNPAID, ready=False)
    assert states(unpaid, PLACED, TRANSFERRED, IN_WORK, HALF_SENT, SENT, DONE) == [
        "checked",
        "transferred",
        "in work",
        "partly shipped",
        "shipped",
        "completed",
    ]


def test_what_happened_between_two_glances_is_passed_step_by_step() -> None:
    assert states(DONE) == ["checked", "transferred", "shipped", "completed"]


def test_the_same_facts_again_move_nothing() -> None:
    assert states(SENT, SENT, SENT) == ["checked", "transferred", "shipped"]


@pytest.mark.parametrize(
    ("story", "passed"),
    [
        pytest.param(
            [PLACED, replace(PLACED, stage=Stage.CANCELLED, ready=False)],
            ["checked", "cancelled"],
            id="cancelled before it was transferred",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, stage=Stage.CANCELLED)],
            ["checked", "transferred", "cancelled"],
            id="cancelled before work began",
        ),
        pytest.param(
            [IN_WORK, replace(IN_WORK, stage=Stage.CANCELLED), replace(TRANSFERRED, fulfilment=F.CANCELLED)],
            ["checked", "transferred", "in work", "NOT cancelled", "cancelled"],
            id="cancelled too late, then stopped in the warehouse",
        ),
        pytest.param(
            [SENT, replace(SENT, stage=Stage.CANCELLED), replace(SENT, stage=Stage.CANCELLED, all_refunded=True)],
            ["checked", "transferred", "shipped", "NOT cancelled", "refunded"],
            id="cancelled after the parcel left, then refunded",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, stage=Stage.CANCELLED), TRANSFERRED, DONE],
            ["checked", "transferred", "cancelled", "transferred", "shipped", "completed"],
            id="a cancelled order comes back before its document was cancelled",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, fulfilment=F.CANCELLED)],
            ["checked", "transferred", "cancelled"],
            id="the back office cancels",
        ),
        pytest.param(
            [
                TRANSFERRED,
                replace(TRANSFERRED, fulfilment=F.CANCELLED, stage=Stage.CANCELLED),
                replace(TRANSFERRED, fulfilment=F.CANCELLED, reopened=True),
            ],
            ["checked", "transferred", "cancelled", "NOT received"],
            id="a cancelled order comes back after its document was cancelled",
        ),
        pytest.param(
            [
                replace(TRANSFERRED, fulfilment=F.CANCELLED),
                replace(TRANSFERRED, fulfilment=F.CANCELLED, stage=Stage.COMPLETED),
            ],
            ["checked", "transferred", "cancelled", "NOT completed"],
            id="a foreign tool completes what the back office cancelled",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, stage=Stage.COMPLETED), replace(SENT, stage=Stage.COMPLETED)],
            ["checked", "transferred", "completed"],
            id="a foreign completed is respected, and the parcel leaves later",
        ),
        pytest.param(
            [DONE, SENT, DONE],
            ["checked", "transferred", "shipped", "completed", "shipped", "completed"],
            id="a completed order is set back and completed again",
        ),
        pytest.param(
            [DONE, replace(DONE, stage=Stage.CANCELLED)],
            ["checked", "transferred", "shipped", "completed", "NOT cancelled"],
            id="a completed order is cancelled",
        ),
        pytest.param(
            [PLACED, replace(PLACED, stage=Stage.ON_HOLD, ready=False), PLACED],
            ["checked", "on hold", "checked"],
            id="held and released before the transfer",
        ),
        pytest.param(
            [IN_WORK, replace(IN_WORK, stage=Stage.ON_HOLD, ready=False)],
            ["checked", "transferred", "in work", "NOT on hold"],
            id="held after work began",
        ),
        pytest.param(
            [replace(TRANSFERRED, stage=Stage.ON_HOLD, ready=False), replace(SENT, stage=Stage.ON_HOLD, ready=False)],
            ["checked", "transferred", "on hold", "NOT shipped"],
            id="shipped although on hold",
        ),
        pytest.param(
            [replace(TRANSFERRED, stage=Stage.CANCELLED), replace(IN_WORK, stage=Stage.CANCELLED)],
            ["checked", "transferred", "cancelled", "NOT in work"],
            id="worked on although cancelled",
        ),
        pytest.param(
            [replace(PLACED, stage=Stage.ON_HOLD)],
            ["checked"],
            id="on hold is a status in which orders are transferred",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, partly_cancelled_by=M.SHOP), replace(SENT, partly_cancelled_by=M.SHOP)],
            ["checked", "transferred", "partly cancelled", "shipped"],
            id="a line is taken away, the rest is shipped",
        ),
        pytest.param(
            [HALF_SENT, replace(TRANSFERRED, fulfilment=F.CANCELLED, something_shipped=True)],
            ["checked", "transferred", "partly shipped", "partly cancelled"],
            id="the back office cancels the rest",
        ),
        pytest.param(
            [TRANSFERRED, replace(TRANSFERRED, all_refunded=False), IN_WORK, replace(SENT, all_refunded=False)],
            ["checked", "transferred", "partly refunded", "in work", "shipped", "partly refunded"],
            id="partly refunded before it is shipped",
        ),
        pytest.param(
            [DONE, replace(DONE, all_refunded=False), replace(DONE, all_refunded=True, stage=Stage.REFUNDED)],
            ["checked", "transferred", "shipped", "completed", "partly refunded", "refunded"],
            id="refunded in two parts",
        ),
        pytest.param(
            [replace(TRANSFERRED, all_refunded=True), TRANSFERRED],
            ["checked", "transferred", "refunded", "NOT transferred"],
            id="a refunded order goes on as if nothing had been",
        ),
        pytest.param(
            [replace(PLACED, quarantined=True), PLACED],
            ["quarantined", "checked"],
            id="quarantined, mended, and owed",
        ),
        pytest.param(
            [replace(PLACED, quarantined=True), replace(PLACED, stage=Stage.CANCELLED, ready=False)],
            ["quarantined", "received", "cancelled"],
            id="quarantined, and cancelled in the shop before anybody looked",
        ),
        pytest.param(
            [SENT, replace(SENT, quarantined=True), replace(SENT, stage=Stage.CANCELLED)],
            ["checked", "transferred", "shipped", "quarantined", "shipped", "NOT cancelled"],
            id="quarantine is no way round a rule",
        ),
        pytest.param(
            [IN_WORK, TRANSFERRED, replace(TRANSFERRED, stage=Stage.CANCELLED)],
            ["checked", "transferred", "in work", "transferred", "cancelled"],
            id="picking is taken back, so it can be cancelled",
        ),
        pytest.param(
            [SENT, IN_WORK],
            ["checked", "transferred", "shipped", "NOT in work"],
            id="the back office takes a shipment back",
        ),
        pytest.param(
            [TRANSFERRED, PLACED],
            ["checked", "transferred", "NOT checked"],
            id="the document is gone",
        ),
        pytest.param(
            [replace(PLACED, stage=Stage.FAILED, ready=False), PLACED],
            ["cancelled", "checked"],
            id="the payment fails and is tried again",
        ),
        pytest.param(
            [replace(PLACED, stage=Stage.COMPLETED)],
            ["checked"],
            id="completed in the shop, but not in the back office yet: it still has to get there",
        ),
    ],
)
def test_what_really_happens(story: list[Facts], passed: list[str]) -> None:
    assert states(*story) == passed


def test_a_refusal_says_what_happened_and_what_to_do_and_is_the_same_again() -> None:
    cancelled = replace(IN_WORK, stage=Stage.CANCELLED)
    first, again = course(S.IN_WORK, cancelled), course(S.IN_WORK, cancelled)
    assert first.refusal is not None
    assert first.refusal.sentence.startswith(
        "the shop cancelled it after the back office had begun to work on it. Stop"
    )
    assert first == again
    assert first.refusal.key == "in work > cancelled by shop"


# Whatever happens

facts = st.builds(
    Facts,
    stage=st.sampled_from(Stage),
    ready=st.booleans(),
    document=st.booleans(),
    fulfilment=st.none() | st.sampled_from(F),
    something_shipped=st.booleans(),
    all_refunded=st.none() | st.booleans(),
    refunds_by=st.sampled_from([M.SHOP, M.BACK_OFFICE]),
    partly_cancelled_by=st.none() | st.sampled_from([M.SHOP, M.BACK_OFFICE]),
    quarantined=st.booleans(),
    reopened=st.booleans(),
)


@settings(max_examples=1500, deadline=None)
@given(known=st.lists(facts, min_size=1, max_size=12))
def test_no_sequence_of_facts_reaches_a_forbidden_move_in_silence(known: list[Facts]) -> None:
    state, history = FIRST, list[Move]()
    for now in known:
        found = course(state, now)
        assert len(found.moves) <= 4, "an order that goes in circles"
        for step in found.moves:
            assert step.before is state
            assert step.by in MOVES[step.before, step.after]
            state = step.after
        history += found.moves
        assert found.refusal is not None or state is asked_for(now)[0]
        assert course(state, now).moves == (), "the same facts again move nothing"
        assert_true_to_life(found.refusal, state, now)
    assert_transferred_before_worked_on(history)


def assert_true_to_life(refusal: Refusal | None, state: OrderState, now: Facts) -> None:
    """Rules that hold whatever the table says: they are what the table is for."""
    if refusal is not None:
        assert refusal.by not in MOVES.get((refusal.before, refusal.after), frozenset()) or now.reopened
        return
    goods_left = now.document and progress(now) in (S.PARTLY_SHIPPED, S.SHIPPED)
    assert not (state is S.CANCELLED and goods_left), "cancelled, and yet it was sent"
    assert not (state is S.ON_HOLD and progress(now) in AT_WORK), "worked on while on hold"
    assert not (state is S.COMPLETED and not now.document), "completed without ever having been transferred"
    assert not (state is S.CHECKED and now.document), "owed although it is there"


def assert_transferred_before_worked_on(history: list[Move]) -> None:
    seen = {S.RECEIVED}
    for step in history:
        if step.after in (*AT_WORK, S.COMPLETED, S.PARTLY_REFUNDED, S.PARTLY_CANCELLED) and S.QUARANTINED not in seen:
            assert seen & {S.TRANSFERRED, S.CANCELLED, S.REFUNDED, S.ON_HOLD}
        seen.add(step.after)


@settings(max_examples=500, deadline=None)
@given(state=st.sampled_from(OrderState), now=facts)
def test_from_every_state_the_first_step_is_the_first_of_the_course(state: OrderState, now: Facts) -> None:
    found, step = course(state, now), next_state(state, now)
    first = (*found.moves, found.refusal)[0]
    assert step == first


# The facts from the records


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "id": "1041",
        "number": "1041",
        "status": "processing",
        "currency": "EUR",
        "created_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "billing": Address(first_name="Eva"),
        "shipping": Address(first_name="Eva"),
        "positions": (),
        "total": Decimal("35.70"),
        "total_tax": Decimal("5.70"),
        "reference": "WC-ORDER-1041",
    }
    return Order(**{**fields, **changes})


def refunds(*amounts: str) -> OrderRefunds:
    given_back = tuple(
        Refund(id=str(n), reference=f"WC-REFUND-{n}", amount=Decimal(amount)) for n, amount in enumerate(amounts)
    )
    return OrderRefunds(
        id="1041", order_number="1041", currency="EUR", order_total=Decimal("35.70"), refunds=given_back
    )


def fulfilment(stage: FulfilmentStage, *shipped: int) -> Fulfilment:
    packages = tuple(
        Package(id=str(n), lines=(ShippedLine(sku="MUG", quantity=Decimal(units)),)) for n, units in enumerate(shipped)
    )
    return Fulfilment(id="7", document_number="SO-7", stage=stage, packages=packages)


@pytest.mark.parametrize(
    ("given_back", "all_refunded"),
    [(None, None), (refunds(), None), (refunds("5"), False), (refunds("5", "30.70"), True), (refunds("36"), True)],
)
def test_how_much_was_refunded_is_read_from_the_refunds(
    given_back: OrderRefunds | None, all_refunded: bool | None
) -> None:
    assert facts_of(order(), document=True, refunds=given_back).all_refunded is all_refunded


def test_an_order_over_nothing_is_not_refunded_by_nothing() -> None:
    nothing = OrderRefunds(id="1", order_number="1", currency="EUR", order_total=Decimal(0), refunds=())
    assert facts_of(order(), document=True, refunds=nothing).all_refunded is None


def test_the_rest_of_a_cancelled_document_counts_if_some_of_it_was_sent() -> None:
    nothing_sent = facts_of(order(), document=True, fulfilment=fulfilment(F.CANCELLED))
    one_sent = facts_of(order(), document=True, fulfilment=fulfilment(F.CANCELLED, 1))
    assert asked_for(nothing_sent) == (S.CANCELLED, M.BACK_OFFICE)
    assert asked_for(one_sent) == (S.PARTLY_CANCELLED, M.BACK_OFFICE)


def test_an_order_is_open_again_if_the_shop_had_it_cancelled() -> None:
    cancelled, failed = order(stage=Stage.CANCELLED), order(stage=Stage.FAILED)
    assert facts_of(order(), document=True, before=cancelled).reopened
    assert facts_of(order(), document=True, before=failed).reopened
    assert not facts_of(order(), document=True, before=order()).reopened
    assert not facts_of(cancelled, document=True, before=cancelled).reopened


def test_who_leads_refunds_is_who_moves_the_order() -> None:
    from_the_shop = facts_of(order(), document=True, refunds=refunds("35.70"))
    from_the_back_office = facts_of(order(), document=True, refunds=refunds("35.70"), refunds_by=M.BACK_OFFICE)
    assert asked_for(from_the_shop) == (S.REFUNDED, M.SHOP)
    assert asked_for(from_the_back_office) == (S.REFUNDED, M.BACK_OFFICE)
