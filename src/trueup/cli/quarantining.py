"""Commands about quarantine: what was set aside, why, and what becomes of it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from trueup.cli.desk import Json, desk_of, entry_numbered
from trueup.cli.output import ago, exact, facts, heading, print_json, say, table
from trueup.cli.privacy import HIDDEN, leaves_out, shown_label, shown_record, shown_sentence
from trueup.store import connections, flows, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.sync import decisions
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub
from trueup.sync.tasks import versions_of
from trueup.web.versions import Compared, Said, compared

group = typer.Typer(no_args_is_help=True, help="Records that were set aside, each with a sentence that says why.")
Number = Annotated[int, typer.Argument(help="Number of the entry, as the list shows it.")]
Raw = Annotated[bool, typer.Option("--raw", help="Show the whole record, personal data of customers too.")]


class State(StrEnum):
    """Which entries: those that wait for a decision, those that were skipped, those that are over."""

    OPEN = quarantine.OPEN
    SKIPPED = quarantine.SKIPPED
    RESOLVED = quarantine.RESOLVED


@group.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[State, typer.Option(help="Which entries.")] = State.OPEN,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 100,
    json: Json = False,
) -> None:
    """Show what was set aside, with what is wrong and what to do."""
    with desk_of(ctx).hub() as hub:
        now, names = hub.clock(), _names(hub)
        with hub.database.read() as tx:
            found = quarantine.entries(tx, state=state, limit=limit)
    if json:
        print_json([_as_json(entry, names) for entry in found])
        return
    rows = [
        (entry.id, entry.kind, called(entry), names[entry.flow_id], ago(entry.opened_at, now), said(entry))
        for entry in found
    ]
    none = "Nothing is in quarantine." if state == State.OPEN else f"No entry is {state}."
    table(("id", "kind", "record", "flow", "since", "what is wrong"), rows, none=none)


@group.command("show")
def show(ctx: typer.Context, number: Number, raw: Raw = False, json: Json = False) -> None:
    """Show one entry with its record as it was read; of a task both versions. Personal data with --raw only."""
    with desk_of(ctx).hub() as hub:
        entry, names = entry_numbered(hub, number), _names(hub)
        follower, versions = _follower(hub, entry), _versions(hub, entry)
    record = shown_record(entry.kind, entry.raw, raw=raw)
    if json:
        beside = {"versions": [_compared_as_json(one, raw=raw) for one in versions]} if versions else {}
        print_json({**_as_json(entry, names, raw=raw), "follower": follower, "record": record, **beside})
        return
    say(said(entry, raw=raw), "bold")
    facts(
        [
            ("entry", f"{entry.id} ({entry.state}, seen {entry.times} ×)"),
            ("record", f"{entry.kind} {called(entry, raw=raw)}, id {entry.ref}"),
            ("field", entry.field),
            ("flow", names[entry.flow_id]),
            (
                "set aside",
                f"{exact(entry.opened_at)}, on the way to {follower}"
                if follower
                else f"{exact(entry.opened_at)}, when it was read",
            ),
            ("closed", entry.closed_at),
            ("by", entry.closed_by),
            ("reason", entry.reason),
        ]
    )
    if versions:
        heading(f"What differs{leaves_out(entry.kind, raw=raw)}")
        rows = [(one.what, _side(one, one.before, raw=raw), _side(one, one.now, raw=raw)) for one in versions]
        table(("what", f"as {follower} got it", "now at its leader"), rows, none="")
        say(
            f"Send it again: trueup quarantine retry {entry.id}. Done by hand: trueup quarantine skip {entry.id}", "dim"
        )
    heading(f"The record{leaves_out(entry.kind, raw=raw)}")
    print_json(record)


@group.command("retry")
def retry(
    ctx: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Number of the entry, as the list shows it.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every open entry.")] = False,
) -> None:
    """Try an entry again: what could not be read is read again now, what was refused is due at once."""
    if (number is None) == (not all_):
        raise typer.BadParameter("give the number of an entry, or --all.")
    with desk_of(ctx).hub() as hub:
        chosen = [entry_numbered(hub, number)] if number is not None else _all_open(hub)
        refused = [sentence for entry in chosen if (sentence := _retried(hub, entry))]
    if not chosen:
        say("Nothing is in quarantine.", "dim")
    if refused:
        raise Refused(" ".join(dict.fromkeys(refused)))


def _all_open(hub: Hub) -> list[QuarantineRow]:
    found: list[QuarantineRow] = []
    with hub.database.read() as tx:
        while page := quarantine.entries(tx, limit=500, before=found[-1].id if found else None):
            found += page
    return found[::-1]


def _retried(hub: Hub, entry: QuarantineRow) -> str | None:
    """Try it, and say what came of it; a sentence if it could not even be tried."""
    try:
        decisions.retry(hub, entry, by=getpass.getuser())
    except Refused as refusal:
        return str(refusal)
    with hub.database.read() as tx:
        now = quarantine.by_id(tx, entry.id)
    still = now is not None and now.state == quarantine.OPEN
    say(
        f"{entry.id} {entry.kind} {called(entry)}: "
        + (f"still wrong. {said(now)}" if still and now else "is tried again.")
    )
    return None


@group.command("skip")
def skip(
    ctx: typer.Context,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why, so that the next person understands it.")],
) -> None:
    """Leave this content out, for a reason: of a task it says that you did it by hand. Later changes are taken up."""
    with desk_of(ctx).hub() as hub:
        entry = entry_numbered(hub, number)
        decisions.skip(hub, entry, by=getpass.getuser(), reason=reason)
    become = "done by hand. Its next change starts from here" if entry.is_task else "skipped"
    say(f"{entry.kind.capitalize()} {called(entry)} is {become}.")


def called(entry: QuarantineRow, *, raw: bool = False) -> str:
    return shown_label(entry.kind, entry.label, entry.ref, raw=raw)


def said(entry: QuarantineRow, *, raw: bool = False) -> str:
    return shown_sentence(entry.kind, entry.sentence, entry.label, entry.ref, raw=raw) or ""


def _names(hub: Hub) -> dict[int, str]:
    with hub.database.read() as tx:
        return {flow.id: flow.name for flow in flows.everyone(tx)}


def _follower(hub: Hub, entry: QuarantineRow) -> str | None:
    with hub.database.read() as tx:
        row = connections.by_id(tx, entry.follower_id)
    return None if row is None else row.name


def _versions(hub: Hub, entry: QuarantineRow) -> list[Compared]:
    """What differs between the version that was transferred last and the one that could not be."""
    with hub.database.read() as tx:
        found = versions_of(tx, [entry])
    return [one for one in compared(found[entry.id]) if one.differs] if entry.id in found else []


def _side(one: Compared, side: Sequence[Said], *, raw: bool) -> str:
    return HIDDEN if one.personal and not raw else "; ".join(line.text for line in side)


def _compared_as_json(one: Compared, *, raw: bool) -> dict[str, str]:
    return {"what": one.what, "before": _side(one, one.before, raw=raw), "now": _side(one, one.now, raw=raw)}


def _as_json(entry: QuarantineRow, names: dict[int, str], *, raw: bool = False) -> dict[str, Any]:
    shown = ("id", "kind", "ref", "label", "field", "error", "sentence", "state", "times")
    closed = ("opened_at", "closed_at", "closed_by", "reason")
    found = {name: getattr(entry, name) for name in (*shown, *closed)}
    hidden = {"label": called(entry, raw=raw), "sentence": said(entry, raw=raw)}
    return {**found, **hidden, "flow": names[entry.flow_id]}


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="quarantine", rich_help_panel="Daily work")
