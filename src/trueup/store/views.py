"""What pages and commands show: plain reads over several tables, as frozen rows. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, func, select

from trueup.store import connections, flows, lanes, life, quarantine, records, transfers
from trueup.store.connections import ConnectionRow
from trueup.store.deliveries import DONE, DUE, SKIPPED, WAITING
from trueup.store.flows import FlowRow, RunRow
from trueup.store.tables import delivery, run, transfer

HOUR = timedelta(hours=1)
OWED = (DUE, WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatus:
    """One connection as it stands. `state`: ready, paused (the breaker is open, `sentence` says why), red (its last
    verification found something that will not work) or unverified. `owed` counts what it is still to get, `led` the
    records that it leads, by kind."""

    id: int
    name: str
    system: str
    state: str
    sentence: str | None
    paused_until: datetime | None
    failures: int
    verified_at: datetime | None
    last_ok_at: datetime | None
    findings: Sequence[Mapping[str, str]]
    owed: int
    led: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A paused connection that a flow needs."""

    connection: str
    until: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStatus:
    """One flow as it stands. `state`: inactive, paused (a connection that it needs is), running (reading or delivering
    now), due (it starts as soon as somebody works) or waiting for `next_start`.

    `due`, `waiting`, `done` and `skipped` count deliveries; `quarantined` counts open entries, those set aside at
    reading too. `ready` is how many of the due ones may be sent now, `next_try_at` when the first of the others
    may be; `oldest_owed_at` is since when the longest waiting delivery is owed.
    """

    flow: FlowRow
    leader: str
    followers: tuple[str, ...]
    state: str
    due: int
    waiting: int
    done: int
    quarantined: int
    skipped: int
    ready: int
    oldest_owed_at: datetime | None
    next_try_at: datetime | None
    last_run: RunRow | None
    last_success_at: datetime | None
    next_start: datetime | None
    pauses: tuple[Pause, ...]

    @property
    def owed(self) -> int:
        return self.due + self.waiting

    @property
    def leads_to(self) -> str:
        return f"{self.leader} → {', '.join(self.followers)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment in the log, to count from: the newest run and transfer then."""

    run_id: int
    transfer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a flow did since a mark: items read, records that were different, deliveries sent, tries that failed."""

    read: int
    changed: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole installation in numbers. `transfers` are the tries of the last hour by outcome (created, adopted,
    updated, or the error's class); `settled` says that no active flow owes anything and nothing is set aside.

    `orders` are the orders by their state; `tasks` those of the open entries that only a person can decide,
    `contradictions` the orders about which the systems contradict each other."""

    connections: tuple[ConnectionStatus, ...]
    flows: tuple[FlowStatus, ...]
    transfers: Mapping[str, int]
    oldest_owed_at: datetime | None
    last_run: RunRow | None
    orders: Mapping[str, int] = field(default_factory=dict)
    tasks: int = 0
    contradictions: int = 0

    @property
    def owed(self) -> int:
        return sum(flow.owed for flow in self.flows)

    @property
    def done(self) -> int:
        return sum(flow.done for flow in self.flows)

    @property
    def quarantined(self) -> int:
        return sum(flow.quarantined for flow in self.flows)

    @property
    def settled(self) -> bool:
        return not self.quarantined and not any(flow.owed for flow in self.flows if flow.flow.active)

    def oldest_owed_age(self, now: datetime) -> timedelta | None:
        return None if self.oldest_owed_at is None else now - self.oldest_owed_at


def overview(tx: Connection, now: datetime) -> Overview:
    found = tuple(_statuses(tx, flows.everyone(tx), now))
    latest = flows.runs(tx, limit=1)
    return Overview(
        connections=tuple(connection_statuses(tx, now)),
        flows=found,
        transfers=_outcomes(tx, now - HOUR),
        oldest_owed_at=_first(status.oldest_owed_at for status in found),
        last_run=latest[0] if latest else None,
        orders=life.counts(tx),
        tasks=quarantine.count_tasks(tx),
        contradictions=life.count_refused(tx),
    )


def flow_status(tx: Connection, flow: FlowRow, now: datetime) -> FlowStatus:
    """One flow's part of the overview."""
    return next(_statuses(tx, [flow], now))


def mark(tx: Connection) -> Mark:
    return Mark(run_id=_newest(tx, run), transfer_id=_newest(tx, transfer))


def _newest(tx: Connection, table: Table) -> int:
    return int(tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def progress(tx: Connection, flow_id: int, since: Mark) -> Progress:
    total = select(func.coalesce(func.sum(run.c.read), 0), func.coalesce(func.sum(run.c.changed), 0))
    read, changed = tx.execute(total.where(run.c.flow_id == flow_id, run.c.id > since.run_id)).one()
    good = transfer.c.sentence.is_(None)
    query = select(good, func.count()).join(delivery, delivery.c.id == transfer.c.delivery_id)
    query = query.where(delivery.c.flow_id == flow_id, transfer.c.id > since.transfer_id).group_by(good)
    tries = {bool(fine): number for fine, number in tx.execute(query)}
    return Progress(read=read, changed=changed, delivered=tries.get(True, 0), failed=tries.get(False, 0))


def connection_statuses(tx: Connection, now: datetime) -> list[ConnectionStatus]:
    """Every connection in the order in which they were added."""
    led: dict[int, dict[str, int]] = {}
    for (leader_id, kind), number in records.counts(tx).items():
        led.setdefault(leader_id, {})[kind] = number
    query = select(delivery.c.follower_id, func.count()).where(delivery.c.state.in_(OWED))
    owed = {row[0]: row[1] for row in tx.execute(query.group_by(delivery.c.follower_id))}
    rows = connections.everyone(tx)
    return [_connection_status(row, owed.get(row.id, 0), led.get(row.id, {}), now) for row in rows]


def _connection_status(row: ConnectionRow, owed: int, led: Mapping[str, int], now: datetime) -> ConnectionStatus:
    findings = row.findings or ()
    red = [finding["sentence"] for finding in findings if finding["level"] == "red"]
    state, sentence = "ready" if row.verified_at else "unverified", None
    if row.is_paused(now):
        state, sentence = "paused", row.pause_sentence
    elif red:
        state, sentence = "red", red[0]
    return ConnectionStatus(
        id=row.id,
        name=row.name,
        system=row.system,
        state=state,
        sentence=sentence,
        paused_until=row.paused_until if state == "paused" else None,
        failures=row.failures,
        verified_at=row.verified_at,
        last_ok_at=row.last_ok_at,
        findings=findings,
        owed=owed,
        led=led,
    )


def _statuses(tx: Connection, chosen: Sequence[FlowRow], now: datetime) -> Iterator[FlowStatus]:
    rows = {row.id: row for row in connections.everyone(tx)}
    counted, open_entries = _counts(tx, chosen), quarantine.count_open(tx)
    held = lanes.held(tx, now)
    for flow in chosen:
        owed = _owed_lanes(tx, flow)
        pauses = tuple(_pauses([rows[flow.leader_id], *(rows[id] for id in flow.followers)], now))
        working = {f"collect:{flow.id}", *(f"deliver:{id}:{lane}" for id, lane in owed)} & held
        runs = flows.runs(tx, flow.id, limit=1)
        yield FlowStatus(
            flow=flow,
            leader=rows[flow.leader_id].name,
            followers=tuple(rows[id].name for id in flow.followers),
            state=_state(flow, bool(pauses), bool(working), now),
            due=counted.get((flow.id, DUE), 0),
            waiting=counted.get((flow.id, WAITING), 0),
            done=counted.get((flow.id, DONE), 0),
            quarantined=open_entries.get(flow.id, 0),
            skipped=counted.get((flow.id, SKIPPED), 0),
            ready=_ready(tx, flow, now),
            oldest_owed_at=_first(owed.values()),
            next_try_at=_next_try(tx, flow, now),
            last_run=runs[0] if runs else None,
            last_success_at=_last_success(tx, flow.id),
            next_start=_next_start(flow, now),
            pauses=pauses,
        )


def _state(flow: FlowRow, paused: bool, working: bool, now: datetime) -> str:
    if not flow.active:
        return "inactive"
    if working or paused:
        return "running" if working else "paused"
    next_start = _next_start(flow, now)
    return "due" if next_start is not None and next_start <= now else "waiting"


def _next_start(flow: FlowRow, now: datetime) -> datetime | None:
    if not flow.active:
        return None
    return now if flow.wanted_at is not None or flow.due_at is None else flow.due_at


def _pauses(rows: Iterable[ConnectionRow], now: datetime) -> Iterator[Pause]:
    for row in rows:
        if row.paused_until is not None and row.is_paused(now):
            yield Pause(connection=row.name, until=row.paused_until, sentence=row.pause_sentence or "")


def _counts(tx: Connection, chosen: Sequence[FlowRow]) -> dict[tuple[int, str], int]:
    """(flow id, state) -> deliveries; the flow ids are named so that the index is used on SQLite too."""
    query = select(delivery.c.flow_id, delivery.c.state, func.count())
    query = query.where(delivery.c.flow_id.in_([flow.id for flow in chosen]))
    return {(row[0], row[1]): row[2] for row in tx.execute(query.group_by(delivery.c.flow_id, delivery.c.state))}


def _owed_lanes(tx: Connection, flow: FlowRow) -> dict[tuple[int, str], datetime]:
    """(follower id, lane) -> since when the longest waiting delivery of this flow is owed there."""
    query = select(delivery.c.follower_id, delivery.c.lane, func.min(delivery.c.due_since))
    query = query.where(delivery.c.flow_id == flow.id, delivery.c.state.in_(OWED))
    grouped = tx.execute(query.group_by(delivery.c.follower_id, delivery.c.lane))
    return {(follower_id, lane): since for follower_id, lane, since in grouped}


def _ready(tx: Connection, flow: FlowRow, now: datetime) -> int:
    may = (delivery.c.not_before.is_(None)) | (delivery.c.not_before <= now)
    query = select(func.count()).where(delivery.c.flow_id == flow.id, delivery.c.state == DUE, may)
    return int(tx.execute(query).scalar_one())


def _next_try(tx: Connection, flow: FlowRow, now: datetime) -> datetime | None:
    mine = (delivery.c.flow_id == flow.id) & (delivery.c.state == DUE) & (delivery.c.not_before > now)
    return tx.execute(select(func.min(delivery.c.not_before)).where(mine)).scalar()


def _last_success(tx: Connection, flow_id: int) -> datetime | None:
    query = select(run.c.ended_at).where(run.c.flow_id == flow_id, run.c.state == "done")
    return tx.execute(query.order_by(run.c.id.desc()).limit(1)).scalar()


def _outcomes(tx: Connection, since: datetime) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, _, outcome), number in transfers.outcomes_since(tx, since).items():
        found[outcome] = found.get(outcome, 0) + number
    return found


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
