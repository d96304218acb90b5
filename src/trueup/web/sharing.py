"""An order's story for somebody outside: what was ordered, whether it adds up, what happened; nobody's name. Pure.

It is built of what may be told (`telling.Told.sentence`, article codes, figures), not by striking out what may not:
names, addresses, e-mails, phones, notes, numbers of payments and of parcels, names of articles, coupon codes, reasons
and sentences of other systems are never put in. Of an address the country stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trueup.domain.cent_proof import Proof, prove
from trueup.domain.order import Order, Position, PositionType
from trueup.store.order_stories import OrderStory
from trueup.web.moments import exact, money, number
from trueup.web.naming import STATES
from trueup.web.telling import Told, tell
from trueup.words import _

TYPES: Mapping[PositionType, str] = {
    PositionType.GOODS: _("article without SKU"),
    PositionType.SHIPPING: _("shipping"),
    PositionType.FEE: _("fee"),
    PositionType.ROUNDING: _("rounding line"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLine:
    """One line of the order by its code; `what` it is where it has none."""

    what: str
    quantity: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOrder:
    """Everything that is told of one order. `country` is where it goes, as its ISO code."""

    number: str
    leader: str
    state: str
    placed_at: datetime
    currency: str
    decimals: int
    total: Decimal
    country: str
    lines: tuple[SharedLine, ...]
    proof: Proof
    told: tuple[Told, ...]


def shared(of: OrderStory, *, private: bool = False) -> SharedOrder:
    """With `private`, what happened is told with its reasons and sentences: for those who may see them."""
    order = of.order
    return SharedOrder(
        number=order.number,
        leader=of.story.leader,
        state=STATES[of.life.state] if of.life else _("not known"),
        placed_at=order.created_at,
        currency=order.currency,
        decimals=order.decimals,
        total=order.total,
        country=order.shipping.or_place_of(order.billing).country or "",
        lines=tuple(_line(position) for position in order.positions),
        proof=prove(order),
        told=tuple(one if private else replace(one, private="") for one in tell(of)),
    )


def _line(position: Position) -> SharedLine:
    what = position.sku if position.type is PositionType.GOODS and position.sku else TYPES[position.type]
    return SharedLine(what=what, quantity=position.quantity, net=position.total, tax=position.tax)


def as_text(one: SharedOrder) -> str:
    """Plain text; moments in UTC, the oldest first."""
    return "\n".join([*_head(one), "", *_lines(one), "", *_proof(one), "", *_happened(one)]) + "\n"


def _head(one: SharedOrder) -> Iterator[str]:
    total = money(one.total, one.currency, one.decimals)
    values = {"number": one.number, "leader": one.leader, "total": total, "placed": exact(one.placed_at)}
    yield _("Order %(number)s from %(leader)s over %(total)s, placed %(placed)s") % values
    yield _("State: %(state)s. Goes to: %(country)s.") % {"state": one.state, "country": one.country or _("not known")}


def _lines(one: SharedOrder) -> Iterator[str]:
    yield _("Lines")
    for line in one.lines:
        values = {"net": money(line.net, one.currency), "tax": money(line.tax, one.currency)}
        yield f"  {number(line.quantity)} × {line.what}: " + _("net %(net)s, tax %(tax)s") % values


def _proof(one: SharedOrder) -> Iterator[str]:
    yield _("Does it add up?")
    for rate in one.proof.rates:
        amounts = {
            "name": rate.name if "%" in rate.name else f"{rate.name} {number(rate.percent)} %",
            "net": money(rate.net, one.currency),
            "tax": money(rate.tax, one.currency),
            "shown": money(rate.shown, one.currency),
        }
        yield "  " + _("%(name)s: charged on %(net)s, by the lines %(tax)s, by the shop %(shown)s") % amounts
    sums = {
        "made": money(one.proof.total, one.currency, one.decimals),
        "said": money(one.total, one.currency, one.decimals),
    }
    yield "  " + _("Net and tax make %(made)s, the shop says %(said)s.") % sums
    yield "  " + verdict_on(one.proof)


def verdict_on(proof: Proof) -> str:
    """Whether the order adds up, in one line."""
    if not proof.holds:
        return " ".join(problem.sentence for problem in proof.problems)
    how = _("Taxes are rounded at the subtotal.") if proof.at_subtotal else _("Taxes are rounded line by line.")
    return _("It adds up to the cent, rate by rate.") + " " + how


def _happened(one: SharedOrder) -> Iterator[str]:
    yield _("What happened (UTC)")
    for told in one.told:
        yield f"  {exact(told.at).removesuffix(' UTC')}  {told.sentence}" + (f" ({told.detail})" if told.detail else "")
        if told.private:
            yield f"      {told.private}"


def file_name(order: Order, ending: str) -> str:
    """A name that every system takes."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in order.number)
    return f"order-{plain.strip('-') or 'story'}.{ending}"
