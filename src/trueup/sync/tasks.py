"""Tasks: changes of orders that a person decides about, with both versions side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from trueup.domain.order import Order
from trueup.domain.order_versions import Row, side_by_side
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.store import life, records
from trueup.store.quarantine import QuarantineRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The order as it was transferred last and as its shop has it now."""

    before: Order
    now: Order

    @property
    def rows(self) -> list[Row]:
        return side_by_side(self.before, self.now)


def versions_of(tx: Connection, entries: Iterable[QuarantineRow]) -> dict[int, Versions]:
    """Both versions by the entry's number, for entries about orders that were transferred before."""
    about = [entry for entry in entries if entry.kind == Kind.ORDER and entry.is_task]
    sent = life.versions(tx, {_key(entry) for entry in about})
    stored = records.of(tx, {(entry.leader_id, entry.kind, entry.ref) for entry in about})
    found = {}
    for entry in about:
        row = stored.get((entry.leader_id, entry.kind, entry.ref))
        if row is not None and (before := sent.get(_key(entry))) is not None:
            found[entry.id] = _versions(before, row.payload)
    return {number: one for number, one in found.items() if one is not None}


def _versions(before: str, now: str) -> Versions | None:
    old, new = record_from(Kind.ORDER, before), record_from(Kind.ORDER, now)
    return Versions(before=old, now=new) if isinstance(old, Order) and isinstance(new, Order) else None


def _key(entry: QuarantineRow) -> life.EntryKey:
    return entry.flow_id, entry.follower_id, entry.kind, entry.ref
