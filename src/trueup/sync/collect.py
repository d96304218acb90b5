"""Collect: read what changed at the leader, check it, and store records, deliveries and cursor in one transaction.

Polling, a webhook, "start now" and a retry are only different ways into here. Nothing is delivered here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import groupby
from typing import TypeVar

from sqlalchemy import Connection

from trueup.clock import Clock
from trueup.connectors.kit.ports import Change, Page, Source, Unreadable
from trueup.domain.order import Order
from trueup.domain.record import Kind, Problem, Record, fingerprint_of
from trueup.store import deliveries, flows, hints, lanes, quarantine, records
from trueup.store.database import Database
from trueup.store.flows import FlowRow
from trueup.store.lanes import Lease
from trueup.sync import allocation
from trueup.sync.about_orders import owe_what_belongs, owed_row, recipients
from trueup.sync.check import problems_of, unstorable
from trueup.sync.flow import settings_of, since
from trueup.sync.keeping import Keeping
from trueup.sync.life import look_at_what_came, note_changes

T = TypeVar("T")
EPOCH = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Collected:
    """What one run saw: how many items, how many were different, how many it had to set aside."""

    read: int = 0
    changed: int = 0
    quarantined: int = 0
    newest: datetime = field(default=EPOCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """One run of one flow. Raises whatever the source raises for a call that failed as a whole, and LeaseLost.
    `keeping` is the stock that what is read here has to do with, if any."""

    database: Database
    source: Source
    flow: FlowRow
    lease: Lease
    run_id: int
    clock: Clock
    executor: Executor
    keeping: Keeping | None = None

    def collect(self) -> Collected:
        """Read everything since the cursor. The cursor moves with the last page: pages come in no order of time."""
        seen, asked_at = Collected(), self.clock()
        start = since(self.flow.cursor_at, settings_of(self.flow.settings).overlap)
        pages = self.source.changes(Kind(self.flow.kind), start)
        for page, is_last in _with_last(lambda: self._patiently(partial(next, pages, None))):
            self._store(page.items, seen, asked_at, cursor_limit=page.asked_at if is_last else None)
            page.acknowledge()
        if self.keeping:
            with self.database.write() as tx:
                lanes.hold(tx, self.lease, self.clock())
                allocation.all_read(tx, self.keeping, self.flow, asked_at, self.clock())
        return seen

    def collect_hinted(self) -> Collected:
        """Read the things that webhooks named; the cursor stays where it is."""
        seen = Collected()
        while True:
            with self.database.read() as tx:
                noted = hints.waiting(tx, self.flow.leader_id, self.flow.kind)
            if not noted:
                return seen
            self._fetch([hint.ref for hint in noted], seen, noted)

    def collect_these(self, refs: Sequence[str]) -> Collected:
        """Read these things again, as they are now."""
        seen = Collected()
        self._fetch(refs, seen)
        return seen

    def _fetch(self, refs: Sequence[str], seen: Collected, noted: Sequence[hints.HintRow] = ()) -> None:
        asked_at = self.clock()
        items = self._patiently(lambda: self.source.fetch(Kind(self.flow.kind), refs))
        there = {item.id if isinstance(item, Unreadable) else item.record.id for item in items}
        self._store(items, seen, asked_at, noted=noted, gone=set(refs) - there)

    def _patiently(self, call: Callable[[], T]) -> T:
        """What the source answers; the lane is kept however long that takes, so that nobody else begins the same."""
        job = self.executor.submit(call)
        while not wait([job], timeout=self.lease.length.total_seconds() / 3).done:
            with self.database.write() as tx:
                lanes.hold(tx, self.lease, self.clock())
        return job.result()

    def _store(
        self,
        items: Sequence[Change | Unreadable],
        seen: Collected,
        asked_at: datetime,
        *,
        cursor_limit: datetime | None = None,
        noted: Sequence[hints.HintRow] = (),
        gone: Collection[str] = (),
    ) -> None:
        now = self.clock()
        page = _sorted_out(items)
        seen.newest = max([seen.newest, *(item.changed_at for item in items if item.changed_at)])
        with self.database.write() as tx:
            lanes.hold(tx, self.lease, now)
            if self.keeping:
                allocation.stock_read(tx, self.keeping, [change.record for change in page.good], asked_at, now)
            changed = self._keep(tx, page, now)
            if self.keeping:
                read = [change.record for change in [*page.good, *page.flawed]]
                allocation.take_in(tx, self.keeping, self.flow, read, gone, now)
            self._set_aside(tx, page.bad, now)
            look_at_what_came(tx, Kind(self.flow.kind), self.flow.leader_id, page.touched, now)
            if cursor_limit is not None and seen.newest > EPOCH:
                flows.move_cursor(tx, self.flow.id, min(seen.newest, cursor_limit))
            hints.forget(tx, noted)
            flows.count_run(tx, self.run_id, read=len(items), changed=changed, quarantined=len(page.bad))
        seen.read += len(items)
        seen.changed += changed
        seen.quarantined += len(page.bad)

    def _keep(self, tx: Connection, page: _Sorted, now: datetime) -> int:
        """Store what is new to a follower or to us; the number of those records."""
        came = [_Arriving(change.record, change.changed_at) for change in page.good]
        news = self._news(tx, came)
        changed, owing = {one.record.id for one in news}, {one.record.id for one in news if one.followers}
        beside = {
            (record.kind, record.id): _Arriving(record, change.changed_at)
            for change in page.good
            if change.record.id in owing
            for record in change.companions
        }
        flawed = [_Arriving(change.record, change.changed_at) for change in page.flawed]
        moved = self._moved(tx, [*(one for one in came if one.record.id not in changed), *flawed])
        arriving = [*self._news(tx, list(beside.values())), *news]
        note_changes(tx, self.flow.leader_id, [one.record for one in [*news, *moved]], now)
        records.store(tx, [self._record_row(one, now) for one in [*arriving, *moved]])
        deliveries.owe(tx, [row for one in arriving for row in self._owed(one)], now)
        self._hold_or_wake(tx, [one.record for one in [*news, *moved]], [one.record.id for one in flawed], now)
        readable = [change.record.id for change in page.good]
        mended = quarantine.resolve(tx, self.flow.id, quarantine.READING, self.flow.kind, readable, now)
        for follower_id in self.flow.followers:
            quarantine.resolve(tx, self.flow.id, follower_id, self.flow.kind, changed, now)
        page.touched.update(changed, (one.record.id for one in moved), mended, (item.id for item in page.bad))
        return len(news)

    def _news(self, tx: Connection, arriving: Sequence[_Arriving]) -> list[_Arriving]:
        """Those that differ from what we know, or that a follower has not been told; each with its followers."""
        fresh = []
        for kind, group in groupby(sorted(arriving, key=lambda one: one.record.kind), key=lambda one: one.record.kind):
            ones = list(group)
            refs = [one.record.id for one in ones]
            known = records.hashes(tx, self.flow.leader_id, kind.value, refs)
            owed = deliveries.wanted(tx, self.flow.id, kind.value, refs)
            followers = recipients(tx, self.flow, kind, [one.record for one in ones], owed)
            addressed = [replace(one, followers=frozenset(followers[one.record.id])) for one in ones]
            fresh += [one for one in addressed if self._is_new(one, known, owed)]
        return fresh

    def _is_new(self, one: _Arriving, known: Mapping[str, str], owed: Mapping[tuple[int, str], str]) -> bool:
        ref = one.record.id
        told = all(owed.get((follower_id, ref)) == one.hash for follower_id in one.followers)
        return known.get(ref) != one.hash or not told

    def _moved(self, tx: Connection, same: Sequence[_Arriving]) -> list[_Arriving]:
        """Those whose status moved while what was ordered stayed the same, and those that are set aside."""
        ones = [one for one in same if one.record.unhashed]
        if not ones:
            return []
        refs = [one.record.id for one in ones]
        known = records.payloads(tx, self.flow.leader_id, self.flow.kind, refs)
        return [one for one in ones if known.get(one.record.id) != one.record.payload()]

    def _hold_or_wake(self, tx: Connection, moved: Sequence[Record], flawed: Collection[str], now: datetime) -> None:
        """What an order's status, or its faults, do to what was owed before."""
        if self.flow.kind != Kind.ORDER:
            return
        orders = [record for record in moved if isinstance(record, Order) and record.id not in flawed]
        held = [order.id for order in orders if not order.ready and not order.is_cancelled]
        ready = [order.id for order in orders if order.ready]
        deliveries.hold_back(tx, self.flow.id, self.flow.kind, held, "It is on hold in the shop.", all=False)
        deliveries.hold_back(tx, self.flow.id, self.flow.kind, flawed, "It is in quarantine.", all=True)
        for follower_id in self.flow.followers:
            deliveries.wake(tx, follower_id, [f"ready:{ref}" for ref in ready])
            owe_what_belongs(tx, self.flow.leader_id, follower_id, ready, now)

    def _record_row(self, one: _Arriving, now: datetime) -> dict[str, object]:
        record = one.record
        key = {"leader_id": self.flow.leader_id, "kind": record.kind.value, "ref": record.id}
        times = {"changed_at": one.changed_at, "first_seen_at": now, "stored_at": now}
        return {**key, "label": record.label, "payload": record.payload(), "hash": one.hash, **times}

    def _owed(self, one: _Arriving) -> Iterator[dict[str, object]]:
        row = owed_row(one.record, self.flow.leader_id, one.hash, settings_of(self.flow.settings).min_age)
        for follower_id in sorted(one.followers):
            yield {"flow_id": self.flow.id, "follower_id": follower_id, **row}

    def _set_aside(self, tx: Connection, bad: Sequence[Unreadable], now: datetime) -> None:
        key = {"flow_id": self.flow.id, "leader_id": self.flow.leader_id, "follower_id": quarantine.READING}
        quarantine.set_aside(tx, [{**key, **_set_aside_row(item)} for item in bad], now)


@dataclass(frozen=True)
class _Arriving:
    """A record that was read, or came along with one, and who is to get it."""

    record: Record
    changed_at: datetime | None
    followers: frozenset[int] = frozenset()

    @cached_property
    def hash(self) -> str:
        return self.record.fingerprint()


@dataclass(frozen=True, slots=True)
class _Sorted:
    """`flawed` are orders that are set aside and kept all the same, because what they promise is promised; `touched`
    the ids of everything about which something became known."""

    good: list[Change]
    flawed: list[Change]
    bad: list[Unreadable]
    touched: set[str] = field(default_factory=set)


def _sorted_out(items: Iterable[Change | Unreadable]) -> _Sorted:
    """The last word on each thing: if it comes twice in a page, the later one counts."""
    last = {item.id if isinstance(item, Unreadable) else item.record.id: item for item in items}
    sorted_out = _Sorted([], [], [])
    for item in last.values():
        problems = [] if isinstance(item, Unreadable) else _problems(item)
        if isinstance(item, Unreadable):
            sorted_out.bad.append(item)
        elif problems:
            sorted_out.bad.append(_unreadable(item, problems))
            sorted_out.flawed.extend([item] if isinstance(item.record, Order) else [])
        else:
            sorted_out.good.append(item)
    return sorted_out


def _problems(change: Change) -> list[Problem]:
    """An order that is not to be transferred yet may be as it likes."""
    if isinstance(change.record, Order) and not change.record.ready:
        return unstorable(change.record)
    return [found for record in (change.record, *change.companions) for found in problems_of(record)]


def _unreadable(change: Change, problems: Sequence[Problem]) -> Unreadable:
    record = change.record
    return Unreadable(
        kind=record.kind,
        id=record.id,
        label=record.label,
        problems=tuple(problems),
        raw=json.loads(record.payload()),
        changed_at=change.changed_at,
    )


def _set_aside_row(item: Unreadable) -> dict[str, object]:
    sentence = " ".join(problem.sentence for problem in item.problems)
    raw = _storable(json.dumps(item.raw, ensure_ascii=False, sort_keys=True, default=str))
    said = _storable(f"{item.kind.capitalize()} {item.label}: {sentence}")
    what = {"kind": item.kind.value, "ref": _storable(item.id), "label": _storable(item.label), "error": None}
    return {**what, "field": item.problems[0].field, "sentence": said, "raw": raw, "hash": fingerprint_of(raw)}


def _storable(text: str) -> str:
    """Without what no database takes as text: NUL, and halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _with_last(read: Callable[[], Page | None]) -> Iterator[tuple[Page, bool]]:
    """Each page, and whether it is the last one. If the next page cannot be read, this one is given first."""
    current = read()
    while current is not None:
        try:
            following = read()
        except Exception:
            yield current, False
            raise
        yield current, following is None
        current = following
