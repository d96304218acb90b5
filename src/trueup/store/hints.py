"""Hints: what a webhook said may have changed. Fifteen copies are one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from trueup.store.sql import insert_into
from trueup.store.tables import hint as t


@dataclass(frozen=True, slots=True, kw_only=True)
class HintRow:
    connection_id: int
    kind: str
    ref: str
    times: int
    noted_at: datetime


def note(tx: Connection, connection_id: int, kind: str, ref: str, now: datetime) -> None:
    statement = insert_into(tx, t).values(connection_id=connection_id, kind=kind, ref=ref, times=1, noted_at=now)
    again = {"times": t.c.times + 1}
    tx.execute(statement.on_conflict_do_update(index_elements=["connection_id", "kind", "ref"], set_=again))


def waiting(tx: Connection, connection_id: int, kind: str, *, limit: int = 100) -> list[HintRow]:
    query = select(t).where(t.c.connection_id == connection_id, t.c.kind == kind).order_by(t.c.noted_at).limit(limit)
    return [HintRow(**row._mapping) for row in tx.execute(query)]


def kinds_waiting(tx: Connection) -> list[tuple[int, str]]:
    """(connection id, kind) of everything that was hinted at."""
    query = select(t.c.connection_id, t.c.kind).distinct()
    return [(connection_id, kind) for connection_id, kind in tx.execute(query)]


def forget(tx: Connection, rows: Sequence[HintRow]) -> None:
    """These were read again; one that was repeated meanwhile stays."""
    for row in rows:
        mine = (t.c.connection_id == row.connection_id) & (t.c.kind == row.kind) & (t.c.ref == row.ref)
        tx.execute(delete(t).where(mine, t.c.times == row.times))
