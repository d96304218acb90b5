"""Customer matches: whom a follower has already and a customer may be, and who decided that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from trueup.domain.record import Kind
from trueup.store.sql import upsert
from trueup.store.tables import customer_match as t
from trueup.store.tables import link, record

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


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """A customer of our mirror; `parties` are (follower id, id there) of everybody whom it is linked to."""

    leader_id: int
    ref: str
    payload: str
    first_seen_at: datetime
    parties: tuple[tuple[int, str], ...] = ()


def customers(tx: Connection) -> list[KnownCustomer]:
    """Everybody, of every shop, in order."""
    linked = select(link.c.leader_id, link.c.ref, link.c.follower_id, link.c.remote)
    parties: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for leader_id, ref, follower_id, remote in tx.execute(linked.where(link.c.thing == Kind.CUSTOMER.value)):
        parties.setdefault((leader_id, ref), []).append((follower_id, remote))
    mine = (record.c.leader_id, record.c.ref, record.c.payload, record.c.first_seen_at)
    query = select(*mine).where(record.c.kind == Kind.CUSTOMER.value).order_by(record.c.leader_id, record.c.ref)
    return [
        KnownCustomer(**row._mapping, parties=tuple(sorted(parties.get((row.leader_id, row.ref), ()))))
        for row in tx.execute(query)
    ]
