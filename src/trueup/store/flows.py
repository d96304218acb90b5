"""Flows, their followers, their cursors and their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from trueup.store.tables import delivery, flow_follower, quarantine, run
from trueup.store.tables import flow as t


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRow:
    """One kind moving from its leader to its followers."""

    id: int
    name: str
    kind: str
    leader_id: int
    followers: tuple[int, ...]
    active: bool
    schedule: Mapping[str, Any]
    settings: Mapping[str, Any]
    cursor_at: datetime | None
    due_at: datetime | None
    wanted_at: datetime | None
    read_at: datetime | None
    writes_seen: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One execution of a flow: what it read, how much of that was different, how much was set aside."""

    id: int
    flow_id: int
    cause: str
    state: str
    read: int
    changed: int
    quarantined: int
    sentence: str | None
    started_at: datetime
    ended_at: datetime | None


def add(
    tx: Connection,
    *,
    name: str,
    kind: str,
    leader_id: int,
    followers: Sequence[int],
    schedule: Mapping[str, Any],
    settings: Mapping[str, Any],
    now: datetime,
) -> int:
    """A new flow's id; it is inactive until somebody enables it."""
    values = {"name": name, "kind": kind, "leader_id": leader_id, "schedule": dict(schedule)}
    row = t.insert().values(**values, settings=dict(settings), created_at=now).returning(t.c.id)
    flow_id = int(tx.execute(row).scalar_one())
    for follower_id in followers:
        tx.execute(flow_follower.insert().values(flow_id=flow_id, follower_id=follower_id))
    return flow_id


def everyone(tx: Connection) -> list[FlowRow]:
    followers: dict[int, list[int]] = {}
    for flow_id, follower_id in tx.execute(select(flow_follower).order_by(flow_follower.c.follower_id)):
        followers.setdefault(flow_id, []).append(follower_id)
    rows = tx.execute(select(t).order_by(t.c.id))
    return [FlowRow(**row._mapping, followers=tuple(followers.get(row.id, ()))) for row in rows]


def by_id(tx: Connection, flow_id: int) -> FlowRow | None:
    row = tx.execute(select(t).where(t.c.id == flow_id)).first()
    if row is None:
        return None
    chosen = select(flow_follower.c.follower_id).where(flow_follower.c.flow_id == flow_id)
    return FlowRow(**row._mapping, followers=tuple(tx.execute(chosen.order_by("follower_id")).scalars()))


def by_name(tx: Connection, name: str) -> FlowRow | None:
    flow_id = tx.execute(select(t.c.id).where(t.c.name == name)).scalar_one_or_none()
    return None if flow_id is None else by_id(tx, flow_id)


def leads(tx: Connection, leader_id: int, follower_id: int, kind: str) -> bool:
    """Whether an active flow brings this kind from this leader to this follower."""
    query = select(t.c.id).join(flow_follower, flow_follower.c.flow_id == t.c.id)
    mine = (t.c.leader_id == leader_id) & (flow_follower.c.follower_id == follower_id) & (t.c.kind == kind)
    return tx.execute(query.where(mine, t.c.active)).first() is not None


def turn(tx: Connection, flow_id: int, leader_id: int, follower_id: int) -> None:
    """Another connection leads from now on; nothing is read yet."""
    tx.execute(delete(flow_follower).where(flow_follower.c.flow_id == flow_id))
    tx.execute(insert(flow_follower).values(flow_id=flow_id, follower_id=follower_id))
    tx.execute(update(t).where(t.c.id == flow_id).values(leader_id=leader_id, cursor_at=None, read_at=None))


def has_moved_anything(tx: Connection, flow_id: int) -> bool:
    """Whether anything was ever owed, or set aside, by this flow."""
    owed = select(delivery.c.id).where(delivery.c.flow_id == flow_id).limit(1)
    aside = select(quarantine.c.id).where(quarantine.c.flow_id == flow_id).limit(1)
    return any(tx.execute(query).first() is not None for query in (owed, aside))


def change(tx: Connection, flow_id: int, **values: Any) -> None:
    """Set columns of one flow (active, schedule, settings, due_at, wanted_at, read_at, writes_seen)."""
    tx.execute(update(t).where(t.c.id == flow_id).values(**values))


def want(tx: Connection, flow_id: int, now: datetime) -> None:
    """Ask for a run as soon as possible; asking twice is asking once."""
    tx.execute(update(t).where(t.c.id == flow_id, t.c.wanted_at.is_(None)).values(wanted_at=now))


def unwant(tx: Connection, flow_id: int, seen: datetime | None) -> None:
    """The run that was asked for at `seen` took place; a later wish stays."""
    if seen is not None:
        tx.execute(update(t).where(t.c.id == flow_id, t.c.wanted_at == seen).values(wanted_at=None))


def move_cursor(tx: Connection, flow_id: int, to: datetime) -> None:
    """Forward only."""
    behind = (t.c.cursor_at.is_(None)) | (t.c.cursor_at < to)
    tx.execute(update(t).where(t.c.id == flow_id, behind).values(cursor_at=to))


def start_run(tx: Connection, flow_id: int, *, cause: str, now: datetime) -> int:
    values = {"flow_id": flow_id, "cause": cause, "state": "running", "started_at": now}
    return int(tx.execute(run.insert().values(**values).returning(run.c.id)).scalar_one())


def count_run(tx: Connection, run_id: int, *, read: int, changed: int, quarantined: int) -> None:
    values = {"read": run.c.read + read, "changed": run.c.changed + changed}
    tx.execute(update(run).where(run.c.id == run_id).values(**values, quarantined=run.c.quarantined + quarantined))


def end_run(tx: Connection, run_id: int, *, state: str, sentence: str | None, now: datetime) -> None:
    tx.execute(update(run).where(run.c.id == run_id).values(state=state, sentence=sentence, ended_at=now))


def end_lost_runs(tx: Connection, flow_id: int, now: datetime) -> None:
    """Runs of this flow that a killed process left behind; only the holder of the flow's lane may say so."""
    lost = (run.c.flow_id == flow_id) & (run.c.state == "running")
    sentence = "The process ended in the middle of this run; the next run reads the same again."
    tx.execute(update(run).where(lost).values(state="failed", sentence=sentence, ended_at=now))


def runs(tx: Connection, flow_id: int | None = None, *, limit: int = 20) -> list[RunRow]:
    """The latest runs, newest first."""
    query = select(run).order_by(run.c.id.desc()).limit(limit)
    query = query if flow_id is None else query.where(run.c.flow_id == flow_id)
    return [RunRow(**row._mapping) for row in tx.execute(query)]
