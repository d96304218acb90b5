"""Two versions of an order as people read them side by side: what differs, and which lines of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trueup.domain.customer import Address
from trueup.domain.order_versions import PERSONAL, Bought, Part, Row, Value
from trueup.sync.tasks import Versions
from trueup.web.moments import money, number
from trueup.words import _

PARTS: Mapping[Part, str] = {
    Part.CANCELLED: _("Cancelled"),
    Part.BILLING: _("Billed to"),
    Part.SHIPPING: _("Shipped to"),
    Part.NOTE: _("Note"),
    Part.PAYMENT: _("Payment"),
    Part.LINE: _("Line"),
    Part.COUPONS: _("Coupons"),
    Part.TOTAL: _("Total"),
    Part.TAX: _("Tax in it"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of one side; `marked` if the other side does not say it."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One part of the order, on both sides, line by line."""

    what: str
    differs: bool
    personal: bool
    before: tuple[Said, ...]
    now: tuple[Said, ...]


def compared(versions: Versions) -> list[Compared]:
    """Every part, what differs first; each side in its version's currency."""
    rows = [_compared(row, versions) for row in versions.rows if row.differs or row.now is not None]
    return sorted(rows, key=lambda row: not row.differs)


def _compared(row: Row, versions: Versions) -> Compared:
    before = _lines(row.before, versions.before.currency, versions.before.decimals)
    now = _lines(row.now, versions.now.currency, versions.now.decimals)
    return Compared(
        what=f"{PARTS[row.part]}: {row.name}" if row.name else PARTS[row.part],
        differs=row.differs,
        personal=row.part in PERSONAL,
        before=_marked(before, now),
        now=_marked(now, before),
    )


def _marked(side: Iterable[str], other: Iterable[str]) -> tuple[Said, ...]:
    known = set(other)
    return tuple(Said(text, text not in known) for text in side)


def _lines(value: Value, currency: str, decimals: int) -> list[str]:
    if isinstance(value, Address):
        return _address(value) or [_("none")]
    if isinstance(value, Bought):
        return _bought(value, currency)
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if isinstance(value, Decimal):
        return [money(value, currency, decimals)]
    return [value] if value else [_("none")]


def _bought(line: Bought, currency: str) -> list[str]:
    net, tax = money(line.net, currency), money(line.tax, currency)
    units = _("%(num)s units") % {"num": number(line.quantity)} if line.quantity != 1 else _("1 unit")
    return [units, _("net %(amount)s") % {"amount": net}, _("tax %(amount)s") % {"amount": tax}]


def _address(address: Address) -> list[str]:
    town = " ".join(part for part in (address.postcode, address.city) if part)
    country = ", ".join(part for part in (address.state, address.country) if part)
    lines = (address.company, address.person, address.street, address.street_2, town, country)
    return [line for line in (*lines, address.phone, address.email) if line]
