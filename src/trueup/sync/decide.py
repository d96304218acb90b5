"""What happens after a failure: a value, decided from values. No clock, no chance, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trueup.connectors.kit.errors import Misconfigured, MissingLink, OutsideError, TryLater

TRIES = 8
"""How often one record may fail for itself, while its follower answers others, before a person has to look."""

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)
MISCONFIGURED_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again at this moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Try again when this thing ("product:12") is linked."""

    thing: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A person has to look: quarantine."""


Decision = Wait | WaitFor | GiveUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """What is known when one delivery fails: failures so far, since when, and when its follower last answered."""

    attempts: int
    since: datetime
    follower_ok_at: datetime | None
    settle: timedelta
    creates: bool

    @property
    def only_this_one(self) -> bool:
        """The follower has answered others meanwhile, so that it is not simply down."""
        return self.follower_ok_at is not None and self.follower_ok_at > self.since


def after_failure(error: OutsideError, failing: Failing, *, now: datetime, jitter: float) -> Decision:
    """What to do about one delivery. `jitter` (0 to 1) spreads the retries."""
    if isinstance(error, MissingLink):
        return WaitFor(f"{error.ref.kind.value}:{error.ref.id}")
    if not isinstance(error, TryLater):
        return GiveUp()
    if failing.attempts >= TRIES and failing.only_this_one:
        return GiveUp()
    wait = max(backoff(failing.attempts, jitter), error.wait or timedelta(0))
    if error.unknown_outcome and failing.creates:
        wait = max(wait, failing.settle)
    return Wait(now + wait)


def backoff(failures: int, jitter: float) -> timedelta:
    """2 s, 4 s, 8 s ... at most 15 minutes, and up to a quarter more by chance."""
    doubled: timedelta = FIRST_WAIT * 2.0 ** min(max(failures - 1, 0), 12)
    return min(doubled, LONGEST_WAIT) * (1 + jitter / 4)


def pause_after(error: OutsideError, failures: int, *, now: datetime, jitter: float) -> datetime:
    """Until when the breaker of a connection stays open after `failures` failed calls in a row (this one included)."""
    if isinstance(error, Misconfigured):
        return now + MISCONFIGURED_WAIT
    asked = error.wait if isinstance(error, TryLater) and error.wait else timedelta(0)
    return now + max(backoff(failures, jitter), asked)
