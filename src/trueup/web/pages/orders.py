"""Orders by where they are in their lives."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from trueup.domain.order_state import OrderState
from trueup.store import connections, life
from trueup.web.gate import Who
from trueup.web.rendering import page
from trueup.web.site import MOST, Here
from trueup.words import _

router = APIRouter()
PAGE = 100


@router.get("/orders")
def show_orders(
    request: Request,
    site: Here,
    who: Who,
    state: str = OrderState.TRANSFERRED,
    skip: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:
    """Those of one state, the latest first."""
    if state not in list(OrderState):
        raise HTTPException(404, _("There is no such list."))
    with site.hub.database.read() as tx:
        found = life.in_state(tx, state, limit=PAGE + 1, skip=skip)
        names = {row.id: row.name for row in connections.everyone(tx)}
        counts = life.counts(tx)
    more = skip + PAGE if len(found) > PAGE else None
    values: dict[str, Any] = {
        "orders": found[:PAGE],
        "names": names,
        "counts": counts,
        "more": more,
    }
    return page(site, request, "orders.html", who, state=state, states=list(OrderState), **values)
