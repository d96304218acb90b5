"""What happens after a failure, as a table of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.domain.record import Kind, Ref
from trueup.sync.decide import (
    FIRST_WAIT,
    LONGEST_WAIT,
    TRIES,
    Failing,
    GiveUp,
    Wait,
    WaitFor,
    after_failure,
    backoff,
    pause_after,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DOWN, LOST = TryLater("Down."), TryLater("Lost.", unknown_outcome=True)


def failing(
    attempts: int = 1, *, ok_at: datetime | None = None, settle: timedelta = timedelta(0), creates: bool = False
) -> Failing:
    return Failing(attempts=attempts, since=NOW - MINUTE, follower_ok_at=ok_at, settle=settle, creates=creates)


ALIVE = NOW - SECOND
"""The follower answered others after this one began to fail."""


@pytest.mark.parametrize(
    ("error", "known", "decision"),
    [
        (Rejected("No."), failing(), GiveUp()),
        (Gone("It is gone."), failing(), GiveUp()),
        (OutsideError("Something else."), failing(), GiveUp()),
        (MissingLink(Ref(kind=Kind.PRODUCT, id="12")), failing(), WaitFor("product:12")),
        (MissingLink(Ref(kind=Kind.CUSTOMER, id="7")), failing(TRIES + 5, ok_at=ALIVE), WaitFor("customer:7")),
        (DOWN, failing(0), Wait(NOW + 2 * SECOND)),
        (DOWN, failing(1), Wait(NOW + 2 * SECOND)),
        (DOWN, failing(2), Wait(NOW + 4 * SECOND)),
        (DOWN, failing(5), Wait(NOW + 32 * SECOND)),
        (DOWN, failing(40), Wait(NOW + 15 * MINUTE)),
        (TryLater(wait=MINUTE), failing(1), Wait(NOW + MINUTE)),
        (TryLater(wait=SECOND), failing(3), Wait(NOW + 8 * SECOND)),
        (LOST, failing(1, settle=30 * SECOND, creates=True), Wait(NOW + 30 * SECOND)),
        (LOST, failing(1, settle=30 * SECOND, creates=False), Wait(NOW + 2 * SECOND)),
        (DOWN, failing(1, settle=30 * SECOND, creates=True), Wait(NOW + 2 * SECOND)),
        (LOST, failing(6, settle=30 * SECOND, creates=True), Wait(NOW + 64 * SECOND)),
        (TryLater(wait=MINUTE, unknown_outcome=True), failing(1, settle=SECOND, creates=True), Wait(NOW + MINUTE)),
        (LOST, failing(TRIES, ok_at=ALIVE), GiveUp()),
        (LOST, failing(TRIES - 1, ok_at=ALIVE), Wait(NOW + 128 * SECOND)),
        (LOST, failing(TRIES, ok_at=None), Wait(NOW + 256 * SECOND)),
        (LOST, failing(TRIES, ok_at=NOW - MINUTE), Wait(NOW + 256 * SECOND)),
    ],
)
def test_the_decision_about_one_delivery(error: OutsideError, known: Failing, decision: object) -> None:
    assert after_failure(error, known, now=NOW, jitter=0) == decision


@pytest.mark.parametrize(
    ("error", "failures", "pause"),
    [
        (DOWN, 1, 2 * SECOND),
        (DOWN, 4, 16 * SECOND),
        (DOWN, 30, 15 * MINUTE),
        (TryLater(wait=MINUTE), 1, MINUTE),
        (TryLater(wait=SECOND), 6, 64 * SECOND),
        (Misconfigured("Wrong key."), 1, 15 * MINUTE),
        (Rejected("The list is refused."), 2, 4 * SECOND),
    ],
)
def test_how_long_the_breaker_stays_open(error: OutsideError, failures: int, pause: timedelta) -> None:
    assert pause_after(error, failures, now=NOW, jitter=0) == NOW + pause


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_waits_never_shrink_and_never_exceed_the_longest_by_more_than_a_quarter(failures: int, jitter: float) -> None:
    wait = backoff(failures, jitter)
    assert FIRST_WAIT <= wait <= LONGEST_WAIT * 1.25
    assert backoff(failures + 1, 0) >= backoff(failures, 0)
    assert backoff(failures, 0) <= wait <= backoff(failures, 0) * 1.25 + timedelta(microseconds=1)


@given(st.integers(0, 100), st.floats(0, 1), st.integers(0, 7200), st.booleans(), st.integers(0, 600), st.booleans())
def test_nothing_is_tried_before_the_system_allows_it(
    attempts: int, jitter: float, asked: int, unknown: bool, settle: int, creates: bool
) -> None:
    error = TryLater(wait=timedelta(seconds=asked), unknown_outcome=unknown)
    known = failing(attempts, settle=timedelta(seconds=settle), creates=creates)
    decision = after_failure(error, known, now=NOW, jitter=jitter)
    assert isinstance(decision, Wait), "a follower that answers nobody quarantines nothing"
    assert decision.until >= NOW + timedelta(seconds=asked)
    assert decision.until >= NOW + FIRST_WAIT
    if unknown and creates:
        assert decision.until >= NOW + timedelta(seconds=settle)
