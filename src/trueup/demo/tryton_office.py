"""The demo's back office as a real Tryton: installed on this machine on first use, spoken to over its own interface."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.settings import Settings
from trueup.demo.office import Truth, moved_price
from trueup.sandbox.tryton import TrytonServer, running_tryton

Row = dict[str, Any]


@contextmanager
def tryton_office(articles: int, *, say: Callable[[str], None]) -> Iterator[TrytonOffice]:
    """A fresh Tryton with about so many articles; ended afterwards."""
    say("Starting a real Tryton (the first time on a machine takes some minutes) ...")
    with running_tryton(articles, say=say) as server:
        office = TrytonOffice(server)
        yield office
        office.client.close()


@dataclass
class TrytonOffice:
    """An employee at Tryton's screen. Sales are processed, so that the goods are reserved at once."""

    server: TrytonServer
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    _mistake: Row | None = None
    _guard: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        known = self.settings()[1]
        self.client = TrytonClient(
            Settings(**{**known, "key": SecretStr(known["key"]), "password": None, "user": None})
        )
        self._context = {"company": self.server.ids["company"], "_skip_warnings": True}

    def settings(self) -> tuple[str, Mapping[str, Any]]:
        place = {"url": self.server.url, "database": self.server.database, "key": self.server.rest_key}
        login = {"user": self.server.user, "password": self.server.password}
        return "tryton", {**place, **login, "advance": "processing"}

    def edit(self) -> str:
        with self._guard:
            row = self._mistake or self.chance.choice(self._articles())
            if self._mistake or self.chance.random() < 0.5:
                price = moved_price(Decimal(row["list_price_used"]), self.chance)
                self._set_price(row, price)
                self._mistake = None
                return f"{row['code']} now costs {price}"
            counted = self._count_more(row)
            return f"{row['code']} was counted: {counted} in the first warehouse"

    def blunder(self) -> str:
        with self._guard:
            self._mistake = self.chance.choice(self._articles())
            self._set_price(self._mistake, None)
            return f"{self._mistake['code']} lost its price"

    def take_orders(self) -> int:
        """Nothing to do: they are in Tryton already."""
        return 0

    def books(self) -> Mapping[str, Truth]:
        with self._guard:
            found: dict[str, Truth] = {}
            for place in self.server.ids["warehouses"].values():
                for row in self._articles(place):
                    before = found.get(row["code"], Truth(Decimal(0), 0)).stock
                    price = Decimal(row["list_price_used"] or 0)
                    found[row["code"]] = Truth(price, before + int(row["forecast_quantity"]))
            return found

    def documents(self) -> Mapping[str, Decimal]:
        sales = self._rows("sale.sale", [["web_id", "!=", None]], ["web_id", "total_amount"])
        return {row["web_id"]: Decimal(row["total_amount"]) for row in sales}

    def _articles(self, warehouse: int | None = None) -> list[Row]:
        places = {"locations": [warehouse], "stock_date_end": None} if warehouse else {}
        fields = ["code", "list_price_used", "forecast_quantity", "quantity", "template"]
        domain = [["type", "=", "goods"], ["salable", "=", True]]
        return self._rows("product.product", domain, fields, **places)

    def _rows(self, model: str, domain: list[Any], fields: list[str], **context: Any) -> list[Row]:
        pages = self.client.search_all(model, domain, fields, context={**self._context, **context})
        return [row for page in pages for row in page]

    def _set_price(self, row: Row, price: Decimal | None) -> None:
        self.client.update("product.template", row["template"], {"list_price": price}, self._context)

    def _count_more(self, row: Row) -> int:
        """The employee counts the shelf of the first warehouse and finds some more."""
        (code, place), *_ = self.server.ids["warehouses"].items()
        (there,) = [found for found in self._articles(place) if found["id"] == row["id"]]
        counted = int(there["quantity"]) + self.chance.randint(1, 12)
        (shelf,) = self.client.search(
            "stock.location", [["code", "=", code]], ["storage_location"], context=self._context
        )
        line = {"product": row["id"], "quantity": float(counted)}
        values = {"location": shelf["storage_location"], "empty_quantity": "keep", "lines": [["create", [line]]]}
        (inventory,) = self.client.create("stock.inventory", [values], self._context)
        self.client.press("stock.inventory", inventory, "confirm", self._context)
        return counted
