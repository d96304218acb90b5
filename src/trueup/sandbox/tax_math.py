"""Which tax rates apply where, and what they come to.

A shop has one rate per (class, priority) for a place; the most specific one wins. Stacked rates have different
priorities, compound rates are charged on the net and the taxes before them. All amounts are net unless a name
says gross. Taxes come back per rate id, rounded half up to the stored precision and never further: rounding to
cents is the business of whoever adds them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from trueup.sandbox.rounding import ZERO, places, stored_decimals, total

Taxes: TypeAlias = dict[int, Decimal]
"""Tax per rate id, in the order in which the rates apply."""

STANDARD = ""
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where tax is due: country and state as codes in capitals, state without the country prefix of the options."""

    country: str
    state: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """One row of the shop's tax table; ``tax_class`` is a slug, empty for the standard class."""

    id: int
    country: str
    state: str
    rate: Decimal
    name: str
    priority: int
    compound: bool
    shipping: bool
    tax_class: str
    postcodes: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()

    @classmethod
    def from_rest(cls, body: Mapping[str, Any]) -> TaxRate:
        """A rate as ``GET /taxes`` shows it; the class ``standard`` is the empty slug."""
        slug = str(body.get("class") or "")
        return cls(
            id=int(body["id"]),
            country=str(body["country"]),
            state=str(body["state"]),
            rate=Decimal(str(body["rate"] or 0)),
            name=str(body["name"]),
            priority=int(body["priority"]),
            compound=bool(body["compound"]),
            shipping=bool(body["shipping"]),
            tax_class=STANDARD if slug == "standard" else slug,
            postcodes=tuple(body.get("postcodes") or ()),
            cities=tuple(body.get("cities") or ()),
        )

    @property
    def code(self) -> str:
        """What orders call the rate: ``DE-BE-MWST 19-1``, empty parts left out, in capitals."""
        parts = [self.country, self.state, self.name or "TAX", str(self.priority)]
        return "-".join(part for part in parts if part).upper()


def rates_at(rates: Iterable[TaxRate], place: Place, tax_class: str) -> list[TaxRate]:
    """The rates that apply, one per priority: the most specific of those that fit, oldest first among equals."""
    fitting = sorted((r for r in rates if r.tax_class == tax_class and _fits(r, place)), key=_specific_first)
    by_priority: dict[int, TaxRate] = {}
    for rate in fitting:
        by_priority.setdefault(rate.priority, rate)
    return list(by_priority.values())


def shipping_rates_at(rates: Iterable[TaxRate], place: Place, tax_class: str) -> list[TaxRate]:
    """As ``rates_at``, without the rates that are not charged on shipping."""
    return [rate for rate in rates_at(rates, place, tax_class) if rate.shipping]


def taxes_on(net: Decimal, rates: Sequence[TaxRate], decimals: int) -> Taxes:
    """The tax that comes on top of ``net``, per rate; the simple rates first, then the compound ones."""
    taxes: Taxes = {rate.id: net * rate.rate / _HUNDRED for rate in rates if not rate.compound}
    for rate in rates:
        if rate.compound:
            taxes[rate.id] = (net + total(taxes.values())) * rate.rate / _HUNDRED
    return _rounded(taxes, decimals)


def taxes_within(gross: Decimal, rates: Sequence[TaxRate], decimals: int) -> Taxes:
    """The tax that is contained in ``gross``, per rate, in the order of ``rates``."""
    taxes: Taxes = {rate.id: ZERO for rate in rates}
    left = gross
    for rate in reversed([rate for rate in rates if rate.compound]):
        taxes[rate.id] = left - left / (1 + rate.rate / _HUNDRED)
        left -= taxes[rate.id]
    simple = [rate for rate in rates if not rate.compound]
    divisor = 1 + total(rate.rate for rate in simple) / _HUNDRED
    for rate in simple:
        taxes[rate.id] = left * (rate.rate / _HUNDRED) / divisor
    return _rounded(taxes, decimals)


def merged(*several: Taxes) -> Taxes:
    """Taxes of several positions added up per rate, rates in order of first appearance."""
    sums: Taxes = {}
    for taxes in several:
        for rate_id, amount in taxes.items():
            sums[rate_id] = sums.get(rate_id, ZERO) + amount
    return sums


def _rounded(taxes: Taxes, decimals: int) -> Taxes:
    return {rate_id: places(amount, stored_decimals(decimals)) for rate_id, amount in taxes.items()}


def _fits(rate: TaxRate, place: Place) -> bool:
    if rate.country not in ("", place.country.upper()) or rate.state not in ("", place.state.upper()):
        return False
    if rate.cities and place.city.upper() not in {city.upper() for city in rate.cities}:
        return False
    return not rate.postcodes or any(_postcode_fits(pattern, place.postcode) for pattern in rate.postcodes)


def _postcode_fits(pattern: str, postcode: str) -> bool:
    """Exact, ``506*`` or a range ``50000...50999``, spaces and capitals aside."""
    wanted, given = pattern.replace(" ", "").upper(), postcode.replace(" ", "").upper()
    if "..." in wanted:
        first, last = wanted.split("...", 1)
        return first.isdigit() and last.isdigit() and given.isdigit() and int(first) <= int(given) <= int(last)
    return given.startswith(wanted[:-1]) if wanted.endswith("*") else wanted == given


def _specific_first(rate: TaxRate) -> tuple[int, bool, str, bool, str, int, int, int]:
    return (
        rate.priority,
        not rate.country,
        rate.country,
        not rate.state,
        rate.state,
        -len(rate.postcodes),
        -len(rate.cities),
        rate.id,
    )
