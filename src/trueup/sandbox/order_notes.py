"""Notes on orders: written by people, by the ERP and by the shop itself."""

from __future__ import annotations

from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.product_view import HINTS
from trueup.sandbox.router import CREATE, DELETE, READ, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.validation import BOOLEAN, STRING, Field, Fields, check

NOTES = Table(
    name="order_note",
    columns={"order_id": "INTEGER", "created": "TEXT", "for_customer": "INTEGER"},
    of=lambda doc: {"order_id": doc["order_id"], "created": doc["created"], "for_customer": int(doc["customer_note"])},
    indexes=("order_id",),
)
SYSTEM, ADMIN = "WooCommerce", "admin"
NOTE: Fields = {"note": Field(required=True), "customer_note": BOOLEAN, "added_by_user": BOOLEAN}
LIST: Fields = {"type": Field(enum=("any", "customer", "internal"), default="any"), "context": STRING}


def add_note(shop: Shop, order_id: int, text: str, *, author: str = SYSTEM, customer_note: bool = False) -> Doc:
    """Write a note on an order. It does not move the order's ``date_modified`` and fires no webhook."""
    doc = {
        "id": shop.store.next_id("comment"),
        "order_id": order_id,
        "author": author,
        "created": shop.now_iso(),
        "note": text,
        "customer_note": customer_note,
    }
    shop.store.insert("order_note", doc)
    return doc


def list_notes(shop: Shop, call: Call, order_id: int) -> Answer:
    params = check(LIST, call.params)
    _order(shop, order_id, "shop_order_invalid_id")
    where = {"any": "1", "customer": "for_customer = 1", "internal": "for_customer = 0"}[params["type"]]
    docs = shop.store.select("order_note", f"order_id = ? AND {where}", (order_id,), order="created DESC, id")
    return Answer(body=[_view(shop, call, doc) for doc in docs])


def get_note(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    return Answer(body=_view(shop, call, _note(shop, order_id, id_)))


def create_note(shop: Shop, call: Call, order_id: int) -> Answer:
    given = check(NOTE, call.params)
    _order(shop, order_id, "order_invalid_id")
    author = ADMIN if given.get("added_by_user") else SYSTEM
    doc = add_note(shop, order_id, given["note"], author=author, customer_note=bool(given.get("customer_note")))
    headers = {"Location": call.url(f"/orders/{order_id}/notes/{doc['id']}")}
    return Answer(status=201, body=_view(shop, call, doc), headers=headers)


def delete_note(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    insist_on_force(call, "Webhooks")  # the real shop says so, too
    doc = _note(shop, order_id, id_)
    shop.store.delete("order_note", id_)
    return Answer(body=_view(shop, call, doc))


def _order(shop: Shop, order_id: int, code: str) -> Doc:
    doc = shop.store.get("shop_order", order_id)
    if doc is None:
        raise WooError(404, f"woocommerce_rest_{code}", "Invalid order ID.")
    return doc


def _note(shop: Shop, order_id: int, id_: int) -> Doc:
    _order(shop, order_id, "order_invalid_id")
    doc = shop.store.get("order_note", id_)
    if doc is None or doc["order_id"] != order_id:
        raise WooError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return doc


def _view(shop: Shop, call: Call, doc: Doc) -> Doc:
    notes = f"/orders/{doc['order_id']}/notes"
    return {
        "id": doc["id"],
        "author": doc["author"],
        **shop.dates("date_created", doc["created"]),
        "note": doc["note"],
        "customer_note": doc["customer_note"],
        "_links": {
            "self": [{"href": call.url(f"{notes}/{doc['id']}"), "targetHints": {"allow": _ALLOWED}}],
            "collection": [{"href": call.url(notes)}],
            "up": [{"href": call.url(f"/orders/{doc['order_id']}")}],
        },
    }


_ALLOWED = [method for method in HINTS["allow"] if method in ("GET", "DELETE")]
ROUTES = [
    Route(READ, "/orders/{order_id}/notes", list_notes),
    Route(CREATE, "/orders/{order_id}/notes", create_note),
    Route(READ, "/orders/{order_id}/notes/{id}", get_note),
    Route(DELETE, "/orders/{order_id}/notes/{id}", delete_note),
]
