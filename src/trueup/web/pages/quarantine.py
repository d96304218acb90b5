"""Quarantine: what a person has to look at. Tasks first, both versions side by side; the rest grouped by reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from trueup.domain.record import Kind
from trueup.store import connections, flows, life, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.sync import decisions
from trueup.sync.connecting import Refused
from trueup.sync.tasks import versions_of
from trueup.web.gate import Who
from trueup.web.naming import story_url
from trueup.web.rendering import back, page
from trueup.web.site import Before, Here, Number, Site
from trueup.web.versions import Compared, compared
from trueup.words import _, ngettext

router = APIRouter()
PAGE = 100
MOST_AT_ONCE = 100
"""Retries of one click: what is read again takes a request to its leader each."""

STATES = (quarantine.OPEN, quarantine.SKIPPED, quarantine.RESOLVED)


@dataclass(frozen=True, slots=True)
class Reason:
    """Entries of one flow with the same thing wrong: the sentence without the record's name."""

    sentence: str
    entries: Sequence[QuarantineRow]


@dataclass(frozen=True, slots=True)
class Task:
    """An entry that a person decides about; `compared` is empty if it was never transferred before."""

    entry: QuarantineRow
    compared: Sequence[Compared]


@router.get("/quarantine")
def show_quarantine(
    request: Request, site: Here, who: Who, state: str = quarantine.OPEN, before: Before = None
) -> Response:
    if state not in STATES:
        raise HTTPException(404, _("There is no such list."))
    is_open = state == quarantine.OPEN
    with site.hub.database.read() as tx:
        apart = False if is_open else None
        entries = quarantine.entries(tx, state=state, limit=PAGE + 1, before=before, task=apart)
        first = is_open and before is None
        values: dict[str, Any] = {
            "names": {row.id: row.name for row in connections.everyone(tx)},
            "flow_names": {flow.id: flow.name for flow in flows.everyone(tx)},
            "total": sum(quarantine.count_open(tx).values()),
            "tasks": _tasks(tx) if first else [],
            "contradictions": life.refused(tx, limit=PAGE) if first else [],
        }
    shown, more = entries[:PAGE], entries[PAGE - 1].id if len(entries) > PAGE else None
    return page(
        site,
        request,
        "quarantine.html",
        who,
        state=state,
        states=STATES,
        more=more,
        reasons=by_reason(shown),
        url_of=_url_of,
        **values,
    )


def _tasks(tx: Connection) -> list[Task]:
    entries = quarantine.entries(tx, limit=PAGE, task=True)
    versions = versions_of(tx, entries)
    return [Task(entry, compared(versions[entry.id]) if entry.id in versions else ()) for entry in entries]


def _url_of(entry: QuarantineRow) -> str:
    return story_url(entry.leader_id, Kind(entry.kind).thing.value, entry.ref)


@router.post("/quarantine/orders/{leader_id}/seen")
def see_to(
    leader_id: Number, request: Request, site: Here, who: Who, ref: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """A person saw to an order about which the systems contradict each other."""
    try:
        decisions.see_to(site.hub, leader_id, ref, by=who.user.name, reason=reason.replace("\0", ""))
    except Refused as refusal:
        return back(request, site, "/quarantine", str(refusal))
    return back(request, site, "/quarantine", _("It is noted who saw to it, and why."))


@router.post("/quarantine/{entry_id}/retry")
def retry(entry_id: Number, request: Request, site: Here, who: Who) -> Response:
    entry = _entry(site, entry_id)
    try:
        decisions.retry(site.hub, entry, by=who.user.name)
    except Refused as refusal:
        return back(request, site, "/quarantine", str(refusal))
    site.nudge()
    said = _("%(label)s is tried again. If it is still wrong, it comes back here.") % {"label": entry.label}
    return back(request, site, "/quarantine", said)


@router.post("/quarantine/{entry_id}/skip")
def skip(entry_id: Number, request: Request, site: Here, who: Who, reason: Annotated[str, Form()] = "") -> Response:
    entry, reason = _entry(site, entry_id), reason.replace("\0", "")
    try:
        decisions.skip(site.hub, entry, by=who.user.name, reason=reason)
    except Refused as refusal:
        return back(request, site, "/quarantine", str(refusal))
    text = _("%(label)s is done by hand: %(reason)s") if entry.is_task else _("%(label)s is skipped: %(reason)s")
    said = text % {"label": entry.label, "reason": reason.strip()}
    return back(request, site, "/quarantine", said)


@router.post("/quarantine/{entry_id}/retry-same")
def retry_same(entry_id: Number, request: Request, site: Here, who: Who) -> Response:
    """Everything in this flow that has the same thing wrong, the oldest first; at most 100 a click."""
    entry = _entry(site, entry_id)
    with site.hub.database.read() as tx:
        everything = quarantine.entries(tx, limit=10_000)
    same = [one for one in reversed(everything) if _likeness(one) == _likeness(entry)]
    done, refusal = _retry_all(site, same[:MOST_AT_ONCE], who.user.name)
    site.nudge()
    text = ngettext("%(num)s record is tried again.", "%(num)s records are tried again.", done) % {"num": done}
    if refusal:
        text = f"{text} {refusal}"
    elif len(same) > MOST_AT_ONCE:
        text += " " + _("%(num)s more are left: click again.") % {"num": len(same) - MOST_AT_ONCE}
    return back(request, site, "/quarantine", text)


def _retry_all(site: Site, entries: Iterable[QuarantineRow], by: str) -> tuple[int, str]:
    """How many were tried again, and what stopped it, if anything did."""
    done = 0
    for entry in entries:
        try:
            decisions.retry(site.hub, entry, by=by)
        except Refused as refusal:
            return done, str(refusal)
        done += 1
    return done, ""


def by_reason(entries: Iterable[QuarantineRow]) -> list[Reason]:
    """The most frequent reason first."""
    groups: dict[tuple[int, int, str, str], list[QuarantineRow]] = {}
    for entry in entries:
        groups.setdefault(_likeness(entry), []).append(entry)
    reasons = [Reason(likeness[3], found) for likeness, found in groups.items()]
    return sorted(reasons, key=lambda reason: -len(reason.entries))


def _likeness(entry: QuarantineRow) -> tuple[int, int, str, str]:
    return entry.flow_id, entry.follower_id, entry.field or "", reason_in(entry)


def reason_in(entry: QuarantineRow) -> str:
    """The sentence without what names this record only."""
    text = entry.sentence.replace(entry.label, "…") if len(entry.label) > 1 else entry.sentence
    return text.removeprefix(f"{entry.kind.capitalize()} …: ")


def _entry(site: Site, entry_id: int) -> QuarantineRow:
    with site.hub.database.read() as tx:
        entry = quarantine.by_id(tx, entry_id)
    if entry is None:
        raise HTTPException(404, _("There is no such entry in quarantine."))
    return entry
