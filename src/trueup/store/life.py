"""The life of orders: where each one is, the moves that led there, and what of it changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_, update

from trueup.store.sql import insert_new, upsert
from trueup.store.tables import delivery, link, quarantine
from trueup.store.tables import order_change as change
from trueup.store.tables import order_life as t
from trueup.store.tables import order_move as move

KEY = ("leader_id", "ref")


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRow:
    """Where one order is. `refused` is the move that the systems ask for and that must not be, `sentence` why not;
    `settled_at` when a person saw to it."""

    leader_id: int
    ref: str
    number: str
    state: str
    stage: str | None
    units: Decimal | None
    began_at: datetime
    moved_at: datetime
    refused: str | None
    sentence: str | None
    refused_at: datetime | None
    settled_by: str | None
    reason: str | None
    settled_at: datetime | None

    @property
    def needs_a_person(self) -> bool:
        return self.refused is not None and self.settled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One move; with a `sentence` it was refused, and the order stayed."""

    id: int
    leader_id: int
    ref: str
    before: str
    after: str
    by: str
    sentence: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """What of an order had changed when it was read: (part, line) of everything that differs."""

    id: int
    leader_id: int
    ref: str
    what: Sequence[tuple[str, str]]
    at: datetime


def begin(tx: Connection, leader_id: int, refs: Collection[str], state: str, now: datetime) -> None:
    """The life of these orders begins in this state; what has begun goes on."""
    times = {"began_at": now, "moved_at": now}
    rows = [{"leader_id": leader_id, "ref": ref, "number": ref, "state": state, **times} for ref in sorted(refs)]
    insert_new(tx, t, rows, KEY)


def locked(tx: Connection, leader_id: int, refs: Collection[str]) -> dict[str, LifeRow]:
    """Where these orders are; nobody else moves them until this transaction is over. Locked by everybody in the order
    of their ids, so that two writers never wait in a circle."""
    query = select(t).where(t.c.leader_id == leader_id, t.c.ref.in_(list(refs))).order_by(t.c.ref)
    query = query.with_for_update() if tx.dialect.name == "postgresql" else query
    return {row.ref: LifeRow(**row._mapping) for row in tx.execute(query)}


def save(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows: every column of `order_life` but those that say when it began."""
    upsert(tx, t, rows, key=KEY, once=["began_at"])


def log_moves(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows: leader_id, ref, before, after, by, sentence, at."""
    if rows:
        tx.execute(move.insert(), list(rows))


def log_changes(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows: leader_id, ref, what, at."""
    if rows:
        tx.execute(change.insert(), list(rows))


def of(tx: Connection, leader_id: int, ref: str) -> LifeRow | None:
    row = tx.execute(select(t).where(t.c.leader_id == leader_id, t.c.ref == ref)).first()
    return None if row is None else LifeRow(**row._mapping)


def moves_of(tx: Connection, leader_id: int, ref: str) -> list[MoveRow]:
    """The oldest first, those that were refused too."""
    query = select(move).where(move.c.leader_id == leader_id, move.c.ref == ref).order_by(move.c.id)
    return [MoveRow(**row._mapping) for row in tx.execute(query)]


def changes_of(tx: Connection, leader_id: int, ref: str) -> list[ChangeRow]:
    query = select(change).where(change.c.leader_id == leader_id, change.c.ref == ref).order_by(change.c.id)
    return [
        ChangeRow(**{**row._mapping, "what": tuple((part, name) for part, name in row.what)})
        for row in tx.execute(query)
    ]


def counts(tx: Connection) -> dict[str, int]:
    """How many orders are in each state."""
    return {row[0]: row[1] for row in tx.execute(select(t.c.state, func.count()).group_by(t.c.state))}


def in_state(tx: Connection, state: str, *, limit: int = 100, skip: int = 0) -> list[LifeRow]:
    """Those that came there last first."""
    query = select(t).where(t.c.state == state).order_by(t.c.moved_at.desc(), t.c.ref).limit(limit).offset(skip)
    return [LifeRow(**row._mapping) for row in tx.execute(query)]


def refused(tx: Connection, *, limit: int = 100) -> list[LifeRow]:
    """Orders about which the systems contradict each other, or what was done already, and nobody saw to it yet."""
    query = select(t).where(t.c.refused.is_not(None), t.c.settled_at.is_(None)).order_by(t.c.refused_at.desc())
    return [LifeRow(**row._mapping) for row in tx.execute(query.limit(limit))]


def count_refused(tx: Connection) -> int:
    query = select(func.count()).select_from(t).where(t.c.refused.is_not(None), t.c.settled_at.is_(None))
    return int(tx.execute(query).scalar_one())


def see_to(tx: Connection, leader_id: int, ref: str, *, by: str, reason: str, now: datetime) -> bool:
    """A person saw to what was refused; False if there is nothing to see to."""
    mine = and_(t.c.leader_id == leader_id, t.c.ref == ref, t.c.refused.is_not(None), t.c.settled_at.is_(None))
    return tx.execute(update(t).where(mine).values(settled_by=by, reason=reason, settled_at=now)).rowcount == 1


def moves_made(tx: Connection) -> dict[tuple[str, str, str], int]:
    """(before, after, by) of every move that an order made -> how many did."""
    query = select(move.c.before, move.c.after, move.c.by, func.count()).where(move.c.sentence.is_(None))
    grouped = query.group_by(move.c.before, move.c.after, move.c.by)
    return {(before, after, by): number for before, after, by, number in tx.execute(grouped)}


def documents(tx: Connection, leader_id: int, refs: Collection[str]) -> dict[str, list[tuple[int, str]]]:
    """(follower id, id there) of every document of these orders."""
    mine = and_(link.c.leader_id == leader_id, link.c.thing == "order", link.c.ref.in_(list(refs)))
    found: dict[str, list[tuple[int, str]]] = {}
    for ref, follower_id, remote in tx.execute(
        select(link.c.ref, link.c.follower_id, link.c.remote).where(mine).order_by(link.c.follower_id)
    ):
        found.setdefault(ref, []).append((follower_id, remote))
    return found


def orders_of_documents(tx: Connection, follower_id: int, remotes: Collection[str]) -> list[tuple[int, str]]:
    """(leader id, ref) of the orders whose documents these are."""
    mine = and_(link.c.follower_id == follower_id, link.c.thing == "order", link.c.remote.in_(list(remotes)))
    return [(leader_id, ref) for leader_id, ref in tx.execute(select(link.c.leader_id, link.c.ref).where(mine))]


def set_aside(tx: Connection, leader_id: int, refs: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """(state, number) of the entries about these orders themselves that are not resolved."""
    q = quarantine.c
    mine = and_(q.leader_id == leader_id, q.kind == "order", q.ref.in_(list(refs)), q.state != "resolved")
    found: dict[str, list[tuple[str, str]]] = {}
    for ref, state, label in tx.execute(select(q.ref, q.state, q.label).where(mine)):
        found.setdefault(ref, []).append((state, label))
    return found


EntryKey = tuple[int, int, str, str]
"""(flow id, follower id, kind, ref): what an entry in quarantine is about."""


def versions(tx: Connection, keys: Collection[EntryKey]) -> dict[EntryKey, str]:
    """The version that was transferred last, as JSON, of those of these deliveries that keep it."""
    d = delivery.c
    query = select(d.flow_id, d.follower_id, d.kind, d.ref, d.sent_payload).where(
        tuple_(d.flow_id, d.follower_id, d.kind, d.ref).in_(list(keys)), d.sent_payload.is_not(None)
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in tx.execute(query)} if keys else {}
