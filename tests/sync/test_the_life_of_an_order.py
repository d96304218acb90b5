"""What becomes of an order: paid late, held, changed, cancelled, sent, refunded, before and after its transfer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from support.world import World, customer, mug, order
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund
from trueup.store import flows
from trueup.store.tables import record
from trueup.sync import decisions
from trueup.sync.connecting import Refused

LINE = ("88", "MUG-1")


@pytest.fixture
def selling(world: World) -> World:
    """Both know the mug; orders go to the ERP, fulfilments come back."""
    world.erp.put(mug())
    world.shop.put(mug().model_copy(update={"id": "88"}))
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.FULFILMENT, "ERP")
    world.settle()
    return world


def place(world: World, number: int = 1, *, stage: Stage = Stage.PLACED, ready: bool = True, **changes: str) -> Order:
    placed = order(number, LINE, **changes).model_copy(update={"stage": stage, "ready": ready})
    world.shop.put(placed, companions=[customer()])
    return placed


def documents(world: World) -> list[Order]:
    return [found for found in world.erp.records(Kind.ORDER) if isinstance(found, Order)]


def mirrored(world: World, kind: Kind = Kind.ORDER) -> list[str]:
    with world.hub.database.read() as tx:
        return list(tx.execute(select(record.c.payload).where(record.c.kind == kind.value)).scalars())


def test_an_unpaid_order_is_known_here_and_to_nobody_else(selling: World) -> None:
    place(selling, stage=Stage.UNPAID, ready=False)
    selling.later()
    assert len(mirrored(selling)) == 1
    assert selling.erp.writes() == [], "neither the order nor its customer"


def test_an_order_goes_on_its_way_when_it_is_paid(selling: World) -> None:
    place(selling, stage=Stage.UNPAID, ready=False)
    selling.later()
    place(selling)
    selling.later()
    assert [found.stage for found in documents(selling)] == [Stage.PLACED]
    assert len(selling.erp.things(Kind.CUSTOMER)) == 1


def test_an_order_that_is_put_on_hold_before_its_transfer_waits_until_it_is_released(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.DOWN, op="push", times=None))
    place(selling)
    selling.later()
    place(selling, stage=Stage.ON_HOLD, ready=False)
    selling.later()
    selling.erp.lift()
    selling.later()
    assert documents(selling) == []
    [row] = [row for row in selling.owed("waiting") if row.kind == Kind.ORDER]
    assert row.sentence == "It is on hold in the shop."
    place(selling)
    selling.later()
    assert len(documents(selling)) == 1


def test_a_young_order_is_left_alone_until_its_payment_plugins_are_through(world: World) -> None:
    world.erp.put(mug())
    flow = world.flow(Kind.ORDER, "Shop", "ERP")
    with world.hub.database.write() as tx:
        flows.change(tx, flow.id, settings={**flow.settings, "min_age_minutes": 20})
    place(world)
    world.later()
    assert documents(world) == []
    world.later()
    assert len(documents(world)) == 1


def test_a_change_after_the_transfer_reaches_the_same_document(selling: World) -> None:
    place(selling)
    selling.later()
    place(selling, note="Ring twice")
    selling.later()
    assert [found.note for found in documents(selling)] == ["Ring twice"]
    assert len(selling.erp.things(Kind.ORDER)) == 1
    assert selling.quarantined() == []


def test_a_change_that_comes_too_late_becomes_a_task_and_nothing_is_overwritten(selling: World) -> None:
    place(selling)
    selling.later()
    selling.erp.lock(selling.erp.things(Kind.ORDER)[0].id)
    place(selling, note="Ring twice")
    selling.later()
    [entry] = selling.quarantined()
    assert (entry.error, entry.kind) == ("locked", Kind.ORDER)
    assert "1001" in entry.sentence
    assert [found.note for found in documents(selling)] == [None]


def test_an_order_that_both_sides_changed_is_a_conflict_and_never_merged(selling: World) -> None:
    place(selling)
    selling.later()
    [there] = documents(selling)
    selling.erp.put(there.model_copy(update={"note": "Said on the telephone"}))
    place(selling, note="Ring twice")
    selling.later()
    [entry] = selling.quarantined()
    assert entry.error == "conflict"
    assert [found.note for found in documents(selling)] == ["Said on the telephone"]


def test_what_was_done_by_hand_is_where_the_next_change_starts_from(selling: World) -> None:
    place(selling)
    selling.later()
    [there] = documents(selling)
    selling.erp.lock(there.id)
    place(selling, note="Ring twice")
    selling.later()
    selling.erp.put(there.model_copy(update={"note": "Ring twice"}))
    decisions.skip(selling.hub, selling.quarantined()[0], by="Ada", reason="entered by hand")
    selling.erp.unlock(there.id)
    place(selling, note="Do not ring")
    selling.later()
    assert selling.quarantined() == []
    assert [found.note for found in documents(selling)] == ["Do not ring"]


def test_a_cancelled_order_is_cancelled_there_too(selling: World) -> None:
    place(selling)
    selling.later()
    place(selling, stage=Stage.CANCELLED, ready=False)
    selling.later()
    assert [found.stage for found in documents(selling)] == [Stage.CANCELLED]
    assert len(selling.erp.things(Kind.ORDER)) == 1


def test_an_order_that_was_cancelled_before_its_transfer_is_never_made_there(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.DOWN, op="push", times=None))
    place(selling)
    selling.later()
    place(selling, stage=Stage.CANCELLED, ready=False)
    selling.later()
    selling.erp.lift()
    selling.later()
    assert documents(selling) == []
    [row] = [row for row in selling.owed() if row.kind == Kind.ORDER]
    assert (row.state, row.error) == ("skipped", "not needed")
    assert selling.quarantined() == []


def test_a_cancellation_finds_the_document_whose_answer_was_lost(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.LOST_ANSWER, op="push", kind=Kind.ORDER, times=1))
    place(selling)
    selling.later()
    place(selling, stage=Stage.CANCELLED, ready=False)
    selling.later()
    selling.later()
    assert [found.stage for found in documents(selling)] == [Stage.CANCELLED]


def test_an_order_with_wrong_money_is_kept_here_and_what_was_due_of_it_is_held(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.DOWN, op="push", times=None))
    good = place(selling)
    selling.later()
    selling.shop.put(good.model_copy(update={"total": good.total + 1}), companions=[customer()])
    selling.later()
    selling.erp.lift()
    selling.later()
    assert documents(selling) == [], "neither the wrong one nor its older version"
    assert len(mirrored(selling)) == 1
    [entry] = selling.quarantined()
    assert "add up" in entry.sentence
    place(selling, note="Recalculated")
    selling.later()
    assert [found.note for found in documents(selling)] == ["Recalculated"]
    assert selling.quarantined() == []


def test_nobody_is_bothered_about_the_money_of_an_order_that_is_not_to_be_transferred(selling: World) -> None:
    good = place(selling, stage=Stage.UNPAID, ready=False)
    selling.shop.put(good.model_copy(update={"total": good.total + 1}), companions=[customer()])
    selling.later()
    assert selling.quarantined() == []


def sent(document: str, number: str = "TRACK-1") -> Fulfilment:
    line = ShippedLine(product=Ref(kind=Kind.PRODUCT, id="A1"), sku="MUG-1", quantity=Decimal(1))
    package = Package(id="P1", lines=(line,), tracking_number=number)
    return Fulfilment(id=document, document_number="SO-1", stage=FulfilmentStage.SHIPPED, packages=(package,))


def test_what_was_sent_is_told_to_the_order_in_the_shop(selling: World) -> None:
    place(selling)
    selling.later()
    selling.erp.put(sent(selling.erp.things(Kind.ORDER)[0].id))
    selling.later()
    [told] = selling.shop.records(Kind.FULFILMENT)
    assert isinstance(told, Fulfilment)
    assert (told.id, told.packages[0].tracking_number) == ("1", "TRACK-1")


def test_a_second_parcel_is_told_once_and_a_repeat_not_at_all(selling: World) -> None:
    place(selling)
    selling.later()
    first = sent(selling.erp.things(Kind.ORDER)[0].id)
    selling.erp.put(first)
    selling.later()
    both = (*first.packages, first.packages[0].model_copy(update={"id": "P2", "tracking_number": "TRACK-2"}))
    selling.erp.put(first.model_copy(update={"packages": both}))
    selling.later()
    selling.shop.forget_counts()
    selling.erp.put(first.model_copy(update={"packages": both}))
    selling.later()
    [told] = selling.shop.records(Kind.FULFILMENT)
    assert isinstance(told, Fulfilment)
    assert [package.tracking_number for package in told.packages] == ["TRACK-1", "TRACK-2"]
    assert selling.shop.writes() == []


def test_a_document_that_no_shop_knows_is_nobodys_fulfilment(selling: World) -> None:
    selling.erp.put(sent("made-by-hand"))
    selling.later()
    assert selling.shop.records(Kind.FULFILMENT) == []
    assert selling.quarantined() == []


def test_a_fulfilment_that_was_read_before_the_document_was_known_here_is_told_afterwards(selling: World) -> None:
    selling.erp.fault(Fault(trouble=Trouble.LOST_ANSWER, op="push", kind=Kind.ORDER, times=1))
    place(selling)
    selling.later()
    selling.erp.put(sent(selling.erp.things(Kind.ORDER)[0].id))
    selling.runs(f"collect:{selling.flow_row('fulfilment ERP Shop').id}")
    assert [row for row in selling.owed() if row.kind == Kind.FULFILMENT] == []
    selling.later()
    selling.later()
    assert len(selling.shop.records(Kind.FULFILMENT)) == 1


def test_each_shop_hears_of_its_own_orders_only(world: World, tmp_path: Path) -> None:
    world.erp.put(mug())
    world.connect("Second", tmp_path / "second.sqlite")
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.ORDER, "Second", "ERP")
    world.flow(Kind.FULFILMENT, "ERP", "Shop", "Second")
    place(world)
    world.settle()
    world.erp.put(sent(world.erp.things(Kind.ORDER)[0].id))
    world.later()
    told = [row.follower_id for row in world.owed() if row.kind == Kind.FULFILMENT]
    assert told == [world.ids["Shop"]]


def given_back(*amounts: str) -> OrderRefunds:
    refunds = tuple(
        Refund(id=f"R{place}", reference=f"WC-REFUND-{place}", amount=Decimal(amount))
        for place, amount in enumerate(amounts)
    )
    return OrderRefunds(id="1", order_number="1001", currency="EUR", order_total=Decimal("11.90"), refunds=refunds)


def test_refunds_follow_the_order_to_its_document(selling: World) -> None:
    selling.flow(Kind.REFUND, "Shop", "ERP")
    place(selling)
    selling.shop.put(given_back("5"))
    selling.later()
    selling.shop.put(given_back("5", "6.90"))
    selling.later()
    [told] = selling.erp.records(Kind.REFUND)
    assert isinstance(told, OrderRefunds)
    assert told.id == selling.erp.things(Kind.ORDER)[0].id
    assert [refund.amount for refund in told.refunds] == [Decimal(5), Decimal("6.90")]


def test_refunds_of_an_order_that_was_never_transferred_are_owed_to_nobody(selling: World) -> None:
    selling.flow(Kind.REFUND, "Shop", "ERP")
    place(selling, stage=Stage.ON_HOLD, ready=False)
    selling.shop.put(given_back("5"))
    selling.later()
    assert [row for row in selling.owed() if row.kind == Kind.REFUND] == []
    place(selling)
    selling.later()
    selling.later()
    assert len(selling.erp.records(Kind.REFUND)) == 1, "once the order is transferred, they follow"


def test_more_refunded_than_paid_is_set_aside_with_both_figures(selling: World) -> None:
    selling.flow(Kind.REFUND, "Shop", "ERP")
    place(selling)
    selling.shop.put(given_back("5", "7"))
    selling.later()
    [entry] = selling.quarantined()
    assert "12 EUR were refunded of an order over 11.9 EUR" in entry.sentence


def test_returns_begin_on_one_side_only(selling: World) -> None:
    selling.flow(Kind.REFUND, "Shop", "ERP")
    with pytest.raises(Refused, match="already leads refund the other way round"):
        selling.flow(Kind.REFUND, "ERP", "Shop")
