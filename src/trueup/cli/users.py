"""Commands about the people who sign in to the pages."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from trueup.cli.desk import desk_of, may_ask
from trueup.cli.output import say
from trueup.store import users
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

PASSWORD = "TRUEUP_PASSWORD"

group = typer.Typer(no_args_is_help=True, help="The people who sign in to the pages.")
Name = Annotated[str, typer.Argument(help="The name that they sign in with.")]


@group.command("add")
def add(ctx: typer.Context, name: Name) -> None:
    """Add a user of the pages. The password is asked for, or taken from TRUEUP_PASSWORD."""
    with desk_of(ctx).hub() as hub:
        add_user(hub, name)


@group.command("password")
def password(ctx: typer.Context, name: Name) -> None:
    """Give a user a new password and end their sessions. It is asked for, or taken from TRUEUP_PASSWORD."""
    with desk_of(ctx).hub() as hub:
        with hub.database.read() as tx:
            user = users.by_name(tx, name)
        if user is None:
            raise Refused(f"There is no user called {name}. Add them with: trueup user add {name}")
        chosen = _password_for(name)
        with hub.database.write() as tx:
            users.set_password(tx, user.id, chosen)
        say(f"{user.name} has a new password; all their sessions were ended.")


def add_user(hub: Hub, name: str) -> None:
    """Raises NameTaken, WeakPassword, and Refused if there is no password and nobody to ask."""
    with hub.database.read() as tx:
        if users.by_name(tx, name) is not None:
            raise users.NameTaken(users.NameTaken.__doc__)
    chosen = _password_for(name)
    with hub.database.write() as tx:
        users.add(tx, name=name, password=chosen, now=hub.clock())
    say(f"{name} can sign in to the pages now.")


def _password_for(name: str) -> str:
    given = os.environ.get(PASSWORD)
    if given:
        return given
    if not may_ask():
        raise Refused(f"There is no password for {name}. Put it into the environment variable {PASSWORD}.")
    asked: str = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True)
    return asked


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="user", rich_help_panel="Installation")
