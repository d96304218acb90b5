"""What the pages show, as JSON, for whoever is signed in. It only reads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder

from trueup.store import flows, life, quarantine, stories, transfers, views
from trueup.sync.life import outside_the_table
from trueup.web.gate import Who
from trueup.web.pages.records import story_of
from trueup.web.site import Before, Here, Number

router = APIRouter(prefix="/api")
MOST = 1000


@router.get("/overview")
def overview(site: Here, who: Who) -> Any:
    with site.hub.database.read() as tx:
        view = views.overview(tx, site.hub.clock())
    totals = {"owed": view.owed, "done": view.done, "quarantined": view.quarantined, "settled": view.settled}
    return {**_plain(view), **totals}


@router.get("/flows")
def all_flows(site: Here, who: Who) -> Any:
    with site.hub.database.read() as tx:
        return [_plain(views.flow_status(tx, flow, site.hub.clock())) for flow in flows.everyone(tx)]


@router.get("/records")
def records(site: Here, who: Who, q: str = "", limit: int = 50) -> Any:
    with site.hub.database.read() as tx:
        return [_plain(found) for found in stories.find_things(tx, q, limit=_bounded(limit))]


@router.get("/records/{leader_id}/{thing}/story")
def story(leader_id: Number, thing: str, site: Here, who: Who, ref: str) -> Any:
    return _plain(story_of(site, leader_id, thing, ref))


@router.get("/orders")
def orders(site: Here, who: Who) -> Any:
    """How many orders are in each state. `outside_the_table` counts moves that must not have been: 0, or trueup is
    wrong."""
    with site.hub.database.read() as tx:
        counts = {"states": life.counts(tx), "contradictions": life.count_refused(tx)}
        return {**counts, "outside_the_table": outside_the_table(tx)}


@router.get("/quarantine")
def all_quarantine(site: Here, who: Who, state: str = quarantine.OPEN, limit: int = 100, before: Before = None) -> Any:
    with site.hub.database.read() as tx:
        rows = quarantine.entries(tx, state=state, limit=_bounded(limit), before=before)
    return [_plain(row) for row in rows]


@router.get("/transfers")
def all_transfers(
    site: Here, who: Who, label: str = "", failed: bool = False, limit: int = 100, before: Before = None
) -> Any:
    with site.hub.database.read() as tx:
        rows = transfers.latest(tx, limit=_bounded(limit), failed=failed, label=label or None, before=before)
    return [_plain(row) for row in rows]


def _plain(row: Any) -> Any:
    return jsonable_encoder(asdict(row))


def _bounded(limit: int) -> int:
    return min(max(limit, 1), MOST)
