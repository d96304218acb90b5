"""A record's fields as a person reads them: names without underscores, nothing that is unknown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from trueup.domain.record import Model, Record
from trueup.web.moments import exact, number
from trueup.words import _


def facts_of(record: Record) -> list[tuple[str, str]]:
    """(name, value) of every field that is known, in the order of the model."""
    values = ((name, getattr(record, name)) for name in type(record).model_fields)
    return [(name.replace("_", " "), text) for name, value in values if (text := fact(value))]


def fact(value: Any) -> str:
    """One value in words; nothing for what is unknown or empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Decimal | int):
        return number(value) if not isinstance(value, Decimal) or value.is_finite() else str(value)
    return _of_many(value)


def _of_many(value: Any) -> str:
    if isinstance(value, Model):
        known = (fact(getattr(value, name)) for name in type(value).model_fields)
        return ": ".join(text for text in known if text)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {fact(entry) or _('(empty)')}" for name, entry in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(text for entry in value if (text := fact(entry)))
    return str(value)
