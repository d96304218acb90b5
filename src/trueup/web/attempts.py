"""How often somebody may try to sign in. Kept in memory: a restart forgives, which only a person can cause."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
PER_PAIR = 5
"""Wrong tries for one name from one address; the name stays open from elsewhere, so nobody locks others out."""

PER_ADDRESS = 20
"""Wrong tries from one address, whatever the names."""

MOST_KEYS = 10_000


@dataclass(slots=True)
class Attempts:
    """Wrong tries of the last 15 minutes. Thread-safe."""

    _wrong: dict[tuple[str, ...], list[datetime]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, name: str, address: str, now: datetime) -> timedelta | None:
        """How long this name has to wait at this address; None if it may try."""
        with self._guard:
            ends = [self._ends(key, limit, now) for key, limit in _keys(name, address)]
        latest = max((end for end in ends if end is not None), default=None)
        return None if latest is None else latest - now

    def failed(self, name: str, address: str, now: datetime) -> None:
        with self._guard:
            if len(self._wrong) > MOST_KEYS:
                self._forget(now)
            for key, limit in _keys(name, address):
                self._wrong[key] = [*self._recent(key, now), now][-limit:]

    def succeeded(self, name: str, address: str) -> None:
        """The right password: this name's tries from here count no more."""
        with self._guard:
            self._wrong.pop((name.strip().casefold(), address), None)

    def _ends(self, key: tuple[str, ...], limit: int, now: datetime) -> datetime | None:
        recent = self._recent(key, now)
        return recent[0] + WINDOW if len(recent) >= limit else None

    def _recent(self, key: tuple[str, ...], now: datetime) -> list[datetime]:
        return [moment for moment in self._wrong.get(key, ()) if moment > now - WINDOW]

    def _forget(self, now: datetime) -> None:
        """What is over, and in a flood the older part of the rest."""
        kept = {key: recent for key in self._wrong if (recent := self._recent(key, now))}
        youngest = sorted(kept, key=lambda key: kept[key][-1])[-MOST_KEYS // 2 :]
        self._wrong = {key: kept[key] for key in youngest}


def _keys(name: str, address: str) -> Iterable[tuple[tuple[str, ...], int]]:
    return [((name.strip().casefold(), address), PER_PAIR), ((address,), PER_ADDRESS)]
