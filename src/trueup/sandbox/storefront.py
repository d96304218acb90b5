"""Shoppers: a checkout page is opened, which makes a draft order, and then the order is placed, unlike by REST.

Clients hear of the draft first (``order.updated``, status ``checkout-draft``), and of the order as created only when
it is placed; ``date_created`` stays the moment of the draft.
"""

from __future__ import annotations

import html
import secrets
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

from trueup.sandbox import meta as metas
from trueup.sandbox.checkout import (
    HELD_UNTIL,
    CannotBuy,
    Checkout,
    Delivery,
    Priced,
    check_stock,
    checkout_from,
    priced,
)
from trueup.sandbox.coupons import count_use
from trueup.sandbox.customers import add_customer
from trueup.sandbox.dates import iso
from trueup.sandbox.order_coupons import coupon_lines, user_of
from trueup.sandbox.order_docs import write_back
from trueup.sandbox.order_notes import add_note
from trueup.sandbox.order_status import payment_complete, set_status
from trueup.sandbox.order_stock import product_of
from trueup.sandbox.orders import PLACING_TRACE, save
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import holder_id
from trueup.sandbox.store import Doc

__all__ = [
    "CannotBuy", "Checkout", "Delivery", "cancel_unpaid", "checkout_from", "finish_checkout", "open_checkout",
    "place_order",
]  # fmt: skip
DRAFT = "checkout-draft"
PAYMENTS = {
    "bacs": "Direct bank transfer",
    "cheque": "Check payments",
    "cod": "Cash on delivery",
    "card": "Credit card",
    "paypal": "PayPal",
}
OFFLINE = {
    "bacs": ("on-hold", "Awaiting BACS payment."),
    "cheque": ("on-hold", "Awaiting check payment."),
    "cod": ("processing", "Payment to be made upon delivery."),
}


def place_order(shop: Shop, checkout: Checkout) -> Doc:
    """Buy: the order is there, its stock is taken and the webhooks know of it when this returns.

    Raises CannotBuy, and leaves nothing behind, if a product is not for sale, there are too few pieces, or a coupon
    does not fit.
    """
    with shop.store.writing():
        found = priced(shop, checkout)
        check_stock(shop, found.doc)
        draft = _new_draft(shop, found)
        return _place(shop, draft, checkout, hasty=True)


def open_checkout(shop: Shop, checkout: Checkout) -> Doc:
    """Open the checkout page: the draft order, which takes and holds no stock. Raises CannotBuy."""
    with shop.store.writing():
        return _new_draft(shop, priced(shop, checkout))


def finish_checkout(shop: Shop, draft: Doc, checkout: Checkout) -> Doc:
    """Place the order whose draft was opened before; the basket may have changed since. Raises CannotBuy."""
    with shop.store.writing():
        return _place(shop, refreshed(shop, draft, checkout), checkout, hasty=False)


def refreshed(shop: Shop, before: Doc, checkout: Checkout) -> Doc:
    """The draft as the basket is now; it keeps its id, its key and its moment."""
    found = priced(shop, checkout)
    if found.doc["basket"] == before["basket"]:
        return before
    kept = {name: before[name] for name in ("id", "created", "order_key", "payment_method")}
    doc = {**found.doc, **kept, "status": DRAFT}
    _write(shop, doc, found)
    save(shop, doc, before)
    shop.emit("order.updated", doc["id"])
    return doc


def cancel_unpaid(shop: Shop) -> list[int]:
    """What the shop does by itself now and then: orders whose payment did not come in time are cancelled."""
    with shop.store.writing():
        now = iso(shop.now())
        waiting = shop.store.select("shop_order", "status = 'pending' AND created_via = 'store-api'")
        late = [doc for doc in waiting if doc.get(HELD_UNTIL) and doc[HELD_UNTIL] <= now]
        for before in late:
            doc = deepcopy(before)
            shop.emit("order.updated", doc["id"])
            set_status(shop, doc, "cancelled", "Unpaid order cancelled - time limit reached.")
            save(shop, doc, before)
        return [doc["id"] for doc in late]


def _new_draft(shop: Shop, found: Priced) -> Doc:
    doc = found.doc
    doc["id"] = shop.store.next_id("post")
    doc["status"] = DRAFT
    doc["payment_method"] = first_gateway(shop)
    doc["customer_note"] = ""
    _write(shop, doc, found)
    shop.store.insert("shop_order", doc)
    shop.emit("order.updated", doc["id"])
    return doc


def _write(shop: Shop, doc: Doc, found: Priced) -> None:
    write_back(shop, doc, found.order, found.tariff)
    doc["coupon_lines"] = coupon_lines(shop, found.order)


def first_gateway(shop: Shop) -> str:
    """The payment method that the checkout page begins with."""
    return next((str(doc["code"]) for doc in shop.store.select("gateway") if doc["enabled"]), "")


def _place(shop: Shop, draft: Doc, checkout: Checkout, *, hasty: bool) -> Doc:
    """``hasty``: the same request made the draft, which is when the shop may lose its ``tax_lines``."""
    doc = deepcopy(draft)
    check_stock(shop, doc)
    doc.update(
        status="pending",
        payment_method=checkout.payment_method,
        payment_method_title=PAYMENTS.get(checkout.payment_method, checkout.payment_method),
        customer_note=html.escape(checkout.note, quote=False),
    )
    if hasty and shop.faults.lost_tax_lines and shop.faults.chance(shop.faults.lost_tax_lines):
        doc["tax_lines"] = []
    trace = {"key": PLACING_TRACE, "value": f"place-order-debug-{secrets.token_hex(4)}"}
    doc["meta"] = metas.merged(shop.store, doc["meta"], [trace])
    _hold(shop, doc)
    shop.emit("order.updated", doc["id"])
    if checkout.account:
        doc["customer_id"] = _new_account(shop, doc)
    _use_coupons(shop, doc)
    shop.emit("order.created", doc["id"])
    _pay(shop, doc)
    save(shop, doc, draft)
    return doc


def _hold(shop: Shop, doc: Doc) -> None:
    """Keep the pieces for this shopper until the payment came, at most as long as the shop's option says."""
    minutes = int(shop.options.get("woocommerce_hold_stock_minutes") or 0)
    lines = [text for line in doc["line_items"] if (text := _held_text(shop, line))]
    if minutes and lines:
        doc[HELD_UNTIL] = iso(shop.now() + timedelta(minutes=minutes))
        add_note(shop, doc["id"], f"Stock hold of {minutes} minutes applied to: <br>- {'<br>- '.join(lines)}")


def _held_text(shop: Shop, line: Doc) -> str:
    held = holder_id(shop, product_of(line))
    holder = shop.store.get("product", held) if held else None
    product = shop.store.get("product", product_of(line))
    if product is None or holder is None or holder["backorders"] != "no":
        return ""
    options = '<span class="description"></span>' if line["variation_id"] else ""
    return f"{line['name']} ({product['sku'] or '#' + str(product['id'])}){options} &times; {line['quantity']}"


def _new_account(shop: Shop, doc: Doc) -> int:
    given = {"email": doc["billing"]["email"], "password": secrets.token_hex(8)}
    names = {name: doc["billing"][name] for name in ("first_name", "last_name")}
    account = add_customer(shop, {**given, **names, "billing": doc["billing"], "shipping": doc["shipping"]})
    return int(account["id"])


def _use_coupons(shop: Shop, doc: Doc) -> None:
    for line in doc["coupon_lines"]:
        count_use(shop, line["coupon_id"], user_of(doc), 1)
    doc["counted_coupons"] = sorted({line["coupon_id"] for line in doc["coupon_lines"]})


def _pay(shop: Shop, doc: Doc) -> None:
    """What the payment method makes of the order; one that costs nothing is paid."""
    method = doc["payment_method"]
    if Decimal(doc["total"]) <= 0 or method not in (*OFFLINE, "paypal"):
        payment_complete(shop, doc)
    elif method in OFFLINE:
        set_status(shop, doc, *OFFLINE[method])
