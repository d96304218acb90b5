"""The main job with a real ERP: Tryton leads 300 articles with variants, 30 orders come back, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.shop_and_tryton import connect_both
from support.tryton import TrytonScreen
from trueup.app import Place, opened, prepare, work_off
from trueup.demo.shopfront import Shopfront
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.cli import GERMAN_RATES
from trueup.sandbox.storefront import Checkout, place_order
from trueup.sandbox.tryton import TrytonServer, running_tryton
from trueup.store import flows, quarantine
from trueup.store.tables import delivery
from trueup.sync import arrange
from trueup.sync.hub import Hub

ARTICLES = 300
ORDERS = 30


@dataclass
class Company:
    """A Tryton, a shop and the hub between them."""

    tryton: TrytonServer
    screen: TrytonScreen
    shop: RunningShop
    front: Shopfront
    hub: Hub

    def settle(self) -> None:
        """As if somebody pressed "start now" on every flow; then everything that can be done is done."""
        with self.hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.start_now(self.hub, flow)
        work_off(self.hub)
        with self.hub.database.read() as tx:
            open_rows = list(tx.execute(delivery.select().where(delivery.c.state != "done")))
            assert [(row.kind, row.label, row.state, row.sentence) for row in open_rows] == []
            assert [entry.sentence for entry in quarantine.entries(tx)] == []

    def sellable(self) -> dict[str, dict[str, Any]]:
        """What can be bought in the shop, by SKU."""
        return {doc["sku"]: {**doc, "id": id_} for id_, doc in self.front.sellable()}

    def articles(self) -> dict[str, dict[str, Any]]:
        """What Tryton says: code, list price and the forecast of all its warehouses."""
        places = self.tryton.ids["warehouses"].values()
        fields = ["code", "list_price_used", "forecast_quantity"]
        found: dict[str, dict[str, Any]] = {}
        for place in places:
            context = {**self.screen.context, "locations": [place], "stock_date_end": None}
            for row in self.screen.client.search("product.product", [["type", "=", "goods"]], fields, context=context):
                known = found.setdefault(row["code"], {"id": row["id"], "price": row["list_price_used"], "stock": 0})
                known["stock"] += int(row["forecast_quantity"])
        return found

    def places_orders(self, count: int) -> list[dict[str, Any]]:
        """Shoppers buy two sizes of one shirt and something at the other tax rate, with shipping."""
        self.front.publish_drafts()
        plenty = {sku: doc for sku, doc in sorted(self.sellable().items()) if doc["stock_quantity"] >= 10}
        families: dict[str, list[str]] = {}
        for sku in (sku for sku in plenty if sku.count("-") == 3):
            families.setdefault(sku.rsplit("-", 1)[0], []).append(sku)
        pairs = [sizes[:2] for sizes in families.values() if len(sizes) > 1]
        reduced = [doc for doc in plenty.values() if doc["tax_class"] == "reduced-rate"]
        orders = []
        for number in range(count):
            first, second = pairs[number % len(pairs)]
            other = reduced[number % len(reduced)]
            items = [(plenty[first]["id"], 1), (plenty[second]["id"], 2), (other["id"], 1 + number % 3)]
            orders.append(
                place_order(self.shop.shop, Checkout(items=items, billing=address(number), payment_method="card"))
            )
        return orders


def address(number: int) -> dict[str, str]:
    who = {"first_name": "Shopper", "last_name": f"No. {number}", "email": f"shopper{number}@shop.example"}
    return {**who, "address_1": f"Main Street {number}", "postcode": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture(scope="module")
def big_tryton() -> Iterator[TrytonServer]:
    with running_tryton(products=ARTICLES) as server:
        yield server


@pytest.fixture
def company(big_tryton: TrytonServer, database_url: str, tmp_path: Path) -> Iterator[Company]:
    big_tryton.stop()
    big_tryton.reset()
    big_tryton.start()
    where = Place(home=tmp_path / "home", database=database_url)
    prepare(where)
    with running_shop(ShopSettings(rates=GERMAN_RATES), https=True) as shop, opened(where) as hub:
        connect_both(hub, shop, big_tryton)
        front = Shopfront(shop)
        yield Company(big_tryton, TrytonScreen(big_tryton), shop, front, hub)
        front.close()


@pytest.mark.tryton
@pytest.mark.timeout(600)
def test_three_hundred_articles_and_thirty_orders_agree_on_both_sides(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    company.settle()
    assert_same_articles(company)

    company.shop.log.clear()
    company.settle()
    assert company.shop.log.writes == 0, "a second run sends nothing"

    changed = change_some(company)
    company.shop.log.clear()
    company.settle()
    assert_same_articles(company)
    assert sum(company.shop.log.items.values()) >= changed

    orders = company.places_orders(ORDERS)
    company.settle()
    assert_same_orders(company, orders)

    sales = len(company.screen.sales())
    company.shop.log.clear()
    company.settle()
    assert company.shop.log.writes == 0, "a second run sends nothing"
    assert len(company.screen.sales()) == sales == ORDERS
    report(company, orders, capsys)


def assert_same_articles(company: Company) -> None:
    here, there = company.articles(), company.sellable()
    assert here.keys() == there.keys()
    prices = {sku: (row["price"], Decimal(there[sku]["regular_price"])) for sku, row in here.items()}
    assert {sku: pair for sku, pair in prices.items() if pair[0] != pair[1]} == {}
    stock = {sku: (row["stock"], there[sku]["stock_quantity"]) for sku, row in here.items()}
    assert {sku: pair for sku, pair in stock.items() if pair[0] != pair[1]} == {}


def change_some(company: Company) -> int:
    """Two prices and three counts; how many articles that touches."""
    articles = company.articles()
    singles = [sku for sku in sorted(articles) if sku.count("-") == 1]
    for sku, price in zip(singles[:2], ("3.33", "44.40"), strict=True):
        company.screen.set_price(articles[sku]["id"], price)
    for sku in singles[2:5]:
        company.screen.count_stock(articles[sku]["id"], 77)
    return 5


def assert_same_orders(company: Company, orders: list[dict[str, Any]]) -> None:
    sales = {row["web_id"]: row for row in company.screen.sales("lines", "tax_amount")}
    assert len(sales) == len(orders)
    codes = {row["id"]: sku for sku, row in company.articles().items()}
    known = {order["id"]: order for order in company.front.pages("/orders", status="any")}
    for order in (known[placed["id"]] for placed in orders):
        sale = sales[f"WC-ORDER-{order['id']}"]
        assert Decimal(sale["total_amount"]) == Decimal(order["total"])
        assert document_of(order) == sale["number"]
        assert bought_by(company, sale, codes) == wanted_by(company, order)


def document_of(order: dict[str, Any]) -> str | None:
    return next((meta["value"] for meta in order["meta_data"] if meta["key"] == "_erp_document_no"), None)


def bought_by(company: Company, sale: dict[str, Any], codes: dict[int, str]) -> dict[str, int]:
    lines = company.screen.rows("sale.line", [["sale", "=", sale["id"]]], ["product", "quantity"])
    return {codes[line["product"]]: int(line["quantity"]) for line in lines if line["product"] in codes}


def wanted_by(company: Company, order: dict[str, Any]) -> dict[str, int]:
    by_id = {doc["id"]: sku for sku, doc in company.sellable().items()}
    return {by_id[line["variation_id"] or line["product_id"]]: line["quantity"] for line in order["line_items"]}


def report(company: Company, orders: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    total = sum(Decimal(order["total"]) for order in orders)
    with capsys.disabled():
        print(
            f"\nTryton for real ({company.hub.database.engine.dialect.name}): {len(company.sellable())} articles with "
            f"price and stock, {len(orders)} orders over {total} EUR, both sides alike; second runs: 0 writes"
        )
