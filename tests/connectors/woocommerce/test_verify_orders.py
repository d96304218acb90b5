"""What a check of the connection tells about orders before the first one moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.verify_orders import verify_orders
from trueup.sandbox import RunningShop, ShopSettings, running_shop

from .conftest import settings_of


@contextmanager
def a_shop(*statuses: str, features: tuple[str, ...] = ()) -> Iterator[RunningShop]:
    names = tuple((slug, slug.capitalize()) for slug in statuses)
    with running_shop(ShopSettings(order_statuses=names, features=features), https=True) as running:
        yield running


def findings(shop: RunningShop, check: str, **changes: Any) -> list[Finding]:
    settings = settings_of(shop, **changes)
    client = WooClient(settings)
    try:
        return [finding for finding in verify_orders(client, settings) if finding.check == check]
    finally:
        client.close()


def test_a_plugins_status_that_nobody_explained_is_named_with_the_setting() -> None:
    with a_shop("packing", "to-print") as shop:
        (found,) = findings(shop, "order statuses", order_stages={"packing": "placed"})
        assert found.level is Level.YELLOW
        assert "to-print (To-print)" in found.sentence
        assert "packing" not in found.sentence
        assert "to-print = placed" in found.fix
        (found,) = findings(shop, "order statuses", order_stages={"packing": "placed", "to-print": "on hold"})
        assert found.level is Level.GREEN


def test_a_status_that_the_connection_names_and_the_shop_does_not_have_is_red() -> None:
    with a_shop("packing") as shop:
        named = {"partial_status": "half-way", "order_statuses": ["processing", "packing"]}
        green, red = findings(shop, "order statuses", **named)
        assert (green.level, red.level) == (Level.GREEN, Level.RED)
        assert "no order status half-way" in red.sentence


def test_a_shop_that_does_not_tell_its_statuses_is_not_blamed_for_it(shop: RunningShop) -> None:
    shop.faults.add("error", route="/orders/statuses", status=404)
    assert findings(shop, "order statuses") == []


@pytest.mark.parametrize(
    ("statuses", "level"),
    [
        (["processing"], Level.GREEN),
        (["completed"], Level.GREEN),
        (["on-hold", "processing"], Level.GREEN),
        (["on-hold"], Level.YELLOW),
        (["pending"], Level.YELLOW),
    ],
)
def test_a_status_that_orders_may_leave_between_two_reads_is_warned_of(
    shop: RunningShop, statuses: list[str], level: Level
) -> None:
    (found,) = findings(shop, "transfer", order_statuses=statuses)
    assert found.level is level


PLUGINS = ("woocommerce-shipment-tracking", "woo-advanced-shipment-tracking")


@pytest.mark.parametrize(
    ("features", "changes", "level", "told"),
    [
        (("fulfillments", *PLUGINS), {}, Level.GREEN, "WooCommerce's order fulfillments."),
        (("fulfillments",), {"tracking_mail": True}, Level.GREEN, "and customers are mailed each of them."),
        (PLUGINS, {}, Level.GREEN, "go to Shipment Tracking."),
        (PLUGINS[1:], {"tracking_mail": True}, Level.GREEN, "go to Advanced Shipment Tracking."),
        ((), {}, Level.GREEN, "private notes on the order, which customers do not see"),
        ((), {"tracking_mail": True}, Level.GREEN, "a note on the order, and customers are mailed"),
        ((), {"tracking_via": "ast"}, Level.RED, "does not have switched on"),
        (PLUGINS, {"tracking_via": "note"}, Level.GREEN, "private notes"),
        (PLUGINS, {"tracking_via": "off"}, Level.GREEN, "are not written"),
    ],
)
def test_the_way_of_tracking_numbers_is_told(
    features: tuple[str, ...], changes: dict[str, Any], level: Level, told: str
) -> None:
    with a_shop(features=features) as shop:
        (found,) = findings(shop, "tracking", **changes)
        assert (found.level, told in found.sentence) == (level, True), found


def test_a_key_that_may_not_use_fulfilments_takes_the_next_way() -> None:
    with a_shop(features=("fulfillments", PLUGINS[0])) as shop:
        shop.faults.add("forbidden", route="/orders/{order_id}/fulfillments")
        (found,) = findings(shop, "tracking")
        assert "Shipment Tracking" in found.sentence


def test_a_shop_that_does_not_answer_leaves_the_question_open(shop: RunningShop) -> None:
    shop.faults.add("error", route="/orders/{order_id}/fulfillments", status=503)
    (found,) = findings(shop, "tracking")
    assert found.level is Level.YELLOW


@pytest.mark.parametrize(
    ("when", "mail", "told"),
    [
        ("tracking", "yes", "every parcel has a tracking number, and the shop mails the customer."),
        ("shipped", "yes", "all of it is shipped, and the shop mails the customer."),
        ("picked", "no", "all of it is picked; the shop's mail about it is switched off."),
        ("never", "yes", "no customer is mailed"),
    ],
)
def test_who_is_mailed_by_a_completed_order_is_told_beforehand(
    shop: RunningShop, api: WooClient, when: str, mail: str, told: str
) -> None:
    api.send("PUT", "settings/email_customer_completed_order/enabled", {"value": mail})
    (found,) = findings(shop, "mails", complete_when=when)
    assert told in found.sentence


def test_a_shop_that_hides_its_mails_is_taken_to_send_them(shop: RunningShop) -> None:
    shop.faults.add("error", route="/settings/{group}", status=404)
    (found,) = findings(shop, "mails")
    assert "mails the customer" in found.sentence
