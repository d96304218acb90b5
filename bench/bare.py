"""What people write who know the shop well: bare loops with nothing but the next request in mind. They are the measure.

Batches of 100, two in flight: the fastest fixed setting that was found on a real shop with two cores.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import woocommerce

from bench.scene import Size, product, rest
from trueup.sandbox import ShopProcess

BATCH, FLIGHTS = 100, 2


def create(shop: ShopProcess, size: Size) -> tuple[float, list[int]]:
    """Seconds for creating all articles, and their ids."""
    with rest(shop) as client:
        parts = _parts([product(number) for number in range(size.articles)])
        return _send(client, [{"create": part} for part in parts])


def change_stock(shop: ShopProcess, ids: Sequence[int]) -> float:
    """Seconds for a new stock of every article."""
    updates = [{"id": id_, "manage_stock": True, "stock_quantity": number} for number, id_ in enumerate(ids)]
    with rest(shop) as client:
        return _send(client, [{"update": part} for part in _parts(updates)])[0]


def read_orders(shop: ShopProcess) -> tuple[float, int]:
    """Seconds for reading every order in full, 100 a page; how many there were."""
    with rest(shop) as client:
        started, page, found = time.perf_counter(), 1, 0
        while docs := client.get(
            "/orders", params={"per_page": 100, "page": page, "orderby": "id", "order": "asc"}
        ).json():
            found += len(docs)
            page += 1
        return time.perf_counter() - started, found


def one_by_one(shop: ShopProcess, size: Size) -> tuple[float, float]:
    """(articles created a second, stocks changed a second) with the official client, one request each."""
    api = woocommerce.API(
        url=shop.url,
        consumer_key=shop.consumer_key,
        consumer_secret=shop.consumer_secret,
        verify_ssl=False,
        timeout=300,
    )
    started = time.perf_counter()
    ids = [api.post("products", product(900_000 + number)).json()["id"] for number in range(size.singles)]
    created = size.singles / (time.perf_counter() - started)
    started = time.perf_counter()
    for id_ in ids:
        api.put(f"products/{id_}", {"stock_quantity": 5})
    return created, size.singles / (time.perf_counter() - started)


def _parts(docs: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [docs[start : start + BATCH] for start in range(0, len(docs), BATCH)]


def _send(client: httpx2.Client, bodies: Sequence[dict[str, Any]]) -> tuple[float, list[int]]:
    started = time.perf_counter()
    with ThreadPoolExecutor(FLIGHTS) as pool:
        answers = list(pool.map(lambda body: client.post("/products/batch", json=body).json(), bodies))
    seconds = time.perf_counter() - started
    return seconds, [doc["id"] for answer in answers for doc in answer.get("create", [])]
