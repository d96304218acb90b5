"""Webhooks on their way: queued, collapsed, signed, counted, and everything that can go wrong with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from support.receiver import Receiver, receiving
from support.shop_desk import START, Desk
from trueup.sandbox.faults import WebhookFaults
from trueup.sandbox.webhook_delivery import Courier, delivery_id, php_json, signature


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def courier(desk: Desk) -> Iterator[Courier]:
    courier = Courier(desk.shop, base="http://shop.example")
    courier.listen()
    yield courier
    courier.stop()


def subscribe(desk: Desk, receiver: Receiver, topic: str = "product.updated", **more: Any) -> int:
    """A webhook; its ping is not sent yet."""
    given = {"topic": topic, "delivery_url": f"{receiver.url}/hook", "secret": "s3cret", **more}
    return int(desk.post("/webhooks", given)["id"])


def seen(desk: Desk, webhook: int) -> str:
    return str(desk.get(f"/webhooks/{webhook}")["status"])


def test_nothing_is_sent_before_the_queue_runs(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    subscribe(desk, receiver, "product.created")
    desk.product()
    assert (courier.waiting(), receiver.received) == (2, [])
    courier.flush()
    assert (courier.waiting(), len(receiver.letters), len(receiver.pings)) == (0, 1, 1)


def test_a_letter_is_signed_over_its_raw_bytes(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver, "product.created")
    desk.product(name="Tasse „Grün“")
    courier.flush()
    letter = receiver.letters[0]
    assert letter.headers["x-wc-webhook-signature"] == signature("s3cret", letter.body)
    assert letter.headers["x-wc-webhook-id"] == str(webhook)
    assert json.loads(letter.body)["name"] == "Tasse „Grün“"
    assert rb"\u00fc" in letter.body


def test_php_escapes_slashes_and_everything_beyond_ascii() -> None:
    assert php_json({"a": "https://x/ü €", "b": [1.5, None, True]}) == (
        rb'{"a":"https:\/\/x\/\u00fc \u20ac","b":[1.5,null,true]}'
    )


def test_several_events_on_one_thing_are_one_letter_with_the_newest_state(
    desk: Desk, courier: Courier, receiver: Receiver
) -> None:
    mug = desk.product()
    subscribe(desk, receiver)
    for stock in (5, 6, 7):
        desk.put(f"/products/{mug}", {"stock_quantity": stock})
    courier.flush()
    assert [json.loads(letter.body)["stock_quantity"] for letter in receiver.letters] == [7]


def test_every_webhook_of_a_topic_gets_its_own_letter(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    first, second = subscribe(desk, receiver), subscribe(desk, receiver)
    mug = desk.product()
    desk.put(f"/products/{mug}", {})
    courier.flush()
    assert [letter.headers["x-wc-webhook-id"] for letter in receiver.letters] == [str(first), str(second)]


def test_a_paused_webhook_gets_nothing(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver, "product.created")
    desk.product()
    desk.put(f"/webhooks/{webhook}", {"status": "paused"})
    desk.product()
    courier.flush()
    assert receiver.letters == []


def test_a_deleted_webhook_gets_nothing(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver, "product.created")
    desk.product()
    desk.delete(f"/webhooks/{webhook}", force="true")
    courier.flush()
    assert receiver.received == []


def test_a_ping_is_form_encoded_and_unsigned(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver)
    courier.flush()
    ping = receiver.pings[0]
    assert ping.body == f"webhook_id={webhook}".encode()
    assert not [name for name in ping.headers if name.startswith("x-wc")]


def test_a_new_address_is_pinged_and_a_new_name_is_not(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver)
    courier.flush()
    desk.put(f"/webhooks/{webhook}", {"name": "other"})
    courier.flush()
    assert len(receiver.pings) == 1
    desk.put(f"/webhooks/{webhook}", {"delivery_url": f"{receiver.url}/elsewhere"})
    courier.flush()
    assert [ping.path for ping in receiver.pings] == ["/hook", "/elsewhere"]


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302])
def test_these_answers_count_as_delivered(desk: Desk, courier: Courier, receiver: Receiver, status: int) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    receiver.status, receiver.location = status, f"{receiver.url}/moved"
    desk.product()
    sent = courier.flush()
    assert [one.delivered for one in sent] == [True]
    assert [letter.path for letter in receiver.letters] == ["/hook"], "a redirect is not followed"


@pytest.mark.parametrize("status", [303, 307, 400, 401, 404, 410, 429, 500, 503])
def test_these_answers_are_failures_and_are_followed_by_a_ping(
    desk: Desk, courier: Courier, receiver: Receiver, status: int
) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    receiver.status = status
    desk.product()
    sent = courier.flush()
    assert [(one.is_ping, one.delivered) for one in sent] == [(False, False), (True, False)]
    assert courier.flush() == [], "nothing is tried again"


def test_an_address_where_nobody_answers_is_a_failure(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()

    def nobody(_url: str, _headers: dict[str, str], _body: bytes) -> int:
        raise httpx2.ConnectError("refused")

    courier.post = nobody
    desk.product()
    assert [one.status for one in courier.flush()] == [0, 0]


def test_the_seventh_failure_in_a_row_disables(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    mug = desk.product()
    webhook = subscribe(desk, receiver)
    courier.flush()
    receiver.status = 500
    received = []
    for _ in range(8):
        before = len(receiver.received)
        desk.put(f"/products/{mug}", {})
        courier.flush()
        received.append((len(receiver.received) - before, seen(desk, webhook)))
    assert received == [(2, "active")] * 6 + [(1, "disabled"), (0, "disabled")]


def test_a_success_starts_the_count_again(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    mug = desk.product()
    webhook = subscribe(desk, receiver)
    courier.flush()
    for answer in [500] * 6 + [200] + [500] * 6:
        receiver.status = answer
        desk.put(f"/products/{mug}", {})
        courier.flush()
    assert seen(desk, webhook) == "active"


def test_a_disabled_webhook_that_is_set_active_works_again(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    mug = desk.product()
    webhook = subscribe(desk, receiver)
    courier.flush()
    receiver.status = 500
    for _ in range(7):
        desk.put(f"/products/{mug}", {})
        courier.flush()
    receiver.status = 200
    desk.put(f"/webhooks/{webhook}", {"status": "active"})
    desk.put(f"/products/{mug}", {})
    assert [one.delivered for one in courier.flush()] == [True]


def test_orders_tell_of_themselves_and_of_the_stock_they_took(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    mug = desk.product()
    for topic in ("order.created", "order.updated", "order.deleted", "product.updated"):
        subscribe(desk, receiver, topic)
    courier.flush()
    order = desk.order((mug, 1), set_paid=True)
    courier.flush()
    desk.delete(f"/orders/{order['id']}")
    courier.flush()
    topics = [letter.headers["x-wc-webhook-topic"] for letter in receiver.letters]
    assert topics == ["order.created", "order.updated", "product.updated", "order.deleted"]
    assert receiver.letters[-1].body == f'{{"id":{order["id"]}}}'.encode()
    assert json.loads(receiver.letters[0].body)["status"] == "processing"


def test_an_action_carries_its_name_and_argument(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    for name in ("woocommerce_order_status_completed", "woocommerce_low_stock"):
        subscribe(desk, receiver, f"action.{name}")
    courier.flush()
    order = desk.order((desk.product(stock=2, low_stock_amount=1), 1), status="completed")
    courier.flush()
    bodies = sorted(letter.body for letter in receiver.letters)
    assert bodies == [
        b'{"action":"woocommerce_low_stock","arg":[]}',
        f'{{"action":"woocommerce_order_status_completed","arg":{order["id"]}}}'.encode(),
    ]


def test_two_letters_of_one_webhook_in_one_second_share_the_delivery_id(
    desk: Desk, courier: Courier, receiver: Receiver
) -> None:
    webhook = subscribe(desk, receiver, "product.created")
    courier.flush()
    desk.product()
    desk.product()
    courier.flush()
    desk.clock.advance(1)
    desk.product()
    courier.flush()
    first, second, third = (letter.headers["x-wc-webhook-delivery-id"] for letter in receiver.letters)
    assert first == second == delivery_id(webhook, START)
    assert third != first


def test_lost_letters_are_gone_and_no_failure(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    webhook = subscribe(desk, receiver, "product.created")
    courier.flush()
    desk.shop.faults.webhooks = WebhookFaults(lost=1.0)
    desk.product()
    assert courier.flush() == []
    assert (seen(desk, webhook), courier.waiting()) == ("active", 0)


def test_repeated_letters_come_twice_and_alike(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    desk.shop.faults.webhooks = WebhookFaults(repeated=1.0)
    desk.product()
    courier.flush()
    first, second = receiver.letters
    assert (first.body, first.headers["x-wc-webhook-delivery-id"]) == (
        second.body,
        second.headers["x-wc-webhook-delivery-id"],
    )


def test_late_letters_wait_for_their_time(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    desk.shop.faults.webhooks = WebhookFaults(late_seconds=120)
    desk.product()
    desk.clock.advance(119)
    assert courier.flush() == []
    desk.clock.advance(1)
    assert len(courier.flush()) == 1


def test_a_receiver_may_ask_the_shop_while_it_is_told(desk: Desk, courier: Courier, receiver: Receiver) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    asked: list[int] = []

    def asking(_url: str, _headers: dict[str, str], body: bytes) -> int:
        thread = threading.Thread(target=lambda: asked.append(desk.get(f"/products/{json.loads(body)['id']}")["id"]))
        thread.start()
        thread.join(timeout=10)
        return 200

    courier.post = asking
    mug = desk.product()
    courier.flush()
    assert asked == [mug]


def test_the_queue_runs_by_itself_with_a_period(desk: Desk, receiver: Receiver) -> None:
    courier = Courier(desk.shop)
    arrived = threading.Event()

    def told(_url: str, _headers: dict[str, str], _body: bytes) -> int:
        arrived.set()
        return 200

    courier.post = told
    courier.listen()
    subscribe(desk, receiver)
    courier.start(0.01)
    assert arrived.wait(10)
    courier.stop()
    assert courier.sent[0].is_ping


def test_the_shop_keeps_what_waits_when_it_is_opened_again(desk: Desk, receiver: Receiver, courier: Courier) -> None:
    subscribe(desk, receiver, "product.created")
    courier.flush()
    desk.product()
    courier.stop()
    after = Courier(desk.shop)
    assert [one.topic for one in after.flush()] == ["product.created"]
    after.stop()
