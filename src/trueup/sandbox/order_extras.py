"""Small routes around orders: statuses, counts, receipts and mails."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha1

from trueup.sandbox import meta as metas
from trueup.sandbox.errors import WooError
from trueup.sandbox.order_notes import ADMIN, add_note
from trueup.sandbox.order_status import status_names
from trueup.sandbox.orders import known_order
from trueup.sandbox.router import CREATE, READ, Answer, Call, Route
from trueup.sandbox.shop import Shop

RECEIPT = "_receipt_file_name"
COMPLETED_MAIL = {
    "id": "customer_completed_order",
    "title": "Completed order",
    "description": "Send an email to customers notifying them that their order is complete and has been shipped",
}
DETAILS_MAIL = {
    "id": "customer_invoice",
    "title": "Order details",
    "description": "Manually send an email to your customers containing their order information and payment links",
}


def list_statuses(shop: Shop, _call: Call) -> Answer:
    return Answer(body=[{"slug": slug, "name": name} for slug, name in status_names(shop).items()])


def count_statuses(shop: Shop, _call: Call) -> Answer:
    names = status_names(shop)
    counts = {slug: shop.store.count("shop_order", "status = ?", (slug,)) for slug in names}
    return Answer(body=[{"slug": slug, "name": name, "total": counts[slug]} for slug, name in names.items()])


def make_receipt(shop: Shop, call: Call, id_: int) -> Answer:
    """A receipt page that lives for a day; its name stays in the order's meta."""
    before = known_order(shop, id_)
    name = metas.value_of(before, RECEIPT) or sha1(before["order_key"].encode(), usedforsecurity=False).hexdigest()[:38]
    rows = metas.merged(shop.store, before["meta"], [{"key": RECEIPT, "value": name}])
    shop.store.update("shop_order", {**before, "meta": rows}, before)
    return _receipt(shop, call, name)


def get_receipt(shop: Shop, call: Call, id_: int) -> Answer:
    name = metas.value_of(known_order(shop, id_), RECEIPT)
    if name is None:
        raise WooError(404, "woocommerce_rest_not_found", "Receipt not found")
    return _receipt(shop, call, name)


def _receipt(shop: Shop, call: Call, name: str) -> Answer:
    expires = (shop.now().astimezone(shop.zone) + timedelta(days=1)).date().isoformat()
    return Answer(body={"receipt_url": f"{call.base}/wc/file/transient/{name}", "expiration_date": expires})


def list_mails(shop: Shop, _call: Call, id_: int) -> Answer:
    completed = known_order(shop, id_)["status"] == "completed"
    return Answer(body=[COMPLETED_MAIL, DETAILS_MAIL] if completed else [DETAILS_MAIL])


def send_details(shop: Shop, _call: Call, id_: int) -> Answer:
    """Nothing is really mailed; the shop says and notes that it was."""
    said = f"Order details sent to {known_order(shop, id_)['billing']['email']}."
    add_note(shop, id_, said, author=ADMIN)
    return Answer(body={"message": said})


ROUTES = [
    Route(READ, "/orders/statuses", list_statuses),
    Route(READ, "/reports/orders/totals", count_statuses),
    Route(CREATE, "/orders/{id}/receipt", make_receipt),
    Route(READ, "/orders/{id}/receipt", get_receipt),
    Route(READ, "/orders/{id}/actions/email_templates", list_mails),
    Route(CREATE, "/orders/{id}/actions/send_order_details", send_details),
]
