"""Tracking numbers for Shipment Tracking and Advanced Shipment Tracking, which keep a list with each order.

Neither refuses a number that it has already, so the list is read first. Neither takes a parcel without a number, or
knows which lines are in it.
"""

from __future__ import annotations

import re
from typing import Any

from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.offers import ADVANCED_TRACKING, SHIPMENT_TRACKING, Tier
from trueup.connectors.woocommerce.shipment import Shipment, same_number
from trueup.domain.fulfilment import Package

_APIS = {Tier.SHIPMENT_TRACKING: SHIPMENT_TRACKING, Tier.AST: ADVANCED_TRACKING}
_ODD = re.compile(r"[^A-Za-z0-9 -]")
"""What Advanced Shipment Tracking refuses in a number, with an error that blames the order."""


def write_to_plugin(client: WooClient, shipment: Shipment, tier: Tier) -> list[Package]:
    """Add the tracking numbers that the order does not have. Returns the packages that have a link alone, or a number
    that the plugin refuses. Raises OutsideError."""
    api, path = f"wp-json/{_APIS[tier]}", f"orders/{shipment.order_id}/shipment-trackings"
    known = [row.get("tracking_number") for row in client.rows(path, api=api)]
    left: list[Package] = []
    for package in shipment.packages:
        number = (package.tracking_number or "").strip()
        if not number or (tier is Tier.AST and _ODD.search(number)):
            left += [package] if package.is_tracked else []
        elif not any(same_number(number, there) for there in known):
            client.send("POST", path, _item(shipment, package, number, tier), api=api)
            known.append(number)
    return left


def _item(shipment: Shipment, package: Package, number: str, tier: Tier) -> dict[str, Any]:
    """With a link of its own the parcel is shown under it; without, the plugin may know the carrier's by its name,
    unless no link is wanted."""
    link, carrier = shipment.link(package), package.carrier or ""
    item: dict[str, Any] = {"tracking_number": number}
    if link or shipment.settings.tracking_what == "number":
        item |= {"custom_tracking_provider": carrier, "custom_tracking_link": link or ""}
    else:
        item |= {"tracking_provider": carrier}
    if package.shipped_at:
        item["date_shipped"] = package.shipped_at.date().isoformat()
    return item | ({"replace_tracking": 0} if tier is Tier.AST else {})
