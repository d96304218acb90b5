"""The engine for many machines: procrastinate on the PostgreSQL that holds the tables.

Jobs carry a name and no data ("deliver:3:catalogue"). One name waits at most once; two workers that get the same name
meet at the lane's lease. A job that a killed worker left behind blocks nobody and is swept away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from trueup.runtime.threads import Do, Find

log = structlog.get_logger("trueup.engine")
TASK = "trueup.work"
QUEUE = "trueup"


def conninfo(url: str) -> str:
    """The URL as the driver itself reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def make_schema(url: str) -> None:
    """Procrastinate's own tables, once; processes that start at the same moment wait for each other."""
    with (
        psycopg.connect(conninfo(url)) as first,
        App(connector=SyncPsycopgConnector(conninfo=conninfo(url))).open() as app,
    ):
        first.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = app.connector.get_sync_connector().execute_query_one(_IS_THERE)
        if there["table"] is None:
            app.schema_manager.apply_schema()


_LOCK = 8_242_020  # an arbitrary number, like the one of the migrations
_IS_THERE = "SELECT to_regclass('procrastinate_jobs') AS table"


class Nudger:
    """Puts the names of jobs into the queue, each at most once."""

    def __init__(self, url: str) -> None:
        self._app = App(connector=SyncPsycopgConnector(conninfo=conninfo(url)))
        self._app.open()

    def nudge(self, names: Sequence[str]) -> None:
        for name in names:
            job = self._app.configure_task(TASK, queue=QUEUE, queueing_lock=name, allow_unknown=True)
            try:
                job.defer(name=name)
            except AlreadyEnqueued:
                continue

    def close(self) -> None:
        self._app.close()


class ProcrastinateEngine:
    """One worker process. It looks for work like every other, queues what it finds, and does what it is given."""

    def __init__(self, url: str, find: Find, do: Do, *, threads: int = 4, idle: float = 1.0) -> None:
        self._url, self._find, self._do = url, find, do
        self._threads, self._idle = threads, idle
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Until the process is asked to end (SIGINT, SIGTERM) or `stop` is called."""
        ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)
        ticker.start()
        try:
            asyncio.run(self._work())
        finally:
            self._stopping.set()
            self._wake.set()
            ticker.join()

    def start(self) -> None:
        """Run in a thread of this process, beside the pages."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def nudge(self) -> None:
        self._wake.set()

    def _tick(self) -> None:
        nudger = Nudger(self._url)
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                nudger.nudge(self._find())
            except Exception:
                log.exception("engine.look-failed")
            self._wake.wait(self._idle)
        nudger.close()

    async def _work(self) -> None:
        app = App(connector=PsycopgConnector(conninfo=conninfo(self._url)))
        app.task(name=TASK, queue=QUEUE)(self._perform)
        async with app.open_async():
            sweeper = asyncio.create_task(_sweep(app))
            worker = asyncio.create_task(self._worker(app))
            stopper = asyncio.create_task(asyncio.to_thread(self._stopping.wait))
            try:
                await asyncio.wait({worker, stopper}, return_when=asyncio.FIRST_COMPLETED)
            finally:  # also for a Ctrl-C before the worker listens for it: the stopper's thread must not stay behind
                self._stopping.set()
                sweeper.cancel()
                worker.cancel()
                await asyncio.gather(worker, sweeper, stopper, return_exceptions=True)

    async def _worker(self, app: App) -> None:
        in_main = threading.current_thread() is threading.main_thread()
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=self._threads,
            delete_jobs="always",
            install_signal_handlers=in_main,
            fetch_job_polling_interval=1.0,
        )

    def _perform(self, name: str) -> None:
        self._do(name)
        self._wake.set()


async def _sweep(app: App) -> None:
    """Take away what killed workers left behind; the work itself is found again in the tables."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
            if job.id is not None:
                await app.job_manager.finish_job_by_id_async(job.id, status=Status.FAILED, delete_job=True)
        await asyncio.sleep(30)
