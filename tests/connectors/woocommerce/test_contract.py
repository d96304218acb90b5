"""The shop in the box passes the contract that every connector passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from trueup.connectors.kit.contract import ConnectorContract
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.ids import woo_id
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop

PATHS = {Kind.PRODUCT: "products", Kind.ORDER: "orders", Kind.CUSTOMER: "customers", Kind.REFUND: "orders"}
TABLES = {Kind.ORDER: "shop_order", Kind.CUSTOMER: "customer", Kind.REFUND: "refund"}


class ShopOutside:
    """People in the shop: they order, register, edit and delete."""

    def __init__(self, shop: RunningShop, api: WooClient) -> None:
        self._shop, self._api = shop, api
        self._known: dict[tuple[Kind, int], str] = {}
        self._refunds: dict[str, int] = {}
        self._saves = 0

    def save(self, kind: Kind, n: int) -> str:
        if kind is Kind.REFUND:
            return self._refund(n)
        self._saves += 1
        address = {"first_name": "Eva", "last_name": f"Buyer {self._saves}", "address_1": "Hauptstr. 5", "city": "Köln"}
        body: dict[str, Any] = {"billing": {**address, "email": f"eva{n}@example.test", "country": "DE"}}
        known = self._known.get((kind, n))
        if known is None:
            body |= self._new_order(n) if kind is Kind.ORDER else {"email": f"eva{n}@example.test"}
        path = PATHS[kind] if known is None else f"{PATHS[kind]}/{known}"
        row, _ = self._api.send("POST" if known is None else "PUT", path, body)
        return self._known.setdefault((kind, n), str(row["id"]))

    def _refund(self, n: int) -> str:
        """Somebody gives a little more back of the n-th order."""
        id = self._known.get((Kind.ORDER, n)) or self.save(Kind.ORDER, n)
        row, _ = self._api.send("POST", f"orders/{id}/refunds", {"amount": "0.50", "api_refund": False})
        self._refunds[id] = row["id"]
        return id

    def _new_order(self, n: int) -> dict[str, Any]:
        mug, _ = self._api.send(
            "POST", "products", {"name": "Mug", "sku": f"ORD-{n}-{self._saves}", "regular_price": "10"}
        )
        return {"status": "processing", "line_items": [{"product_id": mug["id"], "quantity": 2}]}

    def spoil(self, kind: Kind, n: int) -> str:
        """As a broken plugin would: an order without a currency, lists in place of texts."""
        id = self.save(kind, n)
        store = self._shop.shop.store
        with store.writing():
            doc = store.get(TABLES[kind], self._refunds[id] if kind is Kind.REFUND else int(id))
            assert doc is not None
            store.update(TABLES[kind], {**doc, **_nonsense(kind, doc)})
        return id

    def remove(self, kind: Kind, id: str) -> None:
        self._api.send("DELETE", f"{PATHS[kind]}/{woo_id(id).id}?force=true", None)
        self._known = {key: known for key, known in self._known.items() if known != id}

    def count(self, kind: Kind) -> int:
        return sum(len(page.rows) for page in self._api.by_id(PATHS[kind], **self._everything(kind)))

    def _everything(self, kind: Kind) -> dict[str, str]:
        return {"role": "all"} if kind is Kind.CUSTOMER else {"status": "any"}

    def break_down(self) -> None:
        self._shop.faults.add("error", status=503)


def _nonsense(kind: Kind, doc: Mapping[str, Any]) -> dict[str, Any]:
    if kind is Kind.CUSTOMER:
        return {"billing": {**doc["billing"], "city": ["Köln"]}}
    return {"reason": ["broken"]} if kind is Kind.REFUND else {"currency": None}


class TestWooCommerce(ConnectorContract):
    exempt: ClassVar[Mapping[str, str]] = {
        "test_an_order_waits_for_what_it_refers_to": "a shop leads orders",
        "test_an_order_gets_a_document_number": "a shop leads orders",
    }

    @pytest.fixture
    def connector(self, woo: WooCommerce) -> WooCommerce:
        return woo

    @pytest.fixture
    def outside(self, shop: RunningShop, api: WooClient) -> ShopOutside:
        return ShopOutside(shop, api)
