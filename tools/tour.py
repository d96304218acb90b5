"""The rows of docs/tour.md: one mug whose price changes, played on this machine, with what stands in the tables.

    python tools/tour.py            # fills the rows of docs/tour.md anew
    python tools/tour.py --print    # only prints them

The back office is a folder of files, the shop is the shop in the box, the hub is a real one on SQLite.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Table, select

from trueup.app import opened, place, prepare, work_off
from trueup.sandbox import ShopSettings, running_shop
from trueup.store import flows, tables
from trueup.sync import arrange
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub
from trueup.sync.jobs import do_work, find_work

PAGE = Path(__file__).parents[1] / "docs" / "tour.md"
ARTICLES = "sku;name;price;stock\nMUG-BLUE;Blue mug;12.50;40\n"
PRICES = "sku;price\nMUG-BLUE;13.90\n"
BLOCK = re.compile(r"(<!-- row: (?P<name>[a-z-]+) -->\n```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)


@dataclass
class Line:
    """The line between the hub and the shop; it notes what passes."""

    shop: str
    heard: list[str] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any, bytes]:
        wire = http.client.HTTPConnection(urlsplit(self.shop).netloc, timeout=30)
        wire.request(method, path, body or None, dict(headers))
        answer = wire.getresponse()
        content = answer.read()
        wire.close()
        self.heard.append(_told(method, path, body, answer.status))
        return answer.status, answer.getheaders(), content


def _told(method: str, path: str, body: bytes, status: int) -> str:
    """One request as the page shows it; the signature in the query, which is another one each time, is left out."""
    what = f"{method} {urlsplit(path).path}"
    shown = json.dumps(json.loads(body), indent=2) if body else ""
    return f"{what}\n{shown}\n\nanswered with {status}"


def _handler(line: Line) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.headers.get("content-length", 0))
            status, headers, content = line.pass_on(self.command, self.path, dict(self.headers), self.rfile.read(size))
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """The page has its own log."""

    return Handler


@dataclass
class Tour:
    """A hub whose shop already has the mug, and the folder that its back office shares with it."""

    hub: Hub
    folder: Path
    line: Line
    stops: dict[str, str] = field(default_factory=dict)

    def first_load(self) -> None:
        self._drop("articles.csv", ARTICLES)
        for name in ("products", "prices", "stock"):
            arrange.enable(self.hub, self._flow(name))
        work_off(self.hub)
        self.stops["link"] = self._rows(tables.link)

    def play(self) -> dict[str, str]:
        """The price changes; every stop by its name."""
        self.stops["file"] = f"in/prices.csv\n\n{PRICES.strip()}"
        self._drop("prices.csv", PRICES)
        arrange.start_now(self.hub, self._flow("prices"))
        self.stops["found"] = self._find()
        self._do_next()
        self.stops["record"] = self._rows(tables.record, kind="price")
        self.stops["delivery"] = self._rows(tables.delivery, kind="price")
        self.stops["run"] = self._rows(tables.run, newest=True)
        self.stops["found-again"] = self._find()
        self.line.heard.clear()
        self._do_next()
        self.stops["request"] = "\n\n".join(self.line.heard)
        self.stops["lane"] = self._rows(tables.lane, name="deliver:1:catalogue")
        self.stops["settled"] = self._rows(tables.delivery, kind="price")
        self.stops["transfer"] = self._rows(tables.transfer, newest=True)
        self._second_run()
        return self.stops

    def _second_run(self) -> None:
        """The same file once more: it is read, and nothing is sent."""
        self.line.heard.clear()
        self._drop("prices.csv", PRICES)
        arrange.start_now(self.hub, self._flow("prices"))
        work_off(self.hub)
        self.stops["second-run"] = self._rows(tables.run, newest=True)
        self.stops["second-requests"] = f"requests to the shop: {len(self.line.heard)}"

    def _drop(self, name: str, text: str) -> None:
        half = self.folder / "in" / f"{name}.part"
        half.parent.mkdir(exist_ok=True)
        half.write_text(text)
        half.rename(half.with_suffix(""))

    def _flow(self, name: str) -> flows.FlowRow:
        with self.hub.database.read() as tx:
            found = flows.by_name(tx, name)
        assert found is not None
        return found

    def _find(self) -> str:
        return f"find_work: {', '.join(find_work(self.hub)) or 'nothing'}"

    def _do_next(self) -> None:
        do_work(self.hub, find_work(self.hub)[0])

    def _rows(self, table: Table, *, newest: bool = False, **where: Any) -> str:
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        query = query.order_by(table.c.id.desc()).limit(1) if newest else query
        with self.hub.database.read() as tx:
            rows = tx.execute(query).mappings().all()
        return "\n\n".join(_row_told(table.name, row) for row in rows)


def _row_told(name: str, row: Mapping[Any, Any]) -> str:
    """Column by column; empty ones are left out."""
    width = max(len(column) for column in row)
    lines = [f"  {column:{width}}  {_value(value)}" for column, value in row.items() if value is not None]
    return "\n".join([name, *lines])


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return json.dumps(value) if isinstance(value, dict) else str(value)


def stops() -> dict[str, str]:
    """Play the whole tour; what to show at each stop, by its name."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as scratch, running_shop(ShopSettings()) as shop:
        home, folder, line = Path(scratch, "hub"), Path(scratch, "exchange"), Line(shop.http_url)
        folder.mkdir()
        where = place(home, f"sqlite:///{home}/trueup.sqlite")
        prepare(where)
        with line.open() as url, opened(where) as hub:
            keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
            add_connection(hub, name="Shop", system="woocommerce", values={"url": url, **keys})
            files = {"folder": str(folder), "currency": "EUR", "settle_seconds": 0}
            add_connection(hub, name="Back office", system="files", values=files)
            arrange.add_usual_flows(hub)
            tour = Tour(hub, folder, line)
            tour.first_load()
            return tour.play()


def refilled(page: str, found: Mapping[str, str]) -> str:
    """The page with its rows anew. Raises KeyError for a stop that the tour does not make."""
    return BLOCK.sub(lambda block: f"{block[1]}{found[block['name']]}\n{block[3]}", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", help="print the rows and leave the page as it is")
    found = stops()
    if parser.parse_args().print:
        for name, text in found.items():
            print(f"== {name}\n{text}\n")
    else:
        PAGE.write_text(refilled(PAGE.read_text(), found))


if __name__ == "__main__":
    main()
