"""Leaders whose number contains an order only once its goods are reserved or have left, refunds, and foreign tools."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from support.sharing import Sharing, sharing
from support.world import World
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind
from trueup.domain.refund import OrderRefunds, Refund, RefundLine
from trueup.store import allocations


@pytest.fixture
def shared(one_world: World, tmp_path: Path) -> Sharing:
    """Ten mugs; the back office reports what it ships, the shops what they refund."""
    return sharing(one_world, tmp_path, fulfilments=True, refunds=True)


def reports(shared: Sharing, stage: FulfilmentStage, units: int = 0, line: str | None = None) -> None:
    """The back office tells how far it is with its only order."""
    [document] = shared.world.erp.things(Kind.ORDER)
    lines = (ShippedLine(sku="MUG-1", line=line, quantity=Decimal(units)),) if units else ()
    packages = (Package(id="P1", lines=lines),) if lines else ()
    number = document.document or document.id
    shared.world.erp.put(Fulfilment(id=document.id, document_number=number, stage=stage, packages=packages))


def refunds(shared: Sharing, order: Order, units: int) -> None:
    line = RefundLine(line=order.positions[0].id, quantity=Decimal(units), total=Decimal(1))
    refund = Refund(id="9", reference="WC-REFUND-9", amount=Decimal(1), lines=(line,))
    record = OrderRefunds(
        id=order.id, order_number=order.number, currency="EUR", order_total=order.total, refunds=(refund,)
    )
    shared.world.shop.put(record)


def test_by_shipment_the_leader_having_the_order_releases_nothing(shared: Sharing) -> None:
    shared.policy(contains="shipment")
    shared.places("Shop", 1, units=3)
    shared.world.later()
    shared.world.later()
    assert len(shared.world.erp.things(Kind.ORDER)) == 1
    assert shared.all_show() == [7, 7, 7]


def test_by_shipment_each_parcel_releases_its_units(shared: Sharing) -> None:
    shared.policy(contains="shipment")
    placed = shared.places("Shop", 1, units=3)
    shared.world.later()
    reports(shared, FulfilmentStage.PARTLY_SHIPPED, 2, placed.positions[0].id)
    shared.has(8)
    shared.world.later()
    shared.world.later()
    assert shared.all_show() == [7, 7, 7]
    assert shared.told("Lund").sentence == "8 in stock − 1 open web order (#1001 ×1 in Shop) − 0 buffer = 7"
    reports(shared, FulfilmentStage.SHIPPED, 3, placed.positions[0].id)
    shared.has(7)
    shared.world.later()
    shared.world.later()
    assert shared.told("Lund").sentence == "7 in stock − 0 open web orders − 0 buffer = 7"


def test_by_reservation_the_beginning_of_the_work_releases_it(shared: Sharing) -> None:
    shared.policy(contains="reservation")
    shared.places("Shop", 1, units=3)
    shared.world.later()
    shared.world.later()
    assert shared.all_show() == [7, 7, 7]
    reports(shared, FulfilmentStage.IN_WORK)
    shared.has(7)
    shared.world.later()
    shared.world.later()
    assert shared.told("Lund").sentence == "7 in stock − 0 open web orders − 0 buffer = 7"


def test_an_order_that_the_back_office_cancels_holds_nothing(shared: Sharing) -> None:
    shared.policy(contains="shipment")
    shared.places("Shop", 1, units=3)
    shared.world.later()
    reports(shared, FulfilmentStage.CANCELLED)
    shared.world.later()
    shared.world.later()
    assert shared.shows("Lund") == 10
    assert released(shared) == {"cancelled in the back office"}


def test_units_that_were_refunded_are_not_promised_any_more(shared: Sharing) -> None:
    shared.policy(contains="shipment")
    placed = shared.places("Shop", 1, units=3)
    shared.world.later()
    refunds(shared, placed, 2)
    shared.world.later()
    assert shared.all_show() == [9, 9, 9]


def test_an_order_completed_by_a_foreign_tool_stays_promised_while_the_back_office_will_tell(shared: Sharing) -> None:
    shared.policy(contains="shipment")
    placed = shared.places("Shop", 1, units=3)
    shared.world.later()
    shared.becomes("Shop", placed, stage=Stage.COMPLETED)
    shared.world.later()
    shared.world.later()
    assert shared.all_show() == [7, 7, 7], "the goods may have left; its number says so when it has booked them"


def test_where_nobody_else_will_tell_a_completed_order_was_shipped(one_world: World, tmp_path: Path) -> None:
    shared = sharing(one_world, tmp_path)
    shared.policy(contains="shipment")
    placed = shared.places("Shop", 1, units=3)
    shared.world.later()
    shared.becomes("Shop", placed, stage=Stage.COMPLETED)
    shared.world.later()
    assert shared.all_show() == [7, 7, 7], "until the number was read after that"
    shared.has(7)
    shared.world.later()
    assert shared.told("Lund").sentence == "7 in stock − 0 open web orders − 0 buffer = 7"
    assert released(shared) == {"completed in the shop"}


def test_an_order_that_was_completed_before_anybody_knew_it_promises_nothing(one_world: World, tmp_path: Path) -> None:
    shared = sharing(one_world, tmp_path)
    shared.policy(contains="shipment")
    shared.places("Shop", 1, units=3, stage=Stage.COMPLETED)
    shared.world.later()
    assert shared.shows("Lund") == 10


def released(shared: Sharing) -> set[str | None]:
    with shared.world.hub.database.read() as tx:
        articles = allocations.Articles(shared.world.ids["ERP"], shared.world.ids.values(), {"A1": "MUG-1"})
        return {promise.why_released for promise in allocations.history(tx, articles)}
