"""Categories, tags, brands, shipping classes and attributes."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

KINDS = ["categories", "tags", "brands", "shipping_classes"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_life_of_a_term(api: Api, kind: str) -> None:
    path = f"/products/{kind}"
    made = api.post(path, {"name": "Säfte & Nektare", "description": "d"})
    assert made.status == 201
    assert (made.body["name"], made.body["slug"], made.body["count"]) == ("Säfte &amp; Nektare", "safte-nektare", 0)
    one = f"{path}/{made.body['id']}"
    assert made.headers["location"].endswith(one)
    assert api.get(one).body["description"] == "d"
    assert api.put(one, {"name": "Juice"}).body["slug"] == "safte-nektare"
    assert api.delete(one).status == 501
    gone = api.delete(one, force=True)
    assert (gone.status, "allow" in gone.headers) == (200, False)
    assert (api.get(one).status, api.get(one).code) == (404, "woocommerce_rest_term_invalid")


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_needed_and_taken_once(api: Api, kind: str) -> None:
    assert api.post(f"/products/{kind}", {"slug": "x"}).body["data"]["params"] == ["name"]
    owner = api.post(f"/products/{kind}", {"name": "Neu"}).body
    again = api.post(f"/products/{kind}", {"name": "neu"})
    assert (again.status, again.code, again.body["data"]["resource_id"]) == (400, "term_exists", owner["id"])


def test_under_another_parent_a_category_may_have_the_same_name(api: Api) -> None:
    top = api.post("/products/categories", {"name": "Juice"}).body
    below = api.post("/products/categories", {"name": "Juice", "parent": top["id"]}).body
    assert below["slug"] == "juice-juice"
    assert below["_links"]["up"][0]["href"].endswith(f"/products/categories/{top['id']}")
    assert api.get("/products/categories", parent=top["id"]).ids == [below["id"]]


def test_a_parent_must_exist(api: Api) -> None:
    reply = api.post("/products/categories", {"name": "Orphan", "parent": 99999})
    assert (reply.status, reply.code) == (400, "missing_parent")


def test_the_default_category_stays(api: Api) -> None:
    reply = api.delete("/products/categories/15", force=True)
    assert (reply.status, reply.body["message"]) == (500, "Default product category cannot be deleted.")


def test_a_category_may_have_a_picture(api: Api) -> None:
    made = api.post("/products/categories", {"name": "Drinks", "image": {"src": "http://pictures.example/d.png"}}).body
    assert (made["image"]["name"], made["image"]["date_created"]) == ("d.png", "2026-03-10T13:00:00")


def test_terms_are_counted_by_published_products(api: Api) -> None:
    tag = api.post("/products/tags", {"name": "new"}).body["id"]
    product = api.product(tags=[{"id": tag}])
    api.product(tags=[{"id": tag}], status="draft")
    assert api.get(f"/products/tags/{tag}").body["count"] == 1
    api.put(f"/products/{product['id']}", {"tags": []})
    assert api.get(f"/products/tags/{tag}").body["count"] == 0


def test_a_deleted_term_leaves_its_products(api: Api) -> None:
    tag = api.post("/products/tags", {"name": "new"}).body["id"]
    product = api.product(tags=[{"id": tag}])
    api.delete(f"/products/tags/{tag}", force=True)
    assert api.get(f"/products/{product['id']}").body["tags"] == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Apple", "Banana", "Cherry"]),
        ({"order": "desc"}, ["Cherry", "Banana", "Apple"]),
        ({"orderby": "id"}, ["Cherry", "Apple", "Banana"]),
        ({"search": "an"}, ["Banana"]),
        ({"slug": "apple"}, ["Apple"]),
        ({"hide_empty": True}, ["Banana"]),
        ({"per_page": 2, "page": 2}, ["Cherry"]),
    ],
    ids=str,
)
def test_terms_are_listed_by_name(api: Api, query: dict[str, Any], names: list[str]) -> None:
    ids = {name: api.post("/products/tags", {"name": name}).body["id"] for name in ("Cherry", "Apple", "Banana")}
    api.product(tags=[{"id": ids["Banana"]}])
    assert [term["name"] for term in api.get("/products/tags", **query).body] == names


def test_terms_of_one_product(api: Api) -> None:
    product = api.product(tags=[{"name": "one"}, {"name": "two"}])
    api.post("/products/tags", {"name": "three"})
    assert [term["name"] for term in api.get("/products/tags", product=product["id"]).body] == ["one", "two"]


def test_terms_in_a_batch(api: Api) -> None:
    tag = api.post("/products/tags", {"name": "old"}).body["id"]
    body = {
        "create": [{"name": "new"}, {"name": "new"}],
        "update": [{"id": tag, "name": "older"}, {"id": 9999, "name": "q"}],
        "delete": [9998],
    }
    answer = api.post("/products/tags/batch", body).body
    assert answer["create"][1]["error"]["code"] == "term_exists"
    assert answer["update"][0]["name"] == "older"
    assert answer["update"][1]["error"]["code"] == "woocommerce_rest_term_invalid"
    assert answer["delete"][0]["error"]["data"]["status"] == 404


def test_a_free_slug_is_suggested_for_shipping_classes(api: Api) -> None:
    api.post("/products/shipping_classes", {"name": "Bulky"})
    assert api.get("/products/shipping_classes/slug-suggestion", name="Bulky").body == "bulky-2"
    assert api.get("/products/shipping_classes/slug-suggestion", name="Small").body == "small"


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("colour", 'Slug "colour" is already in use. Change it, please.'),
        ("type", 'Slug "type" is not allowed because it is a reserved term. Change it, please.'),
        ("a" * 29, f'Slug "{"a" * 29}" is too long (28 characters max). Shorten it, please.'),
    ],
)
def test_the_slug_of_an_attribute_has_rules(api: Api, slug: str, said: str) -> None:
    api.post("/products/attributes", {"name": "Colour"})
    reply = api.post("/products/attributes", {"name": "Other", "slug": slug})
    assert (reply.status, reply.body["message"]) == (400, said)


def test_the_life_of_an_attribute(api: Api) -> None:
    made = api.post("/products/attributes", {"name": "Color"}).body
    assert (made["slug"], made["type"], made["order_by"]) == ("pa_color", "select", "menu_order")
    path = f"/products/attributes/{made['id']}"
    assert api.put(path, {"name": "Colour"}).body["slug"] == "pa_colour"
    assert api.put(path, {"has_archives": True}).body["slug"] == "pa_colour"
    assert api.delete(path).status == 501
    assert api.delete(path, force=True).status == 200
    assert (api.get(path).status, api.get(path).code) == (404, "woocommerce_rest_taxonomy_invalid")
    assert api.get(f"{path}/terms").body["message"] == "Taxonomy does not exist."


def test_attributes_in_a_batch(api: Api) -> None:
    answer = api.post(
        "/products/attributes/batch", {"create": [{"name": "Size"}, {"name": "Size"}], "delete": [99]}
    ).body
    assert answer["create"][0]["slug"] == "pa_size"
    assert answer["create"][1]["error"]["code"] == "woocommerce_rest_cannot_create"
    assert answer["delete"][0]["error"]["data"]["status"] == 404
    assert [attribute["name"] for attribute in api.get("/products/attributes").body] == ["Size"]


def test_terms_of_an_attribute_lose_their_order_when_it_is_not_sent(api: Api) -> None:
    colour = api.post("/products/attributes", {"name": "Colour"}).body["id"]
    path = f"/products/attributes/{colour}/terms"
    red = api.post(path, {"name": "Red", "menu_order": 3}).body
    assert red["menu_order"] == 3
    assert api.put(f"{path}/{red['id']}", {"description": "warm"}).body["menu_order"] == 0


def test_terms_of_one_attribute_are_not_those_of_another(api: Api) -> None:
    colour, size = (api.post("/products/attributes", {"name": name}).body["id"] for name in ("Colour", "Size"))
    red = api.post(f"/products/attributes/{colour}/terms", {"name": "Red"}).body["id"]
    assert api.get(f"/products/attributes/{size}/terms/{red}").status == 404
    assert api.post(f"/products/attributes/{size}/terms", {"name": "Red"}).status == 201


def test_products_show_the_options_of_an_attribute_in_their_order(api: Api) -> None:
    size = api.post("/products/attributes", {"name": "Size"}).body["id"]
    for place, name in enumerate(("S", "M", "L")):
        api.post(f"/products/attributes/{size}/terms", {"name": name, "menu_order": place})
    product = api.product(attributes=[{"id": size, "options": ["L", "S", "M"]}])
    assert product["attributes"][0]["options"] == ["S", "M", "L"]
