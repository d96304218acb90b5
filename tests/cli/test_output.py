"""Sentences, tables, ages and JSON as terminals and scripts get them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.cli.output import (
    ago,
    duration,
    exact,
    facts,
    finding_lines,
    harmless,
    heading,
    out,
    plain,
    print_json,
    say,
    table,
)
from trueup.cli.sentences import tell
from trueup.connectors.kit.ports import Finding, Level
from trueup.sync.connecting import Refused

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (0.5, "now"),
        (-0.5, "now"),
        (3, "3 s ago"),
        (90, "2 min ago"),
        (59 * 60, "59 min ago"),
        (3 * 3600, "3 h ago"),
        (2 * 86400, "2 d ago"),
        (-900, "in 15 min"),
        (-86400, "in 1 d"),
    ],
)
def test_ages_are_said_in_the_largest_unit_that_fits(seconds: float, said: str) -> None:
    assert ago(NOON - timedelta(seconds=seconds), NOON) == said


def test_what_never_happened_was_never() -> None:
    assert ago(None, NOON) == "never"


def test_exact_moments_are_in_utc() -> None:
    assert exact(NOON.astimezone(timezone(timedelta(hours=2)))) == "2026-03-02 12:00:00 UTC"


@dataclass(frozen=True)
class Inner:
    amount: Decimal


@dataclass(frozen=True)
class Outer:
    name: str
    at: datetime | None
    inner: tuple[Inner, ...]
    counts: Mapping[str, int]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        ("x", "x"),
        (Decimal("12.50"), "12.50"),
        (NOON, "2026-03-02T12:00:00Z"),
        (NOON.astimezone(timezone(timedelta(hours=-5))), "2026-03-02T12:00:00Z"),
        (timedelta(minutes=2), 120.0),
        ((1, [2]), [1, [2]]),
        (frozenset({"a"}), ["a"]),
        ({1: NOON}, {"1": "2026-03-02T12:00:00Z"}),
        (Level.RED, "red"),
        (
            Outer("x", None, (Inner(Decimal(1)),), {"a": 1}),
            {"name": "x", "at": None, "inner": [{"amount": "1"}], "counts": {"a": 1}},
        ),
    ],
)
def test_json_has_plain_values(value: object, expected: Any) -> None:
    assert plain(value) == expected


def test_printed_json_is_json_with_letters_of_all_languages(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Tasse „Köln“", "at": NOON})
    printed = capsys.readouterr().out
    assert "Köln" in printed
    assert json.loads(printed) == {"name": "Tasse „Köln“", "at": "2026-03-02T12:00:00Z"}


def test_what_looks_like_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say("[red]Mug[/red] :smile: [/]")
    table(("name",), [("[bold]Cup[/bold]",)], none="")
    facts([("name", "[/nothing]")])
    printed = capsys.readouterr().out
    for text in ("[red]Mug[/red] :smile: [/]", "[bold]Cup[/bold]", "[/nothing]"):
        assert text in printed


def test_without_a_terminal_a_line_is_a_line_without_colours(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "word " * 60
    table(("state", "why"), [("red", sentence.strip())], none="")
    say(sentence.strip())
    printed = capsys.readouterr().out
    assert printed.count(sentence.strip()) == 2
    assert "\x1b" not in printed


def test_an_empty_table_is_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name",), [], none="There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"


def test_facts_leave_out_what_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    facts([("a", None), ("b", ""), ("c", 0), ("d", NOON)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["c", "0"], ["d", "2026-03-02", "12:00:00", "UTC"]]


def test_findings_say_their_colour_as_a_word_and_the_remedy_only_where_one_is_needed() -> None:
    findings = [
        Finding(check="keys", level=Level.GREEN, sentence="Accepted.", fix="None needed."),
        Finding(check="https", level=Level.YELLOW, sentence="Not encrypted.", fix="Get a certificate."),
        Finding(check="url", level=Level.RED, sentence="Not reached.", fix="Correct it."),
    ]
    assert [line.plain.split() for line in finding_lines(findings)] == [
        ["green", "keys:", "Accepted."],
        ["yellow", "https:", "Not", "encrypted."],
        ["Get", "a", "certificate."],
        ["red", "url:", "Not", "reached."],
        ["Correct", "it."],
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (59.4, "59 s ago"),
        (59.6, "1 min ago"),
        (60, "1 min ago"),
        (3569, "59 min ago"),
        (3571, "1 h ago"),
        (84599, "23 h ago"),
        (84601, "1 d ago"),
        (400 * 86400, "400 d ago"),
    ],
)
def test_ages_are_never_60_seconds_60_minutes_or_24_hours(seconds: float, said: str) -> None:
    assert ago(NOON - timedelta(seconds=seconds), NOON) == said


@given(st.floats(1, 10**8))
@settings(max_examples=60, deadline=None)
def test_every_age_has_the_number_that_belongs_to_its_unit(seconds: float) -> None:
    number, unit = duration(seconds).split()
    assert 1 <= int(number) < {"s": 60, "min": 60, "h": 24, "d": 10**5}[unit]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mug\x1b[2J", "Mug\ufffd[2J"),
        ("a\x1b]0;title\x07b", "a\ufffd]0;title\ufffdb"),
        ("a\x9b31mb", "a\ufffd31mb"),
        ("over\rwritten", "over\ufffdwritten"),
        ("back\x08space", "back\ufffdspace"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Tasse „Köln“ ☃", "Tasse „Köln“ ☃"),
    ],
)
def test_what_others_wrote_does_not_command_the_terminal(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_no_way_of_printing_lets_a_command_through(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mMug\x07"
    say(hostile)
    table(("name",), [(hostile,)], none="")
    facts([("name", hostile)])
    heading(hostile)
    print_json({"name": hostile})
    for line in finding_lines([Finding(check="x", level=Level.RED, sentence=hostile, fix=hostile)]):
        out.print(line)
    tell(Refused(hostile))
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "\x07" not in printed.out + printed.err
    assert (printed.out + printed.err).count("Mug") == 8
