"""Settings of a connection as somebody types them: `field=value` becomes what the settings model reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from trueup.cli.desk import may_ask
from trueup.connectors.registry import SYSTEMS
from trueup.sync.connecting import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting of a system. `shape` is plain, list or table (a name for each value)."""

    name: str
    shape: str
    secret: bool
    required: bool
    default: str
    help: str


def fields_of(system: str) -> list[Field]:
    """Every setting of this system. Raises Refused if there is no such system."""
    if system not in SYSTEMS:
        shown = ", ".join(name for name, found in SYSTEMS.items() if not found.hidden)
        raise Refused(f"{system} is not a system that trueup knows. It knows: {shown}.")
    model = SYSTEMS[system].settings
    shapes = _shapes(model)
    return [_field(name, info, shapes[name]) for name, info in model.model_fields.items()]


def _field(name: str, info: FieldInfo, shape: str) -> Field:
    secret = "SecretStr" in str(info.annotation)
    default = info.get_default(call_default_factory=True)
    return Field(
        name=name,
        shape=shape,
        secret=secret,
        required=info.is_required(),
        default="" if secret or default in (None, PydanticUndefined) else _shown(default),
        help=info.description or "",
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, (tuple, list, set, frozenset)):
        return ",".join(sorted(str(item) for item in value))
    return str(value)


def _shapes(model: type[BaseModel]) -> dict[str, str]:
    properties = model.model_json_schema(mode="validation")["properties"]
    return {name: _shape(properties[model.model_fields[name].alias or name]) for name in model.model_fields}


def _shape(schema: Mapping[str, Any]) -> str:
    kinds = {schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))}
    return "list" if "array" in kinds else "table" if "object" in kinds else "plain"


def values_from(fields: Sequence[Field], given: Sequence[str], from_environment: Sequence[str]) -> dict[str, Any]:
    """What --set and --set-secret-from-env say, and what a person answers for the required rest.

    Raises BadParameter for what is written wrongly, Refused for a secret that is missing with nobody to ask.
    """
    values = values_given(fields, given, from_environment)
    values.update(_asked([field for field in fields if field.required and field.name not in values]))
    return values


def values_given(
    fields: Sequence[Field], given: Sequence[str], from_environment: Sequence[str], asked_for: Sequence[str] = ()
) -> dict[str, Any]:
    """What --set and --set-secret-from-env say and no more, and what a person answers for the fields asked for."""
    by_name = {field.name: field for field in fields}
    values: dict[str, Any] = {}
    for name, text in map(_split, given):
        _put(values, name, text, by_name)
    for name, variable in map(_split, from_environment):
        _known(name, by_name)
        values[name] = _from_environment(name, variable)
    values.update(_asked([_known(name, by_name) for name in asked_for]))
    return values


def _split(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise typer.BadParameter(f"{text.partition('=')[0]!r}: write it as field=value.")
    return name.strip(), value.strip()


def _put(values: dict[str, Any], name: str, text: str, by_name: Mapping[str, Field]) -> None:
    """`columns.VK=price` adds one entry to a table; a list is written with commas."""
    whole, _, key = name.partition(".")
    field = _known(whole, by_name)
    if field.secret:
        raise typer.BadParameter(
            f"{name} is a secret: on a command line others can see it. Leave it out to be asked for it, or use "
            f"--set-secret-from-env {name}=VARIABLE."
        )
    if not key:
        values[whole] = _read(field, text)
    elif field.shape == "table":
        values.setdefault(whole, {})[key] = text
    else:
        raise typer.BadParameter(f"{whole} has no part called {key}: write it as {whole}=value.")


def _known(name: str, by_name: Mapping[str, Field]) -> Field:
    if name not in by_name:
        raise typer.BadParameter(f"there is no setting {name}. There are: {', '.join(by_name)}.")
    return by_name[name]


def _read(field: Field, text: str) -> Any:
    if text[:1] in "[{" and text and field.shape != "plain":
        return _read_json(field, text)
    if field.shape == "table":
        raise typer.BadParameter(f"{field.name} takes several values: --set {field.name}.NAME=VALUE, for each.")
    return [part.strip() for part in text.split(",") if part.strip()] if field.shape == "list" else text


def _read_json(field: Field, text: str) -> Any:
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise typer.BadParameter(f"{field.name}: this is not JSON.") from None
    if isinstance(found, dict) != (field.shape == "table"):
        wanted = '{"NAME": "VALUE"}' if field.shape == "table" else '["VALUE"]'
        raise typer.BadParameter(f"{field.name}: write it as {wanted}.")
    return found


def _from_environment(name: str, variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise Refused(f"{name} is to come from the environment variable {variable}, but that is empty.")
    return value


def _asked(missing: Sequence[Field]) -> Iterator[tuple[str, str]]:
    for field in missing:
        if may_ask():
            if field.help:
                typer.echo(field.help, err=True)
            yield field.name, typer.prompt(field.name, hide_input=field.secret, err=True)
        elif field.secret:
            raise Refused(
                f"{field.name} is missing. Put it into an environment variable and name that: "
                f"--set-secret-from-env {field.name}=VARIABLE."
            )
