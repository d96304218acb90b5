"""Shoppers: orders placed in the storefront, counted by the cart and checked against the stock, unlike by REST."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.cart import Basket, BasketItem, ShippingChoice, order_of
from trueup.sandbox.coupons import as_coupon, count_use, coupon_by_code
from trueup.sandbox.money import OrderSum, Tariff, calculate
from trueup.sandbox.order_coupons import coupon_lines, user_of, why_refused
from trueup.sandbox.order_docs import (
    BILLING,
    SHIPPING,
    article_of,
    blank_order,
    next_item_id,
    next_item_meta_id,
    sum_of,
    tariff_of,
    write_back,
)
from trueup.sandbox.order_edit import set_product
from trueup.sandbox.order_status import payment_complete, set_status
from trueup.sandbox.orders import save
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import holder_id
from trueup.sandbox.store import Doc
from trueup.sandbox.tax_math import Place

AGENT, ADDRESS = "Mozilla/5.0", "203.0.113.7"
PAYMENTS = {
    "bacs": "Direct bank transfer",
    "cheque": "Check payments",
    "cod": "Cash on delivery",
    "card": "Credit card",
}


class CannotBuy(Exception):
    """The storefront refuses the basket; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The shipping method that the shopper chose; ``cost`` is net."""

    method_id: str = "flat_rate"
    title: str = "Flat rate"
    cost: Decimal = Decimal("4.90")
    tax_status: str = "taxable"
    instance_id: str = ""


FLAT_RATE = Delivery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What a shopper buys and how: ``items`` are (product or variation id, pieces).

    ``billing`` is an address with ``email``; without ``shipping`` goods go there too. ``payment_method``: ``cod``
    leads to processing, ``bacs`` and ``cheque`` to on-hold, ``card`` pays at once.
    """

    items: Sequence[tuple[int, int]]
    billing: Mapping[str, str]
    shipping: Mapping[str, str] | None = None
    coupons: Sequence[str] = ()
    delivery: Delivery | None = FLAT_RATE
    payment_method: str = "cod"
    customer_id: int = 0
    note: str = ""


def checkout_from(body: Mapping[str, Any]) -> Checkout:
    """A checkout from JSON; ``delivery`` is an object of the fields of ``Delivery``. Raises TypeError or KeyError."""
    given = dict(body)
    given["items"] = [(int(id_), int(quantity)) for id_, quantity in body["items"]]
    if isinstance(body.get("delivery"), Mapping):
        delivery = dict(body["delivery"])
        given["delivery"] = Delivery(**delivery | {"cost": Decimal(str(delivery.get("cost", FLAT_RATE.cost)))})
    return Checkout(**given)


def place_order(shop: Shop, checkout: Checkout) -> Doc:
    """Buy: the order is there, its stock is taken and the webhooks know of it when this returns.

    Raises CannotBuy, and leaves nothing behind, if a product is not for sale, there are too few pieces, or a coupon
    does not fit.
    """
    with shop.store.writing():
        tariff = tariff_of(shop)
        doc = _draft(shop, checkout, tariff)
        order = _count(shop, doc, checkout, tariff)
        doc["id"] = shop.store.next_id("post")
        write_back(shop, doc, order, tariff)
        doc["coupon_lines"] = coupon_lines(shop, order)
        doc["status"] = "pending"
        shop.store.insert("shop_order", doc)
        _use_coupons(shop, doc)
        shop.emit("order.created", doc["id"])
        shop.emit("order.updated", doc["id"])
        _pay(shop, doc)
        save(shop, doc)
        return doc


def _draft(shop: Shop, checkout: Checkout, tariff: Tariff) -> Doc:
    doc = blank_order(shop)
    shipping = checkout.billing if checkout.shipping is None else checkout.shipping
    doc.update(
        prices_include_tax=tariff.prices_include_tax,
        billing={**doc["billing"], **_texts(checkout.billing, BILLING)},
        shipping={**doc["shipping"], **_texts(shipping, SHIPPING)},
        payment_method=checkout.payment_method,
        payment_method_title=PAYMENTS.get(checkout.payment_method, checkout.payment_method),
        customer_id=checkout.customer_id,
        customer_note=html.escape(checkout.note, quote=False),
        created_via="store-api",
        ip=ADDRESS,
        agent=AGENT,
        cart_hash=_hash(checkout.items),
    )
    doc["line_items"] = [_line(shop, id_, quantity) for id_, quantity in checkout.items]
    if checkout.delivery is not None:
        doc["shipping_lines"] = [_shipping_line(shop, checkout.delivery, doc["line_items"])]
    doc["meta"] = metas.merged(shop.store, [], _cart_meta(checkout))
    return doc


def _texts(address: Mapping[str, str], fields: Sequence[str]) -> dict[str, str]:
    """The storefront escapes what shoppers type; REST does not."""
    return {name: html.escape(str(address[name]), quote=False) for name in fields if name in address}


def _hash(value: object) -> str:
    return hashlib.md5(repr(value).encode(), usedforsecurity=False).hexdigest()


def _cart_meta(checkout: Checkout) -> list[dict[str, Any]]:
    parts = {"_shipping_hash": checkout.delivery, "_coupons_hash": checkout.coupons, "_fees_hash": ()}
    rows = [{"key": key, "value": _hash(value)} for key, value in parts.items()]
    return [*rows, {"key": "_taxes_hash", "value": _hash(checkout.billing)}, {"key": "is_vat_exempt", "value": "no"}]


def _line(shop: Shop, id_: int, quantity: int) -> Doc:
    product = shop.store.get("product", id_)
    if product is None or product["status"] != "publish" or product["price"] == "" or quantity < 1:
        raise CannotBuy(f"Product {id_} cannot be bought.")
    if product["type"] in ("variable", "grouped", "external"):
        raise CannotBuy(f"Product {id_} is {product['type']}: choose one of what is below it.")
    _check_stock(shop, product, quantity)
    line: Doc = {
        "id": next_item_id(shop), "quantity": quantity, "subtotal": "0", "total": "0", "subtotal_tax": "0",
        "total_tax": "0", "taxes": [], "meta": [],
    }  # fmt: skip
    set_product(shop, line, id_)
    return line


def _check_stock(shop: Shop, product: Doc, quantity: int) -> None:
    held = holder_id(shop, product["id"])
    holder = shop.store.get("product", held) if held else product
    if holder is None or (held is None and product["stock_status"] == "outofstock"):
        raise CannotBuy(f"“{product['name']}” is out of stock.")
    if held and holder["backorders"] == "no" and (holder["stock"] or 0) < quantity:
        raise CannotBuy(f"“{product['name']}”: {holder['stock']} left, {quantity} wanted.")


def _shipping_line(shop: Shop, delivery: Delivery, lines: list[Doc]) -> Doc:
    said = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in lines)
    return {
        "id": next_item_id(shop),
        "method_title": delivery.title,
        "method_id": delivery.method_id,
        "instance_id": delivery.instance_id,
        "total": str(delivery.cost),
        "total_tax": "0",
        "taxes": [],
        "tax_status": delivery.tax_status,
        "meta": [{"id": next_item_meta_id(shop), "key": "Items", "value": said}],
    }


def _count(shop: Shop, doc: Doc, checkout: Checkout, tariff: Tariff) -> OrderSum:
    """The money of the basket, as the cart computes it."""
    coupons = [_coupon(shop, doc, code, tariff) for code in checkout.coupons]
    delivery = checkout.delivery
    basket = Basket(
        items=[_item(shop, line) for line in doc["line_items"]],
        billing=_place(doc["billing"]),
        shipping=_place(doc["shipping"]),
        coupons=[as_coupon(coupon) for coupon in coupons],
        choice=ShippingChoice(method_id=delivery.method_id, cost=delivery.cost, tax_status=delivery.tax_status)
        if delivery
        else None,
    )
    return order_of(basket, tariff)


def _item(shop: Shop, line: Doc) -> BasketItem:
    article = article_of(shop, line["variation_id"] or line["product_id"])
    assert article is not None, "a line is only made of a product that is there"
    return BasketItem(article=article, quantity=line["quantity"])


def _place(address: Mapping[str, str]) -> Place:
    return Place(**{name: address[name] for name in ("country", "state", "postcode", "city")})


def _coupon(shop: Shop, doc: Doc, code: str, tariff: Tariff) -> Doc:
    coupon = coupon_by_code(shop, code)
    if coupon is None:
        raise CannotBuy(f"Coupon “{code}” does not exist.")
    order = sum_of(shop, doc, tariff)
    for line in order.lines:
        if line.article is not None:
            line.subtotal = line.total = line.article.price * line.quantity
    calculate(order, tariff)
    refused = why_refused(shop, doc, order, coupon, tariff)
    if refused:
        raise CannotBuy(html.unescape(refused))
    return coupon


def _use_coupons(shop: Shop, doc: Doc) -> None:
    for line in doc["coupon_lines"]:
        count_use(shop, line["coupon_id"], user_of(doc), 1)
    doc["counted_coupons"] = sorted({line["coupon_id"] for line in doc["coupon_lines"]})


def _pay(shop: Shop, doc: Doc) -> None:
    """What the payment method makes of the order."""
    method = doc["payment_method"]
    if method == "bacs":
        set_status(shop, doc, "on-hold", "Awaiting BACS payment.")
    elif method == "cheque":
        set_status(shop, doc, "on-hold", "Awaiting check payment.")
    elif method == "cod":
        set_status(shop, doc, "processing", "Payment to be made upon delivery.")
    else:
        payment_complete(shop, doc)
