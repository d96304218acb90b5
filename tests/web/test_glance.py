"""The shared look at everything: always fresh where it is quick, and never more than a tenth of one core."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from trueup.store.views import Overview
from trueup.web.glance import Glance


@dataclass
class Looking:
    """A database that takes `seconds` to look through, by a clock of its own."""

    seconds: float
    now: float = 100.0
    looks: int = 0
    glance: Glance = field(init=False)

    def __post_init__(self) -> None:
        self.glance = Glance(monotonic=lambda: self.now)

    def look(self) -> Overview:
        self.looks += 1
        self.now += self.seconds
        return Overview(connections=(), flows=(), transfers={"look": self.looks}, oldest_owed_at=None, last_run=None)

    def take(self) -> int:
        return self.glance.take(self.look).transfers["look"]


def test_what_is_quick_is_looked_up_every_time() -> None:
    looking = Looking(0.01)
    assert [looking.take() for _ in range(3)] == [1, 2, 3]


def test_what_takes_long_is_kept_nine_times_as_long() -> None:
    looking = Looking(0.4)
    assert looking.take() == 1
    looking.now += 3.5
    assert looking.take() == 1
    looking.now += 0.2
    assert looking.take() == 2


@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_many_open_pages_take_a_tenth_of_the_time(seconds: float) -> None:
    looking = Looking(seconds)
    begun, spent = looking.now, 0
    while looking.now - begun < 1000 * seconds:
        looking.take()
        looking.now += 0.01
        spent = looking.looks
    assert spent * seconds <= 0.11 * (looking.now - begun)


def test_a_look_that_failed_is_not_kept() -> None:
    looking = Looking(0.4)

    def fail() -> Overview:
        looking.now += 0.4
        raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError):
        looking.glance.take(fail)
    assert looking.take() == 1


def test_those_who_come_while_it_looks_share_the_look() -> None:
    looking = Looking(0.4)
    together = threading.Barrier(8)

    def take(_: int) -> int:
        together.wait()
        return looking.take()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(take, range(8))) == [1] * 8
    assert looking.looks == 1
