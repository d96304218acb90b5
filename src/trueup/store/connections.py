"""Connections: what is configured, what the last check found, and whether the breaker is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, select, update

from trueup.store.tables import connection as t
from trueup.store.tables import hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """One configured connection; `sealed` and `hook_secret` are encrypted."""

    id: int
    name: str
    system: str
    settings: Mapping[str, Any]
    sealed: str | None
    findings: Sequence[Mapping[str, str]] | None
    verified_at: datetime | None
    paused_until: datetime | None
    pause_sentence: str | None
    failures: int
    last_ok_at: datetime | None
    hook_secret: str | None
    stock_writes: int
    created_at: datetime

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now


def add(
    tx: Connection, *, name: str, system: str, settings: Mapping[str, Any], sealed: str | None, now: datetime
) -> int:
    """A new connection's id. Names are unique: raises IntegrityError if the name is taken."""
    values = {"name": name, "system": system, "settings": dict(settings), "sealed": sealed, "created_at": now}
    return int(tx.execute(t.insert().values(**values).returning(t.c.id)).scalar_one())


def by_id(tx: Connection, connection_id: int) -> ConnectionRow | None:
    return _one(tx.execute(select(t).where(t.c.id == connection_id)).first())


def locked(tx: Connection, connection_id: int) -> ConnectionRow | None:
    """The same, and until the transaction ends nobody else gets it like this: the lanes of one follower settle one
    after the other, so that none waits for a link which the other is just writing."""
    query = select(t).where(t.c.id == connection_id).with_for_update(key_share=True)
    return _one(tx.execute(query).first())


def by_name(tx: Connection, name: str) -> ConnectionRow | None:
    return _one(tx.execute(select(t).where(t.c.name == name)).first())


def everyone(tx: Connection) -> list[ConnectionRow]:
    return [ConnectionRow(**row._mapping) for row in tx.execute(select(t).order_by(t.c.id))]


def change(tx: Connection, connection_id: int, **values: Any) -> None:
    """Set columns of one connection (settings, sealed, findings, verified_at, hook_secret ...)."""
    tx.execute(update(t).where(t.c.id == connection_id).values(**values))


def remove(tx: Connection, connection_id: int) -> None:
    """Forget a connection that no flow uses, and what its webhooks told."""
    tx.execute(delete(hint).where(hint.c.connection_id == connection_id))
    tx.execute(delete(t).where(t.c.id == connection_id))


def note_answer(tx: Connection, connection_id: int, now: datetime) -> None:
    """The system answered: the breaker closes, unless it is open. Then the call was made before it opened."""
    change(tx, connection_id, last_ok_at=now)
    is_over = (t.c.paused_until.is_(None)) | (t.c.paused_until <= now)
    closed = {"failures": 0, "paused_until": None, "pause_sentence": None}
    tx.execute(update(t).where(t.c.id == connection_id, is_over).values(**closed))


def count_stock_write(tx: Connection, connection_id: int) -> None:
    """Stock was written there, or is about to be: whatever was sold meanwhile may have been overwritten."""
    tx.execute(update(t).where(t.c.id == connection_id).values(stock_writes=t.c.stock_writes + 1))


def close_breaker(tx: Connection, connection_id: int, now: datetime) -> None:
    """The system was tried and is well, whatever it asked for before."""
    change(tx, connection_id, failures=0, paused_until=None, pause_sentence=None, last_ok_at=now)


def pause(tx: Connection, connection_id: int, *, until: datetime, sentence: str) -> None:
    """The breaker opens: nothing is sent before `until`, nor before what an earlier failure said; one more failure in
    a row is counted."""
    latest = case((t.c.paused_until > until, t.c.paused_until), else_=bindparam("until", until, t.c.paused_until.type))
    values = {"failures": t.c.failures + 1, "paused_until": latest, "pause_sentence": sentence}
    tx.execute(update(t).where(t.c.id == connection_id).values(**values))


def _one(row: Row[Any] | None) -> ConnectionRow | None:
    return None if row is None else ConnectionRow(**row._mapping)
