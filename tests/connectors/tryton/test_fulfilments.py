"""What people do in the warehouse of a real Tryton is read as the fulfilment of the shop's order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.ports import Change
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.record import Kind, Ref

from .baskets import done, fee, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(5001)


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (product,) = screen.article("BOOK", percent="7")
    screen.count_stock(product, 500)
    return product


@pytest.fixture(scope="module")
def mug(screen: TrytonScreen) -> int:
    (product,) = screen.article("MUG")
    screen.count_stock(product, 500)
    return product


@pytest.fixture
def sale(connector: TrytonConnector, party: str, book: int, mug: int) -> int:
    """Three books and a mug by parcel, as a quotation."""
    ordered = order(next(NUMBERS), goods(book, "3", "30.00", percent="7"), goods(mug, "1", "10.00"), shipping("4.90"))
    return int(done(connector.push([parcel(ordered, party)])[0]).remote)


def read(connector: TrytonConnector, sale: int) -> Fulfilment:
    (item,) = connector.fetch(Kind.FULFILMENT, [str(sale)])
    assert isinstance(item, Change)
    assert isinstance(item.record, Fulfilment)
    return item.record


def quantities(fulfilment: Fulfilment) -> list[dict[str, Decimal]]:
    """Of each package, by the code of the article."""
    return [{line.sku or "": line.quantity for line in package.lines} for package in fulfilment.packages]


class TestTheStages:
    def test_an_order_is_told_from_quotation_to_the_last_parcel(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int, mug: int
    ) -> None:
        seen = [read(connector, sale).stage]
        (first,) = screen.process(sale)
        seen.append(read(connector, sale).stage)
        screen.assign(first)
        seen.append(read(connector, sale).stage)
        screen.pick(first)
        seen.append(read(connector, sale).stage)
        screen.pack(first)
        seen.append(read(connector, sale).stage)
        screen.send(first)
        seen.append(read(connector, sale).stage)
        assert seen == [
            FulfilmentStage.OPEN,
            FulfilmentStage.IN_WORK,
            FulfilmentStage.IN_WORK,
            FulfilmentStage.PICKED,
            FulfilmentStage.PICKED,
            FulfilmentStage.SHIPPED,
        ]

    def test_what_has_left_but_is_not_booked_yet_is_shipped(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.pick(shipment)
        screen.pack(shipment)
        screen.client.press("stock.shipment.out", shipment, "ship", screen.context)
        found = read(connector, sale)
        assert (found.stage, found.packages[0].shipped_at) == (FulfilmentStage.SHIPPED, None)

    def test_a_delivery_that_is_picked_in_part_is_in_work(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.pick(shipment, only={book: 1})
        assert read(connector, sale).stage is FulfilmentStage.IN_WORK

    def test_a_cancelled_sale_is_cancelled(self, connector: TrytonConnector, screen: TrytonScreen, sale: int) -> None:
        screen.press(sale, "cancel")
        assert read(connector, sale).stage is FulfilmentStage.CANCELLED

    def test_with_its_delivery_cancelled_nothing_is_reserved_any_more(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.cancel_shipment(shipment)
        found = read(connector, sale)
        assert (found.stage, found.packages) == (FulfilmentStage.OPEN, ())

    def test_services_alone_are_in_work_until_tryton_says_that_the_sale_is_done(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str
    ) -> None:
        ordered = order(next(NUMBERS), fee("5.00", name="Engraving"))
        service = int(done(connector.push([parcel(ordered, party)])[0]).remote)
        assert screen.process(service) == []
        assert read(connector, service).stage is FulfilmentStage.IN_WORK


class TestThePackages:
    def test_each_parcel_has_its_own_lines_and_tracking_number(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int, mug: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.pick(shipment)
        first, second = screen.pack(shipment, ("00340-1", (book,)), ("00340-2", (mug,)))
        screen.send(shipment)
        found = read(connector, sale)
        assert [(package.id, package.tracking_number) for package in found.packages] == [
            (f"package-{first}", "00340-1"),
            (f"package-{second}", "00340-2"),
        ]
        assert quantities(found) == [{"BOOK": Decimal(3)}, {"MUG": Decimal(1)}]

    def test_a_delivery_without_packages_is_one_with_its_number_and_day(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.ship_all(shipment, tracking="00340-9")
        (package,) = read(connector, sale).packages
        (delivery,) = screen.shipments(sale)
        assert (package.id, package.tracking_number) == (f"shipment-{shipment}", "00340-9")
        assert package.delivery_note == delivery["number"]
        (row,) = screen.rows("stock.shipment.out", [["id", "=", shipment]], ["effective_date"])
        assert package.shipped_at is not None
        assert (package.shipped_at.date(), package.shipped_at.utcoffset()) == (row["effective_date"], timedelta(0))
        assert package.lines[0].product == Ref(kind=Kind.PRODUCT, id=str(book))

    def test_the_shops_own_order_line_is_told(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int, mug: int
    ) -> None:
        screen.ship_all(screen.process(sale)[0])
        (package,) = read(connector, sale).packages
        assert {line.line for line in package.lines} == {f"goods-Article {book}", f"goods-Article {mug}"}

    def test_two_lines_of_one_article_are_told_apart(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
    ) -> None:
        lines = [goods(book, "1", "10.00", percent="7").model_copy(update={"id": id}) for id in ("71", "72")]
        sale = int(done(connector.push([parcel(order(next(NUMBERS), *lines), party)])[0]).remote)
        screen.ship_all(screen.process(sale)[0])
        (package,) = read(connector, sale).packages
        assert sorted((line.line, line.quantity) for line in package.lines) == [("71", 1), ("72", 1)]

    def test_a_second_parcel_stands_beside_the_first(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int, mug: int
    ) -> None:
        (first,) = screen.process(sale)
        screen.ship_all(first, tracking="00340-1", only={book: 1})
        partly = read(connector, sale)
        assert (partly.stage, quantities(partly)) == (FulfilmentStage.PARTLY_SHIPPED, [{"BOOK": Decimal(1)}])
        (rest,) = screen.shipments(sale, "waiting")
        screen.ship_all(rest["id"], tracking="00340-2")
        whole = read(connector, sale)
        assert whole.stage is FulfilmentStage.SHIPPED
        assert quantities(whole) == [{"BOOK": Decimal(1)}, {"BOOK": Decimal(2), "MUG": Decimal(1)}]
        assert whole.packages[0] == partly.packages[0], "what was told once is told the same again"
        assert whole.shipped == Decimal(4)

    def test_the_carrier_and_the_invoice_are_named(self, screen: TrytonScreen, party: str, book: int) -> None:
        connector = TrytonConnector(settings_for(screen.server, carrier="DHL"))
        ordered = order(next(NUMBERS), goods(book, percent="7"))
        sale = int(done(connector.push([parcel(ordered, party)])[0]).remote)
        (shipment,) = screen.process(sale)
        assert read(connector, sale).invoices == ()
        screen.ship_all(shipment)
        numbers = screen.post_invoices(sale)
        found = read(connector, sale)
        connector.close()
        assert found.packages[0].carrier == "DHL"
        assert found.invoices == tuple(numbers)
        assert all(numbers)


class TestWhatIsRead:
    def test_a_change_of_the_delivery_alone_is_found_and_others_are_not(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, book: int, mug: int
    ) -> None:
        (shipment,) = screen.process(sale)
        screen.pick(shipment)
        (package,) = screen.pack(shipment, (None, (book, mug)))
        screen.send(shipment)
        since = moment(screen, "stock.shipment.out", shipment)
        assert str(sale) in ids_since(connector, since)
        assert ids_since(connector, since + timedelta(hours=1)) == []
        screen.change("stock.package", package, shipping_reference="00340-77")
        since = moment(screen, "stock.package", package)
        assert ids_since(connector, since) == [str(sale)]
        assert [found.tracking_number for found in read(connector, sale).packages] == ["00340-77"]

    def test_a_repeated_read_gives_the_same_fingerprint(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int
    ) -> None:
        screen.ship_all(screen.process(sale)[0], tracking="00340-5")
        assert read(connector, sale).fingerprint() == read(connector, sale).fingerprint()

    def test_only_sales_of_our_web_shop_and_no_returns_are_read(
        self, connector: TrytonConnector, screen: TrytonScreen, sale: int, party: str
    ) -> None:
        screen.ship_all(screen.process(sale)[0])
        returned = screen.return_sale(sale)
        over_the_counter = {"party": int(party), "company": screen.ids["company"], "currency": 1}
        (counter,) = screen.client.create("sale.sale", [over_the_counter], screen.context)
        ids = {
            item.record.id
            for page in connector.changes(Kind.FULFILMENT, None)
            for item in page.items
            if isinstance(item, Change)
        }
        assert str(sale) in ids
        assert not ids & {str(returned), str(counter)}
        assert connector.fetch(Kind.FULFILMENT, [str(returned), str(counter), "999999", "shop-1"]) == []


def ids_since(connector: TrytonConnector, since: datetime) -> list[str]:
    pages = connector.changes(Kind.FULFILMENT, since)
    return [item.record.id for page in pages for item in page.items if isinstance(item, Change)]


def moment(screen: TrytonScreen, model: str, id: int) -> datetime:
    """When it was changed last."""
    (row,) = screen.rows(model, [["id", "=", id]], ["write_date"])
    found: datetime = row["write_date"]
    return found.astimezone(UTC)
