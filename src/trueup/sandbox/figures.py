"""The money of an order as the REST API writes it: strings with ``dp`` decimals, the price a float."""

from __future__ import annotations

from typing import Any

from trueup.sandbox.money import CouponSum, Fee, Line, OrderSum, Shipping, TaxSum
from trueup.sandbox.rounding import bare, shown
from trueup.sandbox.tax_math import Taxes, TaxRate


def order_figures(order: OrderSum, dp: int) -> dict[str, str]:
    """The totals in the order's header."""
    names = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
    return {name: shown(getattr(order, name), dp) for name in names}


def line_figures(line: Line, dp: int) -> dict[str, Any]:
    taxes = [
        {"id": id_, "total": shown(tax, dp), "subtotal": shown(line.subtotal_taxes[id_], dp)}
        for id_, tax in line.taxes.items()
    ]
    return {
        "subtotal": shown(line.subtotal, dp),
        "subtotal_tax": shown(line.subtotal_tax, dp),
        "total": shown(line.total, dp),
        "total_tax": shown(line.total_tax, dp),
        "taxes": taxes,
        "price": json_number(line.price()),
    }


def fee_figures(fee: Fee, dp: int) -> dict[str, Any]:
    return {"total": shown(fee.total, dp), "total_tax": shown(fee.total_tax, dp), "taxes": _taxes(fee.taxes, dp)}


def shipping_figures(shipping: Shipping, dp: int) -> dict[str, Any]:
    return {
        "total": shown(shipping.total, dp),
        "total_tax": shown(shipping.total_tax, dp),
        "taxes": _taxes(shipping.taxes, dp),
    }


def coupon_figures(row: CouponSum, decimals: int) -> dict[str, str]:
    """Coupon lines are not padded, whatever ``dp`` says."""
    return {"discount": bare(row.discount, decimals), "discount_tax": bare(row.discount_tax, decimals)}


def tax_line_figures(row: TaxSum, rate: TaxRate, dp: int) -> dict[str, Any]:
    return {
        "rate_code": rate.code,
        "rate_id": row.rate_id,
        "label": rate.name or "Tax",
        "compound": rate.compound,
        "tax_total": shown(row.tax_total, dp),
        "shipping_tax_total": shown(row.shipping_tax_total, dp),
        "rate_percent": json_number(float(rate.rate)),
    }


def json_number(value: float) -> float | int:
    """PHP writes 20.0 as 20."""
    return int(value) if value.is_integer() else value


def _taxes(taxes: Taxes, dp: int) -> list[dict[str, Any]]:
    return [{"id": id_, "total": shown(tax, dp), "subtotal": ""} for id_, tax in taxes.items()]
