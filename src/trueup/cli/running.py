"""`flow run`: start flows now, do the work here or watch whoever has it in hand, until nothing is left to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from trueup.app import work_off
from trueup.cli.output import exact, out, say
from trueup.store import flows, views
from trueup.store.flows import FlowRow
from trueup.store.views import FlowStatus, Mark
from trueup.sync import arrange
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

LOOK_EVERY = 0.2
IDLE_LOOKS = 5
"""So many looks in a row at which nobody works and nothing can be done mean that the rest has to wait."""


def run_flows(hub: Hub, chosen: Sequence[FlowRow]) -> None:
    """Raises Refused if a flow is inactive, or if something stands in the way of one."""
    with hub.database.read() as tx:
        mark = views.mark(tx)
    for flow in chosen:
        arrange.start_now(hub, flow)
    ids = [flow.id for flow in chosen]
    with _shown(hub, ids, mark):
        _until_done(hub, ids)
    stopped = [sentence for flow_id in ids for sentence in _told(hub, flow_id, mark)]
    if stopped:
        raise Refused(" ".join(dict.fromkeys(stopped)))


def _until_done(hub: Hub, ids: Sequence[int]) -> None:
    idle, pause = 0, threading.Event()
    while idle < IDLE_LOOKS:
        done = work_off(hub)
        found = _statuses(hub, ids)
        if not done and not any(_is_unfinished(one) for one in found):
            return
        idle = 0 if done or any(one.state == "running" for one in found) else idle + 1
        if not done:
            pause.wait(LOOK_EVERY)


def _is_unfinished(one: FlowStatus) -> bool:
    """A lane is held; or there is something to do, and no pause that forbids it."""
    wanted = one.flow.active and (one.flow.wanted_at is not None or one.ready > 0)
    return one.state == "running" or (wanted and not one.pauses)


def _statuses(hub: Hub, ids: Sequence[int]) -> list[FlowStatus]:
    now = hub.clock()
    with hub.database.read() as tx:
        rows = [flows.by_id(tx, flow_id) for flow_id in ids]
        return [views.flow_status(tx, row, now) for row in rows if row is not None]


@contextmanager
def _shown(hub: Hub, ids: Sequence[int], mark: Mark) -> Iterator[None]:
    """A bar for each flow while the work goes on; nothing where nobody watches."""
    if not out.is_terminal:
        yield
        return
    over = threading.Event()
    with _bars() as bars:
        tasks = {
            one.flow.id: bars.add_task(one.flow.name, total=None, read=0, changed=0) for one in _statuses(hub, ids)
        }
        watcher = threading.Thread(target=_watch, args=(hub, bars, tasks, mark, over), name="progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            _draw(hub, bars, tasks, mark)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("read {task.fields[read]}  changed {task.fields[changed]}  delivered {task.completed:.0f}"),
        TimeElapsedColumn(),
        console=out,
    )


def _watch(hub: Hub, bars: Progress, tasks: dict[int, TaskID], mark: Mark, over: threading.Event) -> None:
    while not over.wait(LOOK_EVERY):
        _draw(hub, bars, tasks, mark)


def _draw(hub: Hub, bars: Progress, tasks: dict[int, TaskID], mark: Mark) -> None:
    for one in _statuses(hub, list(tasks)):
        with hub.database.read() as tx:
            seen = views.progress(tx, one.flow.id, mark)
        known = bool(seen.delivered or one.owed) or one.flow.wanted_at is None
        total = seen.delivered + one.owed if known else None
        task = tasks[one.flow.id]
        bars.update(task, total=total, completed=seen.delivered, read=seen.read, changed=seen.changed)


def _told(hub: Hub, flow_id: int, mark: Mark) -> Iterator[str]:
    """What came of it, printed; what stands in the way, yielded."""
    [one] = _statuses(hub, [flow_id])
    with hub.database.read() as tx:
        seen = views.progress(tx, flow_id, mark)
    say(
        f"{one.flow.name}: read {seen.read}, changed {seen.changed}, delivered {seen.delivered}, left {one.owed}, "
        f"quarantined {one.quarantined}."
    )
    if one.waiting:
        say(f"  {one.waiting} wait for another record.", "dim")
    if one.next_try_at is not None and not one.ready:
        say(f"  {one.due} are tried again from {exact(one.next_try_at)} on.", "dim")
    if one.quarantined:
        say("  What is wrong there: trueup quarantine list", "dim")
    yield from (f"{pause.connection} is paused until {exact(pause.until)}: {pause.sentence}" for pause in one.pauses)
