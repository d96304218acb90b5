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
from trueup.sync.collect import owed_row


def owe_receipts(
    tx: Connection, follower_id: int, follower: str, done: Sequence[tuple[DeliveryRow, Done]], now: datetime
) -> None:
    """Owe each leader the document numbers of its orders that `follower` made; a known number is owed once."""
    for row, outcome in done:
        if outcome.document is None:
            continue
        receipt = _receipt(row, outcome.remote, outcome.document, follower)
        hashed = receipt.fingerprint()
        owed = deliveries.wanted(tx, row.flow_id, Kind.RECEIPT.value, [receipt.id])
        if owed.get((row.leader_id, receipt.id)) == hashed:
            continue
        times = {"changed_at": now, "first_seen_at": now, "stored_at": now}
        key = {"leader_id": follower_id, "kind": Kind.RECEIPT.value, "ref": receipt.id}
        records.store(tx, [{**key, "label": receipt.label, "payload": receipt.payload(), "hash": hashed, **times}])
        owed_to = {"flow_id": row.flow_id, "follower_id": row.leader_id}
        deliveries.owe(tx, [{**owed_to, **owed_row(receipt, follower_id, hashed)}], now)


def _receipt(row: DeliveryRow, remote: str, document: str, follower: str) -> Receipt:
    order = record_from(row.kind, row.payload)
    if not isinstance(order, Order):
        raise TypeError(f"a receipt answers an order, not a {row.kind}")
    return Receipt(id=remote, document_number=document, system=follower, order_number=order.number)
