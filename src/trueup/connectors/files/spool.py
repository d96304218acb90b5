"""One file, parsed once, in a temporary table on disk: memory stays flat, and rows can be looked at together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from trueup.connectors.files.cells import BadCell, Cell, code_of, decimal_sign_of
from trueup.connectors.files.columns import Columns, understand
from trueup.connectors.files.sheet import Row, Sheet

_NUMBERS = ("price", "sale_price", "stock", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A row by our field names, and the lines of all rows with its SKU if there are several."""

    line: int
    sku: str | None
    parent: str | None
    cells: Mapping[str, Cell]
    fault: str | None = None
    twins: tuple[int, ...] = ()


class Spool:
    """All rows of one file. A private SQLite table that the operating system deletes with the process."""

    def __init__(self, sheet: Sheet, own_names: Mapping[str, str]) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._signs: set[str] = set()
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE row (line INTEGER PRIMARY KEY, sku TEXT, parent TEXT, body BLOB, fault TEXT)")
        self.columns: Columns = understand(sheet.names, own_names)
        try:
            self._load(sheet, own_names)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._db.close()

    @property
    def decimal(self) -> str:
        """The one decimal sign that the file's numbers prove, "auto" if they prove none or both."""
        return next(iter(self._signs)) if len(self._signs) == 1 else "auto"

    def rows(self) -> Iterator[FieldRow]:
        """In file order; of several rows with one SKU only the first, which then names all their lines."""
        return self._select("TRUE")

    def first_fault(self) -> FieldRow | None:
        """The first row that cannot be used at all."""
        return next(self._select("fault NOT NULL"), None)

    def is_parent(self, sku: str) -> bool:
        return self._db.execute("SELECT 1 FROM row WHERE parent = ? LIMIT 1", (sku,)).fetchone() is not None

    def name_of(self, sku: str) -> str | None:
        """The name in the row of this article."""
        row = self._db.execute("SELECT body FROM row WHERE sku = ? LIMIT 1", (sku,)).fetchone()
        name = _loaded(row[0]).get("name") if row else None
        return None if name is None else str(name).strip() or None

    def variants(self) -> Iterator[FieldRow]:
        """Rows that name a parent, without those that are there twice."""
        return (row for row in self._select("row.parent NOT NULL AND row.fault IS NULL") if not row.twins)

    def alone(self) -> Iterator[str]:
        """SKUs of rows that name no parent."""
        return (sku for (sku,) in self._db.execute("SELECT sku FROM row WHERE sku NOT NULL AND parent IS NULL"))

    def parents_elsewhere(self) -> list[str]:
        """Parents that this file's variants name and that have no row in it."""
        known = "SELECT sku FROM row WHERE sku NOT NULL"
        sql = f"SELECT DISTINCT parent FROM row WHERE parent NOT NULL AND parent NOT IN ({known})"
        return [parent for (parent,) in self._db.execute(sql)]

    def _select(self, where: str) -> Iterator[FieldRow]:
        cursor = self._db.execute(
            "SELECT line, row.sku, parent, body, fault, twin.lines FROM row LEFT JOIN twin ON twin.sku = row.sku "
            f"WHERE (twin.sku IS NULL OR twin.first = row.line) AND {where} ORDER BY line"
        )
        for line, sku, parent, body, fault, lines in cursor:
            twins = tuple(sorted(map(int, lines.split(",")))) if lines else ()
            yield FieldRow(line=line, sku=sku, parent=parent, cells=_loaded(body), fault=fault, twins=twins)

    def _load(self, sheet: Sheet, own_names: Mapping[str, str]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?)", self._records(sheet, own_names))
        self._db.execute("CREATE INDEX row_sku ON row (sku)")
        self._db.execute("CREATE INDEX row_parent ON row (parent)")
        self._db.execute(
            "CREATE TABLE twin AS SELECT sku, MIN(line) AS first, GROUP_CONCAT(line) AS lines FROM row "
            "WHERE sku NOT NULL GROUP BY sku HAVING COUNT(*) > 1"
        )
        self._db.execute("CREATE INDEX twin_sku ON twin (sku)")
        self._db.execute("COMMIT")
        self.columns = understand(sheet.names, own_names)

    def _records(self, sheet: Sheet, own_names: Mapping[str, str]) -> Iterable[tuple[Any, ...]]:
        fields: dict[str, str] = dict(self.columns.fields)
        names = len(sheet.names)
        for row in sheet.rows:
            if len(sheet.names) != names:
                fields, names = dict(understand(sheet.names, own_names).fields), len(sheet.names)
            cells = {fields[name]: cell for name, cell in row.cells.items() if name in fields}
            self._signs.update(sign for name in _NUMBERS if (sign := decimal_sign_of(cells.get(name))))
            yield self._record(row, cells)

    def _record(self, row: Row, cells: Mapping[str, Cell]) -> tuple[Any, ...]:
        try:
            sku, parent, fault = code_of(cells.get("sku")), code_of(cells.get("parent_sku")), row.fault
        except BadCell as bad:
            sku, parent, fault = None, None, str(bad)
        return (
            row.line,
            sku,
            parent,
            orjson.dumps(cells, default=_dumped, option=orjson.OPT_PASSTHROUGH_DATETIME),
            fault,
        )


def _dumped(cell: object) -> Any:
    """Exact numbers and dates go through JSON under a tag."""
    if isinstance(cell, Decimal):
        return {"number": str(cell)}
    if isinstance(cell, date):
        return {"moment" if isinstance(cell, datetime) else "date": cell.isoformat()}
    return {"text": str(cell)}


def _loaded(body: bytes) -> dict[str, Cell]:
    cells: dict[str, Any] = orjson.loads(body)
    return {name: _undumped(cell) if isinstance(cell, dict) else cell for name, cell in cells.items()}


def _undumped(value: dict[str, Any]) -> Cell:
    match value:
        case {"number": text}:
            return Decimal(text)
        case {"moment": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"text": text}:
            return str(text)
    raise ValueError(f"no cell is written like {value}")
