"""Webhooks: subscribed once, mended when the shop gave up, believed only when signed, and only ever a hint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Change, Hint, Level
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.webhooks import hint
from trueup.domain.order import Order
from trueup.domain.record import Kind

from .test_orders import place_orders

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "recordings" / "webhook_calls.json").read_text(encoding="utf-8")
)
URL = "https://hub.example/webhooks/1"
SECRET = "a-secret-of-some-length"


def signed(body: bytes, topic: str = "order.updated", secret: str = SECRET) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature}


def hint_of(delivery: dict[str, Any]) -> Hint | None:
    return hint(delivery["headers"], delivery["body_raw"].encode(), RECORDED["secret"])


def test_every_recorded_call_is_believed_and_orders_are_hinted_at() -> None:
    hints = {(d["headers"]["X-WC-Webhook-Topic"], hint_of(d)) for d in RECORDED["deliveries"]}
    topics = {topic for topic, _ in hints}
    assert len(RECORDED["deliveries"]) >= 15
    assert {"order.created", "order.updated", "product.updated", "coupon.deleted"} <= topics
    assert all(found is None for topic, found in hints if not topic.startswith("order."))
    orders = [found for topic, found in hints if topic.startswith("order.") and found is not None]
    assert {found.kind for found in orders} == {Kind.ORDER}
    assert all(found.id.isdecimal() for found in orders)


def test_bug_17_an_order_that_was_deleted_before_its_call_gives_no_hint() -> None:
    errors = [d for d in RECORDED["deliveries"] if d["body_raw"].startswith('{"code"')]
    assert any(d["headers"]["X-WC-Webhook-Topic"].startswith("order.") for d in errors)
    assert [hint_of(d) for d in errors] == [None] * len(errors)


def test_bug_17_the_unsigned_ping_is_no_hint_and_no_attack() -> None:
    assert hint({"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=29", SECRET) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-WC-Webhook-Topic": "order.updated"},
        {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": "bm8="},
        {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": "kärnan"},
        signed(b'{"id": 134}'),
        signed(b'{"id": 133}', secret="another-secret-than-ours"),
    ],
)
def test_a_call_that_is_not_signed_for_its_very_bytes_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="not signed with the secret of this connection"):
        hint(headers, b'{"id": 133}', SECRET)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"x"', b'{"id": "133"}', b'{"id": 0}', b'{"arg": 5}'])
def test_a_signed_call_without_a_thing_is_no_hint(body: bytes) -> None:
    assert hint(signed(body), body, SECRET) is None


def test_an_order_that_goes_into_the_bin_is_hinted_at_and_found_there(woo: WooCommerce, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    api.send("DELETE", f"orders/{id}", None)
    body = json.dumps({"id": int(id)}).encode()
    found = hint(signed(body, "order.deleted"), body, SECRET)
    assert found == Hint(kind=Kind.ORDER, id=id)
    (change,) = woo.fetch(Kind.ORDER, [found.id])
    assert isinstance(change, Change)
    assert isinstance(change.record, Order)
    assert change.record.is_cancelled


def test_header_names_come_in_any_case() -> None:
    body = b'{"id":133}'
    headers = {name.lower(): value for name, value in signed(body).items()}
    assert hint(headers, body, SECRET) == Hint(kind=Kind.ORDER, id="133")


# Subscribing


def hooks(api: WooClient) -> list[tuple[str, str, str]]:
    return sorted((row["topic"], row["delivery_url"], row["status"]) for row in api.rows("webhooks"))


ACTIVE = [(topic, URL, "active") for topic in ("order.created", "order.deleted", "order.updated")]


def test_subscribing_twice_is_as_once(woo: WooCommerce, api: WooClient) -> None:
    for _ in range(3):
        assert {finding.level for finding in woo.subscribe(URL, SECRET)} == {Level.GREEN}
        assert hooks(api) == ACTIVE


@pytest.mark.parametrize("status", ["disabled", "paused"])
def test_bug_17_what_the_shop_switched_off_is_mended_and_told(woo: WooCommerce, api: WooClient, status: str) -> None:
    woo.subscribe(URL, SECRET)
    stopped = next(row for row in api.rows("webhooks") if row["topic"] == "order.updated")
    api.send("PUT", f"webhooks/{stopped['id']}", {"status": status})
    findings = {finding.check: finding for finding in woo.subscribe(URL, SECRET)}
    assert findings["webhook order.updated"].level is Level.YELLOW
    assert "had stopped calling us" in findings["webhook order.updated"].sentence
    assert "next sweep" in findings["webhook order.updated"].fix
    assert hooks(api) == ACTIVE


def test_doubles_are_taken_away_and_other_peoples_webhooks_stay(woo: WooCommerce, api: WooClient) -> None:
    other = {"topic": "order.created", "delivery_url": "https://other.example/hook", "name": "theirs"}
    api.send("POST", "webhooks", other)
    for _ in range(2):
        api.send("POST", "webhooks", {"topic": "order.created", "delivery_url": URL})
    woo.subscribe(URL, SECRET)
    assert hooks(api) == sorted([*ACTIVE, ("order.created", "https://other.example/hook", "active")])


def test_a_plain_address_is_yellow_and_a_short_secret_refused(woo: WooCommerce, api: WooClient) -> None:
    findings = woo.subscribe("http://hub.example/hook", SECRET)
    assert [f.check for f in findings if f.level is Level.YELLOW] == ["webhook address"]
    with pytest.raises(Rejected, match="too short"):
        woo.subscribe(URL, "short")
