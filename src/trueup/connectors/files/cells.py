"""One cell: numbers, dates, yes and no. Every refusal says what was there and what to send instead.

CSV cells are text; XLSX and JSON cells may already be numbers, dates or booleans.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | None


class BadCell(ValueError):
    """A cell that does not hold what its column promises. The text is the second half of a sentence."""


_MOST_DIGITS = 25
_PLAIN = re.compile(r"[+-]?[0-9]+")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_YES = {"1", "yes", "y", "true", "ja", "j", "wahr", "sant", "x"}
_NO = {"0", "no", "n", "false", "nein", "nej", "falsch", "falskt"}
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")
_MOMENTS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")


def text_of(cell: Cell) -> str | None:
    """The cell as text, None if empty. 4711.0, which is how a spreadsheet keeps 4711, is "4711"."""
    if isinstance(cell, str):
        return cell.strip() or None
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float | Decimal):
        number = _exact(cell)
        return format(number.quantize(Decimal(1)) if number == number.to_integral_value() else number, "f")
    return str(cell)


def code_of(cell: Cell) -> str | None:
    """A SKU or GTIN: text, but not one that a spreadsheet has shortened."""
    text = text_of(cell)
    if text and _SCIENTIFIC.fullmatch(text) and "+" in text:
        raise BadCell(f'"{text}" was shortened by a spreadsheet. Format the column as text and export it again.')
    return text


def number_of(cell: Cell, decimal: str = "auto") -> Decimal | None:
    """The number in a cell, None if empty. Raises BadCell.

    `decimal` is the file's decimal sign; with "auto", both are understood where only one reading is possible, and
    `1.234` (1234 or one and a bit?) is refused.
    """
    if isinstance(cell, bool | date):
        raise BadCell(f'"{text_of(cell)}" is not a number. Send digits, such as 12.50.')
    if isinstance(cell, int | float | Decimal):
        return _exact(cell)
    text = (cell or "").strip()
    return _number(text, decimal) if text else None


def decimal_sign_of(cell: Cell) -> str | None:
    """The decimal sign that this text uses for certain: `12,50` proves a comma, `12` and `1.234` prove nothing."""
    if not isinstance(cell, str):
        return None
    readings = {sign for sign in ".," if _read(cell.strip(), sign) is not None}
    return readings.pop() if len(readings) == 1 else None


def moment_of(cell: Cell, zone: str, *, end_of_day: bool = False) -> datetime | None:
    """A moment in UTC, None if empty. A date alone is its first second, or its last with `end_of_day`."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, int | float | Decimal):
        raise BadCell(f'"{text_of(cell)}" is not a date. Send it as 2026-03-31 or 31.03.2026.')
    moment = cell if isinstance(cell, date) else _moment(cell.strip())
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(23, 59, 59) if end_of_day else time())
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:  # 0001-01-01 and 9999-12-31 are how some programs write "none", and lie at the world's ends
        raise BadCell(f'"{text_of(cell)}" is too far away. Leave the cell empty if there is no such date.') from None


def yes_or_no(cell: Cell) -> bool | None:
    text = (text_of(cell) or "").casefold()
    if not text:
        return None
    if text in _YES | _NO:
        return text in _YES
    raise BadCell(f'"{text}" is neither yes nor no. Send yes or no.')


def _number(text: str, decimal: str) -> Decimal:
    readings = {sign: _read(text, sign) for sign in (".," if decimal == "auto" else decimal)}
    found = {number for number in readings.values() if number is not None}
    if len(found) == 1:
        return found.pop()
    if found:
        point, comma = (format(readings[sign] or 0, "f").removesuffix(".0") for sign in ".,")
        raise BadCell(
            f'"{text}" can mean {point} or {comma}. Set the decimal sign of the connection, or send two decimals.'
        )
    other = {".": ",", ",": "."}.get(decimal, "")
    if other and _read(text, other) is not None:
        name = {".": "point", ",": "comma"}
        raise BadCell(
            f'"{text}" is written with a {name[other]}, but this connection expects a decimal {name[decimal]}. '
            "Change the setting, or the file."
        )
    raise BadCell(f'"{text}" is not a number. Send digits only, such as 12.50.')


def _read(text: str, sign: str) -> Decimal | None:
    """The text as a number with this decimal sign, None if it is none. The other sign, a space or an apostrophe may
    stand between groups of three."""
    whole, _, rest = text.partition(sign)
    if (sign in text and not re.fullmatch("[0-9]+", rest)) or len(text) > 30:
        return None
    digits = _ungrouped(whole, "," if sign == "." else ".")
    return Decimal(f"{digits}.{rest or 0}") or Decimal(0) if digits is not None else None


def _ungrouped(whole: str, separator: str) -> str | None:
    if _PLAIN.fullmatch(whole):
        return whole
    if whole in ("", "+", "-"):
        return None
    for mark in (separator, " ", "\u00a0", "\u202f", "\u2009", "'", "’"):
        if mark in whole and re.fullmatch(rf"[+-]?[1-9][0-9]{{0,2}}({re.escape(mark)}[0-9]{{3}})+", whole):
            return whole.replace(mark, "")
    return None


def _exact(number: float | Decimal) -> Decimal:
    """Spreadsheets count in binary and show 15 digits: 19.990000000000002 was meant as 19.99."""
    if isinstance(number, float):
        number = Decimal(format(number, ".15g"))
    number = Decimal(number)
    if not number.is_finite() or (number and abs(number.adjusted()) > _MOST_DIGITS):
        raise BadCell(f'"{number}" is no number of this world. Send digits, such as 12.50.')
    return number or Decimal(0)  # -0 is a 0


def _moment(text: str) -> date:
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        pass
    for pattern in (*_DATES, *_MOMENTS):
        try:
            found = datetime.strptime(text, pattern)  # noqa: DTZ007  # the caller gives it the zone
        except ValueError:
            continue
        return found if pattern in _MOMENTS else found.date()
    raise BadCell(f'"{text}" is not a date. Send it as 2026-03-31 or 31.03.2026.')
