"""Where shops call: verified by their signature, noted as a hint, answered at once. What they send is never data."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse

from trueup.connectors.kit.errors import Rejected
from trueup.store import connections
from trueup.store.connections import ConnectionRow
from trueup.sync.announcing import PATH, note_call
from trueup.web.site import Here, Number, Site

log = structlog.get_logger("trueup.web")

router = APIRouter()


async def raw_body(request: Request) -> bytes:
    """The bytes as they came: a signature counts for them alone. More than 1 MB is answered 413 by the body limit."""
    return await request.body()


@router.post(PATH + "/{connection_id}", include_in_schema=False)
def take_call(
    connection_id: Number, request: Request, body: Annotated[bytes, Depends(raw_body)], site: Here
) -> PlainTextResponse:
    """200 for everything genuine, wanted or not: a shop stops calling whoever refuses its calls."""
    row = _called(site, connection_id)
    try:
        hint = note_call(site.hub, row, request.headers, body)
    except Rejected as refusal:
        log.warning("hook.refused", connection=row.name, code=refusal.code)
        raise HTTPException(401, refusal.sentence) from None
    if hint is not None:
        log.info("hook.noted", connection=row.name, kind=hint.kind.value, ref=hint.id)
        site.nudge()
    return PlainTextResponse("")


def _called(site: Site, connection_id: int) -> ConnectionRow:
    with site.hub.database.read() as tx:
        row = connections.by_id(tx, connection_id)
    if row is None:
        raise HTTPException(404, "There is no such connection.")
    return row
