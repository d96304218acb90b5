"""A worker process that dies at its n-th step: any statement, any commit, any call to an outside system."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event

from trueup.app import Place, engine, opened
from trueup.clock import utc_now
from trueup.runtime.procrastination import ProcrastinateEngine
from trueup.runtime.threads import drain
from trueup.sync.hub import Hub
from trueup.sync.jobs import do_work, find_work

CALLS = ("changes", "fetch", "find", "push")


class Tripwire:
    """Kills the process, as if the power went, when it has been passed `steps` times (0: never)."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self._guard = threading.Lock()

    def step(self, *_: Any, **__: Any) -> None:
        with self._guard:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A connector whose every call is a step before it and a step after it."""

    def __init__(self, connector: Any, wire: Tripwire) -> None:
        self._connector, self._wire = connector, wire
        self.capabilities = connector.capabilities

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connector, name)
        return partial(self._call, method) if name in CALLS else method

    def _call(self, method: Callable[..., Any], *given: Any) -> Any:
        self._wire.step()
        answer = method(*given)
        self._wire.step()
        return answer


def work(url: str, home: Path, jump: Any, steps: int, until_idle: bool) -> None:
    """Work until killed (or, with `until_idle`, until nothing is left to do). `jump` is how far the clock is ahead."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=jump.value)

    wire = Tripwire(steps)
    with opened(Place(home=home, database=url), clock=clock) as hub:
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(hub.database.engine, name, wire.step)
        watch(hub, wire)
        if until_idle:
            drain(partial(find_work, hub), partial(do_work, hub))
        else:
            run(hub)


def watch(hub: Hub, wire: Tripwire) -> None:
    open_one = hub.connectors.of
    watched = type(
        "WatchedConnectors", (), {"of": lambda _, row: Watched(open_one(row), wire), "close": lambda _: None}
    )
    object.__setattr__(hub, "connectors", watched())


def run(hub: Hub) -> None:
    running = engine(hub, idle=0.02)
    if isinstance(running, ProcrastinateEngine):
        running.run()
    else:
        running.start()
        signal.pause()
