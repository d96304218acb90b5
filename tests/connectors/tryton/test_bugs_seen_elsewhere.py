"""Bugs of other connectors to Tryton, each tried as it happened there, against a real Tryton."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import count

import pytest

from support.broken_line import BrokenLine
from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.kit.ports import Change, Done
from trueup.connectors.tryton.codec import plain
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.product import Price
from trueup.domain.record import Kind

from .baskets import CUSTOMER, customer_parcel, done, fee, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(9101)


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    return int(row["id"])


@pytest.fixture(scope="module")
def mug(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0001"]])
    return int(row["id"])


@pytest.mark.parametrize("web_id", ["17", "17_", "no number at all", "WC-ORDER-17-X"])
def test_bug_4_a_web_id_that_is_spelled_otherwise_stops_no_reading(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int, web_id: str
) -> None:
    """`web_id.split('_')[1]` on a bare id ended every run there."""
    ordered = order(next(NUMBERS), goods(book, percent="7"))
    made = done(connector.push([parcel(ordered, party)])[0])
    odd = {"party": int(party), "company": screen.ids["company"], "web_shop": screen.ids["web_shop"]}
    (stranger,) = screen.client.create("sale.sale", [{**odd, "currency": 1, "web_id": web_id}], screen.context)
    for kind in (Kind.FULFILMENT, Kind.REFUND):
        assert all(isinstance(item, Change) for page in connector.changes(kind, None) for item in page.items)
    read = {
        item.record.id
        for item in connector.fetch(Kind.FULFILMENT, [made.remote, str(stranger)])
        if isinstance(item, Change)
    }
    assert made.remote in read
    assert connector.find(Kind.ORDER, [ordered.reference]) == {ordered.reference: (made.remote,)}
    screen.client.delete("sale.sale", stranger)


def test_bug_4_a_missing_currency_holds_up_its_own_order_only(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
) -> None:
    """It stopped the whole shop there."""
    orders = [order(next(NUMBERS), goods(book, percent="7"), currency=code) for code in ("EUR", "XPF", "EUR")]
    outcomes = connector.push([parcel(one, party) for one in orders])
    assert [type(outcome) for outcome in outcomes] == [Done, Rejected, Done]
    assert "the currency XPF is missing in Tryton. Create it with its rate." in str(outcomes[1])
    assert [len(screen.sales(web_id=one.reference)) for one in orders] == [1, 0, 1]


def test_bug_5_with_two_warehouses_every_sale_has_one_and_is_quoted(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
) -> None:
    """Tryton's own default is none as soon as there are two, and then nothing can be quoted."""
    assert len(screen.ids["warehouses"]) == 2
    orders = [order(next(NUMBERS), goods(book, percent="7")) for _ in range(3)]
    made = [done(outcome) for outcome in connector.push([parcel(one, party) for one in orders])]
    rows = [row for one in made for row in screen.sales("warehouse", id=int(one.remote))]
    assert {(row["state"], row["warehouse"]) for row in rows} == {("quotation", screen.ids["warehouses"]["WH"])}


def test_bug_6_a_variant_with_its_own_list_price_above_the_price_list_is_read(
    screen: TrytonScreen,
) -> None:
    """The sale price that followed from it was a Decimal that could not be sent, and the run was over."""
    (product,) = screen.article("OWN-PRICE", price="9.90")
    screen.change("product.product", product, list_price=Decimal("19.9550"))
    connector = TrytonConnector(settings_for(screen.server, price_list="B2B"))
    (item,) = connector.fetch(Kind.PRICE, [str(product)])
    connector.close()
    assert isinstance(item, Change)
    assert isinstance(item.record, Price)
    assert item.record.regular == Decimal("15.964")
    assert json.loads(item.record.payload())["regular"] == "15.964"


def test_bug_6_decimals_and_days_survive_the_wire_in_every_field(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
) -> None:
    assert json.dumps(plain({"price": Decimal("0.1"), "day": date(2026, 11, 22), "lines": [["create", [Decimal(1)]]]}))
    ordered = order(next(NUMBERS), goods(book, "3", "29.67", percent="7"))
    made = done(connector.push([parcel(ordered, party)])[0])
    (row,) = screen.sales("sale_date", "lines.unit_price", id=int(made.remote))
    assert (row["sale_date"], row["lines"][0]["unit_price"]) == (date(2026, 11, 20), Decimal("9.89"))


def test_bug_7_discounts_fees_and_taxes_arrive_and_the_total_is_the_shops(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int, mug: int
) -> None:
    """A rounded unit price stood there for the line, everything else was dropped, and no total was looked at."""
    ordered = order(
        next(NUMBERS),
        goods(book, "3", "10.00", percent="7", before_coupon="11.11"),
        goods(mug, "7", "35.00"),
        shipping("5.00"),
        fee("2.00"),
        fee("-1.00", name="Loyalty"),
    )
    made = done(connector.push([parcel(ordered, party)])[0])
    (row,) = screen.sales("tax_amount", "lines.amount", "lines.product", id=int(made.remote))
    assert (row["total_amount"], row["tax_amount"]) == (ordered.total, ordered.total_tax)
    by_product: dict[int, Decimal] = {}
    for line in row["lines"]:
        by_product[line["product"]] = by_product.get(line["product"], Decimal(0)) + line["amount"]
    services = screen.ids["services"]
    assert (by_product[book], by_product[mug]) == (Decimal("10.00"), Decimal("35.00"))
    assert (by_product[services["SHIPPING"]], by_product[services["DISCOUNT"]]) == (Decimal("5.00"), Decimal("-1.00"))


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ORDER])
def test_bug_8_a_create_whose_answer_was_lost_makes_no_second_one(
    screen: TrytonScreen, party: str, book: int, kind: Kind
) -> None:
    number = next(NUMBERS)
    buyer = CUSTOMER.model_copy(update={"id": str(number), "reference": f"WC-CUSTOMER-{number}"})
    ordered = order(number, goods(book, percent="7"))
    sent = customer_parcel(buyer) if kind is Kind.CUSTOMER else parcel(ordered, party)
    model, field = ("party.party", "code") if kind is Kind.CUSTOMER else ("sale.sale", "web_id")
    with BrokenLine(screen.server.url).open() as line:
        far = TrytonConnector(settings_for(screen.server, url=line.url, timeout=20.0))
        line.lose = f"/{model}/create"
        with pytest.raises(TryLater):
            far.push([sent])
        line.lose = None
        again = done(far.push([sent])[0])
        far.close()
    assert not again.created
    assert [row["id"] for row in screen.rows(model, [[field, "=", sent.reference]])] == [int(again.remote)]
