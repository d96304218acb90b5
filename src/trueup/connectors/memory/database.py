"""The test system's SQLite file: one short transaction at a time, shared by any number of threads and processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    kind TEXT, id TEXT, reference TEXT COLLATE NOCASE, document TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS thing_reference ON thing (kind, reference);
CREATE TABLE IF NOT EXISTS record (
    kind TEXT, id TEXT, body TEXT, companions TEXT, spoiled TEXT, changed_at TEXT,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_changed ON record (kind, changed_at, id);
CREATE TABLE IF NOT EXISTS locked (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS number (n INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS call (n INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT, kind TEXT, size INTEGER, pid INTEGER);
CREATE TABLE IF NOT EXISTS written (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, thing_id TEXT, reference TEXT,
    created INTEGER, changed INTEGER, pid INTEGER);
CREATE TABLE IF NOT EXISTS fault (n INTEGER PRIMARY KEY AUTOINCREMENT, trouble TEXT, op TEXT, kind TEXT, label TEXT,
    skip INTEGER, times INTEGER, seconds REAL);
"""


class Database:
    """Opens the file anew for every transaction: nothing to share between threads, nothing to lose in a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else can interleave; undone if the block raises."""
        with closing(self._open()) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as db:
            yield db

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        db.row_factory = sqlite3.Row
        # The file has to survive the death of a process, not of the machine.
        db.execute("PRAGMA synchronous = OFF")
        return db


def to_text(moment: datetime) -> str:
    """UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
