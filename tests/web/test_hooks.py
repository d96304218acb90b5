"""Calls from a shop: verified by their signature, noted as a hint, answered at once, and never taken for data."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from support.world import World, new_world
from trueup.connectors.kit.errors import Rejected
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop, running_shop
from trueup.store import connections, flows, hints
from trueup.store.connections import ConnectionRow
from trueup.store.tables import record, transfer
from trueup.sync import arrange
from trueup.sync.announcing import note_call, subscribe
from trueup.sync.connecting import Refused, add_connection
from trueup.web.application import build

SECRET = "a secret for the tests of calls"
ORDER = {"id": 4711, "status": "processing", "total": "119.00", "line_items": []}


@dataclass
class Caller:
    """A shop that calls; `url` is the address it was given."""

    world: World
    browser: TestClient
    url: str
    shop_id: int
    nudges: list[str] = field(default_factory=list)

    def call(
        self, body: Any = ORDER, topic: str = "order.updated", secret: str = SECRET, **headers: str
    ) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
        sent = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature, **headers}
        answer = self.browser.post(self.url, content=raw, headers=sent)
        return answer.status_code, answer.text

    def noted(self) -> list[tuple[str, str, int]]:
        with self.world.hub.database.read() as tx:
            rows = hints.waiting(tx, self.shop_id, Kind.ORDER.value)
        return [(row.kind, row.ref, row.times) for row in rows]

    def count(self, table: Any) -> int:
        with self.world.hub.database.read() as tx:
            return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def shop_row(world: World, shop_id: int) -> ConnectionRow:
    with world.hub.database.read() as tx:
        row = connections.by_id(tx, shop_id)
    assert row is not None
    return row


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_world(database_url, tmp_path) as world:
        yield world


@pytest.fixture
def caller(world: World) -> Caller:
    """A shop whose orders flow to the back office, and that was told the secret."""
    hub = world.hub
    keys = {"consumer_key": f"ck_{'0' * 8}", "consumer_secret": f"cs_{'0' * 8}"}
    with hub.database.write() as tx:
        sealed = hub.seal.seal({"consumer_secret": keys["consumer_secret"]})
        settings = {"url": "http://127.0.0.1:9", "consumer_key": keys["consumer_key"]}
        shop_id = connections.add(
            tx, name="Webshop", system="woocommerce", settings=settings, sealed=sealed, now=world.time.now
        )
        connections.change(tx, shop_id, hook_secret=hub.seal.seal({"hook": SECRET}))
    row, office = shop_row(world, shop_id), shop_row(world, world.ids["ERP"])
    arrange.add_flow(hub, name="orders", kind=Kind.ORDER, leader=row, followers=[office])
    arrange.enable(hub, world.flow_row("orders"))
    nudges: list[str] = []
    app = build(hub, nudge=lambda: nudges.append("work"))
    browser = TestClient(app, base_url="http://hub.example", raise_server_exceptions=False)
    return Caller(world, browser, f"/hooks/{shop_id}", shop_id, nudges)


def test_a_genuine_call_is_noted_and_wakes_whoever_works(caller: Caller) -> None:
    assert caller.call() == (200, "")
    assert caller.noted() == [("order", "4711", 1)]
    assert caller.nudges == ["work"]


def test_it_needs_neither_sign_in_nor_token(caller: Caller) -> None:
    assert not caller.browser.cookies
    assert caller.call()[0] == 200


def test_what_it_carries_is_never_taken_for_data(caller: Caller) -> None:
    caller.call({**ORDER, "total": "0.01"})
    assert caller.count(record) == 0
    assert caller.count(transfer) == 0


def test_fifteen_copies_at_once_are_one_hint(caller: Caller) -> None:
    with ThreadPoolExecutor(15) as threads:
        answers = list(threads.map(lambda _: caller.call(), range(15)))
    assert answers == [(200, "")] * 15
    assert caller.noted() == [("order", "4711", 15)]


def test_calls_about_different_orders_are_different_hints(caller: Caller) -> None:
    for number in (1, 2, 3):
        caller.call({"id": number}, topic="order.created")
    assert sorted(ref for _, ref, _ in caller.noted()) == ["1", "2", "3"]


@pytest.mark.parametrize("signature", ["", "AAAA", "å", "x" * 5000])
def test_a_forged_signature_is_refused_and_changes_nothing(caller: Caller, signature: str) -> None:
    raw = json.dumps(ORDER).encode()
    headers = {b"X-WC-Webhook-Topic": b"order.updated", b"X-WC-Webhook-Signature": signature.encode()}
    answer = caller.browser.post(caller.url, content=raw, headers=headers)
    assert answer.status_code == 401
    assert "not signed with the secret" in answer.json()["detail"]
    assert (caller.noted(), caller.nudges) == ([], [])


def test_a_body_that_was_changed_on_the_way_is_refused(caller: Caller) -> None:
    raw = json.dumps(ORDER).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()
    forged = raw.replace(b"4711", b"4712")
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signature}
    assert caller.browser.post(caller.url, content=forged, headers=headers).status_code == 401
    assert caller.noted() == []


def test_a_call_signed_for_another_connection_is_refused(caller: Caller) -> None:
    assert caller.call(secret="the secret of somebody else")[0] == 401
    assert caller.noted() == []


def test_the_unsigned_ping_is_answered_and_forgotten(caller: Caller) -> None:
    answer = caller.browser.post(caller.url, data={"webhook_id": "12"})
    assert (answer.status_code, answer.text) == (200, "")
    assert (caller.noted(), caller.nudges) == ([], [])


@pytest.mark.parametrize("topic", ["product.updated", "coupon.created", "order.restored", "", "order.updated; x"])
def test_a_topic_that_nobody_follows_is_answered_and_forgotten(caller: Caller, topic: str) -> None:
    assert caller.call(topic=topic)[0] == 200
    assert (caller.noted(), caller.nudges) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}},
        {"id": 0},
        {"id": -5},
        {"id": "4711"},
        {"id": None},
        {"id": [4711]},
        [],
        [4711],
        None,
        "text",
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_a_signed_body_without_an_order_is_answered_and_forgotten(caller: Caller, body: Any) -> None:
    """A shop signs its own error message where the object is gone already; refusing it would end all calls."""
    assert caller.call(body)[0] == 200
    assert (caller.noted(), caller.nudges) == ([], [])


@pytest.mark.parametrize("number", [0, 99, 2**40])
def test_a_connection_that_does_not_exist_is_not_found(caller: Caller, number: int) -> None:
    assert caller.browser.post(f"/hooks/{number}", content=b"{}").status_code == 404


def test_an_address_without_a_number_is_not_found(caller: Caller) -> None:
    assert caller.browser.post("/hooks/shop", content=b"{}").status_code == 404
    assert caller.browser.post("/hooks/", content=b"{}").status_code == 404


def test_a_connection_that_never_calls_refuses_calls(caller: Caller) -> None:
    number = caller.world.ids["ERP"]
    answer = caller.browser.post(f"/hooks/{number}", content=b"{}")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Nobody has set up calls for ERP."})


def test_a_body_above_one_megabyte_is_not_taken(caller: Caller) -> None:
    assert caller.call(b" " * (1024 * 1024 + 1))[0] == 413
    assert caller.noted() == []


def test_a_body_whose_length_is_not_said_is_not_taken_either(caller: Caller) -> None:
    answer = caller.browser.post(caller.url, content=(b" " * 65536 for _ in range(20)))
    assert answer.status_code == 413


def test_a_body_of_one_megabyte_is_taken(caller: Caller) -> None:
    body = json.dumps({**ORDER, "note": ""}).encode()
    padded = body[:-2] + b"x" * (1024 * 1024 - len(body)) + body[-2:]
    assert len(padded) == 1024 * 1024
    assert caller.call(padded)[0] == 200
    assert caller.noted() == [("order", "4711", 1)]


def test_while_the_flow_is_paused_nothing_is_noted(caller: Caller) -> None:
    """It reads everything since its cursor when it goes on; hints of a month would be read one by one."""
    arrange.disable(caller.world.hub, caller.world.flow_row("orders"))
    assert caller.call()[0] == 200
    assert caller.noted() == []


def test_looking_at_the_address_does_nothing(caller: Caller) -> None:
    assert caller.browser.get(caller.url).status_code == 405
    assert caller.noted() == []


def test_a_call_is_noted_by_whoever_takes_it_not_only_by_the_pages(caller: Caller) -> None:
    row = shop_row(caller.world, caller.shop_id)
    with pytest.raises(Rejected):
        note_call(caller.world.hub, row, {"x-wc-webhook-topic": "order.updated"}, b"{}")
    assert note_call(caller.world.hub, row, {}, b"webhook_id=1") is None


# Setting the calls up


@pytest.fixture(scope="module")
def shop() -> Iterator[RunningShop]:
    with running_shop(https=True) as shop:
        yield shop


def connected(world: World, shop: RunningShop) -> ConnectionRow:
    values = {"url": shop.url, "consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
    number, _ = add_connection(
        world.hub, name="Webshop", system="woocommerce", values={**values, "ca_file": str(shop.ca_file)}
    )
    return shop_row(world, number)


def webhooks_of(world: World, row: ConnectionRow) -> list[dict[str, Any]]:
    client = world.hub.connectors.of(row)._client  # its own way to the shop, keys included
    return [dict(hook) for hook in client.get("webhooks", status="all")]


def test_setting_up_makes_the_shop_call_us(world: World, shop: RunningShop) -> None:
    row = connected(world, shop)
    findings = subscribe(world.hub, row, "https://hub.example/")
    assert [finding.level.value for finding in findings] == ["green"] * 3
    ours = [hook for hook in webhooks_of(world, row) if hook["delivery_url"] == f"https://hub.example/hooks/{row.id}"]
    assert sorted(hook["topic"] for hook in ours) == ["order.created", "order.deleted", "order.updated"]


def test_setting_up_twice_keeps_the_secret_and_the_webhooks(world: World, shop: RunningShop) -> None:
    row = connected(world, shop)
    subscribe(world.hub, row, "https://twice.example")
    first = shop_row(world, row.id)
    subscribe(world.hub, first, "https://twice.example")
    again = shop_row(world, row.id)
    ours = [hook for hook in webhooks_of(world, again) if hook["delivery_url"].startswith("https://twice.example/")]
    assert len(ours) == 3
    assert world.hub.seal.open(first.hook_secret) == world.hub.seal.open(again.hook_secret)


def test_the_secret_is_sealed(world: World, shop: RunningShop) -> None:
    row = connected(world, shop)
    subscribe(world.hub, row, "https://sealed.example")
    stored = shop_row(world, row.id).hook_secret
    assert stored is not None
    secret = world.hub.seal.open(stored)["hook"]
    assert len(secret) >= 32
    assert secret not in stored


@pytest.mark.parametrize("address", ["", "hub.example", "ftp://hub.example", "https://", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(world: World, shop: RunningShop, address: str) -> None:
    row = connected(world, shop)
    with pytest.raises(Refused, match="is no address"):
        subscribe(world.hub, row, address)


def test_a_system_that_cannot_call_says_so(world: World) -> None:
    with pytest.raises(Refused, match="ERP cannot call trueup"):
        subscribe(world.hub, shop_row(world, world.ids["ERP"]), "https://hub.example")


def test_a_shop_that_does_not_answer_is_one_red_finding(caller: Caller) -> None:
    row = shop_row(caller.world, caller.shop_id)
    (finding,) = subscribe(caller.world.hub, row, "https://hub.example")
    assert (finding.level.value, finding.fix) == ("red", "Then set them up again.")


def test_an_order_that_the_shop_calls_about_is_read_at_once(world: World) -> None:
    """From the shop's own signed call to the hint, with nothing in between but the wire."""
    with running_shop(https=True) as shop:
        row = connected(world, shop)
        office = shop_row(world, world.ids["ERP"])
        arrange.add_flow(world.hub, name="orders", kind=Kind.ORDER, leader=row, followers=[office])
        arrange.enable(world.hub, world.flow_row("orders"))
        with world.hub.database.write() as tx:
            connections.change(tx, row.id, hook_secret=world.hub.seal.seal({"hook": SECRET}))
            flows.change(tx, world.flow_row("orders").id, due_at=world.time.now.replace(year=2030))
        order = world.hub.connectors.of(row)._client.send("POST", "orders", {"status": "processing"})[0]
        browser = TestClient(build(world.hub, nudge=lambda: None), base_url="http://hub.example")
        assert Caller(world, browser, f"/hooks/{row.id}", row.id).call(order)[0] == 200
        world.settle()
        with world.hub.database.read() as tx:
            (run,) = flows.runs(tx)
    assert (run.cause, run.state, run.read) == ("webhook", "done", 1)
