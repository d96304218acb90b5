"""The life of a product: made, read, changed, put into the trash, taken out, gone."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.shop import ImageRefused, Shop

from .conftest import Api


def test_a_name_is_enough(api: Api) -> None:
    product = api.product(name="Mug")
    assert (product["slug"], product["permalink"]) == ("mug", "https://shop.example/product/mug/")
    assert product["status"] == "publish"
    assert product["categories"] == [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}]


def test_even_nothing_is_enough(api: Api) -> None:
    assert api.post("/products", {}).body["name"] == "Product"


def test_where_it_is_now_is_in_the_location_header(api: Api) -> None:
    reply = api.post("/products", {"name": "Mug"})
    assert reply.headers["location"] == f"https://shop.example/wp-json/wc/v3/products/{reply.body['id']}"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Salt & Pepper", "Salt &amp; Pepper"),
        ("Salt &amp; Pepper", "Salt &amp; Pepper"),
        ("<b>Bold</b>", "<b>Bold</b>"),
        ("<script>x</script>", "x"),
        ('12" Plate', '12" Plate'),
        ("Äpfel", "Äpfel"),
    ],
)
def test_names_are_escaped_only_in_part(api: Api, sent: str, kept: str) -> None:
    assert api.product(name=sent)["name"] == kept


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Säfte & Nektare", "safte-nektare"),
        ("Grün / Weiß", "grun-weis"),
        ("  A  b.c ", "a-b-c"),
        ("Æble Øl", "aeble-ol"),
    ],
)
def test_a_slug_is_made_from_the_name(api: Api, name: str, slug: str) -> None:
    assert api.product(name=name)["slug"] == slug


def test_products_of_one_name_get_numbered_slugs(api: Api) -> None:
    assert [api.product(name="Mug")["slug"] for _ in range(3)] == ["mug", "mug-2", "mug-3"]


@pytest.mark.parametrize("status", ["draft", "pending"])
def test_a_draft_has_no_slug_yet(api: Api, status: str) -> None:
    product = api.product(status=status)
    assert (product["slug"], product["generated_slug"]) == ("", "mug")
    assert product["permalink"] == f"https://shop.example/?post_type=product&p={product['id']}"
    published = api.put(f"/products/{product['id']}", {"status": "publish"}).body
    assert published["slug"] == "mug"


def test_writers_see_texts_raw_and_readers_see_paragraphs(api: Api) -> None:
    product = api.product(description="One\n\nTwo", short_description="<p>kept</p>")
    read = api.get(f"/products/{product['id']}").body
    assert product["description"] == "One\n\nTwo"
    assert read["description"] == "<p>One</p>\n<p>Two</p>\n"
    assert read["short_description"] == "<p>kept</p>\n"
    assert "generated_slug" in product
    assert "generated_slug" not in read


def test_a_scheduled_product_lives_in_the_future(api: Api) -> None:
    product = api.product(status="future", date_created="2031-01-01T10:00:00")
    assert product["date_created_gmt"] == "2031-01-01T10:00:00"
    assert product["date_modified_gmt"] == "2031-01-01T10:00:00"
    assert product["date_created"] == "2031-01-01T11:00:00"


@pytest.mark.parametrize(
    "change", [{}, {"name": "Mug"}, {"meta_data": []}, {"unknown": 1}], ids=["nothing", "same", "no meta", "unknown"]
)
def test_any_put_moves_the_date(api: Api, clock: ShopClock, change: dict[str, Any]) -> None:
    product = api.product(name="Mug")
    clock.advance(10)
    assert api.put(f"/products/{product['id']}", change).body["date_modified_gmt"] == "2026-03-10T12:00:10"


def test_reading_does_not(api: Api, clock: ShopClock) -> None:
    product = api.product()
    clock.advance(10)
    assert api.get(f"/products/{product['id']}").body["date_modified_gmt"] == "2026-03-10T12:00:00"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_three_methods_change_a_product(api: Api, method: str) -> None:
    product = api.product()
    reply = api.ask(method, f"/products/{product['id']}", {"name": "Cup"})
    assert (reply.status, reply.body["name"]) == (200, "Cup")


def test_what_is_read_only_stays_as_it_is(api: Api) -> None:
    product = api.product(regular_price="5")
    sent = {"price": "1", "date_modified": "2020-01-01T00:00:00", "permalink": "x", "total_sales": 77, "on_sale": True}
    changed = api.put(f"/products/{product['id']}", sent).body
    assert changed["price"] == "5"
    assert changed["total_sales"] == 0
    assert changed["permalink"] == product["permalink"]


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PUT", 400), ("DELETE", 404)])
def test_a_missing_product_is_400_for_a_write_and_404_otherwise(api: Api, method: str, status: int) -> None:
    reply = api.ask(method, "/products/999999", {} if method == "PUT" else None)
    assert (reply.status, reply.code) == (status, "woocommerce_rest_product_invalid_id")


def test_an_id_cannot_be_chosen(api: Api) -> None:
    assert api.post("/products", {"id": 5, "name": "Mug"}).code == "woocommerce_rest_product_exists"


def test_without_force_a_product_goes_to_the_trash_and_the_answer_still_shows_it_published(api: Api) -> None:
    product = api.product()
    reply = api.delete(f"/products/{product['id']}")
    assert (reply.status, reply.body["status"]) == (200, "publish")
    assert api.get(f"/products/{product['id']}").body["status"] == "trash"
    assert api.delete(f"/products/{product['id']}").status == 410


def test_the_trash_tells_of_a_deleted_product_and_of_a_coupon_that_never_was(api: Api) -> None:
    product = api.product()
    api.told.clear()
    api.delete(f"/products/{product['id']}")
    assert sorted(api.told) == [("coupon.deleted", product["id"]), ("product.deleted", product["id"])]


def test_a_forced_deletion_tells_nobody(api: Api) -> None:
    product = api.product()
    api.told.clear()
    assert api.delete(f"/products/{product['id']}", force=True).status == 200
    assert api.get(f"/products/{product['id']}").status == 404
    assert api.told == []


def test_a_product_comes_back_from_the_trash_by_its_status(api: Api) -> None:
    product = api.product()
    api.delete(f"/products/{product['id']}")
    back = api.put(f"/products/{product['id']}", {"status": "publish"}).body
    assert (back["status"], back["slug"]) == ("publish", "mug")
    assert "_wp_desired_post_slug" not in {row["key"] for row in back["meta_data"]}


def test_a_forced_deletion_takes_the_variations_along(api: Api) -> None:
    parent, (small, _) = api.variable("S", "L")
    api.delete(f"/products/{parent['id']}", force=True)
    assert api.get(f"/products/{small['id']}").status == 404
    assert api.get("/variations").body == []


def test_categories_replace_and_unknown_ones_are_dropped(api: Api) -> None:
    drinks = api.post("/products/categories", {"name": "Drinks"}).body
    product = api.product(categories=[{"id": drinks["id"]}, {"id": 99999}])
    assert [c["id"] for c in product["categories"]] == [drinks["id"]]
    cleared = api.put(f"/products/{product['id']}", {"categories": []}).body
    assert [c["name"] for c in cleared["categories"]] == ["Uncategorized"]


def test_a_category_by_name_is_ignored_but_a_tag_by_name_is_made(api: Api) -> None:
    api.post("/products/categories", {"name": "Drinks"})
    product = api.product(categories=[{"name": "Drinks"}], tags=[{"name": "new"}])
    assert [c["name"] for c in product["categories"]] == ["Uncategorized"]
    assert [t["name"] for t in product["tags"]] == ["new"]
    assert [t["name"] for t in api.get("/products/tags").body] == ["new"]


def test_a_list_of_bare_ids_is_no_list_of_categories(api: Api) -> None:
    reply = api.post("/products", {"name": "Mug", "categories": [26]})
    assert reply.body["data"]["params"] == {"categories": "categories[0] is not of type object."}


def test_unknown_options_of_a_global_attribute_are_made(api: Api) -> None:
    colour = api.post("/products/attributes", {"name": "Colour"}).body
    product = api.product(attributes=[{"id": colour["id"], "options": ["Red", "Blue", "red"]}])
    assert product["attributes"][0]["options"] == ["Blue", "Red"]
    terms = api.get(f"/products/attributes/{colour['id']}/terms").body
    assert [(term["name"], term["count"]) for term in terms] == [("Blue", 1), ("Red", 1)]


def test_an_unknown_attribute_is_dropped_and_a_local_one_kept(api: Api) -> None:
    product = api.product(attributes=[{"id": 9999, "options": ["x"]}, {"name": "Made in", "options": ["Jena"]}])
    assert [(a["id"], a["name"], a["options"]) for a in product["attributes"]] == [(0, "Made in", ["Jena"])]


@pytest.mark.parametrize(
    ("sent", "kept"), [("nonexistent", ""), ("reduced-rate", "reduced-rate"), ("standard", ""), ("", "")]
)
def test_an_unknown_tax_class_becomes_the_standard_one(api: Api, sent: str, kept: str) -> None:
    assert api.product(tax_class=sent)["tax_class"] == kept


def test_a_shipping_class_is_named_by_its_slug(api: Api) -> None:
    bulky = api.post("/products/shipping_classes", {"name": "Bulky goods"}).body
    product = api.product(shipping_class="bulky-goods")
    assert (product["shipping_class"], product["shipping_class_id"]) == ("bulky-goods", bulky["id"])
    assert api.product(shipping_class="nope")["shipping_class_id"] == 0


def test_a_picture_is_taken_in_again_each_time_its_address_is_sent(api: Api) -> None:
    picture = {"src": "http://pictures.example/mug.png", "alt": "A mug"}
    first = api.product(images=[picture])
    second = api.put(f"/products/{first['id']}", {"images": [picture]}).body
    assert second["images"][0]["id"] != first["images"][0]["id"]
    assert first["images"][0]["src"] == "https://shop.example/wp-content/uploads/2026/03/mug.png"
    assert second["images"][0]["src"].endswith("/mug-1.png")


def test_a_picture_named_by_its_id_stays_the_same(api: Api) -> None:
    first = api.product(images=[{"src": "http://pictures.example/mug.png"}])
    image = first["images"][0]
    kept = api.put(f"/products/{first['id']}", {"images": [{"id": image["id"]}]}).body
    assert kept["images"] == [image]
    assert api.put(f"/products/{first['id']}", {"images": []}).body["images"] == []


def test_the_local_date_of_a_picture_is_an_hour_too_late(api: Api) -> None:
    image = api.product(images=[{"src": "http://pictures.example/mug.png"}])["images"][0]
    assert (image["date_created_gmt"], image["date_created"]) == ("2026-03-10T12:00:00", "2026-03-10T14:00:00")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"src": "http://pictures.example/readme.txt"}, "woocommerce_product_image_upload_error"),
        ({"id": 99999}, "woocommerce_product_invalid_image_id"),
    ],
)
def test_what_is_no_picture_stops_the_product(api: Api, entry: dict[str, Any], code: str) -> None:
    reply = api.post("/products", {"name": "Mug", "images": [entry]})
    assert (reply.status, reply.code) == (400, code)
    assert api.get("/products").body == []


def test_where_pictures_come_from_can_be_replaced(api: Api, shop: Shop) -> None:
    def unreachable(src: str) -> str:
        raise ImageRefused(f"Error getting remote image {src}. Error: Not Found")

    shop.image_source = unreachable
    reply = api.post("/products", {"name": "Mug", "images": [{"src": "http://pictures.example/mug.png"}]})
    assert reply.body["message"] == "Error getting remote image http://pictures.example/mug.png. Error: Not Found"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (True, "1"),
        (False, ""),
        (5, "5"),
        (1.5, "1.5"),
        (12.0, "12"),
        ([1, "2"], [1, "2"]),
        ({"x": None}, {"x": None}),
        ("", ""),
    ],
)
def test_custom_fields_come_back_as_text_unless_they_have_a_shape(api: Api, sent: Any, kept: Any) -> None:
    rows = api.product(meta_data=[{"key": "k", "value": sent}])["meta_data"]
    assert [(row["key"], row["value"]) for row in rows] == [("k", kept)]


def test_a_custom_field_is_found_by_id_or_by_key_and_removed_by_null(api: Api) -> None:
    product = api.product(meta_data=[{"key": "erp_id", "value": "1"}, {"key": "note", "value": "n"}])
    path, (erp, note) = f"/products/{product['id']}", product["meta_data"]
    by_key = api.put(path, {"meta_data": [{"key": "erp_id", "value": "2"}]}).body["meta_data"]
    by_id = api.put(path, {"meta_data": [{"id": note["id"], "key": "note", "value": None}]}).body["meta_data"]
    assert by_key[0] == {"id": erp["id"], "key": "erp_id", "value": "2"}
    assert [row["key"] for row in by_id] == ["erp_id"]


def test_a_wrong_id_makes_a_new_custom_field(api: Api) -> None:
    product = api.product(meta_data=[{"key": "erp_id", "value": "1"}])
    rows = api.put(f"/products/{product['id']}", {"meta_data": [{"id": 99999, "key": "erp_id", "value": "2"}]}).body
    assert [row["value"] for row in rows["meta_data"]] == ["2"]
    assert rows["meta_data"][0]["id"] != product["meta_data"][0]["id"]


def test_doubled_keys_collapse_to_the_last_one_and_keyless_ones_vanish(api: Api) -> None:
    rows = [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}, {"value": "no key"}]
    assert [row["value"] for row in api.product(meta_data=rows)["meta_data"]] == ["2"]


def test_a_custom_field_called_sku_changes_the_sku(api: Api) -> None:
    product = api.product(
        regular_price="3", meta_data=[{"key": "_sku", "value": "HACK"}, {"key": "_price", "value": "9"}]
    )
    assert (product["sku"], product["price"], product["meta_data"]) == ("HACK", "3", [])


def test_a_grouped_product_costs_what_its_cheapest_part_costs(api: Api) -> None:
    parts = [api.product(regular_price=price)["id"] for price in ("7", "2.50", "9")]
    group = api.product(type="grouped", grouped_products=parts)
    assert (group["price"], group["purchasable"]) == ("2.50", False)
    assert "2,50&nbsp;" in group["price_html"]
    assert "9,00&nbsp;" in group["price_html"]


def test_a_virtual_product_has_no_weight_and_needs_no_shipping(api: Api) -> None:
    product = api.product(weight="1.5", virtual=True)
    assert (product["weight"], product["shipping_required"], product["shipping_taxable"]) == ("", False, False)


def test_a_download_gets_an_id_of_its_own(api: Api) -> None:
    downloads = [{"name": "f", "file": "http://shop.example/x.pdf"}]
    product = api.product(downloadable=True, downloads=downloads)
    assert len(product["downloads"][0]["id"]) == 36


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        ("status", "online", "status is not one of draft, pending, private, publish, future, auto-draft, and trash."),
        ("type", "bundle", "type is not one of simple, grouped, external, and variable."),
        ("backorders", "sure", "backorders is not one of no, notify, and yes."),
        ("backorders", True, "backorders is not of type string."),
        ("manage_stock", "maybe", "manage_stock is not of type boolean."),
        ("name", 123, "name is not of type string."),
        ("weight", 1.5, "weight is not of type string."),
        ("dimensions", {"length": 5}, "dimensions[length] is not of type string."),
        ("upsell_ids", ["x"], "upsell_ids[0] is not of type integer."),
    ],
)
def test_a_single_request_is_held_to_the_schema(api: Api, field: str, sent: Any, said: str) -> None:
    reply = api.post("/products", {"name": "Mug", field: sent})
    assert (reply.status, reply.code) == (400, "rest_invalid_param")
    assert reply.body["data"]["params"][field] == said


def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    reply = api.post("/products", {"name": 1, "weight": 2, "status": "x"})
    assert reply.body["message"] == "Invalid parameter(s): name, status, weight"


def test_a_copy_is_a_draft_with_the_next_sku(api: Api) -> None:
    product = api.product(sku="MUG-1", global_unique_id="4006381333931")
    copy = api.post(f"/products/{product['id']}/duplicate").body
    assert (copy["name"], copy["status"], copy["sku"], copy["global_unique_id"]) == ("Mug (Copy)", "draft", "MUG-2", "")
    assert copy["date_created"]["timezone"] == "Europe/Berlin"


def test_the_names_of_custom_fields_are_listed_without_the_hidden_ones(api: Api) -> None:
    api.product(meta_data=[{"key": "erp_id", "value": "1"}, {"key": "_hidden", "value": "1"}])
    assert api.get("/products/custom-fields/names").body == ["erp_id", "total_sales"]


def test_reviews_come_and_go(api: Api) -> None:
    product = api.product()
    sent = {
        "product_id": product["id"],
        "review": "Good",
        "reviewer": "A",
        "reviewer_email": "a@example.test",
        "rating": 4,
    }
    review = api.post("/products/reviews", sent).body
    assert (review["product_name"], review["rating"]) == ("Mug", 4)
    assert api.get("/products/reviews").ids == [review["id"]]
    assert api.put(f"/products/reviews/{review['id']}", {"rating": 5}).body["rating"] == 5
    assert api.delete(f"/products/reviews/{review['id']}").body["status"] == "trash"
    assert api.delete(f"/products/reviews/{review['id']}").status == 410
    assert api.delete(f"/products/reviews/{review['id']}", force=True).body["deleted"] is True
    assert api.get(f"/products/reviews/{review['id']}").status == 404
