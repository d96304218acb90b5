"""Lists: pages, orders, filters, and how changes are found and missed."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.shop import Shop

from .conftest import Api


@pytest.fixture
def seven(api: Api, clock: ShopClock) -> list[int]:
    """Seven products, made ten seconds apart."""
    ids = []
    for number in range(7):
        ids.append(api.product(name=f"P{number}", sku=f"S{number}", regular_price=str(number))["id"])
        clock.advance(10)
    return ids


def test_a_list_starts_with_the_newest_and_holds_ten(api: Api, seven: list[int]) -> None:
    more = [api.product()["id"] for _ in range(5)]
    assert api.get("/products").ids == [*reversed(more), *reversed(seven)][:10]


def test_the_headers_count_everything(api: Api, seven: list[int]) -> None:
    reply = api.get("/products", per_page=3)
    assert (reply.headers["x-wp-total"], reply.headers["x-wp-totalpages"]) == ("7", "3")


def test_pages_are_linked_in_both_directions(api: Api, seven: list[int]) -> None:
    address = "https://shop.example/wp-json/wc/v3/products?per_page=3&page="
    first, middle = api.get("/products", per_page=3), api.get("/products", per_page=3, page=2)
    assert first.headers["link"] == f'<{address}2>; rel="next"'
    assert middle.headers["link"] == f'<{address}1>; rel="prev", <{address}3>; rel="next"'


def test_beyond_the_end_there_is_an_empty_page_with_the_right_total(api: Api, seven: list[int]) -> None:
    reply = api.get("/products", per_page=3, page=50)
    assert (reply.status, reply.body, reply.headers["x-wp-total"]) == (200, [], "7")
    assert 'page=3>; rel="prev"' in reply.headers["link"]


def test_paging_by_id_gives_everything_once(api: Api, seven: list[int]) -> None:
    pages = [api.get("/products", per_page=2, page=page, orderby="id", order="asc").ids for page in (1, 2, 3, 4)]
    assert [id_ for page in pages for id_ in page] == seven


def test_an_insert_between_two_pages_repeats_one(api: Api, seven: list[int]) -> None:
    first = api.get("/products", per_page=3).ids
    api.product()
    assert first[-1] in api.get("/products", per_page=3, page=2).ids


def test_a_deletion_between_two_pages_hides_one(api: Api, seven: list[int]) -> None:
    first = api.get("/products", per_page=3, orderby="id", order="asc").ids
    api.delete(f"/products/{first[0]}", force=True)
    second = api.get("/products", per_page=3, page=2, orderby="id", order="asc").ids
    assert second == seven[4:]
    assert seven[3] not in [*first, *second]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"per_page": 0}, "per_page must be between 1 (inclusive) and 100 (inclusive)"),
        ({"per_page": 101}, "per_page must be between 1 (inclusive) and 100 (inclusive)"),
        ({"per_page": "x"}, "per_page is not of type integer."),
        ({"page": 0}, "page must be greater than or equal to 1"),
        ({"order": "up"}, "order is not one of asc and desc."),
        ({"status": "draft,pending"}, "status is not one of any, future, trash, draft, pending, private, and publish."),
        ({"modified_after": "yesterday"}, "Invalid date."),
        ({"modified_after": "2024-01-01"}, "Invalid date."),
        ({"modified_after": "1700000000"}, "Invalid date."),
        ({"include": "a"}, "include[0] is not of type integer."),
    ],
)
def test_parameters_are_held_to_the_schema(api: Api, query: dict[str, Any], said: str) -> None:
    reply = api.get("/products", **query)
    assert reply.status == 400
    assert list(reply.body["data"]["params"].values()) == [said]


def test_unknown_parameters_are_ignored(api: Api, seven: list[int]) -> None:
    assert len(api.get("/products", changed_since="2020-01-01").body) == 7


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"orderby": "id", "order": "asc"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"orderby": "date", "order": "asc"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"orderby": "modified"}, [6, 5, 4, 3, 2, 1, 0]),
        ({"orderby": "title", "order": "asc"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"orderby": "slug", "order": "asc"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"orderby": "price"}, [6, 5, 4, 3, 2, 1, 0]),
        ({"offset": 5}, [1, 0]),
        ({"min_price": "2", "max_price": "3"}, [3, 2]),
        ({"search": "p4"}, [4]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_orders_and_filters(api: Api, seven: list[int], query: dict[str, Any], expected: list[int]) -> None:
    assert [seven.index(id_) for id_ in api.get("/products", **query).ids] == expected


def test_included_ids_come_by_date_unless_their_order_is_asked_for(api: Api, seven: list[int]) -> None:
    wanted = f"{seven[2]},{seven[5]},999999,{seven[1]}"
    assert api.get("/products", include=wanted).ids == [seven[5], seven[2], seven[1]]
    assert api.get("/products", include=wanted, orderby="include").ids == [seven[2], seven[5], seven[1]]
    assert len(api.get("/products", exclude=f"{seven[0]},{seven[1]}").ids) == 5


def test_arrays_may_be_written_in_three_ways(api: Api, seven: list[int]) -> None:
    two = {seven[0], seven[1]}
    for text in (f"include={seven[0]},{seven[1]}", f"include[]={seven[0]}&include[]={seven[1]}",
                 f"include[0]={seven[0]}&include[1]={seven[1]}"):  # fmt: skip
        assert set(api.get(f"/products?{text}").ids) == two


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"publish", "draft", "private", "pending"}),
        ({"status": "any"}, {"publish", "draft", "private", "pending"}),
        ({"status": "draft"}, {"draft"}),
        ({"status": "trash"}, {"trash"}),
        ({"include_status": "draft,private"}, {"draft", "private"}),
        ({"exclude_status": "publish"}, {"draft", "private", "pending"}),
    ],
)
def test_the_trash_is_only_listed_when_asked_for(api: Api, query: dict[str, Any], found: set[str]) -> None:
    for status in ("publish", "draft", "private", "pending"):
        api.product(status=status)
    api.delete(f"/products/{api.product()['id']}")
    assert {item["status"] for item in api.get("/products", **query).body} == found


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ({"type": "external"}, {"E"}),
        ({"exclude_types": "external"}, {"M", "V", "D", "F", "Z"}),
        ({"virtual": True}, {"V"}),
        ({"downloadable": True}, {"D"}),
        ({"featured": True}, {"F"}),
        ({"on_sale": True}, {"M"}),
        ({"stock_status": "outofstock"}, {"Z"}),
        ({"tax_class": "reduced-rate"}, {"F"}),
        ({"tax_class": "standard"}, {"E", "M", "V", "D", "Z"}),
        ({"slug": "cup,virtual"}, {"M", "V"}),
    ],
)
def test_products_are_filtered_by_what_they_are(api: Api, query: dict[str, Any], skus: set[str]) -> None:
    api.product(sku="E", type="external")
    api.product(sku="M", name="Cup", regular_price="5", sale_price="4", slug="cup")
    api.product(sku="V", virtual=True, slug="virtual")
    api.product(sku="D", downloadable=True)
    api.product(sku="F", featured=True, tax_class="reduced-rate")
    api.product(sku="Z", manage_stock=True, stock_quantity=0)
    assert {item["sku"] for item in api.get("/products", **query).body} == skus


def test_a_category_includes_what_is_below_it(api: Api) -> None:
    drinks = api.post("/products/categories", {"name": "Drinks"}).body["id"]
    juice = api.post("/products/categories", {"name": "Juice", "parent": drinks}).body["id"]
    inside = api.product(categories=[{"id": juice}])["id"]
    api.product()
    assert api.get("/products", category=drinks).ids == [inside]
    assert api.get("/products", category=f"{juice},{drinks}").ids == [inside]


def test_products_are_found_by_tag_brand_and_attribute(api: Api) -> None:
    tag = api.post("/products/tags", {"name": "new"}).body["id"]
    brand = api.post("/products/brands", {"name": "Acme"}).body["id"]
    colour = api.post("/products/attributes", {"name": "Colour"}).body["id"]
    red = api.post(f"/products/attributes/{colour}/terms", {"name": "Red"}).body["id"]
    attributes = [{"id": colour, "options": ["Red"]}]
    one = api.product(tags=[{"id": tag}], brands=[{"id": brand}], attributes=attributes)["id"]
    api.product()
    assert api.get("/products", tag=tag).ids == [one]
    assert api.get("/products", brand=brand).ids == [one]
    assert api.get("/products", attribute="pa_colour", attribute_term=red).ids == [one]
    assert len(api.get("/products", attribute="pa_unknown", attribute_term=red).ids) == 2


def test_fields_cut_a_list_to_what_is_named(api: Api) -> None:
    api.product(sku="M", dimensions={"length": "1", "width": "2", "height": "3"})
    assert api.get("/products", _fields="id,sku,dimensions.width").body == [
        {"id": 11, "sku": "M", "dimensions": {"width": "2"}}
    ]


def test_a_single_product_keeps_its_links_whatever_fields_are_named(api: Api) -> None:
    product = api.product()
    assert set(api.get(f"/products/{product['id']}", _fields="id").body) == {"id", "_links"}


# -- finding changes: it is 12:00 UTC and 13:00 in the shop ---------------------------------------------------------


@pytest.fixture
def changed(api: Api, clock: ShopClock) -> int:
    """One product changed at 12:00:30 UTC, after another of 12:00:00."""
    api.product(sku="old")
    clock.advance(30)
    return int(api.product(sku="new")["id"])


@pytest.mark.parametrize(
    ("bound", "gmt", "found"),
    [
        ("2026-03-10T12:00:00", True, ["new"]),
        ("2026-03-10T11:59:59", True, ["new", "old"]),
        ("2026-03-10T12:00:30", True, []),
        ("2026-03-10T12:00:29", True, ["new"]),
        ("2026-03-10T12:00:00Z", False, ["new"]),
        ("2026-03-10T12:00:00+00:00", False, ["new"]),
        ("2026-03-10T13:00:00+01:00", False, ["new"]),
        ("2026-03-10T13:00:00", False, ["new"]),
        ("2026-03-10T12:00:00", False, ["new", "old"]),
        ("2026-03-10T12:00:00Z", True, []),
        ("2026-03-10T12:00:00+00:00", True, []),
        ("2026-03-10T11:00:00Z", True, ["new"]),
    ],
    ids=[
        "naive utc", "a second before", "exclusive", "precise to the second", "Z alone", "offset alone", "any offset",
        "shop time", "utc taken for shop time", "Z with the flag misses", "offset with the flag misses",
        "an hour too late",
    ],
)  # fmt: skip
def test_what_modified_after_finds(api: Api, changed: int, bound: str, gmt: bool, found: list[str]) -> None:
    query = {"modified_after": bound, **({"dates_are_gmt": True} if gmt else {})}
    assert [item["sku"] for item in api.get("/products", **query).body] == found


def test_a_window_is_open_on_both_ends(api: Api, changed: int) -> None:
    window = {"modified_after": "2026-03-10T11:59:59", "modified_before": "2026-03-10T12:00:30", "dates_are_gmt": True}
    assert [item["sku"] for item in api.get("/products", **window).body] == ["old"]


def test_creation_has_the_same_filters(api: Api, changed: int) -> None:
    assert api.get("/products", after="2026-03-10T12:00:10", dates_are_gmt=True).ids == [changed]
    assert changed not in api.get("/products", before="2026-03-10T12:00:10", dates_are_gmt=True).ids


def test_summer_time_is_taken_into_account(api: Api, clock: ShopClock) -> None:
    clock.hold(clock.now().replace(month=7))
    product = api.product()
    assert product["date_modified"] == "2026-07-10T14:00:00"
    assert api.get("/products", modified_after="2026-07-10T13:59:59").ids == [product["id"]]
    assert api.get("/products", modified_after="2026-07-10T14:00:00").ids == []


def test_the_trash_moves_the_date_but_is_in_no_list(api: Api, clock: ShopClock, changed: int) -> None:
    clock.advance(60)
    api.delete(f"/products/{changed}")
    query: dict[str, Any] = {"modified_after": "2026-03-10T12:01:00", "dates_are_gmt": True}
    assert api.get("/products", **query).ids == []
    assert api.get("/products", status="trash", **query).ids == [changed]


def test_a_scheduled_product_is_in_every_list_of_changes(api: Api) -> None:
    product = api.product(status="future", date_created="2031-01-01T10:00:00")
    assert api.get("/products", modified_after="2030-01-01T00:00:00").ids == [product["id"]]


def test_many_products_of_one_second_are_all_there_and_none_twice(api: Api, shop: Shop) -> None:
    made = [api.product(sku=f"S{number}")["id"] for number in range(250)]
    seen: list[int] = []
    for page in (1, 2, 3):
        seen += api.get("/products", per_page=100, page=page, orderby="modified", order="asc").ids
    assert seen == made


def test_the_total_follows_every_write(api: Api) -> None:
    first = api.product()["id"]
    assert api.get("/products").headers["x-wp-total"] == "1"
    api.product()
    assert api.get("/products").headers["x-wp-total"] == "2"
    api.delete(f"/products/{first}", force=True)
    assert api.get("/products").headers["x-wp-total"] == "1"
