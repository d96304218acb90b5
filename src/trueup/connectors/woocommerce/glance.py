"""A glance at stock before it is written: the shop subtracts what it sells by itself, and may show the number already.

A write is absolute and overwrites a sale in the same moment; a glance does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from trueup.connectors.woocommerce.batches import Item
from trueup.connectors.woocommerce.client import Row, WooClient, chunks

STOCK_FIELDS = ("manage_stock", "stock_quantity", "backorders")
AT_ONCE = 100


def shown_stock(client: WooClient, items: Sequence[Item]) -> set[int]:
    """The places of those items whose stock the shop shows as it would be written. Raises OutsideError."""
    known = [item for item in items if item.remote is not None and "stock_quantity" in item.fields]
    found: set[int] = set()
    for parent, group in groupby(sorted(known, key=lambda item: item.parent or 0), key=lambda item: item.parent):
        by_id = {str(item.remote.id): item for item in group if item.remote}
        for ids in chunks(list(by_id), AT_ONCE):
            rows = _rows(client, f"products/{parent}/variations" if parent else "products", ids)
            found |= {item.place for row in rows if (item := by_id.get(str(row.get("id")))) and _shows(row, item)}
    return found


def _rows(client: WooClient, path: str, ids: Sequence[str]) -> list[Row]:
    fields = ",".join(("id", *STOCK_FIELDS))
    return client.rows(path, include=",".join(ids), per_page=str(AT_ONCE), status="any", _fields=fields)


def _shows(row: Row, item: Item) -> bool:
    return all(row.get(name) == item.fields[name] for name in STOCK_FIELDS if name in item.fields)
