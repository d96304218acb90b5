"""Who is owed what about an order: the order itself once it is ready, and what belongs to it once it is on its way.

A shop's orders are read as soon as they are placed, because they promise stock; they are transferred when they are
ready. Fulfilments and refunds go to those who have the order, or will get it; to nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from trueup.domain.order import Order
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.store import deliveries, flows, links, records
from trueup.store.flows import FlowRow
from trueup.sync.flow import LANES

ABOUT = frozenset({Kind.FULFILMENT, Kind.REFUND})
"""Kinds that belong to an order and are read by a flow of their own."""

Owed = Mapping[tuple[int, str], str]
"""(follower id, ref) -> the hash that is owed, or was delivered."""


def recipients(tx: Connection, flow: FlowRow, kind: Kind, found: Sequence[Record], owed: Owed) -> dict[str, set[int]]:
    """The followers that each of these records is owed to, by its id."""
    everyone = set(flow.followers)
    if kind in ABOUT:
        have = {follower: _have(tx, flow.leader_id, follower, [r.id for r in found]) for follower in everyone}
        return {r.id: {follower for follower in everyone if r.id in have[follower]} for r in found}
    told = {ref: {follower for follower in everyone if (follower, ref) in owed} for _, ref in owed}
    return {r.id: told.get(r.id, set()) if isinstance(r, Order) and not r.ready else everyone for r in found}


def _have(tx: Connection, leader_id: int, follower_id: int, refs: Collection[str]) -> set[str]:
    """Orders of the leader that the follower gets, and documents of the leader that are orders of the follower."""
    coming = deliveries.expected(tx, follower_id, leader_id, Kind.ORDER.value, refs)
    return coming | links.refs_of(tx, leader_id, follower_id, Kind.ORDER.value, refs).keys()


def owe_what_belongs(tx: Connection, leader_id: int, follower_id: int, refs: Collection[str], now: datetime) -> None:
    """These orders are on their way to the follower, or back: what was read about them before is owed now."""
    for flow in flows.everyone(tx):
        if flow.kind not in ABOUT or flow.leader_id != leader_id or follower_id not in flow.followers:
            continue
        known = deliveries.wanted(tx, flow.id, flow.kind, list(refs))
        missing = [ref for ref in refs if (follower_id, ref) not in known]
        stored = records.of(tx, [(leader_id, flow.kind, ref) for ref in missing]).values()
        rows = [owed_row(record_from(row.kind, row.payload), leader_id, row.hash) for row in stored]
        deliveries.owe(tx, [{"flow_id": flow.id, "follower_id": follower_id, **row} for row in rows], now)


def owed_row(record: Record, leader_id: int, hashed: str, min_age: timedelta = timedelta(0)) -> dict[str, object]:
    """The columns of a delivery that follow from its record."""
    kind = record.kind
    what = {"kind": kind.value, "ref": record.id, "thing": kind.thing.value, "lane": LANES[kind]}
    not_before = record.created_at + min_age if isinstance(record, Order) and min_age else None
    said = {"label": record.label, "wanted_hash": hashed, "not_before": not_before}
    return {"leader_id": leader_id, **what, "rank": _rank(record), **said}


def _rank(record: Record) -> int:
    """Parents and customers before what needs them; what is about an order after it."""
    if record.kind.thing is Kind.ORDER and record.kind is not Kind.ORDER:
        return 2
    return 1 if record.refs() or record.kind is not record.kind.thing else 0
