"""``/wp-json/wc/store/v1``: the API that a shop's own pages buy through. It needs no key, but a ``Cart-Token``.

Without the token, a ``Nonce`` from an earlier answer stands for the session that browsers keep in a cookie.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trueup.sandbox.batch import as_id
from trueup.sandbox.cart_view import cart_view, gateways
from trueup.sandbox.carts import (
    add_item,
    apply_coupon,
    cart_with,
    checkout_of,
    choose_rate,
    emptied,
    keep,
    new_cart,
    set_addresses,
)
from trueup.sandbox.checkout import CannotBuy, Checkout, fingerprint
from trueup.sandbox.errors import WooError
from trueup.sandbox.router import CREATE, READ, Answer, Call, Handler, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.storefront import DRAFT, finish_checkout, open_checkout, place_order, refreshed
from trueup.sandbox.validation import BOOLEAN, EMAIL, INTEGER, OBJECTS, STRING, Field, Fields, check

API = "/wp-json/wc/store/v1"
NONCE = "nonce"
ADD: Fields = {"id": INTEGER, "quantity": Field(type="integer", minimum=1, default=1), "variation": OBJECTS}


def _session(shop: Shop, call: Call) -> Doc:
    """The shopper's cart. Raises WooError 401 for a write that names none."""
    cart = cart_with(shop, call.headers.get("cart-token", ""))
    if cart is None and NONCE in call.headers:
        known = shop.store.select("cart")
        cart = next((doc for doc in known if doc["nonce"] == call.headers[NONCE]), None)
        if cart is None:
            raise WooError(403, "woocommerce_rest_invalid_nonce", "Nonce is invalid.")
    if cart is not None:
        return cart
    if call.method not in ("GET", "HEAD"):
        text = "Missing the Nonce header. This endpoint requires a valid nonce."
        raise WooError(401, "woocommerce_rest_missing_nonce", text)
    return new_cart(shop)


def _answer(shop: Shop, cart: Doc, body: Any, status: int = 200) -> Answer:
    content = [(item["key"], item["quantity"]) for item in cart["items"]]
    headers = {
        "Nonce": cart["nonce"],
        "Nonce-Timestamp": str(int(shop.now().timestamp())),
        "User-ID": "0",
        "Cart-Token": cart["token"],
        "Cart-Hash": fingerprint([content, cart["coupons"]]) if content else "",
    }
    return Answer(body=body, status=status, headers=headers)


def _cart(shop: Shop, call: Call, cart: Doc, status: int = 200) -> Answer:
    keep(shop, cart)
    return _answer(shop, cart, cart_view(shop, call, cart), status)


def get_cart(shop: Shop, call: Call) -> Answer:
    return _cart(shop, call, _session(shop, call))


def post_item(shop: Shop, call: Call) -> Answer:
    cart = _session(shop, call)
    given = check(ADD, call.params)
    add_item(shop, cart, as_id(given.get("id")), int(given["quantity"]), given.get("variation") or [])
    return _cart(shop, call, cart, 201)


def post_coupon(shop: Shop, call: Call) -> Answer:
    cart = _session(shop, call)
    apply_coupon(shop, cart, str(check({"code": Field(required=True)}, call.params)["code"]))
    return _cart(shop, call, cart)


def post_customer(shop: Shop, call: Call) -> Answer:
    cart = _session(shop, call)
    set_addresses(cart, call.params)
    return _cart(shop, call, cart)


def post_rate(shop: Shop, call: Call) -> Answer:
    cart = _session(shop, call)
    choose_rate(shop, cart, check({"package_id": INTEGER, "rate_id": STRING}, call.params).get("rate_id"))
    return _cart(shop, call, cart)


# -- checkout -----------------------------------------------------------------------------------------------------


def get_checkout(shop: Shop, call: Call) -> Answer:
    """Open the checkout page: the draft order is made, or made anew if the cart has changed."""
    return _open(shop, _session(shop, call))


def put_checkout(shop: Shop, call: Call) -> Answer:
    """The shopper filled in some of the page: the draft follows, nothing is placed."""
    cart = _session(shop, call)
    set_addresses(cart, call.params)
    return _open(shop, cart)


def _open(shop: Shop, cart: Doc) -> Answer:
    _not_empty(cart)
    checkout = checkout_of(shop, cart)
    draft = _draft(shop, cart)
    order = open_checkout(shop, checkout) if draft is None else refreshed(shop, draft, checkout)
    keep(shop, {**cart, "order_id": order["id"]})
    return _answer(shop, cart, _view(order))


def post_checkout(shop: Shop, call: Call) -> Answer:
    """Place the order. The cart is empty afterwards."""
    cart = _session(shop, call)
    _not_empty(cart)
    allowed = ("", *gateways(shop))
    fields = {"payment_method": Field(enum=allowed), "customer_note": STRING, "create_account": BOOLEAN}
    given = check(fields, call.params)
    set_addresses(cart, given)
    if not EMAIL.match(cart["billing"]["email"]):
        text = "A valid email address is required"
        raise WooError(400, "woocommerce_rest_missing_email_address", text)
    order = _placed(shop, cart, _wanted(shop, cart, given))
    cart = emptied(cart)
    keep(shop, cart)
    target = f"{call.base}/checkout/order-received/{order['id']}/?key={order['order_key']}"
    return _answer(shop, cart, {**_view(order), "payment_result": _paid(target)})


def _wanted(shop: Shop, cart: Doc, given: Doc) -> Checkout:
    return replace(
        checkout_of(shop, cart),
        payment_method=given.get("payment_method") or "",
        note=str(given.get("customer_note") or ""),
        account=given.get("create_account") is True,
    )


def _placed(shop: Shop, cart: Doc, checkout: Checkout) -> Doc:
    draft = _draft(shop, cart)
    try:
        return place_order(shop, checkout) if draft is None else finish_checkout(shop, draft, checkout)
    except CannotBuy as refused:
        raise WooError(403, "woocommerce_product_not_enough_stock", str(refused)) from refused


def _draft(shop: Shop, cart: Doc) -> Doc | None:
    order = shop.store.get("shop_order", cart["order_id"])
    return order if order is not None and order["status"] == DRAFT else None


def _not_empty(cart: Doc) -> None:
    if not cart["items"]:
        text = "Cannot create order from empty cart."
        raise WooError(400, "woocommerce_rest_cart_empty", text)


def _view(order: Doc) -> Doc:
    return {
        "order_id": order["id"],
        "status": order["status"],
        "order_key": order["order_key"],
        "order_number": str(order["id"]),
        "customer_note": order["customer_note"],
        "customer_id": order["customer_id"],
        "billing_address": order["billing"],
        "shipping_address": order["shipping"],
        "payment_method": order["payment_method"],
        "payment_result": {"payment_status": "", "payment_details": [], "redirect_url": ""},
        "additional_fields": {},
        "__experimentalCart": None,
        "extensions": {},
    }


def _paid(target: str) -> Doc:
    details = [{"key": "result", "value": "success"}, {"key": "redirect", "value": target}]
    return {"payment_status": "success", "payment_details": details, "redirect_url": target}


def _route(methods: tuple[str, ...], path: str, handler: Handler) -> Route:
    return Route(methods, path, handler, public=True, api=API)


ROUTES = [
    _route(READ, "/cart", get_cart),
    _route(CREATE, "/cart/add-item", post_item),
    _route(CREATE, "/cart/apply-coupon", post_coupon),
    _route(CREATE, "/cart/update-customer", post_customer),
    _route(CREATE, "/cart/select-shipping-rate", post_rate),
    _route(READ, "/checkout", get_checkout),
    _route(CREATE, "/checkout", post_checkout),
    _route(("PUT", "PATCH"), "/checkout", put_checkout),
]
