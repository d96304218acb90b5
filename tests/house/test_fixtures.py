"""The test equipment itself: real databases, a real browser; nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, text

from support.databases import once
from support.postgres import PostgresServer, RunFolder, remove_abandoned

RUN_THAT_WAITS = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.postgres import RunFolder, shared_server
run = RunFolder(Path(sys.argv[1]))
run.hold()
print(shared_server(run.path).url, flush=True)
time.sleep(600)
"""


def test_each_test_gets_an_empty_database_that_it_can_fill(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url.replace("postgresql://", "postgresql+psycopg://"))
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_each_test_gets_a_database_with_all_tables_and_no_row(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    found = inspect(engine).get_table_names()
    assert {"record", "delivery", "link"} <= set(found)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM delivery")).scalar() == 0
    engine.dispose()


@pytest.mark.postgres
def test_the_database_of_one_test_is_gone_for_the_next(postgres_server: PostgresServer) -> None:
    url = postgres_server.create("test_short_lived")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE left_behind (id INTEGER)")
    postgres_server.drop("test_short_lived")
    assert not postgres_server.has("test_short_lived")


@pytest.mark.postgres
def test_a_database_can_be_copied_with_its_tables_and_rows(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.create("test_original")) as connection:
        connection.execute("CREATE TABLE mug AS SELECT 'blue' AS color")
    with psycopg.connect(postgres_server.create("test_copy", template="test_original")) as connection:
        assert connection.execute("SELECT color FROM mug").fetchone() == ("blue",)
    postgres_server.drop("test_copy")
    postgres_server.drop("test_original")


@pytest.mark.postgres
def test_postgres_asks_for_its_password(postgres_server: PostgresServer) -> None:
    scheme, rest = postgres_server.url.split("://", 1)
    guess = f"{scheme}://postgres:wrong@{rest.split('@', 1)[1]}"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(guess)


@pytest.mark.postgres
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_postgres_ends_with_the_test_run_even_when_that_is_killed(tmp_path: Path, ending: signal.Signals) -> None:
    folder = Path(f"/tmp/trueup-run-{os.getpid()}-{ending.name}")
    folder.mkdir()
    command = [sys.executable, "-c", RUN_THAT_WAITS, str(folder), str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        url = run.stdout.readline().strip()
        psycopg.connect(url).close()
        run.send_signal(ending)
    eventually(lambda: not folder.exists(), "the keeper removes the folder of the run")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_a_run_that_needed_no_database_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    run = RunFolder(folder)
    run.hold()
    run.release()
    assert not folder.exists()


def test_only_old_folders_of_runs_that_are_over_are_swept_up(tmp_path: Path) -> None:
    runs = {name: RunFolder(tmp_path / f"run-{name}") for name in ("lasting", "killed long ago", "killed just now")}
    for run in runs.values():
        run.path.mkdir()
        (run.path / "alive").touch()
    runs["lasting"].hold()
    for name in ("lasting", "killed long ago"):
        os.utime(runs[name].path / "alive", (0, 0))
    remove_abandoned(tmp_path, prefix="run-")
    assert {path.name for path in tmp_path.iterdir()} == {"run-lasting", "run-killed just now"}


def test_what_is_done_once_per_run_is_not_done_again_and_is_retried_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), once(tmp_path, "template"):
        _ = 1 / 0
    with once(tmp_path, "template") as first:
        assert first
    with once(tmp_path, "template") as first:
        assert not first


def test_a_real_browser_runs_scripts(page: Page) -> None:
    page.set_content("<p id=mug>0</p><script>document.querySelector('#mug').textContent = 6 * 7</script>")
    assert page.inner_text("#mug") == "42"


def eventually(holds: Callable[[], bool], what: str, *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"waited {within} s in vain: {what}"
        time.sleep(0.05)
