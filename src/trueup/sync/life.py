"""Where orders are in their lives, written down in the transaction in which something became known about them.

Which state the facts ask for, and which moves may be, is said by `domain.order_course` and `domain.order_state`. Here
the facts are gathered, for a whole page of orders at once, and what came of them is kept: the moves, and the one move
that was refused, with its sentence, until the systems agree again or a person saw to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Order, Stage
from trueup.domain.order_course import Course, Facts, course, facts_of
from trueup.domain.order_state import FIRST, MOVES, Mover, OrderState
from trueup.domain.order_versions import changes, units
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.domain.refund import OrderRefunds
from trueup.store import life, quarantine, records
from trueup.store.life import LifeRow
from trueup.store.records import Key, RecordRow

R = TypeVar("R", bound=Record)
CANCELLED = (Stage.CANCELLED, Stage.FAILED)


def look_at(tx: Connection, leader_id: int, refs: Collection[str], now: datetime) -> None:
    """Something became known about these orders of this leader: they go where the facts ask them to.

    To be called last in a transaction, after everything that it wrote: two of them about one order wait for each other
    here, and the second sees what the first one wrote.
    """
    if not refs:
        return
    life.begin(tx, leader_id, refs, FIRST, now)
    rows = life.locked(tx, leader_id, refs)
    seen = _seen(tx, leader_id, refs)
    looked = [_look(row, seen[ref], now) for ref, row in rows.items()]
    life.save(tx, [one.row for one in looked if one.row is not None])
    life.log_moves(tx, [row for one in looked for row in one.moves])


def look_at_documents(tx: Connection, follower_id: int, remotes: Collection[str], now: datetime) -> None:
    """Something became known about these documents of this follower: their orders are looked at."""
    by_leader: dict[int, set[str]] = {}
    for leader_id, ref in life.orders_of_documents(tx, follower_id, remotes) if remotes else ():
        by_leader.setdefault(leader_id, set()).add(ref)
    for leader_id in sorted(by_leader):
        look_at(tx, leader_id, by_leader[leader_id], now)


def look_at_what_came(tx: Connection, kind: Kind, leader_id: int, refs: Collection[str], now: datetime) -> None:
    """Records of this kind, which this connection leads, were new or changed, or were set aside."""
    if kind.thing is not Kind.ORDER or not refs:
        return
    if kind is not Kind.FULFILMENT:
        known = records.hashes(tx, leader_id, Kind.ORDER.value, list(refs))
        look_at(tx, leader_id, refs if kind is Kind.ORDER else known.keys(), now)
    if kind is not Kind.ORDER:
        look_at_documents(tx, leader_id, refs, now)


def note_changes(tx: Connection, leader_id: int, came: Sequence[Record], now: datetime) -> None:
    """Keep what of these orders differs from what is stored: which parts, not what they were. To be called before they
    are stored."""
    orders = [record for record in came if isinstance(record, Order)]
    if not orders:
        return
    stored = records.payloads(tx, leader_id, Kind.ORDER.value, [order.id for order in orders])
    rows = []
    for order in orders:
        before = record_from(Kind.ORDER, stored[order.id]) if order.id in stored else None
        what = [(one.part.value, one.name) for one in changes(before, order)] if isinstance(before, Order) else []
        rows += [{"leader_id": leader_id, "ref": order.id, "what": what, "at": now}] if what else []
    life.log_changes(tx, rows)


def outside_the_table(tx: Connection) -> int:
    """How many moves were made that the table of allowed moves does not know: 0, or trueup is wrong."""
    allowed = {(before.value, after.value, by.value) for (before, after), movers in MOVES.items() for by in movers}
    return sum(number for made, number in life.moves_made(tx).items() if made not in allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is stored about one order at the moment."""

    number: str | None
    order: Order | None
    document: bool
    fulfilment: Fulfilment | None
    refunds: OrderRefunds | None
    refunds_by: Mover
    entries: Sequence[tuple[str, str]]

    @property
    def quarantined(self) -> bool:
        states = {state for state, _ in self.entries}
        return quarantine.OPEN in states or (quarantine.SKIPPED in states and not self.document)


def _seen(tx: Connection, leader_id: int, refs: Collection[str]) -> dict[str, _Seen]:
    linked, entries = life.documents(tx, leader_id, refs), life.set_aside(tx, leader_id, refs)
    keys: list[Key] = [(leader_id, kind.value, ref) for ref in refs for kind in (Kind.ORDER, Kind.REFUND)]
    documents = [one for ones in linked.values() for one in ones]
    keys += [
        (follower, kind.value, remote) for follower, remote in documents for kind in (Kind.FULFILMENT, Kind.REFUND)
    ]
    stored = records.of(tx, keys)
    return {ref: _of_one(leader_id, ref, stored, linked.get(ref, []), entries.get(ref, [])) for ref in refs}


def _of_one(
    leader_id: int,
    ref: str,
    stored: Mapping[Key, RecordRow],
    documents: Sequence[tuple[int, str]],
    entries: Sequence[tuple[str, str]],
) -> _Seen:
    order = _record(stored, [(leader_id, Kind.ORDER.value, ref)], Order)
    there = [(follower, Kind.REFUND.value, remote) for follower, remote in documents]
    label = entries[0][1] if entries else None
    return _Seen(
        number=order.number if order else label,
        order=order,
        document=bool(documents),
        fulfilment=_record(stored, [(side, Kind.FULFILMENT.value, id_) for side, id_ in documents], Fulfilment),
        refunds=_record(stored, [*there, (leader_id, Kind.REFUND.value, ref)], OrderRefunds),
        refunds_by=Mover.BACK_OFFICE if any(key in stored for key in there) else Mover.SHOP,
        entries=entries,
    )


def _record(stored: Mapping[Key, RecordRow], keys: Sequence[Key], cls: type[R]) -> R | None:
    row = next((stored[key] for key in keys if key in stored), None)
    record = None if row is None else record_from(row.kind, row.payload)
    return record if isinstance(record, cls) else None


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is to be written: the order's row if anything of it differs, and its moves."""

    row: dict[str, Any] | None
    moves: list[dict[str, Any]]


def _look(row: LifeRow, seen: _Seen, now: datetime) -> _Looked:
    made = course(OrderState(row.state), _facts(row, seen))
    after = _after(row, seen, made, now)
    key = {"leader_id": row.leader_id, "ref": row.ref}
    moves = [
        {**key, "before": one.before, "after": one.after, "by": one.by, "sentence": None, "at": now}
        for one in made.moves
    ]
    if made.refusal and made.refusal.key != row.refused:
        no = made.refusal
        moves.append({**key, "before": no.before, "after": no.after, "by": no.by, "sentence": no.sentence, "at": now})
    return _Looked(None if after == row else _columns(after), moves)


def _columns(row: LifeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in LifeRow.__dataclass_fields__}


def _facts(row: LifeRow, seen: _Seen) -> Facts:
    order = seen.order
    if order is None:
        return Facts(stage=Stage.PLACED, ready=False, document=seen.document, quarantined=True)
    fewer = row.units is not None and units(order) < row.units
    facts = facts_of(
        order,
        document=seen.document,
        fulfilment=seen.fulfilment,
        refunds=seen.refunds,
        refunds_by=seen.refunds_by,
        partly_cancelled_by=Mover.SHOP if fewer else None,
        quarantined=seen.quarantined,
    )
    return replace(facts, reopened=row.stage in CANCELLED and not order.is_cancelled)


def _after(row: LifeRow, seen: _Seen, made: Course, now: datetime) -> LifeRow:
    after = replace(
        row,
        number=seen.number or row.number,
        state=made.moves[-1].after.value if made.moves else row.state,
        moved_at=now if made.moves else row.moved_at,
        units=row.units if row.units is not None or not (seen.document and seen.order) else units(seen.order),
    )
    reopened_in_vain = made.refusal is not None and row.stage in CANCELLED
    if seen.order is not None and not reopened_in_vain:  # what was opened again in vain is told until it is settled
        after = replace(after, stage=seen.order.stage.value)
    key = made.refusal.key if made.refusal else None
    if key == row.refused:
        return after
    return replace(
        after,
        refused=key,
        sentence=made.refusal.sentence if made.refusal else None,
        refused_at=now if key else None,
        settled_by=None,
        reason=None,
        settled_at=None,
    )
