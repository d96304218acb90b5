"""The shop's clock: real time unless a test holds or moves it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_time() -> datetime:
    return datetime.now(UTC)


class ShopClock:
    """Tells the shop's time, always aware and in UTC."""

    def __init__(self, source: Callable[[], datetime] = real_time) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._held: datetime | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        """The shop's time to the second: WooCommerce stores nothing finer."""
        with self._lock:
            moment = self._held if self._held is not None else self._source() + self._shift
        return moment.replace(microsecond=0)

    def hold(self, moment: datetime) -> None:
        """Stand still at ``moment`` until released or advanced."""
        with self._lock:
            self._held = moment.astimezone(UTC)

    def release(self) -> None:
        with self._lock:
            self._held = None

    def advance(self, seconds: float) -> None:
        with self._lock:
            if self._held is not None:
                self._held += timedelta(seconds=seconds)
            else:
                self._shift += timedelta(seconds=seconds)
