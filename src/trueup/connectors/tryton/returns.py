"""Reading returns that people made in Tryton of our web shop's sales, once they are processed.

Those that were made here of a shop's refunds carry the refund's reference as their web id, and never come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.tryton.catalogue import Times, by_time, chunks, in_order, latest
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.documents import DATES, changed_since, newest_of, orders_of
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.return_mapping import RETURN_FIELDS, SALE_FIELDS, refunds_from_tryton
from trueup.connectors.tryton.settings import Settings

BATCH = 50
Item = Change | Unreadable


class Returns:
    """The returned sales of one web shop, all returns of a sale in one record."""

    def __init__(self, client: TrytonClient, premises: Premises, settings: Settings) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings

    def changes(self, since: datetime | None) -> Iterator[Page]:
        asked_at = self._client.server_time()
        times = self._changed(since)
        for chunk in chunks(by_time(times), BATCH):
            yield Page(items=tuple(self._read(chunk, times)), asked_at=asked_at)

    def fetch(self, ids: Sequence[str]) -> list[Item]:
        sales = [id_from(id) for id in ids]
        return [item for chunk in chunks(sales, BATCH) for item in self._read(chunk, {})]

    def _changed(self, since: datetime | None) -> Times:
        domain = [*self._by_people(), changed_since(since, ())]
        fields = ["origin", *DATES]
        pages = self._client.search_all("sale.sale", domain, fields, context=self._premises.context)
        return latest((returned_sale(row), newest_of(row, ())) for rows in pages for row in rows)

    def _by_people(self) -> list[Any]:
        web_shop = self._premises.web_shop
        return [
            ["origin.web_shop", "=", web_shop, "sale.sale"],
            ["OR", ["web_id", "=", None], ["web_shop", "=", None], ["web_shop", "!=", web_shop]],
            ["state", "in", ["processing", "done"]],
        ]

    def _read(self, ids: Sequence[int], times: Times) -> Iterator[Item]:
        returns: dict[int, list[Row]] = {}
        domain = [*self._by_people(), ["origin", "in", [f"sale.sale,{id}" for id in ids]]]
        for row in self._search(domain, RETURN_FIELDS):
            returns.setdefault(returned_sale(row), []).append(row)
        domain = [*orders_of(self._premises.web_shop), ["id", "in", sorted(returns)]]
        for sale in in_order(self._search(domain, SALE_FIELDS), ids):
            found = refunds_from_tryton(sale, returns[sale["id"]], self._settings)
            if isinstance(found, Unreadable):
                yield found
            elif found.refunds:
                yield Change(record=found, changed_at=times.get(sale["id"]))

    def _search(self, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        return self._client.search("sale.sale", domain, fields, context=self._premises.context)


def returned_sale(row: Row) -> int:
    """The id of the sale that a return comes from."""
    return int(row["origin"].rpartition(",")[2])
