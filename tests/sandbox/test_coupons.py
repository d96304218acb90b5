"""Coupons: their codes, amounts and limits, and what the shop says when it will not take one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def order_with(desk: Desk, code: str, *lines: tuple[int, int], **more: Any) -> Any:
    items = [{"product_id": id_, "quantity": quantity} for id_, quantity in lines]
    return desk.ask("POST", "/orders", {"line_items": items, "coupon_lines": [{"code": code}], **more})


def refused(desk: Desk, code: str, *lines: tuple[int, int], **more: Any) -> str:
    said = order_with(desk, code, *lines, **more)
    assert (said.status, said.body["code"]) == (400, "woocommerce_rest_invalid_coupon"), said
    return str(said.body["message"])


# -- the resource -------------------------------------------------------------------------------------------------


def test_a_new_coupon_takes_five_off_the_cart_by_default(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "SOMMER", "amount": "5"})
    assert (coupon["code"], coupon["amount"], coupon["discount_type"]) == ("sommer", "5.00", "fixed_cart")
    assert (coupon["usage_limit"], coupon["date_expires"], coupon["used_by"]) == (None, None, [])


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("12.5", "12.50"), (5, "5.00"), (2.25, "2.25"), ("abc", "0.00"), ("1,5", "1.50")],
)
def test_amounts_may_be_texts_or_numbers(desk: Desk, sent: Any, shown: str) -> None:
    assert desk.post("/coupons", {"code": "x", "amount": sent})["amount"] == shown


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "rest_missing_callback_param"),
        ({"code": "x", "discount_type": "zzz"}, "rest_invalid_param"),
        ({"code": "x", "discount_type": "percent", "amount": "150"}, "coupon_invalid_amount"),
        ({"code": "taken"}, "woocommerce_rest_coupon_code_already_exists"),
        ({"code": "TAKEN "}, "woocommerce_rest_coupon_code_already_exists"),
        ({"code": "x", "id": 7}, "woocommerce_rest_shop_coupon_exists"),
    ],
)
def test_what_a_create_refuses(desk: Desk, body: dict[str, Any], code: str) -> None:
    desk.post("/coupons", {"code": "taken"})
    said = desk.ask("POST", "/coupons", body)
    assert (said.status, said.body["code"]) == (400, code)


def test_the_day_of_expiry_is_shop_local(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "x", "date_expires": "2030-12-31T23:59:59"})
    assert (coupon["date_expires"], coupon["date_expires_gmt"]) == ("2030-12-31T23:59:59", "2030-12-31T22:59:59")


def test_coupons_are_found_by_code_and_changed(desk: Desk) -> None:
    first = desk.post("/coupons", {"code": "first"})
    second = desk.post("/coupons", {"code": "second"})
    assert [one["id"] for one in desk.get("/coupons")] == [second["id"], first["id"]]
    assert [one["id"] for one in desk.get("/coupons", code="FIRST")] == [first["id"]]
    assert [one["id"] for one in desk.get("/coupons", search="sec")] == [second["id"]]
    desk.clock.advance(5)
    changed = desk.put(f"/coupons/{first['id']}", {"amount": "9", "usage_limit": 3})
    assert (changed["amount"], changed["usage_limit"]) == ("9.00", 3)
    assert changed["date_modified"] != first["date_modified"]
    assert desk.get("/coupons", modified_after="2026-11-21T19:00:00", dates_are_gmt="true") == [changed]


def test_a_coupon_goes_into_the_trash_or_for_good(desk: Desk) -> None:
    one, other = (desk.post("/coupons", {"code": code})["id"] for code in ("one", "other"))
    desk.delete(f"/coupons/{one}")
    assert [coupon["code"] for coupon in desk.get("/coupons")] == ["other"]
    assert desk.ask("DELETE", f"/coupons/{one}").status == 410
    desk.delete(f"/coupons/{other}", force="true")
    assert desk.ask("GET", f"/coupons/{other}").status == 404


def test_a_batch_of_coupons_answers_for_each(desk: Desk) -> None:
    asked = {"create": [{"code": "a"}, {"code": "a"}], "update": [{"id": 999, "amount": "1"}]}
    answers = desk.post("/coupons/batch", asked)
    assert answers["create"][1]["error"]["code"] == "woocommerce_rest_coupon_code_already_exists"
    assert answers["update"][0]["error"]["data"]["status"] == 400


# -- on orders ----------------------------------------------------------------------------------------------------


def test_a_coupon_line_names_what_was_taken_off_net_and_tax(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "ten", "discount_type": "percent", "amount": "10"})
    order = order_with(desk, "TEN", (desk.product("42.00"), 1)).body
    line = order["coupon_lines"][0]
    assert (line["code"], line["discount"], line["discount_tax"]) == ("ten", "4.2", "0.8")
    assert (line["discount_type"], line["nominal_amount"], line["free_shipping"]) == ("percent", 10, False)
    assert line["meta_data"][0]["value"] == f'[{coupon["id"]},"ten","percent",10]'
    assert (order["discount_total"], order["total"]) == ("4.20", "44.98")


def test_the_short_form_of_a_cart_coupon_has_no_type_and_tells_free_shipping(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "free", "amount": "1.5", "free_shipping": True})
    order = order_with(desk, "free", (desk.product("42.00"), 1)).body
    assert order["coupon_lines"][0]["meta_data"][0]["value"] == f'[{coupon["id"]},"free",null,1.5,true]'


def test_a_discount_the_caller_names_is_ignored(desk: Desk) -> None:
    desk.post("/coupons", {"code": "five", "amount": "5"})
    body = {
        "line_items": [{"product_id": desk.product("10"), "quantity": 1}],
        "coupon_lines": [{"code": "five", "discount": "2.00"}],
    }
    assert desk.post("/orders", body)["coupon_lines"][0]["discount"] == "5"


def test_a_coupon_throws_away_the_callers_total(desk: Desk) -> None:
    desk.post("/coupons", {"code": "five", "amount": "5"})
    line = {"product_id": desk.product("10"), "quantity": 1, "total": "1.00"}
    order = desk.post("/orders", {"line_items": [line], "coupon_lines": [{"code": "five"}]})
    assert order["line_items"][0]["total"] == "5.00"


def test_a_refused_coupon_leaves_a_draft_behind(desk: Desk) -> None:
    said = order_with(desk, "nope", (desk.product(), 1))
    assert said.body["message"] == "Coupon &quot;nope&quot; cannot be applied because it does not exist."
    draft = desk.get(f"/orders/{said.body['data']['new_draft_order_id']}")
    assert (draft["status"], draft["total"]) == ("checkout-draft", "11.90")


@pytest.mark.parametrize(
    ("coupon", "said"),
    [
        ({"usage_limit": 1}, "Usage limit for coupon &quot;c&quot; has been reached."),
        ({"usage_limit_per_user": 1}, "Usage limit for coupon &quot;c&quot; has been reached."),
        ({"date_expires": "2026-11-21T12:00:00"}, "Coupon &quot;c&quot; has expired."),
        ({"exclude_sale_items": True}, "Sorry, coupon &quot;c&quot; is not valid for sale items."),
    ],
)
def test_why_a_coupon_is_refused(desk: Desk, coupon: dict[str, Any], said: str) -> None:
    desk.post("/coupons", {"code": "c", "amount": "1", **coupon})
    mug = desk.product("10", sale_price="9")
    guest = {"billing": {"email": "eva@example.test"}}
    if "limit" in "".join(coupon):
        assert order_with(desk, "c", (desk.product(), 1), **guest).status == 201
    assert refused(desk, "c", (mug, 1), **guest) == said


def test_the_spend_is_named_as_money_of_the_shop(desk: Desk) -> None:
    desk.post("/coupons", {"code": "min", "amount": "1", "minimum_amount": "1000"})
    desk.post("/coupons", {"code": "max", "amount": "1", "maximum_amount": "5"})
    mug = desk.product("10")
    money = '<span class="woocommerce-Price-amount amount"><bdi>{}&nbsp;{}</bdi></span>'
    euro = '<span class="woocommerce-Price-currencySymbol">&euro;</span>'
    minimum, maximum = money.format("1.000,00", euro), money.format("5,00", euro)
    assert refused(desk, "min", (mug, 1)) == f"The minimum spend for coupon &quot;min&quot; is {minimum}."
    assert refused(desk, "max", (mug, 1)) == f"The maximum spend for coupon &quot;max&quot; is {maximum}."


def test_a_coupon_for_products_or_categories_needs_one_of_them(desk: Desk) -> None:
    shelf = desk.post("/products/categories", {"name": "Shelf"})["id"]
    mug, book = desk.product(), desk.product(categories=[{"id": shelf}])
    not_applicable = "Sorry, coupon &quot;{}&quot; is not applicable to selected products."
    for code, limits in (("one", {"product_ids": [book]}), ("two", {"product_categories": [shelf]})):
        desk.post("/coupons", {"code": code, "discount_type": "percent", "amount": "10", **limits})
        assert refused(desk, code, (mug, 1)) == not_applicable.format(code)
        lines = order_with(desk, code, (mug, 1), (book, 1)).body["line_items"]
        assert [line["total"] for line in lines] == ["10.00", "9.00"]


def test_an_excluded_product_bars_a_cart_coupon_and_is_named(desk: Desk) -> None:
    mug = desk.product()
    desk.post("/coupons", {"code": "no", "amount": "1", "excluded_product_ids": [mug]})
    assert refused(desk, "no", (mug, 1)) == "Sorry, coupon &quot;no&quot; is not applicable to the products: Mug."


def test_a_coupon_of_somebody_else_needs_the_right_address(desk: Desk) -> None:
    desk.post("/coupons", {"code": "vip", "amount": "1", "email_restrictions": ["Eva@example.test", "*@firm.test"]})
    mug = desk.product()
    for email, status in (("eva@example.test", 201), ("x@firm.test", 201), ("max@example.test", 400)):
        assert order_with(desk, "vip", (mug, 1), billing={"email": email}).status == status


def test_uses_are_counted_and_given_back_with_a_cancelled_order(desk: Desk) -> None:
    coupon = desk.post("/coupons", {"code": "once", "amount": "1", "usage_limit": 1})["id"]
    order = order_with(desk, "once", (desk.product(), 1), billing={"email": "eva@example.test"}).body

    def uses() -> tuple[int, list[str]]:
        seen = desk.get(f"/coupons/{coupon}")
        return seen["usage_count"], seen["used_by"]

    assert uses() == (1, ["eva@example.test"])
    for status, count in (("cancelled", 0), ("processing", 1), ("failed", 0), ("pending", 1)):
        desk.put(f"/orders/{order['id']}", {"status": status})
        assert uses()[0] == count


def test_coupons_of_an_order_are_replaced_as_a_list(desk: Desk) -> None:
    for code in ("a", "b"):
        desk.post("/coupons", {"code": code, "amount": "1"})
    order = order_with(desk, "a", (desk.product("10"), 1)).body
    path = f"/orders/{order['id']}"
    assert desk.put(path, {"coupon_lines": [{"code": "a"}, {"code": "b"}]})["line_items"][0]["total"] == "8.00"
    assert [line["code"] for line in desk.put(path, {"coupon_lines": [{"code": "b"}]})["coupon_lines"]] == ["b"]
    assert desk.put(path, {"coupon_lines": []})["line_items"][0]["total"] == "10.00"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"id": 1, "code": "a"}, "woocommerce_rest_coupon_item_id_readonly"),
        ({"code": ""}, "woocommerce_rest_invalid_coupon"),
        ({"code": "nope"}, "woocommerce_rest_invalid_coupon"),
    ],
)
def test_a_refused_coupon_on_an_update_leaves_the_others(desk: Desk, entry: dict[str, Any], code: str) -> None:
    desk.post("/coupons", {"code": "a", "amount": "1"})
    order = order_with(desk, "a", (desk.product("10"), 1)).body
    said = desk.ask("PUT", f"/orders/{order['id']}", {"customer_note": "kept", "coupon_lines": [entry]})
    assert (said.status, said.body["code"]) == (400, code)
    after = desk.get(f"/orders/{order['id']}")
    assert ([line["code"] for line in after["coupon_lines"]], after["customer_note"]) == (["a"], "kept")


def test_the_same_coupon_twice_is_refused(desk: Desk) -> None:
    desk.post("/coupons", {"code": "a", "amount": "1"})
    body = {"line_items": [], "coupon_lines": [{"code": "a"}, {"code": "A"}]}
    assert desk.ask("POST", "/orders", body).body["message"] == "Coupon code &quot;a&quot; already applied!"


def test_a_coupon_expires_when_its_moment_has_passed(desk: Desk) -> None:
    moment = (desk.shop.now() + timedelta(seconds=30)).replace(tzinfo=None).isoformat()
    desk.post("/coupons", {"code": "soon", "amount": "1", "date_expires_gmt": moment})
    mug = desk.product()
    assert order_with(desk, "soon", (mug, 1)).status == 201
    desk.clock.advance(31)
    assert refused(desk, "soon", (mug, 1)) == "Coupon &quot;soon&quot; has expired."
