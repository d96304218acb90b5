"""The engine for one machine: no job twice at a time, nudges, failing jobs and looks, an orderly end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from trueup.runtime.threads import ThreadEngine, drain

LONG = 3600.0
PATIENCE = 30.0


class Work:
    """Jobs that are there to be found until they are done; each may be held up."""

    def __init__(self, *names: str) -> None:
        self.open = set(names)
        self.begun: list[str] = []
        self.looks = 0
        self.news = threading.Condition()
        self.gates: dict[str, threading.Event] = {}

    def find(self) -> list[str]:
        with self.news:
            self.looks += 1
            self.news.notify_all()
            return sorted(self.open)

    def do(self, name: str) -> None:
        with self.news:
            self.begun.append(name)
            self.news.notify_all()
        if name in self.gates:
            assert self.gates[name].wait(PATIENCE)
        with self.news:
            self.open.discard(name)
            self.news.notify_all()

    def hold(self, name: str) -> threading.Event:
        return self.gates.setdefault(name, threading.Event())

    def until(self, condition: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(condition, PATIENCE), (self.open, self.begun, self.looks)


@contextmanager
def running(work: Work, *, threads: int = 4, idle: float = 0.001) -> Iterator[ThreadEngine]:
    engine = ThreadEngine(work.find, work.do, threads=threads, idle=idle)
    engine.start()
    try:
        yield engine
    finally:
        for gate in work.gates.values():
            gate.set()
        engine.stop()


def test_everything_that_is_found_is_done() -> None:
    work = Work("a", "b", "c", "d", "e", "f")
    with running(work, threads=2):
        work.until(lambda: not work.open)
    assert sorted(work.begun) == ["a", "b", "c", "d", "e", "f"]


def test_a_job_that_runs_is_not_begun_a_second_time_however_often_it_is_found() -> None:
    work = Work("slow")
    gate = work.hold("slow")
    with running(work):
        work.until(lambda: work.looks > 20)
        assert work.begun == ["slow"]
        gate.set()
        work.until(lambda: not work.open)


def test_a_slow_job_does_not_keep_the_others_from_running() -> None:
    work = Work("slow", "a", "b", "c")
    work.hold("slow")
    with running(work, threads=2):
        work.until(lambda: work.open == {"slow"})


def test_a_job_that_was_done_is_begun_again_when_it_is_found_again() -> None:
    work = Work("a")
    with running(work):
        work.until(lambda: not work.open)
        work.open.add("a")
        work.until(lambda: not work.open)
    assert work.begun == ["a", "a"]


def test_a_nudge_cuts_the_pause_short() -> None:
    work = Work()
    with running(work, idle=LONG) as engine:
        work.until(lambda: work.looks == 1)
        work.open.add("a")
        engine.nudge()
        work.until(lambda: work.begun == ["a"])


def test_the_end_of_a_job_is_a_nudge_for_what_it_made_possible() -> None:
    work = Work("collect")
    followup = {"collect": "deliver"}

    def do(name: str) -> None:
        work.do(name)
        if name in followup:
            work.open.add(followup[name])

    engine = ThreadEngine(work.find, do, idle=LONG)
    engine.start()
    work.until(lambda: work.begun == ["collect", "deliver"])
    engine.stop()


def test_a_look_that_fails_does_not_end_the_engine() -> None:
    work = Work("a")
    failures = [RuntimeError("the database is away")] * 3

    def find() -> list[str]:
        if failures:
            raise failures.pop()
        return work.find()

    engine = ThreadEngine(find, work.do, idle=0.001)
    engine.start()
    work.until(lambda: not work.open)
    engine.stop()
    assert failures == []


def test_a_job_that_fails_may_run_again_and_stops_nobody() -> None:
    work = Work("a", "bad")
    failures = [ZeroDivisionError()] * 2

    def do(name: str) -> None:
        if name == "bad" and failures:
            raise failures.pop()
        work.do(name)

    engine = ThreadEngine(work.find, do, idle=0.001)
    engine.start()
    work.until(lambda: not work.open)
    engine.stop()


def test_stopping_waits_for_what_runs_and_begins_nothing_more() -> None:
    work = Work("slow")
    gate = work.hold("slow")
    engine = ThreadEngine(work.find, work.do, threads=1, idle=0.001)
    engine.start()
    work.until(lambda: work.begun == ["slow"])
    work.open.add("next")
    stopper = threading.Thread(target=engine.stop)
    stopper.start()
    looks = work.looks
    work.until(lambda: work.looks >= looks)
    assert stopper.is_alive()
    gate.set()
    stopper.join(PATIENCE)
    assert not stopper.is_alive()
    assert work.open == {"next"}


def test_stopping_what_never_started_is_nothing() -> None:
    ThreadEngine(list, print).stop()


def test_draining_does_everything_that_comes_up_and_counts_it() -> None:
    left = {"a": ["b", "c"], "b": [], "c": ["d"], "d": []}
    open_jobs = ["a"]

    def do(name: str) -> None:
        open_jobs.remove(name)
        open_jobs.extend(left[name])

    assert drain(lambda: list(open_jobs), do) == 4
    assert drain(lambda: list(open_jobs), do) == 0


def test_draining_what_never_ends_says_what_is_left() -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError, match="still work after 5 jobs: again"):
        drain(lambda: ["again"], done.append, most=5)
    assert len(done) == 5
