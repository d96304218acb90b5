"""What a person decides about a customer who may be somebody whom the follower has already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from trueup.domain.record import Kind
from trueup.store import deliveries, links, matches, quarantine
from trueup.store.matches import MatchRow
from trueup.store.quarantine import QuarantineRow
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

AMBIGUOUS = "ambiguous"


def question(tx: Connection, entry: QuarantineRow) -> MatchRow | None:
    """Who may be meant, if this entry asks that; None for every other entry."""
    if entry.kind != Kind.CUSTOMER or entry.error != AMBIGUOUS or entry.state != quarantine.OPEN:
        return None
    return matches.of(tx, entry.follower_id, entry.leader_id, [entry.ref]).get(entry.ref)


def link_to(hub: Hub, entry: QuarantineRow, remote: str, *, by: str) -> None:
    """It is this one of the candidates; the customer is brought up to date there, and its orders flow.

    Raises Refused if nothing is asked (any more), or if `remote` is none of the candidates.
    """
    with hub.database.write() as tx:
        asked = _open_question(tx, entry)
        if remote not in [candidate["remote"] for candidate in asked.candidates]:
            known = ", ".join(candidate["remote"] for candidate in asked.candidates)
            raise Refused(f"{remote} is none of those who may be meant. Choose one of {known}, or a new customer.")
        now = hub.clock()
        whose = {"follower_id": asked.follower_id, "leader_id": asked.leader_id, "ref": asked.ref}
        told = {"thing": Kind.CUSTOMER.value, "remote": remote, "document": None, "how": "decided", "created_at": now}
        links.add(tx, [{**whose, **told}])
        _decide(tx, asked, state=matches.LINKED, remote=remote, by=by, now=now)
        _go_on(tx, entry, by=by, reason=f"it is {remote}", now=now)


def is_new(hub: Hub, entry: QuarantineRow, *, by: str) -> None:
    """It is none of the candidates: the customer is created, and its orders flow. Raises Refused if nothing is
    asked."""
    with hub.database.write() as tx:
        asked, now = _open_question(tx, entry), hub.clock()
        _decide(tx, asked, state=matches.NEW, remote=None, by=by, now=now)
        _go_on(tx, entry, by=by, reason="it is a new customer", now=now)


def _open_question(tx: Connection, entry: QuarantineRow) -> MatchRow:
    """As it is now: somebody else may have decided meanwhile."""
    current = quarantine.by_id(tx, entry.id)
    asked = question(tx, current) if current is not None else None
    if asked is None:
        raise Refused(f"Entry {entry.id} does not ask which customer is meant, or does so no longer.")
    return asked


def _decide(tx: Connection, asked: MatchRow, *, state: str, remote: str | None, by: str, now: datetime) -> None:
    chosen = next((one for one in asked.candidates if one["remote"] == remote), None)
    whose = {"follower_id": asked.follower_id, "leader_id": asked.leader_id, "ref": asked.ref}
    decided = {"state": state, "remote": remote, "reason": chosen["likeness"] if chosen else None}
    shown = {"candidates": asked.candidates, "asked_at": asked.asked_at}
    matches.note(tx, [{**whose, **decided, **shown, "decided_by": by, "decided_at": now}])


def _go_on(tx: Connection, entry: QuarantineRow, *, by: str, reason: str, now: datetime) -> None:
    quarantine.close(tx, entry.id, state=quarantine.RESOLVED, by=by, reason=reason, now=now)
    deliveries.reopen(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref, now)
