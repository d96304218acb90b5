"""A till that drops files, a shop in the box, and the hub between them; every flow enabled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from trueup.app import Place, opened, prepare, work_off
from trueup.demo.office import Truth
from trueup.demo.shopfront import Shopfront
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.cli import GERMAN_RATES
from trueup.sandbox.storefront import Checkout, place_order
from trueup.store import connections, flows, quarantine
from trueup.store.connections import ConnectionRow
from trueup.store.quarantine import QuarantineRow
from trueup.store.tables import delivery
from trueup.sync import arrange
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub

FILES = count(1)


@dataclass
class TillAndShop:
    """`drop` is what the till does, `settle` what the hub does, `shelf` what the shop then has."""

    folder: Path
    shop: RunningShop
    front: Shopfront
    hub: Hub

    def drop(self, text: str | bytes, name: str = "articles.csv") -> Path:
        """Under a name of its own, whole."""
        stem, _, ending = name.rpartition(".")
        file = self.folder / "in" / f"{stem}-{next(FILES):04}.{ending}"
        draft = file.with_suffix(".part")
        draft.write_bytes(text.encode() if isinstance(text, str) else text)
        os.replace(draft, file)
        return file

    def settle(self) -> None:
        """As if somebody pressed "start now" on every flow."""
        with self.hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.start_now(self.hub, flow)
        work_off(self.hub)

    def shelf(self) -> dict[str, Truth]:
        return dict(self.front.articles())

    def quarantined(self) -> list[QuarantineRow]:
        with self.hub.database.read() as tx:
            return quarantine.entries(tx)

    def states(self) -> dict[tuple[str, str], str]:
        with self.hub.database.read() as tx:
            return {(row.kind, row.label): row.state for row in tx.execute(delivery.select())}

    def connection(self, name: str) -> ConnectionRow:
        with self.hub.database.read() as tx:
            row = connections.by_name(tx, name)
        assert row is not None
        return row

    def buys(self, *skus: str) -> dict[str, Any]:
        """A shopper orders one of each."""
        self.front.publish_drafts()
        ids = {doc["sku"]: id_ for id_, doc in self.front.sellable()}
        who = {"first_name": "Shopper", "last_name": "No. 1", "email": "shopper1@shop.example"}
        billing = {**who, "address_1": "Main Street 1", "postcode": "10115", "city": "Berlin", "country": "DE"}
        items = [(ids[sku], 1) for sku in skus]
        return dict(place_order(self.shop.shop, Checkout(items=items, billing=billing, payment_method="card")))

    def orders_out(self) -> dict[str, dict[str, Any]]:
        """What lies in the till's folder, by reference."""
        files = sorted((self.folder / "out" / "orders").glob("*.json"))
        return {order["reference"]: order for order in (json.loads(file.read_text()) for file in files)}


@contextmanager
def set_up(database_url: str, home: Path, **till: Any) -> Iterator[TillAndShop]:
    folder = home / "till"
    (folder / "in").mkdir(parents=True)
    where = Place(home=home / "hub", database=database_url)
    prepare(where)
    with running_shop(ShopSettings(rates=GERMAN_RATES), https=True) as shop, opened(where) as hub:
        keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
        address = {"url": shop.url, "ca_file": str(shop.ca_file)}
        add_connection(hub, name="Shop", system="woocommerce", values={**address, **keys})
        settings = {"folder": str(folder), "settle_seconds": 0, "prices_include_tax": False, **till}
        add_connection(hub, name="Till", system="files", values=settings)
        arrange.add_usual_flows(hub)
        with hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.enable(hub, flow)
        front = Shopfront(shop)
        yield TillAndShop(folder, shop, front, hub)
        front.close()


def truth(price: str, stock: int) -> Truth:
    return Truth(Decimal(price), stock)
