"""The proof that an order adds up to the cent, tax rate by tax rate. Pure.

A shop rounds in one of two ways, and an order does not say in which. Per line: the tax of each position and rate is
rounded (halves up; halves down where prices include tax), nets of goods and shipping too, fees are not. At subtotal:
nothing is rounded but the total. Both were replayed, without tolerance, over the recorded orders of WooCommerce 10.5
in `tests/recordings/golden_orders`.

What little the order's own figures say beyond that (a plugin that rounds to five cents) becomes a position that
everybody sees, `balanced`; anything more is a problem. An order that adds up never gets one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Problem

ZERO = Decimal(0)
ROUNDING_NAME = "Rounding difference"
_EXACT = (PositionType.FEE, PositionType.ROUNDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProof:
    """One tax rate: the net amounts that it was charged on, its tax by the positions, and the tax that the shop shows
    (goods, fees and shipping together)."""

    rate: str
    name: str
    percent: Decimal
    net: Decimal
    tax: Decimal
    shown: Decimal

    @property
    def residual(self) -> Decimal:
        return self.shown - self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an order's positions come to. `residual` is what the order's total says on top of it, `tax_residual` what
    its tax does: 0 if it adds up. `rounding` is what a rounding position already contributes. `shown` is what somebody
    gets who adds up the positions as the shop shows them, each rounded.
    """

    rates: tuple[RateProof, ...]
    at_subtotal: bool
    net: Decimal
    tax: Decimal
    total: Decimal
    residual: Decimal
    tax_residual: Decimal
    rounding: Decimal
    shown: Decimal
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        return not self.problems

    @property
    def is_exact(self) -> bool:
        """Whether nothing is left over, in total and rate by rate."""
        return not (self.residual or self.tax_residual or any(rate.residual for rate in self.rates))

    @property
    def shown_difference(self) -> Decimal:
        """What the total says on top of the positions as shown: where the shop rounds at subtotal, seldom 0."""
        return self.total - self.shown


def prove(order: Order) -> Proof:
    """Reckons the order the way its shop did; if that is not known, in both ways. Never raises for data."""
    proofs = [_prove(order, at_subtotal=mode) for mode in _modes(order)]
    return next((proof for proof in proofs if proof.holds), proofs[0])


def rounding_limit(decimals: int) -> Decimal:
    """The most that may be rounded away: 0.05 of the currency, and never more than five of its smallest unit. A yen
    is more than that already: in yen everything has to be exact."""
    return min(Decimal("0.05"), 5 * Decimal(1).scaleb(-decimals))


def balanced(order: Order) -> Order:
    """The order with a rounding position for what its total and taxes say on top of its positions, if that is at most
    the limit, net and for each rate. The same order if it adds up, or if more than that is wrong with it."""
    if prove(order).is_exact:
        return order
    for proof in (_prove(order, at_subtotal=mode) for mode in _modes(order)):
        candidate = order.model_copy(update={"positions": (*order.positions, _rounding_position(order, proof))})
        if _is_small(proof, order) and prove(candidate).holds:
            return candidate
    return order


def _is_small(proof: Proof, order: Order) -> bool:
    left = (proof.residual, proof.tax_residual, *(rate.residual for rate in proof.rates))
    return all(abs(amount) <= rounding_limit(order.decimals) for amount in left)


def _rounding_position(order: Order, proof: Proof) -> Position:
    taxes = tuple(TaxPart(rate=rate.rate, amount=rate.residual) for rate in proof.rates if rate.residual)
    net = proof.residual - sum((part.amount for part in taxes), ZERO)
    return Position(id="rounding", type=PositionType.ROUNDING, name=ROUNDING_NAME, subtotal=net, total=net, taxes=taxes)


def _modes(order: Order) -> tuple[bool, ...]:
    """Taxes below the smallest unit exist only where rounding happens at subtotal. Else the shop's setting goes first:
    it may have changed since the order was placed."""
    shown = [amount for rate in order.rates for amount in (rate.tax, rate.shipping_tax)]
    if any(amount != _rounded(amount, order) for amount in shown):
        return (True,)
    return (True, False) if order.round_at_subtotal else (False, True)


def _prove(order: Order, *, at_subtotal: bool) -> Proof:
    rates = tuple(_rate_proof(order, rate, at_subtotal=at_subtotal) for rate in order.rates)
    net = sum((_net(position, order, at_subtotal=at_subtotal) for position in order.positions), ZERO)
    tax = sum((_tax(position, order, at_subtotal=at_subtotal) for position in order.positions), ZERO)
    total = _rounded(net + tax, order)
    rounding = [p for p in order.positions if p.type is PositionType.ROUNDING]
    return Proof(
        rates=rates,
        at_subtotal=at_subtotal,
        net=net,
        tax=tax,
        total=total,
        residual=order.total - total,
        tax_residual=order.total_tax - _rounded(tax, order),
        rounding=sum((position.total + position.tax for position in rounding), ZERO),
        shown=sum((_shown(position, order, at_subtotal=at_subtotal) for position in order.positions), ZERO),
        problems=tuple(_problems(order, rates, tax, total)),
    )


def _rate_proof(order: Order, rate: TaxRate, *, at_subtotal: bool) -> RateProof:
    charged = [p for p in order.positions if any(part.rate == rate.id for part in p.taxes)]
    tax = sum((_tax(p, order, at_subtotal=at_subtotal, rate=rate.id) for p in charged), ZERO)
    return RateProof(
        rate=rate.id,
        name=rate.name,
        percent=rate.percent,
        net=sum((_net(p, order, at_subtotal=at_subtotal) for p in charged), ZERO),
        tax=tax,
        shown=rate.tax + rate.shipping_tax,
    )


def _net(position: Position, order: Order, *, at_subtotal: bool) -> Decimal:
    unrounded = position.type in _EXACT or (at_subtotal and position.type is PositionType.GOODS)
    return position.total if unrounded else _rounded(position.total, order)


def _tax(position: Position, order: Order, *, at_subtotal: bool, rate: str | None = None) -> Decimal:
    parts = (part.amount for part in position.taxes if rate in (None, part.rate))
    if at_subtotal:
        return sum(parts, ZERO)
    mode = ROUND_HALF_DOWN if order.prices_include_tax else ROUND_HALF_UP
    return sum((_rounded(amount, order, mode) for amount in parts), ZERO)


def _shown(position: Position, order: Order, *, at_subtotal: bool) -> Decimal:
    return _rounded(position.total, order) + _rounded(_tax(position, order, at_subtotal=at_subtotal), order)


def _rounded(amount: Decimal, order: Order, mode: str = ROUND_HALF_UP) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-order.decimals), mode)


def _problems(order: Order, rates: Iterable[RateProof], tax: Decimal, total: Decimal) -> Iterable[Problem]:
    if order.total < -rounding_limit(order.decimals):
        yield _problem("total", f"the order's total is negative ({_money(order.total, order)}).", "Correct its fees")
    unlisted = {part.rate for p in order.positions for part in p.taxes if part.amount} - {r.id for r in order.rates}
    if unlisted:
        charged = _money(_rounded(tax, order), order)
        text = f"its lines carry taxes ({charged}) of {_rates(len(unlisted))} missing in the order's own list of taxes."
        yield _problem("tax_lines", text, "Open the order in the shop and recalculate it")
    for rate in rates:
        if rate.residual:
            text = f"the tax {rate.name} does not add up: the lines make {rate.tax:f}, the order says {rate.shown:f}."
            yield _problem(f"tax {rate.name}", text, "Recalculate the order in the shop")
    if order.total != total:
        made, said = _money(total, order), _money(order.total, order)
        text = f"it does not add up: positions and taxes make {made}, the order says {said}."
        missing = " Perhaps a plugin took something off, such as a gift card, that is no line."
        hint = missing if order.total < total else ""
        yield _problem("total", f"{text}{hint}", "Recalculate the order in the shop")
    elif order.total_tax != _rounded(tax, order):
        made, said = _money(_rounded(tax, order), order), _money(order.total_tax, order)
        text = f"its tax does not add up: the lines make {made}, the order says {said}."
        yield _problem("total_tax", text, "Recalculate the order in the shop")


def _problem(field: str, text: str, remedy: str) -> Problem:
    return Problem(field=field, sentence=f"{text} {remedy}, or enter it by hand and skip it here with a reason.")


def _rates(count: int) -> str:
    return "a rate that is" if count == 1 else f"{count} rates that are"


def _money(amount: Decimal, order: Order) -> str:
    return f"{_rounded(amount, order):f} {order.currency}"
