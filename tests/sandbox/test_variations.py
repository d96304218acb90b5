"""Variable products: what variations take from their parent, and what they do to it."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock

from .conftest import Api


def path(parent: dict[str, Any], variation: dict[str, Any] | None = None) -> str:
    end = f"/{variation['id']}" if variation else ""
    return f"/products/{parent['id']}/variations{end}"


def test_a_parent_without_variations_is_out_of_stock_and_has_no_price(api: Api) -> None:
    parent, _ = api.variable(sku="SHIRT")
    assert (parent["stock_status"], parent["price"], parent["variations"]) == ("outofstock", "", [])


def test_a_parent_costs_what_its_cheapest_variation_costs(api: Api) -> None:
    parent, (small, large) = api.variable("S", "L")
    api.put(path(parent, large), {"regular_price": "9.90"})
    after = api.get(f"/products/{parent['id']}").body
    assert (after["price"], after["regular_price"], after["variations"]) == ("9.90", "", [small["id"], large["id"]])
    assert "9,90&nbsp;" in after["price_html"]
    assert "&ndash;" in after["price_html"]


def test_prices_and_stock_of_a_parent_are_not_its_own(api: Api) -> None:
    parent, _ = api.variable("S")
    changed = api.put(f"/products/{parent['id']}", {"regular_price": "99", "stock_quantity": 5}).body
    assert (changed["price"], changed["regular_price"], changed["stock_quantity"]) == ("19.90", "", None)


def test_without_a_sku_of_its_own_a_variation_shows_the_parents(api: Api) -> None:
    parent, (small, _) = api.variable("S", "L", sku="SHIRT")
    assert small["sku"] == "SHIRT"
    api.put(path(parent, small), {"sku": "SHIRT-S"})
    assert sorted(v["sku"] for v in api.get(path(parent)).body) == ["SHIRT", "SHIRT-S"]


@pytest.mark.parametrize(
    ("sent", "name", "chosen"),
    [
        ([{"name": "Size", "option": "S"}], "S", [("size", "S")]),
        ([{"name": "size", "option": "s"}], "s", [("size", "s")]),
        ([{"name": "Material", "option": "Wool"}], "", []),
        ([], "", []),
        ([{"name": "Size", "option": ""}], "", []),
    ],
)
def test_only_attributes_of_the_parent_are_kept(api: Api, sent: list[Any], name: str, chosen: list[Any]) -> None:
    parent, _ = api.variable("S", "L")
    made = api.post(path(parent), {"attributes": sent}).body
    assert made["name"] == name
    assert [(row["slug"], row["option"]) for row in made["attributes"]] == chosen


def test_an_option_of_a_global_attribute_is_kept_by_its_slug_and_shown_by_its_name(api: Api) -> None:
    colour = api.post("/products/attributes", {"name": "Colour"}).body["id"]
    attributes = [{"id": colour, "options": ["Dark Red"], "variation": True}]
    parent = api.product(
        type="variable", attributes=attributes, default_attributes=[{"id": colour, "option": "Dark Red"}]
    )
    known = api.post(path(parent), {"attributes": [{"id": colour, "option": "dark red"}]}).body
    unknown = api.post(path(parent), {"attributes": [{"id": colour, "option": "Pink"}]}).body
    assert known["attributes"] == [{"id": colour, "name": "Colour", "slug": "pa_colour", "option": "Dark Red"}]
    assert known["permalink"].endswith("?attribute_pa_colour=dark-red")
    assert unknown["attributes"][0]["option"] == "pink"
    assert parent["default_attributes"] == [{"id": colour, "name": "Colour", "option": "dark-red"}]


def test_the_same_combination_may_be_made_twice(api: Api) -> None:
    parent, (small,) = api.variable("S")
    again = api.post(path(parent), {"attributes": [{"name": "Size", "option": "S"}]})
    assert again.status == 201
    assert again.body["id"] != small["id"]


def test_writing_a_variation_moves_the_date_of_the_parent_but_not_the_other_way_round(
    api: Api, clock: ShopClock
) -> None:
    parent, (small,) = api.variable("S")
    clock.advance(10)
    api.put(path(parent, small), {})
    assert api.get(f"/products/{parent['id']}").body["date_modified_gmt"] == "2026-03-10T12:00:10"
    clock.advance(10)
    api.put(f"/products/{parent['id']}", {})
    assert api.get(path(parent, small)).body["date_modified_gmt"] == "2026-03-10T12:00:10"


def test_where_the_parent_counts_a_variation_shows_its_stock_and_ignores_writes(api: Api) -> None:
    parent, (small,) = api.variable("S", manage_stock=True, stock_quantity=50)
    seen = api.get(path(parent, small)).body
    assert (seen["manage_stock"], seen["stock_quantity"]) == ("parent", 50)
    assert api.put(path(parent, small), {"stock_quantity": 77}).body["stock_quantity"] == 50
    assert api.get(f"/products/{parent['id']}").body["stock_quantity"] == 50


def test_a_variation_may_count_for_itself_beside_a_counting_parent(api: Api) -> None:
    parent, (small,) = api.variable("S", manage_stock=True, stock_quantity=50)
    own = api.put(path(parent, small), {"manage_stock": True, "stock_quantity": 3}).body
    assert (own["manage_stock"], own["stock_quantity"]) == (True, 3)


def test_a_parent_is_in_stock_as_long_as_one_variation_is(api: Api) -> None:
    parent, (small, large) = api.variable("S", "L")
    api.put(path(parent, small), {"manage_stock": True, "stock_quantity": 0})
    assert api.get(f"/products/{parent['id']}").body["stock_status"] == "instock"
    api.put(path(parent, large), {"stock_status": "onbackorder"})
    assert api.get(f"/products/{parent['id']}").body["stock_status"] == "onbackorder"
    api.put(path(parent, large), {"stock_status": "outofstock"})
    assert api.get(f"/products/{parent['id']}").body["stock_status"] == "outofstock"


@pytest.mark.parametrize("status", ["draft", "private"])
def test_an_unpublished_variation_cannot_be_bought(api: Api, status: str) -> None:
    parent, _ = api.variable("S")
    made = api.post(path(parent), {"status": status, "regular_price": "3"}).body
    assert (made["status"], made["purchasable"]) == (status, False)
    shown = made["id"] in api.get(f"/products/{parent['id']}").body["variations"]
    assert shown is (status == "private")


@pytest.mark.parametrize(("sent", "seen"), [("parent", "reduced-rate"), ("", ""), ("zzz", "")])
def test_the_tax_class_may_be_the_parents(api: Api, sent: str, seen: str) -> None:
    parent, (small,) = api.variable("S", tax_class="reduced-rate")
    written = api.put(path(parent, small), {"tax_class": sent}).body
    assert written["tax_class"] == ("parent" if sent == "parent" else "")
    assert api.get(path(parent, small)).body["tax_class"] == seen


def test_a_picture_of_its_own(api: Api) -> None:
    parent, (small,) = api.variable("S")
    made = api.put(path(parent, small), {"image": {"src": "http://pictures.example/s.png"}}).body
    assert made["image"]["name"] == "s.png"
    assert small["image"] is None


def test_a_variation_is_seen_but_not_written_as_a_product(api: Api) -> None:
    parent, (small,) = api.variable("S")
    seen = api.get(f"/products/{small['id']}").body
    assert (seen["name"], seen["type"], seen["parent_id"]) == ("Shirt - S", "variation", parent["id"])
    refused = api.put(f"/products/{small['id']}", {"stock_quantity": 1})
    assert (refused.status, refused.code) == (404, "woocommerce_rest_invalid_product_id")
    assert api.delete(f"/products/{small['id']}").status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_below_another_parent_a_variation_does_not_exist(api: Api, method: str) -> None:
    _, (small,) = api.variable("S")
    other = api.product()
    reply = api.ask(method, path(other, small), {} if method == "PUT" else None)
    assert (reply.status, reply.code) == (404, "woocommerce_rest_product_variation_invalid_id")


def test_below_a_simple_product_one_can_be_made(api: Api) -> None:
    mug = api.product()
    assert api.post(path(mug), {"regular_price": "2", "sku": "ODD"}).status == 201
    assert [v["sku"] for v in api.get(path(mug)).body] == ["ODD"]


def test_below_nothing_php_crashes_and_leaves_an_orphan(api: Api) -> None:
    reply = api.post("/products/999999/variations", {"regular_price": "1"})
    assert (reply.status, reply.code) == (500, "internal_server_error")
    assert api.get("/products/999999/variations").body == []
    assert [v["parent_id"] for v in api.get("/variations").body] == [0]


def test_the_list_across_products(api: Api, clock: ShopClock) -> None:
    shirt, _ = api.variable("S", "L")
    clock.advance(10)
    _, (hat,) = api.variable("M")
    assert len(api.get("/variations").body) == 3
    assert api.get("/variations", modified_after="2026-03-10T12:00:05", dates_are_gmt=True).ids == [hat["id"]]
    assert api.get("/variations", sku="none").body == []
    assert shirt["id"] not in api.get("/variations").ids
    assert api.get("/products/variations").code == "rest_no_route"


def test_trash_and_deletion(api: Api) -> None:
    parent, (small, large) = api.variable("S", "L")
    api.told.clear()
    assert api.delete(path(parent, small)).body["status"] == "publish"
    assert ("product.deleted", small["id"]) in api.told
    assert api.get(path(parent)).ids == [large["id"]]
    assert api.get(path(parent), status="trash").ids == [small["id"]]
    assert api.delete(path(parent, small)).status == 410
    api.told.clear()
    gone = api.delete(path(parent, small), force=True)
    assert (gone.status, "allow" in gone.headers, api.told) == (200, False, [])
    assert api.get(path(parent, small)).status == 404


def test_a_parent_in_the_trash_takes_its_variations_along(api: Api) -> None:
    parent, (small, _) = api.variable("S", "L")
    api.delete(f"/products/{parent['id']}")
    assert api.get(path(parent)).body == []
    assert api.get(path(parent, small)).body["status"] == "trash"


def test_missing_combinations_are_made_and_all_get_an_order(api: Api) -> None:
    attributes = [
        {"name": "Size", "options": ["S", "L"], "variation": True},
        {"name": "Colour", "options": ["red", "blue"], "variation": True},
    ]
    parent = api.product(type="variable", attributes=attributes)
    first = [{"name": "Size", "option": "S"}, {"name": "Colour", "option": "red"}]
    api.post(path(parent), {"attributes": first})
    assert api.post(f"{path(parent)}/generate").body == {"count": 3}
    made = api.get(path(parent), orderby="menu_order", order="asc").body
    assert [v["menu_order"] for v in made] == [1, 2, 3, 4]
    assert sorted(v["name"] for v in made) == ["L, blue", "L, red", "S, blue", "S, red"]


def test_variations_are_found_by_an_attribute(api: Api) -> None:
    parent, (small, _) = api.variable("S", "L")
    found = api.get(f"{path(parent)}?attributes[0][attribute]=size&attributes[0][term]=S")
    assert found.ids == [small["id"]]


def test_a_simple_product_may_become_a_variable_one_and_back(api: Api) -> None:
    mug = api.product(regular_price="15.00")
    variable = api.put(f"/products/{mug['id']}", {"type": "variable"}).body
    assert (variable["type"], variable["regular_price"], variable["stock_status"]) == ("variable", "", "outofstock")
    simple = api.put(f"/products/{mug['id']}", {"type": "simple"}).body
    assert (simple["type"], simple["regular_price"], simple["price"]) == ("simple", "15.00", "15.00")
