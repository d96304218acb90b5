"""Reading orders from the shop in the box: nothing skipped, nothing twice, though the shop goes on working."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trueup.clock import utc_now
from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.domain.cent_proof import prove
from trueup.domain.order import Order
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop, SeedRate, ShopSettings, running_shop

from .conftest import Opener, settings_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BILLING = {"first_name": "Eva", "last_name": "Müller", "address_1": "Hauptstr. 5", "country": "DE", "email": "e@x.test"}


def place_orders(api: WooClient, count: int, **more: Any) -> list[str]:
    body = {"status": "processing", "billing": BILLING, "fee_lines": [{"name": "Gift", "total": "10.00"}], **more}
    ids: list[str] = []
    while len(ids) < count:
        size = min(100, count - len(ids))
        data, _ = api.send("POST", "orders/batch", {"create": [body] * size})
        ids += [str(row["id"]) for row in data["create"]]
    return ids


def ids_of(pages: Iterator[Page]) -> list[str]:
    return [item.record.id for page in pages for item in page.items if isinstance(item, Change)]


@pytest.mark.parametrize("count", [1000, 99, 100, 101, 199, 200])
def test_orders_of_one_second_are_each_read_once(
    woo: WooCommerce, shop: RunningShop, api: WooClient, count: int
) -> None:
    shop.clock.hold(NOON)
    placed = place_orders(api, count)
    assert ids_of(woo.changes(Kind.ORDER, None)) == placed
    assert ids_of(woo.changes(Kind.ORDER, NOON)) == placed, "the second of the cursor is read again"
    assert ids_of(woo.changes(Kind.ORDER, NOON + timedelta(seconds=1))) == []


def test_orders_deleted_while_they_are_read_hide_no_others(woo: WooCommerce, api: WooClient) -> None:
    placed = place_orders(api, 350)
    pages = woo.changes(Kind.ORDER, None)
    read = [item.record.id for item in next(pages).items if isinstance(item, Change)]
    for id in [*placed[3:6], placed[99]]:  # the last one read, too
        api.send("DELETE", f"orders/{id}?force=true", None)
    read += [item.record.id for item in next(pages).items if isinstance(item, Change)]
    api.send("DELETE", f"orders/{placed[10]}", None)  # into the bin, which is asked in the end
    read += ids_of(pages)
    assert read == [*placed, placed[10]]


def test_a_mass_of_orders_deleted_while_they_are_read_hides_no_others(woo: WooCommerce, api: WooClient) -> None:
    placed = place_orders(api, 420)
    pages = woo.changes(Kind.ORDER, None)
    read = [item.record.id for item in next(pages).items if isinstance(item, Change)]
    read += [item.record.id for item in next(pages).items if isinstance(item, Change)]
    api.send("POST", "orders/batch", {"delete": [int(id) for id in placed[:100]]})
    api.send("POST", "orders/batch", {"delete": [int(id) for id in placed[100:190]]})
    read += ids_of(pages)
    assert read == placed


def test_orders_that_change_while_they_are_read_are_neither_doubled_nor_lost(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    shop.clock.hold(NOON - timedelta(days=1))
    old = place_orders(api, 5)
    shop.clock.hold(NOON)
    placed = place_orders(api, 250)
    pages = woo.changes(Kind.ORDER, NOON)
    first = next(pages)
    shop.clock.hold(NOON + timedelta(minutes=1))
    for id in old:  # they come into the window before what was read already
        api.send("PUT", f"orders/{id}", {"customer_note": "now changed"})
    late = place_orders(api, 3)
    read = [item.record.id for item in first.items if isinstance(item, Change)] + ids_of(pages)
    assert read == [*placed, *late]
    assert set(ids_of(woo.changes(Kind.ORDER, NOON + timedelta(minutes=1)))) == {*old, *late}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
def test_the_shops_time_zone_hides_nothing(zone: str) -> None:
    with running_shop(ShopSettings(time_zone=zone), https=True) as shop:
        settings = settings_of(shop)
        api, woo = WooClient(settings), open_connector(settings)
        shop.clock.hold(NOON)
        (early,) = place_orders(api, 1)
        shop.clock.hold(NOON + timedelta(seconds=1))
        (late,) = place_orders(api, 1)
        assert ids_of(woo.changes(Kind.ORDER, NOON)) == [early, late]
        assert ids_of(woo.changes(Kind.ORDER, NOON + timedelta(seconds=1))) == [late]
        half = NOON + timedelta(seconds=1, milliseconds=700)
        assert ids_of(woo.changes(Kind.ORDER, half)) == [late], "the shop knows whole seconds only"
        api.close()
        woo.close()


def test_nothing_changed_costs_two_requests(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    place_orders(api, 3)
    shop.log.clear()
    assert ids_of(woo.changes(Kind.ORDER, utc_now() + timedelta(hours=1))) == []
    assert shop.log.counts == {"GET /orders": 2}, "one of them for the bin"


def test_every_page_says_when_the_first_request_began(woo: WooCommerce, api: WooClient) -> None:
    place_orders(api, 250)
    before = utc_now()
    pages = list(woo.changes(Kind.ORDER, None))
    assert len(pages) == 4, "three pages, and an empty one of the bin"
    assert len({page.asked_at for page in pages}) == 1
    assert before - timedelta(seconds=5) <= pages[0].asked_at <= utc_now()


def orders_of(pages: Iterator[Page]) -> dict[str, Order]:
    found = (item.record for page in pages for item in page.items if isinstance(item, Change))
    return {record.id: record for record in found if isinstance(record, Order)}


def test_orders_of_every_placed_status_are_read_and_only_the_chosen_ones_are_ready(
    connect: Opener, api: WooClient
) -> None:
    statuses = ["processing", "completed", "pending", "on-hold", "cancelled", "failed", "checkout-draft"]
    ids = {status: place_orders(api, 1, status=status)[0] for status in statuses}
    (binned,) = place_orders(api, 1)
    api.send("DELETE", f"orders/{binned}", None)
    read = orders_of(connect().changes(Kind.ORDER, None))
    assert set(read) == {*ids.values(), binned} - {ids["checkout-draft"]}
    assert {id for id, order in read.items() if order.ready} == {ids["processing"], ids["completed"]}
    assert read[binned].is_cancelled, "the bin is the end of an order"
    late = orders_of(connect(order_statuses=["on-hold"]).changes(Kind.ORDER, None))
    assert {id for id, order in late.items() if order.ready} == {ids["on-hold"]}


def test_an_order_in_the_bin_is_found_by_its_number_and_one_that_is_deleted_is_not(
    woo: WooCommerce, api: WooClient
) -> None:
    placed, binned, deleted = place_orders(api, 3)
    api.send("DELETE", f"orders/{binned}", None)
    api.send("DELETE", f"orders/{deleted}?force=true", None)
    found = {item.record.id for item in woo.fetch(Kind.ORDER, [placed, binned, deleted]) if isinstance(item, Change)}
    assert found == {placed, binned}
    asked = [f"WC-ORDER-{id}" for id in (placed, binned, deleted)]
    assert woo.find(Kind.ORDER, asked) == {f"WC-ORDER-{id}": (id,) for id in (placed, binned)}


def test_what_is_binned_and_restored_between_two_reads_is_seen_each_time(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    shop.clock.hold(NOON)
    (id,) = place_orders(api, 1)
    shop.clock.hold(NOON + timedelta(minutes=1))
    api.send("DELETE", f"orders/{id}", None)
    assert orders_of(woo.changes(Kind.ORDER, NOON + timedelta(minutes=1)))[id].is_cancelled
    shop.clock.hold(NOON + timedelta(minutes=2))
    api.send("PUT", f"orders/{id}", {"status": "processing"})
    restored = orders_of(woo.changes(Kind.ORDER, NOON + timedelta(minutes=2)))[id]
    assert (restored.is_cancelled, restored.ready) == (False, True)


def test_a_status_of_a_plugin_stops_its_own_order_and_no_other() -> None:
    names = (("awaiting-print", "Awaiting print"), ("packing", "Packing"))
    with running_shop(ShopSettings(order_statuses=names), https=True) as shop:
        settings = settings_of(shop, order_stages={"packing": "placed"})
        api, woo = WooClient(settings), open_connector(settings)
        (unknown,), (known,), (usual,) = (
            place_orders(api, 1, status=status) for status in ("awaiting-print", "packing", "processing")
        )
        (page, *_) = woo.changes(Kind.ORDER, None)
        assert [item.id for item in page.items if isinstance(item, Unreadable)] == [unknown]
        assert [item.record.id for item in page.items if isinstance(item, Change)] == [known, usual]
        api.close()
        woo.close()


def test_an_order_of_a_test_address_is_left_out(connect: Opener, api: WooClient) -> None:
    (real,) = place_orders(api, 1)
    place_orders(api, 1, billing={**BILLING, "email": "qa@agency.example"})
    woo = connect(test_emails=["@agency.example"])
    assert ids_of(woo.changes(Kind.ORDER, None)) == [real]


def test_orders_from_before_the_start_stay_out_even_if_they_change(
    connect: Opener, shop: RunningShop, api: WooClient
) -> None:
    shop.clock.hold(NOON)
    (old,) = place_orders(api, 1)
    shop.clock.hold(NOON + timedelta(hours=1))
    (new,) = place_orders(api, 1)
    api.send("PUT", f"orders/{old}", {"customer_note": "hello"})
    assert ids_of(connect(order_start=NOON + timedelta(minutes=1)).changes(Kind.ORDER, None)) == [new]


RATES = (
    SeedRate(country="DE", rate="19", name="MwSt 19"),
    SeedRate(country="DE", rate="7", tax_class="reduced-rate", name="MwSt 7"),
)


@pytest.mark.parametrize("incl", [True, False])
@pytest.mark.parametrize("at_subtotal", [True, False])
@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_orders_of_two_sizes_shipping_fee_and_two_rates_add_up(
    incl: bool, at_subtotal: bool, currency: str, decimals: int
) -> None:
    shop_settings = ShopSettings(
        rates=RATES, prices_include_tax=incl, tax_round_at_subtotal=at_subtotal, currency=currency, decimals=decimals
    )
    with running_shop(shop_settings) as shop:
        settings = settings_of(shop)
        api, woo = WooClient(settings), open_connector(settings)
        lines = [{"product_id": bought(api, "A", "19.99", ""), "quantity": 3}]
        lines += [{"product_id": bought(api, "B", "3.333", "reduced-rate"), "quantity": 7}]
        shipping = [{"method_id": "flat_rate", "method_title": "Flat", "total": "4.90"}]
        (id,) = place_orders(api, 1, line_items=lines, shipping_lines=shipping, set_paid=True)
        (change,) = woo.fetch(Kind.ORDER, [id])
        assert isinstance(change, Change)
        order = change.record
        assert isinstance(order, Order)
        assert (order.currency, order.decimals, order.round_at_subtotal) == (currency, decimals, at_subtotal)
        assert len(order.positions) == 4
        proof = prove(order)
        assert proof.holds, proof.problems
        assert len(proof.rates) == 2
        api.close()
        woo.close()


def bought(api: WooClient, sku: str, price: str, tax_class: str) -> int:
    fields = {"name": f"Article {sku}", "sku": sku, "regular_price": price, "tax_class": tax_class}
    row, _ = api.send("POST", "products", fields)
    return int(row["id"])


def test_kinds_that_the_shop_does_not_lead_are_refused(woo: WooCommerce) -> None:
    with pytest.raises(Rejected, match="does not read product"):
        woo.changes(Kind.PRODUCT, None)
    with pytest.raises(Rejected, match="does not read stock"):
        woo.fetch(Kind.STOCK, ["1"])


def test_orders_are_found_by_their_reference(connect: Opener, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    woo = connect(reference_prefix="JKPG")
    asked = [f"JKPG:WC-ORDER-{id}", f"WC-ORDER-{id}", "JKPG:WC-ORDER-999999", "nonsense"]
    assert woo.find(Kind.ORDER, asked) == {f"JKPG:WC-ORDER-{id}": (id,)}


@pytest.mark.parametrize(
    ("fault", "more", "meaning"),
    [
        ("error", {"status": 503}, TryLater),
        ("html", {}, Misconfigured),
        ("ok_with_error", {}, OutsideError),
        ("cut_short", {}, TryLater),
        ("forbidden", {}, Misconfigured),
        ("redirect", {"location": "https://www.shop.example/"}, Misconfigured),
    ],
)
def test_a_read_that_fails_on_a_later_page_fails_as_a_whole(
    woo: WooCommerce, shop: RunningShop, api: WooClient, fault: str, more: dict[str, Any], meaning: type[OutsideError]
) -> None:
    place_orders(api, 150)
    shop.faults.add(fault, method="GET", route="/orders", skip=1, **more)
    pages = woo.changes(Kind.ORDER, None)
    assert len(next(pages).items) == 100
    with pytest.raises(meaning):
        next(pages)


def test_hiccups_while_reading_are_not_noticed(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    placed = place_orders(api, 150)
    shop.faults.add("drop", method="GET", route="/orders", times=1)
    shop.faults.add("error", method="GET", route="/orders", status=502, skip=1, times=1)
    assert ids_of(woo.changes(Kind.ORDER, None)) == placed


def test_accounts_are_read_as_customers_and_staff_is_not(woo: WooCommerce, api: WooClient) -> None:
    row, _ = api.send("POST", "customers", {"email": "eva@example.test", "first_name": "Eva", "last_name": "Ek"})
    (page,) = woo.changes(Kind.CUSTOMER, None)
    assert [item.record.label for item in page.items if isinstance(item, Change)] == ["Eva Ek"]
    assert len(woo.fetch(Kind.CUSTOMER, [str(row["id"]), "guest-abc", "999"])) == 1
