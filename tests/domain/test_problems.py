"""What a record finds wrong with itself, and what it names: every rule, broken once and kept once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from support.world import customer, mug, order, price, shirt, stock
from trueup.domain.customer import Address
from trueup.domain.order import PositionType, Receipt
from trueup.domain.product import Choice, Product, ProductType
from trueup.domain.record import Kind, Record, Ref

PARENT, SMALL = shirt("S")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINE = ("88", "MUG-1")


def changed(record: Record, **values: Any) -> Record:
    return record.model_copy(update=values)


@pytest.mark.parametrize(
    "record",
    [
        mug(),
        PARENT,
        SMALL,
        changed(PARENT, sku=None),
        price(),
        price(regular="0"),
        changed(price(), sale=Decimal("9.90")),
        changed(price(), sale=Decimal(0), sale_from=NOON, sale_to=NOON.replace(hour=13)),
        stock(),
        stock(quantity=-3),
        changed(stock(), quantity=Decimal("2.5")),
        customer(),
        order(1, LINE),
        Receipt(id="S1", document_number="SO-1", system="ERP", order_number="1001"),
    ],
    ids=lambda record: f"{record.kind} {record.label}",
)
def test_a_sound_record_has_no_problem(record: Record) -> None:
    assert record.problems() == []


@pytest.mark.parametrize(
    ("record", "field", "sentence"),
    [
        (changed(mug(), sku=None), "sku", "the SKU is missing. Give it a unique SKU."),
        (changed(mug(), sku=""), "sku", "the SKU is missing. Give it a unique SKU."),
        (changed(SMALL, sku=None), "sku", "the SKU is missing. Give it a unique SKU."),
        (changed(mug(), name=" \t"), "name", "the name is missing. Give the article a name."),
        (changed(SMALL, parent=None), "parent", "it is a variant, but its parent is missing. Name the parent."),
        (changed(mug(), parent="A9"), "parent", "it has a parent, but is not a variant."),
        (changed(SMALL, parent=SMALL.id), "parent", "it is its own parent. Name another article as the parent."),
        (changed(SMALL, choices=()), "choices", "it is a variant without options such as size or colour."),
        (price(regular="-1"), "regular", "the price -1 is negative. Send 0 or more."),
        (changed(price(), sale=Decimal(-1)), "sale", "the sale price -1 is negative."),
        (changed(price(), regular=Decimal("NaN")), "regular", "the price is not a number."),
        (changed(price(), sale=Decimal("NaN")), "regular", "the price is not a number."),
        (changed(price(), sale=Decimal("12.5")), "sale", "the sale price 12.5 is not below the regular price 12.5"),
        (changed(price(), sale_from=NOON, sale_to=NOON), "sale_to", "the sale ends before it begins."),
        (changed(stock(), quantity=Decimal("Infinity")), "quantity", "the stock is not a number."),
        (changed(customer(), name=" "), "name", "the customer has neither a name nor a company."),
        (changed(order(1, LINE), positions=()), "lines", "the order has no lines. Skip it with a reason."),
    ],
)
def test_what_is_wrong_is_said_with_its_field(record: Record, field: str, sentence: str) -> None:
    [problem] = record.problems()
    assert problem.field == field
    assert problem.sentence.startswith(sentence)


def test_a_line_whose_article_is_gone_is_named(  # the position's id is what the shop shows
) -> None:
    bought = order(1, LINE, ("89", "CUP"))
    lost = changed(bought.positions[1], product=None)
    [problem] = changed(bought, positions=(bought.positions[0], lost)).problems()
    assert problem.field == "line 11"
    assert 'the article of line "CUP" no longer exists in the shop' in problem.sentence


@pytest.mark.parametrize("kind", [PositionType.SHIPPING, PositionType.FEE])
def test_shipping_and_fees_need_no_article(kind: PositionType) -> None:
    bought = order(1, LINE)
    beside = changed(bought.positions[0], type=kind, product=None)
    assert changed(bought, positions=(*bought.positions, beside)).problems() == []


def test_all_problems_are_told_at_once() -> None:
    nothing = Product(id="1", sku=None, name="", type=ProductType.VARIANT, choices=(Choice(name="Size", option="S"),))
    assert [problem.field for problem in nothing.problems()] == ["sku", "name", "parent"]


@pytest.mark.parametrize(
    ("record", "label", "key", "refs"),
    [
        (mug(), "MUG-1", "MUG-1", ()),
        (changed(PARENT, sku=None), "Shirt", None, ()),
        (changed(PARENT, sku=None, name=""), "SHIRT", None, ()),
        (SMALL, "SHIRT-S", "SHIRT-S", (Ref(kind=Kind.PRODUCT, id="SHIRT"),)),
        (price(), "MUG-1", "MUG-1", ()),
        (changed(price(), sku=None), "A1", None, ()),
        (stock(), "MUG-1", "MUG-1", ()),
        (changed(stock(), sku=None), "A1", None, ()),
        (customer(), "Ada", "WC-CUSTOMER-1", ()),
        (changed(customer(), name=""), "1", "WC-CUSTOMER-1", ()),
        (
            order(1, LINE, LINE, ("89", "CUP")),
            "1001",
            "WC-ORDER-1",
            (
                Ref(kind=Kind.CUSTOMER, id="1"),
                Ref(kind=Kind.PRODUCT, id="88"),
                Ref(kind=Kind.PRODUCT, id="89"),
            ),
        ),
        (changed(order(1), customer=None), "1001", "WC-ORDER-1", ()),
        (Receipt(id="S1", document_number="SO-1", system="ERP", order_number="1001"), "SO-1", None, ()),
    ],
)
def test_how_a_record_is_called_known_and_what_it_needs(
    record: Record, label: str, key: str | None, refs: tuple[Ref, ...]
) -> None:
    assert (record.label, record.natural_key, record.refs()) == (label, key, refs)


def test_price_and_stock_point_at_their_product() -> None:
    product = Ref(kind=Kind.PRODUCT, id="A1")
    assert price().ref == stock().ref == mug().ref == product
    assert Receipt(id="S1", document_number="1", system="ERP", order_number="1").ref == Ref(kind=Kind.ORDER, id="S1")


def test_an_order_tells_the_skus_of_what_it_names() -> None:
    bought = order(1, ("88/91", "SHIRT-S"), ("88/92", ""))
    assert bought.ref_keys() == {Ref(kind=Kind.PRODUCT, id="88/91"): "SHIRT-S"}


def test_a_position_adds_up_its_taxes() -> None:
    [line] = order(1, LINE).positions
    assert line.tax == Decimal("1.9")
    assert changed(line, taxes=()).tax == 0  # type: ignore[attr-defined]  # a position, like a record, is a model


@pytest.mark.parametrize(
    ("address", "name", "person", "empty"),
    [
        (Address(first_name="Ada", last_name="King"), "Ada King", "Ada King", False),
        (Address(first_name="Ada", company="Mugs AB"), "Mugs AB", "Ada", False),
        (Address(last_name="King"), "King", "King", False),
        (Address(city="Malmö"), "", "", False),
        (Address(country="SE", email="ada@example.com"), "", "", True),
        (Address(), "", "", True),
    ],
)
def test_whose_address_it_is(address: Address, name: str, person: str, empty: bool) -> None:
    assert (address.name, address.person, address.is_empty) == (name, person, empty)
