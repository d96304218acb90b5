"""What has to be remembered beside the files, in a small SQLite file inside the folder: what was read by which kind,
what every article last was, which variants a parent has, and what was written for the ERP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from trueup.connectors.kit.errors import TryLater
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.product import Price, Product, Stock
from trueup.domain.record import Amount, Kind, Model, Moment, Problem, Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS look (name TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, seen_at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (n INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS read (file TEXT, kind TEXT, PRIMARY KEY (file, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (kind TEXT, id TEXT, body TEXT, unreadable TEXT, PRIMARY KEY (kind, id))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS variant (n INTEGER PRIMARY KEY, sku TEXT UNIQUE, parent TEXT, name TEXT, choices TEXT);
CREATE INDEX IF NOT EXISTS variant_parent ON variant (parent);
CREATE TABLE IF NOT EXISTS written (kind TEXT, reference TEXT, file TEXT, hash TEXT, PRIMARY KEY (kind, reference))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ordered (reference TEXT PRIMARY KEY, quantity TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shipped (n INTEGER PRIMARY KEY, file TEXT, reference TEXT, package TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS shipped_reference ON shipped (reference);
CREATE INDEX IF NOT EXISTS shipped_file ON shipped (file);
PRAGMA user_version = 2;
"""
_VERSION = 2
FINISHED = "*"
"""Stands among the kinds that have read a file when no other has to."""
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
_MODELS: dict[Kind, type[Record]] = {model.kind: model for model in (Product, Price, Stock, Fulfilment)}


class ShippedRow(Model):
    """One row of a file of shipments: units of one article in one package of one order (all of it our reference)."""

    order: str
    package: str
    sku: str | None
    quantity: Amount
    tracking_number: str | None = None
    carrier: str | None = None
    url: str | None = None
    shipped_at: Moment | None = None
    delivery_note: str | None = None
    invoice: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A variant's choices, by attribute name; kept because a later file may name only some variants of a parent."""

    sku: str
    parent: str
    name: str
    choices: Mapping[str, str]


class Book:
    """Opened anew for every transaction, so that threads and processes share nothing but the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seen_before(self, name: str, size: int, mtime: int, now: float) -> float:
        """Since when the file has looked like this (seconds); notes it if it is new or has changed."""
        with self.write() as db:
            row = db.execute("SELECT * FROM look WHERE name = ?", (name,)).fetchone()
            if row and (row[1], row[2]) == (size, mtime):
                return float(row[3])
            db.execute("INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?)", (name, size, mtime, now))
        return now

    def forget_look(self, name: str) -> None:
        with self.write() as db:
            db.execute("DELETE FROM look WHERE name = ?", (name,))

    def next_number(self) -> int:
        """Never the same twice: two files of one name and one moment stay two."""
        with self.write() as db:
            return int(db.execute("INSERT INTO taken DEFAULT VALUES").lastrowid or 0)

    def note_read(self, file: str, kind: Kind, wanted: frozenset[Kind]) -> bool:
        """True once all of `wanted` have read the file, which is then noted as finished in the same step."""
        with self.write() as db:
            db.execute("INSERT OR IGNORE INTO read VALUES (?, ?)", (file, kind))
            finished = wanted <= _readers(db, file)
            if finished:
                db.execute("INSERT OR IGNORE INTO read VALUES (?, ?)", (file, FINISHED))
        return finished

    def read_by(self, file: str) -> frozenset[str]:
        """The kinds that have read the file, and FINISHED if no other has to."""
        with self.write() as db:
            return _readers(db, file)

    def remember(self, items: Iterable[Change | Unreadable]) -> None:
        with self.write() as db:
            db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", map(_record_row, items))

    def last_known(self, kind: Kind, ids: Sequence[str]) -> list[Change | Unreadable]:
        sql = "SELECT * FROM record WHERE kind = ? AND id = ?"
        with self.write() as db:
            rows = [db.execute(sql, (kind, id)).fetchone() for id in dict.fromkeys(ids)]
        return [_item_of(kind, *row[1:]) for row in rows if row]

    def knows(self, skus: Sequence[str]) -> list[str]:
        """Those of these SKUs that some file has named."""
        sql = "SELECT 1 FROM record WHERE id = ? LIMIT 1"
        with self.write() as db:
            return [sku for sku in skus if db.execute(sql, (sku,)).fetchone()]

    def note_variants(self, variants: Iterable[Variant], no_variants: Iterable[str]) -> None:
        """`no_variants` are articles that the file shows to stand alone now."""
        sql = (
            "INSERT INTO variant (sku, parent, name, choices) VALUES (?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET "
            "parent = excluded.parent, name = excluded.name, choices = excluded.choices"
        )
        with self.write() as db:
            db.executemany(sql, ((v.sku, v.parent, v.name, json.dumps(dict(v.choices))) for v in variants))
            db.executemany("DELETE FROM variant WHERE sku = ?", ((sku,) for sku in no_variants))

    def variants_of(self, parent: str) -> list[Variant]:
        """In the order in which they were first seen."""
        sql = "SELECT sku, parent, name, choices FROM variant WHERE parent = ? ORDER BY n"
        with self.write() as db:
            rows = db.execute(sql, (parent,)).fetchall()
        return [Variant(sku=row[0], parent=row[1], name=row[2], choices=json.loads(row[3])) for row in rows]

    def written(self, kind: Kind, reference: str) -> tuple[str, str] | None:
        """The name and the hash of the file that was written for this reference."""
        sql = "SELECT file, hash FROM written WHERE kind = ? AND reference = ?"
        with self.write() as db:
            row = db.execute(sql, (kind, reference)).fetchone()
        return (row[0], row[1]) if row else None

    def note_written(
        self, kind: Kind, reference: str, file: str, hash: str, prepare: Callable[[], None] | None = None
    ) -> bool:
        """Note that this content is written; False if that was noted before. `prepare` runs first, and alone of all
        processes; if it fails, nothing is noted."""
        key = (kind, reference)
        with self.write() as db:
            row = db.execute("SELECT hash FROM written WHERE kind = ? AND reference = ?", key).fetchone()
            if row and row[0] == hash:
                return False
            if prepare is not None:
                prepare()
            db.execute("INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?)", (*key, file, hash))
        return True

    def note_ordered(self, reference: str, quantity: Decimal) -> None:
        """How many units of goods this order is about."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO ordered VALUES (?, ?)", (reference, str(quantity)))

    def ordered(self, reference: str) -> Decimal | None:
        with self.write() as db:
            row = db.execute("SELECT quantity FROM ordered WHERE reference = ?", (reference,)).fetchone()
        return Decimal(row[0]) if row else None

    def forget_shipments(self, file: str, orders: Iterable[str] | None = None) -> None:
        """What this file said of these orders, or of all: it is read from its beginning."""
        with self.write() as db:
            if orders is None:
                db.execute("DELETE FROM shipped WHERE file = ?", (file,))
            else:
                sql = "DELETE FROM shipped WHERE file = ? AND reference = ?"
                db.executemany(sql, ((file, order) for order in orders))

    def note_shipped(self, file: str, rows: Iterable[ShippedRow]) -> None:
        sql = "INSERT INTO shipped (file, reference, package, body) VALUES (?, ?, ?, ?)"
        with self.write() as db:
            db.executemany(sql, ((file, row.order, row.package, row.model_dump_json()) for row in rows))

    def orders_shipped_in(self, file: str) -> list[str]:
        with self.write() as db:
            sql = "SELECT reference FROM shipped WHERE file = ? GROUP BY reference ORDER BY MIN(n)"
            return [reference for (reference,) in db.execute(sql, (file,))]

    def shipped(self, reference: str) -> list[ShippedRow]:
        """Everything sent of this order, package by package; of each what the newest file that names it says."""
        newest = "SELECT package, MAX(file) AS file FROM shipped WHERE reference = :order GROUP BY package"
        sql = (
            f"SELECT body FROM shipped JOIN ({newest}) AS newest USING (package, file) WHERE reference = :order "
            "ORDER BY (SELECT MIN(n) FROM shipped AS s WHERE s.reference = :order AND s.package = newest.package), n"
        )
        with self.write() as db:
            return [ShippedRow.model_validate_json(body) for (body,) in db.execute(sql, {"order": reference})]

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else can interleave; undone if the block raises."""
        try:
            with closing(self._open()) as db:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _PASSING:
                raise
            raise TryLater(f"The notes in {self._path} cannot be used: {error}.") from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(exist_ok=True)
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        if db.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            db.executescript(_SCHEMA)
        return db


def _readers(db: sqlite3.Connection, file: str) -> frozenset[str]:
    return frozenset(kind for (kind,) in db.execute("SELECT kind FROM read WHERE file = ?", (file,)))


def _record_row(item: Change | Unreadable) -> tuple[str, str, str | None, str | None]:
    if isinstance(item, Change):
        return item.record.kind, item.record.id, item.record.payload(), None
    problems = [problem.model_dump() for problem in item.problems]
    return item.kind, item.id, None, json.dumps({"label": item.label, "problems": problems, "raw": item.raw})


def _item_of(kind: Kind, id: str, body: str | None, unreadable: str | None) -> Change | Unreadable:
    if body is not None:
        return Change(record=_MODELS[kind].model_validate_json(body))
    found = json.loads(unreadable or "{}")
    problems = tuple(Problem(**problem) for problem in found["problems"])
    return Unreadable(kind=kind, id=id, label=found["label"], problems=problems, raw=found["raw"])
