"""A shop to ask directly, without a network: most tests of the shop in the box talk to its front door."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from trueup.sandbox.auth import ApiKey
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.front_door import answer, open_shop
from trueup.sandbox.settings import SeedRate, ShopSettings
from trueup.sandbox.shop import Shop
from trueup.sandbox.wire import WireRequest, query_text

NOON = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The error code."""
        return str(self.body["code"])

    @property
    def ids(self) -> list[int]:
        return [item["id"] for item in self.body]


@dataclass
class Api:
    """Asks a shop as a client with a key would, over https unless told otherwise."""

    shop: Shop
    key: ApiKey | None
    scheme: str = "https"
    told: list[tuple[str, int]] = field(default_factory=list)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Reply:
        pairs = [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in query.items()]
        sent = {"host": "shop.example", **self._authorization(), **(headers or {})}
        if body is not None:
            sent.setdefault("content-type", "application/json")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        full = path if path.startswith("/wp-json") else f"/wp-json/wc/v3{path}"
        path_only, _, inline = full.partition("?")
        text = "&".join(part for part in (inline, query_text(pairs)) if part)
        request = WireRequest(
            method=method, path=path_only, query_string=text, headers=sent, body=data, scheme=self.scheme
        )
        found = answer(self.shop, request)
        return Reply(found.status, json.loads(found.body) if found.body else None, found.headers)

    def _authorization(self) -> dict[str, str]:
        if self.key is None:
            return {}
        pair = f"{self.key.consumer_key}:{self.key.consumer_secret}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def get(self, path: str, **query: Any) -> Reply:
        return self.ask("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Reply:
        return self.ask("POST", path, {} if body is None else body, **query)

    def put(self, path: str, body: Any = None, **query: Any) -> Reply:
        return self.ask("PUT", path, {} if body is None else body, **query)

    def delete(self, path: str, **query: Any) -> Reply:
        return self.ask("DELETE", path, **query)

    def product(self, **fields: Any) -> dict[str, Any]:
        """A new product, made by a client; the test goes on with what the shop answered."""
        reply = self.post("/products", {"name": "Mug", **fields})
        assert reply.status == 201, reply.body
        return dict(reply.body)

    def variable(self, *sizes: str, **fields: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A shirt in some sizes, and its variations."""
        attributes = [{"name": "Size", "options": list(sizes), "variation": True, "visible": True}]
        parent = self.product(name="Shirt", type="variable", attributes=attributes, **fields)
        path = f"/products/{parent['id']}/variations"
        made = [
            self.post(path, {"regular_price": "19.90", "attributes": [{"name": "Size", "option": size}]}).body
            for size in sizes
        ]
        return parent, made


@pytest.fixture
def clock() -> ShopClock:
    """Noon on 10 March 2026 in UTC, 13:00 in the shop, until a test moves it."""
    held = ShopClock()
    held.hold(NOON)
    return held


@pytest.fixture
def shop(clock: ShopClock) -> Iterator[Shop]:
    rates = (
        SeedRate(country="DE", rate="19.0000", name="VAT 19 %"),
        SeedRate(country="DE", rate="7.0000", name="VAT 7 %", tax_class="reduced-rate"),
    )
    opened = open_shop(ShopSettings(home="https://shop.example", rates=rates), clock)
    yield opened
    opened.store.close()


@pytest.fixture
def api(shop: Shop) -> Api:
    client = Api(shop, shop.add_key("read_write"))
    shop.subscribers.append(lambda _shop, topic, id_: client.told.append((topic, id_)))
    return client


@pytest.fixture
def nobody(shop: Shop) -> Api:
    return Api(shop, None)
