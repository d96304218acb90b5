"""What WordPress does to texts and dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trueup.sandbox.dates import filter_bound, from_local, from_utc, iso, local, parse
from trueup.sandbox.texts import clean, decimal_text, kses, paragraphs, price_text, slug_of

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


# -- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Mug", "mug"),
        ("Grün / Weiß", "grun-weis"),
        ("T-Shirt - Red, S", "t-shirt-red-s"),
        ("Bücher 7%", "bucher-7"),
        ("<b>Bold</b> &amp; x", "bold-x"),
        ("a.b_c", "a-b_c"),
        ("--a--", "a"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slug_of(text) == slug


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234.567"),
        ("€ 5", "5"),
        ("5-3", "5-3"),
        (5, "5"),
        (5.0, "5"),
        (5.25, "5.25"),
        (0.1, "0.1"),
        (True, "1"),
        (False, ""),
        (None, ""),
        ("free", ""),
    ],
)
def test_decimals(value: Any, kept: str) -> None:
    assert decimal_text(value) == kept


@pytest.mark.parametrize(
    ("amount", "decimals", "point", "thousands", "shown"),
    [
        ("1234.5", 2, ",", ".", "1.234,50"),
        ("1234567.891", 2, ".", ",", "1,234,567.89"),
        ("0.005", 2, ".", ",", "0.01"),
        ("12.5", 0, ",", ".", "13"),
        ("5", 3, ",", " ", "5,000"),
        ("none", 2, ",", ".", "0,00"),
    ],
)
def test_printed_prices(amount: str, decimals: int, point: str, thousands: str, shown: str) -> None:
    assert price_text(amount, decimals, point, thousands) == shown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("  \n ", ""),
        ("One", "<p>One</p>\n"),
        ("One\nTwo", "<p>One<br />\nTwo</p>\n"),
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>\n"),
        ("<ul><li>a</li></ul>", "<ul><li>a</li></ul>\n"),
        ("<b>a</b>", "<p><b>a</b></p>\n"),
    ],
)
def test_paragraphs(text: str, html: str) -> None:
    assert paragraphs(text) == html


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a & b", "a &amp; b"),
        ("a &amp; b &#8364;", "a &amp; b &#8364;"),
        ("<iframe src=x>y</iframe>", "y"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_what_may_stay_in_a_title(text: str, kept: str) -> None:
    assert kses(text) == kept


def test_cleaning_takes_tags_and_double_spaces_away() -> None:
    assert clean(" a  <i>b</i>\n c ") == "a b c"


# -- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T12:00:00", datetime(2026, 3, 10, 12)),  # noqa: DTZ001 - naive on purpose
        ("2026-03-10T12:00:00Z", datetime(2026, 3, 10, 12, tzinfo=UTC)),
        ("2026-03-10t12:00:00+02:00", datetime(2026, 3, 10, 12, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-03-10", datetime(2026, 3, 10)),  # noqa: DTZ001 - naive on purpose
        ("31.12.2024", datetime(2024, 12, 31)),  # noqa: DTZ001 - naive on purpose
        ("tomorrow", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_what_is_a_date(text: Any, moment: datetime | None) -> None:
    assert parse(text) == moment


@pytest.mark.parametrize(
    ("zone", "shown"),
    [(BERLIN, "2026-07-01T02:00:00"), (TOKYO, "2026-07-01T09:00:00"), (ZoneInfo("UTC"), "2026-07-01T00:00:00")],
)
def test_local_time_there_and_back(zone: ZoneInfo, shown: str) -> None:
    assert local("2026-07-01T00:00:00", zone) == shown
    assert from_local(shown, zone) == "2026-07-01T00:00:00"
    assert local(None, zone) is None


def test_a_written_date_with_an_offset_is_what_it_says() -> None:
    assert from_local("2026-07-01T02:00:00+02:00", TOKYO) == "2026-07-01T00:00:00"
    assert from_utc("2026-07-01T02:00:00") == "2026-07-01T02:00:00"
    assert from_utc("nonsense") is None


@pytest.mark.parametrize(
    ("text", "gmt", "zone", "bound"),
    [
        ("2026-03-10T12:00:00", True, BERLIN, "2026-03-10T12:00:00"),
        ("2026-03-10T12:00:00", False, BERLIN, "2026-03-10T11:00:00"),
        ("2026-03-10T12:00:00Z", False, BERLIN, "2026-03-10T12:00:00"),
        ("2026-03-10T12:00:00Z", True, BERLIN, "2026-03-10T13:00:00"),
        ("2026-03-10T12:00:00Z", True, TOKYO, "2026-03-10T21:00:00"),
        ("2026-03-10T12:00:00Z", True, ZoneInfo("America/New_York"), "2026-03-10T08:00:00"),
        ("nonsense", False, BERLIN, "9999"),
    ],
    ids=["safe", "shop time", "Z", "trap", "trap far east", "no trap west of UTC", "nonsense finds nothing"],
)
def test_what_a_filter_really_compares_with(text: str, gmt: bool, zone: ZoneInfo, bound: str) -> None:
    assert filter_bound(text, are_gmt=gmt, zone=zone) == bound


def test_moments_are_stored_in_utc_without_a_zone() -> None:
    assert iso(datetime(2026, 3, 10, 13, 0, 0, 999, tzinfo=BERLIN)) == "2026-03-10T12:00:00"
