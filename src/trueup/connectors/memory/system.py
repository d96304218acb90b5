"""The system behind the connection, as a test sees it: put things in, look at what arrived, order faults."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trueup.clock import Clock, utc_now
from trueup.connectors.memory.database import Database, to_text
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind, Record
from trueup.domain.records import RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object that the system holds; `document` is the number that a person there sees (orders)."""

    kind: Kind
    id: str
    reference: str | None
    document: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One parcel that took effect. `changed` is False for a repeat that changed nothing."""

    kind: Kind
    thing_id: str
    reference: str | None
    created: bool
    changed: bool
    pid: int


class MemorySystem:
    """Everything that one test system knows, in the SQLite file at `path`; as many handles as you like.

    Leaders and followers are the same: what a push writes is listed by `changes` afterwards, as in a real shop.
    """

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        self.database = Database(path)
        self.clock = clock

    def put(self, *records: Record, at: datetime | None = None, companions: Sequence[Record] = ()) -> None:
        """As if somebody saved these records there, at `at` or now. They keep their ids."""
        moment = to_text(at or self.clock())
        with self.database.write() as db:
            for record in records:
                insert_thing(db, record.kind.thing, record.id, record.natural_key)
                save_record(db, record, moment, companions)

    def spoil(self, kind: Kind, id: str, sentence: str | None = "the price is text. Send digits.") -> None:
        """Make a stored record unreadable (None mends it); it counts as changed now."""
        with self.database.write() as db:
            db.execute(
                "UPDATE record SET spoiled = ?, changed_at = ? WHERE kind = ? AND id = ?",
                (sentence, to_text(self.clock()), kind, id),
            )

    def remove(self, kind: Kind, id: str) -> None:
        """Delete the thing with all its facets."""
        facets = [facet for facet in Kind if facet.thing is kind.thing]
        with self.database.write() as db:
            db.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind.thing, id))
            db.executemany("DELETE FROM record WHERE kind = ? AND id = ?", [(facet, id) for facet in facets])

    def lock(self, id: str) -> None:
        """Work on this order has begun: it takes no change any more."""
        with self.database.write() as db:
            db.execute("INSERT OR IGNORE INTO locked VALUES (?)", (id,))

    def unlock(self, id: str) -> None:
        with self.database.write() as db:
            db.execute("DELETE FROM locked WHERE id = ?", (id,))

    def things(self, kind: Kind) -> list[Thing]:
        sql = "SELECT kind, id, reference, document FROM thing WHERE kind = ? ORDER BY id"
        with self.database.read() as db:
            rows = db.execute(sql, (kind.thing,)).fetchall()
        return [Thing(kind=Kind(row[0]), id=row[1], reference=row[2], document=row[3]) for row in rows]

    def records(self, kind: Kind) -> list[Record]:
        with self.database.read() as db:
            rows = db.execute("SELECT body FROM record WHERE kind = ? ORDER BY id", (kind,)).fetchall()
        return [RECORDS[kind].model_validate_json(row["body"]) for row in rows]

    def record(self, kind: Kind, id: str) -> Record | None:
        with self.database.read() as db:
            row = db.execute("SELECT body FROM record WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return RECORDS[kind].model_validate_json(row["body"]) if row else None

    def by_reference(self, kind: Kind, reference: str) -> list[Thing]:
        """Every thing with this SKU or reference: one if all is well."""
        return [thing for thing in self.things(kind) if (thing.reference or "").lower() == reference.lower()]

    def doubles(self, kind: Kind) -> dict[str, int]:
        """References that more than one thing has, with how many: what a hub must never cause."""
        sql = (
            "SELECT reference, COUNT(*) FROM thing WHERE kind = ? AND reference NOT NULL GROUP BY 1 HAVING COUNT(*) > 1"
        )
        with self.database.read() as db:
            return {row[0]: row[1] for row in db.execute(sql, (kind.thing,))}

    def calls(self, op: str | None = None, kind: Kind | None = None) -> int:
        """How often it was called; every page of a read is one call."""
        sql = "SELECT COUNT(*) FROM call WHERE op = COALESCE(?, op) AND kind = COALESCE(?, kind)"
        with self.database.read() as db:
            return int(db.execute(sql, (op, kind)).fetchone()[0])

    def writes(self, kind: Kind | None = None) -> list[Write]:
        """Every parcel that took effect, in order; `kind` is the thing's."""
        sql = "SELECT * FROM written WHERE kind = COALESCE(?, kind) ORDER BY n"
        with self.database.read() as db:
            rows = db.execute(sql, (kind.thing if kind else None,)).fetchall()
        return [_write_of(row) for row in rows]

    def forget_counts(self) -> None:
        """Start counting calls and writes from nothing."""
        with self.database.write() as db:
            db.execute("DELETE FROM call")
            db.execute("DELETE FROM written")

    def fault(self, *faults: Fault) -> None:
        sql = "INSERT INTO fault (trouble, op, kind, label, skip, times, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)"
        rows = [(f.trouble, f.op, f.kind, f.label, f.skip, f.times, f.seconds) for f in faults]
        with self.database.write() as db:
            db.executemany(sql, rows)

    def lift(self, trouble: Trouble | None = None) -> None:
        """Take back the faults of this sort, or all."""
        with self.database.write() as db:
            db.execute("DELETE FROM fault WHERE trouble = COALESCE(?, trouble)", (trouble,))

    def held(self) -> bool:
        """Is somebody waiting in a call at this moment?"""
        return self._has_fault("trouble = ? AND times = 0", Trouble.HELD)

    def count_call(self, op: str, kind: Kind | None, size: int) -> None:
        with self.database.write() as db:
            db.execute(
                "INSERT INTO call (op, kind, size, pid) VALUES (?, ?, ?, ?)", (op, kind or "", size, os.getpid())
            )

    def meet_fault(self, op: str, kind: Kind | None, labels: Iterable[str | None] | None = None) -> Fault | None:
        """The fault that hits this call (or, with labels, this record), used up by one."""
        if not self._has_fault("trouble <> ?", ""):
            return None
        with self.database.write() as db:
            rows = db.execute("SELECT * FROM fault ORDER BY n").fetchall()
            return next((_fault_of(row) for row in rows if _hits(row, op, kind, labels) and _use(db, row)), None)

    def wait_until_lifted(self) -> None:
        """A HELD call stands here; `lift(Trouble.HELD)` lets it go on."""
        while self._has_fault("trouble = ?", Trouble.HELD):
            time.sleep(0.005)

    def _has_fault(self, where: str, value: str) -> bool:
        with self.database.read() as db:
            return db.execute(f"SELECT 1 FROM fault WHERE {where}", (value,)).fetchone() is not None


def insert_thing(
    db: sqlite3.Connection, kind: Kind, id: str, reference: str | None, document: str | None = None
) -> None:
    """Make the thing, or learn its reference if it had none or another."""
    db.execute(
        "INSERT INTO thing VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) "
        "DO UPDATE SET reference = COALESCE(excluded.reference, reference)",
        (kind, id, reference, document),
    )


def save_record(db: sqlite3.Connection, record: Record, moment: str, companions: Sequence[Record] = ()) -> bool:
    """True if its content is new. The time moves at every write, as a shop's date_modified does."""
    old = db.execute("SELECT body FROM record WHERE kind = ? AND id = ?", (record.kind, record.id)).fetchone()
    body = record.payload()
    beside = json.dumps([[companion.kind, companion.payload()] for companion in companions])
    db.execute(
        "INSERT INTO record VALUES (?, ?, ?, ?, NULL, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, "
        "companions = excluded.companions, spoiled = NULL, changed_at = excluded.changed_at",
        (record.kind, record.id, body, beside, moment),
    )
    return old is None or old["body"] != body


def _write_of(row: sqlite3.Row) -> Write:
    return Write(
        kind=Kind(row["kind"]),
        thing_id=row["thing_id"],
        reference=row["reference"],
        created=bool(row["created"]),
        changed=bool(row["changed"]),
        pid=row["pid"],
    )


def _fault_of(row: sqlite3.Row) -> Fault:
    kind = Kind(row["kind"]) if row["kind"] else None
    names = ("op", "label", "skip", "times", "seconds")
    return Fault(trouble=Trouble(row["trouble"]), kind=kind, **{name: row[name] for name in names})


def _hits(row: sqlite3.Row, op: str, kind: Kind | None, labels: Iterable[str | None] | None) -> bool:
    right_call = row["op"] in (None, op) and row["kind"] in (None, kind)
    right_record = row["label"] in labels if labels is not None else row["label"] is None
    return right_call and right_record and row["times"] != 0


def _use(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """False while the fault still lets calls pass."""
    if row["skip"]:
        db.execute("UPDATE fault SET skip = skip - 1 WHERE n = ?", (row["n"],))
        return False
    left = "0" if row["trouble"] == Trouble.HELD else "times - 1"
    db.execute(f"UPDATE fault SET times = {left} WHERE n = ?", (row["n"],))
    return True
