"""Shoppers: what they buy is counted by the cart, checked against the stock, and leads where their payment leads."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.shop_desk import Desk
from trueup.sandbox.storefront import CannotBuy, Checkout, Delivery, checkout_from, place_order

EVA = {
    "first_name": "Eva",
    "last_name": "Müller",
    "company": "Müller & Söhne <GmbH>",
    "address_1": "Hauptstr. 5",
    "city": "Köln",
    "postcode": "50667",
    "country": "DE",
    "email": "eva@example.test",
}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def buy(desk: Desk, *items: tuple[int, int], **more: Any) -> Any:
    """Place an order like a shopper; the order as REST shows it."""
    order = place_order(desk.shop, Checkout(items=items, billing=EVA, **more))
    return desk.get(f"/orders/{order['id']}")


def test_an_order_of_a_shopper_looks_like_one(desk: Desk) -> None:
    mug = desk.product("10.00", sku="MUG")
    order = buy(desk, (mug, 2), note="<b>Bitte</b> klingeln")
    assert (order["created_via"], order["customer_ip_address"], order["total"]) == ("store-api", "203.0.113.7", "29.63")
    assert order["billing"]["company"] == "Müller &amp; Söhne &lt;GmbH&gt;"
    assert order["customer_note"] == "&lt;b&gt;Bitte&lt;/b&gt; klingeln"
    assert order["shipping"]["city"] == "Köln"
    assert len(order["cart_hash"]) == 32
    keys = [row["key"] for row in order["meta_data"]]
    hashes = ["_coupons_hash", "_debug_log_source_pending_deletion", "_fees_hash", "_shipping_hash", "_taxes_hash"]
    assert keys == [*hashes, "is_vat_exempt"]


def test_the_shipping_line_tells_what_is_in_the_parcel(desk: Desk) -> None:
    order = buy(desk, (desk.product(), 2), (desk.product(name="Book"), 1))
    shipping = order["shipping_lines"][0]
    assert (shipping["method_title"], shipping["total"], shipping["total_tax"]) == ("Flat rate", "4.90", "0.93")
    items = [(row["key"], row["value"]) for row in shipping["meta_data"]]
    assert items == [("Items", "Mug &times; 2, Book &times; 1")]


@pytest.mark.parametrize(
    ("method", "status", "paid", "note"),
    [
        ("bacs", "on-hold", False, "Awaiting BACS payment. Order status changed from Pending payment to On hold."),
        ("cheque", "on-hold", False, "Awaiting check payment. Order status changed from Pending payment to On hold."),
        (
            "cod",
            "processing",
            False,
            "Payment to be made upon delivery. Order status changed from Pending payment to Processing.",
        ),
        ("card", "processing", True, "Payment complete."),
    ],
)
def test_the_payment_decides_about_the_status(desk: Desk, method: str, status: str, paid: bool, note: str) -> None:
    mug = desk.product(stock=10)
    order = buy(desk, (mug, 2), payment_method=method)
    assert (order["status"], order["date_paid"] is not None) == (status, paid)
    assert note in [one["note"] for one in desk.get(f"/orders/{order['id']}/notes")]
    assert desk.stock(mug) == 8


def test_the_webhooks_hear_of_a_change_before_the_creation_and_of_the_stock_last(desk: Desk) -> None:
    mug = desk.product()
    heard: list[str] = []
    desk.shop.subscribers.append(lambda _shop, topic, _id: heard.append(topic))
    buy(desk, (mug, 1))
    assert heard[:4] == ["order.updated", "order.updated", "order.created", "product.updated"]


def test_a_shopper_cannot_buy_more_than_there_is(desk: Desk) -> None:
    mug = desk.product(stock=2)
    with pytest.raises(CannotBuy, match="“Mug”: 2 left, 3 wanted"):
        buy(desk, (mug, 3))
    assert (desk.stock(mug), desk.get("/orders")) == (2, [])


def test_backorders_may_be_bought(desk: Desk) -> None:
    mug = desk.product(stock=2, backorders="notify")
    buy(desk, (mug, 3))
    assert desk.stock(mug) == -1


@pytest.mark.parametrize(
    ("product", "said"),
    [
        ({"status": "draft"}, "cannot be bought"),
        ({"regular_price": ""}, "cannot be bought"),
        ({"manage_stock": False, "stock_status": "outofstock"}, "out of stock"),
    ],
)
def test_what_is_not_for_sale_is_refused(desk: Desk, product: dict[str, Any], said: str) -> None:
    mug = desk.product(**product)
    with pytest.raises(CannotBuy, match=said):
        buy(desk, (mug, 1))


def test_a_variable_product_needs_a_choice_and_the_choice_is_bought(desk: Desk) -> None:
    size = {"name": "Size", "variation": True, "visible": True, "options": ["S", "M"]}
    parent = desk.post("/products", {"name": "Shirt", "type": "variable", "attributes": [size]})["id"]
    chosen = [{"name": "Size", "option": "S"}]
    small = desk.post(f"/products/{parent}/variations", {"regular_price": "12", "attributes": chosen})["id"]
    with pytest.raises(CannotBuy, match="variable"):
        buy(desk, (parent, 1))
    line = buy(desk, (small, 1))["line_items"][0]
    assert (line["name"], line["product_id"], line["variation_id"]) == ("Shirt - S", parent, small)
    assert [(row["key"], row["value"]) for row in line["meta_data"]] == [("size", "S")]


def test_coupons_are_split_counted_and_refused_with_the_shops_sentence(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "ten", "discount_type": "percent", "amount": "10", "usage_limit": 1})["id"]
    mug = desk.product("10.00")
    order = buy(desk, (mug, 1), coupons=["ten"])
    assert (order["discount_total"], order["coupon_lines"][0]["discount"]) == ("1.00", "1")
    assert desk.get(f"/coupons/{coupon}")["used_by"] == ["eva@example.test"]
    with pytest.raises(CannotBuy, match='Usage limit for coupon "ten" has been reached'):
        buy(desk, (mug, 1), coupons=["ten"])
    with pytest.raises(CannotBuy, match="“nope” does not exist"):
        buy(desk, (mug, 1), coupons=["nope"])


def test_another_shipping_address_decides_about_the_tax(desk: Desk) -> None:
    vienna = {**EVA, "country": "AT", "city": "Wien"}
    order = buy(desk, (desk.product("100"), 1), shipping=vienna, delivery=None)
    assert (order["total"], order["shipping_lines"]) == ("120.00", [])


@pytest.mark.parametrize(
    ("delivery", "shipping", "tax"),
    [
        (Delivery(cost=Decimal("10")), "10.00", "1.90"),
        (Delivery(cost=Decimal("10"), tax_status="none"), "10.00", "0.00"),
        (Delivery(method_id="free_shipping", title="Free shipping", cost=Decimal(0)), "0.00", "0.00"),
    ],
)
def test_the_chosen_delivery_costs_what_it_says(desk: Desk, delivery: Delivery, shipping: str, tax: str) -> None:
    order = buy(desk, (desk.product(), 1), delivery=delivery)
    assert (order["shipping_total"], order["shipping_tax"]) == (shipping, tax)


def test_pickup_is_taxed_where_the_shop_is(desk: Desk) -> None:
    pickup = Delivery(method_id="local_pickup", title="Local pickup", cost=Decimal(0))
    zurich = {**EVA, "country": "CH"}
    assert buy(desk, (desk.product("100"), 1), shipping=zurich, delivery=pickup)["total"] == "119.00"
    assert buy(desk, (desk.product("100"), 1), shipping=zurich, delivery=None)["total"] == "100.00"


def test_shoppers_at_a_time_never_sell_a_piece_twice(desk: Desk) -> None:
    mug = desk.product(stock=5)
    refused: list[str] = []

    def shopper() -> None:
        try:
            place_order(desk.shop, Checkout(items=[(mug, 1)], billing=EVA))
        except CannotBuy as error:
            refused.append(str(error))

    threads = [threading.Thread(target=shopper) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (desk.stock(mug), len(refused), len(desk.get("/orders"))) == (0, 3, 5)


def test_a_checkout_is_read_from_json() -> None:
    body = {"items": [[5, 2]], "billing": EVA, "delivery": {"title": "Express", "cost": "12.77"}, "coupons": ["ten"]}
    checkout = checkout_from(body)
    assert (list(checkout.items), checkout.coupons) == ([(5, 2)], ["ten"])
    assert checkout.delivery == replace(Delivery(), title="Express", cost=Decimal("12.77"))
    with pytest.raises(TypeError):
        checkout_from({**body, "colour": "red"})
    with pytest.raises(KeyError):
        checkout_from({"billing": EVA})
