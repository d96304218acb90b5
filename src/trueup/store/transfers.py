"""Transfers: the log line of every try, found from either side by its request id and payload hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from trueup.store.tables import transfer as t


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    id: int
    delivery_id: int
    follower_id: int
    kind: str
    ref: str
    label: str
    request_id: str
    payload_hash: str
    target: str | None
    outcome: str
    status: int | None
    sentence: str | None
    explanation: str | None
    duration_ms: int
    at: datetime


def log(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        tx.execute(t.insert(), list(rows))


def latest(
    tx: Connection,
    *,
    limit: int = 100,
    failed: bool = False,
    label: str | None = None,
    follower_id: int | None = None,
    before: int | None = None,
) -> list[TransferRow]:
    """The newest tries; only the failed ones, or only those of one record or follower, if asked. `before` an id pages
    on."""
    query = select(t).order_by(t.c.id.desc()).limit(limit)
    query = query.where(t.c.sentence.is_not(None)) if failed else query
    query = query.where(t.c.label == label) if label else query
    query = query.where(t.c.follower_id == follower_id) if follower_id is not None else query
    query = query.where(t.c.id < before) if before is not None else query
    return [TransferRow(**row._mapping) for row in tx.execute(query)]


def of_deliveries(tx: Connection, delivery_ids: Sequence[int], *, limit: int = 200) -> list[TransferRow]:
    query = select(t).where(t.c.delivery_id.in_(list(delivery_ids))).order_by(t.c.id.desc()).limit(limit)
    return [TransferRow(**row._mapping) for row in tx.execute(query)]


def outcomes_since(tx: Connection, since: datetime) -> dict[tuple[int, str, str], int]:
    """(follower id, kind, outcome) -> how many tries since then."""
    query = select(t.c.follower_id, t.c.kind, t.c.outcome, func.count()).where(t.c.at >= since)
    grouped = query.group_by(t.c.follower_id, t.c.kind, t.c.outcome)
    return {(follower_id, kind, outcome): number for follower_id, kind, outcome, number in tx.execute(grouped)}
