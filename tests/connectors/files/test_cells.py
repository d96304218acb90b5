"""A cell is understood in one way only, or refused with what to send instead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.files.cells import (
    BadCell,
    Cell,
    code_of,
    decimal_sign_of,
    moment_of,
    number_of,
    text_of,
    yes_or_no,
)

OTHER = {".": ",", ",": "."}


@pytest.mark.parametrize(
    ("cell", "setting", "number"),
    [
        ("12", "auto", "12"),
        ("12.50", "auto", "12.5"),
        ("12,50", "auto", "12.5"),
        ("12,5", "auto", "12.5"),
        (" 12,50 ", "auto", "12.5"),
        ("-3", "auto", "-3"),
        ("+3.5", "auto", "3.5"),
        ("0", "auto", "0"),
        ("0.125", "auto", "0.125"),  # no thousands group begins with 0
        ("0,125", "auto", "0.125"),
        ("1.2345", "auto", "1.2345"),
        ("1234.567", "auto", "1234.567"),  # four digits are no group
        ("1.234,50", "auto", "1234.5"),
        ("1,234.50", "auto", "1234.5"),
        ("1.234.567", "auto", "1234567"),
        ("1,234,567.8", "auto", "1234567.8"),
        ("1 234,50", "auto", "1234.5"),
        ("1\u00a0234,50", "auto", "1234.5"),
        ("1\u202f234.50", "auto", "1234.5"),
        ("1'234.50", "auto", "1234.5"),
        ("1’234’567", "auto", "1234567"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        (12, "auto", "12"),
        (12.5, "auto", "12.5"),
        (19.990000000000002, "auto", "19.99"),
        (0.1 + 0.2, "auto", "0.3"),
        (Decimal("1.234"), "auto", "1.234"),  # JSON numbers have no two readings
        (1.234, ",", "1.234"),
    ],
)
def test_a_number_is_understood(cell: Cell, setting: str, number: str) -> None:
    assert number_of(cell, setting) == Decimal(number)


@pytest.mark.parametrize("cell", [None, "", "   "])
def test_an_empty_cell_is_no_number(cell: Cell) -> None:
    assert number_of(cell) is None


@pytest.mark.parametrize(
    ("cell", "setting", "part"),
    [
        ("1.234", "auto", "can mean 1.234 or 1234. Set the decimal sign"),
        ("1,234", "auto", "can mean 1234 or 1.234. Set the decimal sign"),
        ("12,50", ".", "is written with a comma, but this connection expects a decimal point"),
        ("12.50", ",", "is written with a point, but this connection expects a decimal comma"),
        ("abc", "auto", '"abc" is not a number. Send digits only, such as 12.50.'),
        ("12.50 €", "auto", "is not a number"),
        ("12.50.1", "auto", "is not a number"),
        ("1,23,456", "auto", "is not a number"),
        ("12-", "auto", "is not a number"),
        ("--1", "auto", "is not a number"),
        ("1e5", "auto", "is not a number"),
        (".50", "auto", "is not a number"),
        ("12.", "auto", "is not a number"),
        ("٣", "auto", "is not a number"),
        ("NaN", "auto", "is not a number"),
        ("#N/A", "auto", "is not a number"),
        ("9" * 40, "auto", "is not a number"),
        (float("nan"), "auto", "is no number of this world"),
        (float("inf"), "auto", "is no number of this world"),
        (1e300, "auto", "is no number of this world"),
        (Decimal("1e99999999"), "auto", "is no number of this world"),
        (True, "auto", '"yes" is not a number'),
        (date(2026, 3, 1), "auto", "is not a number"),
    ],
)
def test_what_is_no_certain_number_is_refused_with_what_to_do(cell: Cell, setting: str, part: str) -> None:
    with pytest.raises(BadCell) as bad:
        number_of(cell, setting)
    assert part in str(bad.value)
    assert str(bad.value).endswith(".")


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2) | st.decimals(
    min_value=-(10**6), max_value=10**6, places=3
)


def written(amount: Decimal, sign: str, grouped: bool) -> str:
    """As a person in a country with this decimal sign writes it."""
    text = f"{amount:,f}" if grouped else f"{amount:f}"
    return text.translate(str.maketrans({".": sign, ",": OTHER[sign]}))


def understood(text: str, setting: str) -> Decimal | None:
    """None if it is refused."""
    try:
        return number_of(text, setting)
    except BadCell:
        return None


@given(amount=amounts, sign=st.sampled_from(".,"), grouped=st.booleans())
def test_every_amount_survives_being_written_in_the_set_notation(amount: Decimal, sign: str, grouped: bool) -> None:
    assert number_of(written(amount, sign, grouped), sign) == amount


@given(amount=amounts, sign=st.sampled_from(".,"), grouped=st.booleans())
def test_auto_reads_what_was_meant_or_asks_but_never_something_else(amount: Decimal, sign: str, grouped: bool) -> None:
    text = written(amount, sign, grouped)
    has_two_readings = understood(text, OTHER[sign]) not in (None, amount)
    assert understood(text, "auto") == (None if has_two_readings else amount)
    assert not (has_two_readings and decimal_sign_of(text))


@given(text=st.text(max_size=20))
def test_no_text_makes_number_reading_crash_or_give_infinity(text: str) -> None:
    for setting in ("auto", ".", ","):
        try:
            number = number_of(text, setting)
        except BadCell:
            continue
        assert number is None or number.is_finite()


@pytest.mark.parametrize(
    ("cell", "sign"), [("12,50", ","), ("12.50", "."), ("1.234,5", ","), ("12", None), ("1.234", None), ("x", None)]
)
def test_a_number_proves_its_decimal_sign_or_nothing(cell: str, sign: str | None) -> None:
    assert decimal_sign_of(cell) == sign


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (4711.0, "4711"),
        (4711, "4711"),
        (Decimal("4711.0"), "4711"),
        (0.5, "0.5"),
        ("  MUG-1 ", "MUG-1"),
        ("", None),
        (None, None),
        (True, "yes"),
        (7350012345678.0, "7350012345678"),
    ],
)
def test_a_cell_as_text_is_what_the_spreadsheet_shows(cell: Cell, text: str | None) -> None:
    assert text_of(cell) == text


def test_a_code_that_a_spreadsheet_shortened_is_refused() -> None:
    with pytest.raises(BadCell, match="shortened by a spreadsheet"):
        code_of("7,35001E+12")
    assert code_of("12E4") == "12E4", "an SKU may look like that"


@pytest.mark.parametrize(
    ("cell", "zone", "moment"),
    [
        ("2026-03-31", "UTC", datetime(2026, 3, 31, tzinfo=UTC)),
        ("31.03.2026", "UTC", datetime(2026, 3, 31, tzinfo=UTC)),
        ("20260331", "UTC", datetime(2026, 3, 31, tzinfo=UTC)),
        ("2026-03-31", "Europe/Stockholm", datetime(2026, 3, 30, 22, tzinfo=UTC)),
        ("2026-03-31 08:30", "Europe/Stockholm", datetime(2026, 3, 31, 6, 30, tzinfo=UTC)),
        ("31.03.2026 08:30", "UTC", datetime(2026, 3, 31, 8, 30, tzinfo=UTC)),
        ("2026-03-31T08:30:00+01:00", "Europe/Stockholm", datetime(2026, 3, 31, 7, 30, tzinfo=UTC)),
        (date(2026, 3, 31), "UTC", datetime(2026, 3, 31, tzinfo=UTC)),
        (datetime(2026, 3, 31, 9), "UTC", datetime(2026, 3, 31, 9, tzinfo=UTC)),  # noqa: DTZ001  # as Excel gives it
        ("", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_a_date_is_a_moment_in_the_zone_of_the_connection(cell: Cell, zone: str, moment: datetime | None) -> None:
    assert moment_of(cell, zone) == moment


def test_a_last_day_lasts_until_its_end() -> None:
    assert moment_of("2026-03-31", "UTC", end_of_day=True) == datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["03/04/2026", "31.02.2026", "soon", 46112, 46112.5])
def test_a_date_that_could_be_another_is_refused(cell: Cell) -> None:
    with pytest.raises(BadCell, match=r"is not a date. Send it as 2026-03-31 or 31.03.2026."):
        moment_of(cell, "UTC")


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("yes", True), ("Ja", True), ("1", True), (True, True), ("nej", False), ("0", False), (0, False), ("", None)],
)
def test_yes_and_no_in_three_languages(cell: Cell, answer: bool | None) -> None:
    assert yes_or_no(cell) is answer


def test_perhaps_is_neither() -> None:
    with pytest.raises(BadCell, match='"perhaps" is neither yes nor no'):
        yes_or_no("perhaps")
