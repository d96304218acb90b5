"""A batch on a slow shop is worked through bit by bit, and answered as a whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from trueup.sandbox import CostModel, RunningShop, ShopSettings, running_shop
from trueup.sandbox.asgi import ShopApp
from trueup.sandbox.slices import joined, slices_of
from trueup.sandbox.wire import WireAnswer, WireRequest

from .conftest import Api
from .test_running import API, ask


def request(body: Any, **more: Any) -> WireRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WireRequest(method="POST", path=f"{API}/products/batch", body=data, **more)


def sizes(parts: list[WireRequest]) -> list[dict[str, int]]:
    return [{verb: len(items) for verb, items in json.loads(part.body).items()} for part in parts]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ({"create": [{}] * 25}, [{"create": 10}, {"create": 10}, {"create": 5}]),
        ({"update": [{}] * 3, "create": [{}] * 2, "delete": [1]}, [{"create": 2}, {"update": 3}, {"delete": 1}]),
        ({"create": [{}] * 10}, [{"create": 10}]),
        ({"create": []}, [{"create": 0}]),
        ({"create": [{}] * 101}, [{"create": 101}]),
    ],
)
def test_a_batch_is_cut_in_the_order_it_is_worked_on(body: Any, parts: list[dict[str, int]]) -> None:
    assert sizes(slices_of(request(body))) == parts


@pytest.mark.parametrize(
    "whole",
    [
        request({"create": [{}] * 25}, query_string="oauth_nonce=1"),
        request({"create": [{}] * 25}, query_string="_envelope=1"),
        request({"create": [{}] * 25}, headers={"authorization": "OAuth realm=x"}),
        request({"create": {"name": "x"}}),
        request(b"{nope"),
        request([1, 2]),
        WireRequest(method="POST", path=f"{API}/products", body=b'{"create": []}'),
    ],
    ids=["signed query", "envelope", "signed header", "no list", "no json", "no object", "no batch"],
)
def test_what_cannot_be_cut_stays_whole(whole: WireRequest) -> None:
    assert slices_of(whole) == [whole]


def reply(body: Any, status: int = 200) -> WireAnswer:
    return WireAnswer(status=status, headers={}, body=json.dumps(body).encode())


def test_answers_are_joined_in_their_places() -> None:
    whole = joined([reply({"create": [1, 2]}), reply({"create": [3]}), reply({"delete": [4]}), reply([])])
    assert json.loads(whole.body) == {"create": [1, 2, 3], "delete": [4]}


def test_a_failed_slice_is_the_answer() -> None:
    assert joined([reply({"create": [1]}), reply({"code": "x"}, 500)]).status == 500


def test_the_answer_of_a_slow_shop_is_that_of_a_fast_one() -> None:
    body = {"create": [{"sku": f"S{n % 12}"} for n in range(25)], "delete": [1]}
    answers = []
    for costs in (None, CostModel(scale=0.001)):
        with running_shop(ShopSettings(behind_https=True), costs=costs) as shop:
            keys = (shop.consumer_key, shop.consumer_secret)
            found = httpx2.post(f"{shop.url}{API}/products/batch", json=body, auth=keys).json()
            answers.append([[item.get("sku") or item["error"]["code"] for item in found[verb]] for verb in found])
    assert answers[0] == answers[1]
    assert len(answers[0][0]) == 25


def test_who_looks_while_a_batch_runs_finds_some_of_it_done(api: Api) -> None:
    seen: list[int] = []

    async def noted(seconds: float) -> None:
        seen.append(api.shop.store.count("product"))

    body = {"create": [{"sku": f"S{n}"} for n in range(30)]}
    headers = {**api._authorization(), "content-type": "application/json"}
    app = ShopApp(api.shop, CostModel(), noted)
    assert asyncio.run(ask(app, "POST", f"{API}/products/batch", body, headers)) == 200
    assert seen == [0, 10, 20, 30]


@pytest.fixture
def slow() -> Iterator[RunningShop]:
    with running_shop(ShopSettings(behind_https=True), costs=CostModel(scale=0.2)) as shop:
        yield shop


def test_a_client_that_gives_up_in_the_middle_finds_all_of_it_later(slow: RunningShop) -> None:
    keys = (slow.consumer_key, slow.consumer_secret)
    body = {"create": [{"sku": f"S{n}"} for n in range(40)]}
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{slow.url}{API}/products/batch", json=body, auth=keys, timeout=0.15)
    assert slow.shop.store.count("product") < 40
    deadline = 2000
    while slow.shop.store.count("product") < 40 and deadline:
        httpx2.get(f"{slow.url}/_sandbox/state")
        deadline -= 1
    assert slow.shop.store.count("product") == 40
