"""Whether a shop of somebody's own is set up as a case needs it: its settings are read, and never changed."""

from __future__ import annotations

from decimal import Decimal

from trueup.rehearse.case import Case
from trueup.rehearse.setups import SETUPS, Setup
from trueup.rehearse.shop import ShopSide

CROWD = "crowd"


def why_not(shop: ShopSide, case: Case, *, full: bool) -> str | None:
    """Why the case cannot be played in this shop; None if it can."""
    if case.setup == CROWD and not full:
        return "It makes very many articles. Ask for it with --full."
    setup = SETUPS[case.setup]
    if differing := [text for text in (_currency(shop, setup), _prices(shop, setup), _rates(shop, setup)) if text]:
        return f"This case needs another shop. {setup.says} {' '.join(differing)}"
    return None


def _setting(shop: ShopSide, group: str, name: str) -> str:
    return str(shop.call("GET", f"/settings/{group}/{name}")["value"])


def _currency(shop: ShopSide, setup: Setup) -> str | None:
    has = _setting(shop, "general", "woocommerce_currency")
    return None if has == setup.currency else f"This shop sells in {has}."


def _prices(shop: ShopSide, setup: Setup) -> str | None:
    if _setting(shop, "general", "woocommerce_calc_taxes") != "yes":
        return "This shop does not calculate taxes."
    includes = _setting(shop, "tax", "woocommerce_prices_include_tax") == "yes"
    if includes == setup.shop.prices_include_tax:
        return None
    return f"The prices of this shop are entered {'with' if includes else 'without'} tax."


def _rates(shop: ShopSide, setup: Setup) -> str | None:
    rows = list(shop.pages("/taxes"))
    there = {(row["country"], Decimal(row["rate"]), row["class"], bool(row["compound"])) for row in rows}
    for rate in setup.shop.rates:
        if (rate.country, Decimal(rate.rate), rate.tax_class, rate.compound) not in there:
            return f"This shop has no tax rate of {Decimal(rate.rate).normalize():f} % for {rate.country}."
    return None
