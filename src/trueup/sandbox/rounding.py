"""How the shop rounds money: Decimal everywhere, PHP's habits where they show.

Observed on WooCommerce 10.5.0 and replayed against the recorded orders in ``tests/recordings/golden_orders``.
"Stored" money carries up to six decimals (more if the currency has more than four), "shown" money has the
currency's decimals. Halves are rounded away from zero, except taxes of shops whose prices include tax and
discounts: those go towards zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

ZERO = Decimal(0)
STORED_DECIMALS = 6
_EXACT = Context(prec=60)


def places(value: Decimal, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """``value`` with exactly so many decimals; negative zero becomes zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), mode, _EXACT)
    return abs(rounded) if rounded.is_zero() else rounded


def stored_decimals(decimals: int) -> int:
    """How many decimals the shop keeps in its database for a currency with ``decimals`` of its own."""
    return max(STORED_DECIMALS, decimals + 2)


def stored(value: Decimal, decimals: int) -> Decimal:
    """``value`` as it is kept in the database: up to six decimals, no padding.

    The shop writes a binary float here, so a half in the seventh decimal falls as the float does.
    """
    return plain(Decimal(f"{float(value):.{stored_decimals(decimals)}f}"))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent; never minus zero."""
    if value.is_zero():
        return ZERO
    if value == value.to_integral_value():
        return value.quantize(Decimal(1), context=_EXACT)
    return value.normalize(_EXACT)


def half_down(value: Decimal, decimals: int) -> Decimal:
    return places(value, decimals, ROUND_HALF_DOWN)


def from_float(value: float) -> Decimal:
    """A computed float as PHP's round() sees it: fifteen significant digits, the noise behind them dropped."""
    return Decimal(f"{value:.15g}")


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def shown(value: Decimal, decimals: int) -> str:
    """Money as the REST API writes it: a string with the asked number of decimals."""
    return f"{places(value, decimals):f}"


def bare(value: Decimal, decimals: int) -> str:
    """Money as the shop writes it without padding, as in coupon lines: ``"4"``, ``"12.34"``, ``"447.058824"``."""
    return f"{stored(value, decimals):f}"
