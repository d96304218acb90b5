"""What `verify` says about orders: which statuses the shop has, where tracking numbers go, who gets which mail."""

from __future__ import annotations

from typing import Any

from trueup.connectors.kit.errors import OutsideError, Rejected
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.offers import NAMES, Tier, chosen, offered
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import UNPLACED, stage_of_status

COMPLETED_MAIL = "settings/email_customer_completed_order"
EARLY = ("pending", "on-hold")


def verify_orders(client: WooClient, settings: Settings) -> list[Finding]:
    return [*_statuses(client, settings), _passing_by(settings), _tracking(client, settings), _mails(client, settings)]


def _statuses(client: WooClient, settings: Settings) -> list[Finding]:
    """Nothing for a shop that does not tell its statuses (before WooCommerce 9)."""
    try:
        rows = client.rows("orders/statuses")
    except OutsideError:
        return []
    names = {str(row.get("slug", "")).removeprefix("wc-"): str(row.get("name", "")) for row in rows}
    if not names:
        return []
    found = [_finding("order statuses", Level.GREEN, "The meaning of every order status of the shop is known.")]
    unknown = [slug for slug in names if slug not in UNPLACED and stage_of_status(slug, settings) is None]
    if unknown:
        told = ", ".join(f"{slug} ({names[slug]})" for slug in unknown)
        sentence = f"The shop has order statuses of plugins whose meaning nobody said: {told}. Orders in them wait."
        fix = f"Say what they mean in order_stages of this connection, such as {unknown[0]} = placed."
        found = [_finding("order statuses", Level.YELLOW, sentence, fix)]
    wanted = (*settings.order_statuses, *([settings.partial_status] if settings.partial_status else []))
    return found + [_missing(slug) for slug in wanted if slug not in names]


def _missing(slug: str) -> Finding:
    sentence = f"The shop has no order status {slug}, which this connection names."
    return _finding("order statuses", Level.RED, sentence, "Correct order_statuses and partial_status.")


def _passing_by(settings: Settings) -> Finding:
    early = [status for status in settings.order_statuses if status in EARLY]
    told = ", ".join(settings.order_statuses)
    if early and "processing" not in settings.order_statuses:
        sentence = f"Orders are taken over in {told}: one that moves on between two reads is never taken over."
        return _finding("transfer", Level.YELLOW, sentence, "Add processing to order_statuses.")
    return _finding("transfer", Level.GREEN, f"Orders are taken over in {told}.")


def _tracking(client: WooClient, settings: Settings) -> Finding:
    try:
        tier = chosen(settings, offered(client))
    except Rejected as error:
        return _finding("tracking", Level.RED, error.sentence, "Switch it on, or set tracking_via to auto.")
    except OutsideError as error:
        return _finding("tracking", Level.YELLOW, error.sentence, "Try again when the shop answers.")
    if tier is None:
        return _finding("tracking", Level.GREEN, "Tracking numbers are not written.")
    if tier is Tier.NOTE and not settings.tracking_mail:
        sentence = (
            "Tracking numbers become private notes on the order, which customers do not see. To show them, switch"
        )
        more = "on order fulfillments or a tracking plugin in the shop, or tracking_mail in this connection."
        return _finding("tracking", Level.GREEN, f"{sentence} {more}")
    mailed = ", and customers are mailed each of them" if settings.tracking_mail and _mails_numbers(tier) else ""
    return _finding("tracking", Level.GREEN, f"Tracking numbers go to {NAMES[tier]}{mailed}.")


def _mails_numbers(tier: Tier) -> bool:
    return tier in (Tier.NOTE, Tier.FULFILMENTS)


def _mails(client: WooClient, settings: Settings) -> Finding:
    if settings.complete_when == "never":
        return _finding("mails", Level.GREEN, "Orders are never completed from here, so no customer is mailed for it.")
    begin = f"Orders become completed when {_MOMENTS[settings.complete_when]}"
    if _is_on(client) is False:
        return _finding("mails", Level.GREEN, f"{begin}; the shop's mail about it is switched off.")
    return _finding("mails", Level.GREEN, f"{begin}, and the shop mails the customer.")


_MOMENTS = {
    "tracking": "all of it is shipped and every parcel has a tracking number",
    "shipped": "all of it is shipped",
    "picked": "all of it is picked",
}


def _is_on(client: WooClient) -> bool | None:
    """Whether the shop mails customers of completed orders; None if it does not say."""
    try:
        value: Any = {row.get("id"): row.get("value") for row in client.rows(COMPLETED_MAIL)}.get("enabled")
    except OutsideError:
        return None
    return None if value is None else value == "yes"


def _finding(check: str, level: Level, sentence: str, fix: str = "") -> Finding:
    return Finding(check=check, level=level, sentence=sentence, fix=fix)
