"""A webhook is a hint: verified, answered at once, then the order is read again. Copies and silence do no harm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from support.till_and_shop import TillAndShop
from trueup.app import Engine, engine
from trueup.demo.stage import free_port, pages
from trueup.store import transfers
from trueup.sync.announcing import subscribe

ARTICLES = "sku;name;price;stock\nMUG-1;Mug;12,50;70\nMUG-2;Mug two;9,90;70\n"
PATIENCE = 60.0


@contextmanager
def open_for_calls(business: TillAndShop) -> Iterator[str]:
    """The hub's pages and its engine, with the shop told where to call; the hub's address."""
    port = free_port(0)
    running: Engine = engine(business.hub, idle=0.05)
    running.start()
    try:
        with pages(business.hub, running, port):
            subscribe(business.hub, business.connection("Shop"), f"http://127.0.0.1:{port}")
            business.shop.webhooks.flush()
            yield f"http://127.0.0.1:{port}"
    finally:
        running.stop()


def until(business: TillAndShop, orders: int) -> None:
    """Wait until so many orders lie in the till's folder and their numbers are back."""
    deadline = time.monotonic() + PATIENCE
    while len(business.orders_out()) < orders or any(o.document is None for o in business.front.orders()):
        assert time.monotonic() < deadline, f"{len(business.orders_out())} of {orders} orders arrived"
        time.sleep(0.02)


def documents_made(business: TillAndShop) -> int:
    with business.hub.database.read() as tx:
        return sum(row.kind == "order" and row.outcome == "created" for row in transfers.latest(tx, limit=1000))


def test_an_order_arrives_by_webhook_alone(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    with open_for_calls(business):
        order = business.buys("MUG-1", "MUG-2")
        business.shop.webhooks.flush()
        until(business, 1)
    assert list(business.orders_out()) == [f"WC-ORDER-{order['id']}"]


def test_promise_12_fifteen_copies_at_once_make_one_document(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    with open_for_calls(business) as address:
        order = business.buys("MUG-1")
        shop = business.connection("Shop")
        secret = business.hub.seal.open(shop.hook_secret)["hook"]
        body = json.dumps({"id": order["id"], "total": "0.01", "status": "processing"}).encode()
        with ThreadPoolExecutor(15) as callers:
            url = f"{address}/hooks/{shop.id}"
            answers = list(
                callers.map(lambda _: httpx2.post(url, content=body, headers=signed(body, secret)), range(15))
            )
        assert {answer.status_code for answer in answers} == {200}
        until(business, 1)
    [arrived] = business.orders_out().values()
    assert arrived["total"] == business.front.orders()[0].total.__str__().rstrip("0").rstrip("."), (
        "never the call's own figures"
    )
    assert documents_made(business) == 1


@pytest.mark.parametrize(("lost", "repeated"), [(0.0, 1.0), (1.0, 0.0)], ids=["every call twice", "every call lost"])
def test_repeated_calls_change_nothing_and_lost_ones_are_found_by_the_sweep(
    business: TillAndShop, lost: float, repeated: float
) -> None:
    business.drop(ARTICLES)
    business.settle()
    with open_for_calls(business):
        business.shop.faults.webhooks.lost, business.shop.faults.webhooks.repeated = lost, repeated
        for _ in range(3):
            business.buys("MUG-1")
        business.shop.webhooks.flush()
        if lost:
            assert business.orders_out() == {}
            business.settle()
        until(business, 3)
    assert documents_made(business) == 3


def test_bug_12_a_forged_call_is_refused_and_nothing_happens(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    with open_for_calls(business) as address:
        order = business.buys("MUG-1")
        body = json.dumps({"id": order["id"]}).encode()
        url = f"{address}/hooks/{business.connection('Shop').id}"
        assert httpx2.post(url, content=body, headers=signed(body, "a guess")).status_code == 401
    assert business.orders_out() == {}


def signed(body: bytes, secret: str) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    topic = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Resource": "order", "X-WC-Webhook-Event": "updated"}
    return {**topic, "X-WC-Webhook-Signature": signature, "Content-Type": "application/json"}
