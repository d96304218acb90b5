"""Commands that answer questions: where is this record in every system, and what was sent?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from trueup.cli.desk import Json, connection_named, desk_of
from trueup.cli.output import ago, exact, heading, print_json, say, table
from trueup.cli.privacy import leaves_out, shown_label, shown_record, shown_sentence
from trueup.domain.record import Kind
from trueup.store import connections, stories, transfers
from trueup.store.stories import Found, Story
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

group = typer.Typer(no_args_is_help=True, help="One record: where it is, what is owed, what was sent.")
MOST_SENT = 20


@group.command("show")
def show(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="SKU, order number, document number, or an id in any system.")],
    kind: Annotated[Kind | None, typer.Option(help="What it is, where several things are called alike.")] = None,
    leader: Annotated[str | None, typer.Option(help="Name of the connection that leads it, likewise.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show the whole record, personal data of customers too.")] = False,
    json: Json = False,
) -> None:
    """Show where a record is in every system, what is owed, what was sent, what was set aside, and its content."""
    with desk_of(ctx).hub() as hub:
        now = hub.clock()
        told = _story(hub, key, kind, leader)
    if json:
        print_json(_as_json(told, raw=raw))
    else:
        _print(told, now, raw=raw)


def _story(hub: Hub, key: str, kind: Kind | None, leader: str | None) -> Story:
    leader_id = connection_named(hub, leader).id if leader else None
    with hub.database.read() as tx:
        found = stories.find_things(tx, key)
        found = [one for one in found if kind is None or one.thing == kind.thing]
        one = the_one(key, [one for one in found if leader_id in (None, one.leader_id)])
        told = stories.story(tx, *one.key)
    if told is None:
        raise Refused(f"{key} is not known any more.")
    return told


def the_one(key: str, found: list[Found]) -> Found:
    """The only thing called so; the only one called exactly so. Else Refused, with the names to choose from."""
    exact_ones = [one for one in found if key.strip().lower() in one.names]
    chosen = exact_ones or found
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise Refused(f"Nothing called {key} is known. It may not have been read yet: trueup flow status")
    names = [shown_label(one.thing, one.label, one.ref) for one in chosen[:20]]
    shown = [(name, one.thing, one.leader, one.ref, one.document) for name, one in zip(names, chosen, strict=False)]
    table(("name", "kind", "leader", "id", "document"), shown, none="")
    raise Refused(f"Several things are called {key}. Give the whole name of one of them, or say --kind or --leader.")


def _print(told: Story, now: datetime, *, raw: bool) -> None:
    say(f"{told.key[1].capitalize()} {_called(told, raw=raw)}", "bold")
    heading("Where it is")
    places = [(p.connection, p.system, p.how, p.remote, p.document, ago(p.since, now)) for p in told.places]
    table(("connection", "system", "how", "id", "document", "since"), places, none="")
    for follower in told.intents:
        say(f"Its creation in {follower} was begun; {follower} is asked before anything is sent again.", "yellow")
    _print_owed(told, now, raw=raw)
    heading("What was sent")
    sent = [_sent_row(sent.follower, sent.row, raw=raw) for sent in told.sent[:MOST_SENT]]
    table(SENT_HEADS, sent, none="Nothing yet.")
    if told.entries:
        heading("What was set aside")
        entries = [
            (e.id, e.kind, e.state, ago(e.opened_at, now), _said(told, e.kind, e.sentence, raw=raw), e.reason)
            for e in told.entries
        ]
        table(("id", "kind", "state", "since", "what was wrong", "reason"), entries, none="")
    if told.related:
        heading("What belongs to it")
        table(("what", "name"), [(one.role, _related_name(one, raw=raw)) for one in told.related], none="")
    for row in told.records:
        heading(f"The {row.kind}, as stored {exact(row.stored_at)}{leaves_out(row.kind, raw=raw)}")
        print_json(shown_record(row.kind, row.payload, raw=raw))


def _called(told: Story, *, raw: bool) -> str:
    return shown_label(told.key[1], told.label, told.key[2], raw=raw)


def _said(told: Story, kind: str, sentence: str | None, *, raw: bool) -> str | None:
    return shown_sentence(kind, sentence, told.label, told.key[2], raw=raw)


def _print_owed(told: Story, now: datetime, *, raw: bool) -> None:
    heading("What is owed")
    rows = [
        (
            one.row.kind,
            one.flow,
            one.follower,
            one.row.state,
            ago(one.row.done_at or one.row.due_since, now),
            _said(told, one.row.kind, one.row.sentence, raw=raw),
        )
        for one in told.owed
    ]
    table(("kind", "flow", "to", "state", "since", "why"), rows, none="Nothing: no flow has taken it up.")


def _related_name(one: stories.Related, *, raw: bool) -> str:
    return shown_label(one.key[1], one.label, one.key[2], raw=raw)


SENT_HEADS = ("when", "to", "kind", "record", "outcome", "status", "ms", "request", "why")


def _sent_row(follower: str, row: transfers.TransferRow, *, raw: bool = False) -> tuple[Any, ...]:
    return (
        *(row.at, follower, row.kind, shown_label(row.kind, row.label, row.ref, raw=raw), row.outcome, row.status),
        *(row.duration_ms, row.request_id, shown_sentence(row.kind, row.sentence, row.label, row.ref, raw=raw)),
    )


def _as_json(told: Story, *, raw: bool) -> dict[str, Any]:
    return {
        "label": _called(told, raw=raw),
        "thing": told.key[1],
        "leader": told.leader,
        "ref": told.key[2],
        "places": told.places,
        "owed": [_owed_as_json(told, one, raw=raw) for one in told.owed],
        "sent": [_sent_as_json(sent.follower, sent.row, raw=raw) for sent in told.sent],
        "quarantine": [_entry_as_json(told, entry, raw=raw) for entry in told.entries],
        "intents": told.intents,
        "related": [
            {"role": one.role, "thing": one.key[1], "ref": one.key[2], "label": _related_name(one, raw=raw)}
            for one in told.related
        ],
        "records": [
            {"kind": row.kind, "stored_at": row.stored_at, "record": shown_record(row.kind, row.payload, raw=raw)}
            for row in told.records
        ],
    }


def _owed_as_json(told: Story, one: stories.Owed, *, raw: bool) -> dict[str, Any]:
    shown = ("kind", "state", "attempts", "not_before", "waits_for", "error", "sentence", "due_since", "done_at")
    found = {name: getattr(one.row, name) for name in shown}
    sentence = _said(told, one.row.kind, one.row.sentence, raw=raw)
    return {"flow": one.flow, "follower": one.follower, **found, "sentence": sentence}


def _entry_as_json(told: Story, entry: Any, *, raw: bool) -> dict[str, Any]:
    shown = ("id", "kind", "state", "field", "sentence", "opened_at", "closed_at", "closed_by", "reason")
    found = {name: getattr(entry, name) for name in shown}
    return {**found, "sentence": _said(told, entry.kind, entry.sentence, raw=raw)}


def _sent_as_json(follower: str, row: transfers.TransferRow, *, raw: bool = False) -> dict[str, Any]:
    shown = ("id", "at", "kind", "ref", "label", "outcome", "status", "target", "duration_ms", "request_id")
    found = {name: getattr(row, name) for name in (*shown, "payload_hash")}
    label = shown_label(row.kind, row.label, row.ref, raw=raw)
    sentence = shown_sentence(row.kind, row.sentence, row.label, row.ref, raw=raw)
    return {"follower": follower, **found, "label": label, "sentence": sentence}


def sent(
    ctx: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="Only tries that failed.")] = False,
    record: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those of one record: its SKU or number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """Show what was sent: every try with its outcome, its HTTP status, its duration, and the id of its request."""
    with desk_of(ctx).hub() as hub, hub.database.read() as tx:
        names = {row.id: row.name for row in connections.everyone(tx)}
        found = transfers.latest(tx, limit=limit, failed=failed, label=record)
    if json:
        print_json([_sent_as_json(names[row.follower_id], row) for row in found])
        return
    table(SENT_HEADS, [_sent_row(names[row.follower_id], row) for row in found], none="Nothing was sent yet.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="record", rich_help_panel="Daily work")
    app.command("transfers", rich_help_panel="Daily work")(sent)
