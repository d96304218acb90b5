"""Two versions of one order side by side: what differs between them, field by field. Pure.

For people who decide about a change that came too late, and for the story of an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from trueup.domain.customer import Address
from trueup.domain.order import Order, Position, PositionType

ZERO = Decimal(0)


class Part(StrEnum):
    """What of an order is compared."""

    CANCELLED = "cancelled"
    BILLING = "billed to"
    SHIPPING = "shipped to"
    NOTE = "note"
    PAYMENT = "payment"
    LINE = "line"
    COUPONS = "coupons"
    TOTAL = "total"
    TAX = "tax in it"


PERSONAL = frozenset({Part.BILLING, Part.SHIPPING, Part.NOTE, Part.PAYMENT})
"""Parts that tell of a person, or were written by one."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A line as people compare it: units, net after coupons, tax."""

    quantity: Decimal
    net: Decimal
    tax: Decimal


Value = Address | Bought | Decimal | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part in both versions; `name` is the line's. None: that version has no such thing."""

    part: Part
    name: str = ""
    before: Value
    now: Value

    @property
    def differs(self) -> bool:
        return self.before != self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """That something of an order changed, without what it was or became: a story may keep it for good."""

    part: Part
    name: str = ""


def side_by_side(before: Order, now: Order) -> list[Row]:
    """Every part of both versions, in the order in which people read an order."""
    return [*_head(before, now), *_lines(before.positions, now.positions), *_sums(before, now)]


def changes(before: Order, now: Order) -> list[Change]:
    """What differs, by name only."""
    return [Change(part=row.part, name=row.name) for row in side_by_side(before, now) if row.differs]


def _head(before: Order, now: Order) -> Iterator[Row]:
    yield Row(part=Part.CANCELLED, before=before.is_cancelled, now=now.is_cancelled)
    yield Row(part=Part.BILLING, before=before.billing, now=now.billing)
    yield Row(part=Part.SHIPPING, before=before.shipping, now=now.shipping)
    yield Row(part=Part.NOTE, before=before.note, now=now.note)
    yield Row(part=Part.PAYMENT, before=_payment(before), now=_payment(now))


def _payment(order: Order) -> str:
    return ", ".join(part for part in (order.payment_title or order.payment_method, order.transaction_id) if part)


def _lines(before: Iterable[Position], now: Iterable[Position]) -> Iterator[Row]:
    """Line by line, by the shop's id of the line: a changed quantity is one row, another article is two."""
    old, new = _by_line(before), _by_line(now)
    for key in [*old, *(key for key in new if key not in old)]:
        either = old.get(key) or new[key]
        yield Row(part=Part.LINE, name=_name(either), before=_bought(old.get(key)), now=_bought(new.get(key)))


def _by_line(positions: Iterable[Position]) -> Mapping[tuple[str, str, str], Position]:
    return {(p.type, p.id, p.product.id if p.product else p.sku or ""): p for p in positions}


def _name(position: Position) -> str:
    return f"{position.name} ({position.sku})" if position.sku and position.sku != position.name else position.name


def _bought(position: Position | None) -> Bought | None:
    return None if position is None else Bought(position.quantity, position.total, position.tax)


def _sums(before: Order, now: Order) -> Iterator[Row]:
    yield Row(part=Part.COUPONS, before=_coupons(before), now=_coupons(now))
    yield Row(part=Part.TOTAL, before=before.total, now=now.total)
    yield Row(part=Part.TAX, before=before.total_tax, now=now.total_tax)


def _coupons(order: Order) -> str | None:
    return ", ".join(coupon.code for coupon in order.coupons) or None


def units(order: Order) -> Decimal:
    """How many units of goods the order is over."""
    return sum((p.quantity for p in order.positions if p.type is PositionType.GOODS), ZERO)
