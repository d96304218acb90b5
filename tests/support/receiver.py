"""A real HTTP server that takes in webhooks and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_ping(self) -> bool:
        return self.headers.get("content-type") == "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Receiver:
    """``status`` is answered to everything, with ``location`` if that is set."""

    url: str
    status: int = 200
    location: str = ""
    received: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def letters(self) -> list[Received]:
        """What came in, pings left out."""
        return [one for one in self.received if not one.is_ping]

    def wait_for(self, letters: int, seconds: float = 20) -> None:
        """Until so many letters have come; AssertionError if they do not."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.letters) >= letters, seconds), self.received

    @property
    def pings(self) -> list[Received]:
        return [one for one in self.received if one.is_ping]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1, until the block ends."""
    receiver = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.changed:
                receiver.received.append(Received(self.path, headers, body))
                receiver.changed.notify_all()
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("location", receiver.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
