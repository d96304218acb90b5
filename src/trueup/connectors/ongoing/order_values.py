"""The values of an order's payload that are more than a field: days, remarks, names, prices. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from trueup.connectors.ongoing.settings import MappingSettings
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order, Position, PositionType

CUT = " …"
PRICE_STEP = Decimal("0.000001")
"""What the shop itself keeps of a line's price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """An order with its customer, if the leader told who that is."""

    order: Order
    customer: Customer | None
    settings: MappingSettings

    @property
    def to(self) -> Address:
        """Where the parcel goes: the billing address, if there is no other."""
        return self.order.shipping.or_place_of(self.order.billing)

    @property
    def goods(self) -> list[Position]:
        return [position for position in self.order.positions if position.type is PositionType.GOODS]

    @property
    def first_shipping(self) -> Position | None:
        return next((position for position in self.order.positions if position.type is PositionType.SHIPPING), None)

    @property
    def email(self) -> str | None:
        """The account's, else the one beside the billing address. All guests together have none."""
        account = self.customer.email if self.customer and not self.customer.guest else None
        return account or self.order.billing.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    order: Order
    position: Position


def delivery_date(picked: Picked) -> str:
    there = picked.order.created_at.astimezone(ZoneInfo(picked.settings.time_zone))
    return (there.date() + timedelta(days=picked.settings.delivery_days)).isoformat()


def way_of_delivery(picked: Picked) -> str | None:
    titles = [position.name for position in picked.order.positions if position.type is PositionType.SHIPPING]
    return ", ".join(titles) or None if picked.settings.way_of_delivery else None


def method_code(picked: Picked) -> str | None:
    return picked.first_shipping.method if picked.first_shipping else None


def method_name(picked: Picked) -> str | None:
    return picked.first_shipping.name if picked.first_shipping else None


def remark(picked: Picked) -> str | None:
    note, most = picked.order.note, picked.settings.remark_length
    return f"{note[: most - len(CUT)].rstrip()}{CUT}" if note and len(note) > most else note


def contact(picked: Picked) -> str | None:
    """The person, where the company is the customer; without a company the person is the customer."""
    return picked.to.person or None if picked.to.company else None


def phone(picked: Picked) -> str | None:
    return picked.order.billing.phone


def line_price(line: Line) -> str | None:
    """Per piece, from the total: the shop's own price of a line is a float."""
    quantity = line.position.quantity
    if not quantity:
        return None
    return plain((line.position.total / quantity).quantize(PRICE_STEP, ROUND_HALF_UP))


def plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_part(part: Callable[[Address], str | None]) -> Callable[[Picked], str | None]:
    return lambda picked: part(picked.to) or None


def billing_part(part: Callable[[Address], str | None]) -> Callable[[Picked], str | None]:
    return lambda picked: part(picked.order.billing) or None
