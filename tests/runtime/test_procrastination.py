"""The engine for many machines, on a real PostgreSQL: each name waits once, workers share it, the dead block nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.databases import postgres_database
from support.rows import at_once
from trueup.runtime.procrastination import Nudger, ProcrastinateEngine, conninfo, make_schema

pytestmark = pytest.mark.postgres
PATIENCE = 60.0
forkserver = multiprocessing.get_context("forkserver")


@pytest.fixture
def bare_url(run_folder: Path) -> Iterator[str]:
    with postgres_database(run_folder, migrated=False) as url:
        yield url


@pytest.fixture
def url(bare_url: str) -> str:
    make_schema(bare_url)
    return bare_url


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]  # written below


def jobs(url: str) -> list[tuple[Any, ...]]:
    return query(url, "SELECT args ->> 'name', status::text FROM procrastinate_jobs ORDER BY id")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError(f"it never happened: {what}")


def test_the_tables_of_the_queue_are_made_once(bare_url: str) -> None:
    make_schema(bare_url)
    make_schema(bare_url)
    assert jobs(bare_url) == []


def test_processes_that_start_at_once_make_them_once(bare_url: str) -> None:
    assert at_once(*[partial(make_schema, bare_url)] * 4) == []
    assert jobs(bare_url) == []


def test_a_name_waits_at_most_once_however_many_nudge(url: str) -> None:
    def nudge() -> None:
        with closing(Nudger(url)) as nudger:
            for _ in range(3):
                nudger.nudge(["collect:1", "deliver:2:catalogue"])

    assert at_once(*[nudge] * 4) == []
    assert sorted(jobs(url)) == [("collect:1", "todo"), ("deliver:2:catalogue", "todo")]


class Table:
    """Jobs that two engines find and do; who begins a job that is being done is turned away, as a lease does."""

    def __init__(self, *names: str) -> None:
        self.open, self.done = set(names), list[str]()
        self.doing: set[str] = set()
        self.most = 0
        self.guard = threading.Lock()
        self.gate = threading.Event()

    def find(self) -> list[str]:
        with self.guard:
            return sorted(self.open - self.doing)

    def do(self, name: str) -> None:
        with self.guard:
            if name in self.doing or name not in self.open:
                return
            self.doing.add(name)
            self.most = max(self.most, len(self.doing))
        self.gate.wait(PATIENCE)
        with self.guard:
            self.doing.discard(name)
            self.open.discard(name)
            self.done.append(name)


def test_two_engines_share_the_work_and_each_job_is_done_once(url: str) -> None:
    table = Table(*[f"deliver:{number}:catalogue" for number in range(8)])
    engines = [ProcrastinateEngine(url, table.find, table.do, idle=0.02) for _ in range(2)]
    for engine in engines:
        engine.start()
    try:
        wait_until(lambda: len(table.doing) == 8, "both engines are busy with four jobs each")
        table.gate.set()
        wait_until(lambda: not table.open, "everything is done")
    finally:
        table.gate.set()
        for engine in engines:
            engine.stop()
    assert sorted(table.done) == sorted(f"deliver:{number}:catalogue" for number in range(8))
    assert table.most == 8


def test_a_look_or_a_job_that_fails_ends_nothing(url: str) -> None:
    table, failures = Table("a", "bad"), ["look", "look", "job", "job"]
    table.gate.set()

    def find() -> list[str]:
        if failures and failures[0] == "look":
            raise RuntimeError(failures.pop(0))
        return table.find()

    def do(name: str) -> None:
        if name == "bad" and failures:
            raise ZeroDivisionError(failures.pop(0))
        table.do(name)

    engine = ProcrastinateEngine(url, find, do, idle=0.02)
    engine.start()
    try:
        wait_until(lambda: not table.open, "all is done in the end")
    finally:
        engine.stop()


def test_the_queue_survives_that_its_connections_are_cut(url: str) -> None:
    """As when the database is restarted under a running worker."""
    table = Table("a")
    table.gate.set()
    engine = ProcrastinateEngine(url, table.find, table.do, idle=0.02)
    engine.start()
    try:
        wait_until(lambda: not table.open, "the first job is done")
        query(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        with table.guard:
            table.open.add("b")
        wait_until(lambda: not table.open, "a job that came after the cut is done")
    finally:
        engine.stop()


def hangs(url: str, begun: Any) -> None:
    """A worker process that takes the job and never ends it."""

    def do(name: str) -> None:
        begun.set()
        threading.Event().wait()

    ProcrastinateEngine(url, lambda: ["collect:1"], do, idle=0.02).run()


@pytest.mark.crash
def test_a_worker_that_is_killed_blocks_nobody(url: str) -> None:
    begun = forkserver.Event()
    process = forkserver.Process(target=hangs, args=(url, begun), daemon=True)
    process.start()
    assert begun.wait(PATIENCE)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(PATIENCE)
    assert ("collect:1", "doing") in jobs(url), "its job is left behind"
    table = Table("collect:1")
    table.gate.set()
    engine = ProcrastinateEngine(url, table.find, table.do, idle=0.02)
    engine.start()
    try:
        wait_until(lambda: table.done == ["collect:1"], "the living do the same job")
    finally:
        engine.stop()
