"""The official clients, unchanged, against the shop in the box: over http with OAuth, over https with Basic."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from woocommerce import API

from trueup.sandbox import RunningShop, running_shop

JAVASCRIPT = Path(__file__).parent / "javascript"
CLIENT = JAVASCRIPT / "node_modules/@woocommerce/woocommerce-rest-api"


@pytest.fixture(params=["http", "https"])
def running(request: pytest.FixtureRequest) -> Iterator[RunningShop]:
    with running_shop(https=request.param == "https") as shop:
        yield shop


@pytest.fixture
def client(running: RunningShop, monkeypatch: pytest.MonkeyPatch) -> API:
    if running.ca_file is not None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))
    keys = {"consumer_key": running.consumer_key, "consumer_secret": running.consumer_secret}
    return API(url=running.url, version="wc/v3", timeout=10, **keys)


def test_the_python_client_lives_a_product_s_life(client: API) -> None:
    made = client.post("products", {"name": "Mug", "sku": "PY-1", "regular_price": "12.50"})
    assert made.status_code == 201
    path = f"products/{made.json()['id']}"
    assert client.get(path).json()["sku"] == "PY-1"
    assert client.put(path, {"name": "Cup"}).json()["name"] == "Cup"
    refused = client.post("products", {"name": "Double", "sku": "py-1"})
    assert (refused.status_code, refused.json()["data"]["resource_id"]) == (400, made.json()["id"])
    assert client.delete(path, params={"force": True}).status_code == 200
    assert client.get(path).status_code == 404


def test_the_python_client_pages_searches_and_asks_for_options(client: API, running: RunningShop) -> None:
    goods = [{"name": f"Cup & saucer {n}", "sku": f"C {n}"} for n in range(5)]
    assert len(client.post("products/batch", {"create": goods}).json()["create"]) == 5
    page = client.get("products", params={"per_page": 2, "page": 2, "orderby": "id", "order": "asc"})
    assert ([item["sku"] for item in page.json()], page.headers["X-WP-Total"]) == (["C 2", "C 3"], "5")
    found = client.get("products", params={"search": "saucer 4", "_fields": "sku"})
    assert found.json() == [{"sku": "C 4"}]
    assert client.options("products").json()["methods"] == ["GET", "POST"]
    assert running.log.counts["POST /products/batch"] == 1
    assert running.log.items["POST /products/batch"] == 5


def test_the_python_client_with_wrong_keys_is_told_so(running: RunningShop, client: API) -> None:
    client.consumer_secret = "cs_wrong"
    reply = client.get("products")
    assert (reply.status_code, reply.json()["code"]) == (401, "woocommerce_rest_authentication_error")
    assert running.log.writes == 0


@pytest.fixture(scope="session")
def javascript() -> list[str]:
    """The command that asks with the JavaScript client, which is installed on first use."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js is not on this machine")
    if not CLIENT.exists():
        command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=JAVASCRIPT, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
    return [node, str(JAVASCRIPT / "ask.js")]


def test_the_javascript_client_works_unchanged(running: RunningShop, javascript: list[str]) -> None:
    trust = {"NODE_EXTRA_CA_CERTS": str(running.ca_file)} if running.ca_file else {}
    command = [*javascript, running.url, running.consumer_key, running.consumer_secret]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **trust})
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told == {
        "made": [201, "12.50"],
        "changed": 9,
        "batch": ["JS-2", "product_invalid_sku"],
        "listed": [["JS-1"], "2", "2"],
        "refused": [400, "product_invalid_sku", True],
        "gone": [200, "JS-1"],
    }
