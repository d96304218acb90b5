"""Returns that people make in a real Tryton are read as refunds of the shop's order; our own are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from support.tryton import TrytonScreen
from trueup.connectors.kit.ports import Change, Done, Parcel, Unreadable
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.order import Order, PositionType
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund

from .baskets import done, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(7001)


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (product,) = screen.article("BOOK", percent="7")
    screen.count_stock(product, 500)
    return product


@pytest.fixture
def ordered(book: int) -> Order:
    return order(next(NUMBERS), goods(book, "3", "30.00", percent="7"), shipping("4.90"))


@pytest.fixture
def sale(connector: TrytonConnector, screen: TrytonScreen, ordered: Order, party: str) -> int:
    """Three books, sent."""
    id = int(done(connector.push([parcel(ordered, party)])[0]).remote)
    screen.ship_all(screen.process(id)[0])
    return id


def read(connector: TrytonConnector, sale: int) -> list[OrderRefunds | Unreadable]:
    found: list[OrderRefunds | Unreadable] = []
    for item in connector.fetch(Kind.REFUND, [str(sale)]):
        assert isinstance(item, Unreadable) or isinstance(item.record, OrderRefunds)
        found.append(item if isinstance(item, Unreadable) else item.record)  # type: ignore[arg-type]  # asserted above
    return found


def ids_since(connector: TrytonConnector, since: datetime | None) -> list[str]:
    pages = connector.changes(Kind.REFUND, since)
    return [item.record.id for page in pages for item in page.items if isinstance(item, Change)]


class TestAReturn:
    def test_is_a_refund_of_its_sale_with_the_articles_and_the_tax(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, ordered: Order, book: int
    ) -> None:
        returned = screen.return_sale(sale, {book: 2})
        screen.process(returned)
        (row,) = screen.sales(id=returned)
        (found,) = read(connector, sale)
        assert isinstance(found, OrderRefunds)
        assert (found.id, found.order_number, found.order_total) == (str(sale), ordered.reference, ordered.total)
        (refund,) = found.refunds
        assert refund.reference == f"TRYTON-RETURN-{row['number']}"
        assert refund.amount == -row["total_amount"] == Decimal("21.40")
        (line,) = refund.lines
        assert (line.quantity, line.total, line.tax) == (2, Decimal("20.00"), Decimal("1.40"))
        assert (line.product, line.line) == (Ref(kind=Kind.PRODUCT, id=str(book)), f"goods-Article {book}")
        assert [part.rate for part in line.taxes] == ["7"]
        assert found.problems() == []

    def test_of_all_gives_shipping_back_as_shipping(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, ordered: Order
    ) -> None:
        screen.process(screen.return_sale(sale))
        (found,) = read(connector, sale)
        assert isinstance(found, OrderRefunds)
        (refund,) = found.refunds
        assert refund.amount == ordered.total
        assert {line.type: line.total for line in refund.lines} == {
            PositionType.GOODS: Decimal("30.00"),
            PositionType.SHIPPING: Decimal("4.90"),
        }
        assert refund.explained.quantize(Decimal("0.01")) == refund.amount, "taxes are told unrounded"

    def test_a_second_one_stands_beside_the_first(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        screen.process(screen.return_sale(sale, {book: 1}))
        (first,) = read(connector, sale)
        screen.process(screen.return_sale(sale, {book: 1}))
        (both,) = read(connector, sale)
        assert isinstance(first, OrderRefunds)
        assert isinstance(both, OrderRefunds)
        assert both.refunds[0] == first.refunds[0]
        assert both.refunded == Decimal("21.40")

    @pytest.mark.parametrize("buttons", [(), ("quote",), ("cancel",)], ids=["draft", "quotation", "cancelled"])
    def test_is_none_before_it_is_processed(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, buttons: tuple[str, ...]
    ) -> None:
        screen.press(screen.return_sale(sale), *buttons)
        assert read(connector, sale) == []

    def test_that_charges_money_is_told_to_a_person(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        returned = screen.return_sale(sale, {book: 1})
        fee = {"product": screen.ids["services"]["FEE"], "quantity": 1.0, "unit": 1, "unit_price": Decimal(50)}
        screen.change("sale.sale", returned, lines=[["create", [fee]]])
        screen.process(returned)
        (row,) = screen.sales(id=returned)
        (found,) = read(connector, sale)
        assert isinstance(found, Unreadable)
        assert f"return {row['number']} in Tryton gives nothing back, it charges 39.3" in found.problems[0].sentence
        assert (found.id, found.kind) == (str(sale), Kind.REFUND)
        assert found.raw

    def test_that_also_sells_something_is_told_to_a_person(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        returned = screen.return_sale(sale, {book: 2})
        other = {"product": book, "quantity": 1.0, "unit": 1, "unit_price": Decimal(5)}
        screen.change("sale.sale", returned, lines=[["create", [other]]])
        screen.process(returned)
        (found,) = read(connector, sale)
        assert isinstance(found, Unreadable)
        assert 'also sells "BOOK"' in found.problems[0].sentence

    def test_with_a_fee_kept_back_gives_so_much_less(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        returned = screen.return_sale(sale, {book: 2})
        fee = {"product": screen.ids["services"]["FEE"], "quantity": 1.0, "unit": 1, "unit_price": Decimal(3)}
        screen.change("sale.sale", returned, lines=[["create", [fee]]])
        screen.process(returned)
        (found,) = read(connector, sale)
        assert isinstance(found, OrderRefunds)
        (refund,) = found.refunds
        assert (refund.amount, refund.explained) == (Decimal("18.40"), Decimal("18.40"))


class TestWhatIsRead:
    def test_what_changed_since_and_nothing_else(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int
    ) -> None:
        returned = screen.return_sale(sale)
        screen.process(returned)
        (row,) = screen.sales("write_date", id=returned)
        since = row["write_date"].astimezone(UTC)
        assert ids_since(connector, since) == [str(sale)]
        assert ids_since(connector, since + timedelta(hours=1)) == []
        assert str(sale) in ids_since(connector, None)

    def test_our_own_returns_do_not_come_back(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, ordered: Order, book: int
    ) -> None:
        refund = Refund(id="900", reference=f"WC-REFUND-{sale}", amount=Decimal("5.00"))
        record = OrderRefunds(
            id=ordered.id, order_number=ordered.number, currency="EUR", order_total=ordered.total, refunds=(refund,)
        )
        pushed = Parcel(ref=ordered.ref, label=ordered.number, reference=None, remote=str(sale), facets=(record,))
        assert isinstance(connector.push([pushed])[0], Done)
        (ours,) = screen.sales(web_id=refund.reference)
        screen.process(ours["id"])
        assert read(connector, sale) == []
        assert str(sale) not in ids_since(connector, None)

    def test_returns_of_sales_over_the_counter_are_none_of_ours(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int, sale: int
    ) -> None:
        (home,) = {row["invoice_address"] for row in screen.sales("invoice_address", id=sale)}
        line = {"product": book, "quantity": 1.0, "unit": 1, "unit_price": Decimal(10)}
        values = {"party": int(party), "currency": 1, "invoice_address": home, "shipment_address": home}
        values |= {
            "warehouse": screen.ids["warehouses"]["WH"],
            "lines": [["create", [line]]],
            "shipment_cost_method": None,
        }
        (counter,) = screen.client.create("sale.sale", [{**values, "company": screen.ids["company"]}], screen.context)
        screen.process(counter)
        screen.process(screen.return_sale(counter))
        assert str(counter) not in ids_since(connector, None)
        assert connector.fetch(Kind.REFUND, [str(counter), "999999", "x"]) == []
