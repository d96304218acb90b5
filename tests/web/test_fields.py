"""A form from a settings model, and the settings from what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind
from trueup.web.fields import FormField, form_fields, settings_from


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Sample(BaseModel):
    """One field of every sort that a connector may ask for."""

    text: str = "abc"
    folder: Path = Field(description="Where.")
    maybe: str | None = None
    secret: SecretStr
    other_secret: SecretStr | None = None
    number: int = 5
    seconds: float = 90.0
    flag: bool = False
    flag_on: bool = True
    three_ways: bool | None = None
    choice: Literal["auto", "x"] = "auto"
    colour: Colour = Colour.BLUE
    several: tuple[str, ...] = ("a", "b")
    kinds: frozenset[Kind] = frozenset({Kind.STOCK, Kind.PRICE})
    pairs: Mapping[str, str] = Field(default_factory=lambda: {"a": "1", "b": ""})
    moment: AwareDatetime | None = None


REQUIRED = {"folder": "/tmp", "secret": "hush"}


def field(name: str, typed: dict[str, str] | None = None) -> FormField:
    return next(one for one in form_fields(Sample, typed) if one.name == name)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("text", "text", "abc"),
        ("folder", "text", ""),
        ("maybe", "text", ""),
        ("secret", "secret", ""),
        ("other_secret", "secret", ""),
        ("number", "number", "5"),
        ("seconds", "number", "90"),
        ("flag", "check", ""),
        ("flag_on", "check", "yes"),
        ("three_ways", "choice", ""),
        ("choice", "choice", "auto"),
        ("colour", "choice", "blue"),
        ("several", "list", "a, b"),
        ("kinds", "list", "price, stock"),
        ("pairs", "pairs", "a = 1\nb = "),
        ("moment", "text", ""),
    ],
)
def test_each_sort_has_its_field_with_the_default_in_it(name: str, kind: str, value: str) -> None:
    assert (field(name).input, field(name).value) == (kind, value)


@pytest.mark.parametrize(
    ("name", "choices"), [("choice", ("auto", "x")), ("colour", ("red", "blue")), ("three_ways", ("yes", "no"))]
)
def test_choices_are_offered(name: str, choices: tuple[str, ...]) -> None:
    assert field(name).choices == choices


def test_what_is_needed_comes_first_with_its_description() -> None:
    fields = form_fields(Sample)
    assert [one.name for one in fields if one.required] == ["folder", "secret"] == [one.name for one in fields[:2]]
    assert (fields[0].label, fields[0].help) == ("Folder", "Where.")


def test_what_was_typed_stays_but_secrets() -> None:
    typed = {"text": "typed", "secret": "hush", "other_secret": "hush", "number": "x"}
    assert field("text", typed).value == "typed"
    assert field("number", typed).value == "x"
    assert field("secret", typed).value == ""
    assert field("other_secret", typed).value == ""


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ({"number": " 7 "}, "number", 7),
        ({"seconds": "1.5"}, "seconds", 1.5),
        ({"flag": "yes"}, "flag", True),
        ({}, "flag_on", False),
        ({"flag_on": "yes"}, "flag_on", True),
        ({"three_ways": "no"}, "three_ways", False),
        ({"three_ways": ""}, "three_ways", None),
        ({"choice": "x"}, "choice", "x"),
        ({"colour": "red"}, "colour", Colour.RED),
        ({"several": "x, y,,\nz"}, "several", ("x", "y", "z")),
        ({"several": ""}, "several", ("a", "b")),
        ({"kinds": "order"}, "kinds", frozenset({Kind.ORDER})),
        ({"pairs": "a = 2\n\n c=d=e \nempty ="}, "pairs", {"a": "2", "c": "d=e", "empty": ""}),
        ({"text": ""}, "text", ""),
        ({}, "text", "abc"),
        ({"maybe": "  "}, "maybe", None),
        ({"folder": " /data/till "}, "folder", Path("/data/till")),
        ({"moment": "2026-03-02T08:00:00+00:00"}, "moment", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ],
)
def test_what_was_typed_becomes_settings(typed: dict[str, str], name: str, value: Any) -> None:
    read = Sample.model_validate(settings_from(Sample, {**REQUIRED, **typed}))
    assert getattr(read, name) == value


def test_a_secret_is_read_as_typed() -> None:
    read = Sample.model_validate(settings_from(Sample, {**REQUIRED, "other_secret": "psst"}))
    assert read.secret.get_secret_value() == "hush"
    assert read.other_secret is not None
    assert read.other_secret.get_secret_value() == "psst"


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_a_form_sent_back_untouched_means_the_defaults(name: str) -> None:
    """What the page shows as a default is read back as that very default, for every setting of every system."""
    model = SYSTEMS[name].settings
    typed = {one.name: one.value for one in form_fields(model) if not one.required}
    read = settings_from(model, typed)
    for field_name, info in model.model_fields.items():
        if field_name in read:
            default = info.get_default(call_default_factory=True)
            parsed = model.__pydantic_validator__.validate_assignment(
                model.model_construct(), field_name, read[field_name]
            )
            values = parsed[0] if isinstance(parsed, tuple) else parsed.__dict__
            assert values[field_name] == default, field_name
