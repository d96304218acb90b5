"""The `trueup` command. Each group of commands stands in a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trueup import __version__
from trueup.app import place
from trueup.cli import (
    boxes,
    connecting,
    customers,
    flowing,
    journal,
    ordering,
    quarantining,
    rehearsing,
    service,
    stocking,
    users,
)
from trueup.cli.desk import QUIET, TALKING, Desk, talk
from trueup.cli.sentences import Commands

app = typer.Typer(
    cls=Commands,
    name="trueup",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"trueup {__version__}")
        raise typer.Exit


@app.callback()
def trueup(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder of this installation: its key and, on SQLite, its data. Else TRUEUP_HOME, else ./trueup-data."
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Database URL, such as postgresql://user@host/trueup. Else TRUEUP_DATABASE, else SQLite in --home."
        ),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show log lines, and where an unexpected error happened.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keeps WooCommerce shops and the systems behind them in agreement, exactly once.

    First steps: `trueup init`, then `trueup connection add` for the shop and for the back office, then
    `trueup flow enable`, then `trueup serve`. To see it all at work first: `trueup demo`.
    """
    talk(TALKING if debug else QUIET)
    ctx.obj = Desk(place(home, database), debug)


for commands in (
    service,
    users,
    connecting,
    flowing,
    stocking,
    quarantining,
    customers,
    ordering,
    journal,
    boxes,
    rehearsing,
):
    commands.add_to(app)
