"""The shop's two ways to write a moment: UTC in the database, local time of the shop in most of what it says."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
GERMAN = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$")


def iso(moment: datetime) -> str:
    """``2026-11-21T19:33:08``: UTC, to the second, without a zone, as the shop stores and says it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def local(stored: str | None, zone: ZoneInfo) -> str | None:
    """A stored UTC moment in the shop's local time."""
    if stored is None:
        return None
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None).isoformat()


def from_local(text: Any, zone: ZoneInfo) -> str | None:
    """Stored form of what a client wrote; without a zone it is the shop's local time. None for what is no date."""
    moment = parse(text)
    if moment is None:
        return None
    return iso(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def from_utc(text: Any) -> str | None:
    """Stored form of what a client wrote; without a zone it is UTC."""
    moment = parse(text)
    if moment is None:
        return None
    return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse(text: Any) -> datetime | None:
    if not isinstance(text, str) or not text.strip():
        return None
    german = GERMAN.match(text.strip())
    if german:
        day, month, year = (int(part) for part in german.groups())
        return datetime(year, month, day)  # noqa: DTZ001 - the caller knows which zone it is in
    try:
        return datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))
    except ValueError:
        return None


def filter_bound(text: str, *, are_gmt: bool, zone: ZoneInfo) -> str:
    """The UTC bound that ``modified_after`` and its like really compare with.

    The trap of the real shop is kept: with an offset *and* ``dates_are_gmt`` the moment is turned into shop-local time
    and that is compared with UTC.
    """
    moment = parse(text)
    if moment is None:
        return "9999"
    if not are_gmt:
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    if moment.tzinfo:
        return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()
    return iso(moment.replace(tzinfo=UTC))
