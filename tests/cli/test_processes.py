"""The command as its own process: prompts at a real terminal, a server, a worker, a shop in the box."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from support.command import Command
from support.world import mug
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind
from trueup.store import users

SOURCE = Path(__file__).parents[2] / "src"
PATIENCE = 60.0
TRUEUP = [sys.executable, "-m", "trueup"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def process(*words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A running command; it is killed if the test leaves it behind."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*TRUEUP, *words], env=environment(**more), **pipes) as running:  # type: ignore[call-overload] # the pipes are right
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()


def line_with(stream: IO[str] | None, text: str) -> str:
    """The first line that holds the text; the process must print it."""
    assert stream is not None
    for line in stream:
        if text in line:
            return line
    raise AssertionError(f"the process ended without saying {text!r}")


def until(seen: object, patience: float = PATIENCE) -> None:
    """Wait until `seen()` holds."""
    assert callable(seen)
    end = time.monotonic() + patience
    while not seen():
        assert time.monotonic() < end, "it did not happen"
        select.select([], [], [], 0.05)


def at_a_terminal(words: list[str], answers: dict[str, str]) -> tuple[int, str]:
    """Call it with a real terminal and answer its questions; its exit code and what the terminal showed. A question is
    asked when the blank after it is there: from then on nothing that is typed is shown, if it is to be hidden."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [*TRUEUP, *words], environment(TERM="xterm", NO_COLOR="1"))
    shown, left = "", dict(answers)
    while True:
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        assert ready, f"it says nothing more: {shown}"
        try:
            shown += os.read(terminal, 65536).decode()
        except OSError:  # the other side was closed
            break
        for question in [question for question in left if shown.endswith(f"{question} ")]:
            os.write(terminal, f"{left.pop(question)}\n".encode())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_a_user_is_asked_for_name_and_password_and_the_password_is_not_shown(fresh: Command) -> None:
    answers = {
        "first user of the pages:": "Ada",
        "Password for Ada:": "three plain words",
        "Repeat for confirmation:": "three plain words",
    }
    code, shown = at_a_terminal([*fresh.globals, "init"], answers)
    assert code == 0, shown
    assert "three plain words" not in shown
    assert "Ada can sign in" in shown
    with fresh.hub() as hub, hub.database.read() as tx:
        assert users.check(tx, "Ada", "three plain words")


def test_what_a_connection_needs_is_asked_for_with_its_meaning_and_the_secret_is_not_shown(fresh: Command) -> None:
    fresh.prepare()
    answers = {"url:": "http://127.0.0.1:9", "consumer_key:": "ck_x", "consumer_secret:": "cs_hush-hush"}
    code, shown = at_a_terminal([*fresh.globals, "connection", "add", "Shop", "woocommerce"], answers)
    assert code == 1, shown
    assert "The shop's address" in shown
    assert "hush-hush" not in shown
    assert "The connection Shop is not stored" in shown


def test_a_terminal_sees_a_progress_bar(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(*[mug(number) for number in range(30)])
    code, shown = at_a_terminal([*trueup.globals, "flow", "run", "products"], {})
    assert code == 0, shown
    assert "read 30  changed 30  delivered 30" in shown
    assert "products: read 30, changed 30, delivered 30, left 0, quarantined 0." in shown


def test_exit_codes_and_streams_of_the_real_command(fresh: Command) -> None:
    refused = subprocess.run(
        [*TRUEUP, *fresh.globals, "flow", "list"], capture_output=True, text=True, env=environment()
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"There is no installation in {fresh.home}. Run: trueup init\n"
    misused = subprocess.run([*TRUEUP, "flow", "lisd"], capture_output=True, text=True, env=environment())
    assert misused.returncode == 2
    assert "Usage: trueup flow" in misused.stderr
    done = subprocess.run([*TRUEUP, *fresh.globals, "init"], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stderr) == (0, "")


def test_a_server_shows_its_pages_does_the_work_and_ends_well(anywhere: Command) -> None:
    anywhere.flow("product")
    anywhere.erp.put(*[mug(number) for number in range(20)])
    shop = anywhere.shop
    with process(*anywhere.globals, "serve", "--port", "0") as server:
        address = line_with(server.stdout, "trueup runs at").split()[3].rstrip(".")
        with urllib.request.urlopen(f"{address}/login", timeout=10) as page:
            assert page.status == 200
        until(lambda: len(shop.things(Kind.PRODUCT)) == 20)
        until(lambda: anywhere.json("flow", "status")[0]["done"] == 20)
        server.send_signal(signal.SIGTERM)
        assert "trueup has ended." in line_with(server.stdout, "has ended")
        assert server.wait(PATIENCE) == 0
    assert shop.doubles(Kind.PRODUCT) == {}


def test_a_taken_port_is_refused_in_a_sentence(trueup: Command) -> None:
    with process(*trueup.globals, "serve", "--port", "0") as server:
        port = line_with(server.stdout, "trueup runs at").split()[3].rstrip(".").rsplit(":", 1)[1]
        second = subprocess.run(
            [*TRUEUP, *trueup.globals, "serve", "--port", port], capture_output=True, text=True, env=environment()
        )
        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1 port {port}" in second.stderr
        assert "Choose another --port." in second.stderr
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0


def test_a_server_without_users_says_how_to_add_one(trueup: Command) -> None:
    with process(*trueup.globals, "serve", "--port", "0") as server:
        assert "trueup user add" in line_with(server.stdout, "Nobody can sign in yet")


@pytest.mark.postgres
def test_two_workers_share_the_work_and_end_when_asked_to(tmp_path: Path, postgres_url: str) -> None:
    command = Command(tmp_path, postgres_url)
    command.prepare()
    command.connect()
    command.flow("product", "price", "stock")
    command.erp.put(*[mug(number) for number in range(40)])
    shop: MemorySystem = command.shop
    with process(*command.globals, "worker") as first, process(*command.globals, "worker") as second:
        for worker in (first, second):
            assert "works until Ctrl-C" in line_with(worker.stdout, "This worker")
        until(lambda: command.json("flow", "status", "products")[0]["done"] == 40)
        for worker in (first, second):
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(PATIENCE) for worker in (first, second)] == [0, 0]
    assert len(shop.things(Kind.PRODUCT)) == 40
    assert shop.doubles(Kind.PRODUCT) == {}


def test_the_shop_in_the_box_runs_alone_and_takes_its_own_options() -> None:
    with process("sandbox", "shop", "--json", "--currency", "SEK", "--behind-https") as shop:
        facts = json.loads(line_with(shop.stdout, "consumer_key"))
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{facts['http_url']}/wp-json/wc/v3/products", timeout=10)
        assert refusal.value.code == 401
        shop.send_signal(signal.SIGINT)
        assert shop.wait(PATIENCE) == 0


def test_the_shop_in_the_box_explains_its_own_options() -> None:
    shown = subprocess.run([*TRUEUP, "sandbox", "shop", "--help"], capture_output=True, text=True, env=environment())
    assert shown.returncode == 0
    assert "--prices-include-tax" in shown.stdout
