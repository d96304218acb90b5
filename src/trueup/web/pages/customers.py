"""Customers: who is meant, decided by a person; and who is there twice. Shows names to whoever is signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from trueup.store import connections, quarantine
from trueup.store.matches import MatchRow
from trueup.store.quarantine import QuarantineRow
from trueup.sync import customers
from trueup.sync.connecting import Refused
from trueup.sync.duplicates import merge_list, report
from trueup.web.gate import Who
from trueup.web.rendering import back, page
from trueup.web.site import Here, Number, Site
from trueup.words import _

router = APIRouter()
MOST_QUESTIONS = 200
MOST_GROUPS = 200


@router.get("/customers")
def show_customers(request: Request, site: Here, who: Who) -> Response:
    with site.hub.database.read() as tx:
        names = {row.id: row.name for row in connections.everyone(tx)}
        asked = quarantine.entries(tx, limit=MOST_QUESTIONS, task=True)
        found: list[tuple[QuarantineRow, MatchRow | None]] = [(entry, customers.question(tx, entry)) for entry in asked]
    questions = [(entry, row) for entry, row in found if row is not None]
    return page(site, request, "customers.html", who, questions=questions, names=names)


@router.get("/customers/duplicates")
def show_duplicates(request: Request, site: Here, who: Who) -> Response:
    found = report(site.hub)
    values: dict[str, Any] = {"groups": found.groups[:MOST_GROUPS], "total": len(found.groups), "report": found}
    return page(site, request, "duplicates.html", who, **values)


@router.get("/customers/duplicates.csv")
def download(site: Here, who: Who) -> Response:
    """The whole merge list; spreadsheets take it for UTF-8 by the mark at its beginning."""
    headers = {"Content-Disposition": 'attachment; filename="customers-to-merge.csv"'}
    return Response(f"\ufeff{merge_list(report(site.hub).groups)}", media_type="text/csv", headers=headers)


@router.post("/customers/{entry_id}/decide")
def decide(entry_id: Number, request: Request, site: Here, who: Who, remote: Annotated[str, Form()] = "") -> Response:
    """`remote` is who is meant; empty: a new customer."""
    entry, remote = _entry(site, entry_id), remote.replace("\0", "")
    try:
        if remote:
            customers.link_to(site.hub, entry, remote, by=who.user.name)
        else:
            customers.is_new(site.hub, entry, by=who.user.name)
    except Refused as refusal:
        return back(request, site, "/customers", str(refusal))
    site.nudge()
    text = _("%(label)s is %(remote)s; the orders that waited are transferred now.")
    new = _("%(label)s is a new customer; the orders that waited are transferred now.")
    return back(request, site, "/customers", (text if remote else new) % {"label": entry.label, "remote": remote})


def _entry(site: Site, entry_id: int) -> QuarantineRow:
    with site.hub.database.read() as tx:
        entry = quarantine.by_id(tx, entry_id)
    if entry is None:
        raise HTTPException(404, _("There is no such entry in quarantine."))
    return entry
