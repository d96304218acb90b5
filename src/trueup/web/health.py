"""Whether this installation is well, for whoever watches it: no sign-in, no names, no figures of the business."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from trueup.store import flows
from trueup.store.flows import FlowRow
from trueup.web.site import Here

router = APIRouter()
SILENT_AFTER = timedelta(minutes=30)
"""A run takes its time, and a leader may be down for a while; more than this after its due time is silence."""


@router.get("/health")
def health(site: Here) -> JSONResponse:
    """200 if the database answers and no active flow is silent for too long; else 503."""
    try:
        with site.hub.database.read() as tx:
            silent = count_silent(tx, site.hub.clock())
    except Exception:  # whatever keeps the database from answering is what is asked for here
        return JSONResponse({"status": "failing", "database": False}, 503)
    body = {"status": "silent" if silent else "ok", "database": True, "silent_flows": silent}
    return JSONResponse(body, 503 if silent else 200)


def count_silent(tx: Connection, now: datetime) -> int:
    return sum(is_silent(flow, now) for flow in flows.everyone(tx))


def is_silent(flow: FlowRow, now: datetime) -> bool:
    """Its run was due long ago, and none has come to a good end since."""
    return flow.active and flow.due_at is not None and now - flow.due_at > SILENT_AFTER
