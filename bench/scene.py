"""What all contenders get alike: a fresh shop of the same speed, and the same articles and orders."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from trueup.sandbox import ShopProcess, shop_process


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is moved. `speed` is how many times faster than the measured WooCommerce the emulated shop answers."""

    articles: int = 2000
    singles: int = 60
    orders: int = 500
    calls: int = 20
    records: int = 100_000
    speed: float = 4.0


@contextmanager
def fresh_shop(size: Size) -> Iterator[ShopProcess]:
    with shop_process("--https", "--speed", str(size.speed), "--webhook-seconds", "3600") as shop:
        yield shop


@contextmanager
def rest(shop: ShopProcess) -> Iterator[httpx2.Client]:
    """A plain client: kept alive, signed in, no more."""
    trust = ssl.create_default_context(cafile=shop.ca_file)
    auth = (shop.consumer_key, shop.consumer_secret)
    with httpx2.Client(base_url=f"{shop.url}/wp-json/wc/v3", auth=auth, verify=trust, timeout=300) as client:
        yield client


@contextmanager
def switches(shop: ShopProcess) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{shop.http_url}/_sandbox", timeout=300) as client:
        yield client


def product(number: int) -> dict[str, Any]:
    """An article as the shop's REST API takes it, with price and stock."""
    return {
        "sku": f"SKU-{number:06}",
        "name": f"Article {number}",
        "type": "simple",
        "status": "draft",
        "description": f"Article {number}, as the back office describes it.",
        "regular_price": f"{5 + number % 90}.90",
        "manage_stock": True,
        "stock_quantity": number % 200,
    }


def article_rows(count: int, *, more_stock: int = 0) -> Iterator[Sequence[str]]:
    """The same articles as the back office's file has them."""
    yield ("sku", "name", "description", "price", "stock")
    for number in range(count):
        doc = product(number)
        stock = str(doc["stock_quantity"] + more_stock)
        yield (doc["sku"], doc["name"], doc["description"], doc["regular_price"], stock)


def order(products: Sequence[int], number: int) -> dict[str, Any]:
    """A paid order of three articles with shipping."""
    lines = [{"product_id": products[(number * 3 + place) % len(products)], "quantity": 1} for place in range(3)]
    address = {"first_name": "Shopper", "last_name": f"No. {number}", "address_1": "Main Street 1", "city": "Berlin"}
    place = {**address, "postcode": "10115", "country": "DE", "email": f"shopper{number}@shop.example"}
    shipping = [{"method_id": "flat_rate", "method_title": "Flat rate", "total": "4.90"}]
    return {"set_paid": True, "billing": place, "shipping": address, "line_items": lines, "shipping_lines": shipping}
