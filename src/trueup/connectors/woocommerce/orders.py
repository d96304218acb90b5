"""Reading orders and customers: everything that changed, or these ones as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.woocommerce.client import Row, WooClient, chunks
from trueup.connectors.woocommerce.order_mapping import (
    CUSTOMER_FIELDS,
    ORDER_FIELDS,
    OrderContext,
    customer_change,
    is_taken,
    order_change,
)
from trueup.connectors.woocommerce.settings import Settings

IDS_AT_ONCE = 100
EXACT = "6"

Items = tuple[Change | Unreadable, ...]


def order_pages(client: WooClient, settings: Settings, since: datetime | None) -> Iterator[Page]:
    """Orders in the connection's statuses that changed at or after `since`. The shop's filter leaves out the second
    that it names, and reads a time as UTC only if it has no zone and is said to be one."""
    query = {"status": "any", "dp": EXACT, "_fields": ORDER_FIELDS}
    if since is not None:
        before = since.astimezone(UTC).replace(tzinfo=None, microsecond=0) - timedelta(seconds=1)
        query |= {"modified_after": before.isoformat(), "dates_are_gmt": "true"}
    for page in client.by_id("orders", **query):
        yield Page(items=_orders(client, settings, page.rows), asked_at=page.asked_at)


def fetched_orders(client: WooClient, settings: Settings, ids: Sequence[str]) -> list[Change | Unreadable]:
    """These orders, if they are in the connection's statuses."""
    found: list[Change | Unreadable] = []
    for group in chunks([id for id in ids if id.isdecimal()], IDS_AT_ONCE):
        query = {"include": ",".join(group), "status": "any", "dp": EXACT, "_fields": ORDER_FIELDS}
        for page in client.by_id("orders", **query):
            found += _orders(client, settings, page.rows)
    return found


def customer_pages(client: WooClient, settings: Settings) -> Iterator[Page]:
    """All accounts of customers (not of staff), each time: the shop cannot say which of them changed."""
    for page in client.by_id("customers", role="customer", _fields=CUSTOMER_FIELDS):
        yield Page(items=tuple(customer_change(row, settings) for row in page.rows), asked_at=page.asked_at)


def fetched_customers(client: WooClient, settings: Settings, ids: Sequence[str]) -> list[Change | Unreadable]:
    """Customers with an account; a guest exists in orders only."""
    found: list[Change | Unreadable] = []
    for group in chunks([id for id in ids if id.isdecimal()], IDS_AT_ONCE):
        for page in client.by_id("customers", include=",".join(group), role="all", _fields=CUSTOMER_FIELDS):
            found += [customer_change(row, settings) for row in page.rows]
    return found


def order_ids(client: WooClient, settings: Settings, references: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The shop's own ids by our references (`WC-ORDER-12`), of orders that exist."""
    head = settings.order_reference("")
    wanted = {reference: reference.removeprefix(head) for reference in references if reference.startswith(head)}
    existing: set[str] = set()
    for group in chunks([id for id in wanted.values() if id.isdecimal()], IDS_AT_ONCE):
        for page in client.by_id("orders", include=",".join(group), status="any", _fields="id"):
            existing |= {str(row["id"]) for row in page.rows}
    return {reference: (id,) for reference, id in wanted.items() if id in existing}


def _orders(client: WooClient, settings: Settings, rows: Sequence[Row]) -> Items:
    taken = [row for row in rows if is_taken(row, settings)]
    if not taken:
        return ()
    facts = client.facts()
    context = OrderContext(settings, facts.decimals, facts.round_at_subtotal)
    return tuple(order_change(row, context) for row in taken)
