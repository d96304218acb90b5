"""Running a shop: in a thread, in a process, over https, with its switches and at the real one's speed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from trueup.sandbox import CostModel, RunningShop, ShopSettings, running_shop, shop_process
from trueup.sandbox.asgi import ShopApp
from trueup.sandbox.cli import parser, settings_from
from trueup.sandbox.costs import Work, milliseconds
from trueup.sandbox.filling import fill, plain_goods
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.stock import reduce_stock

API = "/wp-json/wc/v3"


@pytest.fixture
def running() -> Iterator[RunningShop]:
    with running_shop(ShopSettings(behind_https=True)) as shop:
        yield shop


@pytest.fixture
def client(running: RunningShop) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.url, auth=(running.consumer_key, running.consumer_secret)) as found:
        yield found


def switch(client: httpx2.Client, method: str, path: str, body: Any = None) -> Any:
    reply = client.request(method, f"/_sandbox{path}", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_https_can_really_be_verified() -> None:
    with running_shop(https=True) as shop:
        keys = (shop.consumer_key, shop.consumer_secret)
        trusting = ssl.create_default_context(cafile=str(shop.ca_file))
        assert httpx2.get(f"{shop.url}{API}/products", auth=keys, verify=trusting).status_code == 200
        with pytest.raises(httpx2.ConnectError, match="certificate verify failed"):
            httpx2.get(f"{shop.url}{API}/products", auth=keys)
        assert httpx2.get(f"{shop.http_url}{API}/products", auth=keys).status_code == 401
    assert shop.ca_file is not None
    assert not shop.ca_file.exists()


def test_two_shops_run_side_by_side_and_know_nothing_of_each_other() -> None:
    with running_shop(ShopSettings(behind_https=True)) as one, running_shop(ShopSettings(behind_https=True)) as two:
        httpx2.post(f"{one.url}{API}/products", json={}, auth=(one.consumer_key, one.consumer_secret))
        assert one.shop.store.count("product") == 1
        assert two.shop.store.count("product") == 0
        assert httpx2.get(f"{two.url}{API}/products", auth=(one.consumer_key, one.consumer_secret)).status_code == 401


def test_a_shop_that_was_closed_does_not_answer() -> None:
    with running_shop() as shop:
        pass
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{shop.url}/wp-json/")


def test_many_clients_at_once_make_each_sku_once(running: RunningShop) -> None:
    async def storm() -> list[int]:
        keys = (running.consumer_key, running.consumer_secret)
        async with httpx2.AsyncClient(base_url=running.url, auth=keys) as client:
            calls = [client.post(f"{API}/products", json={"sku": "ONE"}) for _ in range(8)]
            return [reply.status_code for reply in await asyncio.gather(*calls)]

    assert sorted(asyncio.run(storm())) == [201, *[400] * 7]
    assert running.shop.store.count("product") == 1


def test_sales_and_writes_from_many_threads_lose_nothing(running: RunningShop) -> None:
    (id_,) = fill(running.shop, [{"sku": "MUG", "manage_stock": True, "stock_quantity": 100}])

    async def sales() -> None:
        await asyncio.gather(*(asyncio.to_thread(reduce_stock, running.shop, id_, 1) for _ in range(40)))

    asyncio.run(sales())
    product = running.shop.store.get("product", id_)
    assert product is not None
    assert product["stock"] == 60


def test_the_state_of_a_shop_can_be_asked(client: httpx2.Client) -> None:
    client.post(f"{API}/products/batch", json={"create": [{"sku": "A"}, {"sku": "B"}]})
    client.get(f"{API}/products")
    state = switch(client, "GET", "/state")
    assert state["requests"] == {"POST /products/batch": 1, "GET /products": 1}
    assert (state["items"]["POST /products/batch"], state["writes"], state["products"]) == (2, 1, 2)
    switch(client, "DELETE", "/log")
    assert switch(client, "GET", "/state")["total"] == 0


def test_faults_clock_keys_and_hands_are_reached_from_outside(client: httpx2.Client, running: RunningShop) -> None:
    (id_,) = fill(running.shop, [{"sku": "MUG", "regular_price": "5", "manage_stock": True, "stock_quantity": 5}])
    path = f"{API}/products/{id_}"
    switch(client, "POST", "/faults", {"kind": "error", "times": 1})
    assert [client.get(path).status_code for _ in range(2)] == [503, 200]
    switch(client, "POST", "/faults", {"kind": "error"})
    switch(client, "DELETE", "/faults")
    assert switch(client, "POST", "/clock", {"hold": "2030-01-01T00:00:00+00:00"})["now"] == "2030-01-01T00:00:00"
    assert switch(client, "POST", "/clock", {"advance": 60})["now"] == "2030-01-01T00:01:00"
    switch(client, "POST", "/edit", {"id": id_, "name": "Cup", "regular_price": "6", "stock_quantity": 9})
    assert switch(client, "POST", "/stock", {"id": id_, "reduce": 2}) == {"stock": 7}
    edited = client.get(path).json()
    assert (edited["name"], edited["price"], edited["stock_quantity"]) == ("Cup", "6", 7)
    assert edited["date_modified_gmt"] == "2030-01-01T00:01:00"
    switch(client, "POST", "/stock", {"id": id_, "quantity": 40})
    assert client.get(path).json()["stock_quantity"] == 40
    key = switch(client, "POST", "/keys", {"permission": "read"})
    reader = (key["consumer_key"], key["consumer_secret"])
    assert client.get(path, auth=reader).status_code == 200
    assert client.put(path, json={}, auth=reader).status_code == 401
    switch(client, "POST", "/clock", {"release": True})
    switch(client, "POST", "/webhook-faults", {"lost": 0.5})
    assert running.faults.webhooks.lost == 0.5


def test_features_and_statuses_of_plugins_are_switched_from_outside(client: httpx2.Client) -> None:
    assert switch(client, "POST", "/features", {"fulfillments": True}) == {"features": ["fulfillments"]}
    order = client.post(f"{API}/orders", json={}).json()
    assert client.get(f"{API}/orders/{order['id']}/fulfillments").json() == []
    assert switch(client, "POST", "/features", {"fulfillments": False}) == {"features": []}
    assert client.get(f"{API}/orders/{order['id']}/fulfillments").status_code == 404
    assert switch(client, "POST", "/storefront-faults", {"lost_tax_lines": 1}) == {"lost_tax_lines": 1}
    assert switch(client, "POST", "/cancel-unpaid") == {"cancelled": []}
    assert switch(client, "POST", "/order-statuses", {"wc-picked": "Picked"}) == {"picked": "Picked"}
    changed = client.put(f"{API}/orders/{order['id']}", json={"status": "picked"})
    assert changed.json()["status"] == "picked"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("POST", "/faults", {"kind": "rain"}, 400),
        ("POST", "/edit", {"id": 999, "name": "x"}, 400),
        ("POST", "/edit", {"name": "x"}, 400),
        ("POST", "/clock", {"hold": "noon"}, 400),
        ("POST", "/webhook-faults", {"eaten": 1}, 400),
        ("POST", "/features", {"teleport": True}, 400),
        ("POST", "/storefront-faults", {}, 400),
    ],
)
def test_a_wrong_switch_is_told_so(client: httpx2.Client, method: str, path: str, body: Any, status: int) -> None:
    assert client.request(method, f"/_sandbox{path}", json=body).status_code == status


def test_an_employee_changes_only_what_is_theirs(client: httpx2.Client, running: RunningShop) -> None:
    (id_,) = fill(running.shop, [{"sku": "MUG"}])
    reply = client.post("/_sandbox/edit", json={"id": id_, "sku": "CUP"})
    assert (reply.status_code, "cannot change sku" in reply.text) == (400, True)


def test_a_bug_of_the_shop_is_a_500_and_not_the_end(
    running: RunningShop, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(running.shop, "clock", None)
        assert client.get(f"{API}/products").json()["code"] == "sandbox_bug"
    assert client.get(f"{API}/products").status_code == 200


# -- speed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "measured"),
    [
        (Work(method="PUT", route="/products/{id}"), 137),
        (Work(method="POST", route="/products"), 129),
        (Work(method="POST", route="/products/batch", updated=10), 420),
        (Work(method="POST", route="/products/batch", updated=25), 860),
        (Work(method="POST", route="/products/batch", updated=100), 3000),
        (Work(method="POST", route="/products/batch", updated=100, with_price=100), 6400),
        (Work(method="POST", route="/products/batch", created=10), 600),
        (Work(method="POST", route="/products/batch", created=100), 4700),
        (Work(method="POST", route="/products/{product_id}/variations/batch", updated=100), 2800),
        (Work(method="POST", route="/products/{product_id}/variations/batch", created=100), 5400),
        (Work(method="POST", route="/orders"), 475),
        (Work(method="POST", route="/orders/batch", created=10), 3780),
        (Work(method="PUT", route="/orders/{id}"), 185),
        (Work(method="POST", route="/orders/batch", updated=50), 2400),
        (Work(method="POST", route="/orders/{id}/notes"), 118),
        (Work(method="GET", route="/products", items_read=100), 1000),
        (Work(method="GET", route="/products", items_read=100, with_fields=True), 600),
        (Work(method="GET", route="/orders", items_read=100), 2450),
        (Work(method="GET", route="/orders", items_read=100, with_fields=True), 360),
        (Work(method="GET", route="/variations", items_read=100), 500),
        (Work(method="GET", route="/products/{id}"), 115),
        (Work(method="GET", route="/products"), 97),
    ],
    ids=lambda value: f"{value.method} {value.route}" if isinstance(value, Work) else str(value),
)
def test_the_cost_model_is_within_the_spread_of_the_measurements(work: Work, measured: float) -> None:
    assert measured * 0.75 <= milliseconds(work) <= measured * 1.25


def test_only_so_many_calls_are_worked_on_at_a_time() -> None:
    """With two cores, six calls at once take turns: never more than two sleep through their work."""
    at_work, most = 0, 0

    async def noted(seconds: float) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    shop = open_shop()
    app = ShopApp(shop, CostModel(cores=2, workers=4), noted)

    async def crowd() -> None:
        await asyncio.gather(*(ask(app, "GET", "/wp-json/") for _ in range(6)))

    asyncio.run(crowd())
    assert (most, shop.log.total) == (2, 6)
    shop.store.close()


async def ask(app: ShopApp, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> int:
    """One request through the application itself; gives the status."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode() if body is not None else b""}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": pairs, "scheme": "https"}
    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("path", "body", "work"),
    [
        ("/products/batch", {"create": [{}] * 20}, Work(method="POST", route="/products/batch", created=20)),
        ("/products/batch", {"update": [{"id": 1}] * 9}, Work(method="POST", route="/products/batch", updated=9)),
        (
            "/products/batch",
            {"update": [{"id": 1, "regular_price": "1"}] * 9},
            Work(method="POST", route="/products/batch", updated=9, with_price=9),
        ),
        ("/products", {"name": "Mug"}, Work(method="POST", route="/products")),
    ],
    ids=["creates", "updates", "prices", "single"],
)
def test_a_call_sleeps_as_long_as_its_work_costs(path: str, body: Any, work: Work) -> None:
    slept: list[float] = []

    async def noted(seconds: float) -> None:
        slept.append(seconds)

    shop = open_shop()
    key = shop.add_key()
    pair = base64.b64encode(f"{key.consumer_key}:{key.consumer_secret}".encode()).decode()
    headers = {"authorization": f"Basic {pair}", "content-type": "application/json"}
    status = asyncio.run(ask(ShopApp(shop, CostModel(scale=0.1), noted), "POST", f"{API}{path}", body, headers))
    assert status in (200, 201)
    assert sum(slept) == pytest.approx(0.1 * milliseconds(work) / 1000)
    shop.store.close()


def test_without_a_cost_model_nothing_sleeps() -> None:
    async def never(seconds: float) -> None:
        raise AssertionError("slept")

    shop = open_shop()
    assert asyncio.run(ask(ShopApp(shop, None, never), "GET", "/wp-json/")) == 200
    shop.store.close()


# -- a process of its own -------------------------------------------------------------------------------------------


def test_a_shop_in_its_own_process_is_asked_and_switched(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with shop_process("--behind-https", "--file", str(file), "--currency", "CHF") as shop:
        keys = (shop.consumer_key, shop.consumer_secret)
        with httpx2.Client(base_url=shop.url, auth=keys) as client:
            assert client.get(f"{API}/data/currencies/current").json()["code"] == "CHF"
            client.post(f"{API}/products", json={"sku": "MUG"})
            assert switch(client, "GET", "/state")["writes"] == 1
    with shop_process("--behind-https", "--file", str(file)) as again:
        assert again.consumer_key == shop.consumer_key
        found = httpx2.get(f"{again.url}{API}/products?sku=mug", auth=keys).json()
        assert [product["sku"] for product in found] == ["MUG"]


def test_the_command_tells_a_person_where_the_shop_is_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "trueup.sandbox", "--https"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert lines[0].startswith(f"The shop in the box is open (process {process.pid}).")
    assert lines[1].split()[:2] == ["url", lines[1].split()[1]]
    assert lines[1].split()[1].startswith("https://127.0.0.1:")
    assert any(line.startswith("consumer secret") for line in lines)


def test_what_the_command_line_says_becomes_the_shop_s_settings() -> None:
    args = parser().parse_args(["--time-zone", "Asia/Tokyo", "--prices-include-tax"])
    settings = settings_from(args)
    assert (settings.time_zone, settings.prices_include_tax, settings.file) == ("Asia/Tokyo", True, None)
    assert [rate.rate for rate in settings.rates] == ["19.0000", "7.0000"]


def test_features_and_statuses_of_plugins_may_be_given_on_the_command_line() -> None:
    plugins = ["--feature", "fulfillments", "--feature", "woocommerce-shipment-tracking"]
    statuses = ["--order-status", "wc-picked=Picked", "--order-status", "packed"]
    settings = settings_from(parser().parse_args([*plugins, *statuses]))
    assert settings.features == ("fulfillments", "woocommerce-shipment-tracking")
    assert settings.order_statuses == (("wc-picked", "Picked"), ("packed", "packed"))


def test_goods_can_be_filled_in_without_asking() -> None:
    shop = open_shop()
    shirt = {
        "name": "Shirt",
        "sku": "SHIRT",
        "type": "variable",
        "attributes": [{"name": "Size", "options": ["S", "L"], "variation": True}],
        "variations": [
            {"sku": f"SHIRT-{size}", "regular_price": price, "attributes": [{"name": "Size", "option": size}]}
            for size, price in (("S", "19.90"), ("L", "21.90"))
        ],
    }
    ids = fill(shop, [*plain_goods(50), shirt])
    assert (len(ids), shop.store.count("product")) == (51, 53)
    parent = shop.store.get("product", ids[-1])
    assert parent is not None
    assert (parent["price"], parent["stock_status"]) == ("19.90", "instock")
    json.dumps(parent)
    shop.store.close()
