"""Rows for store tests: two connections, a flow between them, and what it owes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trueup.store import connections, deliveries, flows, records
from trueup.store.database import Database

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """A leader, a follower and the active flow of prices between them."""

    leader: int
    follower: int
    flow: int


def pair(database: Database, *, active: bool = True) -> Pair:
    with database.write() as tx:
        leader, follower = (
            connections.add(tx, name=name, system="memory", settings={"path": name}, sealed=None, now=NOW)
            for name in ("ERP", "Shop")
        )
        flow = flows.add(
            tx, name="prices", kind="price", leader_id=leader, followers=[follower], schedule={}, settings={}, now=NOW
        )
        flows.change(tx, flow, active=active)
    return Pair(leader, follower, flow)


def record_row(leader: int, ref: str, *, hash: str = "h1", kind: str = "price", **more: Any) -> dict[str, Any]:
    times = {"changed_at": NOW, "first_seen_at": NOW, "stored_at": NOW}
    what = {"leader_id": leader, "kind": kind, "ref": ref, "label": ref, "payload": "{}", "hash": hash}
    return {**what, **times, **more}


def delivery_row(of: Pair, ref: str, *, hash: str = "h1", kind: str = "price", **more: Any) -> dict[str, Any]:
    whose = {"flow_id": of.flow, "follower_id": of.follower, "leader_id": of.leader}
    what = {"kind": kind, "ref": ref, "thing": "product", "lane": "catalogue", "rank": 1, "label": ref}
    return {**whose, **what, "wanted_hash": hash, **more}


def owe(database: Database, of: Pair, *refs: str, **more: Any) -> None:
    """Records that are known and owed."""
    hash, kind = more.get("hash", "h1"), more.get("kind", "price")
    with database.write() as tx:
        records.store(tx, [record_row(of.leader, ref, hash=hash, kind=kind) for ref in refs])
        deliveries.owe(tx, [delivery_row(of, ref, **more) for ref in refs], NOW)


def at_once(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run them side by side, starting at one moment; what they raised."""
    start, raised = threading.Barrier(len(jobs)), list[BaseException]()

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:  # every one is shown by the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
