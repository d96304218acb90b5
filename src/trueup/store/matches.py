"""Customer matches: whom a follower has already and a customer may be, and who decided that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from trueup.store.sql import upsert
from trueup.store.tables import customer_match as t

MATCHED, ASKED, LINKED, NEW = "matched", "asked", "linked", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """`candidates` are `Candidate`s as JSON values, each with its `likeness` in words, the likeliest first."""

    follower_id: int
    leader_id: int
    ref: str
    state: str
    remote: str | None
    reason: str | None
    candidates: list[dict[str, Any]]
    decided_by: str | None
    asked_at: datetime
    decided_at: datetime | None


def note(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """What was found, or decided, last. Rows: follower_id, leader_id, ref, state, remote, reason, candidates,
    decided_by, asked_at, decided_at."""
    upsert(tx, t, rows, key=["follower_id", "leader_id", "ref"])


def of(tx: Connection, follower_id: int, leader_id: int, refs: Collection[str]) -> dict[str, MatchRow]:
    """By the leader's id, for those of whom the follower was ever asked and had somebody."""
    mine = and_(t.c.follower_id == follower_id, t.c.leader_id == leader_id)
    rows = tx.execute(select(t).where(mine, t.c.ref.in_(list(refs)))) if refs else ()
    return {row.ref: MatchRow(**row._mapping) for row in rows}
