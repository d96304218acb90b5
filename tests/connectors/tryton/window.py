"""Tryton's interface over HTTP with answers that a test lays out, for what a sound database never answers.

It keeps rows by model and hands them all out, whatever was asked of them: it stands in for no database. Everything that
is asked is kept.
"""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

from trueup.connectors.tryton import codec
from trueup.connectors.tryton.settings import Settings

Reply = tuple[int, bytes]
DATABASE = "erp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def context(self) -> Any:
        return json.loads(urlsafe_b64decode(self.headers["X-Tryton-Context"]))


@dataclass(repr=False)
class Window:
    """`special` answers a path (its end) in place of the rows; `rows` are those of each model."""

    url: str = ""
    rows: dict[str, list[codec.Row]] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    special: dict[str, Callable[[Any], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    series: str = "8.2"
    dated: bool = True

    def settings(self, **more: Any) -> Settings:
        return Settings(**{"url": self.url, "database": DATABASE, "key": SecretStr("k" * 16), "timeout": 5.0, **more})

    def paths(self) -> list[str]:
        return [asked.path.removeprefix(f"/{DATABASE}/rest/model/") for asked in self.asked]

    def answer(self, path: str, body: Any) -> Reply:
        for end, special in self.special.items():
            if path.endswith(end):
                return special(body)
        if path == "/rpc/":
            return good({"id": 0, "result": self.series})
        model, _, call = path.rpartition("/model/")[2].partition("/")
        if call == "fields_get":
            return good({name: {} for name in self.fields.get(model, ())})
        if call == "search_read":
            return good(self.rows.get(model, []))
        return 404, b"<title>404</title>"


def good(value: Any) -> Reply:
    return 200, json.dumps(codec.plain(value)).encode()


def refused(message: str, description: str = "") -> Reply:
    return 400, json.dumps({"message": message, "description": description}).encode()


@contextmanager
def open_window() -> Iterator[Window]:
    window = Window()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(window))
    server.daemon_threads = True
    window.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield window
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _handler(window: Window) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = codec.loads(text) if text else None
            window.asked.append(Asked(method=self.command, path=self.path, headers=dict(self.headers), body=body))
            status, content = window.answer(self.path, body)
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(content)))
            if window.dated:
                self.send_header("Date", formatdate(1772366400, usegmt=True))
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_DELETE = do_POST

    return Handler
