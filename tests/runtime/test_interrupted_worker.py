"""A worker that is interrupted before it listens for Ctrl-C ends all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.databases import postgres_database
from trueup.runtime.procrastination import ProcrastinateEngine, make_schema


async def interrupted(engine: ProcrastinateEngine) -> None:
    """What the first Ctrl-C does in a process that has no handler of its own yet: the main task is cancelled."""
    working = asyncio.create_task(engine._work())
    while not any("_worker" in repr(task.get_coro()) for task in asyncio.all_tasks()):
        await asyncio.sleep(0.001)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


@pytest.mark.usefixtures("postgres_server")
@pytest.mark.timeout(60)
def test_an_interrupted_worker_leaves_no_thread_behind_that_its_process_waits_for(run_folder: Path) -> None:
    with postgres_database(run_folder, migrated=False) as url:
        make_schema(url)
        engine = ProcrastinateEngine(url, find=list, do=print)
        asyncio.run(interrupted(engine))
        assert engine._stopping.is_set()
