"""Tryton's JSON: decimals, dates and times travel as objects with a `__class__`; datetimes are UTC without a zone."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
"""One record as read: field names to values; a field of a related record is nested under the relation's name."""

PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def id_from(text: str) -> int:
    """Tryton's id; 0, which no record has, for anything that is none."""
    return int(text) if text.isdecimal() else 0


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    match value:
        case Mapping():
            return {key: plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case None | str() | int() | float():
            return value
    return _object_of(value)


def loads(text: str | bytes) -> Any:
    """Raises ValueError if it is no JSON, or none of Tryton's. Numbers with a point become Decimal, so that no cent is
    lost."""
    try:
        return json.loads(text, object_hook=_value_of, parse_float=Decimal)
    except (KeyError, TypeError, ArithmeticError, RecursionError) as wrong:
        raise ValueError(f"this is no JSON of Tryton's: {wrong}") from None


def header_value(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(plain(value)).encode()).decode()


def _object_of(value: Any) -> dict[str, Any]:
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": format(value, "f")}
        case datetime():
            utc = value.astimezone(UTC)
            return {"__class__": "datetime", **{part: getattr(utc, part) for part in PARTS}}
        case date():
            return {"__class__": "date", **{part: getattr(value, part) for part in PARTS[:3]}}
        case timedelta():
            return {"__class__": "timedelta", "seconds": value.total_seconds()}
    raise TypeError(f"Tryton has no JSON for {type(value).__name__}")


def _value_of(found: Row) -> Any:
    match found.get("__class__"):
        case "Decimal":
            return Decimal(found["decimal"])
        case "datetime":
            return datetime(*(found[part] for part in PARTS)).replace(tzinfo=UTC)  # noqa: DTZ001 - UTC without a zone
        case "date":
            return date(*(found[part] for part in PARTS[:3]))
        case "timedelta":
            return timedelta(seconds=float(found["seconds"]))
        case "bytes":
            return b64decode(found["base64"])
    return {key.removesuffix("."): value for key, value in found.items()}
