"""Plug-ins a shop may have: tracking numbers by Shipment Tracking or Advanced Shipment Tracking, own statuses."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.conftest import Api
from trueup.sandbox.features import ADVANCED_TRACKING, SHIPMENT_TRACKING, plugins_of, register_statuses, switch
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import Shop

ST, AST = "/wp-json/wc-shipment-tracking/v3", "/wp-json/wc-ast/v3"
BOTH = pytest.mark.parametrize("base", [ST, AST])


@pytest.fixture
def shop(shop: Shop) -> Shop:
    switch(shop, {SHIPMENT_TRACKING: True, ADVANCED_TRACKING: True})
    return shop


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    lines = [{"product_id": api.product(regular_price="10", manage_stock=True, stock_quantity=9)["id"], "quantity": 2}]
    address = {"country": "NL", "postcode": "1012 AB", "city": "Amsterdam"}
    return dict(api.post("/orders", {"set_paid": True, "line_items": lines, "shipping": address}).body)


def path(base: str, order: dict[str, Any], tail: str = "") -> str:
    return f"{base}/orders/{order['id']}/shipment-trackings{tail}"


def ship(api: Api, base: str, order: dict[str, Any], number: str = "1Z1", **more: Any) -> dict[str, Any]:
    reply = api.post(path(base, order), {"tracking_provider": "UPS Germany", "tracking_number": number, **more})
    assert reply.status == 201, reply.body
    return dict(reply.body)


@pytest.mark.parametrize(
    ("feature", "base", "file"),
    [(SHIPMENT_TRACKING, ST, "woocommerce-shipment-tracking"), (ADVANCED_TRACKING, AST, "woo-advanced-shipment")],
)
def test_a_plugin_is_found_in_the_namespaces_and_in_the_status(
    shop: Shop, api: Api, order: dict[str, Any], feature: str, base: str, file: str
) -> None:
    namespace = base.removeprefix("/wp-json/")
    assert namespace in api.get("/wp-json/").body["namespaces"]
    plugins = api.get("/system_status").body["active_plugins"]
    assert any(row["plugin"].startswith(file) for row in plugins)
    switch(shop, {feature: False})
    assert namespace not in api.get("/wp-json/").body["namespaces"]
    assert api.get(path(base, order)).code == "rest_no_route"
    assert len(plugins_of(shop)) == 1


@BOTH
def test_a_number_is_added_read_and_taken_away_again(api: Api, order: dict[str, Any], base: str) -> None:
    made = ship(api, base, order, "1Z999", date_shipped="2026-03-09")
    assert made["tracking_provider"] == "UPS Germany"
    assert made["tracking_link"].endswith("InquiryNumber1=1Z999")
    assert (made["tracking_number"], made["date_shipped"]) == ("1Z999", "2026-03-09")
    assert api.get(path(base, order)).body == [made]
    assert api.get(path(base, order, f"/{made['tracking_id']}")).body == made
    assert api.delete(path(base, order, f"/{made['tracking_id']}")).body == made
    assert api.get(path(base, order)).body == []
    assert api.get(path(base, order, f"/{made['tracking_id']}")).status == 404


@BOTH
def test_the_same_number_twice_is_there_twice(api: Api, order: dict[str, Any], base: str) -> None:
    first, second = ship(api, base, order), ship(api, base, order)
    assert first["tracking_id"] != second["tracking_id"]
    assert [row["tracking_number"] for row in api.get(path(base, order)).body] == ["1Z1", "1Z1"]


@BOTH
def test_a_carrier_of_ones_own_has_the_link_that_was_sent(api: Api, order: dict[str, Any], base: str) -> None:
    own = {"custom_tracking_provider": "Bike", "custom_tracking_link": "https://bike.example/%1$s?zip=%2$s&to=%3$s"}
    made = api.post(path(base, order), {"tracking_number": "77", **own}).body
    assert made["tracking_provider"] == "Bike"
    assert made["tracking_link"] == "https://bike.example/77?zip=1012AB&to=NL"


def test_an_unknown_carrier_has_no_link(api: Api, order: dict[str, Any]) -> None:
    made = ship(api, ST, order, tracking_provider="Nobody Express")
    assert (made["tracking_provider"], made["tracking_link"]) == ("Nobody Express", "")


def test_without_a_date_it_was_shipped_today_in_the_shop(api: Api, order: dict[str, Any]) -> None:
    assert ship(api, ST, order)["date_shipped"] == "2026-03-10"
    assert ship(api, ST, order, date_shipped="soon")["date_shipped"] == "2026-03-10"


def test_both_plugins_keep_numbers_in_the_order_and_the_order_tells(api: Api, order: dict[str, Any]) -> None:
    api.told.clear()
    ship(api, ST, order, "A")
    ship(api, AST, order, "B")
    assert api.told == [("order.updated", order["id"])] * 2
    rows = api.get(f"/orders/{order['id']}").body["meta_data"]
    kept = next(row["value"] for row in rows if row["key"] == "_wc_shipment_tracking_items")
    assert [item["tracking_number"] for item in kept] == ["A", "B"]


@BOTH
def test_what_cannot_be_is_refused(api: Api, nobody: Api, order: dict[str, Any], base: str) -> None:
    assert api.post(path(base, order), {}).code == "rest_missing_callback_param"
    missing = api.post(f"{base}/orders/999999/shipment-trackings", {"tracking_number": "1"})
    assert (missing.status, missing.code) == (404, "woocommerce_rest_order_invalid_id")
    assert api.delete(path(base, order, "/abc")).code == "woocommerce_rest_order_shipment_tracking_invalid_id"
    assert nobody.post(path(base, order), {"tracking_number": "1"}).status == 401
    assert nobody.get(path(base, order)).status == 401


def test_the_list_of_carriers_needs_no_key_in_shipment_tracking(nobody: Api, api: Api, order: dict[str, Any]) -> None:
    found = nobody.get(f"{ST}/shipment-trackings/providers")
    assert found.status == 200
    assert found.body["United States"]["USPS"] == "https://tools.usps.com/tracking/%1$s"
    assert api.get(path(AST, order, "/providers")).body == found.body


def test_advanced_tracking_may_replace_what_was_there(api: Api, order: dict[str, Any]) -> None:
    ship(api, AST, order, "OLD")
    ship(api, AST, order, "NEW", replace_tracking=1)
    assert [row["tracking_number"] for row in api.get(path(AST, order)).body] == ["NEW"]


@pytest.mark.parametrize(
    ("code", "registered", "status"),
    [(1, False, "completed"), (2, False, "processing"), (2, True, "partial-shipped"), (0, True, "processing")],
)
def test_advanced_tracking_may_move_the_order(
    shop: Shop, api: Api, order: dict[str, Any], code: int, registered: bool, status: str
) -> None:
    if registered:
        register_statuses(shop, {"partial-shipped": "Partially shipped"})
    ship(api, AST, order, status_shipped=code)
    assert api.get(f"/orders/{order['id']}").body["status"] == status


def test_advanced_tracking_takes_no_special_characters(api: Api, order: dict[str, Any]) -> None:
    reply = api.post(path(AST, order), {"tracking_number": "12/34"})
    assert (reply.status, reply.code) == (404, "woocommerce_rest_order_invalid_id")
    assert ship(api, ST, order, "12/34")["tracking_number"] == "12/34"


# -- statuses of plug-ins -----------------------------------------------------------------------------------------


def test_a_status_is_refused_until_a_plugin_registers_it(shop: Shop, api: Api, order: dict[str, Any]) -> None:
    assert api.put(f"/orders/{order['id']}", {"status": "picked"}).code == "rest_invalid_param"
    assert api.get("/orders", status="picked").code == "rest_invalid_param"
    register_statuses(shop, {"wc-picked": "Picked"})
    assert api.put(f"/orders/{order['id']}", {"status": "picked"}).body["status"] == "picked"
    assert api.get("/orders", status="picked").ids == [order["id"]]
    assert api.get("/orders").ids == [order["id"]]
    said = [note["note"] for note in api.get(f"/orders/{order['id']}/notes").body]
    assert "Order status changed from Processing to Picked." in said


def test_a_status_of_a_plugin_moves_no_stock_and_is_counted(shop: Shop, api: Api, order: dict[str, Any]) -> None:
    register_statuses(shop, {"picked": "Picked"})
    product = order["line_items"][0]["product_id"]
    api.put(f"/orders/{order['id']}", {"status": "picked"})
    assert api.get(f"/products/{product}").body["stock_quantity"] == 7
    assert {"slug": "picked", "name": "Picked"} in api.get("/orders/statuses").body
    assert {"slug": "picked", "name": "Picked", "total": 1} in api.get("/reports/orders/totals").body


def test_a_batch_takes_a_status_of_a_plugin_and_still_makes_unknown_ones_pending(
    shop: Shop, api: Api, order: dict[str, Any]
) -> None:
    register_statuses(shop, {"picked": "Picked"})
    for status, found in (("picked", "picked"), ("zzz", "pending")):
        api.post("/orders/batch", {"update": [{"id": order["id"], "status": status}]})
        assert api.get(f"/orders/{order['id']}").body["status"] == found


def test_a_shop_may_begin_with_statuses_of_plugins() -> None:
    opened = open_shop(ShopSettings(order_statuses=(("wc-partial-shipped", "Partially shipped"),)))
    api = Api(opened, opened.add_key())
    assert api.get("/orders/statuses").body[-1] == {"slug": "partial-shipped", "name": "Partially shipped"}
    opened.store.close()
