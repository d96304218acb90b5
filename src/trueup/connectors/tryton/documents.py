"""Which sales are a shop's orders, and when something about them changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trueup.connectors.tryton.codec import Row

DATES = ("write_date", "create_date")


def orders_of(web_shop: int) -> list[Any]:
    """Sales that were made of a shop's orders. A sale that comes from another one is a return, whoever made it."""
    no_return = ["OR", ["origin", "=", None], ["origin", "not like", "sale.sale,%"]]
    return [["web_shop", "=", web_shop], ["web_id", "!=", None], no_return]


def changed_since(since: datetime | None, paths: Sequence[str]) -> list[Any]:
    """Sales that were changed, or of which something at the end of a path was (`shipments`)."""
    if since is None:
        return []
    return ["OR", *([field, ">=", since] for field in date_fields(paths))]


def date_fields(paths: Sequence[str]) -> list[str]:
    return [f"{path}.{date}" if path else date for path in ("", *paths) for date in DATES]


def newest_of(row: Row, paths: Sequence[str]) -> datetime:
    """The latest date of the row and of what lies at the end of the paths; the row was read with `date_fields`."""
    rows = [row]
    for path in paths:
        rows += _ends(row, path.split("."))
    dates: list[datetime] = [moment for found in rows for date in DATES if (moment := found.get(date))]
    return max(dates)


def _ends(row: Row, path: Sequence[str]) -> list[Row]:
    found = row.get(path[0]) or []
    rows = found if isinstance(found, list) else [found]
    return [end for one in rows for end in _ends(one, path[1:])] if len(path) > 1 else rows
