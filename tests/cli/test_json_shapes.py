"""What scripts get with --json: the same names every time, moments in UTC, amounts as text, and no personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.command import Command
from support.world import customer, mug, order, price
from trueup.cli.reference import commands
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind

FLOW = {
    *("name", "kind", "leader", "followers", "state", "active", "schedule", "starts", "next_start", "cursor"),
    *("last_success", "last_run", "due", "waiting", "done", "quarantined", "skipped", "oldest_owed", "pauses"),
}
ENTRY = {
    *("id", "kind", "ref", "label", "field", "error", "sentence", "state", "times", "opened_at", "closed_at"),
    *("closed_by", "reason", "flow"),
}
SENT = {
    *("follower", "id", "at", "kind", "ref", "label", "outcome", "status", "target", "duration_ms", "request_id"),
    *("payload_hash", "sentence"),
}
SHAPES: dict[str, set[str]] = {
    "flow list": FLOW,
    "flow status": FLOW,
    "flow status products": FLOW,
    "quarantine list": ENTRY,
    "quarantine show {entry}": ENTRY | {"follower", "record"},
    "transfers": SENT,
    "transfers --failed": SENT,
    "record show MUG-1": {
        *("label", "thing", "leader", "ref", "places", "owed", "sent", "quarantine", "intents", "related", "records"),
    },
    "connection systems": {"name", "label", "role"},
    "connection settings files": {"name", "shape", "secret", "required", "default", "help"},
}
INNER: dict[str, set[str]] = {
    "sent": SENT,
    "quarantine": {"id", "kind", "state", "field", "sentence", "opened_at", "closed_at", "closed_by", "reason"},
    "related": {"role", "thing", "ref", "label"},
    "records": {"kind", "stored_at", "record"},
    "owed": {
        *("flow", "follower", "kind", "state", "attempts", "not_before", "waits_for", "error", "sentence"),
        *("due_since", "done_at"),
    },
}
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


@pytest.fixture
def busy(trueup: Command) -> Command:
    """One mug was refused once; another one is in the shop and was ordered there."""
    trueup.flow("product", "price", "order")
    trueup.erp.put(mug(1), mug(2), price(1))
    trueup.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-2", times=1))
    trueup.done("flow", "run", "--all")
    [sold] = trueup.shop.things(Kind.PRODUCT)
    trueup.shop.put(order(5, (sold.id, "MUG-1")), companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    return trueup


def rows(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else [value]


def moments(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from moments(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from moments(inner, name)
    elif name.endswith(("_at", "_since", "not_before", "cursor", "next_start", "last_success")) and value is not None:
        yield name, value


def test_every_answer_for_scripts_has_its_names_and_its_moments_in_utc(busy: Command) -> None:
    entry = str(busy.json("quarantine", "list")[0]["id"])
    for words, names in SHAPES.items():
        found = busy.json(*words.format(entry=entry).split())
        assert found, words
        assert {frozenset(row) for row in rows(found)} == {frozenset(names)}, words
        wrong = [(name, value) for name, value in moments(found) if not MOMENT.match(str(value))]
        assert wrong == [], words
        assert "Ada" not in json.dumps(found), words


def test_a_record_s_parts_have_their_names_too(busy: Command) -> None:
    for key in ("MUG-1", "MUG-2", "1005"):
        story = busy.json("record", "show", key)
        for part, names in INNER.items():
            assert {frozenset(row) for row in story[part]} <= {frozenset(names)}, (key, part)
    assert {place["how"] for place in busy.json("record", "show", "MUG-1")["places"]} == {"leads", "created"}


def test_amounts_are_text_so_that_no_script_rounds_them(busy: Command) -> None:
    [shown] = [one["record"] for one in busy.json("record", "show", "MUG-1")["records"] if one["kind"] == "price"]
    assert shown["regular"] == "12.5"
    [sold] = [one["record"] for one in busy.json("record", "show", "1005")["records"] if one["kind"] == "order"]
    assert (sold["total"], sold["positions"][0]["taxes"][0]["amount"]) == ("11.9", "1.9")


def test_a_connection_shows_none_of_its_secrets(busy: Command) -> None:
    for one in busy.json("connection", "list"):
        assert {"name", "system", "state", "owed", "sentence"} <= set(one)
        assert not {"sealed", "hook_secret", "settings"} & set(one)


@pytest.mark.parametrize(
    "words",
    [
        ["flow", "list"],
        ["flow", "status"],
        ["quarantine", "list"],
        ["quarantine", "list", "--state", "skipped"],
        ["quarantine", "list", "--state", "resolved"],
        ["transfers"],
        ["transfers", "--failed"],
        ["transfers", "--record", "MUG-1"],
    ],
)
def test_nothing_is_an_empty_list(trueup: Command, words: list[str]) -> None:
    assert trueup.json(*words) == []


def test_an_error_leaves_stdout_empty_for_scripts(trueup: Command) -> None:
    for words in (["record", "show", "NEVER"], ["quarantine", "show", "99"], ["flow", "status", "never"]):
        result = trueup.call(*words, "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.strip().endswith((".", "status", "list", "add"))


def test_every_command_that_shows_something_can_show_it_to_scripts() -> None:
    """Those that list or show; the others say in a sentence what they did."""
    shows = {"list", "show", "status", "systems", "settings", "transfers"}
    lacking = [
        " ".join(words)
        for words, command in commands()
        if words[-1] in shows and "--json" not in {option for found in command.params for option in found.opts}
    ]
    assert lacking == []
