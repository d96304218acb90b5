"""Lines of orders: which product they mean, what they cost, how they are changed and taken away."""

from __future__ import annotations

from typing import Any

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def shirt(desk: Desk, price: str = "12.00", stock: int = 10) -> tuple[int, int]:
    """A shirt with one size of its own price and stock: ids of parent and variation."""
    size = {"name": "Size", "variation": True, "visible": True, "options": ["S", "M"]}
    parent = desk.post("/products", {"name": "Shirt", "type": "variable", "sku": "SH", "attributes": [size]})["id"]
    given = {"regular_price": price, "sku": "SH-S", "manage_stock": True, "stock_quantity": stock}
    chosen = [{"name": "Size", "option": "S"}]
    small = desk.post(f"/products/{parent}/variations", {**given, "attributes": chosen})["id"]
    return parent, small


def line_of(desk: Desk, line: dict[str, Any]) -> Any:
    return desk.post("/orders", {"line_items": [line]})["line_items"][0]


def test_a_line_shows_product_sku_and_price_per_piece(desk: Desk) -> None:
    mug = desk.product("9.90", sku="MUG", global_unique_id="4006381333931")
    line = line_of(desk, {"product_id": mug, "quantity": 2})
    assert (line["name"], line["sku"], line["global_unique_id"]) == ("Mug", "MUG", "4006381333931")
    assert (line["quantity"], line["subtotal"], line["total"], line["price"]) == (2, "19.80", "19.80", 9.9)
    assert (line["parent_name"], line["variation_id"], line["image"]) == (None, 0, {"id": "", "src": ""})


def test_a_line_may_name_its_product_by_sku(desk: Desk) -> None:
    mug = desk.product(sku="MUG")
    assert line_of(desk, {"sku": "mug", "quantity": 1})["product_id"] == mug


@pytest.mark.parametrize("line", [{"sku": "NOPE", "quantity": 1}, {"product_id": 999999, "quantity": 3}])
def test_an_unknown_product_becomes_an_empty_line(desk: Desk, line: dict[str, Any]) -> None:
    empty = line_of(desk, line)
    assert (empty["name"], empty["product_id"], empty["sku"], empty["total"]) == ("", 0, None, "0.00")
    assert empty["taxes"] == [{"id": 1, "total": "0.00", "subtotal": "0.00"}]


def test_a_variation_is_enough_and_brings_parent_and_chosen_options(desk: Desk) -> None:
    parent, small = shirt(desk)
    line = line_of(desk, {"variation_id": small, "quantity": 1})
    assert (line["product_id"], line["variation_id"], line["sku"]) == (parent, small, "SH-S")
    assert (line["name"], line["parent_name"], line["image"]["id"]) == ("Shirt - S", "Shirt", 0)
    kept = [(row["key"], row["value"], row["display_key"], row["display_value"]) for row in line["meta_data"]]
    assert kept == [("size", "S", "Size", "S")]


def test_a_variable_parent_is_taken_as_a_line_at_its_lowest_price(desk: Desk) -> None:
    parent, _ = shirt(desk)
    line = line_of(desk, {"product_id": parent, "quantity": 1})
    assert (line["product_id"], line["variation_id"], line["total"]) == (parent, 0, "12.00")


def test_two_sizes_of_one_shirt_stay_two_lines(desk: Desk) -> None:
    parent, small = shirt(desk)
    given = {"regular_price": "14.00", "attributes": [{"name": "Size", "option": "M"}]}
    medium = desk.post(f"/products/{parent}/variations", given)["id"]
    body = {"line_items": [{"variation_id": small, "quantity": 1}, {"variation_id": medium, "quantity": 2}]}
    lines = desk.post("/orders", body)["line_items"]
    assert [(line["variation_id"], line["quantity"], line["total"]) for line in lines] == [
        (small, 1, "12.00"),
        (medium, 2, "28.00"),
    ]


def test_drafts_and_what_is_sold_out_are_sold_by_rest(desk: Desk) -> None:
    draft = desk.product("4.00", None, status="draft")
    sold_out = desk.product("4.00", 0)
    order = desk.order((draft, 1), (sold_out, 2), status="processing")
    assert order["total"] == "14.28"
    assert desk.stock(sold_out) == -2


@pytest.mark.parametrize(
    ("sent", "subtotal", "total"),
    [
        ({"subtotal": "18.00", "total": "15.00"}, "18.00", "15.00"),
        ({"total": "15.00"}, "20.00", "15.00"),
        ({"total": "25.00"}, "25.00", "25.00"),
        ({"subtotal": "5.00"}, "5.00", "20.00"),
        ({"total": "12,5"}, "20.00", "12.50"),
        ({"total": "abc"}, "20.00", "0.00"),
    ],
)
def test_the_caller_may_set_the_price(desk: Desk, sent: dict[str, str], subtotal: str, total: str) -> None:
    line = line_of(desk, {"product_id": desk.product("10.00"), "quantity": 2, **sent})
    assert (line["subtotal"], line["total"]) == (subtotal, total)


def test_line_meta_of_the_caller_is_kept_and_changed_by_key(desk: Desk) -> None:
    mug = desk.product()
    rows = [{"key": "Lot", "value": "L-77"}, {"key": "_erp_line", "value": 10}]
    order = desk.post("/orders", {"line_items": [{"product_id": mug, "quantity": 1, "meta_data": rows}]})
    line = order["line_items"][0]
    assert [(row["key"], row["value"]) for row in line["meta_data"]] == [("Lot", "L-77"), ("_erp_line", "10")]
    sent = [{"key": "Lot", "value": "L-78"}, {"key": "_erp_line", "value": None}]
    changed = desk.put(f"/orders/{order['id']}", {"line_items": [{"id": line["id"], "meta_data": sent}]})
    assert [(row["key"], row["value"]) for row in changed["line_items"][0]["meta_data"]] == [("Lot", "L-78")]


def test_a_quantity_alone_changes_no_money(desk: Desk) -> None:
    order = desk.order((desk.product("10.00"), 2))
    sent = [{"id": order["line_items"][0]["id"], "quantity": 5}]
    line = desk.put(f"/orders/{order['id']}", {"line_items": sent})["line_items"][0]
    assert (line["quantity"], line["total"], line["price"]) == (5, "20.00", 4)


@pytest.mark.parametrize("removal", [{"quantity": 0}, {"product_id": None}])
def test_a_line_goes_with_quantity_zero_or_without_a_product(desk: Desk, removal: dict[str, Any]) -> None:
    order = desk.order((desk.product("10.00"), 1), (desk.product("5.00"), 1))
    sent = [{"id": order["line_items"][0]["id"], **removal}]
    changed = desk.put(f"/orders/{order['id']}", {"line_items": sent})
    assert [line["total"] for line in changed["line_items"]] == ["5.00"]
    assert changed["total"] == "5.95"


def test_a_line_of_another_order_is_refused_and_nothing_changes(desk: Desk) -> None:
    mug = desk.product()
    other, order = desk.order((mug, 1)), desk.order((mug, 1))
    sent = {"customer_note": "x", "line_items": [{"id": other["line_items"][0]["id"], "quantity": 2}]}
    said = desk.ask("PUT", f"/orders/{order['id']}", sent)
    assert (said.status, said.body["code"]) == (400, "woocommerce_rest_invalid_item_id")
    assert desk.get(f"/orders/{order['id']}")["customer_note"] == ""


def test_another_product_keeps_the_money_of_the_line(desk: Desk) -> None:
    mug, book = desk.product("10.00"), desk.product("99.00", name="Book", tax_class="reduced-rate")
    order = desk.order((mug, 1))
    sent = [{"id": order["line_items"][0]["id"], "product_id": book}]
    line = desk.put(f"/orders/{order['id']}", {"line_items": sent})["line_items"][0]
    assert (line["name"], line["total"], line["tax_class"], line["total_tax"]) == (
        "Book",
        "10.00",
        "reduced-rate",
        "0.70",
    )


def test_shipping_and_fees_are_taxed_too(desk: Desk) -> None:
    order = desk.order(
        (desk.product("10.00"), 1),
        shipping_lines=[{"method_id": "flat_rate", "method_title": "Flat rate", "total": "4.90"}],
        fee_lines=[{"name": "Handling", "total": "1.50"}, {"name": "Deposit", "total": "2.00", "tax_status": "none"}],
    )
    assert (order["shipping_total"], order["shipping_tax"]) == ("4.90", "0.93")
    assert [(fee["total"], fee["total_tax"], fee["amount"]) for fee in order["fee_lines"]] == [
        ("1.50", "0.29", ""),
        ("2.00", "0.00", ""),
    ]
    assert order["total"] == "21.52"
    assert order["tax_lines"][0]["shipping_tax_total"] == "0.93"


def test_shipping_and_fee_lines_are_changed_and_removed_by_id(desk: Desk) -> None:
    order = desk.order(
        (desk.product("10.00"), 1),
        shipping_lines=[{"method_id": "flat_rate", "total": "4.90"}],
        fee_lines=[{"name": "Handling", "total": "1.50"}],
    )
    shipping, fee = order["shipping_lines"][0]["id"], order["fee_lines"][0]["id"]
    sent = {"shipping_lines": [{"id": shipping, "total": "9.90"}], "fee_lines": [{"id": fee, "name": None}]}
    changed = desk.put(f"/orders/{order['id']}", sent)
    assert (changed["shipping_total"], changed["fee_lines"], changed["total"]) == ("9.90", [], "23.68")


def test_free_text_goes_as_a_fee(desk: Desk) -> None:
    order = desk.post("/orders", {"fee_lines": [{"name": "Engraving <b>Eva</b> & Max", "total": "5.00"}]})
    assert order["fee_lines"][0]["name"] == "Engraving <b>Eva</b> & Max"
    assert order["total"] == "5.95"


def test_a_product_deleted_for_good_leaves_its_name(desk: Desk) -> None:
    mug = desk.product("10.00", sku="MUG")
    order = desk.order((mug, 1))
    desk.delete(f"/products/{mug}", force="true")
    line = desk.get(f"/orders/{order['id']}")["line_items"][0]
    assert (line["name"], line["product_id"], line["sku"], line["total"]) == ("Mug", 0, None, "10.00")
    assert line["image"] == {"id": 0, "src": ""}


def test_a_product_without_sku_has_an_empty_one(desk: Desk) -> None:
    assert line_of(desk, {"product_id": desk.product(), "quantity": 1})["sku"] == ""


def test_gross_prices_become_net_lines(desk: Desk) -> None:
    desk.put("/settings/tax/woocommerce_prices_include_tax", {"value": "yes"})
    order = desk.order((desk.product("19.99"), 1))
    line = order["line_items"][0]
    assert (line["total"], line["total_tax"], order["total"]) == ("16.80", "3.19", "19.99")
    assert order["prices_include_tax"] is True


def test_an_old_order_keeps_its_way_of_prices_when_the_shop_changes(desk: Desk) -> None:
    order = desk.order((desk.product("10.00"), 1))
    desk.put("/settings/tax/woocommerce_prices_include_tax", {"value": "yes"})
    assert desk.put(f"/orders/{order['id']}", {"billing": {"country": "DE"}})["prices_include_tax"] is False


@pytest.mark.parametrize(("tax_status", "tax"), [("taxable", "0.93"), ("none", "0.00")])
def test_a_shipping_method_of_a_zone_decides_about_its_tax(desk: Desk, tax_status: str, tax: str) -> None:
    zone = desk.post("/shipping/zones", {"name": "Germany"})["id"]
    settings = {"cost": "4.90", "tax_status": tax_status}
    method = desk.post(f"/shipping/zones/{zone}/methods", {"method_id": "flat_rate", "settings": settings})
    sent = [{"method_id": "flat_rate", "instance_id": str(method["instance_id"]), "total": "4.90"}]
    order = desk.order((desk.product(), 1), shipping_lines=sent)
    assert (order["shipping_tax"], order["shipping_lines"][0]["tax_status"]) == (tax, tax_status)
