"""One thing's story: what it is, where it is, and what happened to it. Orders with their money, to the cent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from trueup.domain.cent_proof import prove
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.store import deliveries, stories
from trueup.store.order_stories import OrderStory, order_story
from trueup.store.stories import Place, Story
from trueup.web.facts import facts_of
from trueup.web.gate import Who
from trueup.web.naming import story_url
from trueup.web.rendering import page, shared_page
from trueup.web.sharing import file_name, verdict_on
from trueup.web.site import Here, Number, Site
from trueup.web.telling import tell
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
    values: dict[str, Any] = {"story": told, "open": open_ends(told), "states": deliveries}
    with site.hub.database.read() as tx:
        of = order_story(tx, told)
    if of is not None:
        return page(site, request, "order.html", who, **values, **_order(of))
    return page(site, request, "record.html", who, **values, events=timeline(told), facts=_facts(told))


@router.get("/records/{leader_id}/order/share")
def share(leader_id: Number, site: Here, who: Who, ref: str) -> Response:
    """The order's story without personal data, as a file: who gets it is decided by whoever sends it on, and no
    address has to be open to the world for that."""
    with site.hub.database.read() as tx:
        of = order_story(tx, story_of(site, leader_id, Kind.ORDER, ref))
    if of is None:
        raise HTTPException(404, _("This order could not be read yet, so there is nothing to share."))
    name = file_name(of.order, "html")
    body = shared_page(of, site.hub.clock())
    return HTMLResponse(body, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def story_of(site: Site, leader_id: Number, thing: str, ref: str) -> Story:
    """Raises HTTPException 404 with a sentence."""
    if thing not in {kind.value for kind in Kind}:
        raise HTTPException(404, _("There is no such kind of record."))
    with site.hub.database.read() as tx:
        told = stories.story(tx, leader_id, Kind(thing).thing.value, ref)
    if told is None:
        raise HTTPException(404, _("Nobody knows this record. It may have been named wrongly; try the search."))
    return told


def _facts(told: Story) -> dict[str, list[tuple[str, str]]]:
    return {row.kind: facts_of(record_from(row.kind, row.payload)) for row in told.records}


def _order(of: OrderStory) -> dict[str, Any]:
    """The order's lines, its proof, its story, and each document number with what became of telling the shop."""
    told = of.story
    receipts = {owed.row.ref: owed for owed in told.owed if owed.row.kind == Kind.RECEIPT}
    documents: list[tuple[Place, Any]] = [
        (place, receipts.get(place.remote)) for place in told.places if place.how != "leads"
    ]
    articles = {ref.id: related.key for ref, related in zip(of.order.refs(), told.related, strict=False)}
    customer = next((related for related in told.related if related.role == "customer"), None)
    values: dict[str, Any] = {"order": of.order, "life": of.life, "fulfilments": of.fulfilments, "refunds": of.refunds}
    values |= {"told": tell(of)[::-1], "proof": prove(of.order), "verdict": verdict_on(prove(of.order))}
    return {**values, "documents": documents, "customer": customer, "articles": articles}
