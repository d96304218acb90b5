"""Batches: by position, unchecked, never atomic, and 200 whatever happened."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock

from .conftest import Api


def test_answers_come_in_the_order_of_the_questions(api: Api) -> None:
    goods = [{"name": f"P{n}", "sku": f"S{n}"} for n in (3, 1, 2)]
    made = api.post("/products/batch", {"create": goods}).body["create"]
    assert [item["sku"] for item in made] == ["S3", "S1", "S2"]


def test_an_item_that_fails_is_answered_in_its_place_and_the_others_are_done(api: Api) -> None:
    owner = api.product(sku="MUG")
    reply = api.post(
        "/products/batch",
        {
            "create": [{"name": "A", "sku": "A"}, {"name": "B", "sku": "mug"}, {"id": 5, "name": "C"}],
            "update": [{"id": owner["id"], "name": "Cup"}, {"id": 999999, "name": "D"}, {"name": "no id"}],
            "delete": [999998],
        },
    )
    assert reply.status == 200
    created, updated, deleted = (reply.body[verb] for verb in ("create", "update", "delete"))
    assert [item.get("sku") for item in created] == ["A", None, None]
    assert (created[1]["id"], created[1]["error"]["data"]["resource_id"]) == (0, owner["id"])
    assert created[2]["error"]["code"] == "woocommerce_rest_product_exists"
    assert updated[0]["name"] == "Cup"
    assert [(item["id"], item["error"]["data"]["status"]) for item in updated[1:]] == [(999999, 400), (None, 400)]
    assert deleted == [
        {
            "id": 999998,
            "error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}},
        }
    ]


@pytest.mark.parametrize(
    ("sent", "field", "kept"),
    [
        ({"regular_price": 5}, "regular_price", "5"),
        ({"regular_price": 5.5}, "regular_price", "5.5"),
        ({"regular_price": "abc"}, "regular_price", ""),
        ({"manage_stock": True, "stock_quantity": "abc"}, "stock_quantity", 0),
        ({"manage_stock": True, "stock_quantity": 2.5}, "stock_quantity", 2),
        ({"manage_stock": "yes", "stock_quantity": "7"}, "stock_quantity", 7),
        ({"status": "zzz"}, "status", "draft"),
        ({"backorders": "sure", "manage_stock": True}, "backorders", "no"),
    ],
)
def test_nothing_is_checked_and_wrong_values_do_harm(api: Api, sent: dict[str, Any], field: str, kept: Any) -> None:
    made = api.post("/products/batch", {"create": [{"name": "Mug", **sent}]}).body["create"][0]
    assert made[field] == kept


def test_a_text_for_a_quantity_sets_the_stock_to_zero(api: Api) -> None:
    product = api.product(manage_stock=True, stock_quantity=9)
    item = {"id": product["id"], "stock_quantity": "abc"}
    assert api.post("/products/batch", {"update": [item]}).body["update"][0]["stock_quantity"] == 0


def test_deleting_in_a_batch_is_forever(api: Api) -> None:
    product = api.product()
    api.told.clear()
    api.post("/products/batch", {"delete": [product["id"]]})
    assert api.get(f"/products/{product['id']}").status == 404
    assert api.told == []


def test_the_same_id_twice_is_done_twice(api: Api, clock: ShopClock) -> None:
    product = api.product(manage_stock=True, stock_quantity=1)
    items = [{"id": product["id"], "stock_quantity": 5}, {"id": str(product["id"]), "stock_quantity": 6}]
    answers = api.post("/products/batch", {"update": items}).body["update"]
    assert [item["stock_quantity"] for item in answers] == [5, 6]


def test_the_second_of_two_equal_skus_is_refused(api: Api) -> None:
    made = api.post("/products/batch", {"create": [{"sku": "Q"}, {"sku": "q"}]}).body["create"]
    assert made[1]["error"]["data"]["resource_id"] == made[0]["id"]


@pytest.mark.parametrize(
    ("sizes", "status"),
    [((100, 0, 0), 200), ((50, 30, 20), 200), ((101, 0, 0), 413), ((50, 51, 0), 413), ((0, 0, 101), 413)],
)
def test_a_hundred_items_are_the_limit_over_all_verbs(api: Api, sizes: tuple[int, int, int], status: int) -> None:
    creates, updates, deletes = sizes
    body = {
        "create": [{"name": "x"}] * creates,
        "update": [{"id": 1}] * updates,
        "delete": [1] * deletes,
    }
    reply = api.post("/products/batch", body)
    assert reply.status == status
    if status == 413:
        assert reply.code == "woocommerce_rest_request_entity_too_large"
        assert api.get("/products").body == []


@pytest.mark.parametrize("body", [{}, {"create": [], "update": []}, {"something": [1]}])
def test_an_empty_batch_is_answered_with_an_empty_list(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/products/batch", body).body == []


@pytest.mark.parametrize("body", [{"create": ["x", 5]}, {"create": {"name": "x"}}, {"update": ["x"]}])
def test_an_item_that_is_no_object_crashes_php(api: Api, body: dict[str, Any]) -> None:
    reply = api.post("/products/batch", body)
    assert (reply.status, reply.code, reply.body["additional_errors"]) == (500, "internal_server_error", [])


def test_before_it_crashes_a_nameless_product_is_made(api: Api) -> None:
    api.post("/products/batch", {"create": ["x", {"name": "never"}]})
    assert [item["name"] for item in api.get("/products").body] == ["Product"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_three_methods_run_a_batch(api: Api, method: str) -> None:
    assert api.ask(method, "/products/batch", {"create": [{"name": "Mug"}]}).status == 200


def test_a_batch_cannot_be_read(api: Api) -> None:
    assert api.get("/products/batch").code == "rest_no_route"


def test_nested_fields_do_not_work_in_a_batch(api: Api) -> None:
    product = api.product()
    body = {"update": [{"id": product["id"]}]}
    assert api.post("/products/batch?_fields=update.id", body).body == {"update": []}
    assert len(api.post("/products/batch?_fields=update", body).body["update"]) == 1


def test_variations_have_their_own_batch_below_the_parent(api: Api) -> None:
    parent, (small, large) = api.variable("S", "L")
    body = {
        "create": [{"regular_price": 5}],
        "update": [{"id": small["id"], "manage_stock": True, "stock_quantity": 3}, {"id": 999999}],
        "delete": [large["id"], 999998],
    }
    answers = api.post(f"/products/{parent['id']}/variations/batch", body).body
    assert answers["create"][0]["regular_price"] == "5"
    assert answers["update"][0]["stock_quantity"] == 3
    assert answers["update"][1]["error"]["data"]["status"] == 404
    assert answers["delete"][0]["id"] == large["id"]
    assert answers["delete"][1]["id"] == {"id": 999998, "product_id": parent["id"], "force": True}


def test_in_the_batch_of_products_a_variation_is_an_error(api: Api) -> None:
    _, (small,) = api.variable("S")
    answer = api.post("/products/batch", {"update": [{"id": small["id"], "name": "x"}], "delete": [small["id"]]}).body
    assert answer["update"][0]["error"]["code"] == "woocommerce_rest_invalid_product_id"
    assert answer["delete"][0]["error"]["code"] == "woocommerce_rest_product_invalid_id"


def test_every_item_tells_the_subscribers(api: Api) -> None:
    made = api.post("/products/batch", {"create": [{"name": "A"}, {"name": "B"}]}).body["create"]
    assert api.told == [("product.created", item["id"]) for item in made]


def test_a_batch_of_equal_creates_sent_twice_makes_each_sku_once(api: Api) -> None:
    body = {"create": [{"sku": f"S{n}"} for n in range(10)]}
    first, second = (api.post("/products/batch", body).body["create"] for _ in range(2))
    assert all("error" not in item for item in first)
    assert [item["error"]["data"]["resource_id"] for item in second] == [item["id"] for item in first]
    assert api.get("/products").headers["x-wp-total"] == "10"
