"""Commands for trying trueup out: the demo, and the systems in the box that it runs against."""

from __future__ import annotations

import signal
from typing import Annotated, Literal

import typer

from trueup.cli.output import say

group = typer.Typer(no_args_is_help=True, help="Systems in the box, to try things out against.")

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@group.command("shop", context_settings=PASSED_ON, add_help_option=False)
def shop(ctx: typer.Context) -> None:
    """Open an emulated WooCommerce shop on 127.0.0.1 until Ctrl-C, and print its address and keys.

    All options are the shop's own: trueup sandbox shop --help shows them.
    """
    from trueup.sandbox.cli import main  # late: nothing else needs the shop

    raise typer.Exit(main(ctx.args))


@group.command("tryton")
def tryton(
    articles: Annotated[int, typer.Option(min=0, help="How many articles it begins with.")] = 60,
) -> None:
    """Start a real Tryton on this machine until Ctrl-C, and print its address and keys.

    The first start installs it into a folder of its own, which takes some minutes; later ones take seconds.
    """
    from trueup.sandbox.tryton import running_tryton  # late: nothing else needs Tryton

    with running_tryton(articles, say=say) as server:
        say(f"Tryton answers at {server.url}, database {server.database}, user {server.user}, data in {server.data}")
        say(f"REST key: {server.rest_key}")
        say(f"Password: {server.password}")
        say("Ctrl-C ends it.", "bold")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def demo(
    ctx: typer.Context,
    erp: Annotated[
        Literal["files", "tryton"], typer.Option(help="The back office: a till that drops files, or a real Tryton.")
    ] = "files",
    articles: Annotated[int, typer.Option(min=10, max=2000, help="How many articles the shop sells, about.")] = 500,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0, help="End after so many seconds instead of Ctrl-C.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the pages; another is taken if it is in use.")] = 8425,
    faults: Annotated[bool, typer.Option(help="Now and then something goes wrong on purpose.")] = True,
) -> None:
    """Watch it work: a shop, a back office, shoppers and an employee, all on this machine, nothing to set up.

    At its end both systems are compared past the hub; the exit code is 0 if they agree.
    """
    from trueup.demo.stage import Script, run  # late: it brings the pages and the shop along

    raise typer.Exit(run(Script(articles=articles, erp=erp, seconds=seconds, port=port, faults=faults), say=say))


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Trying it out")(demo)
    app.add_typer(group, name="sandbox", rich_help_panel="Trying it out")
