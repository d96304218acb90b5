"""`trueup rehearse`: the test catalogue, played with a shop and a back office."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from trueup.cli.desk import Json, desk_of, may_ask
from trueup.cli.output import print_json, say, table

if TYPE_CHECKING:
    from trueup.rehearse.outcome import CaseResult, Report
    from trueup.rehearse.run import Script

Erp = Literal["files", "tryton"]
STYLES = {"as expected": "green", "not offered": "dim", "differs": "red", "broken": "red"}


def rehearse(
    ctx: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(help="Cases by name or by row; all of them if left out.")] = None,
    erp: Annotated[
        Erp, typer.Option(help="The back office in the box: a folder of files, or a real Tryton.")
    ] = "files",
    full: Annotated[bool, typer.Option("--full", help="With 20,000 articles where a case asks for them.")] = False,
    show: Annotated[bool, typer.Option("--list", help="Only show which cases there are.")] = False,
    report: Annotated[
        Path, typer.Option(dir_okay=False, help="Where the report is written, a page for any browser.")
    ] = Path("rehearsal.html"),
    shop: Annotated[
        str | None, typer.Option(help="A connection of this installation: rehearse in that staging shop.")
    ] = None,
    office: Annotated[
        str | None,
        typer.Option(help="With --shop: a connection to a Tryton for tests. Else a folder of files is used."),
    ] = None,
    not_live: Annotated[
        bool, typer.Option("--this-is-not-a-live-shop", help="With --shop: nobody buys there, whatever it looks like.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Play the test catalogue: orders, refunds, deliveries and mistakes, each with what every system has to say.

    Each case is played in a shop and a back office through their own interfaces; then both are asked, past the hub, and
    every figure is compared. The exit code is 1 if a case is not as expected.

    With --shop, a staging shop of your own takes the place of the one in the box. A shop that had orders in the last
    30 days is taken for a live one and left alone. What the rehearsal made is removed again; what could not be is
    named.
    """
    from trueup.rehearse.run import NoSuchCase, Script  # late: it brings the pages and the shop along

    script = Script(erp=erp, only=cases or (), full=full)
    try:
        chosen = script.chosen()
    except NoSuchCase as error:
        raise typer.BadParameter(str(error)) from None
    if show:
        rows = ((case.id, case.row, case.title) for case in chosen)
        table(("case", "row", "title"), rows, none="There are no cases.")
        return
    if shop is None and (office or not_live):
        raise typer.BadParameter("--office and --this-is-not-a-live-shop go with --shop.")
    wanted = None if shop is None else {"shop": shop, "office": office, "not_live": not_live}
    found = _played(ctx, script, wanted, as_json=as_json)
    if as_json:
        print_json(found)
    else:
        _say_end(found, report)
    _write(found, report)
    raise typer.Exit(1 if found.failed else 0)


def _played(ctx: typer.Context, script: Script, wanted: dict[str, Any] | None, *, as_json: bool) -> Report:
    from trueup.rehearse.run import in_the_box  # late: as above

    listening = {"say": _nothing, "tell": _nothing} if as_json else {"say": say, "tell": _say_case}
    if wanted is None:
        return in_the_box(script, **listening)
    return _played_in_ones_own(ctx, script, wanted, listening)


def _played_in_ones_own(
    ctx: typer.Context, script: Script, wanted: dict[str, Any], listening: dict[str, Any]
) -> Report:
    """A person may say that a shop is not live by typing its address."""
    from trueup.rehearse.own import LooksLive, Own, in_ones_own

    with desk_of(ctx).hub() as hub:
        try:
            return in_ones_own(hub, Own(**wanted), script, **listening)
        except LooksLive as refused:
            if not may_ask():
                raise
            say(str(refused), "yellow")
            if typer.prompt("Type the shop's address to rehearse there all the same") != refused.host:
                raise
        return in_ones_own(hub, Own(**{**wanted, "not_live": True}), script, **listening)


def _nothing(_: object) -> None:
    """Scripts want the end only."""


def _write(found: Report, page: Path) -> None:
    from trueup.rehearse.page import page_of

    page.write_text(page_of(found), encoding="utf-8")


def _say_case(result: CaseResult) -> None:
    """One line for a case, and below it what is not as expected, step by step."""
    say(f"{result.verdict.value:<12} {result.id:<40} {result.title} ({result.seconds:.0f} s)", STYLES[result.verdict])
    for step in result.steps:
        if not step.ok:
            say(f"    {step.number}. {step.says}")
        for check in step.checks:
            if not check.ok:
                say(f"       {check.system}: {check.question}: expected {check.expected}, found {check.found}", "red")
    if result.reason:
        say(f"    {result.reason}", "red" if result.failed else "dim")


def _say_end(found: Report, page: Path) -> None:
    say("")
    say(found.sentence(), "bold red" if found.failed else "bold green")
    for one in found.left:
        say(f"Left behind: {one}", "yellow")
    say(f"The report, for any browser: {page.absolute()}")


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Trying it out")(rehearse)
