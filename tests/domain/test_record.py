"""What every record promises: one fingerprint for one content, exact amounts, and itself back from what was stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trueup.domain.customer import Address, Customer, CustomerNumber
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Coupon, Order, Position, PositionType, Receipt, TaxPart, TaxRate
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Record, Ref, fingerprint_of
from trueup.domain.records import RECORDS, record_from
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

text = st.text(st.characters(codec="utf-8"), max_size=12)
maybe = st.one_of(st.none(), text)
amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)
moments = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
refs = st.builds(Ref, kind=st.sampled_from([Kind.PRODUCT, Kind.CUSTOMER]), id=ids)
addresses = st.builds(Address, first_name=maybe, company=maybe, street=maybe, country=maybe, email=maybe)
attributes = st.builds(Attribute, name=text, options=st.tuples(text, text), for_variants=st.booleans())
positions = st.builds(
    Position,
    id=ids,
    type=st.sampled_from(PositionType),
    name=text,
    product=st.one_of(st.none(), refs),
    sku=maybe,
    quantity=amounts,
    subtotal=amounts,
    total=amounts,
    taxes=st.lists(st.builds(TaxPart, rate=ids, amount=amounts), max_size=2).map(tuple),
)
rates = st.builds(TaxRate, id=ids, name=text, percent=amounts, tax=amounts, shipping_tax=amounts)
shipped = st.builds(ShippedLine, product=st.one_of(st.none(), refs), sku=maybe, quantity=amounts)
packages = st.builds(
    Package,
    id=ids,
    lines=st.lists(shipped, max_size=2).map(tuple),
    tracking_number=maybe,
    shipped_at=st.one_of(st.none(), moments),
)
given_back = st.builds(RefundLine, product=st.one_of(st.none(), refs), sku=maybe, quantity=amounts, total=amounts)
refunds = st.builds(Refund, id=ids, reference=ids, amount=amounts, lines=st.lists(given_back, max_size=2).map(tuple))
EVERY_CLASS: dict[type[Record], st.SearchStrategy[Record]] = {
    Product: st.builds(
        Product,
        id=ids,
        sku=maybe,
        name=text,
        type=st.sampled_from(ProductType),
        parent=st.one_of(st.none(), ids),
        attributes=st.lists(attributes, max_size=2).map(tuple),
        choices=st.lists(st.builds(Choice, name=text, option=text), max_size=2).map(tuple),
        weight_kg=st.one_of(st.none(), amounts),
    ),
    Price: st.builds(
        Price,
        id=ids,
        sku=maybe,
        regular=amounts,
        sale=st.one_of(st.none(), amounts),
        sale_from=st.one_of(st.none(), moments),
        sale_to=st.one_of(st.none(), moments),
        includes_tax=st.one_of(st.none(), st.booleans()),
    ),
    Stock: st.builds(Stock, id=ids, sku=maybe, quantity=amounts, backorders=st.one_of(st.none(), st.booleans())),
    Customer: st.builds(Customer, id=ids, name=text, reference=ids, billing=addresses, shipping=addresses),
    Order: st.builds(
        Order,
        id=ids,
        number=ids,
        status=text,
        currency=text,
        created_at=moments,
        paid_at=st.one_of(st.none(), moments),
        customer=st.one_of(st.none(), refs),
        billing=addresses,
        shipping=addresses,
        positions=st.lists(positions, max_size=3).map(tuple),
        coupons=st.lists(st.builds(Coupon, code=text, discount=amounts), max_size=1).map(tuple),
        rates=st.lists(rates, max_size=2).map(tuple),
        total=amounts,
        total_tax=amounts,
        reference=ids,
    ),
    Receipt: st.builds(Receipt, id=ids, document_number=text, system=text, order_number=text),
    CustomerNumber: st.builds(CustomerNumber, id=ids, number=text, system=text, name=text),
    Fulfilment: st.builds(
        Fulfilment,
        id=ids,
        document_number=text,
        stage=st.sampled_from(FulfilmentStage),
        packages=st.lists(packages, max_size=2).map(tuple),
        invoices=st.lists(text, max_size=2).map(tuple),
    ),
    OrderRefunds: st.builds(
        OrderRefunds,
        id=ids,
        order_number=ids,
        currency=text,
        order_total=amounts,
        refunds=st.lists(refunds, max_size=2).map(tuple),
    ),
}
records = st.one_of(*EVERY_CLASS.values())


def test_every_class_of_record_is_tried_here() -> None:
    assert set(EVERY_CLASS) == set(RECORDS.values())
    assert set(RECORDS) == set(Kind)


@settings(max_examples=200)
@given(records)
def test_a_record_comes_back_from_what_was_stored(record: Record) -> None:
    again = record_from(record.kind, record.payload())
    assert again == record
    assert again.fingerprint() == record.fingerprint()
    assert again.payload() == record.payload()


@given(records)
def test_no_record_raises_about_its_own_problems(record: Record) -> None:
    for problem in record.problems():
        assert problem.field
        assert problem.sentence.endswith(".")


@given(records)
def test_refs_name_each_thing_once_and_keys_only_what_is_named(record: Record) -> None:
    named = record.refs()
    assert len(set(named)) == len(named)
    assert set(record.ref_keys()) <= set(named)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12.50", "12.5"),
        ("12.50", "12.500000"),
        ("100", "1E+2"),
        ("0", "0.00"),
        ("0", "-0.00"),
        ("0.000001", "1E-6"),
        ("1000000", "1000000.0"),
    ],
)
def test_one_amount_has_one_fingerprint_however_it_is_written(one: str, other: str) -> None:
    first, second = (Price(id="A1", sku="MUG", regular=Decimal(text)) for text in (one, other))
    assert first.fingerprint() == second.fingerprint()
    assert first == second


@pytest.mark.parametrize(("one", "other"), [("12.50", "12.51"), ("0", "0.000001"), ("1", "-1"), ("10", "1")])
def test_different_amounts_have_different_fingerprints(one: str, other: str) -> None:
    first, second = (Price(id="A1", sku="MUG", regular=Decimal(text)) for text in (one, other))
    assert first.fingerprint() != second.fingerprint()


@given(st.integers(-(10**60), 10**60), st.integers(0, 30))
def test_amounts_are_exact_to_the_last_digit(digits: int, places: int) -> None:
    kept = Stock(id="A1", sku=None, quantity=Decimal(f"{digits}E-{places}"))
    sign, all_digits, exponent = kept.quantity.as_tuple()
    assert Fraction(kept.quantity) == Fraction(digits, 10**places)
    assert not (all_digits[-1] == 0 and int(exponent) < 0), "no zeros at the end"
    assert record_from("stock", kept.payload()) == kept
    assert (sign == 1) is (digits < 0)


def test_an_amount_of_forty_digits_loses_none() -> None:
    text = "1234567890123456789012345678.901234567891"
    assert f"{Stock(id='A1', sku=None, quantity=Decimal(text)).quantity:f}" == text


def test_one_moment_has_one_fingerprint_in_every_time_zone() -> None:
    moment = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    swedish = moment.astimezone(timezone(timedelta(hours=1)))
    first, second = (
        Price(id="A1", sku="MUG", regular=Decimal(1), sale=Decimal("0.5"), sale_from=at) for at in (moment, swedish)
    )
    assert first.fingerprint() == second.fingerprint()


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:00:00-10:00"])
def test_a_date_at_the_end_of_time_is_a_mistake_like_any_other(date: str) -> None:
    with pytest.raises(ValidationError, match="out of range"):
        Price.model_validate({"id": "A1", "sku": "MUG", "regular": "1", "sale_from": date})


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Price.model_validate({"id": "A1", "sku": "MUG", "regular": "1", "sale_from": "2026-03-02T12:00:00"})


def test_the_order_of_fields_does_not_matter() -> None:
    one = Stock.model_validate({"id": "A1", "sku": "MUG", "quantity": "3"})
    other = Stock.model_validate({"quantity": "3.0", "sku": "MUG", "id": "A1"})
    assert one.fingerprint() == other.fingerprint()


def test_what_changes_by_itself_does_not_count() -> None:
    """A status moves on without a change of what was ordered; everything else of an order counts."""
    order = Order(
        id="1",
        number="1001",
        status="processing",
        currency="EUR",
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
        billing=Address(),
        shipping=Address(),
        positions=(),
        total=Decimal(0),
        total_tax=Decimal(0),
        reference="WC-ORDER-1",
    )
    moved = order.model_copy(update={"status": "completed", "paid_at": datetime(2026, 3, 3, tzinfo=UTC)})
    assert moved.fingerprint() == order.fingerprint()
    assert moved.payload() != order.payload()
    for field, value in {"note": "Ring twice", "total": Decimal(1), "billing": Address(city="Malmö")}.items():
        assert order.model_copy(update={field: value}).fingerprint() != order.fingerprint(), field


def test_a_kind_and_an_empty_value_make_a_difference() -> None:
    missing, none = Product(id="1", sku="A", name="Mug"), Product(id="1", sku="A", name="Mug", description="")
    assert missing.fingerprint() != none.fingerprint()
    assert fingerprint_of("a") != fingerprint_of("b")
    assert len(fingerprint_of("")) == 32


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        (Kind.PRODUCT, Kind.PRODUCT),
        (Kind.PRICE, Kind.PRODUCT),
        (Kind.STOCK, Kind.PRODUCT),
        (Kind.CUSTOMER, Kind.CUSTOMER),
        (Kind.ORDER, Kind.ORDER),
        (Kind.RECEIPT, Kind.ORDER),
        (Kind.FULFILMENT, Kind.ORDER),
        (Kind.REFUND, Kind.ORDER),
        (Kind.CUSTOMER_NUMBER, Kind.CUSTOMER),
    ],
)
def test_a_kind_shares_the_link_of_its_thing(kind: Kind, thing: Kind) -> None:
    assert kind.thing is thing


def test_records_are_frozen_and_know_no_other_fields() -> None:
    stock = Stock(id="A1", sku="MUG", quantity=Decimal(1))
    with pytest.raises(ValidationError):
        stock.quantity = Decimal(2)  # type: ignore[misc]  # that is the point
    with pytest.raises(ValidationError):
        Stock.model_validate({"id": "A1", "sku": "MUG", "quantity": 1, "colour": "red"})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "twelve", ""])
def test_what_is_no_number_is_no_amount(number: str) -> None:
    with pytest.raises(ValidationError):
        Stock.model_validate({"id": "A1", "sku": "MUG", "quantity": number})
