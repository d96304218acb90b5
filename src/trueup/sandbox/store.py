"""The shop's own database: documents as JSON in SQLite, with indexed columns for what is filtered and sorted."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

Doc = dict[str, Any]
Value = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A kind of document. ``columns`` maps indexed columns to SQL types, ``of`` computes their values."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    of: Callable[[Doc], dict[str, Value]] = lambda _doc: {}
    indexes: tuple[str, ...] = ()


class Store:
    """One SQLite database, used by one caller at a time.

    Hold ``writing()`` around everything that belongs together: it takes the lock and commits at the end, also when an
    error is raised, as PHP leaves behind what it wrote before it failed.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(str(file or ":memory:"), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS product_term (term_id INTEGER, product_id INTEGER,"
            " PRIMARY KEY (term_id, product_id)) WITHOUT ROWID"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS product_term_product ON product_term (product_id)")
        self._tables: dict[str, Table] = {}
        self._depth = 0
        self._counts: dict[tuple[str, str, tuple[Value, ...]], int] = {}
        self._counted_at = 0

    def close(self) -> None:
        with self.lock:
            self._db.close()

    def add_table(self, table: Table) -> None:
        columns = "".join(f", {name} {kind}" for name, kind in table.columns.items())
        with self.lock:
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {table.name} (id INTEGER PRIMARY KEY, doc BLOB NOT NULL{columns})"
            )
            for columns in table.indexes:
                name = f"{table.name}_{columns.replace(', ', '_').replace(' ', '_')}"
                self._db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table.name} ({columns})")
        self._tables[table.name] = table

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.lock:
            if self._depth == 0:
                self._db.execute("BEGIN")
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("COMMIT")

    def next_id(self, counter: str, *, start: int = 1) -> int:
        """The next number of a sequence; numbers are never given twice, also when what they were for fails."""
        row = self._db.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter, start),
        ).fetchone()
        return int(row[0])

    def set_counter(self, counter: str, last: int) -> None:
        self._db.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (counter, last)
        )

    def insert(self, table: str, doc: Doc) -> None:
        values = self._tables[table].of(doc)
        names = "".join(f", {name}" for name in values)
        marks = ", ?" * len(values)
        self._db.execute(
            f"INSERT INTO {table} (id, doc{names}) VALUES (?, ?{marks})",
            (doc["id"], orjson.dumps(doc), *values.values()),
        )

    def update(self, table: str, doc: Doc, before: Doc | None = None) -> None:
        """Write a document back; ``before`` (as it was read) spares the indexes of what did not change."""
        values = self._tables[table].of(doc)
        if before is not None:
            old = self._tables[table].of(before)
            values = {name: value for name, value in values.items() if old[name] != value}
        sets = "".join(f", {name} = ?" for name in values)
        self._db.execute(
            f"UPDATE {table} SET doc = ?{sets} WHERE id = ?", (orjson.dumps(doc), *values.values(), doc["id"])
        )

    def get(self, table: str, id_: int) -> Doc | None:
        with self.lock:
            row = self._db.execute(f"SELECT doc FROM {table} WHERE id = ?", (id_,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def delete(self, table: str, id_: int) -> None:
        self._db.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))

    def select(
        self,
        table: str,
        where: str = "1",
        params: Sequence[Value] = (),
        *,
        order: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> list[Doc]:
        sql = f"SELECT doc FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        with self.lock:
            rows = self._db.execute(sql, (*params, limit, offset)).fetchall()
        return [orjson.loads(row[0]) for row in rows]

    def get_all(self, table: str, ids: Sequence[int]) -> list[Doc]:
        """The documents with these ids, in this order; missing ones are left out."""
        marks = ",".join("?" * len(ids))
        with self.lock:
            rows = self._db.execute(f"SELECT id, doc FROM {table} WHERE id IN ({marks})", tuple(ids)).fetchall()
        found = {row[0]: row[1] for row in rows}
        return [orjson.loads(found[id_]) for id_ in ids if id_ in found]

    def counted(self, table: str, where: str, params: Sequence[Value]) -> int:
        """``count``, remembered until something is written: paging through a long list asks for it on every page."""
        key = (table, where, tuple(params))
        with self.lock:
            if self._counted_at != self._db.total_changes:
                self._counts.clear()
                self._counted_at = self._db.total_changes
            if key not in self._counts:
                self._counts[key] = self.count(table, where, params)
            return self._counts[key]

    def ids(
        self,
        table: str,
        where: str = "1",
        params: Sequence[Value] = (),
        *,
        order: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> list[int]:
        sql = f"SELECT id FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        with self.lock:
            rows = self._db.execute(sql, (*params, limit, offset)).fetchall()
        return [row[0] for row in rows]

    def count(self, table: str, where: str = "1", params: Sequence[Value] = ()) -> int:
        with self.lock:
            return int(self._db.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}", tuple(params)).fetchone()[0])

    def query(self, sql: str, params: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._db.execute(sql, tuple(params)).fetchall()
