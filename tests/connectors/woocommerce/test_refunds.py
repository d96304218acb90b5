"""Refunds of the shop as other systems get them: positive, by line and tax rate, oldest first, each named once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trueup.connectors.kit.errors import TryLater
from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.connectors.woocommerce.refund_mapping import refunds_change, refunds_from_woo
from trueup.domain.order import PositionType
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds
from trueup.sandbox import RunningShop, SeedRate, ShopSettings, running_shop

from .conftest import Opener, settings_of
from .test_order_mapping import settings
from .test_orders import BILLING, NOON, bought, place_orders

RATES = (
    SeedRate(country="DE", rate="19", name="MwSt 19"),
    SeedRate(country="DE", rate="7", tax_class="reduced-rate", name="MwSt 7"),
)


@pytest.fixture
def taxed() -> Iterator[RunningShop]:
    """A shop with two tax rates."""
    with running_shop(ShopSettings(rates=RATES), https=True) as running:
        yield running


@pytest.fixture
def owner(taxed: RunningShop) -> Iterator[WooClient]:
    client = WooClient(settings_of(taxed))
    yield client
    client.close()


@pytest.fixture
def reader(taxed: RunningShop) -> Iterator[WooCommerce]:
    connector = open_connector(settings_of(taxed))
    yield connector
    connector.close()


def refund(api: WooClient, id: str, **body: Any) -> dict[str, Any]:
    row, _ = api.send("POST", f"orders/{id}/refunds", {"api_refund": False, **body})
    return dict(row)


def refunds_in(pages: Iterator[Page] | Sequence[Any]) -> list[OrderRefunds]:
    items = [item for page in pages for item in (page.items if isinstance(page, Page) else [page])]
    return [item.record for item in items if isinstance(item, Change) and isinstance(item.record, OrderRefunds)]


def two_sizes(api: WooClient) -> dict[str, Any]:
    """An order of four mugs (19 %) and two books (7 %) with shipping and a fee."""
    lines = [{"product_id": bought(api, "MUG", "10.00", ""), "quantity": 4}]
    lines += [{"product_id": bought(api, "BOOK", "20.00", "reduced-rate"), "quantity": 2}]
    shipping = [{"method_id": "flat_rate", "method_title": "Flat", "total": "4.90"}]
    (id,) = place_orders(api, 1, line_items=lines, shipping_lines=shipping, set_paid=True)
    return dict(api.get(f"orders/{id}"))


def test_a_partial_refund_tells_pieces_net_and_tax_of_each_rate_shipping_and_fees(
    reader: WooCommerce, owner: WooClient
) -> None:
    order = two_sizes(owner)
    (mug, book), (freight,), (gift,) = order["line_items"], order["shipping_lines"], order["fee_lines"]
    normal, reduced = (next(rate["id"] for rate in line["taxes"] if rate["total"]) for line in (mug, book))
    taxed = [
        {"id": mug["id"], "quantity": 1, "refund_total": 10, "refund_tax": [{"id": normal, "refund_total": 1.9}]},
        {"id": book["id"], "quantity": 2, "refund_total": 40, "refund_tax": [{"id": reduced, "refund_total": 2.8}]},
        {"id": freight["id"], "refund_total": 4.9, "refund_tax": [{"id": normal, "refund_total": 0.93}]},
        {"id": gift["id"], "refund_total": 10, "refund_tax": [{"id": normal, "refund_total": 1.9}]},
    ]
    made = refund(owner, str(order["id"]), amount="72.43", reason="broken &amp; late", line_items=taxed)
    (found,) = refunds_in(reader.changes(Kind.REFUND, None))
    assert (found.id, found.order_number, found.currency, found.decimals) == (
        str(order["id"]),
        order["number"],
        "EUR",
        2,
    )
    assert found.order_total == Decimal(order["total"])
    assert found.problems() == []
    (one,) = found.refunds
    assert (one.reference, one.amount, one.reason) == (f"WC-REFUND-{made['id']}", Decimal("72.43"), "broken & late")
    assert one.explained == one.amount, "the lines explain every cent"
    goods = [line for line in one.lines if line.type is PositionType.GOODS]
    assert [(line.line, line.quantity, line.total, line.tax, line.sku) for line in goods] == [
        (str(mug["id"]), 1, Decimal(10), Decimal("1.9"), "MUG"),
        (str(book["id"]), 2, Decimal(40), Decimal("2.8"), "BOOK"),
    ]
    assert goods[0].product == Ref(kind=Kind.PRODUCT, id=str(mug["product_id"]))
    assert [part.rate for part in goods[0].taxes] == [str(normal)]
    assert [part.rate for part in goods[1].taxes] == [str(reduced)]
    rest = [(line.type, line.line, line.quantity, line.total, line.tax) for line in one.lines if line not in goods]
    assert rest == [
        (PositionType.SHIPPING, str(freight["id"]), 0, Decimal("4.9"), Decimal("0.93")),
        (PositionType.FEE, str(gift["id"]), 0, Decimal(10), Decimal("1.9")),
    ]


def test_refunds_come_oldest_first_and_one_of_nothing_is_none(woo: WooCommerce, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    made = [refund(api, id, amount=amount)["id"] for amount in ("1.00", "0", "2.50")]
    (found,) = refunds_in(woo.changes(Kind.REFUND, None))
    assert [(one.id, one.amount, one.lines) for one in found.refunds] == [
        (str(made[0]), Decimal("1.00"), ()),
        (str(made[2]), Decimal("2.50"), ()),
    ], "an amount alone is a refund, too"
    assert found.refunded == Decimal("3.50")
    assert [item.record.id for item in woo.fetch(Kind.REFUND, [id, "999999"]) if isinstance(item, Change)] == [id]


def test_only_orders_with_refunds_are_asked_for_them(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    ids = place_orders(api, 30)
    for id in ids[:2]:
        refund(api, id, amount="1.00")
    shop.log.clear()
    assert [found.id for found in refunds_in(woo.changes(Kind.REFUND, None))] == ids[:2]
    asked = {route: count for route, count in shop.log.counts.items() if "settings" not in route}
    assert asked == {"GET /orders": 2, "GET /orders/{order_id}/refunds": 2}


def test_a_refund_shows_in_the_next_read_though_the_order_is_old(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    shop.clock.hold(NOON)
    old, other = place_orders(api, 2)
    refund(api, other, amount="1.00")
    shop.clock.hold(NOON + timedelta(hours=5))
    refund(api, old, amount="2.00")
    since = NOON + timedelta(hours=5)
    changes = [item for page in woo.changes(Kind.REFUND, since) for item in page.items if isinstance(item, Change)]
    assert [(change.record.id, change.changed_at) for change in changes] == [(old, since)]


def test_refunds_of_orders_that_are_none_of_ours_stay_out(connect: Opener, shop: RunningShop, api: WooClient) -> None:
    shop.clock.hold(NOON)
    (old,) = place_orders(api, 1)
    shop.clock.hold(NOON + timedelta(hours=1))
    (test,) = place_orders(api, 1, billing={**BILLING, "email": "qa@agency.example"})
    (new,) = place_orders(api, 1)
    for id in (old, test, new):
        refund(api, id, amount="1.00")
    woo = connect(order_start=NOON + timedelta(minutes=1), test_emails=["@agency.example"], reference_prefix="JKPG")
    (found,) = refunds_in(woo.changes(Kind.REFUND, None))
    assert found.id == new
    assert found.refunds[0].reference.startswith("JKPG:WC-REFUND-")


def test_a_status_that_nobody_explained_hides_no_refund() -> None:
    with running_shop(ShopSettings(order_statuses=(("packing", "Packing"),)), https=True) as shop:
        api, woo = WooClient(settings_of(shop)), open_connector(settings_of(shop))
        (id,) = place_orders(api, 1, status="packing")
        refund(api, id, amount="1.00")
        assert [found.id for found in refunds_in(woo.changes(Kind.REFUND, None))] == [id]
        api.close()
        woo.close()


def test_the_status_refunded_gives_the_whole_rest_back(woo: WooCommerce, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    refund(api, id, amount="1.00")
    api.send("PUT", f"orders/{id}", {"status": "refunded"})
    (found,) = refunds_in(woo.changes(Kind.REFUND, None))
    assert found.refunded == found.order_total
    assert len(found.refunds) == 2


def test_a_read_fails_as_a_whole_if_one_orders_refunds_cannot_be_read(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    for id in place_orders(api, 2):
        refund(api, id, amount="1.00")
    shop.faults.add("error", method="GET", route="/orders/{order_id}/refunds", skip=1, status=503)
    with pytest.raises(TryLater):
        list(woo.changes(Kind.REFUND, None))


def test_an_order_deleted_while_its_refunds_are_read_stops_nothing(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    gone, kept = place_orders(api, 2)
    for id in (gone, kept):
        refund(api, id, amount="1.00")
    shop.faults.add("error", method="GET", route="/orders/{order_id}/refunds", times=1, status=404)
    assert [found.id for found in refunds_in(woo.changes(Kind.REFUND, None))] == [kept]


# What the real shop answered

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recordings" / "refunds.json").read_text(encoding="utf-8")
)["exchanges"]


def recorded(id: str) -> Any:
    return next(exchange["response"]["body"] for exchange in RECORDED if exchange["id"] == id)


def test_recorded_refunds_are_read_with_their_line_tax_and_reason() -> None:
    order = {**recorded("order_before"), "id": 160, "number": "160"}
    rows = [recorded(id) for id in ("create_shipping", "create_partial_line", "create_amount_only", "create_zero")]
    found = refunds_from_woo(order, rows, settings(), 2)
    assert [one.id for one in found.refunds] == ["161", "163", "164"]
    partial, plain, freight = found.refunds
    (line,) = partial.lines
    assert (line.line, line.quantity, line.total, line.tax, line.name) == (
        "98",
        1,
        Decimal("10.00"),
        Decimal("1.90"),
        "Order Item A",
    )
    assert (partial.reason, partial.amount) == ("defekt", Decimal("11.90"))
    assert plain.lines == ()
    assert [(one.type, one.line, one.total) for one in freight.lines] == [
        (PositionType.SHIPPING, "100", Decimal("4.90"))
    ]


def test_a_refund_that_came_from_another_system_keeps_the_name_it_has_there() -> None:
    row = {**recorded("create_amount_only"), "meta_data": [{"id": 1, "key": "_trueup_refund", "value": "CN-7"}]}
    order = {**recorded("order_before"), "id": 160}
    assert [one.reference for one in refunds_from_woo(order, [row], settings(), 2).refunds] == ["CN-7"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"amount": "many"}, "refunds 1 amount"), ({"line_items": None}, "line_items"), ({"fee_lines": "x"}, "fee_lines")],
)
def test_a_refund_that_cannot_be_read_is_kept_and_told_about(changes: dict[str, Any], field: str) -> None:
    row = {**recorded("create_partial_line"), **changes}
    found = refunds_change({**recorded("order_before"), "id": 160}, [row], settings(), 2)
    assert isinstance(found, Unreadable)
    assert (found.kind, found.id) == (Kind.REFUND, "160")
    assert found.problems[0].field == field
    assert isinstance(found.raw, dict)
    assert found.raw["refunds"] == [row]
