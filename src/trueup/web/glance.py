"""The overview as it was a moment ago, shared by everybody who keeps a page open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from trueup.store.views import Overview

QUICK = 0.05
"""Seconds. What takes less is looked up every time."""

REST = 9.0
"""A look that took long is kept for so many times as long: open pages take a tenth of one core, however many."""


@dataclass(slots=True)
class Glance:
    """Thread-safe; `monotonic` counts seconds. Hundreds of thousands of deliveries take a good part of a second to
    count, and pages ask every two seconds."""

    monotonic: Callable[[], float] = time.monotonic
    _kept: Overview | None = None
    _until: float = 0.0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, look: Callable[[], Overview]) -> Overview:
        """What `look` says now, or said a moment ago if it takes long. Who comes while it looks waits for the same."""
        with self._guard:
            begun = self.monotonic()
            if self._kept is not None and begun < self._until:
                return self._kept
            self._kept = look()
            ended = self.monotonic()
            self._until = ended + REST * (ended - begun) if ended - begun > QUICK else ended
            return self._kept
