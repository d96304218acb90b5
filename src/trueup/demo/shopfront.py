"""The demo's shop from outside: the merchant who publishes drafts, shoppers who order, and what the shop really says.

It speaks to the shop by plain REST, past the hub, so that the hub does not judge itself.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import httpx2

from trueup.demo.office import Truth

DOCUMENT_META = "_erp_document_no"
PLACES = (("DE", "10115", "Berlin"), ("DE", "20095", "Hamburg"), ("DE", "80331", "München"), ("AT", "1010", "Wien"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """One order as the shop has it; `document` is the number that the back office gave it."""

    id: int
    number: str
    status: str
    total: Decimal
    document: str | None


class Reachable(Protocol):
    """A shop in the box, in this process or in its own."""

    url: str
    http_url: str
    ca_file: Path | None

    @property
    def consumer_key(self) -> str: ...

    @property
    def consumer_secret(self) -> str: ...


@dataclass
class Shopfront:
    """`shop` must answer https."""

    shop: Reachable
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    shoppers: int = 0
    _buyable: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        auth = (self.shop.consumer_key, self.shop.consumer_secret)
        trust = ssl.create_default_context(cafile=self.shop.ca_file)
        self._rest = httpx2.Client(base_url=f"{self.shop.url}/wp-json/wc/v3", auth=auth, verify=trust, timeout=60)
        self._switch = httpx2.Client(base_url=f"{self.shop.http_url}/_sandbox", timeout=60)

    def close(self) -> None:
        self._rest.close()
        self._switch.close()

    def publish_drafts(self) -> int:
        """The merchant looks through the new drafts and puts them on sale; how many."""
        drafts = [doc["id"] for doc in self.pages("/products", status="draft", _fields="id")]
        for start in range(0, len(drafts), 100):
            updates = [{"id": id_, "status": "publish"} for id_ in drafts[start : start + 100]]
            self._rest.post("/products/batch", json={"update": updates}).raise_for_status()
        if drafts or not self._buyable:
            self._buyable = [id_ for id_, _ in self.sellable()]
        return len(drafts)

    def shop_once(self) -> str | None:
        """One shopper orders one to three articles; what happened, or None if nothing could be bought."""
        if not self._buyable:
            return None
        self.shoppers += 1
        items = [
            [id_, self.chance.randint(1, 2)] for id_ in self.chance.sample(self._buyable, self.chance.randint(1, 3))
        ]
        answer = self._switch.post(
            "/order", json={"items": items, "billing": self._address(), "payment_method": "card"}
        )
        if answer.status_code >= 400:
            return f"gave up: {answer.json().get('error', answer.text)}"
        order = answer.json()
        return f"order {order['id']} over {order['total']}"

    def fault(self, **fault: Any) -> None:
        """Let something go wrong in the shop."""
        self._switch.post("/faults", json=fault).raise_for_status()

    def articles(self) -> Mapping[str, Truth]:
        """Price and stock of everything that can be bought, by SKU."""
        return {
            doc["sku"]: Truth(Decimal(doc["regular_price"] or 0), doc["stock_quantity"] or 0)
            for _, doc in self.sellable()
        }

    def orders(self) -> list[ShopOrder]:
        fields = "id,number,status,total,meta_data"
        return [_order_of(doc) for doc in self.pages("/orders", _fields=fields, status="processing")]

    def sellable(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Everything that can be bought, with its id: simple products and variations."""
        fields = "id,sku,type,regular_price,stock_quantity,status,tax_class"
        for doc in self.pages("/products", _fields=fields):
            if doc["type"] != "variable":
                yield doc["id"], doc
        for doc in self.pages("/variations", _fields=fields):
            yield doc["id"], doc

    def pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every object of a list, page by page."""
        page = 1
        while True:
            answer = self._rest.get(
                path, params={"per_page": 100, "page": page, "orderby": "id", "order": "asc", **query}
            )
            answer.raise_for_status()
            yield from answer.json()
            if page >= int(answer.headers["x-wp-totalpages"]):
                return
            page += 1

    def _address(self) -> dict[str, str]:
        country, postcode, city = self.chance.choice(PLACES)
        who = {
            "first_name": "Shopper",
            "last_name": f"No. {self.shoppers}",
            "email": f"shopper{self.shoppers}@shop.example",
        }
        return {
            **who,
            "address_1": f"Main Street {self.shoppers}",
            "postcode": postcode,
            "city": city,
            "country": country,
        }


def _order_of(doc: dict[str, Any]) -> ShopOrder:
    numbers = [str(meta["value"]) for meta in doc["meta_data"] if meta["key"] == DOCUMENT_META]
    return ShopOrder(
        id=doc["id"],
        number=doc["number"],
        status=doc["status"],
        total=Decimal(doc["total"]),
        document=numbers[0] if numbers else None,
    )
