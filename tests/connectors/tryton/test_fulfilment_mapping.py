"""What a sale and its deliveries mean: every state that Tryton knows, laid out as rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.documents import newest_of
from trueup.connectors.tryton.fulfilment_mapping import fulfilment_from_tryton, stage_of
from trueup.domain.fulfilment import FulfilmentStage as Stage

SERVICE = {"id": 9, "type": "line", "note": None, "quantity": Decimal(1), "movable": False}


def move(id: int, quantity: int = 2, line: int = 1, state: str = "done", **more: Any) -> Row:
    product = {"id": 23, "code": "MUG"}
    return {
        "id": id,
        "origin": f"sale.line,{line}",
        "quantity": Decimal(quantity),
        "state": state,
        "product": product,
        **more,
    }


def shipment(state: str, *moves: Row, id: int = 5, **more: Any) -> Row:
    return {"id": id, "number": f"D{id}", "state": state, "effective_date": None, "outgoing_moves": list(moves), **more}


def sale(state: str, *shipments: Row, ordered: int = 2, shipment_state: str = "waiting", **more: Any) -> Row:
    line = {"id": 1, "type": "line", "note": "Order line 71", "quantity": Decimal(ordered), "movable": True}
    values = {"id": 7, "number": "S7", "state": state, "shipment_state": shipment_state, "invoices": []}
    return {**values, "lines": [line, SERVICE], "shipments": list(shipments), **more}


@pytest.mark.parametrize(
    ("row", "stage"),
    [
        (sale("draft"), Stage.OPEN),
        (sale("quotation"), Stage.OPEN),
        (sale("confirmed"), Stage.OPEN),
        (sale("cancelled"), Stage.CANCELLED),
        (sale("processing"), Stage.OPEN),
        (sale("processing", shipment("draft", move(1))), Stage.IN_WORK),
        (sale("processing", shipment("waiting", move(1))), Stage.IN_WORK),
        (sale("processing", shipment("assigned", move(1))), Stage.IN_WORK),
        (sale("processing", shipment("picked", move(1))), Stage.PICKED),
        (sale("processing", shipment("packed", move(1))), Stage.PICKED),
        (sale("processing", shipment("packed", move(1, 1))), Stage.IN_WORK),
        (sale("processing", shipment("packed", move(1, 1)), shipment("waiting", move(2, 1))), Stage.IN_WORK),
        (sale("processing", shipment("shipped", move(1))), Stage.SHIPPED),
        (sale("processing", shipment("done", move(1, 1)), shipment("waiting", move(2, 1))), Stage.PARTLY_SHIPPED),
        (sale("processing", shipment("done", move(1, 1)), shipment("cancelled", move(2, 1))), Stage.PARTLY_SHIPPED),
        (sale("processing", shipment("done", move(1, 1)), shipment_state="sent"), Stage.SHIPPED),
        (sale("done", shipment("done", move(1)), shipment_state="sent"), Stage.SHIPPED),
        (sale("processing", shipment("cancelled", move(1)), shipment_state="exception"), Stage.OPEN),
        (sale("done", shipment("cancelled", move(1)), shipment_state="sent"), Stage.CANCELLED),
        (sale("processing", lines=[SERVICE]), Stage.IN_WORK),
        (sale("done", lines=[SERVICE]), Stage.SHIPPED),
    ],
    ids=lambda value: f"{value['state']} {[s['state'] for s in value['shipments']]}" if isinstance(value, dict) else "",
)
def test_the_states_of_a_sale_and_its_deliveries_make_one_stage(row: Row, stage: Stage) -> None:
    assert stage_of(row) is stage


def test_only_what_has_left_is_a_package() -> None:
    row = sale("processing", shipment("done", move(1, 1)), shipment("packed", move(2, 1), id=6))
    (package,) = fulfilment_from_tryton(row, UTC).packages
    assert (package.id, package.delivery_note, package.lines[0].line) == ("shipment-5", "D5", "71")


def test_goods_in_no_package_stand_beside_those_in_one() -> None:
    boxed = shipment("done", move(1, 1, package=3), move(2, 1, package=None), packages=[{"id": 3, "parent": None}])
    found = fulfilment_from_tryton(sale("processing", boxed), UTC)
    assert [package.id for package in found.packages] == ["shipment-5", "package-3"]


def test_a_package_without_a_number_has_that_of_the_pallet_around_it() -> None:
    box, pallet = {"id": 3, "parent": 4}, {"id": 4, "parent": None, "shipping_reference": "P-4"}
    boxed = shipment("done", move(1, package=3), packages=[box, pallet], shipping_reference="S-1")
    assert fulfilment_from_tryton(sale("processing", boxed), UTC).packages[0].tracking_number == "P-4"


def test_and_without_any_that_of_the_delivery() -> None:
    boxed = shipment("done", move(1, package=3), packages=[{"id": 3, "parent": None}], shipping_reference="S-1")
    assert fulfilment_from_tryton(sale("processing", boxed), UTC).packages[0].tracking_number == "S-1"


def test_a_tracking_address_is_kept() -> None:
    link = {"id": 3, "parent": None, "shipping_reference": "P-3", "shipping_tracking_url": "https://track.example/P-3"}
    (package,) = fulfilment_from_tryton(
        sale("done", shipment("done", move(1, package=3), packages=[link])), UTC
    ).packages
    assert (package.tracking_number, package.url) == ("P-3", "https://track.example/P-3")


def test_of_a_delivery_of_several_sales_only_our_lines_count() -> None:
    row = sale("processing", shipment("done", move(1, 2), move(2, 5, line=99)))
    (package,) = fulfilment_from_tryton(row, UTC).packages
    assert [(line.sku, line.quantity) for line in package.lines] == [("MUG", 2)]


def test_moves_that_were_cancelled_or_hold_nothing_are_no_lines() -> None:
    row = sale("processing", shipment("done", move(1, 2, state="cancelled"), move(2, 0), move(3, 2)))
    assert fulfilment_from_tryton(row, UTC).shipped == 2


def test_the_day_of_dispatch_is_noon_where_the_company_is() -> None:
    row = sale("done", shipment("done", move(1), effective_date=date(2026, 11, 22)))
    (package,) = fulfilment_from_tryton(row, ZoneInfo("Europe/Stockholm")).packages
    assert package.shipped_at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def test_only_posted_invoices_are_told() -> None:
    invoices = [
        {"number": n, "state": s} for n, s in (("1", "posted"), ("2", "paid"), (None, "draft"), ("4", "cancelled"))
    ]
    assert fulfilment_from_tryton(sale("done", invoices=invoices), UTC).invoices == ("1", "2")


def test_a_sale_changed_when_the_last_of_its_parts_did() -> None:
    morning = datetime(2026, 11, 22, 8, tzinfo=UTC)
    late = {"write_date": morning + timedelta(hours=2), "create_date": morning}
    row = {"create_date": morning, "write_date": None, "shipments": [{"create_date": morning, "packages": [late]}]}
    assert newest_of(row, ("shipments", "shipments.packages", "invoices")) == morning + timedelta(hours=2)
