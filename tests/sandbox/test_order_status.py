"""Statuses: every way is open, and each leaves its dates, notes and consequences."""

from __future__ import annotations

import itertools

import pytest

from support.shop_desk import Desk

WAYS = ("pending", "processing", "on-hold", "completed", "cancelled", "failed")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(WAYS, 2)))
def test_every_transition_is_allowed(desk: Desk, before: str, after: str) -> None:
    order = desk.order((desk.product(), 1), status=before)
    assert desk.put(f"/orders/{order['id']}", {"status": after})["status"] == after


@pytest.mark.parametrize(
    ("status", "paid", "completed"),
    [("on-hold", False, False), ("processing", True, False), ("completed", True, True), ("failed", False, False)],
)
def test_payment_and_completion_have_a_date(desk: Desk, status: str, paid: bool, completed: bool) -> None:
    order = desk.order((desk.product(), 1), status=status)
    assert ((order["date_paid"] is not None), (order["date_completed"] is not None)) == (paid, completed)


def test_cash_on_delivery_is_paid_when_it_is_completed(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), status="processing", payment_method="cod")
    assert order["date_paid"] is None
    assert desk.put(f"/orders/{order['id']}", {"status": "completed"})["date_paid"] is not None


def test_the_first_payment_date_stays(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), status="processing")
    desk.clock.advance(60)
    for status in ("pending", "processing", "completed"):
        assert desk.put(f"/orders/{order['id']}", {"status": status})["date_paid"] == order["date_paid"]


def test_completing_again_moves_the_date_of_completion(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), status="completed")
    desk.clock.advance(60)
    desk.put(f"/orders/{order['id']}", {"status": "processing"})
    again = desk.put(f"/orders/{order['id']}", {"status": "completed"})
    assert again["date_completed"] != order["date_completed"]


@pytest.mark.parametrize(
    ("status", "payable", "editable"),
    [
        ("pending", True, True),
        ("on-hold", False, True),
        ("processing", False, False),
        ("completed", False, False),
        ("failed", True, False),
        ("cancelled", False, False),
        ("checkout-draft", True, False),
        ("auto-draft", False, True),
    ],
)
def test_what_can_still_be_paid_or_edited(desk: Desk, status: str, payable: bool, editable: bool) -> None:
    order = desk.order((desk.product(), 1))
    seen = desk.put(f"/orders/{order['id']}", {"status": status})
    assert (seen["needs_payment"], seen["is_editable"]) == (payable, editable)


def test_nothing_to_pay_needs_no_payment(desk: Desk) -> None:
    assert desk.order((desk.product("0"), 1))["needs_payment"] is False


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        ("pending", {"set_paid": True}, "processing"),
        ("failed", {"set_paid": True}, "processing"),
        ("on-hold", {"set_paid": True}, "on-hold"),
        ("completed", {"set_paid": True}, "completed"),
    ],
)
def test_only_what_needs_payment_is_paid_by_an_update(
    desk: Desk, before: str, sent: dict[str, bool], after: str
) -> None:
    order = desk.order((desk.product(), 1), status=before)
    assert desk.put(f"/orders/{order['id']}", sent)["status"] == after


def test_a_note_names_both_statuses_as_people_read_them(desk: Desk) -> None:
    order = desk.post("/orders", {})
    for status, said in (
        ("on-hold", "Order status changed from Pending payment to On hold."),
        ("completed", "Order status changed from On hold to Completed."),
        ("checkout-draft", "Order status changed from Completed to Draft."),
    ):
        desk.clock.advance(1)
        desk.put(f"/orders/{order['id']}", {"status": status})
        assert desk.get(f"/orders/{order['id']}/notes")[0]["note"] == said


def test_the_same_status_again_says_nothing(desk: Desk) -> None:
    order = desk.post("/orders", {"status": "on-hold"})
    before = len(desk.get(f"/orders/{order['id']}/notes"))
    desk.put(f"/orders/{order['id']}", {"status": "on-hold"})
    assert len(desk.get(f"/orders/{order['id']}/notes")) == before


def test_refunded_as_a_status_gives_the_rest_back_by_itself(desk: Desk) -> None:
    order = desk.order((desk.product("100"), 1), status="processing")
    desk.post(f"/orders/{order['id']}/refunds", {"amount": "19.00", "api_refund": False})
    desk.put(f"/orders/{order['id']}", {"status": "refunded"})
    refunds = desk.get(f"/orders/{order['id']}/refunds")
    assert sorted((refund["reason"], refund["amount"]) for refund in refunds) == [
        ("", "19.00"),
        ("Order fully refunded.", "100.00"),
    ]


def test_refunded_twice_refunds_once(desk: Desk) -> None:
    order = desk.order((desk.product("100"), 1), status="processing")
    for status in ("refunded", "processing", "refunded"):
        desk.put(f"/orders/{order['id']}", {"status": status})
    assert len(desk.get(f"/orders/{order['id']}/refunds")) == 1


@pytest.mark.parametrize("sent", [{"set_paid": True}, {"status": "completed"}])
def test_a_customer_who_paid_is_a_paying_customer(desk: Desk, sent: dict[str, object]) -> None:
    customer = desk.post("/customers", {"email": "c@example.test"})
    assert customer["is_paying_customer"] is False
    desk.clock.advance(10)
    desk.order((desk.product(), 1), customer_id=customer["id"], **sent)
    after = desk.get(f"/customers/{customer['id']}")
    assert after["is_paying_customer"] is True
    assert after["date_modified"] != customer["date_modified"]


def test_each_status_fires_its_action(desk: Desk) -> None:
    heard: list[str] = []
    desk.shop.subscribers.append(lambda _shop, topic, _id: heard.append(topic))
    order = desk.post("/orders", {})
    desk.put(f"/orders/{order['id']}", {"status": "completed"})
    assert heard == [
        "order.created",
        "order.updated",
        "order.updated",
        "action.woocommerce_order_status_completed",
    ]
