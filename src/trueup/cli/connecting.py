"""Commands about connections: add one, try it, see them, let a shop call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import typer

from trueup.cli.desk import Json, connection_named, desk_of
from trueup.cli.output import ago, finding_lines, out, print_json, say, table
from trueup.cli.values import fields_of, values_from, values_given
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.registry import SYSTEMS
from trueup.store import connections, flows, views
from trueup.store.connections import ConnectionRow
from trueup.sync.announcing import PATH, subscribe
from trueup.sync.arrange import add_usual_flows
from trueup.sync.connecting import Refused, add_connection, change_connection, verify_connection
from trueup.sync.hub import Hub

group = typer.Typer(no_args_is_help=True, help="The shops and back offices that trueup speaks to.")
Name = Annotated[str, typer.Argument(help="Name of the connection, such as Shop.")]
NO_CONNECTION = "There is no connection yet. Add one with: trueup connection add NAME SYSTEM"


@group.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The name that you give it, such as Shop.")],
    system: Annotated[str, typer.Argument(help="What it is: see trueup connection systems.")],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A setting; may be repeated. Lists with commas."),
    ] = None,
    secrets: Annotated[
        list[str] | None,
        typer.Option("--set-secret-from-env", metavar="FIELD=VARIABLE", help="A secret, from an environment variable."),
    ] = None,
) -> None:
    """Add a connection. It is tried first, and stored only if nothing is red.

    What is required and not given is asked for, secrets without showing them. The settings of a system are shown by
    trueup connection settings SYSTEM. The usual flows between a shop and a back office are added as soon as
    both are there; they are inactive until you enable them.
    """
    with desk_of(ctx).hub() as hub:
        values = values_from(fields_of(system), given or (), secrets or ())
        _, findings = add_connection(hub, name=name, system=system, values=values)
        _show(findings)
        say(f"The connection {name} is stored; its secrets are sealed.")
        added = add_usual_flows(hub)
    if added:
        say(f"Added the usual flows: {', '.join(added)}. They are inactive.")
        say(f"Next: trueup flow enable {' '.join(_quoted(one) for one in added)}", "bold")


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _show(findings: Sequence[Finding]) -> None:
    for line in finding_lines(findings):
        out.print(line, soft_wrap=True)


@group.command("change")
def change(
    ctx: typer.Context,
    name: Name,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A setting; may be repeated. Lists with commas."),
    ] = None,
    secrets: Annotated[
        list[str] | None,
        typer.Option("--set-secret-from-env", metavar="FIELD=VARIABLE", help="A secret, from an environment variable."),
    ] = None,
    asked: Annotated[
        list[str] | None, typer.Option("--ask", metavar="FIELD", help="A setting to ask for, secrets without showing.")
    ] = None,
) -> None:
    """Change settings of a connection, such as new keys. They are tried first; if anything is red it stays as it was.

    Nothing has to be stopped: whoever works with the connection uses the new settings from the next call on.
    """
    with desk_of(ctx).hub() as hub:
        row = connection_named(hub, name)
        values = values_given(fields_of(row.system), given or (), secrets or (), asked or ())
        if not values:
            raise typer.BadParameter("say what changes, with --set, --set-secret-from-env or --ask.")
        _show(change_connection(hub, row, values))
    say(f"The connection {name} is changed.")


@group.command("verify")
def verify(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the connection; without it, all of them.")] = None,
) -> None:
    """Try a connection again: can everything be done that its flows need? Nothing is written there.

    A connection that was paused and is good again goes on at once. Exit code 1 if anything is red.
    """
    with desk_of(ctx).hub() as hub:
        with hub.database.read() as tx:
            everyone = connections.everyone(tx)
        rows = everyone if name is None else [connection_named(hub, name)]
        red = [row.name for row in rows if not _verified(hub, row)]
    if red:
        raise Refused(f"Not everything works yet: {', '.join(red)}. Mend what is red above, then verify again.")
    if not rows:
        say(NO_CONNECTION, "dim")


def _verified(hub: Hub, row: ConnectionRow) -> bool:
    findings = verify_connection(hub, row)
    say(row.name, "bold")
    _show(findings)
    return all(finding.level != Level.RED for finding in findings)


@group.command("list")
def list_(ctx: typer.Context, json: Json = False) -> None:
    """Show every connection: whether it is ready or paused, why, and what it is still to get."""
    with desk_of(ctx).hub() as hub:
        now = hub.clock()
        with hub.database.read() as tx:
            found = views.connection_statuses(tx, now)
    if json:
        print_json(found)
        return
    rows = [
        (one.name, SYSTEMS[one.system].label, one.state, one.owed, ago(one.last_ok_at, now), one.sentence)
        for one in found
    ]
    table(("name", "system", "state", "owed", "last answer", "why"), rows, none=NO_CONNECTION)


@group.command("systems")
def systems(json: Json = False) -> None:
    """Show the systems that a connection can be made to."""
    rows = [(system.name, system.label, system.role) for system in SYSTEMS.values() if not system.hidden]
    if json:
        print_json([dict(zip(("name", "label", "role"), row, strict=True)) for row in rows])
        return
    table(("system", "what it is", "role"), rows, none="")


@group.command("settings")
def settings(
    system: Annotated[str, typer.Argument(help="What it is: see trueup connection systems.")], json: Json = False
) -> None:
    """Show the settings of a system: what is required, what is secret, and what is taken if you say nothing."""
    fields = fields_of(system)
    if json:
        print_json(fields)
        return
    rows = [
        (field.name, "required" if field.required else field.default, "secret" if field.secret else "", field.help)
        for field in fields
    ]
    table(("setting", "default", "", "meaning"), rows, none="")


@group.command("remove")
def remove(ctx: typer.Context, name: Name) -> None:
    """Forget a connection and its secrets, unless a flow uses it. Nothing is changed in the system itself."""
    with desk_of(ctx).hub() as hub:
        row = connection_named(hub, name)
        with hub.database.write() as tx:
            used = [flow.name for flow in flows.everyone(tx) if row.id in (flow.leader_id, *flow.followers)]
            if used:
                raise Refused(
                    f"{name} is used by the flows {', '.join(used)}, and their records and links belong to it. "
                    "To stop them, use: trueup flow disable"
                )
            connections.remove(tx, row.id)
    say(f"The connection {name} is forgotten.")


@group.command("webhooks")
def webhooks(
    ctx: typer.Context,
    name: Name,
    url: Annotated[
        str, typer.Option(help="Where this trueup is reached from the shop, such as https://hub.shop.example.")
    ],
) -> None:
    """Let a shop call trueup when something changes, so that it is seen in seconds instead of at the next run.

    The secret that signs the calls is made here and sealed. Doing it twice changes nothing, and mends webhooks that the
    shop switched off. Without webhooks everything still arrives, by the flows' schedules.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter("write the whole address, such as https://hub.shop.example.", param_hint="--url")
    with desk_of(ctx).hub() as hub:
        row = connection_named(hub, name)
        findings = subscribe(hub, row, url)
    _show(findings)
    if any(finding.level == Level.RED for finding in findings):
        raise Refused(f"{name} does not call trueup yet. Mend what is red above, then try again.")
    say(f"{name} calls {url.rstrip('/')}{PATH}/{row.id} when something changes.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="connection", rich_help_panel="Daily work")
