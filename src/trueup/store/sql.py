"""The two or three statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in dialects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of this transaction."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(
    tx: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str], once: Sequence[str] = ()
) -> None:
    """Insert the rows; where the key exists, every other given column takes the new value, but for those set `once`."""
    if not rows:
        return
    statement = insert_into(tx, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in once}
    in_order = sorted(rows, key=lambda row: [row[name] for name in key])  # so that two writers never wait in a circle
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), in_order)


def insert_new(tx: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert the rows whose key does not exist yet; leave the others as they are."""
    if rows:
        tx.execute(insert_into(tx, table).on_conflict_do_nothing(index_elements=list(key)), rows)
