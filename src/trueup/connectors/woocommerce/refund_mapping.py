"""Refunds as the shop answers them (negative lines, `dp=6`), made canonical: all refunds of one order. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.fields import (
    Broken,
    Row,
    id_of,
    meta_of,
    moment_or_none,
    number,
    rows,
    text,
    unreadable,
)
from trueup.connectors.woocommerce.order_mapping import product_of
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.record import Kind
from trueup.domain.refund import OrderRefunds

REFUND_KEY = "_trueup_refund"
"""The custom field in which a refund keeps the reference under which another system knows it."""
LINE_KEY = "_refunded_item_id"
_LISTS = {"line_items": "goods", "shipping_lines": "shipping", "fee_lines": "fee"}


def refunds_change(order: Row, refunds: Sequence[Row], settings: Settings, decimals: int) -> Change | Unreadable:
    """The refunds of an order, or what is wrong with the answer."""
    try:
        record = refunds_from_woo(order, refunds, settings, decimals)
    except (Broken, ValidationError) as error:
        raw = {**order, "refunds": list(refunds)}
        return unreadable(Kind.REFUND, raw, str(order.get("number") or order.get("id")), error)
    return Change(record=record, changed_at=moment_or_none(order.get("date_modified_gmt")))


def refunds_from_woo(order: Row, refunds: Sequence[Row], settings: Settings, decimals: int) -> OrderRefunds:
    """Oldest first. Raises Broken or ValidationError."""
    id = id_of(order)
    sold = {id_of(line): number(line.get("quantity")) for line in rows(order, "line_items")}
    oldest_first = sorted(refunds, key=lambda row: int(id_of(row)))
    return OrderRefunds.model_validate(
        {
            "id": id,
            "order_number": str(order.get("number") or id),
            "currency": order.get("currency"),
            "decimals": decimals,
            "order_total": order.get("total"),
            "refunds": [_refund(row, settings, sold) for row in oldest_first if _gives(row)],
        }
    )


def _gives(row: Row) -> bool:
    """The shop takes refunds of nothing, too: neither money nor a line."""
    return _given(row.get("amount")) != 0 or any(rows(row, name) for name in _LISTS)


def _refund(row: Row, settings: Settings, sold: Mapping[str, Any]) -> dict[str, Any]:
    id = id_of(row)
    return {
        "id": id,
        "reference": reference_of(row) or settings.refund_reference(id),
        "created_at": moment_or_none(row.get("date_created_gmt")),
        "amount": row.get("amount"),
        "reason": text(row.get("reason")),
        "lines": [_line(line, type, sold) for name, type in _LISTS.items() for line in rows(row, name)],
    }


def reference_of(row: Row) -> str | None:
    """What another system calls this refund, if it was written from there."""
    reference = meta_of(row).get(REFUND_KEY)
    return reference if isinstance(reference, str) else None


def _line(line: Row, type: str, sold: Mapping[str, Any]) -> dict[str, Any]:
    refunded = meta_of(line).get(LINE_KEY)
    name = line.get("name") or line.get("method_title") or ""
    taxes = [{"rate": str(tax.get("id")), "amount": _given(tax.get("total") or "0")} for tax in rows(line, "taxes")]
    return {
        "line": str(refunded) if refunded else None,
        "type": type,
        "product": product_of(line) if type == "goods" else None,
        "sku": text(line.get("sku")),
        "name": html.unescape(str(name)),
        "sold": sold.get(str(refunded)) if type == "goods" else None,
        "quantity": _given(number(line.get("quantity"))) if type == "goods" else Decimal(0),
        "total": _given(line.get("total")),
        "taxes": taxes,
    }


def _given(value: Any) -> Any:
    """What a refunded line gives back: in the shop its figures are negative (positive for a refunded discount)."""
    try:
        return Decimal(0) - Decimal(str(value))
    except ArithmeticError:
        return value
