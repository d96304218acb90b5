"""Refunds with their oddities: what is accepted, what comes as 500, and what moves and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def order(desk: Desk) -> dict[str, Any]:
    """Four mugs and two books, paid, 60.56 in all."""
    mug, book = desk.product("10.00"), desk.product("3.33", name="Book", tax_class="reduced-rate")
    shipping = [{"method_id": "flat_rate", "method_title": "Flat rate", "total": "4.90"}]
    made: dict[str, Any] = desk.order((mug, 4), (book, 2), set_paid=True, shipping_lines=shipping)
    assert made["total"] == "60.56"
    return made


def refund(desk: Desk, order: dict[str, Any], **body: Any) -> Any:
    return desk.post(f"/orders/{order['id']}/refunds", {"api_refund": False, **body})


def refused(desk: Desk, order: dict[str, Any], **body: Any) -> tuple[int, str, str, Any]:
    said = desk.ask("POST", f"/orders/{order['id']}/refunds", body)
    return said.status, said.body["code"], said.body["message"], said.body["data"]


def test_a_piece_goes_back_with_its_tax(desk: Desk, order: dict[str, Any]) -> None:
    line = order["line_items"][0]
    tax = [{"id": 1, "refund_total": 1.9}]
    asked = [{"id": line["id"], "quantity": 1, "refund_total": 10.0, "refund_tax": tax}]
    made = refund(desk, order, amount="11.90", reason="broken", line_items=asked)
    assert (made["amount"], made["reason"], made["refunded_by"], made["refunded_payment"]) == (
        "11.90",
        "broken",
        1,
        False,
    )
    back = made["line_items"][0]
    assert (back["quantity"], back["subtotal"], back["total"], back["total_tax"]) == (-1, "-10.00", "-10.00", "-1.90")
    assert back["taxes"] == [{"id": 1, "total": "-1.90", "subtotal": "-1.90"}]
    assert [(row["key"], row["value"]) for row in back["meta_data"]] == [("_refunded_item_id", str(line["id"]))]
    assert [(row["rate_id"], row["tax_total"]) for row in made["tax_lines"]] == [(1, "-1.90")]


def test_the_order_keeps_its_totals_and_lists_what_was_given_back(desk: Desk, order: dict[str, Any]) -> None:
    desk.clock.advance(5)
    made = refund(desk, order, amount="11.90", reason="broken")
    after = desk.get(f"/orders/{order['id']}")
    assert (after["total"], after["total_tax"], after["status"]) == (order["total"], order["total_tax"], "processing")
    assert after["refunds"] == [{"id": made["id"], "reason": "broken", "total": "-11.90"}]
    assert after["date_modified"] != order["date_modified"]


def test_refund_tax_is_only_refunded_if_it_is_asked_for(desk: Desk, order: dict[str, Any]) -> None:
    made = refund(desk, order, line_items=[{"id": order["line_items"][0]["id"], "quantity": 1, "refund_total": 10}])
    assert (made["amount"], made["line_items"][0]["taxes"], made["tax_lines"]) == ("10.00", [], [])


def test_the_amount_is_computed_from_the_lines_if_it_is_left_out(desk: Desk, order: dict[str, Any]) -> None:
    lines = [
        {"id": order["line_items"][0]["id"], "refund_total": 10, "refund_tax": [{"id": 1, "refund_total": 1.9}]},
        {"id": order["shipping_lines"][0]["id"], "refund_total": 4.9, "refund_tax": [{"id": 1, "refund_total": 0.93}]},
    ]
    made = refund(desk, order, line_items=lines)
    assert made["amount"] == "17.73"
    assert [(line["total"], line["total_tax"]) for line in made["shipping_lines"]] == [("-4.90", "-0.93")]
    assert [(row["tax_total"], row["shipping_tax_total"]) for row in made["tax_lines"]] == [("-1.90", "-0.93")]


def test_amount_and_lines_need_not_agree(desk: Desk, order: dict[str, Any]) -> None:
    line = {"id": order["line_items"][0]["id"], "quantity": 4, "refund_total": 40}
    made = refund(desk, order, amount="1.00", line_items=[line])
    assert (made["amount"], made["line_items"][0]["total"]) == ("1.00", "-40.00")


def test_only_money_has_no_lines(desk: Desk, order: dict[str, Any]) -> None:
    made = refund(desk, order, amount="1.00")
    assert [made[kind] for kind in ("line_items", "shipping_lines", "fee_lines", "tax_lines")] == [[], [], [], []]


@pytest.mark.parametrize("line", [{"id": 999999, "quantity": 1, "refund_total": 1}])
def test_a_line_that_is_not_there_is_passed_over(desk: Desk, order: dict[str, Any], line: dict[str, Any]) -> None:
    assert refund(desk, order, amount="1.00", line_items=[line])["line_items"] == []


@pytest.mark.parametrize(
    ("body", "code", "message", "data"),
    [
        ({"amount": "9999", "api_refund": False}, "cannot_create_order_refund", "Invalid refund amount.", 500),
        (
            {"amount": "-1", "api_refund": False},
            "invalid_order_refund",
            "Refund amount must be greater than zero.",
            400,
        ),
        (
            {"amount": "1.00"},
            "cannot_create_order_refund",
            "The payment gateway for this order does not support automatic refunds.",
            500,
        ),
        (
            {},
            "cannot_create_order_refund",
            "The payment gateway for this order does not support automatic refunds.",
            500,
        ),
    ],
)
def test_refusals_come_as_500_with_a_bare_number(
    desk: Desk, order: dict[str, Any], body: dict[str, Any], code: str, message: str, data: int
) -> None:
    assert refused(desk, order, **body) == (500, f"woocommerce_rest_{code}", message, data)
    assert desk.get(f"/orders/{order['id']}/refunds") == []


def test_a_refusal_of_the_gateway_burns_an_id(desk: Desk, order: dict[str, Any]) -> None:
    refused(desk, order, amount="1.00")
    assert refund(desk, order, amount="1.00")["id"] == order["id"] + 2


def test_an_amount_as_a_number_is_a_wrong_type(desk: Desk, order: dict[str, Any]) -> None:
    assert refused(desk, order, amount=1.0)[:2] == (400, "rest_invalid_param")


def test_nothing_at_all_may_be_refunded(desk: Desk, order: dict[str, Any]) -> None:
    assert refund(desk, order, amount="0")["amount"] == "0.00"
    assert desk.get(f"/orders/{order['id']}")["refunds"][0]["total"] == "-0.00"


def test_an_order_that_is_not_there_is_a_500_too(desk: Desk) -> None:
    assert refused(desk, {"id": 999}, amount="1")[:2] == (500, "woocommerce_rest_invalid_order_id")


@pytest.mark.parametrize(
    ("body", "back", "kept"),
    [
        ({}, 1, ("3", "1")),
        ({"api_restock": True}, 1, ("3", "1")),
        ({"api_restock": False}, 0, ("4", None)),
    ],
)
def test_pieces_go_back_into_stock_unless_told_otherwise(
    desk: Desk, order: dict[str, Any], body: dict[str, Any], back: int, kept: tuple[str, str | None]
) -> None:
    line = order["line_items"][0]
    before = desk.stock(line["product_id"])
    refund(desk, order, amount="1", line_items=[{"id": line["id"], "quantity": 1, "refund_total": 1}], **body)
    assert desk.stock(line["product_id"]) == before + back
    rows = {row["key"]: row["value"] for row in desk.get(f"/orders/{order['id']}")["line_items"][0]["meta_data"]}
    assert (rows["_reduced_stock"], rows.get("_restock_refunded_items")) == kept


def test_more_pieces_than_were_ordered_come_back_all_the_same(desk: Desk, order: dict[str, Any]) -> None:
    line = order["line_items"][0]
    refund(desk, order, amount="1", line_items=[{"id": line["id"], "quantity": 50, "refund_total": 1}])
    assert desk.stock(line["product_id"]) == 100 - 4 + 50
    rows = {row["key"]: row["value"] for row in desk.get(f"/orders/{order['id']}")["line_items"][0]["meta_data"]}
    assert rows == {"_reduced_stock": "-46", "_restock_refunded_items": "50"}


def test_money_without_pieces_moves_no_stock(desk: Desk, order: dict[str, Any]) -> None:
    line = order["line_items"][0]
    refund(desk, order, amount="1", line_items=[{"id": line["id"], "quantity": 0, "refund_total": 1}])
    assert desk.stock(line["product_id"]) == 96


def test_with_nothing_left_the_order_is_refunded(desk: Desk, order: dict[str, Any]) -> None:
    partial = refund(desk, order, amount="60.00")
    assert desk.get(f"/orders/{order['id']}")["status"] == "processing"
    rest = refund(desk, order, amount="0.56")
    assert desk.get(f"/orders/{order['id']}")["status"] == "refunded"
    kinds = [row["value"] for made in (partial, rest) for row in made["meta_data"] if row["key"] == "_refund_type"]
    assert kinds == ["partial", "full"]
    assert refused(desk, order, amount="0.01", api_refund=False)[2] == "Invalid refund amount."


def test_refunds_of_one_order_and_of_all(desk: Desk, order: dict[str, Any]) -> None:
    first = refund(desk, order, amount="1")
    desk.clock.advance(5)
    second = refund(desk, order, amount="2")
    other = desk.order((order["line_items"][0]["product_id"], 1), set_paid=True)
    desk.clock.advance(5)
    third = refund(desk, other, amount="3")
    assert [one["id"] for one in desk.get(f"/orders/{order['id']}/refunds")] == [second["id"], first["id"]]
    everywhere = desk.get("/refunds")
    assert [(one["id"], one["parent_id"]) for one in everywhere] == [
        (third["id"], other["id"]),
        (second["id"], order["id"]),
        (first["id"], order["id"]),
    ]
    assert desk.get(f"/orders/{order['id']}/refunds/{first['id']}")["amount"] == "1.00"


def test_a_refund_is_found_below_its_own_order_only(desk: Desk, order: dict[str, Any]) -> None:
    made = refund(desk, order, amount="1")
    other = desk.order((order["line_items"][0]["product_id"], 1))

    def code(path: str) -> tuple[int, str]:
        said = desk.ask("GET", path)
        return said.status, said.body["code"]

    assert code(f"/orders/{order['id']}/refunds/999") == (404, "woocommerce_rest_shop_order_refund_invalid_id")
    assert code(f"/orders/{order['id']}/refunds/{order['id']}") == (500, "woocommerce_rest_invalid_order_refund_id")
    assert code(f"/orders/{other['id']}/refunds/{made['id']}") == (500, "woocommerce_rest_invalid_order_refund_id")


@pytest.mark.parametrize("force", ["true", "false"])
def test_a_deleted_refund_is_gone_at_once_and_leaves_the_stock(desk: Desk, order: dict[str, Any], force: str) -> None:
    line = order["line_items"][0]
    made = refund(desk, order, amount="1", line_items=[{"id": line["id"], "quantity": 1, "refund_total": 1}])
    desk.delete(f"/orders/{order['id']}/refunds/{made['id']}", force=force)
    assert desk.get(f"/orders/{order['id']}")["refunds"] == []
    assert desk.stock(line["product_id"]) == 97


def test_custom_fields_of_a_refund_are_kept(desk: Desk, order: dict[str, Any]) -> None:
    made = refund(desk, order, amount="1", meta_data=[{"key": "erp_credit_note", "value": "CN-1"}])
    assert {row["key"]: row["value"] for row in made["meta_data"]}["erp_credit_note"] == "CN-1"


def test_the_location_header_forgets_the_order(desk: Desk, order: dict[str, Any]) -> None:
    said = desk.ask("POST", f"/orders/{order['id']}/refunds", {"amount": "1", "api_refund": False})
    assert said.headers["location"].endswith(rf"/orders/(?P<order_id>[\d]+)/refunds/{said.body['id']}")
