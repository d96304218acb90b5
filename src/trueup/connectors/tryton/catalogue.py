"""Reading articles, prices and stock.

What changed is asked for first, as bare ids with their times; then it is read in pages, the oldest change first. An
article that changes while this goes on is read as it is then, and is found once more by the next read.

Only active, salable articles are read, and never the service products that orders use. What is made inactive or not
salable is left out: taking it off the shop is not this connector's doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.connectors.tryton import codec, mapping
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.mapping import PARENT, ArticleReader
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.settings import Settings, StockQuantity
from trueup.domain.record import Kind

Item = Change | Unreadable
Times = dict[int, datetime]
"""When a thing changed last, by its Tryton id."""

BATCH = 100
TEMPLATES = 40


class Catalogue:
    """The articles of one company, to be read."""

    def __init__(self, client: TrytonClient, premises: Premises, settings: Settings) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        readers = {Kind.PRODUCT: self._product_pages, Kind.PRICE: self._price_pages, Kind.STOCK: self._stock_pages}
        return readers[kind](since, self._client.server_time())

    def fetch(self, kind: Kind, ids: Sequence[str]) -> list[Item]:
        if kind is Kind.PRODUCT:
            return self._fetch_products(ids)
        products = [codec.id_from(id) for id in ids]
        read = {Kind.PRICE: self._prices, Kind.STOCK: self._stocks}[kind]
        return [item for chunk in chunks(products, BATCH) for item in read(chunk, {})]

    def find(self, codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Active articles by code, service products included; a parent by its template's code."""
        found: dict[str, list[str]] = {}
        for chunk in chunks(list(codes), BATCH):
            for code, id in [*self._variants_of(chunk), *self._parents_of(chunk)]:
                found.setdefault(code, []).append(id)
        return {code: tuple(ids) for code, ids in found.items()}

    def _variants_of(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        domain = [["code", "in", codes], ["active", "=", True]]
        rows = self._client.search("product.product", domain, ["code"], context=self._premises.context)
        return [(row["code"], str(row["id"])) for row in rows]

    def _parents_of(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        domain = [["code", "in", codes], ["active", "=", True]]
        rows = self._client.search("product.template", domain, ["code", "products"], context=self._premises.context)
        return [(row["code"], f"{PARENT}{row['id']}") for row in rows if len(row["products"]) > 1]

    # products

    def _product_pages(self, since: datetime | None, asked_at: datetime) -> Iterator[Page]:
        times = self._changed_templates(since)
        for chunk in chunks(by_time(times), TEMPLATES):
            yield Page(items=tuple(self._articles(chunk, times)), asked_at=asked_at)

    def _changed_templates(self, since: datetime | None) -> Times:
        """A variant that was made inactive changes its parent's options, so inactive ones count as well. They are asked
        for by the context: Tryton adds `active` to every part of an OR that does not name it."""
        fields = ["template.write_date", "template.create_date", "write_date", "create_date"]
        context = {**self._premises.context, "active_test": since is None}
        pages = self._client.search_all(
            "product.product", [self._mine(), changed_since(since)], fields, context=context
        )
        return latest((row["template"]["id"], newest(row, row["template"])) for rows in pages for row in rows)

    def _articles(self, templates: Sequence[int], times: Times) -> list[Item]:
        rows = self._search([["template", "in", templates]], self._product_fields())
        found: dict[int, list[Row]] = {}
        for row in rows:
            found.setdefault(row["template"]["id"], []).append(row)
        reader = self._reader()
        ordered = ((id, found[id]) for id in templates if id in found)
        return [item for id, variants in ordered for item in reader.articles_from_tryton(variants, times.get(id))]

    def _product_fields(self) -> list[str]:
        known = self._premises.fields_of("product.product")
        return [field for field in mapping.PRODUCT_FIELDS if field.partition(".")[0] in known]

    def _reader(self) -> ArticleReader:
        rates = {tax.id: tax.rate for tax in self._premises.taxes}
        return ArticleReader(self._premises.attributes, rates, self._settings.tax_classes)

    def _fetch_products(self, ids: Sequence[str]) -> list[Item]:
        wanted = set(ids)
        numbers = [codec.id_from(id) for id in ids]
        templates = {codec.id_from(id.removeprefix(PARENT)) for id in ids if id.startswith(PARENT)}
        for chunk in chunks(numbers, BATCH):
            templates |= {row["template"]["id"] for row in self._search([["id", "in", chunk]], ["template.id"])}
        items = [item for chunk in chunks(sorted(templates), TEMPLATES) for item in self._articles(chunk, {})]
        return [item for item in items if id_of(item) in wanted]

    # prices

    def _price_pages(self, since: datetime | None, asked_at: datetime) -> Iterator[Page]:
        """A changed price list changes every price that it makes, so then all of them are read."""
        times = self._changed_products(None if self._price_list_changed(since) else since)
        for chunk in chunks(by_time(times), BATCH):
            yield Page(items=tuple(self._prices(chunk, times)), asked_at=asked_at)

    def _price_list_changed(self, since: datetime | None) -> bool:
        if since is None or self._premises.price_list is None:
            return False
        changed = ["OR", changed_since(since, template=False), lines_changed_since(since)]
        domain = [["id", "=", self._premises.price_list.id], changed]
        return bool(self._client.search("product.price_list", domain, ["id"], context=self._premises.context))

    def _changed_products(self, since: datetime | None) -> Times:
        fields = ["template.write_date", "template.create_date", "write_date", "create_date"]
        domain = [self._articles_only(), changed_since(since)]
        pages = self._client.search_all("product.product", domain, fields, context=self._premises.context)
        return latest((row["id"], newest(row, row["template"])) for rows in pages for row in rows)

    def _prices(self, ids: Sequence[int], times: Times) -> list[Item]:
        """Without a price list, the list price; both per sale unit, in the company's currency."""
        prices = self._premises.price_list
        context = {"currency": self._premises.currency.id, **({"price_list": prices.id} if prices else {})}
        rows = self._search([["id", "in", ids]], ["code", "sale_price_uom"], context)
        return [
            mapping.price_from_tryton(
                row,
                currency=self._premises.currency.code,
                includes_tax=prices.includes_tax if prices else False,
                changed_at=times.get(row["id"]),
            )
            for row in in_order(rows, ids)
        ]

    # stock

    def _stock_pages(self, since: datetime | None, asked_at: datetime) -> Iterator[Page]:
        times = self._changed_products(since)
        if since:
            times = latest([*times.items(), *self._moved_products(since).items()])
        for chunk in chunks(by_time(times), BATCH):
            yield Page(items=tuple(self._stocks(chunk, times)), asked_at=asked_at)

    def _moved_products(self, since: datetime) -> Times:
        domain = changed_since(since, template=False)
        fields = ["product", "write_date", "create_date"]
        pages = self._client.search_all("stock.move", [domain], fields, context=self._premises.context)
        return latest((row["product"], newest(row)) for rows in pages for row in rows)

    def _stocks(self, ids: Sequence[int], times: Times) -> list[Item]:
        """Tryton answers 0 for everything if no location is named, so the warehouses are never left out."""
        available = self._settings.stock_quantity is StockQuantity.AVAILABLE
        field = "forecast_quantity" if available else "quantity"
        today = self._client.server_time().date()
        context = {
            "locations": self._places(),
            "stock_date_end": today,
            **({"stock_assign": True} if available else {}),
        }
        rows = in_order(self._search([["id", "in", ids], TRACKED], ["code", field], context), ids)
        later = self._sent_later(ids, today) if available else {}
        for row in rows:
            row[field] -= later.get(row["id"], 0)
        return [mapping.stock_from_tryton(row, field=field, changed_at=times.get(row["id"])) for row in rows]

    def _sent_later(self, ids: Sequence[int], today: date) -> dict[int, Decimal]:
        """What deliveries will take that are planned for a later day: Tryton's forecast for today still counts it as
        available, although it is sold. What comes in later is not there yet, so no later day can be asked for."""
        domain = [
            ["product", "in", ids],
            ["state", "in", ["staging", "draft"]],
            ["OR", ["planned_date", ">", today], ["planned_date", "=", None]],
            ["to_location.type", "=", "customer"],
            ["shipment.warehouse", "in", self._places(), "stock.shipment.out"],
        ]
        later: dict[int, Decimal] = {}
        fields = ["product", "internal_quantity"]
        for row in self._client.search("stock.move", domain, fields, context=self._premises.context):
            later[row["product"]] = later.get(row["product"], Decimal(0)) + row["internal_quantity"]
        return later

    def _places(self) -> list[int]:
        return [warehouse["id"] for warehouse in self._premises.warehouses]

    def _mine(self) -> list[Any]:
        return ["OR", ["code", "=", None], ["code", "not in", self._settings.service_products]]

    def _articles_only(self) -> list[Any]:
        return [["salable", "=", True], ["active", "=", True], self._mine()]

    def _search(self, domain: Sequence[Any], fields: Sequence[str], context: Row | None = None) -> list[Row]:
        full = {**self._premises.context, **(context or {})}
        return self._client.search("product.product", [self._articles_only(), *domain], fields, context=full)


TRACKED = [["type", "=", "goods"], ["consumable", "=", False]]
"""Articles whose quantity Tryton keeps."""


def changed_since(since: datetime | None, *, template: bool = True) -> list[Any]:
    """A write date is empty until the first change after the creation; and a template's change leaves its variants'."""
    if since is None:
        return []
    dates = ["write_date", "create_date", *(["template.write_date"] if template else [])]
    return ["OR", *([field, ">=", since] for field in dates)]


def lines_changed_since(since: datetime) -> list[Any]:
    return ["OR", ["lines.write_date", ">=", since], ["lines.create_date", ">=", since]]


def newest(*rows: Row) -> datetime:
    """The latest of the rows' dates; every Tryton record has at least its creation."""
    dates = (row.get(field) for row in rows for field in ("write_date", "create_date"))
    found: list[datetime] = [moment for moment in dates if moment]
    return max(found)


def latest(pairs: Iterable[tuple[int, datetime]]) -> Times:
    times: Times = {}
    for id, moment in pairs:
        times[id] = max(moment, times.get(id, moment))
    return times


def by_time(times: Times) -> list[int]:
    return sorted(times, key=lambda id: (times[id], id))


def in_order(rows: Sequence[Row], ids: Sequence[int]) -> list[Row]:
    by_id = {row["id"]: row for row in rows}
    return [by_id[id] for id in ids if id in by_id]


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def id_of(item: Item) -> str:
    return item.record.id if isinstance(item, Change) else item.id
