"""Transfers: the log of every try, found from either side by its request id."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from trueup.store import connections, transfers
from trueup.web.gate import Who
from trueup.web.rendering import page
from trueup.web.site import Before, Here

router = APIRouter()
PAGE = 50


@router.get("/transfers")
def show_transfers(
    request: Request,
    site: Here,
    who: Who,
    label: str = "",
    follower: str = "",
    failed: str = "",
    before: Before = None,
) -> Response:
    """The newest first; filters are kept in the address, so that it can be sent to somebody."""
    follower_id = int(follower) if follower.isdecimal() and len(follower) < 10 else None
    wanted: dict[str, Any] = {"failed": bool(failed), "label": label.strip() or None, "follower_id": follower_id}
    with site.hub.database.read() as tx:
        rows = transfers.latest(tx, limit=PAGE + 1, before=before, **wanted)
        names = {row.id: row.name for row in connections.everyone(tx)}
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    values: dict[str, Any] = {
        "rows": rows[:PAGE],
        "names": names,
        "more": more,
        "label": label.strip(),
        "failed": bool(failed),
    }
    return page(site, request, "transfers.html", who, follower=follower_id, **values)
