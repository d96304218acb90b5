"""Links and intents: what a thing is called in each follower, and what we are about to create there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update

from trueup.store.sql import insert_into, upsert
from trueup.store.tables import intent
from trueup.store.tables import link as t


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """The leader's thing `ref` is `remote` in the follower; `document` is the number that people see there."""

    follower_id: int
    leader_id: int
    thing: str
    ref: str
    remote: str
    document: str | None
    how: str
    created_at: datetime


def remotes(tx: Connection, follower_id: int, leader_id: int, thing: str, refs: Collection[str]) -> dict[str, LinkRow]:
    """The links of these things in one follower, by the leader's id."""
    wanted = and_(t.c.follower_id == follower_id, t.c.leader_id == leader_id, t.c.thing == thing)
    rows = tx.execute(select(t).where(wanted, t.c.ref.in_(list(refs)))) if refs else ()
    return {row.ref: LinkRow(**row._mapping) for row in rows}


def refs_of(tx: Connection, follower_id: int, leader_id: int, thing: str, remotes: Collection[str]) -> dict[str, str]:
    """The other way round: the leader's id by the follower's."""
    wanted = and_(t.c.follower_id == follower_id, t.c.leader_id == leader_id, t.c.thing == thing)
    rows = tx.execute(select(t.c.remote, t.c.ref).where(wanted, t.c.remote.in_(list(remotes)))) if remotes else ()
    return {row.remote: row.ref for row in rows}


def add(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Tie things to their ids. Rows: follower_id, leader_id, thing, ref, remote, document, how, created_at.

    Raises IntegrityError if another thing of the same leader already is that remote (see `refs_of`).
    """
    upsert(tx, t, rows, key=["follower_id", "leader_id", "thing", "ref"], once=["how", "created_at"])


def note(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Tie what has no link yet, unless another thing of the same leader already is that remote. Rows as for `add`."""
    if rows:
        tx.execute(insert_into(tx, t).on_conflict_do_nothing(), list(rows))


def drop(tx: Connection, follower_id: int, leader_id: int, thing: str, ref: str) -> None:
    """The thing is gone in the follower; the next delivery creates it again."""
    mine = (t.c.follower_id == follower_id) & (t.c.leader_id == leader_id) & (t.c.thing == thing) & (t.c.ref == ref)
    tx.execute(delete(t).where(mine))


def of_thing(tx: Connection, connection_id: int, thing: str, ref: str) -> list[LinkRow]:
    """Every link of a thing, whether this connection leads it or follows it."""
    leads = and_(t.c.leader_id == connection_id, t.c.ref == ref)
    follows = and_(t.c.follower_id == connection_id, t.c.remote == ref)
    return [LinkRow(**row._mapping) for row in tx.execute(select(t).where(t.c.thing == thing, or_(leads, follows)))]


def intend(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down that these things are about to be created, before anything is sent.

    Rows: follower_id, leader_id, thing, ref, reference, opened_at, ask_after. Trying again counts the tries. Until
    `ask_after` the follower may be working on it, unless it answers: see `answered`.
    """
    if not rows:
        return
    statement = insert_into(tx, intent).values(tries=1)
    new = statement.excluded
    again = {"tries": intent.c.tries + 1, "reference": new.reference, "ask_after": new.ask_after}
    key = ["follower_id", "leader_id", "thing", "ref"]
    tx.execute(statement.on_conflict_do_update(index_elements=key, set_=again), list(rows))


def fulfil(tx: Connection, follower_id: int, leader_id: int, thing: str, refs: Collection[str]) -> None:
    """What was intended is done, or certainly refused."""
    mine = and_(intent.c.follower_id == follower_id, intent.c.leader_id == leader_id, intent.c.thing == thing)
    if refs:
        tx.execute(delete(intent).where(mine, intent.c.ref.in_(list(refs))))


def answered(tx: Connection, follower_id: int, leader_id: int, thing: str, refs: Collection[str]) -> None:
    """The follower is certainly not working on these, or was never told: they may be asked about at any time."""
    mine = and_(intent.c.follower_id == follower_id, intent.c.leader_id == leader_id, intent.c.thing == thing)
    if refs:
        tx.execute(update(intent).where(mine, intent.c.ref.in_(list(refs))).values(ask_after=None))


def may_be_working_on(tx: Connection, follower_id: int, now: datetime) -> dict[tuple[int, str, str], datetime]:
    """(leader id, thing, ref) -> until when the follower may be making it on behalf of a worker that died."""
    query = select(intent).where(intent.c.follower_id == follower_id, intent.c.ask_after > now)
    return {(row.leader_id, row.thing, row.ref): row.ask_after for row in tx.execute(query)}


def open_intents(tx: Connection, follower_id: int) -> list[tuple[str, str, int]]:
    """(thing, ref, tries) of everything whose creation was begun and not yet confirmed."""
    query = select(intent.c.thing, intent.c.ref, intent.c.tries).where(intent.c.follower_id == follower_id)
    return [(thing, ref, tries) for thing, ref, tries in tx.execute(query.order_by(intent.c.opened_at))]
