"""Commands about the installation itself: make it, bring it up to date, run it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from trueup.app import Place, engine, prepare
from trueup.cli.desk import TALKING, desk_of, may_ask, talk
from trueup.cli.output import say
from trueup.cli.users import add_user
from trueup.runtime.procrastination import ProcrastinateEngine
from trueup.store import connections, flows, users
from trueup.store.database import Database
from trueup.store.migrate import is_current
from trueup.store.secrets import ENVIRONMENT, put_new_key_in_front
from trueup.sync.connecting import Refused, seal_again
from trueup.sync.hub import Hub


def init(
    ctx: typer.Context,
    user: Annotated[
        str | None,
        typer.Option(
            help="Name of the first user of the pages. The password is asked for, or taken from TRUEUP_PASSWORD."
        ),
    ] = None,
) -> None:
    """Make an installation: its folder, its key, its tables and the first user of its pages.

    Doing it twice changes nothing. Keep a copy of the file `key` in a safe place: without it the stored secrets
    of the connections cannot be opened.
    """
    desk = desk_of(ctx)
    fresh = not desk.place.key_file.exists()
    prepare(desk.place)
    say(f"{'Made' if fresh else 'Found'} the installation in {desk.place.home} ({_where(desk.place)}).")
    with desk.hub() as hub:
        _first_user(hub, user)
        say(_next_step(hub), "bold")


def _where(place: Place) -> str:
    """The database without whatever is secret in its URL."""
    database = Database(place.database)
    try:
        return database.engine.url.render_as_string(hide_password=True)
    finally:
        database.close()


def _first_user(hub: Hub, name: str | None) -> None:
    with hub.database.read() as tx:
        known = users.count(tx)
        there = name is not None and users.by_name(tx, name) is not None
    if there:
        say(f"The user {name} is there already; nothing was changed. A new password: trueup user password {name}")
    elif name is not None:
        add_user(hub, name)
    elif not known and may_ask():
        add_user(hub, typer.prompt("Name of the first user of the pages"))
    elif not known:
        say("There is no user for the pages yet. Add one with: trueup user add NAME", "yellow")


def _next_step(hub: Hub) -> str:
    with hub.database.read() as tx:
        rows, known = connections.everyone(tx), flows.everyone(tx)
    if len(rows) < 2:
        return "Next: trueup connection add NAME SYSTEM, once for the shop and once for the back office."
    if not any(flow.active for flow in known):
        return "Next: trueup flow enable NAME, then: trueup serve"
    return "Next: trueup serve"


def migrate(ctx: typer.Context) -> None:
    """Bring the tables up to date after a new version was installed. Stop trueup serve and its workers before."""
    place = desk_of(ctx).place
    database = Database(place.database)
    try:
        current = is_current(database)
    finally:
        database.close()
    prepare(place)
    say("The tables are up to date already." if current else "The tables were brought up to date.")


def rotate_key(ctx: typer.Context) -> None:
    """Make a new key and seal every stored secret with it. Nothing has to be stopped.

    The old keys stay in the file behind the new one, so that older backups can still be opened. With several machines,
    copy the key file to all of them afterwards.
    """
    desk = desk_of(ctx)
    if os.environ.get(ENVIRONMENT):
        raise Refused(f"The key comes from {ENVIRONMENT}. Put a new one in front of it there, then: trueup reseal")
    with desk.hub():  # there must be an installation whose key this is
        put_new_key_in_front(desk.place.key_file)
    _seal_again(ctx)


def reseal(ctx: typer.Context) -> None:
    """Seal every stored secret with the first key of the key file, or of TRUEUP_KEY."""
    _seal_again(ctx)


def _seal_again(ctx: typer.Context) -> None:
    with desk_of(ctx).hub() as hub:
        number = seal_again(hub)
    say(f"The secrets of {number} connections are sealed with the newest key. Keep a copy of it in a safe place.")


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on. 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8425,
    secure_cookies: Annotated[
        bool, typer.Option("--secure-cookies", help="People reach it over https only, through a proxy in front of it.")
    ] = False,
) -> None:
    """Run trueup: the pages, the webhooks, and the work itself.

    On PostgreSQL more workers may run beside it: trueup worker. Ctrl-C ends it; what is owed goes on at the next start.
    """
    from trueup.cli.serving import run_server  # late: no other command needs the web libraries

    talk(TALKING)
    with desk_of(ctx).hub() as hub:
        run_server(hub, engine(hub), host=host, port=port, secure_cookies=secure_cookies)


def worker(ctx: typer.Context) -> None:
    """Run one more worker process, on this or another machine. Needs PostgreSQL and the same key.

    Give every machine the same --database and the same key: the file `key` in its home folder, or TRUEUP_KEY.
    Ctrl-C or SIGTERM ends it after the work in hand.
    """
    talk(TALKING)
    with desk_of(ctx).hub() as hub:
        working = engine(hub)
        if not isinstance(working, ProcrastinateEngine):
            raise Refused(
                "Workers of their own need PostgreSQL. On SQLite trueup serve does all the work; "
                "to use workers, name a PostgreSQL with --database."
            )
        say(f"This worker (process {os.getpid()}) works until Ctrl-C.")
        working.run()


def add_to(app: typer.Typer) -> None:
    for command in (init, serve, worker, migrate, reseal):
        app.command(rich_help_panel="Installation")(command)
    app.command("rotate-key", rich_help_panel="Installation")(rotate_key)
