"""One thing's story: what it is, where it is, and what happened to it. Orders with their money, to the cent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from trueup.domain.cent_proof import prove
from trueup.domain.order import Order
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.store import deliveries, stories
from trueup.store.stories import Place, Story
from trueup.web.facts import facts_of
from trueup.web.gate import Who
from trueup.web.naming import story_url
from trueup.web.rendering import page
from trueup.web.site import Here, Number, Site
from trueup.web.timeline import open_ends, timeline
from trueup.words import _

router = APIRouter()
MOST_FOUND = 50


@router.get("/search")
def search(request: Request, site: Here, who: Who, q: str = "") -> Response:
    """By SKU, order number, name, id or document number; a single exact hit is shown at once."""
    with site.hub.database.read() as tx:
        found = stories.find_things(tx, q, limit=MOST_FOUND)
    exact = [one for one in found if q.strip().lower() in {n.lower() for n in (one.label, one.document, one.ref) if n}]
    only = exact if len(exact) == 1 else found
    if len(only) == 1:
        return RedirectResponse(story_url(*only[0].key), status_code=303)
    return page(site, request, "search.html", who, q=q.strip(), found=found, most=MOST_FOUND)


@router.get("/records/{leader_id}/{thing}")
def show_record(leader_id: Number, thing: str, request: Request, site: Here, who: Who, ref: str) -> Response:
    told = story_of(site, leader_id, thing, ref)
    records = {row.kind: record_from(row.kind, row.payload) for row in told.records}
    values: dict[str, Any] = {"story": told, "events": timeline(told), "open": open_ends(told), "states": deliveries}
    order = records.get(Kind.ORDER)
    if isinstance(order, Order):
        return page(site, request, "order.html", who, **values, **_order(told, order))
    return page(site, request, "record.html", who, **values, facts=_facts(records))


def story_of(site: Site, leader_id: Number, thing: str, ref: str) -> Story:
    """Raises HTTPException 404 with a sentence."""
    if thing not in {kind.value for kind in Kind}:
        raise HTTPException(404, _("There is no such kind of record."))
    with site.hub.database.read() as tx:
        told = stories.story(tx, leader_id, Kind(thing).thing.value, ref)
    if told is None:
        raise HTTPException(404, _("Nobody knows this record. It may have been named wrongly; try the search."))
    return told


def _facts(records: dict[str, Record]) -> dict[str, list[tuple[str, str]]]:
    return {kind: facts_of(record) for kind, record in records.items()}


def _order(told: Story, order: Order) -> dict[str, Any]:
    """The order's lines, its proof, and each document number with what became of telling the shop about it."""
    receipts = {owed.row.ref: owed for owed in told.owed if owed.row.kind == Kind.RECEIPT}
    documents: list[tuple[Place, Any]] = [
        (place, receipts.get(place.remote)) for place in told.places if place.how != "leads"
    ]
    articles = {ref.id: related.key for ref, related in zip(order.refs(), told.related, strict=False)}
    customer = next((related for related in told.related if related.role == "customer"), None)
    return {"order": order, "proof": prove(order), "documents": documents, "customer": customer, "articles": articles}
