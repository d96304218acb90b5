"""Moments and numbers as people read them; the exact value always stands behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from trueup.words import LANGUAGE, _

JUST_NOW = timedelta(seconds=5)


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, `just now`."""
    distance = moment - now
    if abs(distance) < JUST_NOW:
        return _("just now")
    return format_timedelta(distance, add_direction=True, locale=LANGUAGE)


def exact(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@pass_context
def moment(context: Context, at: datetime | None) -> str:
    """Relative to now, with the exact time in UTC behind it; `never` for None."""
    if at is None:
        return _("never")
    now: datetime = context["now"]
    return _time(at, ago(at, now))


def clock(at: datetime) -> str:
    """The time of day in UTC; our script shows the reader's own time of day instead."""
    return _time(at, at.astimezone(UTC).strftime("%H:%M UTC"), "clock")


def took(duration: timedelta | None) -> str:
    """`8 seconds`; below a second in milliseconds."""
    if duration is None:
        return ""
    if duration < timedelta(seconds=1):
        return f"{round(duration.total_seconds() * 1000)} ms"
    return format_timedelta(duration, locale=LANGUAGE, threshold=1.5)


def number(value: int | Decimal) -> str:
    return format_decimal(value, locale=LANGUAGE, decimal_quantization=False)


def money(amount: Decimal, currency: str, decimals: int | None = None) -> str:
    """With the currency's sign. `decimals` keeps that many places; without it, every digit that there is."""
    if decimals is not None:
        amount = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    places = {None: ".00####", 0: ""}.get(decimals, f".{'0' * (decimals or 0)}")
    space = "\u00a0" if get_currency_symbol(currency, LANGUAGE)[-1].isalpha() else ""
    pattern = f"¤{space}#,##0{places}"
    return format_currency(amount, currency, format=pattern, currency_digits=False, locale=LANGUAGE)


def _time(at: datetime, shown: str, css: str = "") -> Markup:
    iso = at.astimezone(UTC).isoformat(timespec="seconds")
    kind = Markup(' class="{}"').format(css) if css else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(iso, exact(at), kind, shown)
