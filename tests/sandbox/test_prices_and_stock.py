"""What a shop makes of the prices and quantities it is sent. The tables are those of real answers."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import reduce_stock, write_stock_silently

from .conftest import Api


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12.5", "12.5"),
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("12.50 €", "12.50"),
        ("1.23456", "1.23456"),
        ("-5", "-5"),
        ("abc", ""),
        ("", ""),
        (None, ""),
        ("0", "0"),
        (" 7 ", "7"),
        ("<b>9</b>", "9"),
        ("1 000", "1000"),
    ],
)
def test_a_price_is_kept_as_it_was_sent_or_lost_without_a_word(api: Api, sent: Any, kept: str) -> None:
    product = api.product(regular_price=sent)
    assert (product["regular_price"], product["price"]) == (kept, kept)


@pytest.mark.parametrize("sent", [12.5, 12, True, ["1"], {"a": "1"}])
def test_a_single_request_takes_a_price_only_as_text(api: Api, sent: Any) -> None:
    reply = api.post("/products", {"name": "Mug", "regular_price": sent})
    assert (reply.status, reply.code) == (400, "rest_invalid_param")
    assert reply.body["data"]["params"] == {"regular_price": "regular_price is not of type string."}


def test_a_product_without_a_price_cannot_be_bought(api: Api) -> None:
    assert api.product()["purchasable"] is False
    assert api.product(regular_price="0")["purchasable"] is True


@pytest.mark.parametrize(
    ("sale", "shown", "kept"),
    [("4.99", "4.99", "4.99"), ("5", "5", ""), ("9", "5", ""), ("0", "0", "0"), ("", "5", "")],
)
def test_a_sale_price_that_is_no_bargain_is_dropped(api: Api, sale: str, shown: str, kept: str) -> None:
    product = api.product(regular_price="5", sale_price=sale)
    assert (product["price"], product["sale_price"], product["on_sale"]) == (shown, kept, kept != "")


def test_without_a_regular_price_there_is_no_sale(api: Api) -> None:
    product = api.product(regular_price="5", sale_price="4")
    cleared = api.put(f"/products/{product['id']}", {"regular_price": None}).body
    assert (cleared["price"], cleared["regular_price"], cleared["sale_price"]) == ("", "", "")


@pytest.mark.parametrize(
    ("start", "end", "on_sale"),
    [
        ("2026-03-01T00:00:00", "2026-04-01T00:00:00", True),
        ("2026-04-01T00:00:00", None, False),
        (None, "2026-03-01T00:00:00", False),
        ("2026-03-10T12:59:59", None, True),
        ("2026-03-10T13:00:01", None, False),
        ("31.12.2024", None, True),
    ],
)
def test_a_sale_counts_only_in_its_window_of_shop_time(
    api: Api, start: str | None, end: str | None, on_sale: bool
) -> None:
    """It is 13:00 in the shop."""
    product = api.product(regular_price="5", sale_price="4", date_on_sale_from=start, date_on_sale_to=end)
    assert product["on_sale"] is on_sale
    assert product["price"] == ("4" if on_sale else "5")


def test_the_window_is_told_in_shop_time_and_utc(api: Api) -> None:
    product = api.product(regular_price="5", sale_price="4", date_on_sale_from="2026-07-01T00:00:00")
    assert product["date_on_sale_from"] == "2026-07-01T00:00:00"
    assert product["date_on_sale_from_gmt"] == "2026-06-30T22:00:00"
    by_gmt = api.product(regular_price="5", sale_price="4", date_on_sale_from_gmt="2026-06-30T22:00:00")
    assert by_gmt["date_on_sale_from"] == "2026-07-01T00:00:00"


@pytest.mark.parametrize(
    ("sent", "manage", "quantity", "status"),
    [
        ({"manage_stock": True, "stock_quantity": 4}, True, 4, "instock"),
        ({"manage_stock": True, "stock_quantity": "7"}, True, 7, "instock"),
        ({"manage_stock": True, "stock_quantity": 0}, True, 0, "outofstock"),
        ({"manage_stock": True, "stock_quantity": -3}, True, -3, "outofstock"),
        ({"manage_stock": True, "stock_quantity": None}, True, 0, "outofstock"),
        ({"manage_stock": True}, True, 0, "outofstock"),
        ({"manage_stock": True, "stock_quantity": 0, "backorders": "notify"}, True, 0, "onbackorder"),
        ({"manage_stock": True, "stock_quantity": -3, "backorders": "yes"}, True, -3, "onbackorder"),
        ({"manage_stock": True, "stock_quantity": 5, "stock_status": "outofstock"}, True, 5, "instock"),
        ({"stock_quantity": 9}, False, None, "instock"),
        ({"stock_status": "outofstock"}, False, None, "outofstock"),
        ({"stock_status": "onbackorder"}, False, None, "onbackorder"),
        ({"type": "external", "manage_stock": True, "stock_quantity": 4}, False, None, "instock"),
    ],
)  # fmt: skip
def test_quantity_counts_while_stock_is_managed_and_status_while_it_is_not(
    api: Api, sent: dict[str, Any], manage: bool, quantity: int | None, status: str
) -> None:
    product = api.product(**sent)
    assert (product["manage_stock"], product["stock_quantity"], product["stock_status"]) == (manage, quantity, status)


@pytest.mark.parametrize("sent", ["abc", 2.5, "2.5", True, [3]])
def test_a_single_request_takes_stock_only_as_a_whole_number(api: Api, sent: Any) -> None:
    reply = api.post("/products", {"name": "Mug", "manage_stock": True, "stock_quantity": sent})
    assert (reply.status, reply.body["data"]["details"]["stock_quantity"]["code"]) == (400, "rest_invalid_type")


def test_turning_stock_management_off_loses_the_quantity_and_keeps_the_status(api: Api) -> None:
    product = api.product(manage_stock=True, stock_quantity=0)
    off = api.put(f"/products/{product['id']}", {"manage_stock": False}).body
    assert (off["stock_quantity"], off["stock_status"]) == (None, "outofstock")
    on = api.put(f"/products/{product['id']}", {"manage_stock": True}).body
    assert on["stock_quantity"] == 0


def test_a_relative_change_is_possible_too(api: Api) -> None:
    product = api.product(manage_stock=True, stock_quantity=10)
    changed = api.put(f"/products/{product['id']}", {"inventory_delta": -3}).body
    assert changed["stock_quantity"] == 7


def test_a_change_of_the_name_does_not_touch_the_stock(api: Api, shop: Shop) -> None:
    product = api.product(manage_stock=True, stock_quantity=10)
    reduce_stock(shop, product["id"], 4)
    assert api.put(f"/products/{product['id']}", {"name": "Cup"}).body["stock_quantity"] == 6


def test_orders_take_stock_relatively_and_move_the_date(api: Api, shop: Shop, clock: ShopClock) -> None:
    product = api.product(manage_stock=True, stock_quantity=3)
    clock.advance(60)
    assert reduce_stock(shop, product["id"], 5) == -2
    after = api.get(f"/products/{product['id']}").body
    assert (after["stock_quantity"], after["stock_status"]) == (-2, "outofstock")
    assert after["date_modified_gmt"] == "2026-03-10T12:01:00"
    assert api.told[-1] == ("product.updated", product["id"])


def test_what_is_given_back_is_in_stock_again(api: Api, shop: Shop) -> None:
    product = api.product(manage_stock=True, stock_quantity=0)
    assert reduce_stock(shop, product["id"], -2) == 2
    assert api.get(f"/products/{product['id']}").body["stock_status"] == "instock"


def test_nothing_is_taken_where_nothing_is_counted(api: Api, shop: Shop) -> None:
    product = api.product()
    assert reduce_stock(shop, product["id"], 1) is None
    assert reduce_stock(shop, 999999, 1) is None


def test_a_variation_without_own_stock_takes_from_its_parent(api: Api, shop: Shop) -> None:
    parent, (small, _) = api.variable("S", "L", manage_stock=True, stock_quantity=10)
    assert reduce_stock(shop, small["id"], 3) == 7
    assert api.get(f"/products/{parent['id']}").body["stock_quantity"] == 7


def test_selling_a_variation_moves_the_date_of_its_parent(api: Api, shop: Shop, clock: ShopClock) -> None:
    parent, (small, _) = api.variable("S", "L")
    path = f"/products/{parent['id']}/variations/{small['id']}"
    api.put(path, {"manage_stock": True, "stock_quantity": 5})
    clock.advance(60)
    reduce_stock(shop, small["id"], 1)
    assert api.get(f"/products/{parent['id']}").body["date_modified_gmt"] == "2026-03-10T12:01:00"
    assert api.get(path).body["stock_quantity"] == 4


def test_a_plugin_that_writes_the_database_leaves_no_trace(api: Api, shop: Shop, clock: ShopClock) -> None:
    product = api.product(manage_stock=True, stock_quantity=3)
    api.told.clear()
    clock.advance(60)
    write_stock_silently(shop, product["id"], 40)
    after = api.get(f"/products/{product['id']}").body
    assert after["stock_quantity"] == 40
    assert after["date_modified_gmt"] == product["date_modified_gmt"]
    assert api.told == []


def test_prices_are_printed_as_the_shop_prints_them(api: Api) -> None:
    product = api.product(regular_price="1234.5")
    assert "1.234,50&nbsp;" in product["price_html"]
    assert "&euro;" in product["price_html"]


@pytest.mark.parametrize(
    ("option", "value", "shown"),
    [
        ("woocommerce_price_num_decimals", "0", "<bdi>13&nbsp;"),
        ("woocommerce_price_decimal_sep", ".", "<bdi>12.50&nbsp;"),
        ("woocommerce_currency_pos", "left", "</span>12,50</bdi>"),
        ("woocommerce_currency", "USD", "&#36;"),
        ("woocommerce_currency", "PLN", ">PLN</span>"),
    ],
)
def test_a_changed_setting_shows_in_printed_prices(api: Api, shop: Shop, option: str, value: str, shown: str) -> None:
    shop.set_option(option, value)
    assert shown in api.product(regular_price="12.5")["price_html"]
