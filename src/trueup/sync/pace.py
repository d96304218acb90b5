"""How fast a follower is written to: batch size and pushes in flight, learned from its own answers.

Starts small, doubles the batch while answers stay quick (adds ten once a failure showed a limit: `calm`), tries one
push more in flight and keeps it only if the items per second rise; halves on errors and slow answers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

FIRST_BATCH = 50
"""Parcels of the first push: some three seconds of work for a small shop."""

SLOW_SECONDS = 12.0
"""An answer slower than this risks a time-out at the host; the batch is halved."""

SAMPLE = 3
"""Pushes that are measured before a number of flights is judged."""

WORTH = 1.08
"""One more flight has to bring this factor, or it only lengthens each answer."""


@dataclass(slots=True)
class Pace:
    """`batch` parcels per push, `flights` pushes at a time; `cap` and `most_flights` are the connector's limits."""

    cap: int
    most_flights: int
    batch: int = 0
    flights: int = 0
    settled: bool = False
    calm: int = 1_000_000
    _items: int = 0
    _started: float = 0.0
    _pushes: int = 0
    rates: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batch = min(self.cap, self.batch or FIRST_BATCH)
        self.flights = min(self.most_flights, self.flights or 2)

    def answered(self, items: int, seconds: float, *, at: float) -> None:
        """A push of `items` was answered after `seconds`; `at` is a monotonic clock."""
        if seconds > SLOW_SECONDS:
            self.calm = self.batch = max(1, self.batch // 2)
            self._measure_anew(at)
        elif items >= self.batch and self.batch < self.cap:
            self.batch = min(self.cap, self.batch * 2 if self.batch < self.calm else self.batch + 10)
            self._measure_anew(at)
        else:
            self._judge_flights(items, at)

    def failed(self, *, at: float) -> None:
        """A push failed as a whole: half the batch, half the flights."""
        self.calm = self.batch = max(1, self.batch // 2)
        self.flights = max(1, self.flights // 2)
        self.settled = True
        self._measure_anew(at)

    def _judge_flights(self, items: int, at: float) -> None:
        if not self._started:
            self._measure_anew(at)
            return
        self._items += items
        self._pushes += 1
        if self._pushes < SAMPLE * self.flights or at <= self._started:
            return
        self.rates[self.flights] = self._items / (at - self._started)
        self._choose()
        self._measure_anew(at)

    def _choose(self) -> None:
        here, below = self.rates[self.flights], self.rates.get(self.flights - 1, 0.0)
        if below and here < below * WORTH:
            self.flights -= 1
            self.settled = True
        elif not self.settled and self.flights < self.most_flights:
            self.flights += 1
        else:
            self.settled = True

    def _measure_anew(self, at: float) -> None:
        self._items, self._pushes, self._started = 0, 0, at

    def learned(self) -> dict[str, Any]:
        """What is worth keeping over a restart."""
        kept = asdict(self)
        return {name: kept[name] for name in ("batch", "flights", "settled")}


def pace_from(learned: dict[str, Any] | None, *, cap: int, most_flights: int) -> Pace:
    known = learned or {}
    return Pace(cap, most_flights, known.get("batch", 0), known.get("flights", 0), known.get("settled", False))
