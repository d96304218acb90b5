"""What to tell the shop about a refund of the back office: its lines, checked against what is left of the order. Pure.

The shop itself checks the amount only: it takes 50 pieces of 4, and lines that the order does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.woocommerce.allotment import json_number
from trueup.connectors.woocommerce.fields import Row, meta_of
from trueup.connectors.woocommerce.refund_mapping import LINE_KEY, REFUND_KEY
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.order import PositionType
from trueup.domain.record import Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

ZERO = Decimal(0)
_LISTS = {
    "line_items": PositionType.GOODS,
    "shipping_lines": PositionType.SHIPPING,
    "fee_lines": PositionType.FEE,
}
_SPREAD = Decimal("0.000001")


@dataclass(slots=True, kw_only=True)
class Left:
    """One line of the order, and what is left of it: units, net amount, and tax by rate id."""

    id: int
    type: PositionType
    name: str
    product: str = ""
    sku: str = ""
    quantity: Decimal = ZERO
    total: Decimal = ZERO
    taxes: dict[str, Decimal] = field(default_factory=dict)

    def take(self, quantity: Decimal, total: Decimal, taxes: Mapping[str, Decimal]) -> None:
        self.quantity -= quantity
        self.total -= total
        for rate, amount in taxes.items():
            self.taxes[rate] = self.taxes.get(rate, ZERO) - amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is refunded of one line of the order."""

    line: int
    quantity: Decimal
    total: Decimal
    taxes: Mapping[str, Decimal]


class Remainder:
    """What is left of an order: of its total, and of each line."""

    def __init__(self, order: Row, refunds: Iterable[Row]) -> None:
        self.amount = _decimal(order.get("total"))
        self.lines = [_left(line, type) for name, type in _LISTS.items() for line in order.get(name) or []]
        for refund in refunds:
            self.take(refund)

    def take(self, refund: Row) -> None:
        """A refund as the shop answers it, with negative figures."""
        self.amount -= _decimal(refund.get("amount"))
        by_id = {str(line.id): line for line in self.lines}
        for row in (row for name in _LISTS for row in refund.get(name) or []):
            line = by_id.get(str(meta_of(row).get(LINE_KEY)))
            if line is not None:
                taxes = {rate: -amount for rate, amount in _taxes(row).items()}
                line.take(-_decimal(row.get("quantity")), -_decimal(row.get("total")), taxes)


def _left(line: Row, type: PositionType) -> Left:
    product, variation = line.get("product_id"), line.get("variation_id")
    is_goods = type is PositionType.GOODS
    return Left(
        id=int(line["id"]),
        type=type,
        name=str(line.get("name") or line.get("method_title") or ""),
        product=f"{product}/{variation}" if variation else str(product or ""),
        sku=str(line.get("sku") or "").strip().casefold(),
        quantity=_decimal(line.get("quantity")) if is_goods else ZERO,
        total=_decimal(line.get("total")),
        taxes=_taxes(line),
    )


def _taxes(line: Row) -> dict[str, Decimal]:
    return {str(tax.get("id")): _decimal(tax.get("total") or 0) for tax in line.get("taxes") or []}


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def refund_body(
    record: OrderRefunds, refund: Refund, left: Remainder, links: Mapping[Ref, str], settings: Settings
) -> dict[str, Any]:
    """The request that creates this refund. Raises Rejected if it gives back more than is left."""
    if refund.amount > left.amount:
        given, rest = (f"{_shown(sum, record.decimals)} {record.currency}" for sum in (refund.amount, left.amount))
        text = f"refund {refund.reference} over {given} is more than the {rest} that are left of the order."
        raise Rejected(f"{text} Correct the refund, or skip it with a reason.", field="amount")
    parts = [part for line in refund.lines for part in _parts(refund, line, left.lines, links, record.decimals)]
    return {
        "amount": _shown(refund.amount, record.decimals),
        "reason": f"{refund.reason} ({refund.reference})" if refund.reason else refund.reference,
        "api_refund": settings.refund_money,
        "api_restock": settings.refund_restock,
        "meta_data": [{"key": REFUND_KEY, "value": refund.reference}],
        "line_items": [_part_to_woo(part) for part in parts],
    }


def _shown(amount: Decimal, decimals: int) -> str:
    return f"{round(amount, decimals):f}"


def _part_to_woo(part: Part) -> dict[str, Any]:
    """Tax is refunded only where it is named."""
    taxes = [{"id": int(rate), "refund_total": f"{amount:f}"} for rate, amount in part.taxes.items() if amount]
    row: dict[str, Any] = {"id": part.line, "refund_total": f"{part.total:f}", "refund_tax": taxes}
    return row | ({"quantity": json_number(part.quantity)} if part.quantity else {})


def _parts(
    refund: Refund, line: RefundLine, left: Sequence[Left], links: Mapping[Ref, str], decimals: int
) -> list[Part]:
    """The order's lines that this one is about; none if it is about none of them: then the amount alone tells it."""
    candidates = _candidates(line, left, links)
    if not candidates:
        return []
    if line.quantity > sum((max(ZERO, one.quantity) for one in candidates), ZERO):
        rest = sum((max(ZERO, one.quantity) for one in candidates), ZERO)
        text = (
            f"refund {refund.reference} gives back {line.quantity:f} of {candidates[0].name}, where {rest:f} are left."
        )
        raise Rejected(f"{text} Correct the refund, or skip it with a reason.", field="quantity")
    parts = [_part(line, one, quantity) for one, quantity in _shares(line, candidates)]
    for part in parts:
        _take(refund, part, left, decimals)
    return parts


def _take(refund: Refund, part: Part, left: Sequence[Left], decimals: int) -> None:
    """Five of the currency's smallest units more than is left are rounding."""
    line = next(one for one in left if one.id == part.line)
    if part.total > 0 and part.total > line.total + Decimal(5).scaleb(-decimals):
        given, rest = _shown(part.total, decimals), _shown(line.total, decimals)
        text = f"refund {refund.reference} gives back {given} for {line.name}, where {rest} are left."
        raise Rejected(f"{text} Correct the refund, or skip it with a reason.", field="total")
    line.take(part.quantity, part.total, part.taxes)


def _candidates(line: RefundLine, left: Sequence[Left], links: Mapping[Ref, str]) -> list[Left]:
    """By the line's id where the back office kept it and it is of the same sort and article, else by the article, its
    SKU if that is clear, or the name of a fee."""
    alike = [one for one in left if one.type is line.type]
    linked = links.get(line.product) if line.product else None
    named = [one for one in alike if str(one.id) == line.line and linked in (None, one.product)]
    if named:
        return named
    if line.type is not PositionType.GOODS:
        return [one for one in alike if one.name == line.name] or alike
    if linked:
        return [one for one in alike if one.product == linked]
    same = [one for one in alike if line.sku and one.sku == line.sku.strip().casefold()]
    return same if len({one.product for one in same}) == 1 else []


def _shares(line: RefundLine, candidates: Sequence[Left]) -> list[tuple[Left, Decimal]]:
    """Units by line, filled in order; what has no units goes where most is left."""
    if not line.quantity:
        return [(max(candidates, key=lambda one: one.total), ZERO)]
    fitting = [one for one in candidates if one.quantity >= line.quantity]
    if fitting:
        return [(fitting[0], line.quantity)]
    shares, missing = [], line.quantity
    for one in candidates:
        taken = min(missing, max(ZERO, one.quantity))
        missing -= taken
        shares += [(one, taken)] if taken else []
    return shares


def _part(line: RefundLine, one: Left, quantity: Decimal) -> Part:
    is_whole = quantity == line.quantity
    share = Decimal(1) if is_whole else quantity / line.quantity
    total = line.total if is_whole else (line.total * share).quantize(_SPREAD)
    return Part(line=one.id, quantity=quantity, total=total, taxes=_taxes_of(line, one, share))


def _taxes_of(line: RefundLine, one: Left, share: Decimal) -> dict[str, Decimal]:
    """By the rates of the order's line: as they are told if they are the shop's own, else in their proportion."""
    told: dict[str, Decimal] = {}
    for part in line.taxes:
        told[part.rate] = told.get(part.rate, ZERO) + part.amount
    if share == 1 and all(amount <= one.taxes.get(rate, ZERO) for rate, amount in told.items()):
        return told
    charged = {rate: amount for rate, amount in one.taxes.items() if amount > 0}
    return _spread(line.tax * share, charged)


def _spread(tax: Decimal, charged: Mapping[str, Decimal]) -> dict[str, Decimal]:
    whole = sum(charged.values(), ZERO)
    found: dict[str, Decimal] = {}
    for rate, amount in charged.items():
        is_last = len(found) == len(charged) - 1
        found[rate] = tax - sum(found.values(), ZERO) if is_last else (tax * amount / whole).quantize(_SPREAD)
    return found
