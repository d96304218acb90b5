"""A shop's refund as a return sale of Tryton: lines with negative quantities, to the cent. Pure.

Taxes are those of the sale that the order became, so nothing depends on how the shop calls its rates. Units that came
back are lines of their article; money that was given back for none (a price reduction, shipping, a fee) is a line of a
service product, so that Tryton expects no goods for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trueup.connectors.kit.errors import MissingLink, Rejected
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.premises import Tax
from trueup.connectors.tryton.sale_lines import (
    Line,
    four_decimals,
    line_to_tryton,
    lines_for,
    position_of,
    predicted_total,
    without_endless_rounding,
)
from trueup.connectors.tryton.sale_mapping import Links, SaleFacts, rounding_line, unit_of
from trueup.domain.order import PositionType
from trueup.domain.refund import Refund, RefundLine

WITHOUT_ARTICLE = "Refund that names no article"
REDUCTION = "Price reduction"
SALE_FIELDS = (
    "number",
    "state",
    "party",
    "invoice_address",
    "shipment_address",
    "warehouse",
    "currency.code",
    "currency.digits",
    "total_amount",
    *(f"lines.{field}" for field in ("type", "note", "product", "amount", "taxes.rate", "taxes.name")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of a refunded amount that was sold with these taxes."""

    net: Decimal
    tax: Decimal
    taxes: tuple[Tax, ...]

    @property
    def rate(self) -> Decimal:
        return sum((tax.rate for tax in self.taxes), Decimal(0))


def return_to_tryton(refund: Refund, sale: Row, links: Links, facts: SaleFacts) -> Row:
    """Values for one return sale. The refund's reference becomes its web id, of which Tryton keeps one per web shop.

    Raises Rejected, naming what is missing, and MissingLink.
    """
    step = Decimal(1).scaleb(-sale["currency"]["digits"])
    lines = list(return_lines(refund, sale, links, facts, step))
    with_base_price = "base_price" in facts.line_fields
    day = refund.created_at.astimezone(facts.zone).date() if refund.created_at else None
    values = {
        "company": facts.company,
        "currency": sale["currency"]["id"],
        "party": sale["party"],
        "invoice_address": sale["invoice_address"],
        "shipment_address": sale["shipment_address"],
        "warehouse": sale["warehouse"],
        "origin": f"sale.sale,{sale['id']}",
        "web_shop": facts.web_shop,
        "web_id": refund.reference,
        "reference": refund.reference,
        "sale_date": day,
        "comment": refund.reason,
        "invoice_method": "order",
        "shipment_method": "order",
        "lines": [["create", [line_to_tryton(line, with_base_price=with_base_price) for line in lines]]],
    }
    return {**values, **({"shipment_cost_method": None} if "shipment_cost_method" in facts.sale_fields else {})}


def return_lines(refund: Refund, sale: Row, links: Links, facts: SaleFacts, step: Decimal) -> Iterator[Line]:
    lines = [line for part in refund.lines for line in part_lines(part, sale, links, facts, step)]
    limit = facts.settings.rounding_limit * step
    unexplained = refund.amount - refund.explained
    if abs(unexplained) > limit:
        lines.append(service_line(facts, facts.settings.fee_product, unexplained, WITHOUT_ARTICLE))
    lines = without_endless_rounding(lines, step, facts.tax_rounding)
    yield from lines
    difference = -refund.amount - predicted_total(lines, step, facts.tax_rounding)
    if difference and abs(difference) <= limit:
        yield rounding_line(difference, facts)


def part_lines(part: RefundLine, sale: Row, links: Links, facts: SaleFacts, step: Decimal) -> Iterator[Line]:
    """The units of the article with the share that was taxed first, everything else as services."""
    code, called = service_of(part, facts)
    units = part.quantity if part.type is PositionType.GOODS else Decimal(0)
    for share in shares_of(part, sale, links, facts, step):
        if units:
            yield from unit_lines(part, units, share, links, facts, step)
            units = Decimal(0)
        else:
            line = service_line(facts, code, share.net, called)
            yield replace(line, taxes=share.taxes, position=part.line)


def service_of(part: RefundLine, facts: SaleFacts) -> tuple[str, str]:
    """Which service product stands for it, and with which text."""
    settings = facts.settings
    match part.type:
        case PositionType.SHIPPING:
            return settings.shipping_product, part.name
        case PositionType.GOODS:
            return settings.fee_product, f"{REDUCTION}: {part.name}" if part.name else REDUCTION
    return (settings.discount_product if part.total < 0 else settings.fee_product), part.name


def service_line(facts: SaleFacts, code: str, amount: Decimal, text: str) -> Line:
    product = facts.services[code]
    return Line(
        product=product["id"],
        unit=unit_of(product),
        quantity=Decimal(-1),
        price=four_decimals(amount),
        description=text or None,
    )


def unit_lines(
    part: RefundLine, units: Decimal, share: Share, links: Links, facts: SaleFacts, step: Decimal
) -> Iterator[Line]:
    product = article_of(part, links, facts)
    line = Line(
        product=product["id"],
        unit=unit_of(product),
        quantity=units,
        price=Decimal(0),
        taxes=share.taxes,
        description=part.name or None,
        position=part.line,
    )
    for given in lines_for(line, share.net, share.net, step):
        yield replace(given, quantity=-given.quantity)


def article_of(part: RefundLine, links: Links, facts: SaleFacts) -> Row:
    if part.product is None:
        raise Rejected(f'the article of line "{part.name}" is unknown. Enter the return by hand.', field="lines")
    if part.product not in links:
        raise MissingLink(part.product)
    product = facts.products.get(id_from(links[part.product]))
    if product is None:
        called = part.sku or part.name
        raise Rejected(f"article {called} no longer exists in Tryton. Enter the return by hand.", field="lines")
    return product


# Taxes


def shares_of(part: RefundLine, sale: Row, links: Links, facts: SaleFacts, step: Decimal) -> Iterator[Share]:
    """The refunded amount, parted as its position was when it was sold; what the shop gave back without its tax, or
    with a part of it, is parted once more."""
    groups = sold_as(part, sale, links, facts) or {taxes_by_ratio(part, facts, step): Decimal(1)}
    whole = sum(groups.values())
    for taxes, amount in groups.items():
        weight = amount / whole if whole else Decimal(1) / len(groups)
        yield from _taxed(Share(net=part.total * weight, tax=part.tax * weight, taxes=taxes), step)


def _taxed(share: Share, step: Decimal) -> Iterator[Share]:
    if abs(share.net * share.rate - share.tax) <= step:
        yield share
    elif not share.rate or not share.tax:
        yield replace(share, taxes=())
    else:
        net = share.tax / share.rate
        yield replace(share, net=net)
        yield Share(net=share.net - net, tax=Decimal(0), taxes=())


def sold_as(part: RefundLine, sale: Row, links: Links, facts: SaleFacts) -> Mapping[tuple[Tax, ...], Decimal]:
    """The net amounts by their taxes, of the sale's lines that the refunded position became."""
    groups: dict[tuple[Tax, ...], Decimal] = {}
    for line in lines_of(part, sale, links, facts):
        rows = sorted(line["taxes"], key=lambda row: int(row["id"]))
        taxes = tuple(Tax(id=row["id"], name=row["name"], rate=row["rate"]) for row in rows)
        groups[taxes] = groups.get(taxes, Decimal(0)) + abs(line["amount"])
    return groups


def lines_of(part: RefundLine, sale: Row, links: Links, facts: SaleFacts) -> Sequence[Row]:
    """By the shop's order line that they were made of; else by what they are."""
    lines = [line for line in sale["lines"] if line["type"] == "line"]
    named = [line for line in lines if part.line and position_of(line["note"]) == part.line]
    if named or part.product is None:
        service = facts.services.get(service_of(part, facts)[0], {}) if part.type is not PositionType.GOODS else {}
        return named or [line for line in lines if line["product"] == service.get("id")]
    product = id_from(links.get(part.product, ""))
    return [line for line in lines if line["product"] == product]


def taxes_by_ratio(part: RefundLine, facts: SaleFacts, step: Decimal) -> tuple[Tax, ...]:
    """The one tax that makes this amount of this net. Raises Rejected if there is none."""
    if not part.tax:
        return ()
    for tax in facts.taxes:
        if abs(part.total * tax.rate - part.tax) <= step:
            return (tax,)
    raise Rejected(
        f'the tax of line "{part.name}" is not known: the sale has no such line. Enter the return by hand.', field="tax"
    )
