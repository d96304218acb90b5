"""What can be set about a shop before it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRate:
    """One tax rate the shop starts with; ``rate`` is in per cent, ``country`` empty means everywhere."""

    country: str = ""
    rate: str = "19.0000"
    name: str = "Tax"
    tax_class: str = "standard"
    state: str = ""
    priority: int = 1
    compound: bool = False
    shipping: bool = True
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedZone:
    """One shipping zone the shop starts with; ``methods`` are ``(method id, {setting: value})``."""

    name: str
    countries: tuple[str, ...]
    methods: tuple[tuple[str, dict[str, str]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """A WooCommerce shop as its owner set it up.

    ``home`` is the address in links (``https://shop.example``); left out, it is the address the client asked.
    ``behind_https`` treats plain http as https, as a shop behind a TLS-ending proxy does.
    ``file`` keeps the shop in that SQLite file; left out, it lives in memory.
    ``features`` are core features and plug-ins to begin with (``features.KNOWN``), ``order_statuses`` those that
    plug-ins have registered, as ``(slug, name)``.
    """

    title: str = "Test shop"
    home: str | None = None
    behind_https: bool = False
    file: Path | None = None
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    decimals: int = 2
    decimal_separator: str = ","
    thousand_separator: str = "."
    currency_position: str = "right_space"
    base_country: str = "DE:DE-BE"
    store_address: str = ""
    store_city: str = ""
    store_postcode: str = ""
    calc_taxes: bool = True
    prices_include_tax: bool = False
    tax_based_on: str = "shipping"
    tax_round_at_subtotal: bool = False
    shipping_tax_class: str = "inherit"
    coupons_enabled: bool = True
    manage_stock: bool = True
    low_stock_amount: int = 2
    no_stock_amount: int = 0
    rates: tuple[SeedRate, ...] = ()
    zones: tuple[SeedZone, ...] = ()
    weight_unit: str = "kg"
    dimension_unit: str = "cm"
    features: tuple[str, ...] = ()
    order_statuses: tuple[tuple[str, str], ...] = ()
    seed: int = 1
