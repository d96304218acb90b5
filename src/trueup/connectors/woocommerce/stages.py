"""What the status of an order means, whether it is to be transferred, and which orders are none of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.connectors.woocommerce.fields import Broken, Row, meta_of, moment_or_none
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.order import Stage

TRASH = "trash"
STAGES: Mapping[str, Stage] = {
    "pending": Stage.UNPAID,
    "on-hold": Stage.ON_HOLD,
    "processing": Stage.PLACED,
    "completed": Stage.COMPLETED,
    "cancelled": Stage.CANCELLED,
    "refunded": Stage.REFUNDED,
    "failed": Stage.FAILED,
    TRASH: Stage.CANCELLED,
}
UNPLACED = frozenset({"checkout-draft", "auto-draft", "draft", "new"})
TEST_MODES: Mapping[str, str] = {
    "_wcpay_mode": "test",
    "_ppcp_paypal_payment_mode": "sandbox",
    "_mollie_payment_mode": "test",
}
"""Where WooPayments, PayPal Payments and Mollie write down that an order was paid with play money."""


def is_taken(row: Row, settings: Settings) -> bool:
    """Is the order read at all? Not if it is not placed, is from before the start, or a test order."""
    if row.get("status") in UNPLACED:
        return False
    placed = moment_or_none(row.get("date_created_gmt"))
    if settings.order_start and placed and placed < settings.order_start:
        return False
    return settings.test_orders == "take" or not is_test(row, settings)


def is_test(row: Row, settings: Settings) -> bool:
    """Paid in a payment plugin's test mode, or placed with an address that is said to be for tests."""
    meta = meta_of(row)
    if any(meta.get(key) == value for key, value in TEST_MODES.items()):
        return True
    billing = row.get("billing")
    email = str(billing.get("email") or "").casefold() if isinstance(billing, Mapping) else ""
    return any(_matches(email, mark.strip().casefold()) for mark in settings.test_emails)


def _matches(email: str, mark: str) -> bool:
    whole = "@" in mark and not mark.startswith("@")
    return email == mark if whole else bool(mark) and email.endswith(f"@{mark.removeprefix('@')}")


def stage_of(row: Row, settings: Settings) -> Stage:
    """Raises Broken for a status that nobody explained.

    A binned order counts as cancelled, unless it had been completed: then somebody tidies up.
    """
    status = row.get("status")
    if not isinstance(status, str) or not status:
        raise Broken("status", "the shop's answer has no status. A plugin may change what it answers.")
    if status == TRASH and moment_or_none(row.get("date_completed_gmt")):
        return Stage.COMPLETED
    found = stage_of_status(status, settings)
    if found is None:
        told = f'its status "{status}" comes from a plugin, and nobody said what it means. Say so in order_stages of '
        raise Broken("status", f"{told}this connection, such as {status} = placed.")
    return found


def stage_of_status(status: str, settings: Settings) -> Stage | None:
    """By the settings, else by the table; a plugin's status in which orders are taken over, or of which a part is
    shipped, is one of placed orders."""
    if status in settings.order_stages:
        return settings.order_stages[status]
    if status in STAGES:
        return STAGES[status]
    is_ours = status in settings.order_statuses or status == settings.partial_status
    return Stage.PLACED if is_ours else None


def is_ready(row: Row, stage: Stage, settings: Settings) -> bool:
    """Is the order in a status in which it is transferred, or past one?

    A completed order has passed processing, and so has a paid one that a plugin moved on: one that is packed and
    completed between two reads is not lost.
    """
    status = row.get("status")
    if status in settings.order_statuses:
        return True
    if "processing" not in settings.order_statuses or status == TRASH:
        return False
    if stage is Stage.COMPLETED:
        return True
    return stage is Stage.PLACED and moment_or_none(row.get("date_paid_gmt")) is not None
