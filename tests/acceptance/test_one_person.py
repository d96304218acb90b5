"""One person, two e-mail addresses, three systems: a shop, a real Tryton in which the till has sold to her, and us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.shop_and_tryton import connect_both
from support.tryton import TrytonScreen
from trueup.app import Place, opened, prepare, work_off
from trueup.demo.shopfront import Shopfront
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.checkout import Checkout
from trueup.sandbox.cli import GERMAN_RATES
from trueup.sandbox.storefront import place_order
from trueup.sandbox.tryton import running_tryton
from trueup.store import allocations, deliveries, flows, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.store.tables import delivery
from trueup.sync import arrange, customers
from trueup.sync.hub import Hub

WORK, HOME = "ada@mill.example", "ada@home.example"
ADDRESS = {"address_1": "Hauptstraße 5", "postcode": "24103", "city": "Kiel", "country": "DE", "phone": "0431 123456"}


@dataclass
class Firm:
    """A Tryton in which Ada is known by her work address, a shop, and the hub between them."""

    screen: TrytonScreen
    shop: RunningShop
    front: Shopfront
    hub: Hub
    ada: int = 0

    def settle(self) -> None:
        with self.hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.start_now(self.hub, flow)
        work_off(self.hub)

    def orders(self, email: str, name: str = "Ada Lovelace") -> str:
        """A guest buys a mug; the shop's id of the order."""
        first, last = name.split()
        billing = {"first_name": first, "last_name": last, "email": email, **ADDRESS}
        ((mug, _),) = [(id_, doc) for id_, doc in self.front.sellable() if doc["sku"] == "MUG-1"]
        return str(
            place_order(self.shop.shop, Checkout(items=[(mug, 1)], billing=billing, payment_method="card"))["id"]
        )

    def parties(self) -> dict[str, int]:
        """Order -> the party of its sale."""
        return {row["web_id"].removeprefix("WC-ORDER-"): row["party"] for row in self.screen.sales("party")}

    def entries(self) -> list[QuarantineRow]:
        with self.hub.database.read() as tx:
            return quarantine.entries(tx)

    def promised(self, order: str) -> int:
        """Units that an order holds back from everybody else."""
        with self.hub.database.read() as tx:
            found = allocations.of_order(tx, self.shop_id, order)
        return sum(int(promise.counted) for promise in found)

    @property
    def shop_id(self) -> int:
        with self.hub.database.read() as tx:
            return next(flow.leader_id for flow in flows.everyone(tx) if flow.kind == "order")

    def waiting(self) -> list[Any]:
        with self.hub.database.read() as tx:
            rows = tx.execute(delivery.select().where(delivery.c.state == deliveries.WAITING))
            return [(row.kind, row.ref) for row in rows]


@pytest.fixture
def firm(sqlite_url: str, tmp_path: Path) -> Iterator[Firm]:
    where = Place(home=tmp_path / "home", database=sqlite_url)
    prepare(where)
    with (
        running_tryton() as tryton,
        running_shop(ShopSettings(rates=GERMAN_RATES), https=True) as shop,
        opened(where) as hub,
    ):
        screen = TrytonScreen(tryton)
        (article,) = screen.article("MUG-1")
        screen.count_stock(article, 20)
        front = Shopfront(shop)
        ada = known_to(screen, "Lovelace, Ada", WORK)
        connect_both(hub, shop, tryton)
        made = Firm(screen, shop, front, hub, ada)
        made.settle()
        front.publish_drafts()
        yield made
        front.close()


def known_to(screen: TrytonScreen, name: str, email: str) -> int:
    """As somebody at the till typed her."""
    (germany,) = screen.rows("country.country", [["code", "=", "DE"]])
    place = {"street": "Hauptstr. 5", "postal_code": "24103", "city": "Kiel", "country": germany["id"]}
    values = {
        "name": name,
        "addresses": [["create", [place]]],
        "contact_mechanisms": [["create", [{"type": "email", "value": email}]]],
    }
    (made,) = screen.client.create("party.party", [values], screen.context)
    return int(made)


@pytest.mark.tryton
@pytest.mark.timeout(400)
def test_feature_229_one_person_with_two_emails_in_three_systems_stays_one(firm: Firm) -> None:
    first = firm.orders(WORK)
    firm.settle()
    assert firm.parties() == {first: firm.ada}, "the e-mail with the name is certain: nobody was asked"
    assert firm.entries() == []

    second = firm.orders(HOME)
    other = firm.orders("grace@navy.example", "Grace Hopper")
    firm.settle()
    [entry] = firm.entries()
    assert (entry.kind, entry.error) == ("customer", "ambiguous")
    assert "same name, phone and street, but another e-mail" in entry.sentence
    assert ("order", second) in firm.waiting()
    assert second not in firm.parties()
    assert other in firm.parties(), "everybody else's orders flow"
    assert firm.promised(second) == 1, "the goods stay hers while a person decides"

    customers.link_to(firm.hub, entry, str(firm.ada), by="Mary")
    firm.settle()
    assert firm.parties()[second] == firm.ada
    assert firm.entries() == []

    third = firm.orders(HOME)
    firm.settle()
    assert firm.parties()[third] == firm.ada
    assert firm.entries() == [], "what was decided is not asked again"
    assert firm.screen.rows("party.party", [["id", "=", firm.ada]], ["name"])[0]["name"] == "Lovelace, Ada"
