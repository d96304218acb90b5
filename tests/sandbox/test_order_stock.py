"""What orders do to stock: when pieces go, when they come back, and what the notes say about it."""

from __future__ import annotations

import pytest

from support.shop_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def notes_of(desk: Desk, order_id: int) -> list[str]:
    return [note["note"] for note in desk.get(f"/orders/{order_id}/notes")]


def kept(desk: Desk, order_id: int, line: int = 0) -> dict[str, str]:
    rows = desk.get(f"/orders/{order_id}")["line_items"][line]["meta_data"]
    return {row["key"]: row["value"] for row in rows}


@pytest.mark.parametrize(
    ("status", "left"),
    [
        ("pending", 10),
        ("failed", 10),
        ("cancelled", 10),
        ("checkout-draft", 10),
        ("on-hold", 8),
        ("processing", 8),
        ("completed", 8),
    ],
)
def test_only_some_statuses_take_stock(desk: Desk, status: str, left: int) -> None:
    mug = desk.product(stock=10)
    desk.order((mug, 2), status=status)
    assert desk.stock(mug) == left


def test_stock_is_taken_once_on_the_way_through_the_statuses(desk: Desk) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2))
    for status in ("on-hold", "processing", "completed"):
        desk.put(f"/orders/{order['id']}", {"status": status})
        assert desk.stock(mug) == 8
    assert kept(desk, order["id"]) == {"_reduced_stock": "2"}


@pytest.mark.parametrize(("status", "left"), [("cancelled", 10), ("pending", 10), ("failed", 8), ("refunded", 8)])
def test_cancelling_and_pending_give_stock_back_others_do_not(desk: Desk, status: str, left: int) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status="processing")
    desk.put(f"/orders/{order['id']}", {"status": status})
    assert desk.stock(mug) == left


def test_a_cancelled_order_that_is_taken_up_again_takes_again(desk: Desk) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status="processing")
    for status, left in (("cancelled", 10), ("cancelled", 10), ("processing", 8), ("pending", 10), ("completed", 8)):
        desk.put(f"/orders/{order['id']}", {"status": status})
        assert desk.stock(mug) == left


@pytest.mark.parametrize("force", ["false", "true"])
def test_neither_trash_nor_deletion_gives_stock_back(desk: Desk, force: str) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status="processing")
    desk.delete(f"/orders/{order['id']}", force=force)
    assert desk.stock(mug) == 8


def test_what_comes_back_is_relative_to_what_the_erp_wrote_meanwhile(desk: Desk) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status="processing")
    desk.put(f"/products/{mug}", {"stock_quantity": 50})
    desk.put(f"/orders/{order['id']}", {"status": "cancelled"})
    assert desk.stock(mug) == 52


def test_products_without_stock_management_are_left_alone(desk: Desk) -> None:
    song = desk.product(stock=None)
    order = desk.order((song, 2), status="processing")
    assert kept(desk, order["id"]) == {}
    assert desk.get(f"/products/{song}")["stock_quantity"] is None


def test_a_variation_without_own_stock_takes_its_parents(desk: Desk) -> None:
    size = {"name": "Size", "variation": True, "options": ["S"]}
    given = {"name": "Shirt", "type": "variable", "manage_stock": True, "stock_quantity": 10, "attributes": [size]}
    parent = desk.post("/products", given)["id"]
    chosen = [{"name": "Size", "option": "S"}]
    small = desk.post(f"/products/{parent}/variations", {"regular_price": "5", "attributes": chosen})["id"]
    desk.post("/orders", {"status": "processing", "line_items": [{"variation_id": small, "quantity": 3}]})
    assert desk.stock(parent) == 7


def test_the_stock_status_follows(desk: Desk) -> None:
    last, backorder = desk.product(stock=2), desk.product(stock=2, backorders="notify")
    desk.order((last, 2), (backorder, 3), status="processing")
    assert desk.get(f"/products/{last}")["stock_status"] == "outofstock"
    assert desk.get(f"/products/{backorder}")["stock_status"] == "onbackorder"


def test_a_sale_moves_the_products_date_modified(desk: Desk) -> None:
    mug = desk.product()
    desk.clock.advance(60)
    desk.order((mug, 1), status="processing")
    assert desk.get(f"/products/{mug}")["date_modified_gmt"] == desk.shop.now_iso()


@pytest.mark.parametrize(
    ("status", "quantity", "left", "holds"),
    [("processing", 5, 5, "5"), ("completed", 1, 9, "1"), ("on-hold", 4, 6, "4"), ("pending", 5, 10, None)],
)
def test_an_edited_quantity_moves_the_stock_of_orders_that_hold_some(
    desk: Desk, status: str, quantity: int, left: int, holds: str | None
) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status=status)
    line = order["line_items"][0]["id"]
    desk.put(f"/orders/{order['id']}", {"line_items": [{"id": line, "quantity": quantity}]})
    assert (desk.stock(mug), kept(desk, order["id"]).get("_reduced_stock")) == (left, holds)


def test_a_line_added_to_a_paid_order_takes_and_a_removed_one_gives_back(desk: Desk) -> None:
    mug, book = desk.product(stock=10), desk.product(stock=10, name="Book")
    order = desk.order((mug, 2), status="processing")
    desk.put(f"/orders/{order['id']}", {"line_items": [{"product_id": book, "quantity": 3}]})
    assert (desk.stock(mug), desk.stock(book)) == (8, 7)
    desk.put(f"/orders/{order['id']}", {"line_items": [{"id": order["line_items"][0]["id"], "quantity": 0}]})
    assert (desk.stock(mug), desk.stock(book)) == (10, 7)


def test_notes_tell_from_which_number_to_which(desk: Desk) -> None:
    mug, book = desk.product(stock=10), desk.product(stock=5, name="Book")
    order = desk.order((mug, 2), (book, 1), set_paid=True)
    assert notes_of(desk, order["id"]) == [
        "Payment complete.",
        "Stock levels reduced: Mug (10&rarr;8), Book (5&rarr;4)",
    ]
    desk.clock.advance(5)
    line = order["line_items"][0]["id"]
    desk.put(f"/orders/{order['id']}", {"line_items": [{"id": line, "quantity": 5}]})
    assert notes_of(desk, order["id"])[0] == "Adjusted stock: Mug (8&rarr;5)"
    desk.clock.advance(5)
    desk.put(f"/orders/{order['id']}", {"status": "cancelled"})
    assert notes_of(desk, order["id"])[:2] == [
        "Stock levels increased: Mug (5&rarr;10), Book (4&rarr;5)",
        "Order status changed from Processing to Cancelled.",
    ]


def test_low_and_no_stock_are_told_once_per_order(desk: Desk) -> None:
    heard: list[tuple[str, int]] = []
    desk.shop.subscribers.append(lambda _shop, topic, id_: heard.append((topic, id_)))
    mug = desk.product(stock=6, low_stock_amount=3)
    desk.order((mug, 2), status="processing")
    assert ("action.woocommerce_low_stock", mug) not in heard
    desk.order((mug, 1), status="processing")
    assert heard.count(("action.woocommerce_low_stock", mug)) == 1
    desk.order((mug, 3), status="processing")
    assert heard.count(("action.woocommerce_no_stock", mug)) == 1


def test_pieces_sold_are_counted_and_taken_back(desk: Desk) -> None:
    mug = desk.product(stock=10)
    order = desk.order((mug, 2), status="processing")

    def sold() -> int:
        return int(desk.get(f"/products/{mug}")["total_sales"])

    assert sold() == 2
    desk.put(f"/orders/{order['id']}", {"status": "cancelled"})
    assert sold() == 0
    desk.put(f"/orders/{order['id']}", {"status": "completed"})
    desk.delete(f"/orders/{order['id']}")
    assert sold() == 0
    desk.put(f"/orders/{order['id']}", {"status": "completed"})
    assert sold() == 2
