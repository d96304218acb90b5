"""SKU and GTIN: who owns them, and what the shop says to the second one who wants them."""

from __future__ import annotations

import pytest

from .conftest import Api


@pytest.mark.parametrize(
    ("first", "second", "suggested"),
    [
        ("MUG", "MUG", "MUG-1"),
        ("MUG", "mug", "mug-1"),
        ("MUG", " MUG ", "MUG-1"),
        ("MUG", "<b>MUG</b>", "MUG-1"),
        ("Ä-ß/1 #2", "Ä-ß/1 #2", "Ä-ß/1 #2-1"),
    ],
)
def test_a_sku_has_one_owner_whatever_its_case_and_spaces(api: Api, first: str, second: str, suggested: str) -> None:
    owner = api.product(sku=first)
    reply = api.post("/products", {"name": "Other", "sku": second})
    assert (reply.status, reply.code) == (400, "product_invalid_sku")
    assert reply.body["data"] == {"status": 400, "resource_id": owner["id"], "unique_sku": suggested}


def test_the_suggestion_is_free(api: Api) -> None:
    api.product(sku="MUG")
    api.product(sku="MUG-1")
    assert api.post("/products", {"sku": "MUG"}).body["data"]["unique_sku"] == "MUG-2"


def test_many_products_may_have_no_sku(api: Api) -> None:
    assert [api.product(sku="")["sku"] for _ in range(3)] == ["", "", ""]


def test_a_product_may_keep_its_sku_and_let_it_go(api: Api) -> None:
    product = api.product(sku="MUG")
    assert api.put(f"/products/{product['id']}", {"sku": "MUG"}).status == 200
    assert api.put(f"/products/{product['id']}", {"sku": ""}).body["sku"] == ""
    assert api.product(sku="MUG")["sku"] == "MUG"


def test_a_variation_owns_its_sku_like_any_product(api: Api) -> None:
    parent, (small, large) = api.variable("S", "L", sku="SHIRT")
    path = f"/products/{parent['id']}/variations"
    api.put(f"{path}/{small['id']}", {"sku": "SHIRT-S"})
    assert api.put(f"{path}/{large['id']}", {"sku": "SHIRT-S"}).body["data"]["resource_id"] == small["id"]
    assert api.put(f"{path}/{large['id']}", {"sku": "SHIRT"}).body["data"]["resource_id"] == parent["id"]


def test_in_the_trash_a_product_keeps_its_sku_and_the_refusal_has_another_code(api: Api) -> None:
    product = api.product(sku="MUG")
    api.delete(f"/products/{product['id']}")
    reply = api.post("/products", {"name": "New", "sku": "MUG"})
    assert (reply.status, reply.code) == (400, "woocommerce_rest_product_not_created")
    assert reply.body["message"].startswith("The product with SKU (MUG) you are trying to insert is already present")
    assert "resource_id" not in reply.body["data"]
    assert api.get("/products", sku="MUG", status="any").body == []
    assert api.get("/products", sku="MUG", status="trash").ids == [product["id"]]


def test_a_refused_creation_burns_an_id(api: Api) -> None:
    product = api.product(sku="MUG")
    api.delete(f"/products/{product['id']}")
    api.post("/products", {"name": "New", "sku": "MUG"})
    assert api.product()["id"] == product["id"] + 2


def test_after_a_forced_deletion_the_sku_is_free(api: Api) -> None:
    product = api.product(sku="MUG")
    api.delete(f"/products/{product['id']}", force=True)
    assert api.product(sku="MUG")["id"] != product["id"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("4006381333931", "4006381333931"), ("ABC-XYZ", "-"), ("978-3-16", "978-3-16"), ("x", "")]
)
def test_a_gtin_keeps_digits_and_dashes(api: Api, sent: str, kept: str) -> None:
    assert api.product(global_unique_id=sent)["global_unique_id"] == kept


def test_a_gtin_has_one_owner(api: Api) -> None:
    owner = api.product(global_unique_id="4006381333931")
    reply = api.post("/products", {"global_unique_id": "4006381333931"})
    assert reply.code == "product_invalid_global_unique_id"
    assert reply.body["data"] == {"status": 400, "resource_id": owner["id"]}


def test_what_is_found_by_sku(api: Api) -> None:
    parent, (small, _) = api.variable("S", "L", sku="SHIRT")
    api.put(f"/products/{parent['id']}/variations/{small['id']}", {"sku": "SHIRT-S"})
    mug, draft = api.product(sku="MUG"), api.product(sku="DRAFT", status="draft")
    assert api.get("/products", sku="mug").ids == [mug["id"]]
    assert api.get("/products", sku="MU").ids == []
    assert set(api.get("/products", sku="MUG, draft,NOPE").ids) == {mug["id"], draft["id"]}
    assert [(p["id"], p["type"]) for p in api.get("/products", sku="SHIRT-S").body] == [(small["id"], "variation")]
    assert set(api.get("/products", search_sku="shirt").ids) == {parent["id"], small["id"]}
    assert api.get("/products", search_name_or_sku="mug", sku="MUG").ids == [mug["id"]]


def test_fifty_skus_are_found_at_once(api: Api) -> None:
    made = {api.product(sku=f"S-{number}")["id"] for number in range(50)}
    found = api.get("/products", sku=",".join(f"s-{number}" for number in range(50)), per_page=100)
    assert set(found.ids) == made
