"""What of a record may be shown without asking: orders and customers lose everything that tells of a person."""

from __future__ import annotations

import json
from typing import Any

from trueup.domain.record import Kind

HIDDEN = "…"

IMPERSONAL = {
    Kind.ORDER: {
        *("id", "number", "status", "currency", "decimals", "reference", "customer", "customer_id"),
        *("created_at", "date_created", "date_created_gmt", "date_modified_gmt", "paid_at", "date_paid_gmt"),
        *("positions", "line_items", "shipping_lines", "fee_lines", "coupon_lines", "coupons", "rates", "tax_lines"),
        *("prices_include_tax", "round_at_subtotal", "total", "total_tax", "discount_total", "shipping_total"),
        *("payment_method", "payment_title", "payment_method_title", "lines", "sku", "quantity", "price"),
    },
    Kind.CUSTOMER: {"id", "reference", "language", "guest", "apart"},
    Kind.CUSTOMER_NUMBER: {"id", "customer", "number", "system"},
}
"""Fields that tell nothing of a person. A field that nobody thought of is hidden, not shown."""

FREE_TEXT = {"meta_data", "note", "customer_note"}
"""Shoppers write here (an engraving, a greeting), also in single lines."""


def shown_record(kind: str, payload: str | None, *, raw: bool) -> Any:
    """The record as JSON values. Without `raw`, what is or may be personal is replaced by `…`."""
    if payload is None:
        return None
    record = json.loads(payload)
    allowed = IMPERSONAL.get(Kind(kind))
    if raw or allowed is None:
        return record
    if not isinstance(record, dict):
        return HIDDEN
    return {name: _without_free_text(value) if name in allowed else HIDDEN for name, value in record.items()}


def leaves_out(kind: str, *, raw: bool) -> str:
    """What to say beside a record of this kind that was shown."""
    return " (without personal data; all of it with --raw)" if not raw and Kind(kind) in IMPERSONAL else ""


def shown_label(kind: str, label: str, ref: str, *, raw: bool = False) -> str:
    """What a thing is called on the screen: a customer's label is a name, so the id stands in its place."""
    return ref if kind == Kind.CUSTOMER and not raw else label


def shown_sentence(kind: str, sentence: str | None, label: str, ref: str, *, raw: bool = False) -> str | None:
    """The sentence about a thing; it begins with what the thing is called."""
    hidden = kind == Kind.CUSTOMER and not raw and label
    return sentence.replace(label, ref) if sentence and hidden else sentence


def _without_free_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name in FREE_TEXT else _without_free_text(item) for name, item in value.items()}
    return [_without_free_text(item) for item in value] if isinstance(value, list) else value
