"""Orders, fulfilments and what the shop shows of them, for the tests of what goes back to a shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

from trueup.connectors.kit.ports import Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.record import Kind, Record, Ref
from trueup.sandbox import RunningShop

from .conftest import settings_of
from .test_orders import BILLING

LINK = "https://carrier.example/track?n="

Items = list[tuple[int, int]]
Opener = Callable[..., WooCommerce]


@contextmanager
def connecting(shop: RunningShop) -> Iterator[Opener]:
    """Opens connections to the shop with other settings; orders are not completed unless these say so."""
    with ExitStack() as closing:

        def opened(**changes: Any) -> WooCommerce:
            connector = open_connector(settings_of(shop, **{"complete_when": "never", **changes}))
            closing.callback(connector.close)
            return connector

        yield opened


def article(api: WooClient, sku: str) -> int:
    row, _ = api.send("POST", "products", {"name": f"Article {sku}", "sku": sku, "regular_price": "10.00"})
    return int(row["id"])


def shirt_in_two_sizes(api: WooClient) -> dict[str, str]:
    """A variable product; the ids of its variations as connectors write them, by size."""
    attributes = [{"name": "Size", "options": ["S", "L"], "variation": True}]
    parent, _ = api.send("POST", "products", {"name": "Shirt", "type": "variable", "attributes": attributes})
    sizes = {}
    for size in ("S", "L"):
        body = {"regular_price": "15.00", "attributes": [{"name": "Size", "option": size}]}
        row, _ = api.send("POST", f"products/{parent['id']}/variations", body)
        sizes[size] = f"{parent['id']}/{row['id']}"
    return sizes


def ordered(api: WooClient, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """An order in the status processing of these articles (`88` or `88/91`) and quantities."""
    items = []
    for product, quantity in lines:
        parent, _, variation = product.partition("/")
        item = {"product_id": int(parent), "quantity": quantity}
        items.append({**item, "variation_id": int(variation)} if variation else item)
    row, _ = api.send("POST", "orders", {"status": "processing", "billing": BILLING, "line_items": items, **more})
    return dict(row)


def line(product: str, quantity: str | int, **more: Any) -> ShippedLine:
    """Units of the article that is `erp-<product>` in the back office."""
    ref = Ref(kind=Kind.PRODUCT, id=f"erp-{product}")
    return ShippedLine(product=ref, quantity=Decimal(quantity), **more)


def package(id: str, *lines: ShippedLine, number: str | None = None, **more: Any) -> Package:
    link = f"{LINK}{number}" if number else None
    return Package(**{"id": id, "lines": lines, "tracking_number": number, "carrier": "DHL", "url": link, **more})


def fulfilment(*packages: Package, stage: str = "shipped", document: str = "SO-77", **more: Any) -> Fulfilment:
    return Fulfilment(id=document, document_number=document, stage=FulfilmentStage(stage), packages=packages, **more)


def going_back(order: dict[str, Any], *facets: Record) -> Parcel:
    """What the engine hands over: every article of the order is linked."""
    id = str(order["id"])
    links = {}
    for row in order["line_items"]:
        product = f"{row['product_id']}/{row['variation_id']}" if row["variation_id"] else str(row["product_id"])
        links[Ref(kind=Kind.PRODUCT, id=f"erp-{product}")] = product
    ref = Ref(kind=Kind.ORDER, id="SO-77")
    return Parcel(ref=ref, label=str(order["number"]), reference=None, remote=id, facets=facets, links=links)


# What the shop shows


def fulfilments_in(api: WooClient, order: dict[str, Any]) -> list[dict[str, Any]]:
    """The order's fulfilments, each with its custom fields by key."""
    rows = api.rows(f"orders/{order['id']}/fulfillments")
    return [{**row, **{entry["key"]: entry["value"] for entry in row["meta_data"]}} for row in rows]


def items_in(row: dict[str, Any]) -> Items:
    return [(item["item_id"], item["qty"]) for item in row["_items"]]


def trackings_in(api: WooClient, order: dict[str, Any], namespace: str) -> list[dict[str, Any]]:
    return api.rows(f"orders/{order['id']}/shipment-trackings", api=f"wp-json/{namespace}")


def notes_in(api: WooClient, order: dict[str, Any], word: str) -> list[dict[str, Any]]:
    return [row for row in api.rows(f"orders/{order['id']}/notes") if word in row["note"]]


def status_in(api: WooClient, order: dict[str, Any]) -> str:
    return str(api.get(f"orders/{order['id']}", _fields="status")["status"])
