"""Reading how far Tryton is with the orders of our web shop.

What changed is asked for first, as bare ids with their times, the deliveries' and packages' included: a parcel that is
picked, or gets its tracking number later, does not touch its sale. Then it is read in pages, the oldest change first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property

from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.tryton import fulfilment_mapping as mapping
from trueup.connectors.tryton.catalogue import Times, by_time, chunks, in_order, latest
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import id_from
from trueup.connectors.tryton.documents import changed_since, date_fields, newest_of, orders_of
from trueup.connectors.tryton.premises import Premises

BATCH = 50


class Fulfilments:
    """The sales of one web shop, as fulfilments of their orders."""

    def __init__(self, client: TrytonClient, premises: Premises) -> None:
        self._client = client
        self._premises = premises

    def changes(self, since: datetime | None) -> Iterator[Page]:
        asked_at = self._client.server_time()
        times = self._changed(since)
        for chunk in chunks(by_time(times), BATCH):
            yield Page(items=tuple(self._read(chunk, times)), asked_at=asked_at)

    def fetch(self, ids: Sequence[str]) -> list[Change | Unreadable]:
        sales = [id_from(id) for id in ids]
        return [item for chunk in chunks(sales, BATCH) for item in self._read(chunk, {})]

    def _changed(self, since: datetime | None) -> Times:
        domain = [*orders_of(self._premises.web_shop), changed_since(since, self._paths)]
        pages = self._client.search_all("sale.sale", domain, date_fields(self._paths), context=self._premises.context)
        return latest((row["id"], newest_of(row, self._paths)) for rows in pages for row in rows)

    def _read(self, ids: Sequence[int], times: Times) -> Iterator[Change]:
        """A draft that has no number yet tells nothing that anybody could use."""
        domain = [*orders_of(self._premises.web_shop), ["id", "in", ids]]
        rows = self._client.search("sale.sale", domain, self._fields, context=self._premises.context)
        for row in in_order(rows, ids):
            if row["number"] or row["state"] == "cancelled":
                record = mapping.fulfilment_from_tryton(row, self._premises.zone)
                yield Change(record=record, changed_at=times.get(row["id"]))

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        """An invoice is posted without its sale being touched, if the sale waits for another one too."""
        packages = ("shipments.packages",) if self._has("stock.shipment.out", "packages") else ()
        return ("shipments", "invoices", *packages)

    @cached_property
    def _fields(self) -> list[str]:
        """Of modules that not every database has: carriers, packages, tracking numbers."""
        has_packages = self._has("stock.shipment.out", "packages")
        wanted = [
            (mapping.SALE_FIELDS, True),
            (mapping.CARRIER_FIELDS, self._has("stock.shipment.out", "carrier")),
            (mapping.REFERENCE_FIELDS, self._has("stock.shipment.out", "shipping_reference")),
            (mapping.PACKAGE_FIELDS, has_packages),
            (mapping.TRACKING_FIELDS, has_packages and self._has("stock.package", "shipping_tracking_url")),
        ]
        return [field for fields, there in wanted if there for field in fields]

    def _has(self, model: str, field: str) -> bool:
        return field in self._premises.fields_of(model)
