"""What stands in the Tryton database around the records: company, warehouses, taxes, service products.

Read once per connection, each at its first use; a person who changes one of them starts the connection again.
Every property raises Misconfigured with a sentence that says what to set up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from trueup.connectors.kit.errors import Misconfigured
from trueup.connectors.tryton.client import Context, TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.settings import Settings, percent_text

ACTIVE_ONLY = ["active", "=", True]
OWN_TAXES = "account_category.customer_taxes_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    id: int
    code: str
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A percentage tax on sales; `rate` is 0.19 for 19 %."""

    id: int
    name: str
    rate: Decimal

    @property
    def percent(self) -> str:
        return percent_text(self.rate * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    id: int
    includes_tax: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeType:
    """An attribute as Tryton defines it; `labels` are the texts of a selection's values."""

    name: str
    label: str
    labels: dict[str, str]


class Premises:
    """The facts of one database, seen by one connection."""

    def __init__(self, client: TrytonClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._fields: dict[str, frozenset[str]] = {}

    def forget(self) -> None:
        """Everything is read anew when it is needed next."""
        for name in [name for name in vars(self) if not name.startswith("_")]:
            vars(self).pop(name, None)
        self._fields.clear()

    def fields_of(self, model: str) -> frozenset[str]:
        """The fields that the database's modules give this model."""
        if model not in self._fields:
            self._fields[model] = self._client.fields_of(model)
        return self._fields[model]

    @property
    def context(self) -> Context:
        return {"company": self.company["id"]}

    @cached_property
    def company(self) -> Row:
        found = self._search("company.company", [], ["rec_name", "timezone", "currency.code", "currency.digits"])
        return one(found, self._settings.company, "company", "Enter the company's name as Tryton shows it.")

    @cached_property
    def zone(self) -> tzinfo:
        """In which the company's days begin and end; UTC if it does not say."""
        try:
            return ZoneInfo(self.company["timezone"] or "UTC")
        except (KeyError, ValueError):
            return UTC

    @cached_property
    def currency(self) -> Currency:
        return Currency(**self.company["currency"])

    @cached_property
    def currencies(self) -> dict[str, Currency]:
        return {row["code"]: Currency(**row) for row in self._search("currency.currency", [], ["code", "digits"])}

    @cached_property
    def warehouses(self) -> list[Row]:
        """Those whose stock counts, in Tryton's order."""
        found = self._search("stock.location", [["type", "=", "warehouse"], ACTIVE_ONLY], ["name", "code", "rec_name"])
        if not self._settings.warehouses:
            return found or [one(found, None, "warehouse", "Create one in Tryton.")]
        return [one(found, name, "warehouse", "Enter its name or code.") for name in self._settings.warehouses]

    @cached_property
    def order_warehouse(self) -> int:
        name = self._settings.order_warehouse
        row = one(self.warehouses, name, "warehouse", "Enter its name or code.") if name else self.warehouses[0]
        return int(row["id"])

    @cached_property
    def price_list(self) -> PriceList | None:
        if not self._settings.price_list:
            return None
        mine = [["company", "=", self.company["id"]], ACTIVE_ONLY]
        found = self._search("product.price_list", mine, ["name", "rec_name", "tax_included"])
        row = one(found, self._settings.price_list, "price list", "Enter its name as Tryton shows it.")
        return PriceList(id=row["id"], includes_tax=bool(row["tax_included"]))

    @cached_property
    def web_shop(self) -> int:
        found = self._search("web.shop", [["company", "=", self.company["id"]], ACTIVE_ONLY], ["name", "rec_name"])
        row = one(found, self._settings.web_shop, "web shop", "Create one in Tryton under Sales > Configuration.")
        return int(row["id"])

    @cached_property
    def services(self) -> dict[str, Row]:
        """The service products for shipping, fees and discounts, by code."""
        fields = ["code", "rec_name", "type", "sale_uom", "default_uom", "salable", OWN_TAXES]
        codes = self._settings.service_products
        found = self._search("product.product", [["code", "in", codes], ACTIVE_ONLY], fields)
        fix = "Create a salable service product with this code in Tryton, or enter another code."
        return {code: one(found, code, "product", fix) for code in codes}

    @cached_property
    def taxes(self) -> tuple[Tax, ...]:
        """Percentage taxes that sales may carry now, in Tryton's order."""
        today = self._client.server_time().date()
        domain = [
            ["company", "=", self.company["id"]],
            ["type", "=", "percentage"],
            ["parent", "=", None],
            ACTIVE_ONLY,
            ["OR", ["group", "=", None], ["group.kind", "in", ["sale", "both"]]],
            ["OR", ["end_date", "=", None], ["end_date", ">=", today]],
            ["OR", ["start_date", "=", None], ["start_date", "<=", today]],
        ]
        order = [["sequence", "ASC NULLS LAST"], ["id", "ASC"]]
        found = self._client.search("account.tax", domain, ["name", "rate"], context=self.context, order=order)
        return tuple(Tax(**row) for row in found)

    @cached_property
    def tax_rounding(self) -> str:
        """`document` or `line`: where Tryton rounds taxes."""
        found = self._search("account.configuration", [], ["tax_rounding"])
        return str(found[0]["tax_rounding"]) if found else "document"

    @cached_property
    def attributes(self) -> dict[str, AttributeType]:
        if "attributes" not in self.fields_of("product.product"):
            return {}
        found = self._search("product.attribute", [], ["name", "string", "selection_json"])
        return {row["name"]: _attribute_type(row) for row in found}

    @cached_property
    def countries(self) -> dict[str, int]:
        return {row["code"]: row["id"] for row in self._search("country.country", [], ["code"])}

    @cached_property
    def subdivisions(self) -> dict[str, int]:
        """Those of the countries that have any, by ISO 3166-2 code."""
        return {row["code"]: row["id"] for row in self._search("country.subdivision", [], ["code"])}

    @cached_property
    def carrier(self) -> int | None:
        """By the name of its party (DHL), or as Tryton shows it (DHL - [SHIPPING] Shipping)."""
        if not self._settings.carrier:
            return None
        found = self._search("carrier", [], ["rec_name", "party.name"])
        rows = [{**row, "name": row["party"]["name"]} for row in found]
        return int(one(rows, self._settings.carrier, "carrier", "Enter its name.")["id"])

    @cached_property
    def payment_term(self) -> int | None:
        return self._named("account.invoice.payment_term", self._settings.payment_term)

    @cached_property
    def payment_terms(self) -> dict[str, int]:
        """By the shop's payment method."""
        found = {
            method: self._named("account.invoice.payment_term", name)
            for method, name in self._settings.payment_terms.items()
        }
        return {method: id for method, id in found.items() if id is not None}

    def _named(self, model: str, name: str | None) -> int | None:
        if not name:
            return None
        found = self._search(model, [["rec_name", "=", name]], ["rec_name"])
        return int(one(found, name, model.rpartition(".")[2].replace("_", " "), "Enter its name.")["id"])

    def _search(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        context = {} if model == "company.company" else self.context
        return self._client.search(model, domain, fields, context=context)


def one(found: Sequence[Row], name: str | None, thing: str, fix: str) -> Row:
    """The row of this name or code, or the only one. Raises Misconfigured if there is none, or more than one."""
    named = [row for row in found if not name or name in (row.get("name"), row.get("code"), row.get("rec_name"))]
    if len(named) == 1:
        return named[0]
    called = f' "{name}"' if name else ""
    if not named:
        raise Misconfigured(f"There is no {thing}{called} in Tryton. {fix}", field=thing)
    names = ", ".join(f'"{row.get("rec_name") or row.get("name")}"' for row in named)
    many = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    raise Misconfigured(f"There are several {many} in Tryton: {names}. Enter the name of one.", field=thing)


def _attribute_type(row: Row) -> AttributeType:
    pairs = json.loads(row["selection_json"] or "[]")
    return AttributeType(name=row["name"], label=row["string"], labels={str(key): str(text) for key, text in pairs})
