"""A form from a settings model: one field per setting, its description beside it; and the settings from what was typed.

Secrets are typed into password fields and never sent back to the browser.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """`input` is text, secret, number, check, choice, list (commas) or pairs (one `name = value` a line). `value` is
    what stands in it before anybody types."""

    name: str
    label: str
    help: str
    input: str
    required: bool
    value: str = ""
    choices: tuple[str, ...] = ()


def form_fields(model: type[BaseModel], typed: Mapping[str, str] | None = None) -> list[FormField]:
    """What must be filled in first. `typed` is kept where a form is shown again, but for secrets."""
    fields = [_field(name, info, (typed or {}).get(name)) for name, info in model.model_fields.items()]
    return sorted(fields, key=lambda field: not field.required)


def settings_from(model: type[BaseModel], typed: Mapping[str, str]) -> dict[str, Any]:
    """The settings as the model reads them. What was left empty is left out, so that its default counts."""
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kind, text = _input(info), typed.get(name, "").strip()
        if kind == "check":
            values[name] = bool(text)
        elif text:
            values[name] = _parsed(kind, text)
        elif not info.is_required() and kind in ("list", "pairs", "text") and name in typed:
            values |= _emptied(name, info)
    return values


def _emptied(name: str, info: FieldInfo) -> dict[str, Any]:
    """A default that somebody deleted is meant to be empty, if the field may be."""
    default = info.get_default(call_default_factory=True)
    return {name: ""} if isinstance(default, str) else {}


def _field(name: str, info: FieldInfo, typed: str | None) -> FormField:
    kind = _input(info)
    return FormField(
        name=name,
        label=name.replace("_", " ").capitalize(),
        help=info.description or "",
        input=kind,
        required=info.is_required(),
        value="" if kind == "secret" else _shown(info, typed),
        choices=_choices(info.annotation),
    )


def _input(info: FieldInfo) -> str:
    plain = _without_none(info.annotation)
    origin = get_origin(plain) or plain
    if _choices(info.annotation):
        return "choice"
    if plain is bool:
        return "check"
    if plain in (int, float):
        return "number"
    if isinstance(origin, type) and issubclass(origin, SecretStr):
        return "secret"
    if isinstance(origin, type) and issubclass(origin, tuple | list | set | frozenset):
        return "list"
    return "pairs" if isinstance(origin, type) and issubclass(origin, Mapping) else "text"


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _choices(annotation: Any) -> tuple[str, ...]:
    plain = _without_none(annotation)
    if plain is bool and plain is not annotation:
        return ("yes", "no")
    if get_origin(plain) is Literal:
        return tuple(str(choice) for choice in get_args(plain))
    return tuple(str(member.value) for member in plain) if isinstance(plain, type) and issubclass(plain, Enum) else ()


def _shown(info: FieldInfo, typed: str | None) -> str:
    if typed is not None or info.is_required():
        return typed or ""
    return _text(info.get_default(call_default_factory=True))


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {entry}" for name, entry in value.items())
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return ", ".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value))
    if isinstance(value, datetime):
        return value.isoformat()
    if value is True:
        return "yes"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parsed(kind: str, text: str) -> Any:
    if kind == "list":
        return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    if kind == "pairs":
        pairs = (line.partition("=") for line in text.splitlines() if line.strip())
        return {name.strip(): value.strip() for name, _, value in pairs}
    return text
