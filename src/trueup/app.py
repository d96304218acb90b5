"""The only place that knows everyone: opens an installation by its home folder and database, and runs it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from trueup.clock import Clock, utc_now
from trueup.runtime.procrastination import ProcrastinateEngine, make_schema
from trueup.runtime.threads import ThreadEngine, drain
from trueup.store.database import Database
from trueup.store.lanes import LEASE
from trueup.store.migrate import is_current, migrate
from trueup.store.secrets import WrongKey, make_key, seal_from
from trueup.sync.hub import Connectors, Hub
from trueup.sync.jobs import do_work, find_work

HOME = "TRUEUP_HOME"
DATABASE = "TRUEUP_DATABASE"
PUSHERS = 16
"""Threads for pushes of all lanes; each lane has a few in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an installation lives: a folder of ours (key, SQLite file) and the database's URL."""

    home: Path
    database: str

    @property
    def key_file(self) -> Path:
        return self.home / "key"


def place(home: Path | None = None, database: str | None = None) -> Place:
    """From the arguments, else TRUEUP_HOME and TRUEUP_DATABASE, else ./trueup-data with SQLite in it."""
    folder = (home or Path(os.environ.get(HOME, "trueup-data"))).absolute()
    url = database or os.environ.get(DATABASE) or f"sqlite:///{folder / 'trueup.sqlite'}"
    return Place(home=folder, database=url)


def prepare(where: Place) -> None:
    """Make the folder, the key and the tables, or bring the tables up to date. Doing it twice changes nothing."""
    where.home.mkdir(parents=True, exist_ok=True)
    make_key(where.key_file)
    database = Database(where.database)
    try:
        migrate(database)
        if database.is_postgres:
            make_schema(database.url)
    finally:
        database.close()


class NotPrepared(Exception):
    """There is no installation here, or its tables are of another version. Run: trueup init (or: trueup migrate)."""


@contextmanager
def opened(where: Place, *, clock: Clock = utc_now, lease: timedelta = LEASE) -> Iterator[Hub]:
    """The installation, ready to work. Raises NotPrepared."""
    database = Database(where.database)
    try:
        if not is_current(database):
            raise NotPrepared(NotPrepared.__doc__)
        seal = seal_from(where.key_file)
    except WrongKey:
        database.close()
        raise
    except (NotPrepared, FileNotFoundError):
        database.close()
        raise NotPrepared(NotPrepared.__doc__) from None
    executor = ThreadPoolExecutor(PUSHERS, thread_name_prefix="push")
    connectors = Connectors(seal)
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    try:
        yield Hub(
            database=database,
            seal=seal,
            connectors=connectors,
            executor=executor,
            owner=owner,
            clock=clock,
            lease=lease,
        )
    finally:
        executor.shutdown(wait=True)
        connectors.close()
        database.close()


Engine = ThreadEngine | ProcrastinateEngine


def engine(hub: Hub, *, idle: float = 1.0) -> Engine:
    """What runs the jobs: threads on SQLite, procrastinate on PostgreSQL; chosen by the database."""
    find, do = partial(find_work, hub), partial(do_work, hub)
    if hub.database.is_postgres:
        return ProcrastinateEngine(hub.database.url, find, do, idle=idle)
    return ThreadEngine(find, do, idle=idle)


def work_off(hub: Hub) -> int:
    """Do everything there is to do now, in this thread; how many jobs that was."""
    return drain(partial(find_work, hub), partial(do_work, hub))
