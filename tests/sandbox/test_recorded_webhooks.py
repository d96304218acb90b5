"""What reaches a subscriber, cause by cause, beside what a real WooCommerce 10.5 sent for the same cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.receiver import Received, Receiver, receiving
from support.shop_desk import Desk
from trueup.sandbox.comparing import Comparison, Ids, kind_of, meta_of
from trueup.sandbox.stock import reduce_stock, write_stock_silently
from trueup.sandbox.webhook_delivery import Courier, signature

RECORDINGS = Path(__file__).parents[1] / "recordings"
TOPICS = (
    *(f"{kind}.{event}" for kind in ("order", "product") for event in ("created", "updated", "deleted", "restored")),
    *(f"customer.{event}" for event in ("created", "updated", "deleted")),
    *(f"coupon.{event}" for event in ("created", "updated", "deleted")),
    "action.woocommerce_low_stock",
    "action.woocommerce_order_status_completed",
)
PATHS = {"order": "/orders/1", "product": "/products/1", "customer": "/customers/1", "coupon": "/coupons/1"}
EXCEPTIONS = {
    "API creates a variable product, product.created: stock_status: recorded 'instock', here 'outofstock'": (
        "a variable product without variations is shown as instock until it is read again, as outofstock afterwards"
    ),
}
CHANCE = {"date_created", "slug", "permalink", "related_ids", "code"}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass(slots=True)
class Bench:
    """A shop with a webhook for every topic, a receiver, and the things the recorded causes are about."""

    desk: Desk
    receiver: Receiver
    courier: Courier
    ids: Ids = field(default_factory=Ids)
    things: dict[str, int] = field(default_factory=dict)

    def arrived(self) -> list[Received]:
        before = len(self.receiver.letters)
        self.courier.flush()
        return self.receiver.letters[before:]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with receiving() as receiver:
        desk = Desk()
        desk.clock.hold(datetime(2026, 11, 21, 19, 48, 42, tzinfo=UTC))
        courier = Courier(desk.shop, base="http://shop.example")
        courier.listen()
        for topic in TOPICS:
            url = f"{receiver.url}/hook/{topic}"
            desk.post("/webhooks", {"topic": topic, "delivery_url": url, "secret": "trueup-recordings"})
        courier.flush()
        yield Bench(desk, receiver, courier)


Doing = dict[str, Callable[[], object]]


def first_set(bench: Bench) -> Doing:
    """The causes of the first recording, in order, as they are done here."""
    return {**product_causes(bench), **order_causes(bench), **other_causes(bench)}


def product_causes(bench: Bench) -> Doing:
    desk, things = bench.desk, bench.things

    def product() -> None:
        given = {"name": "Hook P", "regular_price": "10", "sku": "HK90522", "manage_stock": True}
        things["p"] = desk.post("/products", {**given, "stock_quantity": 5, "low_stock_amount": 3})["id"]

    def variable() -> None:
        size = {"name": "Size", "variation": True, "options": ["S", "M"]}
        things["v"] = desk.post("/products", {"name": "Hook V", "type": "variable", "attributes": [size]})["id"]

    def variation() -> None:
        chosen = [{"name": "Size", "option": "S"}]
        given = {"regular_price": "4", "sku": "HKV90522", "manage_stock": True, "stock_quantity": 9}
        things["s"] = desk.post(f"/products/{things['v']}/variations", {**given, "attributes": chosen})["id"]

    def batch() -> None:
        updates = [{"id": things["p"], "stock_quantity": stock} for stock in (7, 8)]
        desk.post("/products/batch", {"update": [*updates, {"id": things["v"], "name": "Hook V2"}]})

    def stock(quantity: int) -> None:
        desk.put(f"/products/{things['p']}", {"stock_quantity": quantity})

    return {
        "API creates a simple product": product,
        "API updates its stock (PUT stock_quantity)": lambda: stock(6),
        "API PUTs the same stock again (no change)": lambda: stock(6),
        "API creates a variable product": variable,
        "API creates a variation": variation,
        "API updates the variation stock": lambda: desk.put(
            f"/products/{things['v']}/variations/{things['s']}", {"stock_quantity": 8}
        ),
        "API batch-updates 3 products (the same product twice, and the variable one)": batch,
    }


def order_causes(bench: Bench) -> Doing:
    desk, things = bench.desk, bench.things

    def order() -> None:
        lines = [{"product_id": things["p"], "quantity": 2}, {"variation_id": things["s"], "quantity": 1}]
        address = {"country": "DE", "email": "h@example.test"}
        things["o"] = desk.post("/orders", {"billing": address, "line_items": lines})["id"]

    def put(**body: Any) -> None:
        desk.put(f"/orders/{things['o']}", body)

    def refund() -> None:
        line = desk.get(f"/orders/{things['o']}")["line_items"][0]
        given = {"id": line["id"], "quantity": 1, "refund_total": 10.0}
        desk.post(f"/orders/{things['o']}/refunds", {"api_refund": False, "amount": "10.00", "line_items": [given]})

    def three_updates() -> None:
        for number in range(3):
            put(customer_note=str(number))

    return {
        "API creates a pending order": order,
        "API sets it to processing (stock is reduced to 6: no low stock)": lambda: put(status="processing"),
        "API adds an order note": lambda: desk.post(f"/orders/{things['o']}/notes", {"note": "x"}),
        "API sets order meta only": lambda: put(meta_data=[{"key": "erp_no", "value": "1"}]),
        "API refunds one piece": refund,
        "API completes the order": lambda: put(status="completed"),
        "API creates an order with set_paid (stock falls below low_stock_amount)": lambda: desk.order(
            (things["p"], 5), set_paid=True
        ),
        "API updates the order 3 times within a second": three_updates,
    }


def other_causes(bench: Bench) -> Doing:
    desk, things = bench.desk, bench.things

    def customer() -> None:
        things["c"] = desk.post("/customers", {"email": "hk90522@example.test"})["id"]

    def delete(path: str, **query: str) -> None:
        desk.delete(path.format(**things), **query)

    def put(path: str, **body: str) -> None:
        desk.put(path.format(**things), body)

    return {
        "API creates a customer": customer,
        "API updates a customer": lambda: put("/customers/{c}", first_name="H"),
        "API deletes a customer": lambda: delete("/customers/{c}", force="true"),
        "API trashes the order": lambda: delete("/orders/{o}"),
        "API restores the order (PUT status)": lambda: put("/orders/{o}", status="processing"),
        "API deletes the order for good": lambda: delete("/orders/{o}", force="true"),
        "API trashes the product": lambda: delete("/products/{p}"),
        "API restores the product (PUT status publish)": lambda: put("/products/{p}", status="publish"),
        "API deletes the product for good": lambda: delete("/products/{p}", force="true"),
        "API deletes one variation": lambda: delete("/products/{v}/variations/{s}", force="true"),
        "API creates a coupon": lambda: desk.post("/coupons", {"code": "hk90522", "amount": "1"}),
        "read-only GETs": lambda: [desk.get(path) for path in ("/products", "/orders", "/customers")],
    }


def bodies_differ(bench: Bench, topic: str, recorded_body: bytes, here: bytes) -> list[str]:
    """Differences of two payloads; ids are translated, what hangs on chance is left out."""
    old, new = json.loads(recorded_body), json.loads(here)
    for name in CHANCE:
        old.pop(name, None)
        new.pop(name, None)
    if "arg" in old:
        old["id"], new["id"] = old.pop("arg"), new.pop("arg")
    path = PATHS.get(topic.partition(".")[0], "/orders/1")
    return Comparison(bench.ids, meta_of(path)).differences(old, new, kind_of(path))


def test_every_recorded_cause_sends_the_recorded_letters(bench: Bench) -> None:
    wanted = {cause["cause"]: cause["deliveries"] for cause in recorded("webhook_deliveries")["causes"]}
    doing = first_set(bench)
    assert list(doing) == list(wanted)
    problems: list[str] = []
    for cause, deliveries in wanted.items():
        bench.desk.clock.advance(2)
        doing[cause]()
        arrived = bench.arrived()
        topics = [letter.headers["x-wc-webhook-topic"] for letter in arrived]
        if topics != [delivery["topic"] for delivery in deliveries]:
            problems.append(f"{cause}: {topics}, recorded {[delivery['topic'] for delivery in deliveries]}")
            continue
        for letter, delivery in zip(arrived, deliveries, strict=True):
            differences = bodies_differ(bench, delivery["topic"], delivery["body_raw"].encode(), letter.body)
            problems += [f"{cause}, {delivery['topic']}: {difference}" for difference in differences]
    assert [problem for problem in problems if problem not in EXCEPTIONS] == []


def test_our_signature_is_the_recorded_one() -> None:
    for name in ("webhook_deliveries", "webhook_deliveries_2"):
        recording = recorded(name)
        for cause in recording["causes"]:
            for delivery in cause["deliveries"]:
                body = delivery["body_raw"].encode()
                assert signature(recording["secret"], body) == delivery["headers"]["X-WC-Webhook-Signature"]


def test_a_letter_has_the_recorded_headers(bench: Bench) -> None:
    bench.desk.product()
    letter = bench.arrived()[0]
    delivery = recorded("webhook_deliveries")["causes"][0]["deliveries"][0]
    names = {name.lower() for name in delivery["headers"]}
    assert names == set(letter.headers)
    same = ("user-agent", "accept", "accept-encoding", "content-type", "connection", "x-wc-webhook-source")
    for name in (*same, "x-wc-webhook-topic", "x-wc-webhook-resource", "x-wc-webhook-event"):
        assert letter.headers[name] == {n.lower(): v for n, v in delivery["headers"].items()}[name], name


@pytest.fixture
def second(bench: Bench) -> Bench:
    """The things the second recording is about."""
    desk, things = bench.desk, bench.things
    things["q"] = desk.product("10", 50, name="Hook Q")
    size = {"name": "Size", "variation": True, "visible": True, "options": ["S", "M"]}
    things["v"] = desk.post("/products", {"name": "Hook W", "type": "variable", "attributes": [size]})["id"]
    for name in ("S", "M"):
        chosen = [{"name": "Size", "option": name}]
        given = {"regular_price": "4", "attributes": chosen}
        things[name] = desk.post(f"/products/{things['v']}/variations", given)["id"]
    things["gone"] = desk.product("1", None, name="Gone")
    things["paid"] = desk.order((things["q"], 2), set_paid=True)["id"]
    things["active"] = desk.order((things["q"], 1), set_paid=True)["id"]
    bench.arrived()
    return bench


def test_the_second_recording_sends_the_recorded_topics(second: Bench) -> None:
    desk, things = second.desk, second.things
    address = {"country": "DE", "state": "", "postcode": "50667", "city": "Köln", "email": "s@example.test"}
    doing: dict[str, Callable[[], object]] = {
        "API deletes a published product directly with force=true": lambda: desk.delete(
            f"/products/{things['gone']}", force="true"
        ),
        "API deletes an active order directly with force=true": lambda: desk.delete(
            f"/orders/{things['active']}", force="true"
        ),
        "API deletes a variation with force=true": lambda: desk.delete(
            f"/products/{things['v']}/variations/{things['S']}", force="true"
        ),
        "API deletes a variation without force": lambda: desk.delete(
            f"/products/{things['v']}/variations/{things['M']}"
        ),
        "API cancels an order that had reduced stock": lambda: desk.put(
            f"/orders/{things['paid']}", {"status": "cancelled"}
        ),
        "API trashes a variable product": lambda: desk.delete(f"/products/{things['v']}"),
        "PHP: plain SQL/meta stock change (a plugin calling update_post_meta _stock)": lambda: write_stock_silently(
            desk.shop, things["q"], 7
        ),
        "PHP: wc_update_product_stock()": lambda: reduce_stock(desk.shop, things["q"], 1),
        "PHP: order created by CRUD (storefront style) and payment_complete()": lambda: desk.order(
            (things["q"], 1), billing=address, set_paid=True
        ),
        "API batch of 30 products created": lambda: desk.post(
            "/products/batch", {"create": [{"name": f"hb{n}"} for n in range(30)]}
        ),
    }
    wanted = {cause["cause"]: cause["deliveries"] for cause in recorded("webhook_deliveries_2")["causes"]}
    assert set(doing) < set(wanted)
    for cause, do in doing.items():
        desk.clock.advance(2)
        do()
        topics = [letter.headers["x-wc-webhook-topic"] for letter in second.arrived()]
        assert topics == [delivery["topic"] for delivery in wanted[cause]], cause


def test_what_is_gone_before_the_queue_runs_arrives_signed_as_an_error(second: Bench) -> None:
    desk = second.desk
    customer = desk.post("/customers", {"email": "gone@example.test"})["id"]
    desk.delete(f"/customers/{customer}", force="true")
    desk.delete(f"/products/{desk.product()}", force="true")
    desk.delete(f"/orders/{desk.order()['id']}", force="true")
    last = recorded("webhook_deliveries_2")["causes"][-1]
    arrived = second.arrived()
    assert [a.headers["x-wc-webhook-topic"] for a in arrived] == [d["topic"] for d in last["deliveries"]]
    for letter, delivery in zip(arrived, last["deliveries"], strict=True):
        assert letter.headers["x-wc-webhook-signature"] == signature("trueup-recordings", letter.body)
        if "deleted" not in delivery["topic"]:
            assert letter.body == delivery["body_raw"].encode()
