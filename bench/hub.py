"""The product itself under the clock: a folder of files on one side, the emulated shop on the other."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from trueup.app import Place, opened, prepare, work_off
from trueup.sandbox import ShopProcess
from trueup.store import flows
from trueup.sync import arrange
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub
from trueup.sync.jobs import do_work, find_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """`seconds` on the wall, `cpu` of this process alone."""

    seconds: float
    cpu: float


@dataclass(slots=True, kw_only=True)
class Bench:
    """One installation between a folder and a shop."""

    hub: Hub
    folder: Path
    files: int = 0

    def drop(self, what: str, rows: Iterable[Sequence[str]]) -> None:
        self.files += 1
        draft = self.folder / "in" / f"{what}-{self.files}.part"
        with draft.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        draft.rename(draft.with_suffix(".csv"))

    def want(self, *kinds: str) -> None:
        """As if somebody pressed "start now" for the flows of these kinds."""
        with self.hub.database.read() as tx:
            chosen = [flow for flow in flows.everyone(tx) if flow.kind in kinds]
        for flow in chosen:
            arrange.start_now(self.hub, flow)

    def collect(self) -> Timed:
        """Read whatever is due, deliver nothing yet."""
        with timing() as taken:
            while names := [name for name in find_work(self.hub) if name.startswith("collect")]:
                do_work(self.hub, names[0])
        return taken[0]

    def push(self) -> Timed:
        """Deliver what is owed, read nothing."""
        with timing() as taken:
            while names := [name for name in find_work(self.hub) if name.startswith("deliver")]:
                do_work(self.hub, names[0])
        return taken[0]

    def deliver(self) -> Timed:
        """Everything that is owed; reading included where it is due."""
        with timing() as taken:
            work_off(self.hub)
        return taken[0]

    def orders_out(self) -> int:
        return sum(1 for _ in (self.folder / "out" / "orders").glob("*.json"))


@contextmanager
def timing() -> Iterator[list[Timed]]:
    taken: list[Timed] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield taken
    taken.append(Timed(seconds=time.perf_counter() - wall, cpu=time.process_time() - cpu))


@contextmanager
def installed(home: Path, shop: ShopProcess) -> Iterator[Bench]:
    """Both connections verified and stored, the usual flows enabled."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder = home / "till"
    (folder / "in").mkdir(parents=True)
    where = Place(home=home, database=f"sqlite:///{home / 'trueup.sqlite'}")
    prepare(where)
    with opened(where) as hub:
        keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
        add_connection(
            hub, name="Shop", system="woocommerce", values={"url": shop.url, "ca_file": str(shop.ca_file), **keys}
        )
        till = {"folder": str(folder), "settle_seconds": 0, "prices_include_tax": False}
        add_connection(hub, name="Till", system="files", values=till)
        arrange.add_usual_flows(hub)
        with hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.enable(hub, flow)
        yield Bench(hub=hub, folder=folder)
