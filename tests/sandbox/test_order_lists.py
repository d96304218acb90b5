"""Which orders a list holds, in which order, and what its headers say."""

from __future__ import annotations

from typing import Any

import pytest

from support.shop_desk import Desk

EVA = {"first_name": "Eva", "last_name": "Müller", "country": "DE", "email": "Eva@Example.test"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def shelf(desk: Desk) -> tuple[Desk, dict[str, int]]:
    """Four orders, ten seconds apart: pending of Eva, paid of a customer, cancelled, in the trash."""
    mug, book = desk.product(), desk.product(name="Book")
    customer = desk.post("/customers", {"email": "c@example.test"})["id"]
    ids = {"eva": desk.order((mug, 1), billing=EVA)["id"]}
    desk.clock.advance(10)
    ids["paid"] = desk.order((book, 1), set_paid=True, customer_id=customer)["id"]
    desk.clock.advance(10)
    ids["cancelled"] = desk.order((mug, 1), status="cancelled")["id"]
    desk.clock.advance(10)
    ids["trash"] = desk.order((mug, 1))["id"]
    desk.delete(f"/orders/{ids['trash']}")
    return desk, {**ids, "mug": mug, "book": book, "customer": customer}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["cancelled", "paid", "eva"]),
        ({"status": "any"}, ["cancelled", "paid", "eva"]),
        ({"status": "pending,processing"}, ["paid", "eva"]),
        ({"status": "trash"}, ["trash"]),
        ({"search": "müller"}, ["eva"]),
        ({"search": "eva@example.test"}, ["eva"]),
        ({"search": "Book"}, ["paid"]),
        ({"search": "nobody"}, []),
        ({"order": "asc", "orderby": "id"}, ["eva", "paid", "cancelled"]),
        ({"per_page": "1", "page": "2"}, ["paid"]),
        ({"created_via": "rest-api"}, ["cancelled", "paid", "eva"]),
        ({"created_via": "store-api"}, []),
        ({"after": "2026-11-21T19:00:00", "dates_are_gmt": "true"}, ["cancelled", "paid"]),
        ({"after": "2026-11-21T19:00:00"}, ["cancelled", "paid", "eva"]),
        ({"modified_after": "2026-11-21T19:00:10", "dates_are_gmt": "true"}, ["cancelled"]),
        ({"modified_before": "2026-11-21T19:00:10", "dates_are_gmt": "true"}, ["eva"]),
        ({"modified_after": "2026-11-21T19:00:09Z"}, ["cancelled", "paid"]),
        ({"modified_after": "2026-11-21T19:00:09Z", "dates_are_gmt": "true"}, []),
    ],
)
def test_lists_find_what_was_asked_for(
    shelf: tuple[Desk, dict[str, int]], query: dict[str, str], found: list[str]
) -> None:
    desk, ids = shelf
    said = desk.ask("GET", "/orders", **query)
    assert [order["id"] for order in said.body] == [ids[name] for name in found]


def test_lists_filter_by_ids_customer_and_product(shelf: tuple[Desk, dict[str, int]]) -> None:
    desk, ids = shelf

    def found(**query: Any) -> list[int]:
        return [order["id"] for order in desk.get("/orders", **query)]

    assert found(customer=ids["customer"]) == [ids["paid"]]
    assert found(product=ids["book"]) == [ids["paid"]]
    assert found(include=f"{ids['eva']},{ids['trash']},999") == [ids["eva"]]
    assert found(exclude=ids["eva"]) == [ids["cancelled"], ids["paid"]]
    assert found(search=str(ids["paid"])) == [ids["paid"]]
    asked = [ids["paid"], ids["eva"]]
    assert found(include=",".join(map(str, asked)), orderby="include") == asked


def test_a_list_says_how_many_there_are_and_where_the_next_page_is(shelf: tuple[Desk, dict[str, int]]) -> None:
    desk, _ = shelf
    said = desk.ask("GET", "/orders", per_page=2)
    assert (said.headers["x-wp-total"], said.headers["x-wp-totalpages"]) == ("3", "2")
    next_page = "https://shop.example/wp-json/wc/v3/orders?per_page=2&status%5B0%5D=any&dp=2&context=view&page=2"
    assert said.headers["link"] == f'<{next_page}>; rel="next"'


@pytest.mark.parametrize("query", [{"status": "shipped"}, {"orderby": "total"}, {"modified_after": "yesterday"}])
def test_lists_refuse_what_they_do_not_know(desk: Desk, query: dict[str, str]) -> None:
    said = desk.ask("GET", "/orders", **query)
    assert (said.status, said.body["code"]) == (400, "rest_invalid_param")


def test_a_change_in_the_second_of_the_cursor_is_missed(desk: Desk) -> None:
    order = desk.post("/orders", {})
    moment = order["date_modified_gmt"]
    assert desk.get("/orders", modified_after=moment, dates_are_gmt="true") == []
