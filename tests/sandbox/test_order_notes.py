"""Notes on orders: whose they are, who sees them, and in which order they come."""

from __future__ import annotations

from typing import Any

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def notes(desk: Desk) -> str:
    return f"/orders/{desk.post('/orders', {})['id']}/notes"


@pytest.mark.parametrize(
    ("body", "author", "for_customer"),
    [
        ({"note": "exported as SO-1"}, "WooCommerce", False),
        ({"note": "Ihre Sendung: 123", "customer_note": True}, "WooCommerce", True),
        ({"note": "by hand", "added_by_user": True}, "admin", False),
    ],
)
def test_a_note_has_an_author_and_maybe_a_reader(
    desk: Desk, notes: str, body: dict[str, Any], author: str, for_customer: bool
) -> None:
    note = desk.post(notes, body)
    assert (note["author"], note["customer_note"], note["note"]) == (author, for_customer, body["note"])
    assert note["date_created"] == "2026-11-21T20:00:00"


def test_a_note_is_kept_as_it_was_sent(desk: Desk, notes: str) -> None:
    text = '<a href="https://x.test">x</a><script>1</script> ü'
    assert desk.post(notes, {"note": text})["note"] == text


def test_notes_come_newest_second_first(desk: Desk, notes: str) -> None:
    for text in ("one", "two"):
        desk.post(notes, {"note": text})
    desk.clock.advance(1)
    desk.post(notes, {"note": "three"})
    assert [note["note"] for note in desk.get(notes)] == ["three", "one", "two"]


@pytest.mark.parametrize(("kind", "found"), [("any", ["hers", "ours"]), ("customer", ["hers"]), ("internal", ["ours"])])
def test_notes_are_told_apart(desk: Desk, notes: str, kind: str, found: list[str]) -> None:
    desk.post(notes, {"note": "hers", "customer_note": True})
    desk.post(notes, {"note": "ours"})
    assert [note["note"] for note in desk.get(notes, type=kind)] == found


def test_per_page_means_nothing_here(desk: Desk, notes: str) -> None:
    for number in range(3):
        desk.post(notes, {"note": str(number)})
    assert len(desk.get(notes, per_page=1)) == 3


def test_notes_are_deleted_for_good_only(desk: Desk, notes: str) -> None:
    note = desk.post(notes, {"note": "x"})
    said = desk.ask("DELETE", f"{notes}/{note['id']}")
    assert (said.status, said.body["message"]) == (501, "Webhooks do not support trashing.")
    assert desk.delete(f"{notes}/{note['id']}", force="true")["note"] == "x"
    assert desk.get(notes) == []


def test_notes_cannot_be_changed(desk: Desk, notes: str) -> None:
    note = desk.post(notes, {"note": "x"})
    assert desk.ask("PUT", f"{notes}/{note['id']}", {"note": "y"}).body["code"] == "rest_no_route"


def test_a_note_of_another_order_is_not_found(desk: Desk, notes: str) -> None:
    note = desk.post(notes, {"note": "x"})
    other = desk.post("/orders", {})["id"]
    said = desk.ask("GET", f"/orders/{other}/notes/{note['id']}")
    assert (said.status, said.body["code"]) == (404, "woocommerce_rest_invalid_id")


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("GET", None, "woocommerce_rest_shop_order_invalid_id"),
        ("POST", {"note": "x"}, "woocommerce_rest_order_invalid_id"),
    ],
)
def test_an_order_that_is_not_there(desk: Desk, method: str, body: Any, code: str) -> None:
    said = desk.ask(method, "/orders/999/notes", body)
    assert (said.status, said.body["code"], said.body["message"]) == (404, code, "Invalid order ID.")


def test_a_note_needs_a_text(desk: Desk, notes: str) -> None:
    assert desk.ask("POST", notes, {}).body["data"]["params"] == ["note"]
