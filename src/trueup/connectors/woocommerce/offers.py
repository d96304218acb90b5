"""What a shop offers for tracking numbers: WooCommerce's own fulfilments, two plugins, and a note in any case."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from trueup.connectors.kit.errors import Misconfigured, Rejected
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.settings import Settings

OFFERS_LAST = 300.0
SHIPMENT_TRACKING = "wc-shipment-tracking/v3"
ADVANCED_TRACKING = "wc-ast/v3"
NO_ROUTE = "rest_no_route"


class Tier(StrEnum):
    """The ways to tell a tracking number, best first; the values are those of the setting `tracking_via`."""

    FULFILMENTS = "fulfillments"
    SHIPMENT_TRACKING = "shipment_tracking"
    AST = "ast"
    NOTE = "note"


NAMES = {
    Tier.FULFILMENTS: "WooCommerce's order fulfillments",
    Tier.SHIPMENT_TRACKING: "Shipment Tracking",
    Tier.AST: "Advanced Shipment Tracking",
    Tier.NOTE: "a note on the order",
}


def offered(client: WooClient) -> tuple[Tier, ...]:
    """Plugins show by their namespaces in the public index. Fulfilments have none of their own, and the long list of
    routes is not needed: an order that cannot exist is asked for its own."""
    namespaces = _namespaces(client)
    found = [Tier.FULFILMENTS] if _has_fulfilments(client) else []
    found += [Tier.SHIPMENT_TRACKING] if SHIPMENT_TRACKING in namespaces else []
    found += [Tier.AST] if ADVANCED_TRACKING in namespaces else []
    return (*found, Tier.NOTE)


def _namespaces(client: WooClient) -> list[Any]:
    site = client.http.request("GET", "wp-json/", params={"_fields": "namespaces"}, anonymous=True).json()
    found = site.get("namespaces") if isinstance(site, dict) else None
    return found if isinstance(found, list) else []


def _has_fulfilments(client: WooClient) -> bool:
    try:
        client.get("orders/0/fulfillments")
    except Rejected as error:
        return error.code != NO_ROUTE
    except Misconfigured:  # the user of the key may not use them
        return False
    return True


def chosen(settings: Settings, offers: tuple[Tier, ...]) -> Tier | None:
    """The way that is used; None if tracking numbers are not written. Raises Rejected if the shop lacks it."""
    if settings.tracking_via == "off":
        return None
    if settings.tracking_via == "auto":
        return offers[0]
    wanted = Tier(settings.tracking_via)
    if wanted in offers:
        return wanted
    text = (
        f"Tracking numbers are to go to {NAMES[wanted]}, which the shop does not have switched on. Switch it on there,"
    )
    raise Rejected(f"{text} or set tracking_via of this connection to auto.", field="tracking_via")
