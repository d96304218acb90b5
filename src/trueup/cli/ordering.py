"""Commands about orders: where they are in their lives, and one order's story, to read or to pass on."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from trueup.cli.desk import Json, connection_named, desk_of
from trueup.cli.journal import the_one
from trueup.cli.output import ago, facts, harmless, heading, print_json, say, table
from trueup.domain.order_state import OrderState
from trueup.domain.record import Kind
from trueup.store import connections, life, stories
from trueup.store.order_stories import OrderStory, order_story
from trueup.sync import decisions
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub
from trueup.sync.life import outside_the_table
from trueup.web.sharing import as_text, shared

group = typer.Typer(no_args_is_help=True, help="Orders: where they are in their lives, and the story of one of them.")
Number = Annotated[str, typer.Argument(help="Order number, document number, or an id in any system.")]
Leader = Annotated[
    str | None, typer.Option(help="Name of the connection that leads it, where several orders are called alike.")
]


@group.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[OrderState | None, typer.Option(help="Only those in this state, the latest first.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """Show how many orders are in each state, and those about which the systems contradict each other.

    The number of moves outside the table of allowed moves (docs/order-states.md) has to be 0.
    """
    with desk_of(ctx).hub() as hub:
        now = hub.clock()
        with hub.database.read() as tx:
            names = {row.id: row.name for row in connections.everyone(tx)}
            counts, outside = life.counts(tx), outside_the_table(tx)
            refused = life.refused(tx, limit=limit)
            rows = life.in_state(tx, state.value, limit=limit) if state else []
    if json:
        listed = {"orders": [_as_json(row, names) for row in rows]} if state else {}
        print_json({"states": counts, "outside_the_table": outside, "refused": _refused(refused, names), **listed})
        return
    if state:
        shown = [(row.number, names[row.leader_id], row.state, ago(row.moved_at, now)) for row in rows]
        table(("order", "from", "state", "since"), shown, none=f"No order is {state.value}.")
        return
    facts([(one.value, str(counts[one])) for one in OrderState if counts.get(one)])
    say("No order is known yet." if not counts else f"Moves outside the table of allowed moves: {outside}.", "dim")
    if refused:
        heading("The systems contradict each other")
        told = [(row.number, names[row.leader_id], row.state, row.sentence) for row in refused]
        table(("order", "from", "state", "what must not be"), told, none="")


def _as_json(row: life.LifeRow, names: dict[int, str]) -> dict[str, Any]:
    times = {"began_at": row.began_at, "moved_at": row.moved_at}
    return {"number": row.number, "leader": names[row.leader_id], "ref": row.ref, "state": row.state, **times}


def _refused(rows: list[life.LifeRow], names: dict[int, str]) -> list[dict[str, Any]]:
    return [{**_as_json(row, names), "sentence": row.sentence, "refused_at": row.refused_at} for row in rows]


@group.command("story")
def story(
    ctx: typer.Context,
    number: Number,
    leader: Leader = None,
    shareable: Annotated[
        bool, typer.Option("--shareable", help="Without anything that tells of a person, or was written by one.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the shareable story as a page into this file.")
    ] = None,
) -> None:
    """Tell what happened to an order, from reading it to its refunds, and prove that it adds up.

    With --shareable, or as a page with --html, nothing of it tells of a person: it can be passed on.
    """
    with desk_of(ctx).hub() as hub:
        of = _story(hub, number, leader)
        now = hub.clock()
    if html is not None:
        from trueup.web.rendering import shared_page  # late: only a page needs the web libraries

        html.write_text(shared_page(of, now), encoding="utf-8")
        say(f"The story of order {of.order.number} stands in {html}, without personal data.")
        return
    typer.echo(harmless(as_text(shared(of, private=not shareable))), nl=False)


@group.command("seen")
def seen(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help="What was done, and why, so that the next person understands it.")],
    leader: Leader = None,
) -> None:
    """Say that you have seen to an order about which the systems contradict each other."""
    with desk_of(ctx).hub() as hub:
        key = _story(hub, number, leader).story.key
        decisions.see_to(hub, key[0], key[2], by=getpass.getuser(), reason=reason)
    say("It is noted who saw to it, and why.")


def _story(hub: Hub, number: str, leader: str | None) -> OrderStory:
    leader_id = connection_named(hub, leader).id if leader else None
    with hub.database.read() as tx:
        found = [one for one in stories.find_things(tx, number) if one.thing == Kind.ORDER]
        one = the_one(number, [one for one in found if leader_id in (None, one.leader_id)])
        told = stories.story(tx, *one.key)
        of = order_story(tx, told) if told else None
    if of is None:
        raise Refused(f"Order {number} could not be read yet. See why with: trueup quarantine list")
    return of


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="order", rich_help_panel="Daily work")
