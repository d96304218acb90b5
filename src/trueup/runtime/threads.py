"""The engine for one machine: a ticker that looks for work in the tables, and a few threads that do it.

It holds no data: what it forgets by a crash is found again by looking.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog

log = structlog.get_logger("trueup.engine")

Find = Callable[[], Sequence[str]]
Do = Callable[[str], None]


class ThreadEngine:
    """Runs each named job that `find` tells of, none twice at a time. `idle` is the pause between two looks, in
    seconds; `nudge` cuts it short."""

    def __init__(self, find: Find, do: Do, *, threads: int = 4, idle: float = 1.0) -> None:
        self._find, self._do, self._idle = find, do, idle
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._running: set[str] = set()
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)

    def start(self) -> None:
        self._ticker.start()

    def nudge(self) -> None:
        """There may be work: look now."""
        self._wake.set()

    def stop(self) -> None:
        """Start nothing more; what runs comes to its end."""
        self._stopping.set()
        self._wake.set()
        if self._ticker.is_alive():
            self._ticker.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _tick(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._launch(self._find())
            except Exception:
                log.exception("engine.look-failed")
            self._wake.wait(self._idle)

    def _launch(self, names: Sequence[str]) -> None:
        for name in names:
            with self._guard:
                if name in self._running or self._stopping.is_set():
                    continue
                self._running.add(name)
            self._pool.submit(self._do, name).add_done_callback(partial(self._over, name))

    def _over(self, name: str, job: Future[None]) -> None:
        with self._guard:
            self._running.discard(name)
        if not job.cancelled() and (error := job.exception()) is not None:
            log.error("job.failed", job=name, error=repr(error))
            return
        self._wake.set()


def drain(find: Find, do: Do, *, most: int = 10_000) -> int:
    """Do everything there is to do, here and now, one job after the other; how many jobs that was."""
    for done in range(most):
        names = find()
        if not names:
            return done
        do(names[0])
    raise RuntimeError(f"there is still work after {most} jobs: {', '.join(find())}")
