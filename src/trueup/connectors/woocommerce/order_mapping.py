"""Orders as the shop answers them (`dp=6`), made canonical. Pure.

Amounts are net with up to six decimals, as stored; `price` (a float) is never used. Times are the `_gmt` fields.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.customer_mapping import address_from_woo, customer_id, customer_of_order
from trueup.connectors.woocommerce.fields import (
    Broken,
    Row,
    id_of,
    mapping,
    moment,
    moment_or_none,
    number,
    rows,
    text,
    unreadable,
)
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import is_ready, stage_of
from trueup.domain.cent_proof import balanced
from trueup.domain.order import Order
from trueup.domain.record import Kind

ORDER_FIELDS = (
    "id,number,status,currency,prices_include_tax,date_created_gmt,date_modified_gmt,date_paid_gmt,total,total_tax,"
    "customer_id,billing,shipping,payment_method,payment_method_title,transaction_id,customer_note,line_items,tax_lines,"
    "shipping_lines,fee_lines,coupon_lines,date_completed_gmt,meta_data,gift_cards,gift_card_lines,pw_gift_cards"
)
_LINES = frozenset({"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines"})


class OrderContext(NamedTuple):
    """What an order means beyond its own fields: the connection's settings, and the shop's decimals and rounding."""

    settings: Settings
    decimals: int
    round_at_subtotal: bool | None


def order_change(row: Row, context: OrderContext) -> Change | Unreadable:
    """One order with its customer as companion, or what is wrong with the answer."""
    try:
        order = order_from_woo(row, context)
        customer = customer_of_order(row, context.settings)
    except (Broken, ValidationError) as error:
        return unreadable(Kind.ORDER, row, str(row.get("number") or row.get("id")), error)
    return Change(record=order, changed_at=moment_or_none(row.get("date_modified_gmt")), companions=(customer,))


def order_from_woo(row: Row, context: OrderContext) -> Order:
    """The order, balanced (`cent_proof`). Raises Broken or ValidationError."""
    settings, id = context.settings, id_of(row)
    _refuse_unknown_lines(row)
    stage = stage_of(row, settings)
    billing, shipping = (address_from_woo(mapping(row, name)) for name in ("billing", "shipping"))
    classes = {slug: name for name, slug in settings.tax_classes.items()}
    order = Order.model_validate(
        {
            "id": id,
            "number": str(row.get("number") or id),
            "status": row.get("status"),
            "stage": stage,
            "ready": is_ready(row, stage, settings),
            "currency": row.get("currency"),
            "decimals": context.decimals,
            "created_at": moment(row, "date_created_gmt"),
            "paid_at": moment_or_none(row.get("date_paid_gmt")),
            "customer": {"kind": Kind.CUSTOMER, "id": customer_id(row, settings)},
            "billing": billing,
            "shipping": shipping.or_place_of(billing),
            "positions": [*_goods(row, classes), *_shipping(row), *_fees(row, classes)],
            "coupons": [{"code": c.get("code"), "discount": c.get("discount")} for c in rows(row, "coupon_lines")],
            "rates": [_rate(line) for line in rows(row, "tax_lines")],
            "prices_include_tax": row.get("prices_include_tax"),
            "round_at_subtotal": context.round_at_subtotal,
            "total": row.get("total"),
            "total_tax": row.get("total_tax"),
            "payment_method": text(row.get("payment_method")),
            "payment_title": text(row.get("payment_method_title")),
            "transaction_id": text(row.get("transaction_id")),
            "note": text(row.get("customer_note")),
            "reference": settings.order_reference(id),
        }
    )
    return balanced(order)


def _refuse_unknown_lines(row: Row) -> None:
    """Lines that a plugin added, such as gift cards that were redeemed: nothing of an order is dropped in silence."""
    for name, value in row.items():
        if value and name not in _LINES and (name.endswith("_lines") or "gift_card" in name):
            raise Broken(
                name,
                f"the order has lines of a kind that is not known here ({name}), which a plugin added. Enter the order "
                "by hand, and skip it here with a reason; in the plugin, use negative fees or coupons if it has them.",
            )


def _goods(row: Row, classes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **_position(line, "goods", str(line.get("name") or "")),
            "product": product_of(line),
            "sku": text(line.get("sku")),
            "quantity": number(line.get("quantity")),
            "subtotal": line.get("subtotal"),
            "tax_class": _tax_class(line, classes),
            "part_of": _bundle_of(line),
        }
        for line in rows(row, "line_items")
    ]


def _shipping(row: Row) -> list[dict[str, Any]]:
    return [
        {
            **_position(line, "shipping", str(line.get("method_title") or line.get("method_id") or "")),
            "method": text(line.get("method_id")),
        }
        for line in rows(row, "shipping_lines")
    ]


def _fees(row: Row, classes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {**_position(line, "fee", str(line.get("name") or "")), "tax_class": _tax_class(line, classes)}
        for line in rows(row, "fee_lines")
    ]


def _position(line: Row, type: str, name: str) -> dict[str, Any]:
    taxes = [{"rate": str(tax.get("id")), "amount": tax.get("total") or "0"} for tax in rows(line, "taxes")]
    total = line.get("total")
    return {
        "id": str(line.get("id")),
        "type": type,
        "name": html.unescape(name),
        "subtotal": total,
        "total": total,
        "taxes": taxes,
    }


def product_of(line: Row) -> dict[str, Any] | None:
    """The variation that was bought, never only its parent; None for an article that the shop no longer has."""
    product, variation = line.get("product_id"), line.get("variation_id")
    if not product:
        return None
    return {"kind": Kind.PRODUCT, "id": f"{product}/{variation}" if variation else str(product)}


def _bundle_of(line: Row) -> str | None:
    """As the plugins Product Bundles and Composite Products say it; an empty text where it is no part of anything."""
    found = line.get("bundled_by") or line.get("composite_parent")
    return str(found) if isinstance(found, int | str) and found else None


def _rate(line: Row) -> dict[str, Any]:
    return {
        "id": str(line.get("rate_id")),
        "name": html.unescape(str(line.get("label") or line.get("rate_code") or "")),
        "percent": number(line.get("rate_percent")),
        "compound": line.get("compound") is True,
        "tax": line.get("tax_total"),
        "shipping_tax": line.get("shipping_tax_total"),
    }


def _tax_class(line: Row, classes: Mapping[str, str]) -> str | None:
    slug = line.get("tax_class")
    return classes.get(slug, slug or None) if isinstance(slug, str) else None
