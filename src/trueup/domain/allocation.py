"""Allocation: the units promised to open orders of the shops, until the leader's own stock number contains them. Pure.

A promise is one line of an order. It counts with what the order still wants, less what the leader's number is without
already. What the leader has been told counts on until its number was read after that moment: a number that was read
before may not contain it. So a unit is never counted by nobody; for a moment it may be counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, ShippedLine
from trueup.domain.order import Order, Position, PositionType, Stage
from trueup.domain.refund import OrderRefunds

NOTHING = Decimal(0)
ACKNOWLEDGED = "acknowledged by the back office"
RESERVED = "reserved by the back office"
SHIPPED = "shipped by the back office"
COMPLETED = "completed in the shop"
BY_HAND = "settled by hand"
GONE = "no longer in the shop"
_UNWANTED: Mapping[Stage, str] = {
    Stage.CANCELLED: "cancelled in the shop",
    Stage.FAILED: "the payment failed",
    Stage.REFUNDED: "refunded in full",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Since `at` (UTC, our clock) the leader's number is without `quantity` units of the line, all in all."""

    quantity: Decimal
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of an order, and how much of it the leader of stock does not know yet.

    `quantity` is what the order says, `refunded` how many of them were given back. `dropped` says why the order does
    not want them any more, `ended` why the back office will not deliver them. `contained` are the units that the
    leader's number, as it was read last, is without; `told` is what it was told since then, oldest first.
    """

    shop_id: int
    order_ref: str
    line: str
    number: str
    product: str | None
    sku: str | None
    quantity: Decimal
    stage: str
    promised_at: datetime
    refunded: Decimal = NOTHING
    dropped: str | None = None
    ended: str | None = None
    contained: Decimal = NOTHING
    told: tuple[Told, ...] = ()
    known_by: str | None = None
    expires_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def key(self) -> tuple[int, str, str]:
        return self.shop_id, self.order_ref, self.line

    @property
    def wanted(self) -> Decimal:
        """Units that somebody still has to deliver, or has delivered, for the order as it is now."""
        return NOTHING if self.dropped or self.ended else max(NOTHING, self.quantity - self.refunded)

    @property
    def counted(self) -> Decimal:
        """Units that are subtracted from the leader's number."""
        return max(NOTHING, self.wanted - self.contained)

    @property
    def why_released(self) -> str | None:
        """Why nothing of it counts any more; None while something does."""
        if self.counted:
            return None
        refunded = "refunded" if self.quantity <= self.refunded else None
        return self.dropped or self.ended or refunded or self.known_by

    @property
    def moved_in_shop(self) -> tuple[object, ...]:
        """Whatever makes a shop move its own stock number when it changes."""
        return self.stage, self.quantity, self.refunded, self.dropped, self.product

    def tell(self, quantity: Decimal, at: datetime, why: str) -> Promise:
        """The leader's number is without so many of it from now on; saying the same again is no news."""
        last = self.told[-1].quantity if self.told else self.contained
        return self if quantity == last else replace(self, told=(*self.told, Told(quantity, at, why)))

    def no_more_than_wanted(self) -> Promise:
        """For a leader that is told of orders: as soon as an order wants less, the leader may be told so, and nobody
        knows at which moment its number follows. From now on no more than that is taken for contained."""
        most = self.wanted
        if self.contained <= most and all(one.quantity <= most for one in self.told):
            return self
        told = tuple(replace(one, quantity=min(one.quantity, most)) for one in self.told)
        return replace(self, contained=min(self.contained, most), told=told)

    def read(self, asked_at: datetime) -> Promise:
        """The leader's number was asked for at `asked_at` (our clock): it contains all that was told before."""
        before = [one for one in self.told if one.at < asked_at]
        if not before:
            return self
        return replace(self, contained=before[-1].quantity, known_by=before[-1].why, told=self.told[len(before) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How long what is not paid holds stock: an unpaid order, and one that is on hold (None: until the shop ends
    it). Measured from the moment at which the order was placed."""

    unpaid: timedelta = timedelta(minutes=60)
    on_hold: timedelta | None = None

    def expiry(self, order: Order) -> datetime | None:
        held = {Stage.UNPAID: self.unpaid, Stage.ON_HOLD: self.on_hold}.get(order.stage)
        return None if held is None else order.created_at + held


def promised(order: Order, known: Sequence[Promise], *, shop_id: int, holding: Holding, now: datetime) -> list[Promise]:
    """The promises of this order as it was read now, in place of `known`. An order that was over before anybody knew
    it promises nothing."""
    expires_at = holding.expiry(order)
    dropped = _UNWANTED.get(order.stage) or ("not paid in time" if expires_at and expires_at <= now else None)
    if dropped and not known:
        return []
    by_line = {promise.line: promise for promise in known}
    lines = {position.id: position for position in order.positions if _is_goods(position)}
    taken = [
        _line(order, position, by_line.get(line), shop_id=shop_id, dropped=dropped, expires_at=expires_at, now=now)
        for line, position in lines.items()
    ]
    left = [promise for line, promise in by_line.items() if line not in lines]
    stage = order.stage.value
    return [*taken, *(replace(one, stage=stage, dropped=dropped or "taken off the order") for one in left)]


def _is_goods(position: Position) -> bool:
    return position.type is PositionType.GOODS and position.quantity > 0


def _line(
    order: Order,
    position: Position,
    known: Promise | None,
    *,
    shop_id: int,
    dropped: str | None,
    expires_at: datetime | None,
    now: datetime,
) -> Promise:
    """An article that was deleted in the shop since then is still the one that was promised."""
    now_said = {
        "number": order.number,
        "quantity": position.quantity,
        "stage": order.stage.value,
        "dropped": dropped,
        "expires_at": expires_at,
        "product": position.product.id if position.product else known.product if known else None,
        "sku": position.sku or (known.sku if known else None),
    }
    first = {"shop_id": shop_id, "order_ref": order.id, "line": position.id, "promised_at": now}
    return replace(known, **now_said) if known else Promise(**first, **now_said)  # type: ignore[arg-type]  # by name


def expired(promise: Promise, now: datetime) -> Promise:
    over = promise.expires_at is not None and promise.expires_at <= now and promise.dropped is None
    return replace(promise, dropped="not paid in time") if over else promise


def acknowledged(promises: Sequence[Promise], order: Order, at: datetime, why: str = ACKNOWLEDGED) -> list[Promise]:
    """The leader has this version of the order, all of its lines and no others; nothing, once that is cancelled."""
    sent = {} if order.is_cancelled else {position.id: position.quantity for position in order.positions}
    return [promise.tell(sent.get(promise.line, NOTHING), at, why) for promise in promises]


def all_known(promises: Iterable[Promise], at: datetime, why: str) -> list[Promise]:
    """The leader's number is without everything that these lines ask for."""
    return [promise.tell(promise.quantity, at, why) for promise in promises]


def refunded(promises: Iterable[Promise], refunds: OrderRefunds) -> list[Promise]:
    """Units that were given back are not wanted any more: those that have not left never will, and those that have
    are the leader's to take in again."""
    back: dict[str, Decimal] = {}
    for line in (line for refund in refunds.refunds for line in refund.lines if line.line):
        back[str(line.line)] = back.get(str(line.line), NOTHING) + line.quantity
    return [replace(promise, refunded=back.get(promise.line, NOTHING)) for promise in promises]


def fulfilled(
    promises: Sequence[Promise], fulfilment: Fulfilment, at: datetime, *, by_reservation: bool
) -> list[Promise]:
    """What the back office did with the order, for a leader whose number contains an order by reservation or by
    shipment."""
    stage = fulfilment.stage
    if stage is FulfilmentStage.CANCELLED:
        return [replace(promise, ended="cancelled in the back office") for promise in promises]
    open_again = [replace(promise, ended=None) for promise in promises]
    if stage is FulfilmentStage.SHIPPED:
        return all_known(open_again, at, SHIPPED)
    if by_reservation:
        return open_again if stage is FulfilmentStage.OPEN else all_known(open_again, at, RESERVED)
    sent = [line for package in fulfilment.packages for line in package.lines]
    return [promise.tell(units, at, SHIPPED) for promise, units in _spread(open_again, sent)]


def _spread(promises: Sequence[Promise], sent: Iterable[ShippedLine]) -> list[tuple[Promise, Decimal]]:
    """How many units of each line have left: by the line's id where the parcel tells it, else by SKU, line by line."""
    left = {promise.line: NOTHING for promise in promises}
    for parcel_line in sent:
        if parcel_line.line in left:
            left[parcel_line.line] += parcel_line.quantity
            continue
        units = parcel_line.quantity
        alike = [promise for promise in promises if promise.sku and folded(promise.sku) == folded(parcel_line.sku)]
        for promise in alike:
            taken = min(units, max(NOTHING, promise.quantity - left[promise.line]))
            left[promise.line] += taken
            units -= taken
    return [(promise, min(left[promise.line], promise.quantity)) for promise in promises]


def folded(sku: str | None) -> str | None:
    """SKUs are one whatever their case and the blanks around them."""
    return sku.strip().casefold() if sku and sku.strip() else None
