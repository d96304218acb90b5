"""Custom fields of products, orders and customers: matched by id or key; null deletes; scalars come back as text."""

from typing import Any

from trueup.sandbox.store import Doc, Store

Meta = list[Doc]
FIRST_META_ID = 61


def merged(store: Store, meta: Meta, given: Any) -> Meta:
    """The meta list after a client sent ``meta_data``, with ids for what is new."""
    if not isinstance(given, list):
        return meta
    rows = [dict(row) for row in meta]
    for entry in given:
        if isinstance(entry, dict) and entry.get("key"):
            rows = _with(rows, str(entry["key"]), entry.get("value"), entry.get("id"))
    kept = [row for row in rows if row["value"] is not None]
    for row in kept:
        if row["id"] == 0:
            row["id"] = new_meta_id(store)
        row["value"] = stored(row["value"])
    return kept


def new_meta_id(store: Store) -> int:
    return store.next_id("meta", start=FIRST_META_ID)


def _with(rows: Meta, key: str, value: Any, meta_id: Any) -> Meta:
    if meta_id:
        matches = [row for row in rows if row["id"] == meta_id]
    else:
        matches = [row for row in rows if row["key"] == key and row["value"] is not None]
    if not matches:
        others = [row for row in rows if row["key"] != key]
        return [*others, {"id": 0, "key": key, "value": value}]
    for row in matches:
        row["value"] = None
    matches[0].update(key=key, value=value)
    return rows


def stored(value: Any) -> Any:
    """A value as it is read back: true is ``"1"``, 5 is ``"5"``, lists and objects keep their shape."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int | float):
        return repr(value) if isinstance(value, float) and not value.is_integer() else str(int(value))
    return value


def value_of(doc: Doc, key: str) -> Any:
    """The first value under a key, None if there is none."""
    return next((row["value"] for row in doc.get("meta", []) if row["key"] == key), None)
