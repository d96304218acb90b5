"""Reading refunds: those of the orders that changed, or of these orders as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.orders import EXACT, changed_orders, orders_by_id
from trueup.connectors.woocommerce.refund_mapping import refunds_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import is_taken

FIELDS = "id,number,status,currency,total,date_created_gmt,date_modified_gmt,billing,refunds,line_items,meta_data"

Items = tuple[Change | Unreadable, ...]


def refund_pages(client: WooClient, settings: Settings, since: datetime | None) -> Iterator[Page]:
    """The refunds of orders that changed at or after `since`: a refund changes its order. Orders without any are left
    out, so one whose only refund was deleted is."""
    for page in changed_orders(client, since, {"_fields": FIELDS}):
        yield Page(items=_refunds(client, settings, page.rows), asked_at=page.asked_at)


def fetched_refunds(client: WooClient, settings: Settings, ids: Sequence[str]) -> list[Change | Unreadable]:
    """The refunds of these orders."""
    return list(_refunds(client, settings, orders_by_id(client, ids, {"_fields": FIELDS})))


def refunds_of(client: WooClient, order_id: str) -> list[Row]:
    """The refunds of one order as the shop answers them, with exact amounts."""
    return [row for page in client.by_id(f"orders/{order_id}/refunds", dp=EXACT) for row in page.rows]


def _refunds(client: WooClient, settings: Settings, orders: Sequence[Row]) -> Items:
    refunded = [row for row in orders if row.get("refunds") and is_taken(row, settings)]
    if not refunded:
        return ()
    decimals = client.facts().decimals
    found = ((row, _still_there(client, str(row["id"]))) for row in refunded)
    return tuple(refunds_change(row, refunds, settings, decimals) for row, refunds in found if refunds)


def _still_there(client: WooClient, order_id: str) -> list[Row]:
    """Nothing for an order that was deleted since it was listed."""
    try:
        return refunds_of(client, order_id)
    except Rejected as error:
        if error.status == 404:
            return []
        raise
