"""Orders as a shop would send them, with totals that add up the way WooCommerce adds (tax rounded per line)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Kind, Ref

CENT = Decimal("0.01")
ORDERED_AT = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)
HOME = Address(
    first_name="Test",
    last_name="Buyer",
    street="Hafenstraße 7",
    street_2="Hinterhaus",
    postcode="24103",
    city="Kiel",
    country="DE",
)
CUSTOMER = Customer(
    id="12", name="Test Buyer", reference="WC-CUSTOMER-12", email="buyer@shop.example", phone="+49 431 1", billing=HOME
)


def goods(
    product: int, quantity: str = "1", net: str = "10.00", percent: str = "19", before_coupon: str | None = None
) -> Position:
    """One line; `net` and `before_coupon` are its whole amounts. The shop's id of the article is `shop-<id>`."""
    return position(PositionType.GOODS, f"Article {product}", net, percent, product, quantity, before_coupon)


def shipping(net: str = "4.90", percent: str = "19") -> Position:
    return position(PositionType.SHIPPING, "DHL parcel", net, percent)


def fee(net: str, percent: str = "19", name: str = "Gift wrap") -> Position:
    return position(PositionType.FEE, name, net, percent)


def position(
    type: PositionType,
    name: str,
    net: str,
    percent: str,
    product: int | None = None,
    quantity: str = "1",
    before: str | None = None,
) -> Position:
    total = Decimal(net)
    return Position(
        id=f"{type}-{name}",
        type=type,
        name=name,
        product=Ref(kind=Kind.PRODUCT, id=f"shop-{product}") if product else None,
        sku=f"SKU of {product}" if product else None,
        quantity=Decimal(quantity),
        subtotal=Decimal(before or net),
        total=total,
        taxes=(TaxPart(rate=percent, amount=(total * Decimal(percent) / 100).quantize(CENT, ROUND_HALF_UP)),),
    )


def order(number: int, *positions: Position, **more: Any) -> Order:
    percents = sorted({part.rate for line in positions for part in line.taxes})
    tax = sum((line.tax for line in positions), Decimal(0))
    net = sum((line.total for line in positions), Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    values: dict[str, Any] = {
        "id": str(number),
        "number": str(number),
        "status": "processing",
        "currency": "EUR",
        "created_at": ORDERED_AT,
        "customer": CUSTOMER.ref,
        "billing": HOME,
        "shipping": HOME,
        "positions": positions,
        "rates": tuple(
            TaxRate(id=p, name=f"VAT {p}%", percent=Decimal(p), tax=Decimal(0), shipping_tax=Decimal(0))
            for p in percents
        ),
        "total": net + tax,
        "total_tax": tax,
        "reference": f"WC-ORDER-{number}",
    }
    return Order(**{**values, **more})


def parcel(order: Order, party: str, remote: str | None = None, before: Order | None = None) -> Parcel:
    links: Mapping[Ref, str] = {ref: party if ref.kind is Kind.CUSTOMER else ref.id[5:] for ref in order.refs()}
    return Parcel(
        ref=order.ref,
        label=order.number,
        reference=order.reference,
        remote=remote,
        facets=(order,),
        links=links,
        before=before,
    )


def customer_parcel(customer: Customer = CUSTOMER, remote: str | None = None) -> Parcel:
    return Parcel(
        ref=customer.ref, label=customer.name, reference=customer.reference, remote=remote, facets=(customer,)
    )


def party_of(connector: TrytonConnector, customer: Customer = CUSTOMER) -> str:
    """The id of the customer's party, made if it is not there."""
    found = connector.find(Kind.CUSTOMER, [customer.reference]).get(customer.reference)
    return found[0] if found else done(connector.push([customer_parcel(customer)])[0]).remote


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome
