"""How much memory 100,000 records take on their way: read from one file, delivered to a follower that only says yes.

Runs in a process of its own: python -m bench.memory COUNT prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.hub import Bench, Timed
from bench.scene import article_rows
from trueup.app import Place, opened, prepare
from trueup.connectors.kit.ports import Capabilities, Done, Outcome, Parcel
from trueup.domain.record import Kind
from trueup.store import connections, flows
from trueup.store.connections import ConnectionRow
from trueup.sync import arrange
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Connectors


class Yes:
    """A follower that takes everything and keeps nothing."""

    capabilities = Capabilities(writes=frozenset(Kind), batch=100, flights=2)

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Done(remote=f"r{parcel.ref.id}", created=parcel.remote is None) for parcel in parcels]

    def close(self) -> None:
        """Nothing is open."""


class WithYes(Connectors):
    """The follower called Yes, beside the real connectors."""

    def of(self, row: ConnectionRow) -> object:
        return Yes() if row.name == "Yes" else super().of(row)


def measure(count: int, folder: Path) -> dict[str, float]:
    where = Place(home=folder, database=f"sqlite:///{folder / 'trueup.sqlite'}")
    prepare(where)
    (folder / "till" / "in").mkdir(parents=True)
    with opened(where) as hub:
        object.__setattr__(hub, "connectors", WithYes(hub.seal))
        bench = Bench(hub=hub, folder=folder / "till")
        _connect(bench)
        before = _peak_mb()
        bench.drop("articles", article_rows(count))
        total = bench.deliver()
        return _figures(count, total, before)


def _connect(bench: Bench) -> None:
    hub = bench.hub
    add_connection(hub, name="Till", system="files", values={"folder": str(bench.folder), "settle_seconds": 0})
    with hub.database.write() as tx:
        connections.add(tx, name="Yes", system="memory", settings={}, sealed=None, now=hub.clock())
    with hub.database.read() as tx:
        till, yes = connections.everyone(tx)
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        arrange.add_flow(hub, name=kind.value, kind=kind, leader=till, followers=[yes])
        with hub.database.read() as tx:
            flow = flows.by_name(tx, kind.value)
        if flow is not None:
            arrange.enable(hub, flow)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _figures(count: int, total: Timed, before: float) -> dict[str, float]:
    records = 3 * count
    return {
        "articles": count,
        "records": records,
        "peak_mb": _peak_mb(),
        "before_mb": before,
        "cpu_ms": total.cpu / records * 1000,
        "seconds": total.seconds,
    }


if __name__ == "__main__":
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as place:
        print(json.dumps(measure(int(sys.argv[1]), Path(place))))
