"""Tryton's articles as canonical records. Pure: rows as read go in, records or problems come out.

A template with several variants is one variable product (`template-5`) and one variant per `product.product` (`12`);
a template with one is one simple product (`12`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.tryton import codec
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import AttributeType
from trueup.connectors.tryton.settings import percent_text
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Problem

PARENT = "template-"
GTIN_TYPES = ("ean", "upc", "isbn")
PRODUCT_FIELDS = (
    "code",
    "name",
    "description",
    "type",
    "attributes",
    "weight",
    "weight_uom.factor",
    "default_uom.symbol",
    "identifiers.type",
    "identifiers.code",
    "account_category.customer_taxes_used",
    "template.code",
    "template.name",
)


NO_CODE = Problem(field="code", sentence="the code is missing. Give the variant a code in Tryton; it becomes the SKU.")


class ArticleReader:
    """Makes records of articles, with what the database calls its attributes and taxes."""

    def __init__(
        self, attributes: Mapping[str, AttributeType], rates: Mapping[int, Decimal], tax_classes: Mapping[str, str]
    ) -> None:
        self._attributes = attributes
        self._rates = rates
        self._tax_classes = tax_classes

    def articles_from_tryton(self, rows: Sequence[Row], changed_at: datetime | None) -> list[Change | Unreadable]:
        """The active variants of one template, as one or more products, the parent first."""
        if len(rows) == 1:
            return [self._item(rows[0], changed_at)]
        return [self._parent(rows, changed_at), *(self._item(row, changed_at, is_variant=True) for row in rows)]

    def _parent(self, rows: Sequence[Row], changed_at: datetime | None) -> Change | Unreadable:
        first = rows[0]
        id, template = parent_id(first), first["template"]
        tax_class, problem = self._tax_class(first)
        if problem:
            return unreadable(Kind.PRODUCT, id, template["name"], problem, first, changed_at)
        product = Product(
            id=id,
            sku=template["code"] or None,
            name=template["name"],
            type=ProductType.VARIABLE,
            attributes=self._choices_of(rows),
            description=first.get("description") or None,
            tax_class=tax_class,
            virtual=first["type"] == "service",
        )
        return Change(record=product, changed_at=changed_at)

    def _choices_of(self, rows: Sequence[Row]) -> tuple[Attribute, ...]:
        options: dict[str, dict[str, None]] = {}
        for row in rows:
            for choice in self._choices(row):
                options.setdefault(choice.name, {})[choice.option] = None
        return tuple(Attribute(name=name, options=tuple(found), for_variants=True) for name, found in options.items())

    def _item(self, row: Row, changed_at: datetime | None, *, is_variant: bool = False) -> Change | Unreadable:
        id, label = str(row["id"]), row["code"] or row["name"]
        tax_class, problem = self._tax_class(row)
        if problem or not row["code"]:
            return unreadable(Kind.PRODUCT, id, label, problem or NO_CODE, row, changed_at)
        choices = self._choices(row)
        product = Product(
            id=id,
            sku=row["code"],
            name=row["name"],
            type=ProductType.VARIANT if is_variant else ProductType.SIMPLE,
            parent=parent_id(row) if is_variant else None,
            choices=choices if is_variant else (),
            attributes=() if is_variant else tuple(Attribute(name=c.name, options=(c.option,)) for c in choices),
            description=row.get("description") or None,
            tax_class=tax_class,
            gtin=_gtin(row.get("identifiers") or ()),
            weight_kg=_weight_kg(row),
            virtual=row["type"] == "service",
            unit=(row.get("default_uom") or {}).get("symbol"),
        )
        return Change(record=product, changed_at=changed_at)

    def _choices(self, row: Row) -> tuple[Choice, ...]:
        """In the order of the attributes' names, for Tryton keeps none."""
        values = row.get("attributes") or {}
        known = ((self._attributes.get(name), values[name]) for name in sorted(values))
        return tuple(
            Choice(name=kind.label, option=option_text(value, kind.labels))
            for kind, value in known
            if kind and value not in (None, "", [])
        )

    def _tax_class(self, row: Row) -> tuple[str | None, Problem | None]:
        """By the one percentage that the article's account category charges customers; None if it charges nothing."""
        ids = (row.get("account_category") or {}).get("customer_taxes_used") or ()
        percents = sorted({percent_text(self._rates[id] * 100) for id in ids if id in self._rates})
        if not percents:
            return None, None
        if len(percents) == 1 and percents[0] in self._tax_classes:
            return self._tax_classes[percents[0]], None
        listed = " and ".join(f"{percent} %" for percent in percents)
        sentence = f"no tax class stands for {listed}. Add it to the tax classes in the connection's settings."
        return None, Problem(field="tax class", sentence=sentence)


def parent_id(row: Row) -> str:
    return f"{PARENT}{row['template']['id']}"


def option_text(value: Any, labels: Mapping[str, str]) -> str:
    """An attribute's value as a shop shows it."""
    match value:
        case bool():
            return "Yes" if value else "No"
        case Decimal():
            return percent_text(value)
        case datetime() | date():
            return value.isoformat()
        case list():
            return ", ".join(option_text(part, labels) for part in value)
    return labels.get(str(value), str(value))


def _gtin(identifiers: Sequence[Row]) -> str | None:
    by_type = {row["type"]: row["code"] for row in reversed(identifiers)}
    return next((by_type[type_] for type_ in GTIN_TYPES if type_ in by_type), None)


def _weight_kg(row: Row) -> Decimal | None:
    """Tryton's units of weight have the kilogram as their base: `factor` is 0.001 for the gram."""
    weight, unit = row.get("weight"), row.get("weight_uom")
    if weight is None or not unit:
        return None
    return Decimal(weight) * Decimal(unit["factor"])


def price_from_tryton(
    row: Row, *, currency: str, includes_tax: bool, changed_at: datetime | None
) -> Change | Unreadable:
    """The price of one sale unit, with as many decimals as Tryton computed (four at most)."""
    id, amount = str(row["id"]), row["sale_price_uom"]
    if not row["code"]:
        return unreadable(Kind.PRICE, id, id, NO_CODE, row, changed_at)
    if amount is None:
        problem = Problem(field="price", sentence="the list price is missing. Enter it in Tryton.")
        return unreadable(Kind.PRICE, id, row["code"], problem, row, changed_at)
    price = Price(id=id, sku=row["code"], regular=amount, currency=currency, includes_tax=includes_tax)
    return Change(record=price, changed_at=changed_at)


def stock_from_tryton(row: Row, *, field: str, changed_at: datetime | None) -> Change | Unreadable:
    """The quantity in the default unit, over the chosen warehouses."""
    id = str(row["id"])
    if not row["code"]:
        return unreadable(Kind.STOCK, id, id, NO_CODE, row, changed_at)
    stock = Stock(id=id, sku=row["code"], quantity=Decimal(row[field]))
    return Change(record=stock, changed_at=changed_at)


def unreadable(kind: Kind, id: str, label: str, problem: Problem, row: Row, changed_at: datetime | None) -> Unreadable:
    return Unreadable(kind=kind, id=id, label=label, problems=(problem,), raw=codec.plain(row), changed_at=changed_at)
