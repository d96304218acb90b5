"""Events waiting to be told: one row per webhook and resource, kept in the shop's database."""

from __future__ import annotations

from datetime import datetime

from trueup.sandbox.dates import iso
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Table

QUEUE = Table(
    name="webhook_queue",
    columns={"webhook_id": "INTEGER", "resource_id": "INTEGER", "topic": "TEXT", "due": "TEXT"},
    of=lambda doc: {name: doc[name] for name in ("webhook_id", "resource_id", "topic", "due")},
    indexes=("webhook_id, resource_id", "due"),
)
PING = "webhook.pinged"


def enqueue(shop: Shop, webhook_id: int, topic: str, resource_id: int, due: datetime) -> None:
    """Queue an event; one that waits already for the same webhook and resource stands for it too."""
    where = "webhook_id = ? AND resource_id = ? AND topic = ?"
    if shop.store.count("webhook_queue", where, (webhook_id, resource_id, topic)):
        return
    id_ = shop.store.next_id("webhook_queue")
    doc = {"id": id_, "webhook_id": webhook_id, "topic": topic, "resource_id": resource_id, "due": iso(due)}
    shop.store.insert("webhook_queue", doc)
