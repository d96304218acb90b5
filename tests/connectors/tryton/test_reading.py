"""What a person changes in Tryton is what is read: articles with their variants, prices and stock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.contract_steps import OpenConnector, id_of
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import StockQuantity
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Record
from trueup.sandbox.tryton import TrytonServer

from .baskets import done, goods, order, parcel, party_of

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

TICK = timedelta(seconds=1)
SHIRT = (("-RED-S", "red", "S"), ("-RED-M", "red", "M"), ("-BLUE-S", "blue", "S"))


@pytest.fixture(scope="module")
def prices(tryton: TrytonServer) -> Iterator[TrytonConnector]:
    """A connection that reads a wholesale price list: 20 % below the list price."""
    connector = TrytonConnector(settings_for(tryton, price_list="B2B"))
    yield connector
    connector.close()


def read(connector: OpenConnector, kind: Kind, since: datetime | None = None) -> dict[str, Record]:
    items = [item for page in connector.changes(kind, since) for item in page.items]
    return {item.record.id: item.record for item in items if isinstance(item, Change)}


def unreadable(connector: OpenConnector, kind: Kind, id: int) -> Unreadable:
    (found,) = connector.fetch(kind, [str(id)])
    assert isinstance(found, Unreadable)
    return found


def now_of(screen: TrytonScreen) -> datetime:
    """A moment by Tryton's clock after all that was written until now, and not after what is written next."""
    started = screen.client.server_time()
    while (now := screen.client.server_time()) <= started:
        pass
    return now


class TestArticles:
    def test_an_article_with_three_variants_is_one_parent_and_three_variants(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        small, medium, blue = screen.article("POLO", variants=SHIRT)
        found = {record.id: record for record in read(connector, Kind.PRODUCT).values() if of(record, "POLO")}
        (parent,) = (record for record in found.values() if record.type is ProductType.VARIABLE)
        assert (parent.sku, parent.name, parent.parent) == ("POLO", "Article POLO", None)
        assert parent.attributes == (
            Attribute(name="Color", options=("red", "blue"), for_variants=True),
            Attribute(name="Size", options=("S", "M"), for_variants=True),
        )
        assert {id: (r.sku, r.parent) for id, r in found.items() if r is not parent} == {
            str(small): ("POLO-RED-S", parent.id),
            str(medium): ("POLO-RED-M", parent.id),
            str(blue): ("POLO-BLUE-S", parent.id),
        }
        assert found[str(blue)].choices == (Choice(name="Color", option="blue"), Choice(name="Size", option="S"))

    def test_a_parent_comes_before_its_variants(self, connector: TrytonConnector) -> None:
        seen: set[str] = set()
        for page in connector.changes(Kind.PRODUCT, None):
            for item in page.items:
                assert isinstance(item, Change)
                assert isinstance(item.record, Product)
                assert item.record.parent is None or item.record.parent in seen
                seen.add(item.record.id)

    def test_an_article_with_one_variant_is_simple_and_carries_what_is_known(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (gram,) = screen.rows("product.uom", [["symbol", "=", "g"]])
        numbers = [["create", [{"type": "ean", "code": "4006381333931"}]]]
        (id,) = screen.article(
            "MUG",
            percent="7",
            weight=350.0,
            weight_uom=gram["id"],
            products=[["create", [{"description": "Holds tea.", "identifiers": numbers}]]],
        )
        mug = read(connector, Kind.PRODUCT)[str(id)]
        assert mug == Product(
            id=str(id),
            sku="MUG",
            name="Article MUG",
            description="Holds tea.",
            tax_class="reduced",
            gtin="4006381333931",
            weight_kg=Decimal("0.35"),
            unit="u",
        )

    def test_only_active_salable_articles_are_read_and_no_service_products_of_orders(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (internal,) = screen.article("INTERNAL", salable=False)
        (old,) = screen.article("OLD")
        screen.change("product.product", old, active=False)
        services = screen.ids["services"].values()
        found = read(connector, Kind.PRODUCT)
        assert found
        assert not {str(internal), str(old), *map(str, services)} & set(found)
        assert list(connector.fetch(Kind.PRODUCT, [str(internal), str(old)])) == []

    def test_a_tax_that_no_tax_class_stands_for_is_told(self, screen: TrytonScreen, connector: TrytonConnector) -> None:
        (id,) = screen.article("ODD-TAX")
        narrow = TrytonConnector(settings_for(screen.server, tax_classes={"7": "reduced"}))
        problem = unreadable(narrow, Kind.PRODUCT, id).problems[0]
        narrow.close()
        assert problem.sentence == (
            "no tax class stands for 19 %. Add it to the tax classes in the connection's settings."
        )
        assert isinstance(connector.fetch(Kind.PRODUCT, [str(id)])[0], Change)

    def test_a_change_of_the_template_brings_all_its_variants_and_nothing_else(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        ids = screen.article("HAT", variants=SHIRT)
        since = now_of(screen)
        screen.change_template(ids[0], name="Straw hat")
        found = read(connector, Kind.PRODUCT, since)
        assert {record.name for record in found.values()} == {"Straw hat"}
        assert set(map(str, ids)) < set(found)
        assert len(found) == 4

    def test_a_variant_that_is_taken_out_takes_its_option_from_the_parent(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        ids = screen.article("SCARF", variants=SHIRT)
        since = now_of(screen)
        screen.change("product.product", ids[2], active=False)
        found = read(connector, Kind.PRODUCT, since)
        assert str(ids[2]) not in found
        (parent,) = (record for record in found.values() if record.type is ProductType.VARIABLE)
        assert [(a.name, a.options) for a in parent.attributes] == [("Color", ("red",)), ("Size", ("S", "M"))]

    def test_nothing_changed_is_no_page_at_all(self, connector: TrytonConnector, screen: TrytonScreen) -> None:
        since = now_of(screen)
        for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
            assert list(connector.changes(kind, since)) == []

    def test_a_parent_is_found_by_its_code_and_a_variant_by_its_own(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        small, _, _ = screen.article("GLOVE", variants=SHIRT)
        found = connector.find(Kind.PRODUCT, ["GLOVE", "GLOVE-RED-S", "NO-GLOVE"])
        (template,) = screen.rows("product.template", [["code", "=", "GLOVE"]])
        assert found == {"GLOVE": (f"template-{template['id']}",), "GLOVE-RED-S": (str(small),)}

    def test_more_articles_with_one_time_than_fit_a_page_are_read_once_each(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        """Created in one transaction, all have one and the same time."""
        (unit,) = screen.rows("product.uom", [["symbol", "=", "u"]])
        common = {"type": "goods", "salable": True, "default_uom": unit["id"], "sale_uom": unit["id"]}
        codes = [f"BULK-{n:03}" for n in range(60)]
        since = now_of(screen)
        values = [
            {"code": code, "name": code, "products": [["create", [{}]]], "list_price": Decimal(1), **common}
            for code in codes
        ]
        screen.client.create("product.template", values, screen.context)
        items = [item for page in connector.changes(Kind.PRODUCT, since) for item in page.items]
        assert sorted(item.record.label for item in items if isinstance(item, Change)) == codes


class TestPrices:
    def test_prices_come_from_the_price_list_without_tax_as_it_says(
        self, prices: TrytonConnector, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (id,) = screen.article("LAMP", price="24.99")
        (change,) = prices.fetch(Kind.PRICE, [str(id)])
        assert isinstance(change, Change)
        assert change.record == Price(
            id=str(id), sku="LAMP", regular=Decimal("19.992"), currency="EUR", includes_tax=False
        )
        (plain,) = connector.fetch(Kind.PRICE, [str(id)])
        assert isinstance(plain, Change)
        assert isinstance(plain.record, Price)
        assert plain.record.regular == Decimal("24.99")

    def test_two_price_changes_one_after_the_other_are_both_seen(
        self, prices: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (id,) = screen.article("VASE", price="10.00")
        for price, expected in (("12.50", "10"), ("11.00", "8.8")):
            since = now_of(screen)
            screen.set_price(id, price)
            found = read(prices, Kind.PRICE, since)
            assert {record.sku: record.regular for record in found.values()} == {"VASE": Decimal(expected)}

    def test_a_changed_price_list_changes_every_price_that_it_makes(
        self, prices: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (line,) = screen.rows("product.price_list.line", [["price_list", "=", screen.ids["price_lists"]["B2B"]]])
        since = now_of(screen)
        screen.change("product.price_list.line", line["id"], formula="unit_price * 0.75")
        try:
            found = read(prices, Kind.PRICE, since)
            assert len(found) == len(read(prices, Kind.PRICE))
        finally:
            screen.change("product.price_list.line", line["id"], formula="unit_price * 0.8")

    def test_a_missing_list_price_is_told_and_never_0(self, prices: TrytonConnector, screen: TrytonScreen) -> None:
        (id,) = screen.article("NO-PRICE", price=None)
        found = unreadable(prices, Kind.PRICE, id)
        assert (found.label, found.problems[0].field) == ("NO-PRICE", "price")
        assert found.problems[0].sentence == "the list price is missing. Enter it in Tryton."


class TestStock:
    def test_stock_is_added_up_over_all_warehouses_or_those_chosen(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (id,) = screen.article("CHAIR")
        screen.count_stock(id, 7, "WH")
        screen.count_stock(id, 5, "WH2")
        one = TrytonConnector(settings_for(screen.server, warehouses=("WH2",)))
        assert quantity(connector, id) == 12
        assert quantity(one, id) == 5
        one.close()

    def test_a_counted_article_is_seen_and_only_that(self, connector: TrytonConnector, screen: TrytonScreen) -> None:
        (id,) = screen.article("TABLE")
        since = now_of(screen)
        screen.count_stock(id, 3)
        assert read(connector, Kind.STOCK, since) == {str(id): Stock(id=str(id), sku="TABLE", quantity=Decimal(3))}

    def test_an_article_without_stock_has_0_and_a_service_has_none(
        self, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (empty,) = screen.article("EMPTY")
        (repair,) = screen.article("REPAIR", type="service")
        found = read(connector, Kind.STOCK)
        assert found[str(empty)] == Stock(id=str(empty), sku="EMPTY", quantity=Decimal(0))
        assert str(repair) not in found

    def test_what_an_order_reserves_is_not_available_though_it_is_on_hand(
        self, tryton: TrytonServer, connector: TrytonConnector, screen: TrytonScreen
    ) -> None:
        (id,) = screen.article("SOFA")
        screen.count_stock(id, 10)
        since = now_of(screen)
        selling = TrytonConnector(settings_for(tryton, advance="processing"))
        on_hand = TrytonConnector(settings_for(tryton, stock_quantity=StockQuantity.ON_HAND))
        done(selling.push([parcel(order(7001, goods(id, "4", "40.00")), party_of(selling))])[0])
        assert read(connector, Kind.STOCK, since) == {str(id): Stock(id=str(id), sku="SOFA", quantity=Decimal(6))}
        assert quantity(on_hand, id) == 10
        selling.close()
        on_hand.close()


def test_asked_at_is_the_moment_before_the_first_request(connector: TrytonConnector, screen: TrytonScreen) -> None:
    (id,) = screen.article("CLOCK")
    before = screen.client.server_time()
    pages = list(connector.changes(Kind.PRODUCT, None))
    assert {page.asked_at for page in pages} <= {before, before + TICK, before + 2 * TICK}
    times = {id_of(item): item.changed_at for page in pages for item in page.items}
    assert times[str(id)] is not None


def of(record: Record, code: str) -> bool:
    return isinstance(record, Product) and (record.sku or "").startswith(code)


def quantity(connector: TrytonConnector, id: int) -> Decimal:
    (change,) = connector.fetch(Kind.STOCK, [str(id)])
    assert isinstance(change, Change)
    assert isinstance(change.record, Stock)
    return change.record.quantity
