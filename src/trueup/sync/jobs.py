"""The jobs: collect a flow, deliver a lane. Work is found in the tables; a job's name is all that travels."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import structlog

from trueup.connectors.kit.errors import OutsideError
from trueup.domain.record import Kind
from trueup.runtime.schedule import Schedule
from trueup.store import connections, deliveries, flows, hints, lanes
from trueup.store.connections import ConnectionRow
from trueup.store.flows import FlowRow
from trueup.store.lanes import Lease, LeaseLost
from trueup.sync.collect import Collected, Collector
from trueup.sync.decide import pause_after
from trueup.sync.deliver import Delivered, Deliverer
from trueup.sync.flow import LANES, collect_lane, deliver_lane, settings_of
from trueup.sync.hub import Hub
from trueup.sync.keeping import concerned, keepings, led_by, shared_by
from trueup.sync.pace import pace_from
from trueup.sync.settle import Follower

log = structlog.get_logger("trueup.sync")

BUG_PAUSE = timedelta(minutes=1)

FRESH = timedelta(minutes=1)
"""Orders that were read within this time are not read again before stock is written."""

CHECKED_EVERY = timedelta(seconds=30)
"""While stock is being written without a pause, the shop's orders are read this often."""


def find_work(hub: Hub) -> list[str]:
    """The names of all jobs that could be done now and that nobody does, deliveries first."""
    now = hub.clock()
    with hub.database.read() as tx:
        rows = connections.everyone(tx)
        paused = {row.id for row in rows if row.is_paused(now)}
        hinted = set(hints.kinds_waiting(tx))
        readable = [flow for flow in flows.everyone(tx) if flow.active and flow.leader_id not in paused]
        owed = [pair for pair in deliveries.lanes_with_work(tx, now) if pair[0] not in paused]
        held = lanes.held(tx, now)
    first = _first_loads(readable, now)
    names = [deliver_lane(*pair) for pair in owed if pair not in first]
    busy = {follower_id for follower_id, lane in owed if lane == LANES[Kind.STOCK]}
    sold = {flow.id for row in rows for flow in readable if _may_have_sold(row, flow, busy, now)}
    names += [collect_lane(flow.id) for flow in readable if flow.id in sold or _is_due(flow, hinted, now)]
    return [name for name in names if name not in held]


def _first_loads(readable: Sequence[FlowRow], now: datetime) -> set[tuple[int, str]]:
    """Lanes of followers that a flow is about to be read for, for the first time: once all of them are read, a
    product travels with its price and its stock in one piece instead of three."""
    first = [flow for flow in readable if flow.read_at is None and (flow.due_at is None or flow.due_at <= now)]
    return {(follower_id, LANES[Kind(flow.kind)]) for flow in first for follower_id in flow.followers}


def _may_have_sold(leader: ConnectionRow, flow: FlowRow, busy: Collection[int], now: datetime) -> bool:
    """Stock was written to this shop after its orders were read; a sale meanwhile may be overwritten. They are read
    when all of it is written, and in between every now and then."""
    if leader.id not in busy or flow.read_at is None or now - flow.read_at > CHECKED_EVERY:
        return _wrote_unseen(leader, flow)
    return False


def _wrote_unseen(leader: ConnectionRow, flow: FlowRow) -> bool:
    return flow.kind == Kind.ORDER and flow.leader_id == leader.id and leader.stock_writes > flow.writes_seen


def do_work(hub: Hub, name: str) -> None:
    """Do one job, unless somebody else does it. What goes wrong outside is written down, not raised."""
    what, number, *lane = name.split(":")
    if what == "deliver" and lane[0] == LANES[Kind.STOCK]:
        _read_orders_first(hub, int(number))
    with hub.database.write() as tx:
        lease = lanes.take(tx, name, owner=hub.owner, now=hub.clock(), length=hub.lease)
    if lease is None:
        return
    try:
        if what == "collect":
            collect_flow(hub, int(number), lease)
        else:
            deliver(hub, int(number), lane[0], lease)
    except LeaseLost:
        log.warning("lane.lost", lane=name)
    except Exception as bug:  # the boundary of every job: the lane pauses instead of failing in a circle
        log.exception("job.failed", job=name)
        _pause(hub, what, int(number), bug)
    finally:
        with hub.database.write() as tx:
            lanes.leave(tx, lease)


def _read_orders_first(hub: Hub, shop_id: int) -> None:
    """Before stock is written to a shop: what it sold since its orders were read would be overwritten."""
    now = hub.clock()
    with hub.database.write() as tx:
        if not deliveries.has_due(tx, shop_id, Kind.STOCK.value, LANES[Kind.STOCK], now):
            return
        stale = [
            flow
            for flow in flows.everyone(tx)
            if flow.active and flow.kind == Kind.ORDER and flow.leader_id == shop_id and _is_stale(flow, now)
        ]
        if stale:
            connections.count_stock_write(tx, shop_id)
    for flow in stale:
        do_work(hub, collect_lane(flow.id))


def _is_stale(flow: FlowRow, now: datetime) -> bool:
    return flow.read_at is None or now - flow.read_at > FRESH


def _pause(hub: Hub, what: str, number: int, bug: Exception) -> None:
    sentence = f"trueup itself failed: {type(bug).__name__}: {bug}. It goes on in a minute; please report this."
    now = hub.clock()
    with hub.database.write() as tx:
        flow = flows.by_id(tx, number) if what == "collect" else None
        connections.pause(tx, flow.leader_id if flow else number, until=now + BUG_PAUSE, sentence=sentence)


def _is_due(flow: FlowRow, hinted: set[tuple[int, str]], now: datetime) -> bool:
    due = flow.due_at is None or flow.due_at <= now
    return due or flow.wanted_at is not None or (flow.leader_id, flow.kind) in hinted


def collect_flow(hub: Hub, flow_id: int, lease: Lease) -> Collected | None:
    """One run of a flow: what webhooks named first, then everything since the cursor if that is due."""
    now = hub.clock()
    with hub.database.write() as tx:
        flow = flows.by_id(tx, flow_id)
        leader = connections.by_id(tx, flow.leader_id) if flow else None
        if flow is None or leader is None or not flow.active or leader.is_paused(now):
            return None
        cause = _cause(flow, leader, now)
        flows.end_lost_runs(tx, flow.id, now)
        run_id = flows.start_run(tx, flow.id, cause=cause, now=now)
    return _run(hub, flow, leader, lease, run_id, full=cause != "webhook")


def _cause(flow: FlowRow, leader: ConnectionRow, now: datetime) -> str:
    if flow.wanted_at is not None:
        return "start now"
    if flow.due_at is None or flow.due_at <= now:
        return "schedule"
    return "stock written" if _wrote_unseen(leader, flow) else "webhook"


def collector_of(hub: Hub, flow: FlowRow, leader: ConnectionRow, lease: Lease, run_id: int) -> Collector:
    """What reads for this run. Raises OutsideError if the leader's settings cannot be used."""
    with hub.database.read() as tx:
        keeping = concerned(keepings(hub, tx), flow)
    return Collector(
        database=hub.database,
        source=hub.connectors.of(leader),
        flow=flow,
        lease=lease,
        run_id=run_id,
        clock=hub.clock,
        executor=hub.executor,
        keeping=keeping,
    )


def _run(hub: Hub, flow: FlowRow, leader: ConnectionRow, lease: Lease, run_id: int, *, full: bool) -> Collected | None:
    try:
        collector = collector_of(hub, flow, leader, lease, run_id)
        seen = collector.collect_hinted()
        seen = collector.collect() if full else seen
    except OutsideError as error:
        _run_failed(hub, flow, leader, run_id, error)
        return None
    except LeaseLost:
        raise
    except Exception as bug:  # the boundary to every connector: it is written down where people look
        log.exception("run.failed", flow=flow.name)
        _run_failed(hub, flow, leader, run_id, OutsideError(_say_bug(flow, bug)))
        return None
    _run_done(hub, flow, leader, run_id, full=full)
    log.info("run.done", flow=flow.name, read=seen.read, changed=seen.changed, quarantined=seen.quarantined)
    return seen


def _run_done(hub: Hub, flow: FlowRow, leader: ConnectionRow, run_id: int, *, full: bool) -> None:
    now = hub.clock()
    with hub.database.write() as tx:
        flows.end_run(tx, run_id, state="done", sentence=None, now=now)
        connections.note_answer(tx, flow.leader_id, now)
        if full:
            latest = flows.by_id(tx, flow.id) or flow  # somebody may have changed its schedule meanwhile
            due = Schedule.model_validate(latest.schedule).next_start(now)
            flows.change(tx, flow.id, due_at=due, read_at=now, writes_seen=leader.stock_writes)
            flows.unwant(tx, flow.id, flow.wanted_at)


def _run_failed(hub: Hub, flow: FlowRow, leader: ConnectionRow, run_id: int, error: OutsideError) -> None:
    """The run is over, the flow stays due: the next one starts when the leader's breaker closes."""
    now = hub.clock()
    until = pause_after(error, leader.failures + 1, now=now, jitter=0.5)
    with hub.database.write() as tx:
        flows.end_run(tx, run_id, state="failed", sentence=error.sentence, now=now)
        connections.pause(tx, leader.id, until=until, sentence=error.sentence)
    log.warning("run.failed", flow=flow.name, sentence=error.sentence)


def _say_bug(flow: FlowRow, bug: Exception) -> str:
    return (
        f"trueup could not read for the flow {flow.name}: {type(bug).__name__}: {bug}. This is a fault of trueup. "
        "It is tried again; please report it with this sentence."
    )


def deliver(hub: Hub, follower_id: int, lane: str, lease: Lease) -> Delivered | None:
    """One turn in a lane, at most as long as a turn may take, so that every connection gets its share."""
    now = hub.clock()
    with hub.database.read() as tx:
        row = connections.by_id(tx, follower_id)
        learned = lanes.pace(tx, lease.name)
        back = [f for f in flows.everyone(tx) if settings_of(f.settings).write_back and follower_id in f.followers]
        found = keepings(hub, tx)
        leaders = [one for one in connections.everyone(tx) if one.id in {f.leader_id for f in back}]
    if row is None or row.is_paused(now):
        return None
    target = hub.connectors.of(row)
    offers = target.capabilities
    deliverer = Deliverer(
        database=hub.database,
        target=target,
        lane=lane,
        lease=lease,
        follower=Follower(
            id=row.id,
            name=row.name,
            settle_time=offers.settle,
            writes_back=frozenset(flow.id for flow in back),
            keeping=led_by(found, row.id),
            numbered=frozenset(one.id for one in leaders if _takes_numbers(hub, one)),
        ),
        pace=pace_from(learned, cap=offers.batch, most_flights=offers.flights),
        executor=hub.executor,
        clock=hub.clock,
        keeping=shared_by(found, row.id),
        enough=_after(hub.turn.total_seconds()),
    )
    turn = deliverer.deliver()
    log.info("lane.done", follower=row.name, lane=lane, done=turn.done, later=turn.later, paused=turn.paused)
    return turn


def _takes_numbers(hub: Hub, leader: ConnectionRow) -> bool:
    """Whether the numbers of its customers can be written there."""
    try:
        return Kind.CUSTOMER_NUMBER in hub.connectors.of(leader).capabilities.writes
    except OutsideError:  # its settings cannot be used at the moment; its own lanes say so
        return False


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
