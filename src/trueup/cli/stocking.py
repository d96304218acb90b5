"""Commands about stock: why a shop shows this number, and how several shops share what there is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from trueup.cli.desk import Json, connection_named, desk_of
from trueup.cli.output import ago, exact, heading, print_json, say, table
from trueup.sync import sharing
from trueup.sync.connecting import Refused
from trueup.sync.counting import Number, as_json, explained
from trueup.sync.hub import Hub

group = typer.Typer(no_args_is_help=True, help="What each shop may sell, and why.")
Shop = Annotated[str | None, typer.Option(help="Name of one shop's connection; else all that share the stock.")]


@group.command("explain")
def explain(
    ctx: typer.Context,
    sku: Annotated[str, typer.Argument(help="SKU of the article, whatever its case.")],
    shop: Shop = None,
    json: Json = False,
) -> None:
    """Show the number of an article in each shop as the sum that it is.

    What there is, less what open orders of all shops hold, less the shop's buffer. Each order that holds something is
    named.
    """
    with desk_of(ctx).hub() as hub:
        now = hub.clock()
        if shop:
            connection_named(hub, shop)
        found = explained(hub, sku, shop)
    if not found:
        raise Refused(
            f"No shop gets stock of {sku} from a back office. See what is known of it: trueup record show {sku}"
        )
    if json:
        print_json([as_json(number) for number in found])
        return
    for number in found:
        _print(number, now)


def _print(number: Number, now: datetime) -> None:
    heading(f"{number.sku} in {number.shop}")
    say(number.now.sentence)
    if number.is_behind and number.told:
        say(f"The shop was told last, {ago(number.told_at, now)}: {number.told.sentence}", "yellow")
    say(_standing(number, now), "dim")


def _standing(number: Number, now: datetime) -> str:
    if number.told is None:
        return f"The shop was not told yet ({number.state}). {number.sentence or ''}".strip()
    if number.is_behind:
        return f"The new number is {number.state}. {number.sentence or ''}".strip()
    return f"The shop was told so {ago(number.told_at, now)} ({exact(number.told_at) if number.told_at else ''})."


@group.command("share")
def share(
    ctx: typer.Context,
    shop: Annotated[
        str | None, typer.Argument(help="Name of the shop's connection. Without it, all are shown.")
    ] = None,
    buffer: Annotated[int | None, typer.Option(min=0, help="Units that are kept back from this shop.")] = None,
    percent: Annotated[
        int | None, typer.Option(min=1, max=100, help="What the shop gets of the rest, in whole units.")
    ] = None,
    json: Json = False,
) -> None:
    """Show how shops share one stock, or change what one of them gets.

    A change counts at once: every number of the shop is worked out again, and sent where it is another one.
    """
    with desk_of(ctx).hub() as hub:
        if shop:
            sharing.set_share(hub, connection_named(hub, shop), buffer=buffer, percent=percent)
        found = sharing.shares(hub)
    _show_shares(found, json=json)


@group.command("policy")
def policy(
    ctx: typer.Context,
    contains: Annotated[
        sharing.Moment | None,
        typer.Option(help="From when on the back office's number is without an order's goods."),
    ] = None,
    unpaid_minutes: Annotated[int | None, typer.Option(min=0, help="How long an unpaid order holds its goods.")] = None,
    on_hold_days: Annotated[
        int | None, typer.Option(min=0, help="How long an order on hold does. Else until the shop ends it.")
    ] = None,
    sku: Annotated[
        str | None, typer.Option(help="An article with a buffer of its own, in every shop: --sku, --buffer.")
    ] = None,
    buffer: Annotated[int | None, typer.Option(min=0, help="Its buffer.")] = None,
    leader: Annotated[str | None, typer.Option(help="Name of the connection that leads stock, if several do.")] = None,
) -> None:
    """Change what open orders hold, and for how long."""
    given = {"contains": contains, "unpaid_minutes": unpaid_minutes, "on_hold_days": on_hold_days}
    values = {name: value for name, value in given.items() if value is not None}
    with desk_of(ctx).hub() as hub:
        changed = sharing.set_policy(hub, _leader_id(hub, leader), values, sku=sku, buffer=buffer)
    say(f"Changed for the flow{'s' if len(changed) > 1 else ''} {', '.join(changed)}.")


def _leader_id(hub: Hub, name: str | None) -> int | None:
    return connection_named(hub, name).id if name else None


def _show_shares(found: list[sharing.ShopShare], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = [(one.shop, one.leader, one.flow, one.buffer, f"{one.percent} %") for one in found]
    table(("shop", "stock of", "flow", "buffer", "share"), rows, none="No shop gets stock from a back office yet.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="stock")
