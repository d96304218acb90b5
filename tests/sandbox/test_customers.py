"""Accounts: how they are made, found, changed and deleted, and what cannot be asked of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def code_of(desk: Desk, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
    said = desk.ask(method, path, body, **query)
    return said.status, said.body["code"]


def test_an_address_is_enough_for_an_account(desk: Desk) -> None:
    customer = desk.post("/customers", {"email": "max@example.test"})
    assert (customer["username"], customer["role"], customer["first_name"]) == ("max", "customer", "")
    assert [(row["key"], row["value"]) for row in customer["meta_data"]] == [("default_password_nag", "1")]
    digest = hashlib.sha256(b"max@example.test").hexdigest()
    assert customer["avatar_url"] == f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"


def test_names_made_of_addresses_are_unique(desk: Desk) -> None:
    names = [desk.post("/customers", {"email": f"max@{host}.test"})["username"] for host in ("a", "b", "c")]
    assert names == ["max", "max-2", "max-3"]


def test_an_account_keeps_addresses_and_custom_fields(desk: Desk) -> None:
    address = {"first_name": "Eva", "city": "Köln", "country": "DE", "phone": "1", "company": "A & B"}
    given = {"email": "e@example.test", "password": "x", "billing": {**address, "email": "b@example.test"}}
    meta = [{"key": "erp_no", "value": 7}]
    customer = desk.post("/customers", {**given, "shipping": address, "meta_data": meta})
    assert (customer["billing"]["company"], customer["billing"]["email"]) == ("A & B", "b@example.test")
    assert "email" not in customer["shipping"]
    assert [(row["key"], row["value"]) for row in customer["meta_data"]] == [("erp_no", "7")]


def test_a_role_in_the_body_is_ignored(desk: Desk) -> None:
    assert desk.post("/customers", {"email": "r@example.test", "role": "shop_manager"})["role"] == "customer"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"first_name": "x"}, "rest_missing_callback_param"),
        ({"email": ""}, "registration-error-invalid-email"),
        ({"email": "nope"}, "customer_invalid_email"),
        ({"email": "jörg@example.test"}, "customer_invalid_email"),
        ({"email": "taken@example.test"}, "registration-error-email-exists"),
        ({"email": "TAKEN@EXAMPLE.TEST"}, "registration-error-email-exists"),
        ({"email": "new@example.test", "username": "taken"}, "registration-error-username-exists"),
        ({"email": "new@example.test", "billing": {"email": "nope"}}, "rest_invalid_param"),
        ({"email": "new@example.test", "id": 4}, "woocommerce_rest_customer_exists"),
    ],
)
def test_what_a_create_refuses(desk: Desk, body: dict[str, Any], code: str) -> None:
    desk.post("/customers", {"email": "taken@example.test"})
    assert code_of(desk, "POST", "/customers", body) == (400, code)


def test_the_sentence_for_a_taken_address_repeats_it_as_it_was_sent(desk: Desk) -> None:
    desk.post("/customers", {"email": "max@example.test"})
    said = desk.ask("POST", "/customers", {"email": "MAX@example.test"}).body["message"]
    assert said == (
        "An account is already registered with MAX@example.test. Please log in or use a different email address."
    )


@pytest.fixture
def crowd(desk: Desk) -> tuple[Desk, dict[str, int]]:
    ids = {}
    for name in ("zoe", "adam", "mia"):
        given = {"email": f"{name}@example.test", "last_name": "Mustermann"}
        ids[name] = desk.post("/customers", given)["id"]
        desk.clock.advance(10)
    return desk, {**ids, "owner": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["adam", "mia", "zoe"]),
        ({"order": "desc"}, ["zoe", "mia", "adam"]),
        ({"orderby": "id"}, ["zoe", "adam", "mia"]),
        ({"orderby": "registered_date", "order": "desc"}, ["mia", "adam", "zoe"]),
        ({"role": "all", "orderby": "id"}, ["owner", "zoe", "adam", "mia"]),
        ({"role": "administrator"}, ["owner"]),
        ({"email": "MIA@example.test"}, ["mia"]),
        ({"email": "mia@example"}, None),
        ({"search": "ada"}, ["adam"]),
        ({"search": "Mustermann"}, []),
        ({"per_page": "1", "page": "2"}, ["mia"]),
        ({"modified_after": "2030-01-01T00:00:00"}, ["adam", "mia", "zoe"]),
        ({"orderby": "modified"}, None),
        ({"role": "zzz"}, None),
    ],
)
def test_lists(crowd: tuple[Desk, dict[str, int]], query: dict[str, str], found: list[str] | None) -> None:
    desk, ids = crowd
    said = desk.ask("GET", "/customers", **query)
    if found is None:
        assert (said.status, said.body["code"]) == (400, "rest_invalid_param")
    else:
        assert [one["id"] for one in said.body] == [ids[name] for name in found]


def test_an_update_moves_parts_and_the_date(crowd: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = crowd
    before = desk.put(f"/customers/{ids['mia']}", {"billing": {"city": "Köln", "country": "DE"}})
    desk.clock.advance(5)
    after = desk.put(f"/customers/{ids['mia']}", {"billing": {"city": "Aachen"}, "first_name": "Mia"})
    assert (after["billing"]["city"], after["billing"]["country"], after["first_name"]) == ("Aachen", "DE", "Mia")
    assert after["date_modified"] != before["date_modified"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "zoe@example.test"}, 400, "woocommerce_rest_customer_invalid_email"),
        ({"username": "other"}, 400, "woocommerce_rest_customer_invalid_argument"),
    ],
)
def test_what_an_update_refuses(
    crowd: tuple[Desk, dict[str, int]], body: dict[str, str], status: int, code: str
) -> None:
    desk, ids = crowd
    assert code_of(desk, "PUT", f"/customers/{ids['mia']}", body) == (status, code)


def test_the_own_address_in_capitals_is_no_duplicate(crowd: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = crowd
    assert desk.put(f"/customers/{ids['mia']}", {"email": "MIA@example.test"})["email"] == "MIA@example.test"


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"first_name": "x"}), ("DELETE", None)])
def test_an_account_that_is_not_there(desk: Desk, method: str, body: Any) -> None:
    assert code_of(desk, method, "/customers/99", body) == (404, "wc_user_invalid_id")


def test_accounts_have_no_trash(crowd: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = crowd
    path = f"/customers/{ids['mia']}"
    assert code_of(desk, "DELETE", path) == (501, "woocommerce_rest_trash_not_supported")
    desk.delete(path, force="true")
    assert desk.ask("GET", path).status == 404


def test_orders_keep_the_number_of_a_deleted_customer(crowd: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = crowd
    order = desk.post("/orders", {"customer_id": ids["mia"]})
    desk.delete(f"/customers/{ids['mia']}", force="true")
    assert desk.get(f"/orders/{order['id']}")["customer_id"] == ids["mia"]


def test_a_batch_answers_for_each(crowd: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = crowd
    asked = {
        "create": [{"email": "b@example.test"}, {"email": "b@example.test"}, {"email": "bad"}, {"first_name": "x"}],
        "update": [{"id": ids["mia"], "first_name": "Mia"}, {"id": 99, "first_name": "x"}],
        "delete": [ids["zoe"], 98],
    }
    answers = desk.post("/customers/batch", asked)
    codes = [one["error"]["code"] for one in answers["create"][1:]]
    assert codes == [
        "registration-error-email-exists",
        "customer_invalid_email",
        "registration-error-invalid-email",
    ]
    assert (answers["update"][0]["first_name"], answers["update"][1]["id"]) == ("Mia", 99)
    assert (answers["delete"][0]["id"], answers["delete"][1]["error"]["data"]["status"]) == (ids["zoe"], 404)


def test_the_owner_is_there_from_the_start_and_cannot_be_deleted_by_a_link(desk: Desk) -> None:
    owner = desk.get("/customers/1")
    assert (owner["role"], owner["username"], owner["date_modified"]) == ("administrator", "admin", None)
    assert "DELETE" not in owner["_links"]["self"][0]["targetHints"]["allow"]


def test_downloads_are_an_empty_list_for_known_accounts(desk: Desk) -> None:
    assert desk.get("/customers/1/downloads") == []
    assert desk.ask("GET", "/customers/99/downloads").status == 404
