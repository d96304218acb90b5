"""Lanes: what only one worker may do at a time, held by a lease with a fence.

Every transaction that writes for a lane renews its lease in the same transaction. Whoever lost the lease (it paused,
it was thought dead) finds its token outdated there and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from trueup.store.sql import insert_new
from trueup.store.tables import lane as t

LEASE = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another worker holds this lane now; what this one was about to write is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    name: str
    owner: str
    token: int
    length: timedelta


def take(tx: Connection, name: str, *, owner: str, now: datetime, length: timedelta = LEASE) -> Lease | None:
    """The lane, if nobody holds it; the token grows with every holder."""
    insert_new(tx, t, [{"name": name, "token": 0}], key=["name"])
    free = (t.c.lease_until.is_(None)) | (t.c.lease_until < now)
    values = {"owner": owner, "token": t.c.token + 1, "lease_until": now + length}
    taken = tx.execute(update(t).where(t.c.name == name, free).values(**values).returning(t.c.token)).scalar()
    return None if taken is None else Lease(name=name, owner=owner, token=taken, length=length)


def hold(tx: Connection, lease: Lease, now: datetime) -> None:
    """Renew the lease, or raise LeaseLost so that the transaction is rolled back."""
    mine = (t.c.name == lease.name) & (t.c.token == lease.token) & (t.c.owner == lease.owner)
    if tx.execute(update(t).where(mine).values(lease_until=now + lease.length)).rowcount != 1:
        raise LeaseLost(lease.name)


def leave(tx: Connection, lease: Lease) -> None:
    mine = (t.c.name == lease.name) & (t.c.token == lease.token)
    tx.execute(update(t).where(mine).values(owner=None, lease_until=None))


def pace(tx: Connection, name: str) -> Any:
    """What was learned about the speed of this lane, None if nothing yet."""
    return tx.execute(select(t.c.pace).where(t.c.name == name)).scalar()


def keep_pace(tx: Connection, name: str, learned: Any) -> None:
    tx.execute(update(t).where(t.c.name == name).values(pace=learned))


def held(tx: Connection, now: datetime) -> set[str]:
    """The names of the lanes that somebody works on now."""
    return set(tx.execute(select(t.c.name).where(t.c.lease_until >= now)).scalars())
