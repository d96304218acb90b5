"""How many of an article a shop may sell, as a sum that anybody can check. Pure.

    10 on hand − 3 sold in store − 3 open web orders (#1041 ×1, #1043 ×2) − 0 buffer = 4

The parts always add up to the number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from trueup.domain.allocation import NOTHING, Promise, folded
from trueup.domain.product import Stock
from trueup.domain.record import Model

MOST_ORDERS = 20
"""Orders that a sum names one by one; of the others it gives the units."""


class Share(Model):
    """What a shop gets of a stock that several share: `buffer` units are kept back from it; of what is then left it
    gets `percent`, in whole units."""

    buffer: int = Field(0, ge=0)
    percent: int = Field(100, ge=1, le=100)


class StockPolicy(Model):
    """How the followers of a stock flow share it.

    `contains` is from when on the leader's number is without an order's goods (None: as its connection says).
    `unpaid_minutes` and `on_hold_days` are how long an unpaid order, and one on hold, holds stock (None: until the shop
    ends it). `shops` are shares by the id of the shop's connection; `buffers` are buffers by SKU, for every shop.
    """

    contains: Literal["acknowledgement", "reservation", "shipment"] | None = None
    unpaid_minutes: int = Field(60, ge=0)
    on_hold_days: int | None = Field(None, ge=0)
    shops: Mapping[str, Share] = {}
    buffers: Mapping[str, int] = {}

    def share(self, shop_id: int, sku: str | None) -> Share:
        """The buffer of the SKU goes before that of the shop."""
        own = self.shops.get(str(shop_id), _WHOLE)
        special = self._by_sku.get(folded(sku)) if self.buffers else None
        return own if special is None else own.model_copy(update={"buffer": special})

    @cached_property
    def _by_sku(self) -> dict[str | None, int]:
        return {folded(sku): buffer for sku, buffer in self.buffers.items()}


_WHOLE = Share()


class What(StrEnum):
    """What a part of the sum is."""

    ON_HAND = "on hand"
    IN_STOCK = "in stock"
    SOLD = "sold in store or reserved"
    COMING = "on the way in"
    PROMISED = "open web orders"
    BUFFER = "buffer"
    SHARE = "for other shops"
    NOT_BELOW_ZERO = "not shown below 0"


@dataclass(frozen=True, slots=True)
class Held:
    """Units that one order holds. `shop_id` is its shop; `elsewhere` the shop's name if that is another one."""

    number: str
    order_ref: str
    shop_id: int
    quantity: Decimal
    elsewhere: str | None = None

    def __str__(self) -> str:
        where = f" in {self.elsewhere}" if self.elsewhere else ""
        return f"#{self.number} ×{self.quantity:f}{where}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sum, with its sign. `orders` are the first of those that hold it."""

    what: What
    quantity: Decimal
    orders: tuple[Held, ...] = ()

    @property
    def label(self) -> str:
        return "open web order" if self.what is What.PROMISED and self.quantity == -1 else self.what.value

    @property
    def others(self) -> Decimal:
        """Units of orders that are not named."""
        return -self.quantity - sum((held.quantity for held in self.orders), NOTHING) if self.orders else NOTHING

    def __str__(self) -> str:
        named = [*map(str, self.orders), *([f"and {self.others:f} more"] if self.others else [])]
        return f"{abs(self.quantity):f} {self.label}" + (f" ({', '.join(named)})" if named else "")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number that a shop shows, and the sum that it is. `backorders` go with it to the shop."""

    number: Decimal
    parts: tuple[Part, ...]
    backorders: bool | None = None

    @property
    def sentence(self) -> str:
        first, *rest = self.parts
        head = f"{'−' if first.quantity < 0 else ''}{first}"
        signed = (f" {'+' if part.quantity > 0 else '−'} {part}" for part in rest)
        return f"{head}{''.join(signed)} = {'−' if self.number < 0 else ''}{abs(self.number):f}"

    def says_the_same(self, other: Explanation) -> bool:
        """Whether the shop would show the same."""
        return (self.number, self.backorders) == (other.number, other.backorders)

    def is_shown_by(self, text: str) -> bool:
        """Whether a shop that was told this (see `as_json`) shows the same."""
        data = json.loads(text)
        return bool((self.number, self.backorders) == (Decimal(data["number"]), data["backorders"]))

    def as_json(self) -> str:
        parts = [
            [part.what.value, f"{part.quantity:f}", [_packed(held) for held in part.orders]] for part in self.parts
        ]
        return json.dumps({"number": f"{self.number:f}", "backorders": self.backorders, "parts": parts})


def _packed(held: Held) -> list[Any]:
    return [held.number, held.order_ref, held.shop_id, f"{held.quantity:f}", held.elsewhere]


def explanation_from(text: str) -> Explanation:
    """What `Explanation.as_json` wrote."""
    data = json.loads(text)
    parts = tuple(
        Part(What(what), Decimal(quantity), tuple(Held(n, r, s, Decimal(q), e) for n, r, s, q, e in orders))
        for what, quantity, orders in data["parts"]
    )
    return Explanation(Decimal(data["number"]), parts, data["backorders"])


def sellable(
    stock: Stock, promises: Sequence[Promise], share: Share, *, shop_id: int, names: Mapping[int, str] | None = None
) -> Explanation:
    """What this shop may sell: the leader's number, less what is promised in all shops that share it, less the buffer,
    of that the share in whole units. Below 0 only where the leader allows backorders. `names` are those of the shops.
    """
    held = sum((promise.counted for promise in promises), NOTHING)
    left = stock.quantity - held - share.buffer
    open_orders = _promised(promises, held, shop_id, names or {})
    parts = [*_what_there_is(stock), open_orders, Part(What.BUFFER, _less(share.buffer))]
    if share.percent < 100 and left > 0:
        mine = (left * share.percent / 100).to_integral_value(ROUND_FLOOR)
        parts.append(Part(What.SHARE, mine - left))
        left = mine
    if left < 0 and not stock.backorders:
        parts.append(Part(What.NOT_BELOW_ZERO, -left))
        left = NOTHING
    return Explanation(left, tuple(parts), stock.backorders)


def _what_there_is(stock: Stock) -> list[Part]:
    if stock.on_hand is None:
        return [Part(What.IN_STOCK, stock.quantity)]
    more = stock.quantity - stock.on_hand
    between = [Part(What.COMING if more > 0 else What.SOLD, more)] if more else []
    return [Part(What.ON_HAND, stock.on_hand), *between]


def _promised(promises: Iterable[Promise], held: Decimal, shop_id: int, names: Mapping[int, str]) -> Part:
    """By order, the shop's own first."""
    by_order: dict[tuple[bool, str, int, str], Decimal] = {}
    for one in promises:
        if one.counted:
            key = (one.shop_id != shop_id, one.number, one.shop_id, one.order_ref)
            by_order[key] = by_order.get(key, NOTHING) + one.counted
    orders = [
        Held(number, ref, shop, units, names.get(shop) if elsewhere else None)
        for (elsewhere, number, shop, ref), units in sorted(by_order.items())
    ]
    return Part(What.PROMISED, -held if held else NOTHING, tuple(orders[:MOST_ORDERS]))


def _less(units: int) -> Decimal:
    return Decimal(-units) if units else NOTHING
