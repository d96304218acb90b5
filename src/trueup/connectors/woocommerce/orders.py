"""Reading orders and customers: everything that changed, or these ones as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.woocommerce.client import Row, Rows, WooClient, chunks
from trueup.connectors.woocommerce.customer_mapping import CUSTOMER_FIELDS, customer_change
from trueup.connectors.woocommerce.order_mapping import ORDER_FIELDS, OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import TRASH, is_taken

IDS_AT_ONCE = 100
EXACT = "6"

Items = tuple[Change | Unreadable, ...]


def order_pages(client: WooClient, settings: Settings, since: datetime | None) -> Iterator[Page]:
    """Orders of every placed status, and binned ones, that changed at or after `since`."""
    for page in changed_orders(client, since, {"dp": EXACT, "_fields": ORDER_FIELDS}):
        yield Page(items=_orders(client, settings, page.rows), asked_at=page.asked_at)


def changed_orders(client: WooClient, since: datetime | None, query: Mapping[str, str]) -> Iterator[Rows]:
    """The orders themselves. `any` leaves the bin out whatever stands beside it, so the bin is asked second: who is
    binned or restored meanwhile has changed since the read began. Every page says when the first request began.

    The shop's filter leaves out the second that it names, and reads a time as UTC only if it has no zone and is said
    to be one.
    """
    asked = dict(query)
    if since is not None:
        before = since.astimezone(UTC).replace(tzinfo=None, microsecond=0) - timedelta(seconds=1)
        asked |= {"modified_after": before.isoformat(), "dates_are_gmt": "true"}
    began: datetime | None = None
    for status in ("any", TRASH):
        for page in client.by_id("orders", **asked, status=status):
            began = began or page.asked_at
            yield Rows(rows=page.rows, asked_at=began)


def fetched_orders(client: WooClient, settings: Settings, ids: Sequence[str]) -> list[Change | Unreadable]:
    """These orders if they are placed, binned ones too."""
    return list(_orders(client, settings, orders_by_id(client, ids, {"dp": EXACT, "_fields": ORDER_FIELDS})))


def orders_by_id(client: WooClient, ids: Sequence[str], query: Mapping[str, str]) -> list[Row]:
    """The orders with these ids that exist; the bin is looked into for those that are not outside of it."""
    wanted = list(dict.fromkeys(id for id in ids if id.isdecimal()))
    found: list[Row] = []
    for status in ("any", TRASH):
        for group in chunks(wanted, IDS_AT_ONCE):
            for page in client.by_id("orders", **query, include=",".join(group), status=status):
                found += page.rows
        known = {str(row["id"]) for row in found}
        wanted = [id for id in wanted if id not in known]
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
    """The shop's own ids by our references (`WC-ORDER-12`), of orders that exist, binned or not."""
    head = settings.order_reference("")
    wanted = {reference: reference.removeprefix(head) for reference in references if reference.startswith(head)}
    existing = {str(row["id"]) for row in orders_by_id(client, list(wanted.values()), {"_fields": "id"})}
    return {reference: (id,) for reference, id in wanted.items() if id in existing}


def _orders(client: WooClient, settings: Settings, rows: Sequence[Row]) -> Items:
    taken = [row for row in rows if is_taken(row, settings)]
    if not taken:
        return ()
    facts = client.facts()
    context = OrderContext(settings, facts.decimals, facts.round_at_subtotal)
    return tuple(order_change(row, context) for row in taken)
