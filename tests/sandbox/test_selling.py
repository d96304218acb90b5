"""A running shop that sells: shoppers through its control address, the official client, webhooks to a real receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from woocommerce import API  # type: ignore[import-untyped]  # the official client has no types

from support.receiver import Receiver, receiving
from trueup.sandbox import Checkout, RunningShop, SeedRate, ShopSettings, place_order, running_shop, shop_process
from trueup.sandbox.webhook_delivery import signature

ADDRESS = {"first_name": "Eva", "country": "DE", "postcode": "50667", "city": "Köln", "email": "eva@example.test"}
RATES = (SeedRate(country="DE", rate="19", name="DE MwSt"),)


@pytest.fixture
def running() -> Iterator[RunningShop]:
    with running_shop(ShopSettings(rates=RATES)) as shop:
        yield shop


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def official(running: RunningShop) -> API:
    """The client that WooCommerce publishes, over http with OAuth."""
    return API(
        url=running.http_url,
        consumer_key=running.consumer_key,
        consumer_secret=running.consumer_secret,
        version="wc/v3",
        timeout=20,
    )


def made(reply: Any) -> Any:
    assert reply.status_code in (200, 201), reply.text
    return reply.json()


def test_the_official_client_makes_an_order_refunds_it_and_reads_it_back(official: API) -> None:
    mug = made(official.post("products", {"name": "Mug", "regular_price": "10.00"}))["id"]
    order = made(official.post("orders", {"set_paid": True, "line_items": [{"product_id": mug, "quantity": 2}]}))
    assert order["total"] == "23.80"
    path = f"orders/{order['id']}"
    refund = made(official.post(f"{path}/refunds", {"amount": "3.80", "api_refund": False}))
    made(official.post(f"{path}/notes", {"note": "ERP: SO-1"}))
    seen = made(official.get(path))
    assert seen["refunds"] == [{"id": refund["id"], "reason": "", "total": "-3.80"}]
    found = official.get("orders", params={"status": "processing", "per_page": 10})
    assert [one["id"] for one in found.json()] == [order["id"]]
    assert found.headers["x-wp-total"] == "1"


def test_the_official_client_keeps_customers_and_coupons(official: API) -> None:
    customer = made(official.post("customers", {"email": "eva@example.test", "first_name": "Eva"}))
    coupon = made(official.post("coupons", {"code": "ten", "discount_type": "percent", "amount": "10"}))
    assert made(official.put(f"customers/{customer['id']}", {"last_name": "M"}))["last_name"] == "M"
    assert made(official.delete(f"coupons/{coupon['id']}", params={"force": True}))["code"] == "ten"
    gone = official.get(f"coupons/{coupon['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "woocommerce_rest_shop_coupon_invalid_id")


def test_a_shopper_buys_and_the_subscriber_hears_of_it(running: RunningShop, official: API, receiver: Receiver) -> None:
    mug = made(official.post("products", {"name": "Mug", "regular_price": "10.00"}))["id"]
    hook = {"topic": "order.created", "delivery_url": f"{receiver.url}/hook", "secret": "s3cret"}
    made(official.post("webhooks", hook))
    order = place_order(running.shop, Checkout(items=[(mug, 1)], billing=ADDRESS))
    assert [sent.delivered for sent in running.webhooks.flush()] == [True, True]
    letter = receiver.letters[0]
    body = json.loads(letter.body)
    assert (body["id"], body["status"], body["created_via"]) == (order["id"], "processing", "store-api")
    assert letter.headers["x-wc-webhook-signature"] == signature("s3cret", letter.body)
    assert letter.headers["x-wc-webhook-source"] == f"{running.http_url}/"
    assert body["_links"]["self"][0]["href"] == f"{running.http_url}/wp-json/wc/v3/orders/{order['id']}"


def test_a_shop_in_its_own_process_sells_and_delivers_by_itself(receiver: Receiver) -> None:
    with shop_process("--behind-https", "--webhook-seconds", "0.05") as shop:
        keys = (shop.consumer_key, shop.consumer_secret)
        with httpx2.Client(base_url=shop.http_url, auth=keys) as client:
            goods = {"name": "Mug", "regular_price": "10.00", "manage_stock": True, "stock_quantity": 5}
            mug = made(client.post("/wp-json/wc/v3/products", json=goods))["id"]
            hook = {"topic": "order.created", "delivery_url": receiver.url, "secret": "x"}
            made(client.post("/wp-json/wc/v3/webhooks", json=hook))
            bought = {"items": [[mug, 2]], "billing": ADDRESS, "payment_method": "bacs"}
            order = made(client.post("/_sandbox/order", json=bought))
            assert (order["status"], order["total"]) == ("on-hold", "29.63")
            refused = client.post("/_sandbox/order", json={"items": [[mug, 9]], "billing": ADDRESS})
            assert (refused.status_code, refused.json()["error"]) == (409, "“Mug”: 3 left, 9 wanted.")
            receiver.wait_for(letters=1)
            assert json.loads(receiver.letters[0].body)["id"] == order["id"]


def test_what_waits_is_counted_and_delivered_on_demand(running: RunningShop, official: API, receiver: Receiver) -> None:
    made(official.post("webhooks", {"topic": "product.created", "delivery_url": receiver.url}))
    made(official.post("products", {"name": "Mug"}))
    with httpx2.Client(base_url=running.http_url) as client:
        assert client.get("/_sandbox/state").json()["webhooks_waiting"] == 2
        assert client.post("/_sandbox/deliver").json() == {"waiting": 2}
        receiver.wait_for(letters=1)
        assert client.get("/_sandbox/state").json()["webhooks_waiting"] == 0
