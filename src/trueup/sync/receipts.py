"""Receipts: the follower's document number of an order becomes a record that is owed to the order's leader.

So a number travels like everything else: after it is durable here, with retries, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from trueup.connectors.kit.ports import Done
from trueup.domain.order import Order, Receipt
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.store import deliveries, records
from trueup.store.deliveries import DeliveryRow
from trueup.sync.about_orders import owed_row


def owe_receipts(
    tx: Connection, follower_id: int, follower: str, done: Sequence[tuple[DeliveryRow, Done]], now: datetime
) -> None:
    """Owe each leader the document numbers of its orders that `follower` made; a known number is owed once."""
    receipts = [
        (row, _receipt(row, outcome.remote, outcome.document, follower)) for row, outcome in done if outcome.document
    ]
    for flow_id in {row.flow_id for row, _ in receipts}:
        mine = [(row.leader_id, receipt) for row, receipt in receipts if row.flow_id == flow_id]
        owed = deliveries.wanted(tx, flow_id, Kind.RECEIPT.value, [receipt.id for _, receipt in mine])
        news = [(to, receipt) for to, receipt in mine if owed.get((to, receipt.id)) != receipt.fingerprint()]
        records.store(tx, [_record_row(follower_id, receipt, now) for _, receipt in news])
        rows = [(to, owed_row(receipt, follower_id, receipt.fingerprint())) for to, receipt in news]
        deliveries.owe(tx, [{"flow_id": flow_id, "follower_id": to, **row} for to, row in rows], now)


def _record_row(leader_id: int, receipt: Receipt, now: datetime) -> dict[str, object]:
    key = {"leader_id": leader_id, "kind": Kind.RECEIPT.value, "ref": receipt.id, "label": receipt.label}
    times = {"changed_at": now, "first_seen_at": now, "stored_at": now}
    return {**key, "payload": receipt.payload(), "hash": receipt.fingerprint(), **times}


def _receipt(row: DeliveryRow, remote: str, document: str, follower: str) -> Receipt:
    order = record_from(row.kind, row.payload)
    if not isinstance(order, Order):
        raise TypeError(f"a receipt answers an order, not a {row.kind}")
    return Receipt(id=remote, document_number=document, system=follower, order_number=order.number)
