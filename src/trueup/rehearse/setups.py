"""The shops that cases need: their taxes, currency and prices. Most cases play in the first.

The countries are some that a fresh Tryton in the box knows; nobody can enter one there by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.sandbox import SeedRate, ShopSettings
from trueup.sandbox.cli import GERMAN_RATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`own_prices`: the shop's staff set the prices, because the back office keeps them in another currency or without
    tax. `percents` are the sales taxes that the back office needs for it."""

    says: str
    shop: ShopSettings
    own_prices: bool = False
    percents: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        return self.shop.currency


def _rates(country: str, *rates: tuple[str, str, str]) -> tuple[SeedRate, ...]:
    return tuple(SeedRate(country=country, rate=rate, name=name, tax_class=kind) for rate, name, kind in rates)


def _swiss() -> ShopSettings:
    rates = _rates("CH", ("8.1000", "MwSt. 8.1 %", "standard"), ("2.6000", "MwSt. 2.6 %", "reduced-rate"))
    return ShopSettings(currency="CHF", base_country="CH:ZH", rates=rates)


def _compound() -> ShopSettings:
    federal = SeedRate(country="US", rate="5.0000", name="GST", priority=1)
    province = SeedRate(country="US", rate="9.9750", name="QST", priority=2, compound=True)
    return ShopSettings(base_country="US:NY", rates=(federal, province))


SETUPS: Mapping[str, Setup] = {
    "german": Setup(
        says="Prices without tax in euro, 19 % and 7 % tax.",
        shop=ShopSettings(rates=GERMAN_RATES),
        percents=("19", "7"),
    ),
    "gross": Setup(
        says="Prices with tax in euro, 19 % and 7 % tax.",
        shop=ShopSettings(rates=GERMAN_RATES, prices_include_tax=True),
        own_prices=True,
        percents=("19", "7"),
    ),
    "compound": Setup(
        says="5 % tax, and 9.975 % on top of it, as in Quebec.", shop=_compound(), own_prices=True, percents=("5",)
    ),
    "yen": Setup(
        says="Yen, which has no cents, 10 % tax.",
        shop=ShopSettings(
            currency="JPY", decimals=0, base_country="SE", rates=_rates("SE", ("10.0000", "Tax 10 %", "standard"))
        ),
        own_prices=True,
        percents=("10",),
    ),
    "dinar": Setup(
        says="Kuwaiti dinar, which has three decimals, 5 % tax.",
        shop=ShopSettings(
            currency="KWD", decimals=3, base_country="FR", rates=_rates("FR", ("5.0000", "Tax 5 %", "standard"))
        ),
        own_prices=True,
        percents=("5",),
    ),
    "swiss": Setup(
        says="Swiss francs, rounded to 0.05, 8.1 % and 2.6 % tax.",
        shop=_swiss(),
        own_prices=True,
        percents=("8.1", "2.6"),
    ),
    "lossy": Setup(says="A shop whose answers get lost.", shop=ShopSettings(rates=GERMAN_RATES), percents=("19", "7")),
    "crowd": Setup(
        says="A shop of its own for very many articles.", shop=ShopSettings(rates=GERMAN_RATES), percents=("19", "7")
    ),
}
DECIMALS = {"JPY": 0, "KWD": 3}
"""Of currencies that do not have two."""
