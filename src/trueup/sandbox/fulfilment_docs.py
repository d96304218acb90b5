"""Fulfilments as the shop keeps them, and what they, orders and refunds do to one another.

A fulfilment says which pieces of an order's lines are in one parcel. All of them together make the order's custom
field ``_fulfillment_status``; neither they nor that field ever move the status of the order itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.dates import local
from trueup.sandbox.features import FULFILMENTS, features_of
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table

TABLE = Table(
    name="fulfilment",
    columns={"order_id": "INTEGER", "deleted": "INTEGER"},
    of=lambda doc: {"order_id": doc["order_id"], "deleted": int(doc["deleted"])},
    indexes=("order_id",),
)
FULFILLED, UNFULFILLED = "fulfilled", "unfulfilled"
ITEMS, DATE_FULFILLED = "_items", "_date_fulfilled"
ORDER_STATUS, AUTO_DONE = "_fulfillment_status", "_auto_fulfill_processed"


def fulfilments_of(shop: Shop, order_id: int) -> list[Doc]:
    """Those of an order that are not deleted, in the order they were made."""
    return shop.store.select("fulfilment", "order_id = ? AND deleted = 0", (order_id,))


def add_fulfilment(shop: Shop, order_id: int, status: str, rows: Iterable[tuple[str, Any]]) -> Doc:
    """Store a new one; ``rows`` are its custom fields. A fulfilled one gets its moment."""
    doc = {
        "id": shop.store.next_id("fulfilment"),
        "order_id": order_id,
        "status": status,
        "updated": shop.now_iso(),
        "deleted": False,
        "meta": [],
    }
    write_meta(shop, doc, rows)
    shop.store.insert("fulfilment", doc)
    return doc


def write_meta(shop: Shop, doc: Doc, rows: Iterable[tuple[str, Any]]) -> None:
    """Make these the custom fields of a fulfilment: others go, known keys keep their ids and places."""
    given = dict(rows)
    kept = [{**row, "value": given.pop(row["key"])} for row in doc["meta"] if row["key"] in given]
    doc["meta"] = kept
    for key, value in given.items():
        _append(shop, doc, key, value)
    if doc["status"] == FULFILLED and DATE_FULFILLED not in {row["key"] for row in doc["meta"]}:
        _append(shop, doc, DATE_FULFILLED, shop_time(shop, shop.now_iso()))


def _append(shop: Shop, doc: Doc, key: str, value: Any) -> None:
    doc["meta"] = [*doc["meta"], {"id": shop.store.next_id("fulfilment_meta"), "key": key, "value": value}]


def shop_time(shop: Shop, stored: str) -> str:
    """A stored moment as fulfilments show it: in the shop's time zone, with a space."""
    return str(local(stored, shop.zone)).replace("T", " ")


def items_of(doc: Doc) -> list[Doc]:
    """What is in the parcel: ``{"item_id", "qty"}``."""
    return list(metas.value_of(doc, ITEMS) or [])


# -- the order ----------------------------------------------------------------------------------------------------


def tell_order(shop: Shop, order: Doc) -> None:
    """Bring ``_fulfillment_status`` of the order in line with its fulfilments; the caller saves it."""
    status = order_status(shop, order)
    order["meta"] = metas.merged(shop.store, order["meta"], [{"key": ORDER_STATUS, "value": status}])


def order_status(shop: Shop, order: Doc) -> str | None:
    """``fulfilled`` if every fulfilment is and no piece is left, else partly or not; None without fulfilments."""
    docs = fulfilments_of(shop, order["id"])
    if not docs:
        return None
    done = [doc["status"] == FULFILLED for doc in docs]
    if all(done) and not pending(shop, order, docs, refunded_pieces(shop, order)):
        return FULFILLED
    return "partially_fulfilled" if any(done) else UNFULFILLED


def pending(shop: Shop, order: Doc, docs: Iterable[Doc], refunded: dict[int, float]) -> dict[int, float]:
    """Pieces per line that no fulfilment holds, the refunded ones taken off."""
    held: dict[int, float] = {}
    for item in (item for doc in docs for item in items_of(doc)):
        held[item["item_id"]] = held.get(item["item_id"], 0) + item["qty"]
    lines = {line["id"]: line["quantity"] for line in order["line_items"]}
    left = {id_: quantity - held.get(id_, 0) - refunded.get(id_, 0) for id_, quantity in lines.items()}
    return {id_: quantity for id_, quantity in left.items() if quantity > 0}


def refunded_pieces(shop: Shop, order: Doc) -> dict[int, float]:
    """Pieces per line that were refunded so far."""
    found: dict[int, float] = {}
    for refund in shop.store.select("refund", "parent_id = ?", (order["id"],)):
        for line in refund["line_items"]:
            id_ = int(metas.value_of(line, "_refunded_item_id") or 0)
            found[id_] = found.get(id_, 0) - line["quantity"]
    return {id_: quantity for id_, quantity in found.items() if quantity > 0}


# -- what moves them ----------------------------------------------------------------------------------------------


def after_refund(shop: Shop, order: Doc) -> None:
    """Take refunded pieces out of fulfilments that are not sent yet, as far as no pending piece covers them.

    If pending ones cover them all, nothing happens: not even the order's custom field is looked at again.
    """
    docs = fulfilments_of(shop, order["id"])
    refunded = refunded_pieces(shop, order)
    if FULFILMENTS not in features_of(shop) or not docs or not refunded:
        return
    waiting = pending(shop, order, docs, {})
    due = {id_: quantity - waiting.get(id_, 0) for id_, quantity in refunded.items()}
    if not any(quantity > 0 for quantity in due.values()):
        return
    for doc in docs:
        if doc["status"] != FULFILLED:
            _take_out(shop, doc, due)
    tell_order(shop, order)


def _take_out(shop: Shop, before: Doc, due: dict[int, float]) -> None:
    items = []
    for item in items_of(before):
        taken = max(0, min(item["qty"], due.get(item["item_id"], 0)))
        due[item["item_id"]] = due.get(item["item_id"], 0) - taken
        items.append({**item, "qty": item["qty"] - taken})
    kept = [item for item in items if item["qty"] > 0]
    doc = {**before, "updated": shop.now_iso(), "deleted": not kept}
    if kept:
        doc["meta"] = [{**row, "value": kept} if row["key"] == ITEMS else row for row in before["meta"]]
    shop.store.update("fulfilment", doc, before)


def fulfil_by_itself(shop: Shop, order: Doc) -> None:
    """What the status ``processing`` (or ``completed`` without it) does: downloads count as sent. Once per order."""
    skip = not order["line_items"] or metas.value_of(order, AUTO_DONE)
    if FULFILMENTS not in features_of(shop) or skip or fulfilments_of(shop, order["id"]):
        return
    items = [_whole(line) for line in order["line_items"] if _is_download(shop, line)]
    if items:
        add_fulfilment(shop, order["id"], FULFILLED, [(ITEMS, items)])
        tell_order(shop, order)
    order["meta"] = metas.merged(shop.store, order["meta"], [{"key": AUTO_DONE, "value": True}])


def _whole(line: Doc) -> Doc:
    return {"item_id": line["id"], "qty": line["quantity"]}


def _is_download(shop: Shop, line: Doc) -> bool:
    product = shop.store.get("product", line["variation_id"] or line["product_id"])
    return bool(product and product["downloadable"])
