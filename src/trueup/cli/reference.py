"""The reference of all commands, from the commands themselves: python -m trueup.cli.reference > docs/cli.md"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from trueup.cli.main import app

HEAD = """# The commands

Made from the commands themselves by `python -m trueup.cli.reference > docs/cli.md`; a test compares the two.
Every command shows the same with `--help`. `--home`, `--database` and `--debug` stand before the command:
`trueup --home /srv/trueup flow status`.

Exit codes: 0 done; 1 refused, or not all well: one sentence on stderr says why and what to do; 2 the command was
written wrongly."""


def reference() -> str:
    """All commands with their arguments and options, as Markdown."""
    lines = [HEAD]
    for words, command in commands():
        lines += ["", f"## {' '.join(words)}", "", command.help, *_parameters(command)]
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with the words that call it."""
    yield from _walk(("trueup",), typer.main.get_command(app))


def _walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk((*words, name), inner)


def _parameters(command: Any) -> Iterator[str]:
    if command.params:
        yield from ("", "| | |", "|---|---|")
    for parameter in command.params:
        yield f"| {_written(parameter)} | {_meaning(parameter)} |"


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = parameter.name.upper()
        return f"`{name}{'...' if parameter.nargs == -1 else ''}`"
    word = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.strip('_').upper()}"
    return f"`{', '.join(parameter.opts + parameter.secondary_opts)}{word}`"


def _meaning(parameter: Any) -> str:
    needed = " Required." if parameter.required else ""
    shown = parameter.default not in (None, False, (), [])
    default = f" Default: `{parameter.default}`." if shown else ""
    return f"{parameter.help.replace('|', chr(92) + '|')}{default}{needed}"


if __name__ == "__main__":
    print(reference(), end="")
