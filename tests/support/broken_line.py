"""A line to a real server that breaks on request: the server does the work, and its answer is lost."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class BrokenLine:
    """`lose` names the end of a path; the answers to the next requests for it get lost on their way back."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target).netloc
        self.lose: str | None = None
        self.answer_instead: tuple[int, str, bytes] | None = None
        self.lost = 0
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def open(self) -> Iterator[BrokenLine]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(line) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                line.asked.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, content = line._pass_on(self.command, self.path, dict(self.headers), body)
                if line.lose and self.path.endswith(line.lose):
                    line.lost += 1
                    self.close_connection = True
                    return
                self._answer(status, headers, content)

            do_GET = do_PUT = do_DELETE = do_POST

            def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        return Handler

    def _pass_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if self.answer_instead:
            status, kind, content = self.answer_instead
            return status, {"Content-Type": kind}, content
        connection = http.client.HTTPConnection(self._target, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        kept = {name: value for name in KEPT if (value := answer.headers.get(name))}
        content = answer.read()
        connection.close()
        return answer.status, kept, content


KEPT = ("Content-Type", "Content-Encoding", "Date")
