"""Databases for tests: empty, or with all tables in them, copied from a template that is migrated once per run."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from trueup.store.database import Database
from trueup.store.migrate import migrate

from .postgres import PostgresServer, shared_server

MIGRATED = "migrated"


@contextmanager
def postgres_database(run_folder: Path, *, migrated: bool) -> Iterator[str]:
    """The URL of a database of its own on the run's server, dropped afterwards."""
    server, name = shared_server(run_folder), f"test_{uuid4().hex}"
    template = migrated_postgres(server, run_folder) if migrated else "template0"
    yield server.create(name, template=template)
    server.drop(name)


def sqlite_database(run_folder: Path, folder: Path, *, migrated: bool) -> str:
    """The URL of a database file in `folder`."""
    path = folder / "trueup.sqlite"
    if migrated:
        shutil.copyfile(migrated_sqlite(run_folder), path)
    return f"sqlite:///{path}"


def make_tables(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


def migrated_postgres(server: PostgresServer, run_folder: Path) -> str:
    with once(run_folder, "postgres") as first:
        if first:
            if server.has(MIGRATED):
                server.drop(MIGRATED)  # left half made by a failed attempt
            make_tables(server.create(MIGRATED))
    return MIGRATED


def migrated_sqlite(run_folder: Path) -> Path:
    path = run_folder / f"{MIGRATED}.sqlite"
    with once(run_folder, "sqlite") as first:
        if first:
            make_tables(f"sqlite:///{path}")
    return path


@contextmanager
def once(run_folder: Path, name: str) -> Iterator[bool]:
    """True for the first worker only; the others wait until that one is through."""
    done = run_folder / f"{name}.done"
    with (run_folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()
