"""Times, lengths, numbers and money as people read them; the exact value stands behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from trueup.web.moments import ago, clock, exact, money, number, took
from trueup.web.rendering import environment

NOW = datetime(2026, 3, 2, 14, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (-4, "just now"),
        (4, "just now"),
        (-30, "30 seconds ago"),
        (30, "in 30 seconds"),
        (-60 * 3, "3 minutes ago"),
        (-60 * 60 * 5, "5 hours ago"),
        (60 * 60 * 26, "in 1 day"),
        (-60 * 60 * 24 * 10, "1 week ago"),
        (-60 * 60 * 24 * 400, "1 year ago"),
    ],
)
def test_a_moment_is_told_from_now(seconds: int, text: str) -> None:
    assert ago(NOW + timedelta(seconds=seconds), NOW) == text


def shown(at: datetime | None) -> str:
    return environment().from_string("{{ at | moment }}").render(at=at, now=NOW)


def test_the_exact_time_stands_behind_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    html = shown(datetime(2026, 3, 2, 15, 0, 0, 999, tzinfo=east))
    assert html == '<time datetime="2026-03-02T13:00:00+00:00" title="2026-03-02 13:00:00 UTC">1 hour ago</time>'


def test_what_never_was_is_never() -> None:
    assert shown(None) == "never"


def test_a_time_of_day_is_utc_until_the_readers_own_is_known() -> None:
    assert "14:03 UTC" in clock(NOW)
    assert 'class="clock"' in clock(NOW)
    assert exact(NOW) == "2026-03-02 14:03:07 UTC"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0 ms"), (212, "212 ms"), (999, "999 ms"), (1000, "1 second"), (8_400, "8 seconds"), (300_000, "5 minutes")],
)
def test_how_long_it_took(milliseconds: int, text: str) -> None:
    assert took(timedelta(milliseconds=milliseconds)) == text


def test_what_is_not_over_took_nothing_yet() -> None:
    assert took(None) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,234,567"), (Decimal("12.50"), "12.5"), (Decimal("0.123456"), "0.123456"), (-3, "-3")],
)
def test_numbers(value: int | Decimal, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("amount", "currency", "decimals", "text"),
    [
        ("119", "EUR", 2, "€119.00"),
        ("1234.5", "EUR", None, "€1,234.50"),
        ("0.343", "EUR", None, "€0.343"),
        ("0.931277", "EUR", None, "€0.931277"),
        ("5", "EUR", None, "€5.00"),
        ("1200", "JPY", 0, "¥1,200"),
        ("1.2345", "KWD", 3, "KWD\xa01.235"),
        ("-4.2", "SEK", 2, "-SEK\xa04.20"),
        ("7", "XYZ", 2, "XYZ\xa07.00"),
    ],
)
def test_money_keeps_every_digit_that_there_is(amount: str, currency: str, decimals: int | None, text: str) -> None:
    assert money(Decimal(amount), currency, decimals) == text
