"""Deliveries: what is still owed to each follower. Ten changes of one record are one row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from trueup.store.sql import insert_into
from trueup.store.tables import delivery as t
from trueup.store.tables import flow, record

DUE, WAITING, DONE, QUARANTINED, SKIPPED = "due", "waiting", "done", "quarantined", "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One thing owed, with the record as it is now (`payload`, `hash`). `wanted_hash` is the version that the flow
    owes: another flow of the same leader may have read a newer one meanwhile.

    Of stock: `recount` is how often promises made it due again, `explanation` the sum that the follower shows, and
    `doubt` says that it may show another number by now: it sold some itself, or nobody knows what came of a push.
    """

    id: int
    flow_id: int
    follower_id: int
    leader_id: int
    kind: str
    ref: str
    thing: str
    lane: str
    label: str
    state: str
    sent_hash: str | None
    sent_payload: str | None
    attempts: int
    failing_since: datetime | None
    not_before: datetime | None
    waits_for: str | None
    wanted_hash: str
    error: str | None
    sentence: str | None
    due_since: datetime
    done_at: datetime | None
    recount: int
    doubt: bool
    explanation: str | None
    payload: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one delivery: the columns that its row takes. `hash` and `recount` are what was owed then."""

    id: int
    hash: str
    state: str
    sent_hash: str | None = None
    sent_payload: str | None = None
    attempts: int = 0
    failing_since: datetime | None = None
    not_before: datetime | None = None
    waits_for: str | None = None
    error: str | None = None
    sentence: str | None = None
    done_at: datetime | None = None
    recount: int | None = None
    explanation: str | None = None


_JOINED = [t.c[name] for name in DeliveryRow.__dataclass_fields__ if name not in {"payload", "hash"}]
_FLOW_IS_ACTIVE = t.c.flow_id.in_(select(flow.c.id).where(flow.c.active))
_OF_RECORD = and_(t.c.leader_id == record.c.leader_id, t.c.kind == record.c.kind, t.c.ref == record.c.ref)


def wanted(tx: Connection, flow_id: int, kind: str, refs: Sequence[str]) -> dict[tuple[int, str], str]:
    """What is already owed or delivered: (follower id, ref) -> hash."""
    query = select(t.c.follower_id, t.c.ref, t.c.wanted_hash)
    query = query.where(t.c.flow_id == flow_id, t.c.kind == kind, t.c.ref.in_(refs))
    return {(follower_id, ref): hashed for follower_id, ref, hashed in tx.execute(query)}


def owe(tx: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Owe these records to these followers, from the start: earlier failures do not count against new content.

    Rows: flow_id, follower_id, leader_id, kind, ref, thing, lane, rank, label, wanted_hash, not_before.
    """
    if not rows:
        return
    key = ["flow_id", "follower_id", "kind", "ref"]
    _lock(tx, and_(*(t.c[name].in_({row[name] for row in rows}) for name in key)))
    statement = insert_into(tx, t).values(state=DUE, attempts=0, due_since=now)
    fresh = {"state": DUE, "attempts": 0, "due_since": now}
    cleared = dict.fromkeys(("failing_since", "waits_for", "error", "sentence"))
    taken = {name: statement.excluded[name] for name in ("rank", "label", "wanted_hash", "not_before")}
    tx.execute(statement.on_conflict_do_update(index_elements=key, set_={**fresh, **cleared, **taken}), list(rows))


def lock(tx: Connection, ids: Collection[int], follower_id: int, things: Collection[str]) -> None:
    """What a push is about to settle, and what waits there for these things ("product:12"), before anything else."""
    waits = and_(t.c.follower_id == follower_id, t.c.state == WAITING, t.c.waits_for.in_(things))
    _lock(tx, or_(t.c.id.in_(ids), waits))


def _lock(tx: Connection, which: ColumnElement[bool]) -> None:
    """SQLite has one writer at a time anyway."""
    if tx.dialect.name == "postgresql":
        _locked(tx, which)


def _locked(tx: Connection, which: ColumnElement[bool]) -> list[int]:
    """Rows are locked in the order of their ids by everybody, so that two writers never wait in a circle."""
    return list(tx.execute(select(t.c.id).where(which).order_by(t.c.id).with_for_update()).scalars())


def due(
    tx: Connection, follower_id: int, lane: str, *, now: datetime, limit: int, beside: Collection[int] = ()
) -> list[DeliveryRow]:
    """The next rows of this lane, of one thing only, without those that are `beside` (already in flight).

    Rows of the same thing (price and stock of a product) come along even past the limit.
    """
    work = _work(follower_id, lane, now)
    work = work.where(t.c.id.not_in(list(beside))) if beside else work
    found = _rows(tx, work.limit(limit))
    if not found:
        return []
    first = found[0]
    chosen = [row for row in found if row.thing == first.thing and row.leader_id == first.leader_id]
    refs = {row.ref for row in chosen}
    same = and_(t.c.leader_id == first.leader_id, t.c.thing == first.thing, t.c.ref.in_(refs))
    have = [row.id for row in chosen]
    more = _rows(tx, work.where(same, t.c.id.not_in(have))) if first.thing == "product" else []
    return chosen + more


def things_due(
    tx: Connection, follower_id: int, lane: str, *, now: datetime, most: int, beside: Collection[int] = ()
) -> int:
    """How many things are due in this lane, without those in flight; no more than `most` rows are looked at."""
    work = _work(follower_id, lane, now).with_only_columns(t.c.ref)
    work = work.where(t.c.id.not_in(list(beside))) if beside else work
    return int(tx.execute(select(func.count(work.limit(most).subquery().c.ref.distinct()))).scalar_one())


def _work(follower_id: int, lane: str, now: datetime) -> Select[Any]:
    ready = or_(t.c.not_before.is_(None), t.c.not_before <= now)
    query = select(*_JOINED, record.c.payload, record.c.hash).join(record, _OF_RECORD)
    query = query.where(t.c.follower_id == follower_id, t.c.lane == lane, t.c.state == DUE, ready, _FLOW_IS_ACTIVE)
    return query.order_by(t.c.rank, t.c.id)


def _rows(tx: Connection, query: Select[Any]) -> list[DeliveryRow]:
    return [DeliveryRow(**row._mapping) for row in tx.execute(query)]


def settle(tx: Connection, settled: Iterable[Settled]) -> None:
    """Write what became of these deliveries. One whose record changed meanwhile stays due with the new content."""
    rows = [
        {f"v_{name}": getattr(one, name) for name in Settled.__dataclass_fields__}
        for one in sorted(settled, key=lambda one: one.id)
    ]
    if not rows:
        return
    _lock(tx, t.c.id.in_([row["v_id"] for row in rows]))
    recount = func.coalesce(bindparam("v_recount", type_=t.c.recount.type), t.c.recount)
    current = and_(t.c.wanted_hash == bindparam("v_hash"), t.c.recount == recount)
    columns = ("attempts", "failing_since", "not_before", "waits_for", "error", "sentence")
    values: dict[str, Any] = {
        name: case((current, bindparam(f"v_{name}", type_=t.c[name].type)), else_=t.c[name]) for name in columns
    }
    values["state"] = case((current, bindparam("v_state")), else_=t.c.state)
    for name in ("sent_hash", "sent_payload", "explanation"):
        values[name] = func.coalesce(bindparam(f"v_{name}", type_=t.c[name].type), t.c[name])
    explained = and_(current, bindparam("v_explanation", type_=t.c.explanation.type).is_not(None))
    values["doubt"] = case((explained, False), else_=t.c.doubt)
    values["done_at"] = func.coalesce(bindparam("v_done_at", type_=t.c.done_at.type), t.c.done_at)
    tx.execute(update(t).where(t.c.id == bindparam("v_id")).values(**values), rows)


def recount(
    tx: Connection,
    leader_id: int,
    followers: Collection[int],
    refs: Collection[str],
    doubted: Collection[tuple[int, str]],
    now: datetime,
    beside: Collection[str] = (),
) -> None:
    """The number of these articles has to be worked out again for these followers. `doubted` are (follower, article)
    where the follower may show another one by now. What waits, or was set aside or skipped, stays so.

    The deliveries of all of them, and of the articles `beside` them that are about to be owed, are locked in one go.
    """
    stock = and_(t.c.leader_id == leader_id, t.c.kind == "stock", t.c.follower_id.in_(list(followers)))
    in_doubt = tuple_(t.c.follower_id, t.c.ref).in_(list(doubted))
    _lock(tx, and_(stock, t.c.ref.in_({*refs, *(ref for _, ref in doubted), *beside})))
    due = and_(stock, or_(t.c.ref.in_(list(refs)), in_doubt))
    again = {"state": case((t.c.state == DONE, DUE), else_=t.c.state), "recount": t.c.recount + 1}
    since = case((t.c.state == DONE, literal(now, t.c.due_since.type)), else_=t.c.due_since)
    tx.execute(update(t).where(due).values(**again, due_since=since, doubt=or_(t.c.doubt, in_doubt)))


def recount_all(tx: Connection, flow_id: int, now: datetime) -> None:
    """How the followers of this stock flow share it has changed: every number is worked out again."""
    mine = and_(t.c.flow_id == flow_id, t.c.kind == "stock", t.c.state == DONE)
    _lock(tx, mine)
    tx.execute(update(t).where(mine).values(state=DUE, due_since=now, recount=t.c.recount + 1))


def doubt(tx: Connection, ids: Collection[int]) -> None:
    """These are about to be pushed: until the outcome is known, nobody knows what the follower shows."""
    if ids:
        _lock(tx, t.c.id.in_(ids))
        tx.execute(update(t).where(t.c.id.in_(ids)).values(doubt=True))


def has_due(tx: Connection, follower_id: int, kind: str, lane: str, now: datetime) -> bool:
    """Whether anything of this kind could be delivered to this follower now."""
    work = _work(follower_id, lane, now).with_only_columns(t.c.id).order_by(None).where(t.c.kind == kind)
    return tx.execute(work.limit(1)).first() is not None


def put_off(tx: Connection, ids: Collection[int], until: datetime) -> None:
    """Not before this moment; no failure."""
    _lock(tx, t.c.id.in_(ids))
    tx.execute(update(t).where(t.c.id.in_(ids)).values(not_before=until))


def hold_back(tx: Connection, flow_id: int, kind: str, refs: Collection[str], sentence: str, *, all: bool) -> None:
    """What is on its way of these has to wait until its leader is ready again (see `wake`); not `all`: only what was
    never transferred."""
    on_its_way = t.c.state.in_((DUE, WAITING))
    mine = and_(t.c.flow_id == flow_id, t.c.kind == kind, t.c.ref.in_(list(refs)), on_its_way)
    mine = mine if all else and_(mine, t.c.sent_hash.is_(None))
    if refs and (ids := _locked(tx, mine)):
        waits = {"state": WAITING, "waits_for": literal("ready:") + t.c.ref, "sentence": sentence}
        tx.execute(update(t).where(t.c.id.in_(ids)).values(**waits))


def wake(tx: Connection, follower_id: int, refs: Collection[str]) -> None:
    """What waited for these things ("product:12") is due again."""
    waits = and_(t.c.follower_id == follower_id, t.c.state == WAITING, t.c.waits_for.in_(list(refs)))
    if refs and (ids := _locked(tx, waits)):
        tx.execute(update(t).where(t.c.id.in_(ids)).values(state=DUE, waits_for=None, sentence=None, error=None))


def expected(tx: Connection, follower_id: int, leader_id: int, thing: str, refs: Collection[str]) -> set[str]:
    """Those of these things that this follower will get, or has got, a delivery of that kind for."""
    query = select(t.c.ref).where(t.c.leader_id == leader_id, t.c.thing == thing, t.c.ref.in_(list(refs)))
    return set(tx.execute(query.where(t.c.follower_id == follower_id, t.c.kind == thing)).scalars())


def lanes_with_work(tx: Connection, now: datetime) -> list[tuple[int, str]]:
    """(follower id, lane) of everything that could be delivered now, the longest waiting first."""
    ready = or_(t.c.not_before.is_(None), t.c.not_before <= now)
    query = select(t.c.follower_id, t.c.lane).where(t.c.state == DUE, ready, _FLOW_IS_ACTIVE)
    query = query.group_by(t.c.follower_id, t.c.lane).order_by(func.min(t.c.due_since))
    return [(follower_id, lane) for follower_id, lane in tx.execute(query)]


def reopen(tx: Connection, flow_id: int, follower_id: int, kind: str, ref: str, now: datetime) -> None:
    """A person wants it tried again: due now, with all its tries."""
    mine = and_(t.c.flow_id == flow_id, t.c.follower_id == follower_id, t.c.kind == kind, t.c.ref == ref)
    cleared = dict.fromkeys(("failing_since", "not_before", "waits_for", "error", "sentence"))
    tx.execute(update(t).where(mine).values(state=DUE, attempts=0, due_since=now, doubt=True, **cleared))


def done_by_hand(tx: Connection, flow_id: int, follower_id: int, kind: str, ref: str) -> None:
    """A person brought the follower to the record as it is now; the next change starts from there."""
    mine = and_(t.c.flow_id == flow_id, t.c.follower_id == follower_id, t.c.kind == kind, t.c.ref == ref)
    now_known = select(record.c.payload).where(_OF_RECORD).scalar_subquery()
    tx.execute(update(t).where(mine).values(sent_hash=t.c.wanted_hash, sent_payload=now_known))


def skip(tx: Connection, flow_id: int, follower_id: int, kind: str, ref: str) -> None:
    """A person decided that this content is not delivered; a later change of the record is owed anew."""
    mine = and_(t.c.flow_id == flow_id, t.c.follower_id == follower_id, t.c.kind == kind, t.c.ref == ref)
    tx.execute(update(t).where(mine).values(state=SKIPPED))


def of_thing(tx: Connection, leader_id: int, thing: str, ref: str) -> list[DeliveryRow]:
    """Everything owed or delivered about one thing."""
    query = select(*_JOINED, record.c.payload, record.c.hash).join(record, _OF_RECORD)
    query = query.where(t.c.leader_id == leader_id, t.c.thing == thing, t.c.ref == ref).order_by(t.c.id)
    return _rows(tx, query)


def counts(tx: Connection) -> dict[tuple[int, int, str], int]:
    """(flow id, follower id, state) -> how many."""
    query = select(t.c.flow_id, t.c.follower_id, t.c.state, func.count())
    grouped = query.group_by(t.c.flow_id, t.c.follower_id, t.c.state)
    return {(flow_id, follower_id, state): number for flow_id, follower_id, state, number in tx.execute(grouped)}
