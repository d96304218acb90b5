"""Collect: read what changed at the leader, check it, and store records, deliveries and cursor in one transaction.

Polling, a webhook, "start now" and a retry are only different ways into here. Nothing is delivered here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from trueup.clock import Clock
from trueup.connectors.kit.ports import Change, Page, Source, Unreadable
from trueup.domain.record import Kind, Problem, Record, fingerprint_of
from trueup.store import deliveries, flows, hints, lanes, quarantine, records
from trueup.store.database import Database
from trueup.store.flows import FlowRow
from trueup.store.lanes import Lease
from trueup.sync.check import problems_of
from trueup.sync.flow import LANES, settings_of, since

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
    """One run of one flow. Raises whatever the source raises for a call that failed as a whole, and LeaseLost."""

    database: Database
    source: Source
    flow: FlowRow
    lease: Lease
    run_id: int
    clock: Clock

    def collect(self) -> Collected:
        """Read everything since the cursor. The cursor moves with the last page: pages come in no order of time."""
        seen = Collected()
        start = since(self.flow.cursor_at, settings_of(self.flow.settings).overlap)
        for page, is_last in _with_last(self.source.changes(Kind(self.flow.kind), start)):
            self._store(page.items, seen, cursor_limit=page.asked_at if is_last else None)
            page.acknowledge()
        return seen

    def collect_hinted(self) -> Collected:
        """Read the things that webhooks named; the cursor stays where it is."""
        seen = Collected()
        while True:
            with self.database.read() as tx:
                noted = hints.waiting(tx, self.flow.leader_id, self.flow.kind)
            if not noted:
                return seen
            items = self.source.fetch(Kind(self.flow.kind), [hint.ref for hint in noted])
            self._store(items, seen, noted=noted)

    def collect_these(self, refs: Sequence[str]) -> Collected:
        """Read these things again, as they are now."""
        seen = Collected()
        self._store(self.source.fetch(Kind(self.flow.kind), refs), seen)
        return seen

    def _store(
        self,
        items: Sequence[Change | Unreadable],
        seen: Collected,
        *,
        cursor_limit: datetime | None = None,
        noted: Sequence[hints.HintRow] = (),
    ) -> None:
        now = self.clock()
        page = _sorted_out(items)
        seen.newest = max([seen.newest, *(item.changed_at for item in items if item.changed_at)])
        with self.database.write() as tx:
            lanes.hold(tx, self.lease, now)
            changed = self._keep(tx, page.good, now)
            self._set_aside(tx, page.bad, now)
            if cursor_limit is not None and seen.newest > EPOCH:
                flows.move_cursor(tx, self.flow.id, min(seen.newest, cursor_limit))
            hints.forget(tx, noted)
            flows.count_run(tx, self.run_id, read=len(items), changed=changed, quarantined=len(page.bad))
        seen.read += len(items)
        seen.changed += changed
        seen.quarantined += len(page.bad)

    def _keep(self, tx: Connection, changes: Sequence[Change], now: datetime) -> int:
        """Store what is new to a follower or to us; the number of those records."""
        news = self._news(tx, changes)
        arriving = [entry for change, hashed in news for entry in _with_companions(change, hashed)]
        rows = {(record.kind, record.id): (record, hashed, at) for record, hashed, at in arriving}
        records.store(tx, [self._record_row(*row, now) for row in rows.values()])
        deliveries.owe(tx, [row for record, hashed, _ in rows.values() for row in self._owed(record, hashed)], now)
        for follower_id in (quarantine.READING, *self.flow.followers):
            quarantine.resolve(tx, self.flow.id, follower_id, self.flow.kind, [c.record.id for c, _ in news], now)
        return len(news)

    def _news(self, tx: Connection, changes: Sequence[Change]) -> list[tuple[Change, str]]:
        refs = [change.record.id for change in changes]
        known = records.hashes(tx, self.flow.leader_id, self.flow.kind, refs)
        owed = deliveries.wanted(tx, self.flow.id, self.flow.kind, refs)
        fresh = []
        for change in changes:
            ref, hashed = change.record.id, change.record.fingerprint()
            told = all(owed.get((follower_id, ref)) == hashed for follower_id in self.flow.followers)
            if known.get(ref) != hashed or not told:
                fresh.append((change, hashed))
        return fresh

    def _record_row(self, record: Record, hashed: str, at: datetime | None, now: datetime) -> dict[str, object]:
        key = {"leader_id": self.flow.leader_id, "kind": record.kind.value, "ref": record.id}
        times = {"changed_at": at, "first_seen_at": now, "stored_at": now}
        return {**key, "label": record.label, "payload": record.payload(), "hash": hashed, **times}

    def _owed(self, record: Record, hashed: str) -> Iterator[dict[str, object]]:
        for follower_id in self.flow.followers:
            yield {"flow_id": self.flow.id, "follower_id": follower_id, **owed_row(record, self.flow.leader_id, hashed)}

    def _set_aside(self, tx: Connection, bad: Sequence[Unreadable], now: datetime) -> None:
        key = {"flow_id": self.flow.id, "leader_id": self.flow.leader_id, "follower_id": quarantine.READING}
        quarantine.set_aside(tx, [{**key, **_set_aside_row(item)} for item in bad], now)


def owed_row(record: Record, leader_id: int, hashed: str) -> dict[str, object]:
    """The columns of a delivery that follow from its record."""
    kind = record.kind
    rank = (2 if kind == "receipt" else 1) if record.refs() or kind != kind.thing else 0
    what = {"kind": kind.value, "ref": record.id, "thing": kind.thing.value, "lane": LANES[kind]}
    return {"leader_id": leader_id, **what, "rank": rank, "label": record.label, "wanted_hash": hashed}


@dataclass(frozen=True, slots=True)
class _Sorted:
    good: Sequence[Change]
    bad: Sequence[Unreadable]


def _sorted_out(items: Iterable[Change | Unreadable]) -> _Sorted:
    """The last word on each thing: if it comes twice in a page, the later one counts."""
    good: dict[str, Change] = {}
    bad: dict[str, Unreadable] = {}
    for item in items:
        if isinstance(item, Unreadable):
            bad[item.id] = item
        elif problems := [found for record in (item.record, *item.companions) for found in problems_of(record)]:
            bad[item.record.id] = _unreadable(item, problems)
        else:
            good[item.record.id] = item
    return _Sorted(list(good.values()), list(bad.values()))


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
    raw = json.dumps(item.raw, ensure_ascii=False, sort_keys=True, default=str)
    said = f"{item.kind.capitalize()} {item.label}: {sentence}"
    what = {"kind": item.kind.value, "ref": item.id, "label": item.label}
    return {**what, "field": item.problems[0].field, "sentence": said, "raw": raw, "hash": fingerprint_of(raw)}


def _with_companions(change: Change, hashed: str) -> Iterator[tuple[Record, str, datetime | None]]:
    for companion in change.companions:
        yield companion, companion.fingerprint(), change.changed_at
    yield change.record, hashed, change.changed_at


def _with_last(pages: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    """Each page, and whether it is the last one."""
    current = next(pages, None)
    while current is not None:
        following = next(pages, None)
        yield current, following is None
        current = following
