"""Filling a shop with goods, quickly and without HTTP: for demos, benchmarks and tests."""

from collections.abc import Iterable
from typing import Any

from trueup.sandbox.products import add_product
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.variable import sync_parent_of
from trueup.sandbox.variations import add_variation


def fill(shop: Shop, goods: Iterable[dict[str, Any]]) -> list[int]:
    """Store products as ``POST /products`` takes them, each with its ``variations`` as a list; gives the products' ids.

    Subscribers are told as always. Raises WooError for what the real shop refuses, and keeps what came before.
    """
    with shop.store.writing():
        return [_one(shop, dict(given)) for given in goods]


def _one(shop: Shop, given: Doc) -> int:
    variations = given.pop("variations", [])
    id_ = int(add_product(shop, given)["id"])
    for variation in variations:
        add_variation(shop, id_, variation)
    if variations:
        sync_parent_of(shop, id_)
    return id_


def plain_goods(count: int, *, prefix: str = "SKU", stock: int = 10) -> Iterable[dict[str, Any]]:
    """``count`` simple products with SKU, price and managed stock, for measurements."""
    for number in range(1, count + 1):
        yield {
            "name": f"Article {number:06}",
            "sku": f"{prefix}-{number:06}",
            "regular_price": f"{1 + number % 90}.{number % 100:02}",
            "manage_stock": True,
            "stock_quantity": stock,
        }
