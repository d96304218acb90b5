"""Run a copy of a built Tryton on a free port of this machine, and end it for certain.

with running_tryton(products=60) as tryton:
    print(tryton.url, tryton.database, tryton.rest_key)
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .builder import DATABASE, HERE, Say, Template, built_template, write_settings


class TrytonServer:
    """A running Tryton with a database of its own; `stop` and `start` let a test take it down and bring it back."""

    def __init__(self, template: Template, folder: Path) -> None:
        self._venv, self._folder = template.venv, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.database = DATABASE
        self.data: Path = folder / f"{DATABASE}.sqlite"
        self.log: Path = folder / "tryton.log"
        self.rest_key: str = template.facts["rest_key"]
        self.user: str = template.facts["user"]
        self.password: str = template.facts["password"]
        self.ids: dict[str, Any] = {
            key: value for key, value in template.facts.items() if key not in ("rest_key", "user", "password")
        }
        self._fresh = template.sqlite
        self.reset()
        write_settings(folder)

    def reset(self) -> None:
        """As it was when it was built. Only while it is stopped."""
        shutil.copyfile(self._fresh, self.data)

    @property
    def url(self) -> str:
        """Where it answers, without the database: `http://127.0.0.1:PORT`; the same after a stop and a start."""
        return f"http://127.0.0.1:{self._port}"

    def start(self, *, within: float = 60.0) -> None:
        """Start it and wait until it answers. Raises TimeoutError with the end of its log."""
        with socket.create_server(("127.0.0.1", self._port)) as listener:
            self._port = listener.getsockname()[1]
            self._process = self._launch(listener.fileno())
        deadline = time.monotonic() + within
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise TimeoutError(f"Tryton does not answer; the end of its log:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def _launch(self, listener: int) -> subprocess.Popen[bytes]:
        settings = ["-c", str(HERE / "gunicorn_settings.py"), "-b", f"fd://{listener}"]
        own = {"TRYTOND_CONFIG": str(self._folder / "trytond.conf"), "TRYTOND_DATABASE_NAMES": DATABASE}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(self._venv / "bin/python"), "-m", "gunicorn", *settings, "trytond.application:app"],
                cwd=self._folder,
                env={**os.environ, **own},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener],
                start_new_session=True,
            )

    def _answers(self) -> bool:
        question = urllib.request.Request(
            f"{self.url}/{DATABASE}/rest/model/company.company", headers={"Authorization": f"bearer {self.rest_key}"}
        )
        try:
            with urllib.request.urlopen(question, timeout=30) as answer:
                return bool(json.load(answer))
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def stop(self) -> None:
        """End it and all its workers at once, as a power cut would; its database stays as it is, nothing answers."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None
            while self._listens():
                time.sleep(0.01)

    def _listens(self) -> bool:
        """Whether a worker that was just killed still holds the port."""
        with socket.socket() as visitor:
            return visitor.connect_ex(("127.0.0.1", self._port)) == 0


@contextmanager
def running_tryton(products: int = 0, *, say: Say = lambda line: None) -> Iterator[TrytonServer]:
    """A fresh copy of the template with so many articles, answering; ended and removed afterwards.

    `products` articles are SKU-0000 and up: every tenth a shirt in three variants, 7 % and 19 % tax, stock in two
    warehouses. The first use on a machine builds it (1 to 2 minutes), later ones take a few seconds.
    """
    template = built_template(products, say=say)
    with tempfile.TemporaryDirectory(prefix="tryton-") as folder:
        server = TrytonServer(template, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
