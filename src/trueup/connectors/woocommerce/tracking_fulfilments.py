"""Packages as WooCommerce's own order fulfillments: each with its lines, its tracking number and our package id.

A fulfilment that somebody else made with the same tracking number is left as it is. Refusals of this API have no code
that says why, so everything is checked before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from trueup.connectors.woocommerce.allotment import Allotment, Pieces, json_number, order_lines
from trueup.connectors.woocommerce.carriers import OTHER, carrier_key
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.fields import meta_of
from trueup.connectors.woocommerce.shipment import Shipment, same_number
from trueup.domain.fulfilment import Package

PACKAGE_KEY = "_trueup_package"
ITEMS = "_items"
NUMBER, LINK, CARRIER, CARRIER_NAME = "_tracking_number", "_tracking_url", "_shipping_provider", "_provider_name"
_TRACKING = (NUMBER, LINK, CARRIER, CARRIER_NAME)

Meta = dict[str, Any]


def write_fulfilments(client: WooClient, shipment: Shipment) -> list[Package]:
    """Make every package a fulfilment, or bring its tracking up to date. Returns those that cannot be one, because
    none of their lines is known. Raises OutsideError."""
    path = f"orders/{shipment.order_id}/fulfillments"
    existing = client.rows(path)
    allotment = Allotment(order_lines(shipment.order), shipment.links, held_by(existing))
    left: list[Package] = []
    for package in shipment.packages:
        known = _of_package(existing, package)
        if known is not None:
            _bring_up_to_date(client, path, shipment, package, known)
        elif items := _items(allotment, shipment, package):
            _create(client, path, shipment, package, items)
        else:
            left.append(package)
    return left


def held_by(existing: Iterable[Row]) -> Pieces:
    """Pieces per line that are in fulfilled fulfilments; a draft is only somebody's plan."""
    held: Pieces = {}
    for item in (item for row in existing if row.get("is_fulfilled") for item in meta_of(row).get(ITEMS) or []):
        held[int(item["item_id"])] = held.get(int(item["item_id"]), Decimal(0)) + Decimal(str(item["qty"]))
    return held


def _of_package(existing: Sequence[Row], package: Package) -> Row | None:
    ours = next((row for row in existing if meta_of(row).get(PACKAGE_KEY) == package.id), None)
    number = package.tracking_number
    return ours or next((row for row in existing if same_number(number, meta_of(row).get(NUMBER))), None)


def _items(allotment: Allotment, shipment: Shipment, package: Package) -> Pieces:
    """A package that names no line has all that is left, once everything is shipped."""
    if package.lines:
        return allotment.pack(package)
    return allotment.pack_the_rest() if shipment.is_shipped else {}


def _create(client: WooClient, path: str, shipment: Shipment, package: Package, items: Pieces) -> None:
    meta: Meta = {ITEMS: [{"item_id": id, "qty": json_number(quantity)} for id, quantity in items.items()]}
    meta |= {PACKAGE_KEY: package.id, **_tracking(shipment, package)}
    client.send("POST", path, _body(shipment, package, meta))


def _bring_up_to_date(client: WooClient, path: str, shipment: Shipment, package: Package, known: Row) -> None:
    """A number that came later, or was corrected. What else the fulfilment holds is sent along: it would be lost."""
    meta = meta_of(known)
    wanted = _tracking(shipment, package)
    if meta.get(PACKAGE_KEY) != package.id or {key: meta.get(key) for key in wanted} == wanted:
        return
    kept = {key: value for key, value in meta.items() if key not in _TRACKING}
    client.send("PUT", f"{path}/{known['id']}", _body(shipment, package, {**kept, **wanted}))


def _tracking(shipment: Shipment, package: Package) -> Meta:
    number, link = shipment.number(package), shipment.link(package)
    found: Meta = {NUMBER: number, LINK: link}
    if package.carrier and (number or link):
        key = carrier_key(package.carrier)
        found |= {CARRIER: key, CARRIER_NAME: package.carrier if key == OTHER else None}
    return {key: value for key, value in found.items() if value}


def _body(shipment: Shipment, package: Package, meta: Meta) -> dict[str, Any]:
    """New custom fields are taken with the id 0 only."""
    return {
        "status": "fulfilled",
        "is_fulfilled": True,
        "notify_customer": shipment.settings.tracking_mail and package.is_tracked,
        "meta_data": [{"id": 0, "key": key, "value": value} for key, value in meta.items()],
    }
