"""Small sound records for contract tests: the n-th mug, its buyer, and an order of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal

from trueup.connectors.kit.ports import Parcel
from trueup.domain.customer import Address, Customer
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.product import Price, Product, Stock
from trueup.domain.record import Kind, Record, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

ORDERED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def sample_parcel(kind: Kind, n: int, writes: Collection[Kind]) -> Parcel:
    """The n-th thing of `kind`, not yet created, with those facets that the follower takes; links are left empty."""
    candidates: dict[Kind, tuple[Record, ...]] = {
        Kind.PRODUCT: (sample_product(n), sample_price(n), sample_stock(n)),
        Kind.CUSTOMER: (sample_customer(n),),
        Kind.ORDER: (sample_order(n),),
    }
    facets = tuple(record for record in candidates[kind] if record.kind in writes)
    main = facets[0]
    return Parcel(ref=main.ref, label=main.label, reference=main.natural_key, remote=None, facets=facets)


def spoiled(record: Record) -> Record:
    """The record, such that nobody can take it: an order without lines, anything else without a name."""
    return record.model_copy(update={"positions": ()} if isinstance(record, Order) else {"name": ""})


def sample_product(n: int) -> Product:
    return Product(id=f"SAMPLE-{n}", sku=f"SAMPLE-{n}", name=f"Sample mug {n}", tax_class="standard")


def sample_price(n: int) -> Price:
    return Price(id=f"SAMPLE-{n}", sku=f"SAMPLE-{n}", regular=Decimal(10))


def sample_stock(n: int) -> Stock:
    return Stock(id=f"SAMPLE-{n}", sku=f"SAMPLE-{n}", quantity=Decimal(n))


def sample_address(n: int) -> Address:
    return Address(
        first_name="Sample",
        last_name=f"Buyer {n}",
        street="Testgatan 1",
        postcode="553 16",
        city="Jönköping",
        country="SE",
        email=f"buyer-{n}@shop.example",
    )


def sample_customer(n: int) -> Customer:
    return Customer(
        id=str(9000 + n),
        name=f"Sample Buyer {n}",
        reference=f"WC-CUSTOMER-{9000 + n}",
        email=f"buyer-{n}@shop.example",
        billing=sample_address(n),
    )


def sample_stranger() -> Customer:
    """Somebody who has nothing in common with any other sample."""
    address = Address(first_name="Nobody", last_name="Known", street="Elsewhere 9", postcode="99999", country="DE")
    return Customer(
        id="8999", name="Nobody Known", reference="WC-CUSTOMER-8999", email="nobody@else.example", billing=address
    )


def sample_order(n: int) -> Order:
    """Two mugs of 10.00 net with 25 % tax, bought by the n-th customer."""
    return Order(
        id=str(9000 + n),
        number=str(9000 + n),
        status="processing",
        currency="SEK",
        created_at=ORDERED_AT,
        customer=Ref(kind=Kind.CUSTOMER, id=str(9000 + n)),
        billing=sample_address(n),
        shipping=sample_address(n),
        positions=(_mugs(n),),
        rates=(TaxRate(id="1", name="VAT", percent=Decimal(25), tax=Decimal(5), shipping_tax=Decimal(0)),),
        total=Decimal(25),
        total_tax=Decimal(5),
        reference=f"WC-ORDER-{9000 + n}",
    )


def sample_fulfilment(n: int) -> Fulfilment:
    """One of the two mugs is on its way."""
    line = ShippedLine(product=Ref(kind=Kind.PRODUCT, id=f"SAMPLE-{n}"), sku=f"SAMPLE-{n}", quantity=Decimal(1))
    package = Package(id=f"P-{n}", lines=(line,), tracking_number=f"TRACK-{n}", carrier="Sample Post")
    stage = FulfilmentStage.PARTLY_SHIPPED
    return Fulfilment(id=str(9000 + n), document_number=f"S-{n}", stage=stage, packages=(package,))


def sample_refunds(n: int) -> OrderRefunds:
    """One of the two mugs was given back: 10.00 net and its tax."""
    line = RefundLine(
        line="1",
        product=Ref(kind=Kind.PRODUCT, id=f"SAMPLE-{n}"),
        sku=f"SAMPLE-{n}",
        quantity=Decimal(1),
        total=Decimal(10),
        taxes=(TaxPart(rate="1", amount=Decimal("2.5")),),
    )
    refund = Refund(id=f"R-{n}", reference=f"WC-REFUND-{n}", amount=Decimal("12.5"), lines=(line,))
    return OrderRefunds(
        id=str(9000 + n), order_number=str(9000 + n), currency="SEK", order_total=Decimal(25), refunds=(refund,)
    )


def _mugs(n: int) -> Position:
    return Position(
        id="1",
        type=PositionType.GOODS,
        name=f"Sample mug {n}",
        product=Ref(kind=Kind.PRODUCT, id=f"SAMPLE-{n}"),
        sku=f"SAMPLE-{n}",
        quantity=Decimal(2),
        subtotal=Decimal(20),
        total=Decimal(20),
        taxes=(TaxPart(rate="1", amount=Decimal(5)),),
        tax_class="standard",
    )
