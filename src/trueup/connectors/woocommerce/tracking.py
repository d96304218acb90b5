"""Tracking numbers into the shop, by the best way that it offers. What one way cannot take becomes a note."""

from __future__ import annotations

from collections.abc import Iterable

from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.notes import add_note, bare, mentions, notes_of
from trueup.connectors.woocommerce.offers import NO_ROUTE, Tier, chosen
from trueup.connectors.woocommerce.remembered import Remembered
from trueup.connectors.woocommerce.shipment import Shipment
from trueup.connectors.woocommerce.tracking_fulfilments import write_fulfilments
from trueup.connectors.woocommerce.tracking_plugins import write_to_plugin
from trueup.domain.fulfilment import Package


def write_tracking(client: WooClient, shipment: Shipment, offers: Remembered[tuple[Tier, ...]]) -> None:
    """Whatever is there already stays: a second parcel stands beside the first, and a repeat changes nothing.

    Raises OutsideError; TryLater if the shop no longer offers what it offered a moment ago.
    """
    if not shipment.packages:
        return
    tier = chosen(shipment.settings, offers.get())
    try:
        _write(client, shipment, tier)
    except Rejected as error:
        if error.code != NO_ROUTE:
            raise
        offers.forget()
        text = "The shop no longer takes tracking numbers where it did. It is asked again what it offers."
        raise TryLater(text, status=error.status, code=error.code, request_id=error.request_id) from None


def _write(client: WooClient, shipment: Shipment, tier: Tier | None) -> None:
    match tier:
        case None:
            return
        case Tier.FULFILMENTS:
            left = write_fulfilments(client, shipment)
        case Tier.SHIPMENT_TRACKING | Tier.AST:
            left = write_to_plugin(client, shipment, tier)
        case Tier.NOTE:
            left = list(shipment.packages)
    _write_notes(client, shipment, [package for package in left if package.is_tracked])


def _write_notes(client: WooClient, shipment: Shipment, packages: Iterable[Package]) -> None:
    wanted = {note_text(shipment, package): package for package in packages}
    for_customer = shipment.settings.tracking_mail
    known = notes_of(client, shipment.order_id, for_customer=for_customer) if wanted else []
    for text, package in wanted.items():
        word = shipment.number(package) or shipment.link(package)
        if not any(mentions(note, word) for note in known):
            add_note(client, shipment.order_id, text, for_customer=for_customer)
            known.append(bare(text))


def note_text(shipment: Shipment, package: Package) -> str:
    """`Sent with DHL: 0034. Follow it at https://...`"""
    number, link = shipment.number(package), shipment.link(package)
    sent = f"Sent with {package.carrier}" if package.carrier else "Sent"
    told = f"{sent}: {number}." if number else f"{sent}."
    return f"{told} Follow it at {link}" if link else told
