"""What orders do to stock: taken off at on-hold, processing and completed, given back at pending and cancelled.

Always relative. A line remembers in ``_reduced_stock`` how much it took; notes tell from which number to which.
"""

from __future__ import annotations

from typing import Any

from trueup.sandbox.order_docs import next_item_meta_id
from trueup.sandbox.order_notes import ADMIN, add_note
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import holder_id, reduce_stock
from trueup.sandbox.store import Doc

TAKING = ("processing", "completed", "on-hold")
GIVING = ("cancelled", "pending")
REDUCED, RESTOCKED = "_reduced_stock", "_restock_refunded_items"


def take(shop: Shop, doc: Doc) -> None:
    """Reduce stock for every line that has not done so, once per order."""
    if doc["stock_reduced"] or not shop.settings.manage_stock:
        return
    changes = [change for line in doc["line_items"] if (change := _take_line(shop, line))]
    if changes:
        _tell_low_stock(shop, doc, changes)
        add_note(shop, doc["id"], f"Stock levels reduced: {', '.join(map(_said, changes))}")
    doc["stock_reduced"] = True


def give_back(shop: Shop, doc: Doc) -> None:
    """Return what the lines still hold."""
    if not doc["stock_reduced"] or not shop.settings.manage_stock:
        return
    changes = []
    for line in doc["line_items"]:
        held = number_of(line, REDUCED)
        new = reduce_stock(shop, product_of(line), -held) if held else None
        if new is not None:
            drop_meta(line, REDUCED)
            changes.append((line["name"], new - held, new))
    if changes:
        add_note(shop, doc["id"], f"Stock levels increased: {', '.join(map(_said, changes))}")
    doc["stock_reduced"] = False


def adjust(shop: Shop, doc: Doc, line: Doc, wanted: int) -> None:
    """Move the stock after a line was edited, so that it holds ``wanted`` pieces (0: the line goes away)."""
    if doc["status"] not in TAKING or holder_id(shop, product_of(line)) is None:
        return
    held = number_of(line, REDUCED)
    due = wanted - number_of(line, RESTOCKED) if wanted else 0
    if due == held:
        return
    new = reduce_stock(shop, product_of(line), due - held)
    if new is None:
        return
    set_meta(shop, line, REDUCED, str(due))
    if wanted:
        change = (line["name"], new + due - held, new)
        add_note(shop, doc["id"], f"Adjusted stock: {_said(change)}", author=ADMIN)
        doc["stock_reduced"] = True


def restock(shop: Shop, doc: Doc, line: Doc, quantity: int) -> None:
    """Return refunded pieces, however many were asked for; ``_reduced_stock`` may become negative."""
    held = next((row for row in line["meta"] if row["key"] == REDUCED), None)
    if held is None or held["value"] == "0" or quantity <= 0:
        return
    new = reduce_stock(shop, product_of(line), -quantity)
    if new is None:
        return
    set_meta(shop, line, REDUCED, str(int(held["value"]) - quantity))
    set_meta(shop, line, RESTOCKED, str(number_of(line, RESTOCKED) + quantity))
    text = f"Item #{product_of(line)} stock increased from {new - quantity} to {new}."
    add_note(shop, doc["id"], text)


def product_of(line: Doc) -> int:
    return int(line["variation_id"] or line["product_id"])


def number_of(line: Doc, key: str) -> int:
    value: Any = next((row["value"] for row in line["meta"] if row["key"] == key), "0")
    return int(value)


def set_meta(shop: Shop, line: Doc, key: str, value: str) -> None:
    for row in line["meta"]:
        if row["key"] == key:
            row["value"] = value
            return
    line["meta"] = [*line["meta"], {"id": next_item_meta_id(shop), "key": key, "value": value}]


def drop_meta(line: Doc, key: str) -> None:
    line["meta"] = [row for row in line["meta"] if row["key"] != key]


def _take_line(shop: Shop, line: Doc) -> tuple[str, int, int] | None:
    if number_of(line, REDUCED):
        return None
    new = reduce_stock(shop, product_of(line), line["quantity"])
    if new is None:
        return None
    set_meta(shop, line, REDUCED, str(line["quantity"]))
    return line["name"], new + line["quantity"], new


def _said(change: tuple[str, int, int]) -> str:
    name, before, after = change
    return f"{name} ({before}&rarr;{after})"


def _tell_low_stock(shop: Shop, doc: Doc, changes: list[tuple[str, int, int]]) -> None:
    taken = [line for line in doc["line_items"] if number_of(line, REDUCED)]
    for line, (_, _before, after) in zip(taken, changes, strict=False):
        product = shop.store.get("product", product_of(line)) or {}
        low = product.get("low_stock")
        low = shop.settings.low_stock_amount if low is None else int(low)
        if after <= shop.settings.no_stock_amount:
            shop.emit("action.woocommerce_no_stock", product_of(line))
        elif after <= low:
            shop.emit("action.woocommerce_low_stock", product_of(line))
