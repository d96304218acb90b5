"""What a status means: a table for the shop's own, a setting for those of plugins, and never a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import is_taken, is_test
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind

from .test_order_mapping import ANSWERS, settings

PAID = "2026-11-21T19:40:00"


def row_of(status: Any, **fields: Any) -> dict[str, Any]:
    return {**ANSWERS["create_full"], "status": status, "date_paid_gmt": None, "date_completed_gmt": None, **fields}


def read(row: dict[str, Any], **changes: Any) -> Change | Unreadable:
    return order_change(row, OrderContext(settings(**changes), 2, False))


def order(status: str, *, setting: dict[str, Any] | None = None, **fields: Any) -> Order:
    change = read(row_of(status, **fields), **(setting or {}))
    assert isinstance(change, Change), change
    assert isinstance(change.record, Order)
    return change.record


@pytest.mark.parametrize(
    ("status", "stage", "ready"),
    [
        ("pending", Stage.UNPAID, False),
        ("on-hold", Stage.ON_HOLD, False),
        ("processing", Stage.PLACED, True),
        ("completed", Stage.COMPLETED, True),
        ("cancelled", Stage.CANCELLED, False),
        ("refunded", Stage.REFUNDED, False),
        ("failed", Stage.FAILED, False),
        ("trash", Stage.CANCELLED, False),
    ],
)
def test_every_status_of_the_shop_itself_has_its_stage(status: str, stage: Stage, ready: bool) -> None:
    found = order(status)
    assert (found.status, found.stage, found.ready) == (status, stage, ready)
    assert is_taken(row_of(status), settings())


@pytest.mark.parametrize("status", ["draft", "auto-draft", "checkout-draft", "new"])
def test_an_order_that_is_not_placed_is_never_read(status: str) -> None:
    assert not is_taken(row_of(status), settings())
    assert not is_taken(row_of(status), settings(order_stages={status: "placed"}))


READY = [
    ("on-hold", ("on-hold",), {}, True),
    ("processing", ("on-hold",), {"date_paid_gmt": PAID}, False),
    ("processing", ("completed",), {"date_paid_gmt": PAID}, False),
    ("completed", ("completed",), {}, True),
    ("completed", ("processing",), {}, True),
    ("completed", ("on-hold",), {}, False),
    ("on-hold", ("processing",), {"date_paid_gmt": PAID}, False),
    ("cancelled", ("processing",), {"date_paid_gmt": PAID}, False),
    ("refunded", ("processing",), {"date_paid_gmt": PAID}, False),
    ("trash", ("processing",), {"date_paid_gmt": PAID, "date_completed_gmt": PAID}, False),
    ("packing", ("processing",), {"date_paid_gmt": PAID}, True),
    ("packing", ("processing",), {}, False),
    ("packing", ("processing", "packing"), {}, True),
    ("packing", ("completed",), {"date_paid_gmt": PAID}, False),
]


@pytest.mark.parametrize(("status", "statuses", "fields", "ready"), READY)
def test_ready_is_who_is_in_a_chosen_status_or_past_it(
    status: str, statuses: tuple[str, ...], fields: dict[str, Any], ready: bool
) -> None:
    setting = {"order_statuses": statuses, "order_stages": {"packing": "placed"}}
    assert order(status, setting=setting, **fields).ready is ready


def test_a_status_of_a_plugin_that_nobody_explained_is_told_with_the_setting_that_explains_it() -> None:
    found = read(row_of("awaiting-print"))
    assert isinstance(found, Unreadable)
    assert (found.kind, found.id) == (Kind.ORDER, "133")
    (problem,) = found.problems
    assert problem.field == "status"
    assert 'its status "awaiting-print" comes from a plugin' in problem.sentence
    assert "order_stages" in problem.sentence
    explained = order("awaiting-print", setting={"order_stages": {"awaiting-print": "on hold"}})
    assert explained.stage is Stage.ON_HOLD


def test_a_plugins_status_in_which_orders_are_taken_over_needs_no_further_explanation() -> None:
    found = order("to-ship", setting={"order_statuses": ("to-ship",)})
    assert (found.stage, found.ready) == (Stage.PLACED, True)
    assert order("partial-shipped", setting={"partial_status": "partial-shipped"}).stage is Stage.PLACED


def test_what_the_settings_say_of_a_status_counts_more_than_the_table() -> None:
    assert order("pending", setting={"order_stages": {"pending": "placed"}}).stage is Stage.PLACED


def test_a_status_that_is_no_text_is_told_about() -> None:
    for status in (None, 7, ""):
        found = read(row_of(status))
        assert isinstance(found, Unreadable)
        assert found.problems[0].field == "status"


def test_a_binned_order_is_cancelled_but_a_completed_one_in_the_bin_stays_completed() -> None:
    assert order("trash").is_cancelled
    tidied = order("trash", date_completed_gmt=PAID)
    assert (tidied.stage, tidied.is_cancelled) == (Stage.COMPLETED, False)


def test_the_stage_alone_does_not_change_the_order_but_its_cancellation_does() -> None:
    placed, completed, binned = order("processing"), order("completed", date_paid_gmt=PAID), order("trash")
    assert placed.fingerprint() == completed.fingerprint()
    assert binned.fingerprint() != placed.fingerprint()


def test_orders_before_the_start_are_never_read_whatever_their_status() -> None:
    start = settings(order_start=datetime(2026, 11, 21, 19, 37, 35, tzinfo=UTC))
    for status in ("processing", "trash", "unheard-of"):
        assert is_taken(row_of(status, date_created_gmt="2026-11-21T19:37:35"), start)
        assert not is_taken(row_of(status, date_created_gmt="2026-11-21T19:37:34"), start)


# Test orders

PLAY_MONEY = [
    ("_wcpay_mode", "test", True),
    ("_wcpay_mode", "prod", False),
    ("_ppcp_paypal_payment_mode", "sandbox", True),
    ("_ppcp_paypal_payment_mode", "live", False),
    ("_mollie_payment_mode", "test", True),
    ("_some_mode", "test", False),
]


@pytest.mark.parametrize(("key", "value", "test"), PLAY_MONEY)
def test_an_order_that_was_paid_with_play_money_is_left_out(key: str, value: str, test: bool) -> None:
    row = row_of("processing", meta_data=[{"id": 1, "key": key, "value": value}])
    assert is_test(row, settings()) is test
    assert is_taken(row, settings()) is not test
    assert is_taken(row, settings(test_orders="take"))


@pytest.mark.parametrize(
    ("email", "test"),
    [
        ("anna@agency.example", True),
        ("Anna@AGENCY.example", True),
        ("anna@not-agency.example", False),
        ("qa@shop.example", True),
        ("sqa@shop.example", False),
        ("", False),
    ],
)
def test_orders_of_certain_addresses_are_test_orders(email: str, test: bool) -> None:
    row = row_of("processing", billing={"email": email})
    for marks in (("@agency.example", "qa@shop.example"), ("agency.example", " QA@shop.example ")):
        assert is_test(row, settings(test_emails=marks)) is test
    assert not is_test(row, settings())
    assert not is_test(row, settings(test_emails=("", " ")))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"order_stages": {"packing": "on the table"}}, "order_stages"),
        ({"partial_status": "completed"}, "is no status of an order on its way"),
        ({"partial_status": "trash"}, "is no status of an order on its way"),
        ({"test_orders": "maybe"}, "test_orders"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x", **changes)
