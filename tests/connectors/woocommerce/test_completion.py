"""When an order becomes completed in the shop: only when all is shipped, never twice, never against anybody's decision.

A status mails the customer, so each test counts what was written, not only what is there in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.kit.ports import Outcome
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.completion import STAYS, Move, cancel_note, move_of
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.domain.fulfilment import Fulfilment, Package
from trueup.domain.order import Receipt
from trueup.sandbox import RunningShop, ShopSettings, running_shop

from .conftest import Opener, settings_of
from .parcels import done, refused
from .shipments import article, fulfilment, going_back, line, notes_in, ordered, package, status_in
from .test_order_mapping import settings

PUT = "PUT /orders/{id}"
TRACKED = package("P1", number="A1")
UNTRACKED = package("P2")

# The rules


@pytest.mark.parametrize(
    ("when", "stage", "packages", "completed"),
    [
        ("tracking", "shipped", (TRACKED,), True),
        ("tracking", "shipped", (TRACKED, UNTRACKED), False),
        ("tracking", "shipped", (), False),
        ("tracking", "partly shipped", (TRACKED,), False),
        ("tracking", "picked", (TRACKED,), False),
        ("shipped", "shipped", (UNTRACKED,), True),
        ("shipped", "shipped", (), True),
        ("shipped", "partly shipped", (UNTRACKED,), False),
        ("shipped", "picked", (), False),
        ("picked", "picked", (), True),
        ("picked", "shipped", (), True),
        ("picked", "in work", (), False),
        ("picked", "partly shipped", (TRACKED,), False),
        ("never", "shipped", (TRACKED,), False),
        ("never", "picked", (), False),
        *((when, stage, (), False) for when in ("tracking", "shipped", "picked") for stage in ("open", "cancelled")),
    ],
)
def test_an_order_is_completed_at_the_moment_that_the_connection_says(
    when: str, stage: str, packages: Sequence[Package], completed: bool
) -> None:
    move = move_of("processing", fulfilment(*packages, stage=stage), settings(complete_when=when))
    assert (move.status == "completed") is completed


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("processing", True),
        ("on-hold", True),
        ("packing", True),
        ("completed", False),
        ("delivered", False),
        ("pending", False),
        ("cancelled", False),
        ("refunded", False),
        ("failed", False),
        ("trash", False),
        ("unheard-of", False),
    ],
)
def test_only_an_order_that_is_under_way_is_completed(status: str, moves: bool) -> None:
    known = settings(order_stages={"packing": "placed", "delivered": "completed"})
    move = move_of(status, fulfilment(TRACKED), known)
    assert (move.status == "completed") is moves
    told = moves or status in ("completed", "delivered") or (move.why is not None and status in move.why)
    assert told, "whoever looks for the reason finds it"


def test_an_unpaid_order_is_completed_if_such_orders_are_taken_over() -> None:
    assert move_of("pending", fulfilment(TRACKED), settings(order_statuses=("pending",))) == Move(status="completed")


def test_a_partly_shipped_order_gets_the_status_that_the_connection_names_for_it() -> None:
    partly = fulfilment(TRACKED, stage="partly shipped")
    named = settings(partial_status="partial-shipped")
    assert move_of("processing", partly, settings()) == STAYS
    assert move_of("processing", partly, named) == Move(status="partial-shipped")
    assert move_of("partial-shipped", partly, named) == STAYS, "nothing changes, so nothing is mailed"
    assert move_of("completed", partly, named) == STAYS
    assert move_of("cancelled", partly, named).status is None
    assert move_of("partial-shipped", fulfilment(TRACKED), named) == Move(status="completed")


def test_parcels_that_hold_a_part_of_a_line_do_not_complete_the_order_whatever_the_back_office_says() -> None:
    move = move_of("processing", fulfilment(TRACKED), settings(), half_shipped=True)
    assert move.status is None
    assert move.why is not None
    assert "only a part of a line" in move.why


def test_without_a_document_number_no_status_moves() -> None:
    move = move_of("processing", fulfilment(TRACKED, document=" "), settings())
    assert move.status is None
    assert "document number" in str(move.why)


@pytest.mark.parametrize(
    ("back", "status", "moved", "noted"),
    [
        ("note", "processing", None, True),
        ("status", "processing", "cancelled", False),
        ("off", "processing", None, False),
        ("status", "completed", None, False),
        ("status", "refunded", None, False),
        ("status", "cancelled", None, False),
        ("note", "completed", None, False),
        ("note", "cancelled", None, False),
        ("note", "trash", None, False),
    ],
)
def test_a_cancellation_of_the_back_office_is_left_to_a_person_unless_the_connection_says_otherwise(
    back: str, status: str, moved: str | None, noted: bool
) -> None:
    cancelled, chosen = fulfilment(stage="cancelled"), settings(cancel_back=back)
    assert move_of(status, cancelled, chosen).status == moved
    assert (cancel_note(cancelled, status, chosen) is not None) is noted


def test_a_note_about_a_cancellation_is_for_cancellations_only() -> None:
    assert cancel_note(fulfilment(TRACKED), "processing", settings()) is None


# In the shop


@pytest.fixture
def order(api: WooClient) -> dict[str, Any]:
    """Four mugs."""
    return ordered(api, (str(article(api, "MUG")), 4))


def all_of(order: dict[str, Any], number: str | None = "A1", **more: Any) -> Fulfilment:
    mug = str(order["line_items"][0]["product_id"])
    return fulfilment(package("P1", line(mug, 4), number=number), **more)


def test_the_status_moves_once_after_the_tracking_number_and_a_repeat_writes_nothing(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    for _ in range(3):
        done(woo.push([going_back(order, all_of(order))])[0])
    assert status_in(api, order) == "completed"
    assert shop.log.counts[PUT] == 1
    (moved,), (tracked,) = (notes_in(api, order, word) for word in ("to Completed", "A1"))
    assert tracked["id"] < moved["id"], "the mail finds the number with the order"


def test_a_tracking_number_that_is_missing_holds_the_order_back_until_it_comes(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    waiting = done(woo.push([going_back(order, all_of(order, number=None))])[0])
    assert status_in(api, order) == "processing"
    assert waiting.note == "The order becomes completed when every parcel has a tracking number."
    done(woo.push([going_back(order, all_of(order))])[0])
    assert status_in(api, order) == "completed"


def test_a_part_of_a_line_does_not_complete_the_order(woo: WooCommerce, api: WooClient, order: dict[str, Any]) -> None:
    mug = str(order["line_items"][0]["product_id"])
    outcome = done(woo.push([going_back(order, fulfilment(package("P1", line(mug, 3), number="A1")))])[0])
    assert status_in(api, order) == "processing"
    assert "only a part of a line" in str(outcome.note)
    api.send("POST", f"orders/{order['id']}/refunds", {"amount": "10.00", "api_refund": False})
    done(woo.push([going_back(order, fulfilment(package("P1", line(mug, 3), number="A1")))])[0])
    assert status_in(api, order) == "completed", "the fourth mug was refunded"


def test_an_order_that_somebody_else_completed_keeps_its_status_and_gets_its_number(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    """ShipStation and its like complete orders themselves: nobody fights with them."""
    api.send("PUT", f"orders/{order['id']}", {"status": "completed"})
    shop.log.clear()
    done(woo.push([going_back(order, all_of(order))])[0])
    assert shop.log.counts.get(PUT, 0) == 0
    assert len(notes_in(api, order, "A1")) == 1


@pytest.mark.parametrize("status", ["cancelled", "refunded", "failed", "trash"])
def test_an_order_that_came_to_an_end_is_never_completed(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], status: str
) -> None:
    if status == "trash":
        api.send("DELETE", f"orders/{order['id']}", None)
    else:
        api.send("PUT", f"orders/{order['id']}", {"status": status})
    shop.log.clear()
    outcome = done(woo.push([going_back(order, all_of(order))])[0])
    assert (status_in(api, order), shop.log.counts.get(PUT, 0)) == (status, 0)
    assert f"status {status} in the shop was left as it is" in str(outcome.note)


def test_an_order_that_is_cancelled_while_its_tracking_is_written_stays_cancelled(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    """The first try writes the number and loses the answer; the customer cancels; the second try must notice."""
    shop.faults.add("error", method="PUT", route="/orders/{id}", times=1)
    assert isinstance(woo.push([going_back(order, all_of(order))])[0], TryLater)
    api.send("PUT", f"orders/{order['id']}", {"status": "cancelled"})
    done(woo.push([going_back(order, all_of(order))])[0])
    assert status_in(api, order) == "cancelled"


@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "cut_short"])
def test_a_status_whose_answer_was_lost_is_not_written_twice(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], fault: str
) -> None:
    shop.faults.add(fault, method="PUT", route="/orders/{id}", times=1)
    assert isinstance(woo.push([going_back(order, all_of(order))])[0], TryLater)
    done(woo.push([going_back(order, all_of(order))])[0])
    assert (status_in(api, order), shop.log.counts[PUT]) == ("completed", 1)


def test_tracking_that_cannot_be_written_keeps_the_order_from_being_completed(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    shop.faults.add("error", method="POST", route="/orders/{order_id}/notes", times=1)
    assert isinstance(woo.push([going_back(order, all_of(order))])[0], TryLater)
    assert status_in(api, order) == "processing"


def test_an_order_is_not_completed_for_its_document_number_alone(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    """A peer closes every order after the try, transferred or not, and the customer gets the mail."""
    receipt = Receipt(id="SO-77", document_number="SO-77", system="Sample ERP", order_number="1")
    done(woo.push([going_back(order, receipt)])[0])
    assert (status_in(api, order), shop.log.counts.get(PUT, 0)) == ("processing", 0)


def test_number_shipment_and_status_travel_together(woo: WooCommerce, api: WooClient, order: dict[str, Any]) -> None:
    receipt = Receipt(id="SO-77", document_number="SO-77", system="Sample ERP", order_number="1")
    done(woo.push([going_back(order, receipt, all_of(order))])[0])
    meta = {row["key"]: row["value"] for row in api.get(f"orders/{order['id']}")["meta_data"]}
    assert (meta["_erp_document_no"], status_in(api, order)) == ("SO-77", "completed")
    assert len(notes_in(api, order, "Transferred to Sample ERP as SO-77.")) == 1


def test_the_nth_status_that_fails_stops_no_other_order(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    """A peer writes statuses one by one in one transaction: the nth failure loses all orders before it."""
    mug = str(article(api, "MUG"))
    orders = [ordered(api, (mug, 4)) for _ in range(4)]
    shop.faults.add("error", method="PUT", route="/orders/{id}", skip=1, times=1, status=503)
    outcomes: Sequence[Outcome] = woo.push([going_back(order, all_of(order)) for order in orders])
    assert [type(outcome).__name__ for outcome in outcomes] == ["Done", "TryLater", "Done", "Done"]
    assert [status_in(api, order) for order in orders] == ["completed", "processing", "completed", "completed"]
    done(woo.push([going_back(orders[1], all_of(orders[1]))])[0])
    assert status_in(api, orders[1]) == "completed"


def test_a_shop_that_does_not_answer_any_more_is_not_asked_for_every_order(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    mug = str(article(api, "MUG"))
    orders = [ordered(api, (mug, 4)) for _ in range(5)]
    shop.log.clear()
    shop.faults.add("drop", method="POST", route="/orders/{order_id}/notes")
    outcomes = woo.push([going_back(order, all_of(order)) for order in orders])
    assert all(isinstance(outcome, TryLater) for outcome in outcomes)
    assert [isinstance(outcome, TryLater) and outcome.unknown_outcome for outcome in outcomes] == [True, *[False] * 4]
    assert shop.log.counts["POST /orders/{order_id}/notes"] == 1


def test_a_status_that_the_shop_does_not_have_is_told(connect: Opener, api: WooClient, order: dict[str, Any]) -> None:
    woo = connect(partial_status="half-way")
    mug = str(order["line_items"][0]["product_id"])
    sent = fulfilment(package("P1", line(mug, 1), number="A1"), stage="partly shipped")
    error = refused(woo.push([going_back(order, sent)])[0], Rejected)
    assert error.sentence.startswith(f"Order {order['number']}: the shop refuses the status half-way.")
    assert status_in(api, order) == "processing"


def test_a_partly_shipped_order_moves_to_the_plugins_status_and_on_to_completed() -> None:
    names = (("partial-shipped", "Partially shipped"),)
    with running_shop(ShopSettings(order_statuses=names), https=True) as shop:
        chosen = settings_of(shop, partial_status="partial-shipped")
        api, woo = WooClient(chosen), open_connector(chosen)
        order = ordered(api, (str(article(api, "MUG")), 4))
        mug = str(order["line_items"][0]["product_id"])
        first, second = package("P1", line(mug, 1), number="A1"), package("P2", line(mug, 3), number="B2")
        for _ in range(2):
            done(woo.push([going_back(order, fulfilment(first, stage="partly shipped"))])[0])
        assert (status_in(api, order), shop.log.counts[PUT]) == ("partial-shipped", 1)
        done(woo.push([going_back(order, fulfilment(first, second))])[0])
        assert status_in(api, order) == "completed"
        api.close()
        woo.close()


def test_a_cancelled_document_leaves_one_note_and_no_mail(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(stage="cancelled"))])[0])
    (note,) = notes_in(api, order, "was cancelled in the back office")
    assert note["customer_note"] is False
    assert (status_in(api, order), shop.log.counts.get(PUT, 0)) == ("processing", 0)


def test_a_cancelled_document_cancels_the_order_where_the_connection_says_so(
    connect: Opener, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    woo = connect(cancel_back="status")
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(stage="cancelled"))])[0])
    assert (status_in(api, order), shop.log.counts[PUT]) == ("cancelled", 1)
    assert notes_in(api, order, "was cancelled in the back office") == []
