"""Quarantine: records set aside with a sentence that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from trueup.store.sql import insert_into
from trueup.store.tables import quarantine as t

OPEN, SKIPPED, RESOLVED = "open", "skipped", "resolved"
READING = 0
"""The follower id of what was set aside when it was read, before anybody was to get it."""
TASKS = ("locked", "conflict", "ambiguous")
"""Errors that nobody's mending of the record takes away: a person decides, and does something in the follower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    id: int
    flow_id: int
    leader_id: int
    follower_id: int
    kind: str
    ref: str
    label: str
    field: str | None
    error: str | None
    sentence: str
    raw: str | None
    hash: str | None
    state: str
    times: int
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    reason: str | None

    @property
    def is_task(self) -> bool:
        return self.error in TASKS


def set_aside(tx: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Open these entries. Rows: flow_id, leader_id, follower_id, kind, ref, label, field, error, sentence, raw, hash.

    One that is already there is opened again with the new sentence; seeing the same bad content again is no news, so
    a skipped one with the same hash stays skipped.
    """
    if not rows:
        return
    statement = insert_into(tx, t).values(state=OPEN, times=1, opened_at=now)
    new = statement.excluded
    same = and_(t.c.hash == new.hash, t.c.sentence == new.sentence, t.c.state != RESOLVED)
    taken = {name: new[name] for name in ("label", "field", "error", "sentence", "raw", "hash")}
    reopened = {"state": OPEN, "times": t.c.times + 1, "opened_at": now}
    cleared = dict.fromkeys(("closed_at", "closed_by", "reason"))
    key = ["flow_id", "follower_id", "kind", "ref"]
    change = statement.on_conflict_do_update(index_elements=key, set_={**taken, **reopened, **cleared}, where=~same)
    tx.execute(change, list(rows))


def resolve(
    tx: Connection, flow_id: int, follower_id: int, kind: str, refs: Collection[str], now: datetime
) -> list[str]:
    """Good content arrived, or was delivered: what stood in the list about it is over. Those that stood there."""
    if not refs:
        return []
    mine = and_(t.c.flow_id == flow_id, t.c.follower_id == follower_id, t.c.kind == kind, t.c.state != RESOLVED)
    over = update(t).where(mine, t.c.ref.in_(list(refs))).values(state=RESOLVED, closed_at=now)
    return list(tx.execute(over.returning(t.c.ref)).scalars())


def close(tx: Connection, entry_id: int, *, state: str, by: str, reason: str | None, now: datetime) -> None:
    """A person decided: skipped with a reason, or to be tried again."""
    values = {"state": state, "closed_at": now, "closed_by": by, "reason": reason}
    tx.execute(update(t).where(t.c.id == entry_id).values(**values))


def by_id(tx: Connection, entry_id: int) -> QuarantineRow | None:
    row = tx.execute(select(t).where(t.c.id == entry_id)).first()
    return None if row is None else QuarantineRow(**row._mapping)


def entries(
    tx: Connection, *, state: str = OPEN, limit: int = 100, before: int | None = None, task: bool | None = None
) -> list[QuarantineRow]:
    """The newest entries of one state; `before` an id pages on. `task`: only tasks, or only others."""
    query = select(t).where(t.c.state == state).order_by(t.c.id.desc()).limit(limit)
    query = query if before is None else query.where(t.c.id < before)
    if task is not None:
        is_task = func.coalesce(t.c.error, "").in_(TASKS)
        query = query.where(is_task if task else ~is_task)
    return [QuarantineRow(**row._mapping) for row in tx.execute(query)]


def of_thing(tx: Connection, leader_id: int, kinds: Collection[str], ref: str) -> list[QuarantineRow]:
    query = select(t).where(t.c.leader_id == leader_id, t.c.kind.in_(list(kinds)), t.c.ref == ref).order_by(t.c.id)
    return [QuarantineRow(**row._mapping) for row in tx.execute(query)]


def count_open(tx: Connection) -> dict[int, int]:
    """How many are open, by flow."""
    query = select(t.c.flow_id, func.count()).where(t.c.state == OPEN).group_by(t.c.flow_id)
    return {row[0]: row[1] for row in tx.execute(query)}


def count_tasks(tx: Connection) -> int:
    """How many of the open ones are tasks."""
    query = select(func.count()).select_from(t).where(t.c.state == OPEN, t.c.error.in_(TASKS))
    return int(tx.execute(query).scalar_one())
