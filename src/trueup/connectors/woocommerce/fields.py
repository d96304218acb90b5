"""Fields of the shop's answers, which plugins may change: texts, numbers, moments, and what is wrong with them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from trueup.connectors.kit.ports import Unreadable
from trueup.domain.record import Kind, Problem

Row = Mapping[str, Any]


class Broken(ValueError):
    """A part of the answer is not what it has to be."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def text(value: Any) -> str | None:
    """Trimmed and without HTML entities; None for nothing. Raises Broken."""
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        raise Broken("text", "the shop answers something else than a text. A plugin may change what it answers.")
    found = str(value).strip()
    return (html.unescape(found) if "&" in found else found) or None


def number(value: Any) -> Any:
    """JSON numbers as decimals: 9.975 is 9.975, not the float next to it."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def id_of(row: Row) -> str:
    id = row.get("id")
    if isinstance(id, int) and id > 0:
        return str(id)
    raise Broken("id", "the shop's answer has no id. A plugin may change what it answers.")


def mapping(row: Row, field: str) -> Row:
    value = row.get(field)
    if isinstance(value, Mapping):
        return value
    if value is None or value == [] or value == "":
        return {}
    raise Broken(field, f"the shop's answer for {field} is not an address. A plugin may change what it answers.")


def rows(row: Row, field: str) -> Sequence[Row]:
    value = row.get(field)
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return value
    raise Broken(field, f"the shop's answer lacks {field}. A plugin may change what it answers.")


def meta_of(row: Row) -> dict[str, Any]:
    """The custom fields by key; of several with one key the last one that is filled. Nothing if there are none."""
    entries = row.get("meta_data")
    if not isinstance(entries, list):
        return {}
    return {
        str(entry.get("key")): entry.get("value")
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("value") not in (None, "")
    }


def moment(row: Row, field: str) -> datetime:
    found = moment_or_none(row.get(field))
    if found is None:
        raise Broken(field, f"the shop's answer has no usable {field}. Look at the order in the shop, then retry.")
    return found


def moment_or_none(value: Any) -> datetime | None:
    """The shop writes UTC without saying so: `2026-11-21T20:57:21`."""
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else None
    except ValueError:
        return None


def unreadable(kind: Kind, row: Row, label: str, error: Broken | ValidationError) -> Unreadable:
    return Unreadable(
        kind=kind,
        id=str(row.get("id") or label),
        label=label,
        problems=_problems(error, row),
        raw=dict(row),
        changed_at=moment_or_none(row.get("date_modified_gmt")),
    )


def _problems(error: Broken | ValidationError, row: Row) -> tuple[Problem, ...]:
    if isinstance(error, Broken):
        return (Problem(field=error.field, sentence=str(error)),)
    return tuple(_problem(detail["loc"], detail.get("input")) for detail in error.errors(include_url=False))


def _problem(path: Sequence[int | str], value: Any) -> Problem:
    field = " ".join(str(part + 1) if isinstance(part, int) else part for part in path)
    shown = f'"{str(value)[:60]}"' if isinstance(value, str | int | float) else "something else"
    sentence = f"the field {field} holds {shown}, which cannot be read. Look at the order in the shop, then retry."
    return Problem(field=field, sentence=sentence)
