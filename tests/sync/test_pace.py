"""Pace: batch size and pushes in flight, learned from answers; held against simulated followers of known cost."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.sync.pace import SLOW_SECONDS, Pace, pace_from


@dataclass(frozen=True)
class Follower:
    """A push of n items costs `call` seconds of waiting, and `item` seconds of one of `workers` per item."""

    call: float
    item: float
    workers: int = 2
    batch: int = 100
    flights: int = 4

    def seconds(self, items: int, beside: int) -> float:
        return self.call + items * self.item * max(1.0, beside / self.workers)

    def rate(self, batch: int, flights: int) -> float:
        return flights * batch / self.seconds(batch, flights)

    def best(self) -> float:
        """What the best fixed setting reaches."""
        settings = product(range(1, self.batch + 1), range(1, self.flights + 1))
        return max(self.rate(*setting) for setting in settings if self.seconds(*setting) <= SLOW_SECONDS)


def work_off(follower: Follower, items: int, pace: Pace) -> tuple[float, Pace]:
    """Push so many items as the pace says; how long the second half of them took."""
    clock, left, flying = 1000.0, items, list[tuple[float, int, float]]()
    half_at = clock
    while left or flying:
        while left and len(flying) < pace.flights:
            size = min(pace.batch, left)
            left -= size
            seconds = follower.seconds(size, len(flying) + 1)
            heapq.heappush(flying, (clock + seconds, size, seconds))
        clock, size, seconds = heapq.heappop(flying)
        pace.answered(size, seconds, at=clock)
        if left > items // 2:
            half_at = clock
    return clock - half_at, pace


FOLLOWERS = [
    Follower(call=0.5, item=0.03),
    Follower(call=0.05, item=0.03),
    Follower(call=3.0, item=0.01),
    Follower(call=0.2, item=0.002, workers=4),
    Follower(call=1.0, item=0.05, workers=1),
    Follower(call=0.5, item=0.03, batch=10),
    Follower(call=0.5, item=0.03, flights=1),
    Follower(call=2.0, item=0.001, workers=8, flights=8),
]


@pytest.mark.parametrize("follower", FOLLOWERS, ids=str)
def test_it_comes_within_five_percent_of_the_best_fixed_setting(follower: Follower) -> None:
    items = 40_000
    seconds, pace = work_off(follower, items, Pace(follower.batch, follower.flights))
    reached = (items // 2) / seconds
    assert reached >= 0.95 * follower.best(), (reached, follower.best(), pace.batch, pace.flights)


def test_it_starts_small_and_doubles_while_answers_are_quick() -> None:
    pace = Pace(100, 2)
    sizes = [pace.batch]
    for moment in range(4):
        pace.answered(pace.batch, 1.0, at=float(moment + 1))
        sizes.append(pace.batch)
    assert sizes == [50, 100, 100, 100, 100]


def test_a_failure_halves_both_batch_and_flights() -> None:
    pace = Pace(100, 4, batch=80, flights=4)
    pace.failed(at=1.0)
    assert (pace.batch, pace.flights) == (40, 2)
    for moment in range(10):
        pace.failed(at=float(moment))
    assert (pace.batch, pace.flights) == (1, 1)


def test_after_a_failure_it_grows_by_ten_instead_of_doubling() -> None:
    pace = Pace(100, 1, batch=80, flights=1)
    pace.failed(at=1.0)
    sizes = []
    for moment in range(3):
        pace.answered(pace.batch, 1.0, at=float(moment + 2))
        sizes.append(pace.batch)
    assert sizes == [50, 60, 70]


def test_an_answer_that_took_too_long_halves_the_batch_and_keeps_the_flights() -> None:
    pace = Pace(100, 2, batch=100, flights=2)
    pace.answered(100, SLOW_SECONDS + 0.1, at=1.0)
    assert (pace.batch, pace.flights) == (50, 2)


def test_a_batch_that_was_not_full_says_nothing_about_larger_ones() -> None:
    pace = Pace(100, 2)
    for moment in range(20):
        pace.answered(3, 0.1, at=float(moment))
    assert pace.batch == 50


def test_one_more_flight_that_brings_nothing_is_taken_back() -> None:
    lonely = Follower(call=0.0, item=0.01, workers=1, flights=4)
    _, pace = work_off(lonely, 20_000, Pace(25, 4))
    assert (pace.flights, pace.settled) == (2, True)


def test_what_was_learned_survives_a_restart() -> None:
    learned = {"batch": 70, "flights": 3, "settled": True}
    pace = pace_from(learned, cap=100, most_flights=4)
    assert (pace.batch, pace.flights, pace.settled) == (70, 3, True)
    assert pace.learned() == learned


def test_what_was_learned_yields_to_limits_that_shrank_since() -> None:
    pace = pace_from({"batch": 100, "flights": 4, "settled": True}, cap=10, most_flights=1)
    assert (pace.batch, pace.flights) == (10, 1)


def test_without_anything_learned_it_begins_anew() -> None:
    assert pace_from(None, cap=100, most_flights=2).learned() == {"batch": 50, "flights": 2, "settled": False}


events = st.one_of(
    st.just(("failed", 0.0, 0)),
    st.tuples(st.just("answered"), st.floats(0.001, 60), st.integers(0, 300)),
)


@settings(max_examples=200)
@given(st.integers(1, 300), st.integers(1, 16), st.lists(events, max_size=60))
def test_whatever_happens_it_stays_within_its_limits(cap: int, flights: int, history: list[tuple]) -> None:
    pace, clock = Pace(cap, flights), 1.0
    for what, seconds, items in history:
        clock += seconds
        if what == "failed":
            pace.failed(at=clock)
        else:
            pace.answered(min(items, pace.batch), seconds, at=clock)
        assert 1 <= pace.batch <= cap
        assert 1 <= pace.flights <= flights


@given(st.integers(1, 300), st.integers(1, 16), st.integers(1, 300), st.integers(1, 16))
def test_a_failure_always_at_least_halves(cap: int, flights: int, batch: int, flying: int) -> None:
    pace = Pace(cap, flights, batch=batch, flights=flying)
    before = (pace.batch, pace.flights)
    pace.failed(at=1.0)
    assert pace.batch == max(1, before[0] // 2)
    assert pace.flights == max(1, before[1] // 2)
