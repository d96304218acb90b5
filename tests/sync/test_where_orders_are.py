"""The state and every move of each order are kept in the transaction in which something became known about it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import event

from support.world import World, customer, mug, order
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.order_state import MOVES, OrderState
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund
from trueup.store import life
from trueup.store.life import LifeRow
from trueup.sync import decisions
from trueup.sync import life as lives
from trueup.sync.connecting import Refused

LINE = ("88", "MUG-1")
F = FulfilmentStage


@pytest.fixture
def selling(world: World) -> World:
    """Both know the mug; orders and refunds go to the ERP, fulfilments come back."""
    world.erp.put(mug())
    world.shop.put(mug().model_copy(update={"id": "88"}))
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.REFUND, "Shop", "ERP")
    world.flow(Kind.FULFILMENT, "ERP")
    world.settle()
    return world


def placed(number: int = 1, *, lines: int = 1, **changes: object) -> Order:
    return order(number, *[LINE] * lines).model_copy(update=changes)


def place(world: World, number: int = 1, *, lines: int = 1, **changes: object) -> None:
    world.shop.put(placed(number, lines=lines, **changes), companions=[customer()])
    world.later()


def work(world: World, stage: FulfilmentStage, *shipped: int) -> None:
    [document] = world.erp.things(Kind.ORDER)
    packages = tuple(
        Package(
            id=f"P{place}",
            lines=(ShippedLine(product=Ref(kind=Kind.PRODUCT, id="A1"), sku="MUG-1", quantity=Decimal(units)),),
            tracking_number=f"T{place}",
        )
        for place, units in enumerate(shipped)
    )
    world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=stage, packages=packages))
    world.later()


def give_back(world: World, *amounts: str) -> None:
    refunds = tuple(
        Refund(id=f"R{place}", reference=f"WC-REFUND-{place}", amount=Decimal(amount))
        for place, amount in enumerate(amounts)
    )
    total = Decimal("11.90")
    world.shop.put(OrderRefunds(id="1", order_number="1001", currency="EUR", order_total=total, refunds=refunds))
    world.later()


def passed(world: World, ref: str = "1") -> list[str]:
    """The states that the order passed; a refused one in capitals."""
    with world.hub.database.read() as tx:
        rows = life.moves_of(tx, world.ids["Shop"], ref)
    return [f"NOT {row.after}" if row.sentence else row.after for row in rows]


def where(world: World, ref: str = "1") -> LifeRow:
    with world.hub.database.read() as tx:
        row = life.of(tx, world.ids["Shop"], ref)
    assert row is not None
    return row


def test_the_usual_way_is_kept_with_who_moved_it(selling: World) -> None:
    place(selling, stage=Stage.UNPAID, ready=False)
    place(selling)
    work(selling, F.IN_WORK)
    work(selling, F.PARTLY_SHIPPED, 1)
    work(selling, F.SHIPPED, 1, 1)
    place(selling, stage=Stage.COMPLETED)
    assert passed(selling) == ["checked", "transferred", "in work", "partly shipped", "shipped", "completed"]
    with selling.hub.database.read() as tx:
        movers = [row.by for row in life.moves_of(tx, selling.ids["Shop"], "1")]
    assert movers == ["trueup", "trueup", "back office", "back office", "back office", "shop"]
    assert (where(selling).state, where(selling).number) == ("completed", "1001")


def test_an_order_begins_as_received_and_keeps_when_that_was(selling: World) -> None:
    place(selling, stage=Stage.UNPAID, ready=False)
    began = where(selling)
    place(selling)
    assert (began.state, began.stage) == ("received", "unpaid")
    assert where(selling).began_at == began.began_at
    assert where(selling).moved_at > began.moved_at


@pytest.mark.parametrize(
    ("stage", "ready", "states"),
    [
        (Stage.ON_HOLD, False, ["on hold"]),
        (Stage.CANCELLED, False, ["cancelled"]),
        (Stage.FAILED, False, ["cancelled"]),
    ],
)
def test_what_the_shop_puts_aside_before_anybody_has_it(
    selling: World, stage: Stage, ready: bool, states: list[str]
) -> None:
    place(selling, stage=stage, ready=ready)
    assert passed(selling) == states
    place(selling)
    assert passed(selling) == [*states, "checked", "transferred"]


def test_an_order_that_is_set_aside_is_in_quarantine_until_it_is_mended(selling: World) -> None:
    selling.shop.put(placed(total=Decimal(99)), companions=[customer()])
    selling.later()
    assert passed(selling) == ["quarantined"]
    place(selling)
    assert passed(selling) == ["quarantined", "checked", "transferred"]


def test_an_order_that_becomes_right_because_its_customer_does_leaves_quarantine(selling: World) -> None:
    """The order itself is the same as before: nothing about it is new but that nothing is wrong any more."""
    nameless = customer().model_copy(update={"name": " "})
    selling.shop.put(placed(), companions=[nameless])
    selling.later()
    assert where(selling).state == "quarantined"
    selling.shop.put(placed(), companions=[customer()])
    selling.later()
    assert where(selling).state == "transferred"


def test_an_order_that_cannot_even_be_read_is_known_as_quarantined(selling: World) -> None:
    selling.shop.put(placed(), companions=[customer()])
    selling.shop.spoil(Kind.ORDER, "1", "the date is text. Correct it in the shop.")
    selling.later()
    assert passed(selling) == ["quarantined"]


def test_what_the_back_office_refuses_is_in_quarantine_and_a_retry_brings_it_back(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.REFUSED, op="push", label="1001", times=1))
    place(selling)
    assert passed(selling) == ["checked", "quarantined"]
    decisions.retry(selling.hub, selling.quarantined()[0], by="ada")
    selling.settle()
    assert passed(selling) == ["checked", "quarantined", "checked", "transferred"]


def test_what_a_person_skipped_before_there_was_a_document_stays_set_aside(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.REFUSED, op="push", label="1001", times=1))
    place(selling)
    decisions.skip(selling.hub, selling.quarantined()[0], by="ada", reason="entered by hand")
    assert where(selling).state == "quarantined"


def test_a_change_that_came_too_late_is_set_aside_and_done_by_hand_it_is_back_where_its_goods_are(
    selling: World,
) -> None:
    place(selling)
    work(selling, F.IN_WORK)
    selling.erp.lock(selling.erp.things(Kind.ORDER)[0].id)
    place(selling, note="Ring twice")
    assert passed(selling)[-1] == "quarantined"
    decisions.skip(selling.hub, selling.quarantined()[0], by="ada", reason="told the warehouse")
    assert passed(selling)[-2:] == ["quarantined", "in work"]


def test_refunds_lead_the_order_to_partly_refunded_and_refunded(selling: World) -> None:
    place(selling)
    work(selling, F.SHIPPED, 1)
    give_back(selling, "5")
    give_back(selling, "5", "6.90")
    assert passed(selling) == ["checked", "transferred", "shipped", "partly refunded", "refunded"]


def test_a_line_that_is_taken_away_after_the_transfer_is_a_partial_cancellation(selling: World) -> None:
    place(selling, lines=2)
    place(selling, lines=1)
    assert passed(selling) == ["checked", "transferred", "partly cancelled"]
    place(selling, lines=2)
    assert where(selling).state == "transferred"


def test_a_move_that_must_not_be_is_refused_kept_and_shown_to_a_person(selling: World) -> None:
    place(selling)
    work(selling, F.SHIPPED, 1)
    place(selling, stage=Stage.CANCELLED, ready=False)
    for entry in selling.quarantined():
        decisions.skip(selling.hub, entry, by="ada", reason="it has left")
    row = where(selling)
    assert (row.state, row.refused) == ("shipped", "shipped > cancelled by shop")
    assert "goods have left" in str(row.sentence)
    with selling.hub.database.read() as tx:
        assert [one.ref for one in life.refused(tx)] == ["1"]
        assert life.count_refused(tx) == 1
    decisions.see_to(selling.hub, selling.ids["Shop"], "1", by="ada", reason="called the customer")
    with selling.hub.database.read() as tx:
        assert (life.refused(tx), life.count_refused(tx)) == ([], 0)
    assert where(selling).settled_by == "ada"


def test_the_same_contradiction_is_told_once_and_a_solved_one_is_over(selling: World) -> None:
    place(selling)
    work(selling, F.IN_WORK)
    place(selling, stage=Stage.ON_HOLD, ready=False)
    place(selling, stage=Stage.ON_HOLD, ready=False, payment_title="Bank")
    assert passed(selling).count("NOT on hold") == 1
    place(selling)
    assert where(selling).refused is None


@pytest.mark.parametrize("reason", ["", "  "])
def test_seeing_to_it_needs_a_reason(selling: World, reason: str) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        decisions.see_to(selling.hub, selling.ids["Shop"], "1", by="ada", reason=reason)


def test_there_is_nothing_to_see_to_about_an_order_that_is_well(selling: World) -> None:
    place(selling)
    with pytest.raises(Refused, match="nothing to see to"):
        decisions.see_to(selling.hub, selling.ids["Shop"], "1", by="ada", reason="looked")


def test_what_changed_is_kept_by_name_and_without_its_content(selling: World) -> None:
    place(selling)
    place(selling, note="For Mrs. Byron", payment_title="Bank")
    place(selling, note="For Mrs. Byron", payment_title="Bank", lines=2)
    with selling.hub.database.read() as tx:
        rows = life.changes_of(tx, selling.ids["Shop"], "1")
    assert [row.what for row in rows] == [
        (("note", ""), ("payment", "")),
        (("line", "MUG-1"), ("total", ""), ("tax in it", "")),
    ]


def test_orders_that_did_not_change_cost_nothing(selling: World) -> None:
    place(selling)
    asked: list[str] = []
    engine = selling.hub.database.engine

    def listen(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", listen)
    selling.time.passes(minutes=1)
    selling.runs(f"collect:{selling.flow_row('order Shop ERP').id}")
    event.remove(engine, "before_cursor_execute", listen)
    assert asked
    assert [text for text in asked if "order_life" in text or "order_move" in text] == []


def test_a_page_of_many_orders_asks_as_often_as_a_page_of_one(selling: World) -> None:
    def asks(*numbers: int) -> int:
        asked: list[str] = []

        def listen(*args: object) -> None:
            asked.append(str(args[2]))

        for number in numbers:
            selling.shop.put(placed(number), companions=[customer()])
        selling.time.passes(minutes=15, seconds=1)
        event.listen(selling.hub.database.engine, "before_cursor_execute", listen)
        selling.runs(f"collect:{selling.flow_row('order Shop ERP').id}")
        event.remove(selling.hub.database.engine, "before_cursor_execute", listen)
        return len([text for text in asked if "order_life" in text or "order_move" in text])

    assert asks(1) == asks(*range(2, 42))


def test_orders_are_counted_by_state_and_listed(selling: World) -> None:
    place(selling, 1)
    place(selling, 2)
    place(selling, 3, stage=Stage.ON_HOLD, ready=False)
    with selling.hub.database.read() as tx:
        assert life.counts(tx) == {"transferred": 2, "on hold": 1}
        assert [row.number for row in life.in_state(tx, "transferred")] == ["1002", "1001"]
        assert [row.number for row in life.in_state(tx, "transferred", skip=1)] == ["1001"]


def test_no_move_is_outside_the_table_and_one_that_were_would_be_counted(selling: World) -> None:
    place(selling)
    work(selling, F.SHIPPED, 1)
    give_back(selling, "11.90")
    with selling.hub.database.write() as tx:
        assert lives.outside_the_table(tx) == 0
        wrong = {"before": "refunded", "after": "received", "by": "person", "sentence": None, "at": selling.time.now}
        life.log_moves(tx, [{"leader_id": selling.ids["Shop"], "ref": "1", **wrong}])
        assert lives.outside_the_table(tx) == 1
    assert (OrderState.REFUNDED, OrderState.RECEIVED) not in MOVES


def test_bug_1_an_order_is_never_completed_in_the_shop_without_a_document_that_is_durable_here(selling: World) -> None:
    """The back office made it and the answer was lost: until it is known here, nothing is said to the shop, and the
    order is in no state that follows the transfer."""
    selling.erp.fault(Fault(trouble=Trouble.LOST_ANSWER, op="push", kind=Kind.ORDER, times=1))
    selling.shop.put(placed(), companions=[customer()])
    selling.time.passes(minutes=15, seconds=1)
    selling.runs(f"collect:{selling.flow_row('order Shop ERP').id}")
    for _turn in range(3):  # the customer first, then its order, and nothing after that
        selling.runs(f"deliver:{selling.ids['ERP']}:orders")
        selling.runs(f"deliver:{selling.ids['Shop']}:orders")
    assert len(selling.erp.things(Kind.ORDER)) == 1
    assert selling.shop.writes() == []
    assert passed(selling) == ["checked"]
    selling.later()
    assert passed(selling) == ["checked", "transferred"]
    assert len(selling.shop.writes()) == len(selling.shop.records(Kind.RECEIPT)) == 1


def test_promise_6_what_the_shop_completes_before_the_back_office_has_it_is_not_counted_as_done(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.DOWN, op="push", times=None))
    place(selling, stage=Stage.COMPLETED)
    assert where(selling).state == "checked"
    selling.erp.lift()
    selling.later()
    assert where(selling).state == "completed"


def test_an_order_is_moved_in_the_transaction_that_stores_it_or_not_at_all(
    selling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*args: object) -> None:
        raise RuntimeError("the power fails")

    with monkeypatch.context() as broken:
        broken.setattr(life, "log_moves", break_off)
        place(selling)
    with selling.hub.database.read() as tx:
        assert life.of(tx, selling.ids["Shop"], "1") is None
    assert [row for row in selling.owed() if row.kind == Kind.ORDER] == []
    selling.later()
    assert passed(selling) == ["checked", "transferred"]
