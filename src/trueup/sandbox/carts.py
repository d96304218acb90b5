"""Carts of the storefront: what shoppers have put in, where it goes, and the ways of shipping they may choose from."""

from __future__ import annotations

import hashlib
import html
import secrets
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from trueup.sandbox.checkout import Checkout, Delivery, Priced, coupon_refusal, escaped, pieces_left, priced
from trueup.sandbox.coupon_rules import missing
from trueup.sandbox.coupons import code_of, coupon_by_code
from trueup.sandbox.errors import WooError
from trueup.sandbox.order_docs import BILLING, SHIPPING
from trueup.sandbox.product_view import variation_option
from trueup.sandbox.rounding import ZERO
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import TAGS, clean, number

CARTS = Table(name="cart", columns={"token": "TEXT"}, of=lambda doc: {"token": doc["token"]}, indexes=("token",))
FREE_WITH = {"min_amount": ("spent",), "coupon": ("coupon",), "either": ("spent", "coupon"), "both": ("spent",)}


def new_cart(shop: Shop) -> Doc:
    """An empty cart of a shopper whom the shop takes to be where it is itself."""
    country, _, state = str(shop.option("woocommerce_default_country")).partition(":")
    home = {"country": country, "state": state}
    doc = {
        "id": shop.store.next_id("cart"),
        "token": secrets.token_urlsafe(24),
        "nonce": secrets.token_hex(5),
        "items": [],
        "coupons": [],
        "billing": dict.fromkeys(BILLING, "") | home,
        "shipping": dict.fromkeys(SHIPPING, "") | home,
        "rate": "",
        "order_id": 0,
    }
    shop.store.insert("cart", doc)
    return doc


def cart_with(shop: Shop, token: str) -> Doc | None:
    found = shop.store.select("cart", "token = ?", (token,))
    return deepcopy(found[0]) if found else None


def keep(shop: Shop, cart: Doc) -> None:
    shop.store.update("cart", cart)


def emptied(cart: Doc) -> Doc:
    """The cart after its order was placed; the addresses stay."""
    return {**cart, "items": [], "coupons": [], "rate": "", "order_id": 0}


# -- what is in it ------------------------------------------------------------------------------------------------


def add_item(shop: Shop, cart: Doc, id_: int, quantity: int, chosen: Sequence[Doc]) -> None:
    """Put pieces of a product or variation in. Raises WooError 400 if it cannot be bought or there are too few."""
    product = shop.store.get("product", id_)
    if product is None or product["status"] != "publish":
        text = "This product cannot be added to the cart."
        raise WooError(400, "woocommerce_rest_cart_invalid_product", text)
    if product["type"] == "variable":
        text = "Missing attributes for variable product."
        raise WooError(400, "woocommerce_rest_missing_attributes", text)
    key = item_key(shop, product, chosen)
    known: Doc | None = next((item for item in cart["items"] if item["key"] == key), None)
    _check_pieces(shop, product, quantity + (known["quantity"] if known else 0))
    if known is not None:
        known["quantity"] += quantity
    else:
        cart["items"] = [*cart["items"], {"key": key, "id": id_, "quantity": quantity}]


def _check_pieces(shop: Shop, product: Doc, wanted: int) -> None:
    left = pieces_left(shop, product)
    name = html.escape(f'"{product["name"]}"')
    if left == 0 or (left is None and product["stock_status"] == "outofstock"):
        text = f"You cannot add {name} to the cart because the product is out of stock."
        raise WooError(400, "woocommerce_rest_product_out_of_stock", text)
    if left is not None and left < wanted:
        text = f"You cannot add that amount of {name} to the cart because there is not enough stock ({left} remaining)."
        raise WooError(400, "woocommerce_rest_product_partially_out_of_stock", text)


def item_key(shop: Shop, product: Doc, chosen: Sequence[Doc] = ()) -> str:
    """What names a line of the cart: the same product with the same options has the same key in every cart."""
    parts = [str(product["id"])]
    if product["type"] == "variation":
        options = "".join(f"{row['raw_attribute']}{row['value']}" for row in options_of(shop, product, chosen))
        parts = [str(product["parent_id"]), str(product["id"]), options]
    return hashlib.md5("_".join(parts).encode(), usedforsecurity=False).hexdigest()


def options_of(shop: Shop, product: Doc, chosen: Sequence[Doc] = ()) -> list[Doc]:
    """The options of a variation, those it leaves open as the shopper chose them."""
    wanted = {str(row.get("attribute", "")).lower(): str(row.get("value", "")) for row in chosen}
    rows = []
    for row in product["attributes"] if product["type"] == "variation" else []:
        option = variation_option(shop, row)
        value = option["option"] or wanted.get(str(option["name"]).lower(), "")
        rows.append({"raw_attribute": f"attribute_{row['slug']}", "attribute": option["name"], "value": value})
    return rows


def apply_coupon(shop: Shop, cart: Doc, given: str) -> None:
    """Raises WooError 400 with the shop's sentence if the coupon may not be used."""
    code = code_of(given)
    coupon = coupon_by_code(shop, code)
    if coupon is None:
        raise _coupon_error(missing(clean(given)))
    if code in cart["coupons"]:
        raise _coupon_error(f"Coupon code &quot;{html.escape(code)}&quot; has already been applied.")
    found = counted(shop, cart)
    refused = coupon_refusal(shop, found.doc, coupon, found.tariff)
    if refused:
        raise _coupon_error(TAGS.sub("", refused))
    cart["coupons"] = [*cart["coupons"], code]


def _coupon_error(sentence: str) -> WooError:
    return WooError(400, "woocommerce_rest_cart_coupon_error", sentence)


def set_addresses(cart: Doc, given: Doc) -> None:
    """Take over what was sent of ``billing_address`` and ``shipping_address``."""
    for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
        address = given.get(f"{name}_address")
        if isinstance(address, dict):
            cart[name] = {**cart[name], **escaped(address, fields)}


# -- what it costs ------------------------------------------------------------------------------------------------


def checkout_of(shop: Shop, cart: Doc) -> Checkout:
    """The basket with the way of shipping that is chosen, or else the first one."""
    chosen = [rate.delivery for rate in rates_of(shop, cart) if rate.selected]
    return replace(_without_delivery(cart), delivery=chosen[0] if chosen else None)


def counted(shop: Shop, cart: Doc) -> Priced:
    return priced(shop, checkout_of(shop, cart))


def _without_delivery(cart: Doc) -> Checkout:
    return Checkout(
        items=[(item["id"], item["quantity"]) for item in cart["items"]],
        billing=cart["billing"],
        shipping=cart["shipping"],
        coupons=cart["coupons"],
        delivery=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A way of shipping that the cart may be sent by; ``tax`` on its net cost."""

    id: str
    delivery: Delivery
    tax: Decimal
    selected: bool


def rates_of(shop: Shop, cart: Doc) -> list[Rate]:
    """What the zone of the shipping address offers; nothing if there is nothing to send."""
    if not needs_shipping(shop, cart):
        return []
    bare = priced(shop, _without_delivery(cart))
    spent = _displayed_subtotal(bare) - sum((row.discount for row in bare.order.coupons), ZERO)
    methods = [doc for doc in _methods(shop, cart["shipping"]) if _is_offered(shop, doc, spent, cart["coupons"])]
    ids = [f"{doc['method_id']}:{doc['id']}" for doc in methods]
    chosen = cart["rate"] if cart["rate"] in ids else next(iter(ids), "")
    return [_rate(shop, cart, doc, id_, id_ == chosen) for doc, id_ in zip(methods, ids, strict=True)]


def _rate(shop: Shop, cart: Doc, method: Doc, id_: str, selected: bool) -> Rate:
    values = method["values"]
    delivery = Delivery(
        method_id=method["method_id"],
        title=str(values.get("title") or method["method_id"].replace("_", " ").capitalize()),
        cost=number(str(values.get("cost") or "0").replace(",", ".")) or ZERO,
        tax_status=str(values.get("tax_status") or "taxable"),
        instance_id=str(method["id"]),
    )
    order = priced(shop, replace(_without_delivery(cart), delivery=delivery)).order
    return Rate(id=id_, delivery=delivery, tax=order.shipping[0].total_tax, selected=selected)


def _displayed_subtotal(found: Priced) -> Decimal:
    return sum((found.tariff.position(line.subtotal) for line in found.order.lines), ZERO)


def _methods(shop: Shop, address: Doc) -> list[Doc]:
    zones = [doc for doc in shop.store.select("shipping_zone") if _covers(doc, address)]
    zone_id = min(zones, key=lambda doc: (doc["order"], doc["id"]))["id"] if zones else 0
    docs = shop.store.select("shipping_method", "zone_id = ?", (zone_id,))
    return sorted((doc for doc in docs if doc["enabled"]), key=lambda doc: (doc["order"], doc["id"]))


def _covers(zone: Doc, address: Doc) -> bool:
    places = (address["country"], f"{address['country']}:{address['state']}")
    return any(place["code"] in places for place in zone["locations"] if place["type"] in ("country", "state"))


def _is_offered(shop: Shop, method: Doc, spent: Decimal, coupons: Sequence[str]) -> bool:
    """Free shipping may want a minimum, a coupon that grants it, or both."""
    wanted = str(method["values"].get("requires") or "")
    if method["method_id"] != "free_shipping" or not wanted:
        return True
    minimum = number(str(method["values"].get("min_amount") or "0").replace(",", ".")) or ZERO
    granted = any((coupon_by_code(shop, code) or {}).get("free_shipping") for code in coupons)
    met = {"spent": spent >= minimum, "coupon": granted}
    return all(met.values()) if wanted == "both" else any(met[name] for name in FREE_WITH.get(wanted, ()))


def needs_shipping(shop: Shop, cart: Doc) -> bool:
    products = (shop.store.get("product", item["id"]) for item in cart["items"])
    return any(product and not product["virtual"] for product in products)


def choose_rate(shop: Shop, cart: Doc, rate_id: Any) -> None:
    """Raises WooError 400 for a way of shipping that is not offered."""
    if rate_id not in [rate.id for rate in rates_of(shop, cart)]:
        text = "Invalid parameter(s): rate_id"
        raise WooError(400, "rest_invalid_param", text, {"params": {"rate_id": "Invalid parameter."}})
    cart["rate"] = rate_id
