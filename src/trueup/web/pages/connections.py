"""Connections: how each one stands, what its last check found, and adding another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from trueup.connectors.kit.ports import Finding
from trueup.connectors.registry import SYSTEMS
from trueup.store import connections, views
from trueup.store.connections import ConnectionRow
from trueup.store.secrets import WrongKey
from trueup.sync import announcing, connecting
from trueup.sync.connecting import Refused
from trueup.web.facts import fact
from trueup.web.fields import form_fields, settings_from
from trueup.web.gate import Who
from trueup.web.rendering import back, page
from trueup.web.site import Here, Number, Site
from trueup.words import _

router = APIRouter()


async def typed_form(request: Request) -> dict[str, str]:
    """What was typed, file fields left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed_form)]


@router.get("/connections")
def show_connections(request: Request, site: Here, who: Who) -> Response:
    with site.hub.database.read() as tx:
        statuses = views.connection_statuses(tx, site.hub.clock())
    return page(site, request, "connections.html", who, statuses=statuses)


@router.get("/connections/new")
def new_connection(request: Request, site: Here, who: Who, system: str = "") -> Response:
    """First the system is chosen, then its settings are filled in."""
    if not system:
        return page(site, request, "connection_choose.html", who)
    _must_exist(system)
    return _form(request, site, who, system, {})


@router.post("/connections")
def add_connection(request: Request, site: Here, who: Who, typed: Typed) -> Response:
    """Tried first; stored only if nothing is red. What was typed stays in the form, but for secrets."""
    system, name = typed.get("system", ""), typed.get("connection_name", "").strip()
    _must_exist(system)
    values = settings_from(SYSTEMS[system].settings, _settings_in(typed))
    try:
        if not name:
            raise Refused(_("The connection has no name. Give it one that people know, such as the shop's."))
        added, _findings = connecting.add_connection(site.hub, name=name, system=system, values=values)
    except Refused as refusal:
        return _form(request, site, who, system, typed, str(refusal), refusal.findings)
    said = _("%(name)s is connected.") % {"name": name}
    return back(request, site, f"/connections/{added}", said)


@router.get("/connections/{connection_id}")
def show_connection(connection_id: Number, request: Request, site: Here, who: Who) -> Response:
    row = _row(site, connection_id)
    with site.hub.database.read() as tx:
        status = next(one for one in views.connection_statuses(tx, site.hub.clock()) if one.id == row.id)
    values: dict[str, Any] = {"row": row, "status": status, "webhooks": _can_call(site, row)}
    values |= {"settings": shown_settings(row), "secrets": _secrets(row)}
    address = str(request.base_url).rstrip("/")
    return page(site, request, "connection.html", who, **values, address=address)


@router.post("/connections/{connection_id}/verify")
def verify(connection_id: Number, request: Request, site: Here, who: Who) -> Response:
    row = _row(site, connection_id)
    try:
        findings = connecting.verify_connection(site.hub, row)
    except WrongKey as error:
        return back(request, site, f"/connections/{connection_id}", str(error))
    site.nudge()
    return back(request, site, f"/connections/{connection_id}", _told(row.name, findings))


@router.post("/connections/{connection_id}/webhooks")
def set_up_webhooks(
    connection_id: Number, request: Request, site: Here, who: Who, address: Annotated[str, Form()] = ""
) -> Response:
    """Make the system call us when something changes; `address` is where it reaches us."""
    row = _row(site, connection_id)
    try:
        findings = announcing.subscribe(site.hub, row, address)
    except Refused as refusal:
        return back(request, site, f"/connections/{connection_id}", str(refusal))
    return back(request, site, f"/connections/{connection_id}", " ".join(_in_words(one) for one in findings))


def _told(name: str, findings: Sequence[Finding]) -> str:
    wrong = [finding for finding in findings if finding.level != "green"]
    if not wrong:
        return _("%(name)s: everything that was checked works.") % {"name": name}
    return " ".join(_in_words(finding) for finding in wrong)


def _in_words(finding: Finding) -> str:
    return f"{finding.sentence} {finding.fix}".strip()


def _settings_in(typed: dict[str, str]) -> dict[str, str]:
    """Fields of the settings carry a prefix, so that none can be mistaken for one of ours."""
    return {name.removeprefix("s_"): value for name, value in typed.items() if name.startswith("s_")}


def _form(
    request: Request,
    site: Site,
    who: Who,
    system: str,
    typed: dict[str, str],
    error: str = "",
    findings: Sequence[Finding] = (),
) -> Response:
    fields = form_fields(SYSTEMS[system].settings, _settings_in(typed) if typed else None)
    values: dict[str, Any] = {"system": SYSTEMS[system], "fields": fields, "error": error, "findings": findings}
    name = typed.get("connection_name", "")
    return page(site, request, "connection_new.html", who, code=422 if error else 200, **values, name=name)


def _must_exist(system: str) -> None:
    if system not in SYSTEMS:
        raise HTTPException(404, _("trueup does not know this system."))


def _row(site: Site, connection_id: int) -> ConnectionRow:
    with site.hub.database.read() as tx:
        row = connections.by_id(tx, connection_id)
    if row is None:
        raise HTTPException(404, _("There is no such connection."))
    return row


def shown_settings(row: ConnectionRow) -> dict[str, str]:
    """What is set, in words. A key is no secret, but nobody needs to read all of it over somebody's shoulder."""
    shown = {name: fact(value) for name, value in row.settings.items()}
    return {name: _shortened(text) if name.endswith("key") else text for name, text in shown.items() if text}


def _shortened(key: str) -> str:
    return f"{key[:6]}…{key[-4:]}" if len(key) > 14 else key


def _secrets(row: ConnectionRow) -> list[str]:
    """The names of the settings that are sealed; what they hold is never shown."""
    return [name for name in SYSTEMS[row.system].settings.model_fields if row.sealed and name not in row.settings]


def _can_call(site: Site, row: ConnectionRow) -> bool:
    try:
        return bool(site.hub.connectors.of(row).capabilities.webhooks)
    except Exception:  # a page must open whatever is wrong with the connection that it is about
        return False
