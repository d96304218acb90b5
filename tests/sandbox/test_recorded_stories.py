"""Nine lives of orders, recorded step by step: answer, order, stock, coupons and webhooks after each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.receiver import Receiver, receiving
from trueup.sandbox.replay import Session
from trueup.sandbox.webhook_delivery import Courier

STORIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "recordings" / "stories.json").read_text(encoding="utf-8")
)["stories"]
COUPONS: dict[str, dict[str, Any]] = {
    "story-once": {"discount_type": "percent", "amount": "10", "usage_limit": 1},
    "story-ten": {"discount_type": "percent", "amount": "10"},
    "story-five": {"discount_type": "fixed_cart", "amount": "5"},
}
TOPICS = [f"{kind}.{event}" for kind in ("order", "product") for event in ("created", "updated", "deleted", "restored")]
SLUGS = ("slug:", "permalink:", "generated_slug:")
"""The recorded shop had older products of the same names."""
API = "/wp-json/wc/v3"


class Stage:
    """A shop as a story finds it, and what differs from the recording as it goes on."""

    def __init__(self, story: dict[str, Any], receiver: Receiver) -> None:
        self.story, self.receiver = story, receiver
        first = story["steps"][0]["order_after"]["body"]["date_created_gmt"]
        self.session = Session(datetime.fromisoformat(first).replace(tzinfo=UTC))
        self.courier = Courier(self.session.shop)
        for product in story["products"]:
            given = {name: value for name, value in product.items() if name != "id"}
            self._make("/products", given, product["id"])
        for coupon in story["coupons"]:
            self._make("/coupons", {"code": coupon["code"], **COUPONS[coupon["code"]]}, coupon["id"])
        self.courier.listen()
        for number, topic in enumerate(TOPICS):
            self._make("/webhooks", {"topic": topic, "delivery_url": f"{receiver.url}/{topic}"}, number + 1)
        self.courier.flush()

    def _make(self, path: str, body: dict[str, Any], id_: int) -> None:
        self._ask("POST", path, body, 201, {"id": id_})

    def _ask(self, method: str, path: str, body: Any, status: int, expected: Any, query: Any = None) -> list[str]:
        request = {"method": method, "path": API + path, "query": query or {}, "body": body}
        exchange = {"id": path, "request": request, "response": {"status": status, "body": expected}}
        return [problem for problem in self.session.ask("story", exchange).problems if "_links" not in problem]

    def play(self, step: dict[str, Any]) -> list[str]:
        before = len(self.receiver.letters)
        problems = [p for p in self.session.ask(self.story["story"], step).problems if not p.startswith(SLUGS)]
        return problems + self._order(step) + self._stock(step) + self._coupons(step) + self._webhooks(step, before)

    def _order(self, step: dict[str, Any]) -> list[str]:
        after = step.get("order_after")
        if after is None or "id" not in after["body"]:
            return []
        path = f"/orders/{after['body']['id']}"
        return [f"order after: {p}" for p in self._ask("GET", path, None, after["status"], after["body"])]

    def _stock(self, step: dict[str, Any]) -> list[str]:
        found = []
        for product in step["stock_after"]:
            query = {"_fields": ",".join(product)}
            found += self._ask("GET", f"/products/{product['id']}", None, 200, product, query)
        return [f"stock after: {problem}" for problem in found]

    def _coupons(self, step: dict[str, Any]) -> list[str]:
        found = []
        for coupon in step["coupons_after"] or []:
            found += self._ask("GET", f"/coupons/{coupon['id']}", None, 200, coupon, {"_fields": ",".join(coupon)})
        return [f"coupon after: {problem}" for problem in found]

    def _webhooks(self, step: dict[str, Any], before: int) -> list[str]:
        self.courier.flush()
        arrived = self.receiver.letters[before:]
        here = [[letter.headers["x-wc-webhook-topic"], json.loads(letter.body)["id"]] for letter in arrived]
        wanted = [[topic, self.session.ids.here("post", id_)] for topic, id_ in step["webhooks"]]
        return [] if here == wanted else [f"webhooks: recorded {wanted}, here {here}"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_all_nine_stories_with_seventy_one_steps_are_here() -> None:
    assert len(STORIES) == 9
    assert sum(len(story["steps"]) for story in STORIES) == 71


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story["story"]))
def test_a_story_goes_as_recorded(story: dict[str, Any], receiver: Receiver) -> None:
    stage = Stage(story, receiver)
    problems = {step["id"]: stage.play(step) for step in story["steps"]}
    assert {id_: found for id_, found in problems.items() if found} == {}
