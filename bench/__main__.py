"""The benchmark: the hub, a bare best-known loop and the official client one by one, side by side in one run."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import bare
from bench.hub import Bench, Timed, installed
from bench.scene import Size, article_rows, fresh_shop, order, rest, switches
from trueup.app import engine
from trueup.demo.stage import free_port, pages
from trueup.sandbox import ShopProcess
from trueup.store import connections
from trueup.sync.announcing import subscribe


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. `rate` is items a second; the ratios are the hub's rate to the others'."""

    what: str
    hub: str
    bare: str = ""
    singles: str = ""
    to_bare: float | None = None
    to_singles: float | None = None


def main() -> int:
    size = _size()
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    figures = [*_catalogue(size), *_orders(size), _memory(size)]
    _report(figures, size)
    return 0


@contextmanager
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
        yield Path(folder)


def _size() -> Size:
    asked = argparse.ArgumentParser(prog="start.py bench", description=__doc__)
    known = Size()
    for name in ("articles", "singles", "orders", "calls", "records"):
        asked.add_argument(f"--{name}", type=int, default=getattr(known, name))
    asked.add_argument("--speed", type=float, default=known.speed, help="how many times faster than a real shop")
    return Size(**vars(asked.parse_args()))


def _catalogue(size: Size) -> list[Figure]:
    _say(f"The bare loop pushes {size.articles} articles ...")
    with fresh_shop(size) as shop:
        bare_create, ids = bare.create(shop, size)
        bare_stock = bare.change_stock(shop, ids)
    _say(f"The official client pushes {size.singles} articles one by one ...")
    with fresh_shop(size) as shop:
        single_create, single_stock = bare.one_by_one(shop, size)
    _say(f"The hub pushes {size.articles} articles ...")
    with temporary() as home, fresh_shop(size) as shop, installed(home, shop) as bench:
        return _hub_catalogue(size, bench, shop, (bare_create, bare_stock), (single_create, single_stock))


def _hub_catalogue(
    size: Size, bench: Bench, shop: ShopProcess, bare_seconds: tuple[float, float], singles: tuple[float, float]
) -> list[Figure]:
    bench.drop("articles", article_rows(size.articles))
    read = bench.collect()
    first = bench.push()
    bench.drop("stock", [(row[0], row[4]) for row in article_rows(size.articles, more_stock=7)])
    bench.want("stock")
    read_stock = bench.collect()
    second = bench.push()
    cpu = (read.cpu + first.cpu + read_stock.cpu + second.cpu) / (4 * size.articles) * 1000
    return [
        _pushed("initial push", size.articles, first, bare_seconds[0], singles[0]),
        _pushed("stock changes", size.articles, second, bare_seconds[1], singles[1]),
        _nothing(size, bench, shop),
        Figure(what="CPU per record (ms)", hub=f"{cpu:.2f}"),
    ]


def _pushed(what: str, articles: int, taken: Timed, bare_seconds: float, singles: float) -> Figure:
    mine, theirs = articles / taken.seconds, articles / bare_seconds
    return Figure(
        what=f"{what}, {articles} articles (per s)",
        hub=f"{mine:.1f}",
        bare=f"{theirs:.1f}",
        singles=f"{singles:.1f}",
        to_bare=mine / theirs,
        to_singles=mine / singles,
    )


def _nothing(size: Size, bench: Bench, shop: ShopProcess) -> Figure:
    """The same file once more, and all four flows: what is sent?"""
    with switches(shop) as switch:
        switch.delete("/log")
        bench.drop("stock", [(row[0], row[4]) for row in article_rows(size.articles, more_stock=7)])
        bench.want("product", "price", "stock", "order")
        taken = bench.deliver()
        state = switch.get("/state").json()
    return Figure(
        what="nothing changed", hub=f"{state['writes']} writes, {state['total']} requests, {taken.seconds:.2f} s"
    )


def _orders(size: Size) -> list[Figure]:
    _say(f"{size.orders} orders come in ...")
    with temporary() as home, fresh_shop(size) as shop, installed(home, shop) as bench:
        products = _small_catalogue(bench, shop)
        _place(shop, products, size.orders)
        seconds, found = bare.read_orders(shop)
        bench.want("order")
        taken = bench.collect()
        delivered = bench.deliver()
        everything = Timed(seconds=taken.seconds + delivered.seconds, cpu=taken.cpu + delivered.cpu)
        assert bench.orders_out() == found, (bench.orders_out(), found)
        mine, read = found / taken.seconds, found / seconds
        return [
            Figure(
                what=f"{found} orders read, proven, stored (per s)",
                hub=f"{mine:.1f}",
                bare=f"{read:.1f} (read only)",
                to_bare=mine / read,
            ),
            Figure(what=f"{found} orders to the back office, numbers back (s)", hub=f"{everything.seconds:.1f}"),
            Figure(what="CPU per order (ms)", hub=f"{everything.cpu / found * 1000:.2f}"),
            _latency(size, bench, shop, products),
        ]


def _small_catalogue(bench: Bench, shop: ShopProcess) -> list[int]:
    """Some articles that both know, on sale, with plenty of stock."""
    with switches(shop) as switch:
        switch.post("/costs", json={"scale": 0})
    bench.drop("articles", article_rows(50, more_stock=100_000))
    bench.deliver()
    with rest(shop) as client:
        return [doc["id"] for doc in client.get("/products", params={"per_page": 100, "status": "draft"}).json()]


def _place(shop: ShopProcess, products: list[int], count: int) -> None:
    with rest(shop) as client:
        for number in range(count):
            client.post("/orders", json=order(products, number)).raise_for_status()
    with switches(shop) as switch:
        switch.post("/costs", json={"scale": 0.25})


def _latency(size: Size, bench: Bench, shop: ShopProcess, products: list[int]) -> Figure:
    """From the webhook's delivery to the order's file in the back office, with the shop at full speed."""
    with switches(shop) as switch, rest(shop) as client:
        switch.post("/costs", json={"scale": 0})
        running = engine(bench.hub)
        running.start()
        port = free_port(0)
        with bench.hub.database.read() as tx:
            row = connections.by_name(tx, "Shop")
        assert row is not None
        with pages(bench.hub, running, port):
            subscribe(bench.hub, row, f"http://127.0.0.1:{port}")
            taken = [_one_call(bench, client, switch, products, number) for number in range(size.calls)]
        running.stop()
    ordered = sorted(taken)
    p95 = ordered[max(0, round(len(ordered) * 0.95) - 1)]
    return Figure(
        what=f"webhook to back office, {len(taken)} orders (ms)",
        hub=f"median {statistics.median(taken) * 1000:.0f}, p95 {p95 * 1000:.0f}",
    )


def _one_call(bench: Bench, client: Any, switch: Any, products: list[int], number: int) -> float:
    before = bench.orders_out()
    client.post("/orders", json=order(products, 10_000 + number)).raise_for_status()
    started = time.perf_counter()
    switch.post("/deliver", json={})
    while bench.orders_out() == before:
        if time.perf_counter() - started > 60:
            raise TimeoutError("an order did not arrive within a minute of its webhook")
        time.sleep(0.002)
    return time.perf_counter() - started


def _memory(size: Size) -> Figure:
    _say(f"{size.records} articles pass through ...")
    command = [sys.executable, "-m", "bench.memory", str(size.records)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    got = json.loads(said.splitlines()[-1])
    return Figure(
        what=f"peak memory, {got['articles']:,} articles with price and stock",
        hub=f"{got['peak_mb']:.0f} MB ({got['before_mb']:.0f} MB before), {got['cpu_ms']:.2f} ms CPU per record",
    )


def _report(figures: list[Figure], size: Size) -> None:
    table = Table("", "trueup", "bare loop", "one by one", "to bare", "to one by one")
    for figure in figures:
        ratios = [f"{ratio:.2f}" if ratio else "" for ratio in (figure.to_bare, figure.to_singles)]
        table.add_row(figure.what, figure.hub, figure.bare, figure.singles, *ratios)
    out = Console(width=150)
    out.print(f"Against the emulated shop, {size.speed:g} times as fast as the measured one; SQLite; this machine.")
    out.print(table)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
