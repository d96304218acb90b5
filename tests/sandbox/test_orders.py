"""Orders over REST: what a create says back, what an update moves, what a list finds, what a delete leaves."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from support.shop_desk import Desk

EVA = {
    "first_name": "Eva",
    "last_name": "Müller",
    "company": "Müller & Söhne GmbH",
    "address_1": "Hauptstr. 5",
    "city": "Köln",
    "state": "DE-NW",
    "postcode": "50667",
    "country": "DE",
    "email": "Eva@Example.test",
    "phone": "+49 221 12345",
}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def code_of(desk: Desk, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
    said = desk.ask(method, path, body, **query)
    return said.status, said.body["code"]


# -- create -------------------------------------------------------------------------------------------------------


def test_an_order_counts_net_lines_and_puts_tax_on_top(desk: Desk) -> None:
    mug, book = desk.product("10.00"), desk.product("3.33", tax_class="reduced-rate")
    order = desk.order((mug, 2), (book, 3), billing=EVA)
    assert [line["total"] for line in order["line_items"]] == ["20.00", "9.99"]
    assert [(row["label"], row["tax_total"]) for row in order["tax_lines"]] == [
        ("DE MwSt", "3.80"),
        ("DE MwSt erm.", "0.70"),
    ]
    assert (order["total"], order["total_tax"], order["number"]) == ("34.49", "4.50", str(order["id"]))


def test_a_new_order_is_pending_and_says_who_made_it(desk: Desk) -> None:
    order = desk.post("/orders", {})
    assert (order["status"], order["created_via"], order["version"]) == ("pending", "rest-api", "10.5.0")
    assert order["order_key"].startswith("wc_order_")
    assert (order["needs_payment"], order["is_editable"]) == (False, True)
    assert order["date_created"] == "2026-11-21T20:00:00"
    assert order["date_created_gmt"] == "2026-11-21T19:00:00"
    assert order["date_paid"] is order["date_completed"] is None


def test_the_address_of_the_new_order_is_in_the_location_header(desk: Desk) -> None:
    said = desk.ask("POST", "/orders", {})
    assert said.headers["location"] == f"https://shop.example/wp-json/wc/v3/orders/{said.body['id']}"


def test_texts_stay_as_they_were_sent(desk: Desk) -> None:
    order = desk.post("/orders", {"billing": EVA, "customer_note": "<b>Bitte</b> klingeln & warten"})
    assert order["billing"]["company"] == "Müller & Söhne GmbH"
    assert order["customer_note"] == "<b>Bitte</b> klingeln & warten"


def test_a_paid_order_is_processing_with_the_moment_of_payment(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), set_paid=True, transaction_id="TX-1")
    assert (order["status"], order["transaction_id"]) == ("processing", "TX-1")
    assert order["date_paid_gmt"] == "2026-11-21T19:00:00"


def test_a_paid_order_with_nothing_to_send_is_completed(desk: Desk) -> None:
    song = desk.product("1.00", None, virtual=True, downloadable=True)
    order = desk.order((song, 1), set_paid=True)
    assert (order["status"], order["needs_processing"]) == ("completed", False)
    assert order["date_completed"] == order["date_paid"] == "2026-11-21T20:00:00"


def test_the_same_post_twice_is_two_orders(desk: Desk) -> None:
    body = {"line_items": [{"product_id": desk.product(), "quantity": 1}], "meta_data": [{"key": "k", "value": "1"}]}
    first, second = desk.post("/orders", body), desk.post("/orders", body)
    assert first["id"] != second["id"]
    assert len(desk.get("/orders")) == 2


def test_orders_products_and_refunds_share_one_counter(desk: Desk) -> None:
    mug = desk.product()
    order = desk.order((mug, 1), set_paid=True)
    refund = desk.post(f"/orders/{order['id']}/refunds", {"amount": "1", "api_refund": False})
    coupon = desk.post("/coupons", {"code": "x"})
    assert [order["id"], refund["id"], coupon["id"]] == [mug + 1, mug + 2, mug + 3]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"id": 5}, "woocommerce_rest_shop_order_exists"),
        ({"customer_id": 99}, "woocommerce_rest_invalid_customer_id"),
        ({"status": "shipped"}, "rest_invalid_param"),
        ({"currency": "XXZ"}, "rest_invalid_param"),
        ({"billing": {"email": "nope"}}, "rest_invalid_param"),
        ({"customer_id": "abc"}, "rest_invalid_param"),
        ({"line_items": [{"name": "text", "quantity": 1}]}, "woocommerce_rest_required_product_reference"),
        ({"line_items": [{"product_id": 1, "quantity": 1.5}]}, "rest_invalid_param"),
        ({"line_items": [{"product_id": 1, "total": 9.5}]}, "rest_invalid_param"),
        ({"shipping_lines": [{"total": "4.90"}]}, "woocommerce_rest_invalid_shipping_item"),
        ({"fee_lines": [{"total": "2"}]}, "woocommerce_rest_invalid_fee_item"),
        ({"fee_lines": [{"name": "f", "total": "2", "tax_class": "zzz"}]}, "order_item_fee_invalid_tax_class"),
    ],
)
def test_what_a_create_refuses_leaves_no_order(desk: Desk, body: dict[str, Any], code: str) -> None:
    assert code_of(desk, "POST", "/orders", body) == (400, code)
    assert desk.get("/orders") == []


def test_a_line_of_no_pieces_crashes_a_create(desk: Desk) -> None:
    body = {"line_items": [{"product_id": desk.product(), "quantity": 0}]}
    assert code_of(desk, "POST", "/orders", body) == (500, "internal_server_error")


def test_a_country_that_is_no_code_is_stored_as_it_is_and_pays_no_tax(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), billing={"country": "Germany"})
    assert (order["billing"]["country"], order["total_tax"]) == ("Germany", "0.00")


@pytest.mark.parametrize(
    ("billing", "shipping", "rate"),
    [
        ({}, {}, "19"),
        ({"country": "AT"}, {}, "20"),
        ({"country": "AT"}, {"country": "DE"}, "19"),
        ({"country": "DE"}, {"country": "CH"}, None),
    ],
)
def test_tax_follows_the_shipping_address_else_billing_else_the_shop(
    desk: Desk, billing: dict[str, str], shipping: dict[str, str], rate: str | None
) -> None:
    order = desk.order((desk.product("100"), 1), billing=billing, shipping=shipping)
    assert [str(row["rate_percent"]) for row in order["tax_lines"]] == ([rate] if rate else [])


def test_an_exempt_order_pays_no_tax(desk: Desk) -> None:
    exempt = [{"key": "is_vat_exempt", "value": "yes"}]
    order = desk.order((desk.product("100"), 1), billing=EVA, meta_data=exempt)
    assert (order["total"], order["tax_lines"]) == ("100.00", [])


def test_eight_orders_at_a_time_take_exactly_eight_pieces(desk: Desk) -> None:
    mug = desk.product(stock=100)
    threads = [threading.Thread(target=desk.order, args=((mug, 1),), kwargs={"set_paid": True}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.stock(mug) == 92


# -- read ---------------------------------------------------------------------------------------------------------


def test_dp_pads_every_amount_but_the_coupons(desk: Desk) -> None:
    desk.post("/coupons", {"code": "five", "amount": "5"})
    order = desk.order((desk.product("3.333"), 3), coupon_lines=[{"code": "five"}])
    exact = desk.get(f"/orders/{order['id']}", dp=4)
    assert (exact["line_items"][0]["subtotal"], exact["line_items"][0]["total"]) == ("9.9990", "4.9990")
    assert exact["coupon_lines"][0]["discount"] == "5"


def test_fields_inside_lines_give_no_lines_at_all(desk: Desk) -> None:
    order = desk.order((desk.product(), 1))
    seen = desk.get(f"/orders/{order['id']}", _fields="id,total,line_items.total")
    assert set(seen) == {"id", "total", "_links"}


def test_a_product_or_a_refund_is_no_order(desk: Desk) -> None:
    mug = desk.product()
    order = desk.order((mug, 1), set_paid=True)
    refund = desk.post(f"/orders/{order['id']}/refunds", {"amount": "1", "api_refund": False})
    for id_ in (mug, refund["id"], 999999):
        assert code_of(desk, "GET", f"/orders/{id_}") == (404, "woocommerce_rest_shop_order_invalid_id")


def test_the_links_name_the_customer_only_if_there_is_one(desk: Desk) -> None:
    customer = desk.post("/customers", {"email": "c@example.test"})["id"]
    assert "customer" not in desk.post("/orders", {})["_links"]
    links = desk.post("/orders", {"customer_id": customer})["_links"]
    assert links["customer"] == [{"href": f"https://shop.example/wp-json/wc/v3/customers/{customer}"}]


def test_meta_of_one_order_comes_by_key_and_in_lists_by_id(desk: Desk) -> None:
    rows = [{"key": key, "value": "1"} for key in ("z", "_b", "a")]
    order = desk.post("/orders", {"meta_data": rows})
    assert [row["key"] for row in order["meta_data"]] == ["_b", "a", "z"]
    assert [row["key"] for row in desk.get("/orders")[0]["meta_data"]] == ["z", "_b", "a"]


# -- update -------------------------------------------------------------------------------------------------------


def test_any_put_moves_date_modified_even_an_empty_one(desk: Desk) -> None:
    order = desk.post("/orders", {})
    for body in ({}, {"status": "pending"}, {"meta_data": [{"key": "a", "value": "1"}]}):
        desk.clock.advance(5)
        changed = desk.put(f"/orders/{order['id']}", body)
        assert changed["date_modified_gmt"] == desk.shop.now_iso()


def test_a_note_does_not_move_date_modified(desk: Desk) -> None:
    order = desk.post("/orders", {})
    desk.clock.advance(5)
    desk.post(f"/orders/{order['id']}/notes", {"note": "hello"})
    assert desk.get(f"/orders/{order['id']}")["date_modified"] == order["date_modified"]


def test_parts_of_an_address_that_are_not_sent_stay(desk: Desk) -> None:
    order = desk.post("/orders", {"billing": EVA})
    changed = desk.put(f"/orders/{order['id']}", {"billing": {"city": "Bonn"}})
    assert changed["billing"] == {**order["billing"], "city": "Bonn"}


def test_a_new_address_moves_the_tax(desk: Desk) -> None:
    order = desk.order((desk.product("100"), 1), billing=EVA)
    assert order["total"] == "119.00"
    assert desk.put(f"/orders/{order['id']}", {"shipping": {"country": "AT"}})["total"] == "120.00"
    assert desk.put(f"/orders/{order['id']}", {"shipping": {"country": "CH"}})["total"] == "100.00"


def test_what_is_read_only_is_ignored(desk: Desk) -> None:
    order = desk.order((desk.product(), 1))
    sent = {"total": "1.00", "number": "X", "date_created": "2020-01-01T00:00:00", "order_key": "k", "date_paid": "x"}
    changed = desk.put(f"/orders/{order['id']}", sent)
    same = ("total", "number", "date_created", "order_key", "date_paid")
    assert [changed[name] for name in same] == [order[name] for name in same]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([{"key": "erp", "value": "2"}], [("erp", "2"), ("other", "x")]),
        ([{"key": "erp", "value": None}], [("other", "x")]),
        ([{"key": "new", "value": 5}], [("erp", "1"), ("new", "5"), ("other", "x")]),
        ([{"key": "new", "value": True}], [("erp", "1"), ("new", "1"), ("other", "x")]),
        ([{"key": "new", "value": {"a": [1]}}], [("erp", "1"), ("new", {"a": [1]}), ("other", "x")]),
    ],
)
def test_meta_is_matched_by_key_and_null_deletes(desk: Desk, sent: list[Any], kept: list[Any]) -> None:
    rows = [{"key": "erp", "value": "1"}, {"key": "other", "value": "x"}]
    order = desk.post("/orders", {"meta_data": rows})
    changed = desk.put(f"/orders/{order['id']}", {"meta_data": sent})
    assert [(row["key"], row["value"]) for row in changed["meta_data"]] == kept


def test_meta_is_matched_by_id_too(desk: Desk) -> None:
    order = desk.post("/orders", {"meta_data": [{"key": "erp", "value": "1"}]})
    row = order["meta_data"][0]
    changed = desk.put(f"/orders/{order['id']}", {"meta_data": [{"id": row["id"], "key": "erp", "value": "9"}]})
    assert changed["meta_data"] == [{"id": row["id"], "key": "erp", "value": "9"}]


def test_putting_to_an_order_that_is_not_there_is_a_bad_request(desk: Desk) -> None:
    assert code_of(desk, "PUT", "/orders/999", {}) == (400, "woocommerce_rest_shop_order_invalid_id")


# -- delete and batch ---------------------------------------------------------------------------------------------


def test_the_trash_shows_the_old_status_once_and_keeps_the_order(desk: Desk) -> None:
    order = desk.post("/orders", {"status": "on-hold"})
    assert desk.delete(f"/orders/{order['id']}")["status"] == "on-hold"
    assert desk.get(f"/orders/{order['id']}")["status"] == "trash"
    assert code_of(desk, "DELETE", f"/orders/{order['id']}") == (410, "woocommerce_rest_already_trashed")


def test_an_order_comes_out_of_the_trash_with_the_traces_it_left(desk: Desk) -> None:
    order = desk.post("/orders", {"status": "on-hold"})
    desk.delete(f"/orders/{order['id']}")
    back = desk.put(f"/orders/{order['id']}", {"status": "processing"})
    assert back["status"] == "processing"
    assert {row["key"]: row["value"] for row in back["meta_data"]} == {
        "_wp_trash_meta_status": "wc-on-hold",
        "_wp_trash_meta_time": str(int(desk.shop.now().timestamp())),
    }


def test_a_forced_delete_takes_notes_and_refunds_along(desk: Desk) -> None:
    order = desk.order((desk.product(), 1), set_paid=True)
    refund = desk.post(f"/orders/{order['id']}/refunds", {"amount": "1", "api_refund": False})
    desk.delete(f"/orders/{order['id']}", force="true")
    assert desk.ask("GET", f"/orders/{order['id']}").status == 404
    assert desk.shop.store.get("refund", refund["id"]) is None
    assert desk.shop.store.count("order_note") == 0


def test_a_batch_answers_by_position_and_does_not_check_the_schema(desk: Desk) -> None:
    order = desk.post("/orders", {"status": "processing"})
    answers = desk.post(
        "/orders/batch",
        {
            "create": [{"status": "nope"}, {"line_items": [{"name": "no product"}]}],
            "update": [{"id": order["id"], "status": "completed"}, {"id": 999, "status": "completed"}],
            "delete": [998],
        },
    )
    assert answers["create"][0]["status"] == "pending"
    assert answers["create"][1]["error"]["code"] == "woocommerce_rest_required_product_reference"
    assert answers["create"][1]["id"] == 0
    assert answers["update"][0]["status"] == "completed"
    assert answers["update"][1] == {
        "id": 999,
        "error": {
            "code": "woocommerce_rest_shop_order_invalid_id",
            "message": "Invalid ID.",
            "data": {"status": 400},
        },
    }
    assert answers["delete"][0]["error"]["data"]["status"] == 404


def test_a_delete_inside_a_batch_is_for_good(desk: Desk) -> None:
    order = desk.post("/orders", {})
    desk.post("/orders/batch", {"delete": [order["id"]]})
    assert desk.ask("GET", f"/orders/{order['id']}").status == 404


# -- around orders ------------------------------------------------------------------------------------------------


def test_statuses_have_names_and_counts(desk: Desk) -> None:
    desk.post("/orders", {})
    desk.post("/orders", {"status": "failed"})
    slugs = [row["slug"] for row in desk.get("/orders/statuses")]
    assert slugs[:3] == ["pending", "processing", "on-hold"]
    counts = {row["slug"]: row["total"] for row in desk.get("/reports/orders/totals")}
    assert (counts["pending"], counts["failed"], counts["completed"]) == (1, 1, 0)


def test_a_receipt_is_made_once_and_found_again(desk: Desk) -> None:
    order = desk.post("/orders", {})
    path = f"/orders/{order['id']}/receipt"
    assert desk.ask("GET", path).status == 404
    made = desk.post(path, {})
    assert made["expiration_date"] == "2026-11-22"
    assert desk.get(path) == made == desk.post(path, {})


def test_sending_the_details_only_says_so(desk: Desk) -> None:
    order = desk.post("/orders", {"billing": EVA})
    said = desk.post(f"/orders/{order['id']}/actions/send_order_details", {})
    assert said == {"message": "Order details sent to Eva@Example.test."}
    assert desk.get(f"/orders/{order['id']}/notes")[0]["note"] == said["message"]


def test_a_completed_order_has_one_more_mail(desk: Desk) -> None:
    order = desk.post("/orders", {})
    path = f"/orders/{order['id']}/actions/email_templates"
    assert [mail["id"] for mail in desk.get(path)] == ["customer_invoice"]
    desk.put(f"/orders/{order['id']}", {"status": "completed"})
    assert [mail["id"] for mail in desk.get(path)] == ["customer_completed_order", "customer_invoice"]
