"""What every test may ask for: a database on SQLite and on PostgreSQL, a real Tryton, a page in a real Chromium."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.browser import installed_chromium, running_chromium
from support.databases import postgres_database, sqlite_database
from support.postgres import PostgresServer, RunFolder, remove_abandoned, running_server, shared_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from trueup.sandbox.tryton import TrytonServer

RUN_FOLDER = "TRUEUP_TEST_RUN_FOLDER"
MARK_OF = {
    "postgres_server": pytest.mark.postgres,
    "tryton": pytest.mark.tryton,
    "empty_tryton": pytest.mark.tryton,
    "chromium": pytest.mark.browser,
}
FIRST_BUILD_OF_TRYTON = 420
BOTH_DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_configure(config: pytest.Config) -> None:
    """The process that outlives all workers makes the folder in which they meet."""
    if not hasattr(config, "workerinput"):
        remove_abandoned(Path(tempfile.gettempdir()), prefix="trueup-tests-")
        run = RunFolder(Path(tempfile.mkdtemp(prefix="trueup-tests-")))
        run.hold()
        os.environ[RUN_FOLDER] = str(run.path)
        config.add_cleanup(run.release)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for equipment gets its mark, so that `-m "not tryton"` finds it, and the time that it may take."""
    for item in items:
        for name in MARK_OF.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARK_OF[name])
        if item.get_closest_marker("tryton") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(FIRST_BUILD_OF_TRYTON))
    items.sort(key=lambda item: item.get_closest_marker("crash") is None)  # the longest first


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which databases the tests have really run."""
    names = [report.nodeid for report in terminalreporter.stats.get("passed", [])]
    on_sqlite = sum("[sqlite" in name or "-sqlite" in name for name in names)
    on_postgres = sum("[postgres" in name or "-postgres" in name for name in names)
    running = running_server(Path(os.environ[RUN_FOLDER]))
    postgres = f"{on_postgres} on PostgreSQL {running.version()}" if running else "PostgreSQL was not needed"
    terminalreporter.write_line(f"tests by database: {on_sqlite} on SQLite {sqlite3.sqlite_version}, {postgres}")


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all workers of this test run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> PostgresServer:
    """The real PostgreSQL of this test run."""
    return shared_server(run_folder)


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest, run_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A database of its own with all tables in it: each test runs on SQLite and on PostgreSQL."""
    yield from new_database(request.param, run_folder, tmp_path, migrated=True)


@pytest.fixture(params=BOTH_DATABASES)
def empty_database_url(request: pytest.FixtureRequest, run_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A database of its own without any table, on SQLite and on PostgreSQL."""
    yield from new_database(request.param, run_folder, tmp_path, migrated=False)


@pytest.fixture
def sqlite_url(run_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A database of its own with all tables in it, on SQLite only: for tests in which the database plays no part."""
    yield from new_database("sqlite", run_folder, tmp_path, migrated=True)


def new_database(kind: str, run_folder: Path, folder: Path, *, migrated: bool) -> Iterator[str]:
    with ExitStack() as stack:
        if kind == "postgres":
            yield stack.enter_context(postgres_database(run_folder, migrated=migrated))
        else:
            yield sqlite_database(run_folder, folder, migrated=migrated)


@pytest.fixture(scope="module")
def tryton() -> Iterator[TrytonServer]:
    """A real Tryton with 60 articles, fresh for each module."""
    from trueup.sandbox.tryton import running_tryton

    with running_tryton(products=60) as server:
        yield server


@pytest.fixture(scope="module")
def empty_tryton() -> Iterator[TrytonServer]:
    """A real Tryton with a company, taxes and warehouses but no articles, fresh for each module."""
    from trueup.sandbox.tryton import running_tryton

    with running_tryton() as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = installed_chromium()
    if executable is None:
        pytest.skip("no Chromium is installed: install the package chromium, or name one in TRUEUP_CHROMIUM")
    with running_chromium(executable) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a real Chromium with a session of its own."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        yield page
