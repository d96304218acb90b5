"""An order as a sale of Tryton. Pure: what stands in the database is given as `SaleFacts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal

from trueup.connectors.kit.errors import MissingLink, Rejected
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.payments import payment_of
from trueup.connectors.tryton.premises import Currency, Tax
from trueup.connectors.tryton.sale_lines import (
    Line,
    four_decimals,
    line_to_tryton,
    lines_for,
    predicted_total,
    without_endless_rounding,
)
from trueup.connectors.tryton.settings import Settings, percent_text
from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Ref

Links = Mapping[Ref, str]
ROUNDING = "Rounding difference to the shop's total"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFacts:
    """What a sale needs to know of the database. `products` are those that the orders name, by id."""

    settings: Settings
    company: int
    zone: tzinfo
    web_shop: int
    warehouse: int
    carrier: int | None
    payment_term: int | None
    tax_rounding: str
    sale_fields: frozenset[str]
    line_fields: frozenset[str]
    currencies: Mapping[str, Currency]
    services: Mapping[str, Row]
    taxes: tuple[Tax, ...]
    products: Mapping[int, Row]
    payment_terms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one tax charges on one position, by the shop."""

    tax: Tax
    amount: Decimal

    def is_on(self, net: Decimal, step: Decimal) -> bool:
        """Whether it is charged on the whole net amount, whichever way the shop rounds it."""
        return abs(net * self.tax.rate - self.amount) <= step


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Who the sale is for: ids of the party and of two of its addresses."""

    party: int
    invoice_address: int | None
    shipment_address: int | None


def sale_to_tryton(order: Order, reference: str, to: Destination, links: Links, facts: SaleFacts) -> Row:
    """Values for one sale. `reference` becomes the web id, of which Tryton keeps one per web shop.

    Raises Rejected, naming what is missing in Tryton, and MissingLink.
    """
    currency = currency_of(order, facts)
    lines = list(order_lines(order, links, facts, step_of(currency)))
    with_base_price = "base_price" in facts.line_fields
    values = {
        "company": facts.company,
        "currency": currency.id,
        "party": to.party,
        "invoice_address": to.invoice_address,
        "shipment_address": to.shipment_address,
        "warehouse": facts.warehouse,
        "web_shop": facts.web_shop,
        "web_id": reference,
        "reference": order.reference,
        "sale_date": order.created_at.astimezone(facts.zone).date(),
        "comment": order.note,
        "invoice_method": "order",
        "shipment_method": "order",
        "lines": [["create", [line_to_tryton(line, with_base_price=with_base_price) for line in lines]]],
    }
    return {**values, **_optional_values(order, facts)}


def _optional_values(order: Order, facts: SaleFacts) -> Row:
    """Of modules that not every database has. Without the empty cost method Tryton adds a shipping line of its own."""
    payment = payment_of(order, facts.settings, facts.payment_terms, facts.payment_term)
    values = {"carrier": facts.carrier, "shipment_cost_method": None, **payment}
    return {name: value for name, value in values.items() if name in facts.sale_fields}


def currency_of(order: Order, facts: SaleFacts) -> Currency:
    if order.currency not in facts.currencies:
        raise Rejected(
            f"the currency {order.currency} is missing in Tryton. Create it with its rate.", field="currency"
        )
    return facts.currencies[order.currency]


def step_of(currency: Currency) -> Decimal:
    return Decimal(1).scaleb(-currency.digits)


def order_lines(order: Order, links: Links, facts: SaleFacts, step: Decimal) -> Iterator[Line]:
    """The lines, and at most one for rounding: the order's own rounding position together with what Tryton's
    arithmetic misses."""
    made = [line for position in order.positions for line in position_lines(position, order, links, facts, step)]
    lines = without_endless_rounding(made, step, facts.tax_rounding)
    yield from lines
    own = sum((p.total + p.tax for p in order.positions if p.type is PositionType.ROUNDING), Decimal(0))
    difference = order.total - predicted_total(lines, step, facts.tax_rounding)
    if difference and abs(difference - own) <= facts.settings.rounding_limit * step:
        yield rounding_line(difference, facts)


def rounding_line(difference: Decimal, facts: SaleFacts) -> Line:
    product = facts.services[facts.settings.fee_product]
    return Line(
        product=product["id"],
        unit=unit_of(product),
        quantity=Decimal(1),
        price=difference,
        description=ROUNDING,
    )


def position_lines(position: Position, order: Order, links: Links, facts: SaleFacts, step: Decimal) -> Iterator[Line]:
    if position.type is PositionType.ROUNDING:
        return
    product = product_of(position, links, facts)
    if not position.quantity:
        raise Rejected(f'the quantity of line "{position.name}" is 0. Correct it in the shop.', field="quantity")
    charged = list(charged_on(position, order, product, facts))
    line = Line(
        product=product["id"],
        unit=unit_of(product),
        quantity=position.quantity,
        price=Decimal(0),
        taxes=tuple(charge.tax for charge in charged),
        description=position.name,
        position=position.id,
    )
    if position.type is PositionType.GOODS or all(charge.is_on(position.total, step) for charge in charged):
        yield from lines_for(line, position.total, position.subtotal, step)
    else:
        yield from _split_by_tax(line, position.total, charged)


def _split_by_tax(line: Line, total: Decimal, charged: Sequence[Charge]) -> Iterator[Line]:
    """One line per tax with the net that its amount stands for, and the rest untaxed: a shop spreads a negative fee
    over the tax rates of the goods, so that none of them is charged on the whole of it."""
    rest = four_decimals(total)
    for charge in charged:
        if charge.tax.rate:
            net = four_decimals(charge.amount / charge.tax.rate)
            rest -= net
            yield replace(line, quantity=Decimal(1), price=net, taxes=(charge.tax,))
    if rest:
        yield replace(line, quantity=Decimal(1), price=rest, taxes=())


def product_of(position: Position, links: Links, facts: SaleFacts) -> Row:
    if position.type is PositionType.SHIPPING:
        return facts.services[facts.settings.shipping_product]
    if position.type is PositionType.FEE:
        negative = position.total < 0
        return facts.services[facts.settings.discount_product if negative else facts.settings.fee_product]
    return _article_of(position, links, facts)


def _article_of(position: Position, links: Links, facts: SaleFacts) -> Row:
    if position.product is None:
        raise Rejected(f'the article of line "{position.name}" is unknown. Enter the order by hand.', field="lines")
    if position.product not in links:
        raise MissingLink(position.product)
    id = links[position.product]
    product = facts.products.get(id_from(id))
    if product is None:
        called = position.sku or position.name
        raise Rejected(f"article {called} (product {id}) no longer exists in Tryton. Link it anew.", field="lines")
    return product


def unit_of(product: Row) -> int:
    return int(product["sale_uom"] or product["default_uom"])


def charged_on(position: Position, order: Order, product: Row, facts: SaleFacts) -> Iterator[Charge]:
    """The taxes that the shop charged on this position. A rate that is listed but charged nothing does not apply."""
    rates = {rate.id: rate for rate in order.rates}
    upon = Decimal(0)
    for part in sorted(position.taxes, key=lambda part: part.rate in rates and rates[part.rate].compound):
        if part.rate not in rates:
            raise Rejected(f'the tax rate of line "{position.name}" is missing in the order.', field="tax")
        rate = rates[part.rate]
        if _applies(part, position, rate.percent):
            percent = on_net(rate, upon)
            found = tax_of(percent, product, facts, None if percent == rate.percent else rate)
            yield from (Charge(tax=tax, amount=part.amount) for tax in found)
            upon += percent


def on_net(rate: TaxRate, upon: Decimal) -> Decimal:
    """The percentage of the net amount that a rate comes to. Tryton has no compound taxes; but one that is charged on
    the net and the taxes before it (`upon` percent) is the same as a higher one on the net alone: 9.975 % on top of
    5 % is 10.47375 %, exactly."""
    return rate.percent * (100 + upon) / 100 if rate.compound else rate.percent


def _applies(part: TaxPart, position: Position, percent: Decimal) -> bool:
    return bool(part.amount) or not position.total or not percent


def tax_of(percent: Decimal, product: Row, facts: SaleFacts, compound: TaxRate | None = None) -> Iterator[Tax]:
    """The named one; else the article's own with this percentage; else Tryton's first. None is needed for 0 %.
    `compound` is the rate that comes to this percentage on the net."""
    text = percent_text(percent)
    named = facts.settings.taxes.get(text)
    found = [tax for tax in facts.taxes if tax.percent == text and named in (None, tax.name)]
    own = set((product.get("account_category") or {}).get("customer_taxes_used") or ())
    if found:
        yield next((tax for tax in found if tax.id in own), found[0])
    elif percent:
        raise Rejected(_no_tax(text, named, compound), field="tax")


def _no_tax(percent: str, named: str | None, compound: TaxRate | None) -> str:
    called = f'sales tax "{named}"' if named else "sales tax"
    if compound is None:
        return f"there is no {called} of {percent} % in Tryton. Create it, then retry."
    return (
        f"{compound.name} is a compound tax, which Tryton does not have; {percent_text(compound.percent)} % on top of "
        f"the other taxes are {percent} % of the net amount. Create a {called} of {percent} % in Tryton, then retry."
    )
