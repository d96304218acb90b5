"""Returns that people made in Tryton, as refunds of the shop's order. Pure: rows as read go in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from trueup.connectors.kit.ports import Unreadable
from trueup.connectors.tryton import codec
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.sale_lines import position_of
from trueup.connectors.tryton.settings import Settings, percent_text
from trueup.domain.order import PositionType, TaxPart
from trueup.domain.record import Kind, Problem, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

RETURN = "TRYTON-RETURN-"
"""Begins the reference of a refund that began in Tryton, before the number of its return."""
SALE_FIELDS = ("number", "reference", "currency.code", "currency.digits", "total_amount")
RETURN_FIELDS = (
    "number",
    "origin",
    "comment",
    "total_amount",
    "write_date",
    "create_date",
    *(f"lines.{field}" for field in ("type", "note", "description", "quantity", "amount", "product.code")),
    "lines.taxes.rate",
)
EXACT = Decimal("0.000001")


def refunds_from_tryton(sale: Row, returns: Sequence[Row], settings: Settings) -> OrderRefunds | Unreadable:
    """All of one sale, oldest first. A tax part's rate is its percentage (`19`): Tryton does not know the shop's."""
    ordered = sorted(returns, key=lambda row: int(row["id"]))
    problems = tuple(problem for row in ordered if (problem := problem_of(row, settings)))
    if problems:
        raw = codec.plain({**sale, "returns": ordered})
        return Unreadable(kind=Kind.REFUND, id=str(sale["id"]), label=called(sale), problems=problems, raw=raw)
    return OrderRefunds(
        id=str(sale["id"]),
        order_number=called(sale),
        currency=sale["currency"]["code"],
        decimals=sale["currency"]["digits"],
        order_total=sale["total_amount"],
        refunds=tuple(_refund(row, settings) for row in ordered if row["total_amount"]),
    )


def called(sale: Row) -> str:
    return sale["reference"] or sale["number"] or str(sale["id"])


def problem_of(row: Row, settings: Settings) -> Problem | None:
    """What a shop has no refund for: more goods, or more money to pay."""
    if row["total_amount"] > 0:
        text = f"return {row['number']} in Tryton gives nothing back, it charges {row['total_amount']:f}."
        return Problem(field="total_amount", sentence=f"{text} Enter it in the shop by hand, or skip it with a reason.")
    sold = [line for line in _lines(row) if line["quantity"] > 0 and _type(line, settings) is PositionType.GOODS]
    if sold:
        text = f'return {row["number"]} in Tryton also sells "{sold[0]["product"]["code"]}".'
        return Problem(field="lines", sentence=f"{text} Enter it in the shop by hand, or skip it with a reason.")
    return None


def _refund(row: Row, settings: Settings) -> Refund:
    return Refund(
        id=str(row["id"]),
        reference=f"{RETURN}{row['number']}",
        created_at=row["create_date"],
        amount=-row["total_amount"],
        reason=row["comment"] or None,
        lines=tuple(_line(line, _type(line, settings)) for line in _lines(row)),
    )


def _lines(row: Row) -> list[Row]:
    """Those with an article or a service; a rounding difference and a free text have none of their own to name."""
    return [line for line in row["lines"] if line["type"] == "line" and line["product"]]


def _type(line: Row, settings: Settings) -> PositionType:
    code = line["product"]["code"]
    if code == settings.shipping_product:
        return PositionType.SHIPPING
    return PositionType.FEE if code in settings.service_products else PositionType.GOODS


def _line(line: Row, type: PositionType) -> RefundLine:
    goods = type is PositionType.GOODS
    net = -line["amount"]
    taxes = ((percent_text(tax["rate"] * 100), net * tax["rate"]) for tax in line["taxes"])
    return RefundLine(
        line=position_of(line["note"]),
        type=type,
        product=Ref(kind=Kind.PRODUCT, id=str(line["product"]["id"])) if goods else None,
        sku=line["product"]["code"] or None if goods else None,
        name=line["description"] or "",
        quantity=-line["quantity"] if goods else Decimal(0),
        total=net,
        taxes=tuple(TaxPart(rate=rate, amount=tax.quantize(EXACT, ROUND_HALF_UP)) for rate, tax in taxes),
    )
