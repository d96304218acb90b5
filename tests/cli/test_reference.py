"""Nobody needs a manual: every command explains itself, and docs/cli.md says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from trueup.cli.main import app
from trueup.cli.reference import commands, reference

DOCS = Path(__file__).parents[2] / "docs/cli.md"
ALL = [pytest.param(words, command, id=" ".join(words)) for words, command in commands()]
PROMISED = """
init serve worker migrate reseal rotate-key demo rehearse transfers
user add / user password
connection add / connection verify / connection list / connection systems / connection settings / connection remove
connection webhooks / connection change
flow list / flow add / flow enable / flow disable / flow run / flow status / flow set / flow turn
order list / order story / order seen
quarantine list / quarantine show / quarantine retry / quarantine skip
customer questions / customer decide / customer duplicates
record show
stock explain / stock share / stock policy
sandbox shop / sandbox tryton
"""


def promised() -> set[str]:
    first, *rest = PROMISED.strip().splitlines()
    return {*first.split(), *(words.strip() for line in rest for words in line.split("/"))}


def test_every_promised_command_is_there() -> None:
    there = {" ".join(words[1:]) for words, command in commands() if not hasattr(command, "commands")}
    assert there == promised()


@pytest.mark.parametrize(("words", "command"), ALL)
def test_every_command_says_in_a_sentence_what_it_does(words: tuple[str, ...], command: Any) -> None:
    first = command.help.splitlines()[0]
    assert first[0].isupper()
    assert first.endswith("."), first


@pytest.mark.parametrize(("words", "command"), ALL)
def test_every_argument_and_option_says_what_it_means(words: tuple[str, ...], command: Any) -> None:
    silent = [parameter.name for parameter in command.params if not parameter.help]
    assert silent == []


@pytest.mark.parametrize(("words", "command"), ALL)
def test_every_command_shows_its_help(words: tuple[str, ...], command: Any) -> None:
    if words == ("trueup", "sandbox", "shop"):
        return  # it hands --help on to the shop itself, see test_processes
    result = CliRunner().invoke(app, [*words[1:], "--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert result.exit_code == 0
    assert command.help.splitlines()[0].replace("`", "") in " ".join(result.stdout.split())


@pytest.mark.parametrize(("words", "command"), ALL)
def test_every_command_stands_in_the_docs(words: tuple[str, ...], command: Any) -> None:
    assert f"## {' '.join(words)}\n" in DOCS.read_text()


def test_the_docs_are_made_from_the_commands() -> None:
    assert DOCS.read_text() == reference(), "run: python -m trueup.cli.reference > docs/cli.md"


@pytest.mark.parametrize(
    "words",
    [
        ["connection", "list"],
        ["connection", "systems"],
        ["connection", "settings"],
        ["flow", "list"],
        ["flow", "status"],
        ["quarantine", "list"],
        ["quarantine", "show"],
        ["record", "show"],
        ["transfers"],
    ],
)
def test_every_list_can_be_had_as_json(words: list[str]) -> None:
    [command] = [command for path, command in commands() if list(path[1:]) == words]
    assert "--json" in [option for parameter in command.params for option in parameter.opts]


def test_a_bar_in_a_help_text_does_not_break_the_table() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 40
    assert [row for row in rows if row.replace("\\|", "").count("|") != 3] == []


def test_without_words_the_commands_are_shown() -> None:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 2
    assert "connection" in result.output
