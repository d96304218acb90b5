"""Statuses of orders and what follows from them: dates, stock, sales figures, refunds and notes.

Every transition is allowed. ``refunded`` makes a refund of the rest by itself and gives no stock back; the trash and
deletion give none back either.
"""

from __future__ import annotations

from trueup.sandbox.features import plugin_statuses
from trueup.sandbox.fulfilment_docs import fulfil_by_itself
from trueup.sandbox.order_coupons import claim_coupons, release_coupons
from trueup.sandbox.order_notes import add_note
from trueup.sandbox.order_stock import GIVING, TAKING, give_back, take
from trueup.sandbox.order_view import needs_processing
from trueup.sandbox.refund_docs import refund_the_rest
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

NAMES = {
    "pending": "Pending payment", "processing": "Processing", "on-hold": "On hold", "completed": "Completed",
    "cancelled": "Cancelled", "refunded": "Refunded", "failed": "Failed", "checkout-draft": "Draft",
}  # fmt: skip
PAYABLE_NOW = ("on-hold", "pending", "failed", "cancelled", "checkout-draft")
SELLING = TAKING


def set_status(shop: Shop, doc: Doc, status: str, note: str = "", *, quiet: bool = False) -> bool:
    """Bring the order into a status, with everything that follows. Returns whether it changed.

    ``note`` goes before the shop's own sentence; ``quiet`` leaves that sentence out.
    """
    before = doc["status"]
    if status == before:
        return False
    doc["status"] = status
    _set_dates(shop, doc)
    names = status_names(shop)
    changed = f"Order status changed from {names.get(before, before)} to {names.get(status, status)}."
    said = " ".join(part for part in (note, "" if quiet or before == "trash" else changed) if part)
    _follow(shop, doc, before, status)
    if said:
        add_note(shop, doc["id"], said)
    return True


def status_names(shop: Shop) -> dict[str, str]:
    """The statuses that an order can have, those of plug-ins last; their names as people read them."""
    return {**NAMES, **plugin_statuses(shop)}


def _set_dates(shop: Shop, doc: Doc) -> None:
    if doc["status"] == "completed":
        doc["completed"] = shop.now_iso()
    if doc["paid"] is None and doc["status"] in _paid_statuses(shop, doc):
        doc["paid"] = shop.now_iso()


def _paid_statuses(shop: Shop, doc: Doc) -> tuple[str, ...]:
    """Cash on delivery is paid when the order is completed, others when there is something to send."""
    if doc["payment_method"] == "cod":
        return ("completed",)
    return ("processing", "completed") if needs_processing(shop, doc) else ("completed",)


def _follow(shop: Shop, doc: Doc, before: str, status: str) -> None:
    if status in TAKING:
        take(shop, doc)
    if status in GIVING:
        give_back(shop, doc)
    if status in ("cancelled", "failed"):
        release_coupons(shop, doc)
    else:
        claim_coupons(shop, doc)
    if status in ("processing", "completed"):
        fulfil_by_itself(shop, doc)
    if status == "completed":
        pay_customer(shop, doc)
    if status == "refunded":
        refund_the_rest(shop, doc)
    count_sales(shop, doc, before)
    shop.emit(f"action.woocommerce_order_status_{status}", doc["id"])


def payment_complete(shop: Shop, doc: Doc, transaction_id: str = "") -> None:
    """The order is paid: processing, or completed if there is nothing to send or it was to be paid on delivery."""
    if doc["status"] not in PAYABLE_NOW:
        return
    if transaction_id:
        doc["transaction_id"] = transaction_id
    doc["paid"] = doc["paid"] or shop.now_iso()
    add_note(shop, doc["id"], "Payment complete.")
    at_work = needs_processing(shop, doc) and doc["payment_method"] != "cod"
    set_status(shop, doc, "processing" if at_work else "completed", quiet=True)
    pay_customer(shop, doc)


def pay_customer(shop: Shop, doc: Doc) -> None:
    """A customer with a paid order is a paying customer; that moves the customer's ``date_modified``."""
    customer = shop.store.get("customer", doc["customer_id"]) if doc["customer_id"] else None
    if customer is not None and not customer["paying"]:
        shop.store.update("customer", {**customer, "paying": True, "modified": shop.now_iso()}, customer)


def count_sales(shop: Shop, doc: Doc, before: str) -> None:
    """Keep ``total_sales`` of the products, now that the order was in status ``before``.

    Counted when the order sells, taken back when a selling order is cancelled, trashed or deleted, and only then.
    """
    sells = doc["status"] in SELLING
    undone = doc["status"] in ("cancelled", "trash", "deleted") and before in SELLING
    if sells == doc["recorded_sales"] or not (sells or undone):
        return
    sign = 1 if sells else -1
    for line in doc["line_items"]:
        product = shop.store.get("product", line["product_id"])
        if product is not None:
            sold = int(product["total_sales"]) + sign * line["quantity"]
            shop.store.update("product", {**product, "total_sales": sold}, product)
    doc["recorded_sales"] = sells
