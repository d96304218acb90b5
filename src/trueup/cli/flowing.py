"""Commands about flows: see them, switch them on and off, start them now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from trueup.cli.desk import Json, connection_named, desk_of, flow_named, flows_named
from trueup.cli.output import ago, exact, facts, heading, print_json, say, table
from trueup.cli.running import run_flows
from trueup.domain.record import Kind
from trueup.runtime.schedule import Schedule
from trueup.store import flows, views
from trueup.store.flows import FlowRow
from trueup.store.views import FlowStatus
from trueup.sync import arrange
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

group = typer.Typer(no_args_is_help=True, help="What moves from where to where, and when.")
Names = Annotated[list[str] | None, typer.Argument(help="Names of flows, such as products prices.")]
All = Annotated[bool, typer.Option("--all", help="Every flow.")]
NO_FLOW = "There is no flow yet. The usual ones are added with the connections: trueup connection add"


@group.command("list")
def list_(ctx: typer.Context, json: Json = False) -> None:
    """Show every flow: what moves from where to where, when, and how much is owed."""
    with desk_of(ctx).hub() as hub:
        found = _statuses(hub)
    if json:
        print_json([_as_json(one) for one in found])
        return
    rows = [
        (one.flow.name, one.flow.kind, one.leads_to, one.state, _schedule(one), one.owed, one.quarantined)
        for one in found
    ]
    table(("name", "kind", "way", "state", "starts", "owed", "quarantined"), rows, none=NO_FLOW)


@group.command("status")
def status(
    ctx: typer.Context,
    names: Names = None,
    json: Json = False,
) -> None:
    """Show how flows stand: how far they have read, what is owed, what waits, what was set aside, when they start.

    Without a name, all of them. A paused connection is shown with its reason and the time at which it is tried again.
    """
    with desk_of(ctx).hub() as hub:
        now = hub.clock()
        found = _statuses(hub, flows_named(hub, names, every=False) if names else None)
    if json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        heading(f"{one.flow.name}: {one.leads_to}")
        facts(_facts(one, now))
    if not found:
        say(NO_FLOW, "dim")


def _statuses(hub: Hub, chosen: list[FlowRow] | None = None) -> list[FlowStatus]:
    now = hub.clock()
    with hub.database.read() as tx:
        rows = flows.everyone(tx) if chosen is None else chosen
        return [views.flow_status(tx, flow, now) for flow in rows]


def _schedule(one: FlowStatus) -> str:
    return Schedule.model_validate(one.flow.schedule).sentence()


def _facts(one: FlowStatus, now: datetime) -> Iterator[tuple[str, Any]]:
    yield "state", one.state
    for pause in one.pauses:
        yield f"{pause.connection} paused", f"{pause.sentence} Tried again {ago(pause.until, now)}."
    yield "starts", _schedule(one)
    yield "next start", f"{exact(one.next_start)} ({ago(one.next_start, now)})" if one.next_start else "not by itself"
    yield "cursor", exact(one.flow.cursor_at) if one.flow.cursor_at else _no_cursor(one)
    yield "last success", ago(one.last_success_at, now)
    if one.last_run and one.last_run.state == "failed":
        yield "last run", f"failed: {one.last_run.sentence}"
    elif one.last_run:
        yield "last run", f"read {one.last_run.read}, changed {one.last_run.changed}, by {one.last_run.cause}"
    yield "due", str(one.due)
    yield "owed since", one.oldest_owed_at and f"{exact(one.oldest_owed_at)} ({ago(one.oldest_owed_at, now)})"
    yield "waiting", f"{one.waiting} for another record" if one.waiting else "0"
    yield "done", str(one.done)
    yield "quarantined", f"{one.quarantined}; see: trueup quarantine list" if one.quarantined else "0"
    yield "skipped", str(one.skipped)


def _no_cursor(one: FlowStatus) -> str:
    return "none: what was read so far tells no times" if one.last_success_at else "none: nothing was read yet"


def _as_json(one: FlowStatus) -> dict[str, Any]:
    row, run = one.flow, one.last_run
    return {
        "name": row.name,
        "kind": row.kind,
        "leader": one.leader,
        "followers": one.followers,
        "state": one.state,
        "active": row.active,
        "schedule": row.schedule,
        "starts": _schedule(one),
        "next_start": one.next_start,
        "cursor": row.cursor_at,
        "last_success": one.last_success_at,
        "last_run": run,
        "due": one.due,
        "waiting": one.waiting,
        "done": one.done,
        "quarantined": one.quarantined,
        "skipped": one.skipped,
        "oldest_owed": one.oldest_owed_at,
        "pauses": one.pauses,
    }


@group.command("add")
def add(
    ctx: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What moves.")],
    leader: Annotated[str, typer.Option(help="Name of the connection that leads: what it has, counts.")],
    follower: Annotated[list[str], typer.Option(help="Name of the connection that gets it; may be repeated.")],
    name: Annotated[str | None, typer.Option(help="Name of the flow; else kind, leader and followers.")] = None,
) -> None:
    """Add a flow. It is inactive until you enable it. One kind has one leader.

    The usual flows come by themselves with the connections; this is for everything else.
    """
    with desk_of(ctx).hub() as hub:
        first, rest = connection_named(hub, leader), [connection_named(hub, one) for one in follower]
        chosen = name or f"{kind.value} {leader} {' '.join(follower)}"
        arrange.add_flow(hub, name=chosen, kind=kind, leader=first, followers=rest)
    say(f'Added the flow "{chosen}". It is inactive; enable it with: trueup flow enable "{chosen}"')


@group.command("enable")
def enable(
    ctx: typer.Context,
    names: Names = None,
    every: Annotated[int | None, typer.Option(metavar="MINUTES", help="Start every so many minutes.")] = None,
    cron: Annotated[str | None, typer.Option(help="Start by cron instead, such as '0 6 * * 1-5'.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="HH:MM", help="Not before this time of day.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="HH:MM", help="Not after this time of day.")] = None,
    weekdays: Annotated[str | None, typer.Option(help="Only on these days, such as mon,tue,wed.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Time zone of all of these, such as Europe/Berlin.")] = None,
    all_: All = False,
) -> None:
    """Switch flows on, and say when they start. What you do not say stays as it was: at first every 15 minutes.

    The first run is due at once if its window is open. An end before the start means over midnight.
    """
    if every is not None and cron is not None:
        raise typer.BadParameter("say --every or --cron, not both.")
    days = tuple(day.strip().lower() for day in weekdays.split(",")) if weekdays else None
    said = {"every_minutes": every, "cron": cron, "start": start, "end": end, "weekdays": days, "time_zone": time_zone}
    with desk_of(ctx).hub() as hub:
        for flow in flows_named(hub, names or [], every=all_):
            plan = arrange.enable(hub, flow, _planned(flow, said))
            [found] = _statuses(hub, [flow_named(hub, flow.name)])
            say(f"{flow.name} starts {plan.sentence()}; next start: {ago(found.next_start, hub.clock())}.")


def _planned(flow: FlowRow, said: dict[str, Any]) -> dict[str, Any]:
    """The stored schedule with what was said now; an interval takes the place of cron."""
    given = {name: value for name, value in said.items() if value is not None}
    kept = {**flow.schedule, "cron": None} if "every_minutes" in given else dict(flow.schedule)
    return {**kept, **given}


@group.command("set")
def set_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the flow.")],
    min_age: Annotated[
        int | None, typer.Option(metavar="MINUTES", help="Orders younger than this are not transferred yet.")
    ] = None,
    write_back: Annotated[
        bool | None,
        typer.Option("--write-back/--no-write-back", help="Write the document number back to the leader's order."),
    ] = None,
    overlap: Annotated[
        int | None, typer.Option(metavar="MINUTES", help="How far before the newest change seen a run begins.")
    ] = None,
) -> None:
    """Change the policies of a flow. What you do not say stays as it was."""
    said = {"min_age_minutes": min_age, "write_back": write_back, "overlap_minutes": overlap}
    with desk_of(ctx).hub() as hub:
        flow = flow_named(hub, name)
        settings = arrange.set_policies(hub, flow, {key: value for key, value in said.items() if value is not None})
    shown = [("overlap", f"{settings.overlap_minutes} minutes")]
    if flow.kind == Kind.ORDER:
        shown += [("minimum age of an order", f"{settings.min_age_minutes} minutes")]
        shown += [("document number written back", "yes" if settings.write_back else "no")]
    facts(shown)


@group.command("disable")
def disable(ctx: typer.Context, names: Names = None, all_: All = False) -> None:
    """Pause flows: nothing is read, nothing is sent. What is owed stays owed, and goes on when they are enabled."""
    with desk_of(ctx).hub() as hub:
        for flow in flows_named(hub, names or [], every=all_):
            arrange.disable(hub, flow)
            say(f"{flow.name} is paused.")


@group.command("turn")
def turn(ctx: typer.Context, name: Annotated[str, typer.Argument(help="The flow, such as refunds.")]) -> None:
    """Let the other side lead, before anything has flowed.

    `trueup flow turn refunds` is for returns that begin in the back office instead of the shop.
    """
    with desk_of(ctx).hub() as hub:
        flow = flow_named(hub, name)
        leader = arrange.turn(hub, flow)
        say(f"{leader.name} leads {flow.name} from now on.")


@group.command("run")
def run(ctx: typer.Context, names: Names = None, all_: All = False) -> None:
    """Start flows now, also outside their window, and show what they do until nothing is left to do.

    The work is done here unless trueup serve or a worker has it in hand already; then this command watches.
    Exit code 1 if a connection is paused or the run failed.
    """
    with desk_of(ctx).hub() as hub:
        chosen = flows_named(hub, names or [], every=all_)
        if all_:
            chosen = [flow for flow in chosen if flow.active]
        if not chosen:
            raise Refused("No flow is enabled. Enable one with: trueup flow enable")
        for flow in chosen:
            arrange.start_now(hub, flow)
        run_flows(hub, chosen)


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="flow", rich_help_panel="Daily work")
