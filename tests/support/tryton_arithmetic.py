"""What Tryton makes of the lines of a sale, as its own code does it (account/tax.py, sale/sale.py of the series 8).

Written from Tryton's code and not from ours: it reads what is sent, and takes every step that Tryton takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import cycle
from typing import Any, NamedTuple

Row = Mapping[str, Any]


class TrytonHangs(Exception):
    """Tryton would not come back from these taxes."""


class Figures(NamedTuple):
    untaxed: Decimal
    tax: Decimal
    by_tax: Mapping[int, Decimal]

    @property
    def total(self) -> Decimal:
        return self.untaxed + self.tax


def figures_of(lines: Sequence[Row], rates: Mapping[int, Decimal], digits: int) -> Figures:
    """`lines` as they are created; `rates` by the tax's id (0.19 for 19 %). Taxes are rounded per document."""
    step = Decimal(1).scaleb(-digits)
    groups: dict[object, list[Row]] = defaultdict(list)
    for line in lines:
        groups[tuple(tax_ids(line)), base_of(line) >= 0].append(line)
    by_tax: dict[int, Decimal] = defaultdict(Decimal)
    for group in groups.values():
        taxes: dict[tuple[int, bool], Decimal] = defaultdict(Decimal)
        for line in group:
            for id in tax_ids(line):
                taxes[id, base_of(line) >= 0] += base_of(line) * rates[id]
        for (id, _), amount in rounded(taxes, step).items():
            by_tax[id] += amount
    untaxed = sum((half_even(base_of(line), step) for line in lines), Decimal(0))
    return Figures(untaxed, sum(by_tax.values(), Decimal(0)), dict(by_tax))


def rounded(taxes: Mapping[tuple[int, bool], Decimal], step: Decimal) -> dict[tuple[int, bool], Decimal]:
    """`TaxableMixin._round_taxes`: each is rounded, whole steps too many or too few are taken from the first ones."""
    found = {key: half_even(amount, step) for key, amount in taxes.items()}
    remainder = half_even(sum(found.values()) - sum(taxes.values()) + Decimal(0), step)
    if abs(remainder) >= step and not any(found.values()):
        raise TrytonHangs(f"it looks for a tax that is not 0 among {dict(taxes)}")
    for key in cycle(found) if abs(remainder) >= step else ():
        if found[key]:
            offset = step.copy_sign(remainder)
            found[key] -= offset
            remainder -= offset
            if abs(remainder) < step:
                break
    return found


def half_even(amount: Decimal, step: Decimal) -> Decimal:
    return amount.quantize(step, ROUND_HALF_EVEN)


def base_of(line: Row) -> Decimal:
    return Decimal(line["unit_price"]) * Decimal(str(line["quantity"]))


def tax_ids(line: Row) -> list[int]:
    [[_, ids]] = line["taxes"]
    return list(ids)
