"""The connection to the test system: an ordinary connector, as far as the engine can see."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from trueup.clock import Clock, utc_now
from trueup.connectors.kit.errors import Conflict, Gone, Locked, Misconfigured, OutsideError, Rejected
from trueup.connectors.kit.ports import Capabilities, Change, Done, Finding, Level, Outcome, Page, Parcel, Unreadable
from trueup.connectors.memory import people
from trueup.connectors.memory.database import to_moment, to_text
from trueup.connectors.memory.faults import Aborted, Fault, Trouble, die, error_of
from trueup.connectors.memory.mapping import translated
from trueup.connectors.memory.settings import Settings
from trueup.connectors.memory.system import MemorySystem, insert_thing, save_record
from trueup.domain.customer import Candidate, Customer
from trueup.domain.record import Kind, Problem, Record, Ref
from trueup.domain.records import RECORDS


def open_connector(settings: Settings, clock: Clock = utc_now) -> MemoryConnector:
    return MemoryConnector(settings, MemorySystem(settings.path, clock))


class MemoryConnector:
    """Source and Target over a MemorySystem. What it writes carries its own ids, links resolved."""

    def __init__(self, settings: Settings, system: MemorySystem) -> None:
        self.settings = settings
        self.system = system
        self.capabilities = Capabilities(
            reads=settings.reads,
            writes=settings.writes,
            batch=settings.batch,
            flights=settings.flights,
            settle=timedelta(seconds=settings.settle_seconds),
            matches=settings.matches,
        )

    def verify(self) -> Sequence[Finding]:
        try:
            with self._call("verify", None):
                return [Finding(check="reachable", level=Level.GREEN, sentence="The test system answers.")]
        except OutsideError as error:
            return [Finding(check="reachable", level=Level.RED, sentence=error.sentence, fix="Lift the fault.")]

    def close(self) -> None:
        """Nothing is held open between calls."""

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        _must_offer(kind, self.settings.reads, "lead")
        asked_at = self.system.clock()
        after = (to_text(since) if since else "", "")
        while True:
            with self._call("changes", kind):
                rows = self._rows_after(kind, after)
            if rows or not after[1]:
                yield Page(items=tuple(map(_item_of, rows)), asked_at=asked_at)
            if len(rows) < self.settings.page_size:
                return
            after = (rows[-1]["changed_at"], rows[-1]["id"])

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        _must_offer(kind, self.settings.reads, "lead")
        with self._call("fetch", kind, len(ids)), self.system.database.read() as db:
            sql = "SELECT * FROM record WHERE kind = ? AND id = ?"
            rows = [db.execute(sql, (kind, id)).fetchone() for id in dict.fromkeys(ids)]
        return [_item_of(row) for row in rows if row]

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        with self._call("find", kind, len(keys)), self.system.database.read() as db:
            found = {key: _ids_of(db, kind, key) for key in keys}
        return {key: ids for key, ids in found.items() if ids}

    def candidates(self, customers: Sequence[Customer]) -> Sequence[Sequence[Candidate]]:
        with self._call("candidates", Kind.CUSTOMER, len(customers)), self.system.database.read() as db:
            return people.candidates(db, customers)

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if len(parcels) > self.settings.batch:
            raise Misconfigured(f"{len(parcels)} records in one call are too many; at most {self.settings.batch}.")
        for facet in (facet for parcel in parcels for facet in parcel.facets):
            _must_offer(facet.kind, self.settings.writes, "follow")
        with self._call("push", parcels[0].ref.kind if parcels else None, len(parcels)) as fault:
            half = fault is not None and fault.trouble is Trouble.HALF_DONE
            return [self._delivered(parcel) for parcel in parcels[: len(parcels) // 2 if half else None]]

    @contextmanager
    def _call(self, op: str, kind: Kind | None, size: int = 0) -> Iterator[Fault | None]:
        """Count the call and let the ordered fault happen, before or after the work."""
        self.system.count_call(op, kind, size)
        fault = self.system.meet_fault(op, kind)
        self._strike_before(fault)
        yield fault
        if fault and fault.trouble is Trouble.KILLED_AFTER:
            die()
        if fault and fault.trouble is Trouble.ABORTED_AFTER:
            raise Aborted
        if fault and fault.trouble in (Trouble.LOST_ANSWER, Trouble.HALF_DONE):
            raise error_of(fault)

    def _strike_before(self, fault: Fault | None) -> None:
        match fault and fault.trouble:
            case None | Trouble.LOST_ANSWER | Trouble.HALF_DONE | Trouble.KILLED_AFTER | Trouble.ABORTED_AFTER:
                return
            case Trouble.SLOW:
                time.sleep(fault.seconds if fault else 0)
            case Trouble.HELD:
                self.system.wait_until_lifted()
            case Trouble.KILLED_BEFORE:
                die()
            case Trouble.ABORTED_BEFORE:
                raise Aborted
            case Trouble.BUG:
                raise RuntimeError("the test system's connector has a bug")
            case _:
                assert fault is not None
                raise error_of(fault)

    def _rows_after(self, kind: Kind, after: tuple[str, str]) -> list[sqlite3.Row]:
        sql = "SELECT * FROM record WHERE kind = ? AND (changed_at, id) > (?, ?) ORDER BY changed_at, id LIMIT ?"
        with self.system.database.read() as db:
            return db.execute(sql, (kind, *after, self.settings.page_size)).fetchall()

    def _delivered(self, parcel: Parcel) -> Outcome:
        fault = self.system.meet_fault("push", parcel.ref.kind, (parcel.label, parcel.reference, parcel.ref.id))
        trouble = fault.trouble if fault else None
        if trouble is Trouble.KILLED_BEFORE:
            die()
        if fault and trouble in (Trouble.REFUSED, Trouble.BUSY):
            return error_of(fault, parcel.label)
        outcome = self._written(parcel)
        if trouble is Trouble.KILLED_AFTER:
            die()
        return error_of(fault, parcel.label) if fault and trouble is Trouble.LOST_OUTCOME else outcome

    def _written(self, parcel: Parcel) -> Outcome:
        try:
            if self.settings.strict:
                _must_be_sound(parcel)
            with self.system.database.write() as db:
                return self._stored(db, parcel)
        except OutsideError as error:
            return error

    def _stored(self, db: sqlite3.Connection, parcel: Parcel) -> Done:
        remote, document = self._made(db, parcel) if parcel.remote is None else _known(db, parcel)
        for ref, id in parcel.links.items():
            _must_exist(db, ref, id, parcel)
        facets = [translated(facet, remote, parcel.links) for facet in parcel.facets]
        if parcel.look_first and not (facets := [facet for facet in facets if not _is_shown(db, facet)]):
            return Done(remote=remote, document=document, status=200, unchanged=True)
        _must_take_changes(db, parcel, remote, facets)
        moment = to_text(self.system.clock())
        changed = [save_record(db, facet, moment) for facet in facets]
        created = parcel.remote is None
        if parcel.ref.kind is Kind.CUSTOMER and self.settings.customer_numbers:
            document = people.number_of(remote)
        _note_write(db, parcel, remote, created, any(changed))
        return Done(remote=remote, created=created, document=document, status=201 if created else 200)

    def _made(self, db: sqlite3.Connection, parcel: Parcel) -> tuple[str, str | None]:
        kind, reference = parcel.ref.kind, parcel.reference
        if self.settings.unique and reference and (taken := _ids_of(db, kind, reference)):
            raise Rejected(
                f"{parcel.label}: {reference} is taken by {taken[0]} already. Link the two, or change one.",
                field="reference",
                status=400,
                code="duplicate_reference",
            )
        number = db.execute("INSERT INTO number DEFAULT VALUES").lastrowid
        document = f"SO-{number:05}" if kind is Kind.ORDER else None
        insert_thing(db, kind, f"{kind}-{number:06}", reference, document)
        return f"{kind}-{number:06}", document


def _must_take_changes(db: sqlite3.Connection, parcel: Parcel, remote: str, facets: Sequence[Record]) -> None:
    """An order changes only while nobody works on it there, and nobody changed it there."""
    if parcel.before is None or parcel.before.kind is not Kind.ORDER:
        return
    body = db.execute("SELECT body FROM record WHERE kind = ? AND id = ?", (Kind.ORDER, remote)).fetchone()
    there = RECORDS[Kind.ORDER].model_validate_json(body["body"]) if body else None
    if there is not None and there.fingerprint() == facets[0].fingerprint():
        return
    if db.execute("SELECT 1 FROM locked WHERE id = ?", (remote,)).fetchone():
        raise Locked(f"Order {parcel.label} is being worked on as {remote}. Make the change there by hand.")
    if there is not None and there.fingerprint() != translated(parcel.before, remote, parcel.links).fingerprint():
        raise Conflict(f"Order {parcel.label} was changed in the other system too. Compare the two.")


def _must_offer(kind: Kind, offered: frozenset[Kind], verb: str) -> None:
    if kind not in offered:
        raise Misconfigured(f"The test system is not set up to {verb} records of kind {kind}.")


def _must_be_sound(parcel: Parcel) -> None:
    for problem in (problem for facet in parcel.facets for problem in facet.problems()):
        sentence = f"{parcel.label} is refused by the test system: {problem.sentence}"
        raise Rejected(sentence, field=problem.field, status=400)


def _must_exist(db: sqlite3.Connection, ref: Ref, id: str, parcel: Parcel) -> None:
    if not db.execute("SELECT 1 FROM thing WHERE kind = ? AND id = ?", (ref.kind, id)).fetchone():
        sentence = f"{parcel.label} refers to {ref.kind} {id}, which the test system does not have."
        raise Rejected(sentence, field=ref.kind, status=400)


def _known(db: sqlite3.Connection, parcel: Parcel) -> tuple[str, str | None]:
    key = (parcel.ref.kind, parcel.remote)
    row = db.execute("SELECT document FROM thing WHERE kind = ? AND id = ?", key).fetchone()
    if row is None:
        raise Gone(f"{parcel.label} no longer exists in the test system (it was {parcel.remote}).", status=404)
    if any(facet.kind is parcel.ref.kind for facet in parcel.facets):
        insert_thing(db, parcel.ref.kind, parcel.remote or "", parcel.reference)
    return parcel.remote or "", row["document"]


def _is_shown(db: sqlite3.Connection, facet: Record) -> bool:
    """Stock that the system shows already: what is sold meanwhile is not overwritten."""
    sql = "SELECT body FROM record WHERE kind = ? AND id = ?"
    row = db.execute(sql, (facet.kind, facet.id)).fetchone() if facet.kind is Kind.STOCK else None
    return row is not None and row["body"] == facet.payload()


def _note_write(db: sqlite3.Connection, parcel: Parcel, remote: str, created: bool, changed: bool) -> None:
    sql = "INSERT INTO written (kind, thing_id, reference, created, changed, pid) VALUES (?, ?, ?, ?, ?, ?)"
    db.execute(sql, (parcel.ref.kind, remote, parcel.reference, created, changed, os.getpid()))


def _ids_of(db: sqlite3.Connection, kind: Kind, reference: str) -> tuple[str, ...]:
    sql = "SELECT id FROM thing WHERE kind = ? AND reference = ? ORDER BY id"
    return tuple(row["id"] for row in db.execute(sql, (kind.thing, reference)))


def _item_of(row: sqlite3.Row) -> Change | Unreadable:
    kind, changed_at = Kind(row["kind"]), to_moment(row["changed_at"])
    if row["spoiled"]:
        problem = Problem(field="price", sentence=row["spoiled"])
        raw = json.loads(row["body"])
        return Unreadable(kind=kind, id=row["id"], label=row["id"], problems=(problem,), raw=raw, changed_at=changed_at)
    companions = tuple(RECORDS[Kind(name)].model_validate_json(body) for name, body in json.loads(row["companions"]))
    record = RECORDS[kind].model_validate_json(row["body"])
    return Change(record=record, changed_at=changed_at, companions=companions)
