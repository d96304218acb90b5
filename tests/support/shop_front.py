"""A shop in the box without a network, and the few things that a test has it do through its REST interface."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from trueup.sandbox.auth import ApiKey
from trueup.sandbox.front_door import answer, open_shop
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import Shop
from trueup.sandbox.wire import WireRequest

Row = dict[str, Any]


class ShopFront:
    """Speaks to one shop with a key of its own."""

    def __init__(self, shop: Shop, key: ApiKey) -> None:
        self._shop = shop
        pair = f"{key.consumer_key}:{key.consumer_secret}"
        self._headers = {
            "host": "shop.example",
            "content-type": "application/json",
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        }

    def post(self, path: str, body: Row, query: str = "") -> Row:
        request = WireRequest(
            method="POST",
            path=f"/wp-json/wc/v3/{path}",
            query_string=query,
            headers=self._headers,
            body=json.dumps(body).encode(),
            scheme="https",
        )
        found = answer(self._shop, request)
        given: Row = json.loads(found.body)
        if found.status != 201:
            raise ValueError(f"{path} was refused: {given}")
        return given

    def product(self, **fields: Any) -> int:
        return int(self.post("products", fields)["id"])

    def variations(self, name: str, prices: Sequence[str]) -> tuple[int, list[int]]:
        """A variable product with one size for each price: its id and those of its variations."""
        sizes = [f"Size {n}" for n in range(len(prices))]
        attributes = [{"name": "Size", "options": sizes, "variation": True, "visible": True}]
        parent = self.product(name=name, type="variable", attributes=attributes)
        made = [
            self.post(
                f"products/{parent}/variations",
                {"regular_price": price, "attributes": [{"name": "Size", "option": size}]},
            )
            for size, price in zip(sizes, prices, strict=True)
        ]
        return parent, [int(row["id"]) for row in made]

    def coupon(self, discount_type: str, amount: str) -> str:
        code = f"{discount_type}-{amount}"
        self.post("coupons", {"code": code, "discount_type": discount_type, "amount": amount})
        return code

    def order(self, body: Row) -> Row:
        """As it is read with six decimals."""
        return self.post("orders", body, "dp=6")


@contextmanager
def shop_front(settings: ShopSettings) -> Iterator[ShopFront]:
    shop = open_shop(settings)
    try:
        yield ShopFront(shop, shop.add_key("read_write"))
    finally:
        shop.store.close()
