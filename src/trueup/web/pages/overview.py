"""The overview: one sentence, the picture of the data's way, the last hour, the last runs."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from trueup.domain.order_state import OrderState
from trueup.store import deliveries, flows, views
from trueup.store.views import Overview
from trueup.sync.hub import Hub
from trueup.web.gate import Who
from trueup.web.naming import CAUSES, WELL, WRITTEN
from trueup.web.picture import NARROW, WIDE, picture
from trueup.web.rendering import page, part
from trueup.web.site import Here
from trueup.web.verdict import verdict

router = APIRouter()
LAST_RUNS = 6
OWED = (deliveries.DUE, deliveries.WAITING)


@router.get("/")
def overview(request: Request, site: Here, who: Who) -> Response:
    return page(site, request, "overview.html", who, **_shown(site.hub, look(site.hub)))


@router.get("/parts/overview")
def overview_part(request: Request, site: Here, who: Who) -> Response:
    """What the open page asks for every two seconds."""
    return part(site, request, "parts/overview.html", **_shown(site.hub, site.glance.take(partial(look, site.hub))))


def look(hub: Hub) -> Overview:
    with hub.database.read() as tx:
        return views.overview(tx, hub.clock())


def _shown(hub: Hub, view: Overview) -> dict[str, Any]:
    with hub.database.read() as tx:
        counts = deliveries.counts(tx) if any(len(flow.followers) > 1 for flow in view.flows) else None
        runs = flows.runs(tx, limit=LAST_RUNS)
    owed = _owed_by(view, counts)
    return {
        "view": view,
        "verdict": verdict(view),
        "pictures": [("wide", picture(view, owed, WIDE)), ("narrow", picture(view, owed, NARROW))]
        if view.flows
        else [],
        "hour": hour_of(view),
        "runs": runs,
        "flow_names": {status.flow.id: status.flow.name for status in view.flows},
        "causes": CAUSES,
        "order_states": list(OrderState),
    }


def _owed_by(view: Overview, counts: dict[tuple[int, int, str], int] | None) -> dict[tuple[int, int], int]:
    """(flow id, follower id) -> owed. Flows with one follower know it already; the table is asked for the others."""
    if counts is None:
        return {(status.flow.id, id): status.owed for status in view.flows for id in status.flow.followers}
    owed: dict[tuple[int, int], int] = {}
    for (flow_id, follower_id, state), number in counts.items():
        if state in OWED:
            owed[flow_id, follower_id] = owed.get((flow_id, follower_id), 0) + number
    return owed


def hour_of(view: Overview) -> dict[str, int]:
    """The tries of the last hour: written, waiting (will be tried again), refused."""
    later = sum(view.transfers.get(outcome, 0) for outcome in ("try later", "missing link"))
    written = sum(view.transfers.get(outcome, 0) for outcome in WRITTEN)
    well = sum(view.transfers.get(outcome, 0) for outcome in WELL)
    return {"written": written, "later": later, "refused": sum(view.transfers.values()) - well - later}
