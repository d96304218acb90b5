"""Records: our last known copy of what each leader has, with its hash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, tuple_

from trueup.store.sql import upsert
from trueup.store.tables import record as t

Key = tuple[int, str, str]
"""(leader id, kind, ref)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    leader_id: int
    kind: str
    ref: str
    label: str
    payload: str
    hash: str
    changed_at: datetime | None
    first_seen_at: datetime
    stored_at: datetime


def hashes(tx: Connection, leader_id: int, kind: str, refs: Sequence[str]) -> dict[str, str]:
    """The hash of each of these records that is known."""
    query = select(t.c.ref, t.c.hash).where(t.c.leader_id == leader_id, t.c.kind == kind, t.c.ref.in_(refs))
    return {row.ref: row.hash for row in tx.execute(query)}


def payloads(tx: Connection, leader_id: int, kind: str, refs: Sequence[str]) -> dict[str, str]:
    """The record of each of these that is known, as JSON."""
    query = select(t.c.ref, t.c.payload).where(t.c.leader_id == leader_id, t.c.kind == kind, t.c.ref.in_(refs))
    return {row.ref: row.payload for row in tx.execute(query)}


def store(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep these copies. Rows: leader_id, kind, ref, label, payload, hash, changed_at, first_seen_at, stored_at."""
    upsert(tx, t, rows, key=["leader_id", "kind", "ref"], once=["first_seen_at"])


def of(tx: Connection, keys: Iterable[Key]) -> dict[Key, RecordRow]:
    wanted = list(keys)
    query = select(t).where(tuple_(t.c.leader_id, t.c.kind, t.c.ref).in_(wanted))
    rows = (RecordRow(**row._mapping) for row in tx.execute(query)) if wanted else ()
    return {(row.leader_id, row.kind, row.ref): row for row in rows}


def search(tx: Connection, text: str, *, limit: int = 50) -> list[RecordRow]:
    """Records whose label or id is, or begins with, the text (upper and lower case alike)."""
    wanted = func.lower(text)
    begins = or_(
        func.lower(t.c.label).startswith(text.lower(), autoescape=True),
        t.c.label.startswith(text, autoescape=True),  # a database may not know that å is a small Å
        func.lower(t.c.ref) == wanted,
    )
    order = (func.lower(t.c.label) != wanted, t.c.label, t.c.kind)
    return [RecordRow(**row._mapping) for row in tx.execute(select(t).where(begins).order_by(*order).limit(limit))]


def called(tx: Connection, kind: str, label: str) -> list[RecordRow]:
    """The records of this kind with this label, whatever its case."""
    spelled = {label.strip(), label.strip().upper(), label.strip().lower()}
    alike = or_(t.c.label.in_(spelled), func.lower(t.c.label) == label.strip().lower())
    return [RecordRow(**row._mapping) for row in tx.execute(select(t).where(t.c.kind == kind, alike))]


def counts(tx: Connection) -> dict[tuple[int, str], int]:
    """How many records of each (leader, kind) there are."""
    query = select(t.c.leader_id, t.c.kind, func.count()).group_by(t.c.leader_id, t.c.kind)
    return {(leader_id, kind): number for leader_id, kind, number in tx.execute(query)}
