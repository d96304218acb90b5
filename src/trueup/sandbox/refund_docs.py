"""Refunds as the shop keeps them: documents of their own below an order, amounts positive, lines negative."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.rounding import ZERO, total
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table

REFUNDS = Table(
    name="refund",
    columns={"parent_id": "INTEGER", "created": "TEXT", "modified": "TEXT"},
    of=lambda doc: {"parent_id": doc["parent_id"], "created": doc["created"], "modified": doc["created"]},
    indexes=("parent_id", "created"),
)


def refunded(shop: Shop, order_id: int) -> Decimal:
    """What has been given back of an order so far, gross."""
    return total(Decimal(doc["amount"]) for doc in shop.store.select("refund", "parent_id = ?", (order_id,)))


def left_to_refund(shop: Shop, order: Doc) -> Decimal:
    return Decimal(order["total"]) - refunded(shop, order["id"])


def add_refund(
    shop: Shop, order: Doc, amount: Decimal, reason: str, lines: dict[str, list[Doc]] | None = None, meta: Any = None
) -> Doc:
    """Store a refund of an order. ``lines``: ``line_items``, ``shipping_lines``, ``fee_lines``, ``tax_lines``."""
    full = amount > ZERO and amount >= left_to_refund(shop, order)
    rows = metas.merged(shop.store, [], [{"key": "_refund_type", "value": "full" if full else "partial"}])
    doc = {
        "id": shop.store.next_id("post"),
        "parent_id": order["id"],
        "created": shop.now_iso(),
        "amount": str(amount),
        "reason": reason,
        "meta": metas.merged(shop.store, rows, meta),
        **{kind: (lines or {}).get(kind, []) for kind in ("line_items", "shipping_lines", "fee_lines", "tax_lines")},
    }
    shop.store.insert("refund", doc)
    return doc


def refund_the_rest(shop: Shop, order: Doc) -> None:
    """What the status ``refunded`` brings along: money back, no lines, no stock."""
    rest = left_to_refund(shop, order)
    if rest > ZERO:
        add_refund(shop, order, rest, "Order fully refunded.")
