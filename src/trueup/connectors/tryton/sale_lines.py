"""The lines of a sale, such that Tryton's own arithmetic comes to the shop's total.

Tryton rounds prices to four decimals, every line's amount to the currency, and the taxes of lines that have the same
ones over the whole document (or per line, as configured), always half to even. Taxes are computed from the unrounded
amounts. So a price keeps its four decimals, a line whose rounded price times quantity misses its amount is split in
two, and what is left over becomes a rounding line that everybody can see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import Tax

PRICE_STEP = Decimal("0.0001")
ORDER_LINE = "Order line"
"""Begins the note of a sale line, before the shop's id of the order line that it stands for. Tryton prints no notes of
lines on documents, and copies them when a sale is returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line to create; `price` is net per unit, `base_price` the price before coupons (None: the same), `position`
    the shop's id of the order line."""

    product: int
    unit: int
    quantity: Decimal
    price: Decimal
    taxes: tuple[Tax, ...] = ()
    description: str | None = None
    base_price: Decimal | None = None
    position: str | None = None


def lines_for(line: Line, total: Decimal, subtotal: Decimal, step: Decimal) -> Iterator[Line]:
    """The line with the price that gives `total` (net, up to six decimals), split in two if no price can."""
    price = four_decimals(total / line.quantity)
    base = four_decimals(subtotal / line.quantity) if subtotal != total else None
    target = total.quantize(step, ROUND_HALF_UP)
    for near in (price, price - PRICE_STEP, price + PRICE_STEP):
        priced = replace(line, price=near, base_price=base)
        if amount(priced, step) == target:
            yield priced
            return
    yield from _in_two(replace(line, price=price, base_price=base), target, step)


def _in_two(line: Line, target: Decimal, step: Decimal) -> Iterator[Line]:
    """One unit makes up for what the others miss; a quantity that cannot be split stays as it is."""
    if line.quantity <= 1 or line.quantity % 1:
        yield line
        return
    most = replace(line, quantity=line.quantity - 1)
    yield most
    yield replace(line, quantity=Decimal(1), price=target - amount(most, step))


def four_decimals(price: Decimal) -> Decimal:
    return price.quantize(PRICE_STEP, ROUND_HALF_UP)


def amount(line: Line, step: Decimal) -> Decimal:
    return (line.price * line.quantity).quantize(step, ROUND_HALF_EVEN)


def predicted_total(lines: Sequence[Line], step: Decimal, tax_rounding: str) -> Decimal:
    """What Tryton will make of the lines. Tryton's own answer decides afterwards."""
    return sum((amount(line, step) for line in lines), Decimal(0)) + predicted_tax(lines, step, tax_rounding)


def predicted_tax(lines: Sequence[Line], step: Decimal, tax_rounding: str) -> Decimal:
    """Tryton rounds each tax of a group of lines; where the rounded ones together miss their exact sum by a whole
    step, it is taken back."""
    groups = (_taxes_of([lines[n] for n in members]) for members in _groups(lines, tax_rounding))
    return sum((_rounded(exact, step) - _remainder(exact, step) for exact in groups), Decimal(0))


def without_endless_rounding(lines: Sequence[Line], step: Decimal, tax_rounding: str) -> list[Line]:
    """Tryton takes that step from a tax of the group that is not 0, and looks for one for ever if all of them are: two
    taxes of 0.004, 0.00 each, are 0.01 together. Such lines keep their first tax only."""
    found = list(lines)
    for members in _groups(lines, tax_rounding):
        exact = _taxes_of([lines[n] for n in members])
        if _remainder(exact, step) and not any(tax.quantize(step, ROUND_HALF_EVEN) for tax in exact):
            for n in members:
                found[n] = replace(lines[n], taxes=lines[n].taxes[:1])
    return found


def _groups(lines: Sequence[Line], tax_rounding: str) -> Iterable[list[int]]:
    """Lines that have the same taxes, those above and those below 0 apart; each for itself if Tryton rounds by line."""
    groups: dict[object, list[int]] = {}
    for n, line in enumerate(lines):
        key = (tuple(sorted(tax.id for tax in line.taxes)), line.price * line.quantity >= 0)
        groups.setdefault(n if tax_rounding == "line" else key, []).append(n)
    return groups.values()


def _taxes_of(lines: Iterable[Line]) -> tuple[Decimal, ...]:
    exact: dict[int, Decimal] = {}
    for line in lines:
        for tax in line.taxes:
            exact[tax.id] = exact.get(tax.id, Decimal(0)) + line.price * line.quantity * tax.rate
    return tuple(exact.values())


def _rounded(exact: Iterable[Decimal], step: Decimal) -> Decimal:
    return sum((tax.quantize(step, ROUND_HALF_EVEN) for tax in exact), Decimal(0))


def _remainder(exact: Sequence[Decimal], step: Decimal) -> Decimal:
    return (_rounded(exact, step) - sum(exact, Decimal(0))).quantize(step, ROUND_HALF_EVEN)


def line_to_tryton(line: Line, *, with_base_price: bool) -> Row:
    values = {
        "type": "line",
        "product": line.product,
        "unit": line.unit,
        "quantity": float(line.quantity),
        "unit_price": line.price,
        "description": line.description,
        "taxes": [["add", [tax.id for tax in line.taxes]]],
        "note": f"{ORDER_LINE} {line.position}" if line.position else None,
    }
    return {**values, "base_price": line.base_price} if with_base_price and line.base_price is not None else values


def position_of(note: str | None) -> str | None:
    """The shop's id of the order line, of a sale line's note, in which people may have written more."""
    found = re.search(rf"^{ORDER_LINE} (.+?)\s*$", note or "", re.MULTILINE)
    return found[1] if found else None
