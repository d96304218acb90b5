"""Answers: the follower's number of an order or a customer becomes a record that is owed to its leader.

So a number travels like everything else: after it is durable here, with retries, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from trueup.connectors.kit.ports import Done
from trueup.domain.customer import Customer, CustomerNumber
from trueup.domain.order import Order, Receipt
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.store import deliveries, records
from trueup.store.deliveries import DeliveryRow
from trueup.sync.about_orders import owed_row

ANSWERED = frozenset({Kind.ORDER, Kind.CUSTOMER})


def owe_answers(
    tx: Connection, follower_id: int, follower: str, done: Sequence[tuple[DeliveryRow, Done]], now: datetime
) -> None:
    """Owe each leader the numbers that `follower` gave its orders and its customers; a known number is owed once.
    Guests have no account that could bear one."""
    answers = [(row, answer) for row, outcome in done for answer in _answers(row, outcome, follower)]
    for flow_id, kind in {(row.flow_id, answer.kind) for row, answer in answers}:
        mine = [(row.leader_id, a) for row, a in answers if (row.flow_id, a.kind) == (flow_id, kind)]
        owed = deliveries.wanted(tx, flow_id, kind.value, [answer.id for _, answer in mine])
        news = [(to, answer) for to, answer in mine if owed.get((to, answer.id)) != answer.fingerprint()]
        records.store(tx, [_record_row(follower_id, answer, now) for _, answer in news])
        rows = [(to, owed_row(answer, follower_id, answer.fingerprint())) for to, answer in news]
        deliveries.owe(tx, [{"flow_id": flow_id, "follower_id": to, **row} for to, row in rows], now)


def _answers(row: DeliveryRow, outcome: Done, follower: str) -> Iterator[Record]:
    if not outcome.document or row.kind not in ANSWERED:
        return
    told = record_from(row.kind, row.payload)
    if isinstance(told, Order):
        yield Receipt(id=outcome.remote, document_number=outcome.document, system=follower, order_number=told.number)
    elif isinstance(told, Customer) and not told.guest:
        yield CustomerNumber(
            id=CustomerNumber.id_of(outcome.remote, told.id),
            customer=told.id,
            number=outcome.document,
            system=follower,
            name=told.name,
        )


def _record_row(leader_id: int, answer: Record, now: datetime) -> dict[str, object]:
    key = {"leader_id": leader_id, "kind": answer.kind.value, "ref": answer.id, "label": answer.label}
    times = {"changed_at": now, "first_seen_at": now, "stored_at": now}
    return {**key, "payload": answer.payload(), "hash": answer.fingerprint(), **times}
