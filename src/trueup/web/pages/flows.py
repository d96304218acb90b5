"""Flows: how each one stands, its schedule, start now, pause and enable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from pydantic import ValidationError

from trueup.connectors.kit.errors import OutsideError
from trueup.runtime.schedule import WEEKDAYS, Schedule
from trueup.store import flows, records, views
from trueup.store.flows import FlowRow
from trueup.store.views import Overview
from trueup.sync import arrange
from trueup.sync.connecting import Refused
from trueup.sync.flow import settings_of
from trueup.sync.hub import Hub
from trueup.web.gate import Who
from trueup.web.naming import CAUSES
from trueup.web.pages.overview import look
from trueup.web.rendering import back, page, part
from trueup.web.site import Here, Number, Site
from trueup.words import _

router = APIRouter()
RUNS = 12


@router.get("/flows")
def show_flows(request: Request, site: Here, who: Who) -> Response:
    return page(site, request, "flows.html", who, **_all(look(site.hub)))


@router.get("/parts/flows")
def flows_part(request: Request, site: Here, who: Who) -> Response:
    return part(site, request, "parts/flows.html", csrf=who.csrf, **_all(site.glance.take(partial(look, site.hub))))


@router.get("/flows/{flow_id}")
def show_flow(flow_id: Number, request: Request, site: Here, who: Who) -> Response:
    return _flow_page(request, site, who, _flow(site, flow_id))


@router.post("/flows/usual")
def add_usual(request: Request, site: Here, who: Who) -> Response:
    """The flows that a shop and a back office usually have, all of them inactive."""
    try:
        names = arrange.add_usual_flows(site.hub)
    except (Refused, OutsideError) as refusal:
        return back(request, site, "/flows", str(refusal))
    said = _("Added: %(names)s. They are inactive until you enable them.") if names else _("There was nothing to add.")
    return back(request, site, "/flows", said % {"names": ", ".join(names)} if names else said)


@router.post("/flows/{flow_id}/start")
def start(flow_id: Number, request: Request, site: Here, who: Who) -> Response:
    said = _("The flow %(name)s starts now.")
    return _wish(request, site, flow_id, arrange.start_now, said)


@router.post("/flows/{flow_id}/enable")
def enable(flow_id: Number, request: Request, site: Here, who: Who) -> Response:
    return _wish(request, site, flow_id, arrange.enable, _("The flow %(name)s is enabled."))


@router.post("/flows/{flow_id}/pause")
def pause(flow_id: Number, request: Request, site: Here, who: Who) -> Response:
    said = _("The flow %(name)s is paused. What is owed stays owed; it goes on where it stopped.")
    return _wish(request, site, flow_id, arrange.disable, said)


@router.post("/flows/{flow_id}/schedule")
def set_schedule(
    flow_id: Number,
    request: Request,
    site: Here,
    who: Who,
    every_minutes: Annotated[str, Form()] = "15",
    cron: Annotated[str, Form()] = "",
    start: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "UTC",
    weekdays: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Change when a flow runs. What cannot be read is told above the form, which keeps what was typed."""
    flow = _flow(site, flow_id)
    typed: dict[str, Any] = {
        "every_minutes": every_minutes,
        "cron": cron.strip() or None,
        "start": start or None,
        "end": end or None,
    }
    typed |= {"time_zone": time_zone.strip(), "weekdays": weekdays or []}
    try:
        planned = Schedule.model_validate(typed)
        arrange.set_schedule(site.hub, flow, planned)
    except (ValidationError, Refused) as error:
        return _flow_page(request, site, who, flow, typed=typed, error=_say(error), code=422)
    said = _("The flow %(name)s runs %(schedule)s.") % {"name": flow.name, "schedule": planned.sentence()}
    return back(request, site, f"/flows/{flow_id}", said)


@router.post("/flows/{flow_id}/policies")
def set_policies(
    flow_id: Number,
    request: Request,
    site: Here,
    who: Who,
    min_age_minutes: Annotated[str, Form()] = "0",
    write_back: Annotated[str, Form()] = "",
) -> Response:
    """Change what is done with the orders of a flow."""
    flow = _flow(site, flow_id)
    typed = {"min_age_minutes": min_age_minutes.strip() or "0", "write_back": bool(write_back)}
    try:
        arrange.set_policies(site.hub, flow, typed)
    except Refused as refusal:
        return back(request, site, f"/flows/{flow_id}", str(refusal))
    return back(request, site, f"/flows/{flow_id}", _("The policies of %(name)s are saved.") % {"name": flow.name})


def _wish(request: Request, site: Site, flow_id: int, act: Callable[[Hub, FlowRow], Any], said: str) -> Response:
    """Do it, wake whoever works, and say so; a refusal is said instead."""
    flow = _flow(site, flow_id)
    try:
        act(site.hub, flow)
    except Refused as refusal:
        return back(request, site, _origin(request, flow_id), str(refusal))
    site.nudge()
    return back(request, site, _origin(request, flow_id), said % {"name": flow.name})


def _origin(request: Request, flow_id: int) -> str:
    """Back to the page that the form stood on: the list or the flow."""
    return "/flows" if request.headers.get("referer", "").partition("?")[0].endswith("/flows") else f"/flows/{flow_id}"


def _flow(site: Site, flow_id: int) -> FlowRow:
    with site.hub.database.read() as tx:
        flow = flows.by_id(tx, flow_id)
    if flow is None:
        raise HTTPException(404, _("There is no such flow."))
    return flow


def _all(view: Overview) -> dict[str, Any]:
    led = {connection.id: connection.led for connection in view.connections}
    known = {status.flow.id: led[status.flow.leader_id].get(status.flow.kind, 0) for status in view.flows}
    sentences = {status.flow.id: _sentence(status.flow) for status in view.flows}
    return {"view": view, "known": known, "sentences": sentences}


def _sentence(flow: FlowRow) -> str:
    return Schedule.model_validate(flow.schedule).sentence()


def _flow_page(
    request: Request,
    site: Site,
    who: Who,
    flow: FlowRow,
    *,
    typed: dict[str, Any] | None = None,
    error: str = "",
    code: int = 200,
) -> Response:
    with site.hub.database.read() as tx:
        stands = views.flow_status(tx, flow, site.hub.clock())
        runs = flows.runs(tx, flow.id, limit=RUNS)
        known = records.counts(tx).get((flow.leader_id, flow.kind), 0)
    schedule = typed or Schedule.model_validate(flow.schedule).model_dump(mode="json")
    values: dict[str, Any] = {"policies": settings_of(flow.settings), "runs": runs}
    values |= {"schedule": schedule, "sentence": _sentence(flow), "weekdays": WEEKDAYS, "causes": CAUSES}
    return page(site, request, "flow.html", who, code=code, flow=stands, known=known, error=error, **values)


def _say(error: ValidationError | Refused) -> str:
    if isinstance(error, Refused):
        return str(error)
    told = [str(mistake["msg"]).removeprefix("Value error, ") for mistake in error.errors()]
    return " ".join(text[0].upper() + text[1:].rstrip(".") + "." for text in told)
