"""Trying a connection without writing anything: one finding per thing that a flow will need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.settings import Settings

NEEDED_FIELDS = {
    "sale.sale": ("web_shop", "web_id", "warehouse"),
    "product.product": ("forecast_quantity", "sale_price_uom", "account_category"),
}
"""Fields that come with the modules web_shop, stock, sale and account_product."""

Check = Callable[[], Finding]


def findings(
    client: TrytonClient, premises: Premises, settings: Settings, session: TrytonSession | None
) -> Iterator[Finding]:
    """The foundations decide about all others: without them there is no more to say."""
    inspection = Inspection(client, premises, settings, session)
    for name, check in inspection.foundations():
        finding = found(name, check)
        yield finding
        if finding.level is Level.RED:
            return
    for name, check in inspection.furnishings():
        yield found(name, check)


def found(name: str, check: Check) -> Finding:
    try:
        return check()
    except OutsideError as error:
        sentence, fix = parted(error.sentence)
        return Finding(check=name, level=Level.RED, sentence=sentence, fix=fix or FALLBACK_FIX)


def parted(text: str) -> tuple[str, str]:
    """The first sentence, and the rest. A point inside quotes ("A. & Co. Ltd") ends no sentence."""
    match = FIRST_SENTENCE.match(text)
    sentence = match[0] if match else text
    return f"{sentence.rstrip('.')}.", text[len(sentence) :].strip()


FIRST_SENTENCE = re.compile(r'(?:"[^"]*"|[^"])*?\.(?= )')
FALLBACK_FIX = "Look into Tryton's log, then verify again."


class Inspection:
    """What is looked at."""

    def __init__(
        self, client: TrytonClient, premises: Premises, settings: Settings, session: TrytonSession | None
    ) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings
        self._session = session

    def foundations(self) -> list[tuple[str, Check]]:
        return [
            ("reachable", self._reachable),
            ("key and database", self._key),
            ("modules", self._modules),
            ("company", self._company),
        ]

    def furnishings(self) -> list[tuple[str, Check]]:
        return [
            ("warehouses", self._warehouses),
            ("price list", self._price_list),
            ("web shop", self._web_shop),
            ("service products", self._services),
            ("taxes", self._taxes),
            ("login", self._login),
        ]

    def _reachable(self) -> Finding:
        series, _ = self._client.version()
        if series.partition(".")[0].isdigit() and int(series.partition(".")[0]) >= 8:
            return green("reachable", f"Tryton {series} answers.")
        fix = "Use a Tryton of the series 8; older ones have no such interface."
        return Finding(check="reachable", level=Level.RED, sentence=f"This is Tryton {series}.", fix=fix)

    def _key(self) -> Finding:
        self._client.search("product.uom", [], ["symbol"], limit=1)
        return green("key and database", f'The key opens the database "{self._settings.database}".')

    def _modules(self) -> Finding:
        missing = [
            f"{model}.{field}"
            for model, fields in NEEDED_FIELDS.items()
            for field in fields
            if field not in self._premises.fields_of(model)
        ]
        if not missing:
            return green("modules", "The modules for sales, stock and web shops are active.")
        fix = "Activate the modules sale, stock, account_product and web_shop in Tryton, and restart it."
        return Finding(check="modules", level=Level.RED, sentence=f"Tryton lacks {', '.join(missing)}.", fix=fix)

    def _company(self) -> Finding:
        name, currency = self._premises.company["rec_name"], self._premises.currency.code
        return green("company", f"It works for {name}, in {currency}.")

    def _warehouses(self) -> Finding:
        names = ", ".join(row["name"] for row in self._premises.warehouses)
        self._premises.order_warehouse  # noqa: B018 - raises if it is not there
        return green("warehouses", f"Stock is added up over {names}.")

    def _price_list(self) -> Finding:
        prices = self._premises.price_list
        if prices is None:
            return green("price list", "The articles' list prices are read.")
        tax = "including" if prices.includes_tax else "without"
        return green("price list", f'Prices come from "{self._settings.price_list}", {tax} tax.')

    def _web_shop(self) -> Finding:
        self._premises.web_shop  # noqa: B018 - raises if it is not there
        return green("web shop", "Orders have a web shop record to belong to.")

    def _services(self) -> Finding:
        wrong = [
            code for code, row in self._premises.services.items() if row["type"] != "service" or not row["salable"]
        ]
        if not wrong:
            return green("service products", f"{', '.join(self._settings.service_products)} are there.")
        fix = "Make them salable and of the type service in Tryton."
        sentence = f"{', '.join(wrong)} cannot stand for shipping or fees."
        return Finding(check="service products", level=Level.RED, sentence=sentence, fix=fix)

    def _taxes(self) -> Finding:
        rates = [tax.percent for tax in self._premises.taxes]
        missing = [f"{percent} %" for percent in self._settings.tax_classes if percent not in (*rates, "0")]
        unnamed = [
            f'"{name}" of {percent} %'
            for percent, name in self._settings.taxes.items()
            if (name, percent) not in {(tax.name, tax.percent) for tax in self._premises.taxes}
        ]
        doubled = sorted({rate for rate in rates if rates.count(rate) > 1 and rate not in self._settings.taxes})
        if unnamed:
            fix = "Create it in Tryton, or correct the names of the taxes in the settings."
            sentence = f"There is no sales tax {' and no '.join(unnamed)}: orders with it would be refused."
            return Finding(check="taxes", level=Level.RED, sentence=sentence, fix=fix)
        if missing:
            fix = "Create the sales taxes in Tryton, or correct the tax classes in the settings."
            sentence = f"There is no sales tax of {', '.join(missing)}."
            return Finding(check="taxes", level=Level.YELLOW, sentence=sentence, fix=fix)
        if doubled:
            fix = "Name the one for shop orders in the settings; else the article's own, or the first, is used."
            sentence = f"Several sales taxes have {', '.join(doubled)} %."
            return Finding(check="taxes", level=Level.YELLOW, sentence=sentence, fix=fix)
        if not rates:
            return green("taxes", "There are no sales taxes, and none are needed.")
        return green("taxes", f"There are sales taxes of {', '.join(f'{rate} %' for rate in rates)}.")

    def _login(self) -> Finding:
        if bool(self._settings.user) != (self._settings.password is not None):
            lacking = "password" if self._settings.user else "name"
            fix = "Enter user and password, or leave both empty."
            return Finding(check="login", level=Level.YELLOW, sentence=f"The user has no {lacking}.", fix=fix)
        if self._session is None:
            return green("login", "Sales are advanced one by one with the key; a user and password would be faster.")
        self._session.check()
        return green("login", "User and password are accepted.")


def green(check: str, sentence: str) -> Finding:
    return Finding(check=check, level=Level.GREEN, sentence=sentence)
