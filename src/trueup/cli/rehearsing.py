"""`trueup rehearse`: the test catalogue, played with a shop and a back office."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from trueup.cli.desk import Json
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
    as_json: Json = False,
) -> None:
    """Play the test catalogue: orders, refunds, deliveries and mistakes, each with what every system has to say.

    Each case is played in a shop and a back office through their own interfaces; then both are asked, past the hub, and
    every figure is compared. The exit code is 1 if a case is not as expected.
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
    raise typer.Exit(_play(script, report, as_json=as_json))


def _play(script: Script, page: Path, *, as_json: bool) -> int:
    from trueup.rehearse.run import in_the_box  # late: as above

    if as_json:
        found = in_the_box(script, say=lambda text: None)
        print_json(found)
    else:
        found = in_the_box(script, say=say, tell=_say_case)
        _say_end(found, page)
    _write(found, page)
    return 1 if found.failed else 0


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
