"""Asking a shop in the box without a network: one call, one answer."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.front_door import answer, open_shop
from trueup.sandbox.settings import SeedRate, ShopSettings
from trueup.sandbox.shop import Shop
from trueup.sandbox.wire import WireRequest

GERMAN = (
    SeedRate(country="DE", rate="19", name="DE MwSt"),
    SeedRate(country="DE", rate="7", name="DE MwSt erm.", tax_class="reduced-rate"),
    SeedRate(country="AT", rate="20", name="AT USt"),
)
START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """What the shop answered."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(slots=True)
class Desk:
    """A shop with a held clock, German tax rates and a client that may do everything."""

    settings: ShopSettings = field(default_factory=lambda: ShopSettings(home="https://shop.example", rates=GERMAN))
    clock: ShopClock = field(default_factory=ShopClock)
    shop: Shop = field(init=False)
    _authorization: str = field(init=False)

    def __post_init__(self) -> None:
        self.clock.hold(START)
        self.shop = open_shop(self.settings, self.clock)
        key = self.shop.add_key()
        pair = f"{key.consumer_key}:{key.consumer_secret}"
        self._authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Said:
        """``path`` below ``/wp-json/wc/v3``."""
        request = WireRequest(
            method=method,
            path=f"/wp-json/wc/v3{path}",
            query_string=urlencode(query),
            headers={"authorization": self._authorization, "content-type": "application/json"},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        said = answer(self.shop, request)
        return Said(said.status, json.loads(said.body) if said.body else None, said.headers)

    def get(self, path: str, **query: Any) -> Any:
        return self._done(self.ask("GET", path, **query))

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self._done(self.ask("POST", path, body, **query))

    def put(self, path: str, body: Any, **query: Any) -> Any:
        return self._done(self.ask("PUT", path, body, **query))

    def delete(self, path: str, **query: Any) -> Any:
        return self._done(self.ask("DELETE", path, **query))

    def _done(self, said: Said) -> Any:
        assert said.status < 300, said
        return said.body

    def product(self, price: str = "10.00", stock: int | None = 100, **more: Any) -> int:
        """A simple product; its id."""
        held = {} if stock is None else {"manage_stock": True, "stock_quantity": stock}
        return int(self.post("/products", {"name": "Mug", "regular_price": price, **held, **more})["id"])

    def order(self, *lines: tuple[int, int], **more: Any) -> Any:
        """An order for (product id, pieces); the answer."""
        items = [{"product_id": id_, "quantity": quantity} for id_, quantity in lines]
        return self.post("/orders", {"line_items": items, **more})

    def stock(self, product_id: int) -> int:
        return int(self.get(f"/products/{product_id}")["stock_quantity"])
