"""What a shopper wants to buy, and what it costs: the basket of the storefront as an order that nobody placed yet."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.cart import Basket, BasketItem, ShippingChoice, order_of
from trueup.sandbox.coupons import as_coupon, coupon_by_code
from trueup.sandbox.dates import iso
from trueup.sandbox.money import OrderSum, Tariff, calculate
from trueup.sandbox.order_coupons import why_refused
from trueup.sandbox.order_docs import (
    BILLING,
    SHIPPING,
    article_of,
    blank_order,
    next_item_id,
    next_item_meta_id,
    sum_of,
    tariff_of,
)
from trueup.sandbox.order_edit import set_product
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import holder_id
from trueup.sandbox.store import Doc
from trueup.sandbox.tax_math import Place

AGENT, ADDRESS = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "203.0.113.7"
HELD_UNTIL = "held_until"


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
    leads to processing, ``bacs`` and ``cheque`` to on-hold, ``card`` pays at once, ``paypal`` leaves the order
    pending with its stock held. ``account`` makes the guest a customer.
    """

    items: Sequence[tuple[int, int]]
    billing: Mapping[str, str]
    shipping: Mapping[str, str] | None = None
    coupons: Sequence[str] = ()
    delivery: Delivery | None = FLAT_RATE
    payment_method: str = "cod"
    customer_id: int = 0
    note: str = ""
    account: bool = False


def checkout_from(body: Mapping[str, Any]) -> Checkout:
    """A checkout from JSON; ``delivery`` is an object of the fields of ``Delivery``. Raises TypeError or KeyError."""
    given = dict(body)
    given["items"] = [(int(id_), int(quantity)) for id_, quantity in body["items"]]
    if isinstance(body.get("delivery"), Mapping):
        delivery = dict(body["delivery"])
        given["delivery"] = Delivery(**delivery | {"cost": Decimal(str(delivery.get("cost", FLAT_RATE.cost)))})
    return Checkout(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A basket counted: ``doc`` is an order without id and money, ``order`` its money as the cart computes it."""

    doc: Doc
    order: OrderSum
    tariff: Tariff


def priced(shop: Shop, checkout: Checkout) -> Priced:
    """Count the basket. Raises CannotBuy for a coupon or a product that is not for sale."""
    tariff = tariff_of(shop)
    doc = _unplaced(shop, checkout, tariff)
    coupons = [as_coupon(coupon_for(shop, doc, code, tariff)) for code in checkout.coupons]
    delivery = checkout.delivery
    basket = Basket(
        items=[_item(shop, line) for line in doc["line_items"]],
        billing=_place(doc["billing"]),
        shipping=_place(doc["shipping"]),
        coupons=coupons,
        choice=ShippingChoice(method_id=delivery.method_id, cost=delivery.cost, tax_status=delivery.tax_status)
        if delivery
        else None,
    )
    return Priced(doc=doc, order=order_of(basket, tariff), tariff=tariff)


def fingerprint(value: object) -> str:
    """The hash that the storefront compares to see whether a basket has changed."""
    text = json.dumps(value, separators=(",", ":"), default=str)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def basket_hash(checkout: Checkout) -> str:
    return fingerprint([checkout.items, checkout.coupons, checkout.billing, checkout.shipping, str(checkout.delivery)])


def escaped(address: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    """The storefront escapes what shoppers type; REST does not."""
    return {name: html.escape(html.unescape(str(address[name])), quote=False) for name in fields if name in address}


def cart_meta(checkout: Checkout) -> list[Doc]:
    """The custom fields that tell the storefront whether a draft still is what is in the cart."""
    return [
        {"key": "_shipping_hash", "value": fingerprint(str(checkout.delivery))},
        {"key": "_coupons_hash", "value": fingerprint(checkout.coupons)},
        {"key": "_fees_hash", "value": fingerprint([])},
        {"key": "_taxes_hash", "value": fingerprint(checkout.billing)},
        {"key": "is_vat_exempt", "value": "no"},
    ]


def _unplaced(shop: Shop, checkout: Checkout, tariff: Tariff) -> Doc:
    doc = blank_order(shop)
    shipping = checkout.billing if checkout.shipping is None else checkout.shipping
    doc.update(
        prices_include_tax=tariff.prices_include_tax,
        billing={**doc["billing"], **escaped(checkout.billing, BILLING)},
        shipping={**doc["shipping"], **escaped(shipping, SHIPPING)},
        payment_method=checkout.payment_method,
        customer_id=checkout.customer_id,
        customer_note=html.escape(checkout.note, quote=False),
        created_via="store-api",
        ip=ADDRESS,
        agent=AGENT,
        cart_hash=fingerprint(checkout.items),
        basket=basket_hash(checkout),
    )
    doc["line_items"] = [_line(shop, id_, quantity) for id_, quantity in checkout.items]
    if checkout.delivery is not None:
        doc["shipping_lines"] = [_shipping_line(shop, checkout.delivery, doc["line_items"])]
    doc["meta"] = metas.merged(shop.store, [], cart_meta(checkout))
    return doc


def _line(shop: Shop, id_: int, quantity: int) -> Doc:
    product = shop.store.get("product", id_)
    if product is None or product["status"] != "publish" or product["price"] == "" or quantity < 1:
        raise CannotBuy(f"Product {id_} cannot be bought.")
    if product["type"] in ("variable", "grouped", "external"):
        raise CannotBuy(f"Product {id_} is {product['type']}: choose one of what is below it.")
    line: Doc = {
        "id": next_item_id(shop), "quantity": quantity, "subtotal": "0", "total": "0", "subtotal_tax": "0",
        "total_tax": "0", "taxes": [], "meta": [],
    }  # fmt: skip
    set_product(shop, line, id_)
    return line


def content_text(lines: Sequence[Doc]) -> str:
    """What is in the parcel, as shipping methods tell it."""
    return ", ".join(f"{line['name']} &times; {line['quantity']}" for line in lines)


def _shipping_line(shop: Shop, delivery: Delivery, lines: list[Doc]) -> Doc:
    return {
        "id": next_item_id(shop),
        "method_title": delivery.title,
        "method_id": delivery.method_id,
        "instance_id": delivery.instance_id,
        "total": str(delivery.cost),
        "total_tax": "0",
        "taxes": [],
        "tax_status": "taxable",  # also if the method is not: the storefront forgets to take that over
        "meta": [{"id": next_item_meta_id(shop), "key": "Items", "value": content_text(lines)}],
    }


def _item(shop: Shop, line: Doc) -> BasketItem:
    article = article_of(shop, line["variation_id"] or line["product_id"])
    assert article is not None, "a line is only made of a product that is there"
    return BasketItem(article=article, quantity=line["quantity"])


def _place(address: Mapping[str, str]) -> Place:
    return Place(**{name: address[name] for name in ("country", "state", "postcode", "city")})


def coupon_for(shop: Shop, doc: Doc, code: str, tariff: Tariff) -> Doc:
    """The coupon, if it may be used for this basket. Raises CannotBuy with the shop's sentence."""
    coupon = coupon_by_code(shop, code)
    if coupon is None:
        raise CannotBuy(f"Coupon “{code}” does not exist.")
    refused = coupon_refusal(shop, doc, coupon, tariff)
    if refused:
        raise CannotBuy(html.unescape(refused))
    return coupon


def coupon_refusal(shop: Shop, doc: Doc, coupon: Doc, tariff: Tariff) -> str | None:
    """The shop's sentence, as HTML, if it does not take the coupon for this basket."""
    order = sum_of(shop, doc, tariff)
    for line in order.lines:
        if line.article is not None:
            line.subtotal = line.total = line.article.price * line.quantity
    calculate(order, tariff)
    return why_refused(shop, doc, order, coupon, tariff)


# -- stock --------------------------------------------------------------------------------------------------------


def check_stock(shop: Shop, doc: Doc) -> None:
    """Raises CannotBuy if a line wants more pieces than are there and not held for other shoppers."""
    for line in doc["line_items"]:
        product = shop.store.get("product", line["variation_id"] or line["product_id"])
        if product is not None:
            _check_line(shop, doc, product, line["quantity"])


def _check_line(shop: Shop, doc: Doc, product: Doc, quantity: int) -> None:
    left = pieces_left(shop, product, doc["id"])
    if left is None and product["stock_status"] == "outofstock":
        raise CannotBuy(f"“{product['name']}” is out of stock.")
    if left is not None and left < quantity:
        raise CannotBuy(f"“{product['name']}”: {left} left, {quantity} wanted.")


def pieces_left(shop: Shop, product: Doc, order_id: int = 0) -> int | None:
    """Pieces a shopper may buy, what other orders hold taken off; None if there is no limit."""
    held = holder_id(shop, product["id"])
    holder = shop.store.get("product", held) if held else None
    if holder is None or holder["backorders"] != "no":
        return None
    return int(holder["stock"] or 0) - _held_for_others(shop, int(holder["id"]), order_id)


def _held_for_others(shop: Shop, holder: int, order_id: int) -> int:
    """Pieces that unpaid orders of other shoppers hold at the moment."""
    now = iso(shop.now())
    waiting = shop.store.select("shop_order", "status = 'pending' AND created_via = 'store-api'")
    holding = (doc for doc in waiting if doc.get(HELD_UNTIL, "") > now and doc["id"] != order_id)
    lines = (line for doc in holding for line in doc["line_items"])
    return sum(
        line["quantity"] for line in lines if holder_id(shop, line["variation_id"] or line["product_id"]) == holder
    )
