"""Settle: write down in one transaction what came of a push: links, deliveries, log, quarantine, receipts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from trueup.connectors.kit.errors import (
    Ambiguous,
    Conflict,
    Gone,
    Locked,
    Misconfigured,
    MissingLink,
    NotNeeded,
    OutsideError,
    Rejected,
    TryLater,
)
from trueup.connectors.kit.ports import Done
from trueup.domain.record import Kind
from trueup.store import connections, deliveries, links, quarantine, transfers
from trueup.store.connections import ConnectionRow
from trueup.store.deliveries import DeliveryRow, Settled
from trueup.sync import allocation
from trueup.sync.about_orders import owe_what_belongs
from trueup.sync.answers import owe_answers
from trueup.sync.decide import Failing, WaitFor, after_failure, pause_after
from trueup.sync.decide import Wait as TryAgain
from trueup.sync.keeping import Keeping
from trueup.sync.life import look_at
from trueup.sync.matching import note_asked, note_matched
from trueup.sync.push import Pushed, Sent

ERROR_NAMES: Mapping[type[OutsideError], str] = {
    Gone: "gone",
    Locked: "locked",
    Conflict: "conflict",
    Ambiguous: "ambiguous",
    NotNeeded: "not needed",
    Rejected: "rejected",
    Misconfigured: "misconfigured",
    MissingLink: "missing link",
    TryLater: "try later",
}
ANSWER_NOTED_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """What settling has to know about the follower. `settle_time` is how long it may work on after a lost answer;
    `writes_back` are the flows whose document numbers go back to the leader's orders, `numbered` the leaders that
    also take the numbers of their customers; `keeping` is the stock that it leads, if it leads any."""

    id: int
    name: str
    settle_time: timedelta
    writes_back: frozenset[int] = frozenset()
    numbered: frozenset[int] = frozenset()
    keeping: Keeping | None = None

    def writes_back_of(self, row: DeliveryRow) -> bool:
        return row.flow_id in self.writes_back and (row.kind != Kind.CUSTOMER or row.leader_id in self.numbered)


def settle(tx: Connection, follower: Follower, pushed: Pushed, now: datetime) -> None:
    """One push, settled. Deliveries whose record changed meanwhile stay due with the new content."""
    connection = connections.locked(tx, follower.id)
    if connection is None:
        raise LookupError(f"connection {follower.id} is gone while its lane is held")
    deliveries.lock(tx, *_touched(pushed, follower.id))
    _note_answer(tx, connection, pushed, now)
    done = [(one, one.outcome) for one in pushed.sent if isinstance(one.outcome, Done)]
    failed = [(one, one.outcome) for one in pushed.sent if isinstance(one.outcome, OutsideError)]
    _link(tx, done, now)
    deliveries.settle(tx, [settled for one, _ in done for settled in _delivered(one, now)])
    _settle_failures(tx, follower, connection, failed, pushed.failure, now)
    tried = [one for one in pushed.sent if not isinstance(one.outcome, MissingLink)]  # what waits was not tried
    transfers.log(tx, [row for one in tried for row in _log_rows(one, pushed, now)])
    told = [(row, outcome) for one, outcome in done for row in one.packed.rows]
    orders = [(row, outcome) for row, outcome in told if row.kind == Kind.ORDER]
    for shop_id in {row.leader_id for row, _ in orders}:
        documents = [outcome.remote for row, outcome in orders if row.leader_id == shop_id]
        owe_what_belongs(tx, follower.id, shop_id, documents, now)
    back = [(row, outcome) for row, outcome in told if follower.writes_back_of(row)]
    owe_answers(tx, follower.id, follower.name, back, now)
    _look_at_orders(tx, pushed, now)
    allocation.note_pushed(tx, follower.id, follower.keeping, told, now)


def _look_at_orders(tx: Connection, pushed: Pushed, now: datetime) -> None:
    rows = [row for one in pushed.sent for row in one.packed.rows if row.kind == Kind.ORDER]
    for leader_id in sorted({row.leader_id for row in rows}):
        look_at(tx, leader_id, {row.ref for row in rows if row.leader_id == leader_id}, now)


def _touched(pushed: Pushed, follower_id: int) -> tuple[list[int], int, list[str]]:
    rows = [row for one in pushed.sent for row in one.packed.rows]
    found = [f"{ref.kind.value}:{ref.id}" for one in pushed.sent for ref in one.packed.found]
    return [row.id for row in rows], follower_id, [f"{row.thing}:{row.ref}" for row in rows] + found


def _note_answer(tx: Connection, connection: ConnectionRow, pushed: Pushed, now: datetime) -> None:
    """The breaker: opens for as long as the failure says, closes with the first answer."""
    if pushed.failure is not None:
        until = pause_after(pushed.failure, connection.failures + 1, now=now, jitter=random.random())
        connections.pause(tx, connection.id, until=until, sentence=pushed.failure.sentence)
    elif connection.failures or connection.last_ok_at is None or now - connection.last_ok_at > ANSWER_NOTED_EVERY:
        connections.note_answer(tx, connection.id, now)


def _link(tx: Connection, done: Sequence[tuple[Sent, Done]], now: datetime) -> None:
    """Tie the things to their ids, close their intents, and wake what waited for them."""
    own = [row for one, outcome in done for row in _own_links(one, outcome, now)]
    found = [row for one, _ in done for row in _found_links(one, now)]
    links.add(tx, own)
    links.note(tx, found)
    note_matched(tx, [one.packed for one, _ in done], now)
    for (follower_id, leader_id, thing), refs in _grouped([*own, *found]).items():
        links.fulfil(tx, follower_id, leader_id, thing, refs)
        deliveries.wake(tx, follower_id, [f"{thing}:{ref}" for ref in refs])
    delivered = [row for one, _ in done for row in one.packed.rows]
    for flow_id, kind in {(row.flow_id, row.kind) for row in delivered}:
        refs = [row.ref for row in delivered if (row.flow_id, row.kind) == (flow_id, kind)]
        quarantine.resolve(tx, flow_id, delivered[0].follower_id, kind, refs, now)


def _own_links(one: Sent, outcome: Done, now: datetime) -> Iterable[dict[str, Any]]:
    row = one.packed.rows[0]
    if row.kind != row.thing and row.thing != Kind.PRODUCT:
        return  # it is about an order or a customer that is linked already, one way or the other
    own = {"thing": row.thing, "ref": row.ref, "remote": outcome.remote, "document": outcome.document}
    how = "created" if outcome.created else "matched" if one.packed.match else "adopted"
    yield {**_of(row, now), **own, "how": how}


def _found_links(one: Sent, now: datetime) -> Iterable[dict[str, Any]]:
    """What was asked for by its key. Another thing may have that key too (an article that the shop made anew, variants
    without a SKU of their own); the first keeps the link, the others are asked for again."""
    for ref, remote in one.packed.found.items():
        link = {"thing": ref.kind.value, "ref": ref.id, "remote": remote, "document": None, "how": "adopted"}
        yield {**_of(one.packed.rows[0], now), **link}


def _of(row: DeliveryRow, now: datetime) -> dict[str, Any]:
    return {"follower_id": row.follower_id, "leader_id": row.leader_id, "created_at": now}


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[tuple[int, int, str], list[str]]:
    groups: dict[tuple[int, int, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row["follower_id"], row["leader_id"], row["thing"]), []).append(row["ref"])
    return groups


def _delivered(one: Sent, now: datetime) -> Iterable[Settled]:
    for row in one.packed.rows:
        version = row.payload if row.kind == Kind.ORDER else None
        yield Settled(
            id=row.id,
            hash=row.wanted_hash,
            state=deliveries.DONE,
            sent_hash=row.hash,
            sent_payload=version,
            done_at=now,
            recount=row.recount,
            explanation=row.explanation,
        )


def _settle_failures(
    tx: Connection,
    follower: Follower,
    connection: ConnectionRow,
    failed: Sequence[tuple[Sent, OutsideError]],
    failure: OutsideError | None,
    now: datetime,
) -> None:
    settled: list[Settled] = []
    for one, error in failed:
        circumstances = _Circumstances(
            creates=one.packed.creates, linked=_already_linked(tx, one, error), alone=error is not failure
        )
        settled += [_failed(row, error, follower, connection, circumstances, now) for row in one.packed.rows]
    given_up = [row for row in settled if row.state == deliveries.QUARANTINED]
    rows = {row.id: (row, error) for one, error in failed for row in one.packed.rows}
    quarantine.set_aside(tx, [_set_aside(*rows[done.id], follower) for done in given_up], now)
    note_asked(tx, [(one.packed, error) for one, error in failed], now)
    _forget_refused(tx, failed)
    deliveries.settle(tx, settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circumstances:
    """`creates`: it was about to be made; `linked`: what it waits for is there by now; `alone`: the follower answered,
    and refused or put off this record for itself."""

    creates: bool
    linked: bool
    alone: bool


def _already_linked(tx: Connection, one: Sent, error: OutsideError) -> bool:
    """What it waits for may have been linked while it was in flight; then nobody would wake it."""
    if not isinstance(error, MissingLink):
        return False
    row = one.packed.rows[0]
    return bool(links.remotes(tx, row.follower_id, row.leader_id, error.ref.kind.value, [error.ref.id]))


def _failed(
    row: DeliveryRow,
    error: OutsideError,
    follower: Follower,
    connection: ConnectionRow,
    circumstances: _Circumstances,
    now: datetime,
) -> Settled:
    counts = isinstance(error, TryLater) and (error.unknown_outcome or circumstances.alone)
    failing = Failing(
        attempts=row.attempts + counts,
        since=row.failing_since or now,
        follower_ok_at=connection.last_ok_at,
        settle=follower.settle_time,
        creates=circumstances.creates,
    )
    said: dict[str, Any] = {
        "error": error_name(error),
        "sentence": sentence_about(row, error, follower.name),
        "attempts": failing.attempts,
        "recount": row.recount,
        "failing_since": None if isinstance(error, MissingLink) else failing.since,
    }
    if isinstance(error, NotNeeded):
        return Settled(id=row.id, hash=row.wanted_hash, state=deliveries.SKIPPED, **said)
    if isinstance(error, Misconfigured):
        return Settled(id=row.id, hash=row.wanted_hash, state=deliveries.DUE, **said)
    decision = after_failure(error, failing, now=now, jitter=random.random())
    if isinstance(decision, TryAgain):
        return Settled(id=row.id, hash=row.wanted_hash, state=deliveries.DUE, not_before=decision.until, **said)
    if isinstance(decision, WaitFor):
        state = deliveries.DUE if circumstances.linked else deliveries.WAITING
        return Settled(id=row.id, hash=row.wanted_hash, state=state, waits_for=decision.thing, **said)
    return Settled(id=row.id, hash=row.wanted_hash, state=deliveries.QUARANTINED, **said)


def sentence_about(row: DeliveryRow, error: OutsideError, follower: str) -> str:
    """The connector's sentence; where it does not name the record, with the record in front."""
    if row.label in error.sentence:
        return error.sentence
    return f"{row.kind.capitalize()} {row.label} could not be transferred to {follower}: {error.sentence}"


def _set_aside(row: DeliveryRow, error: OutsideError, follower: Follower) -> dict[str, Any]:
    what = {"kind": row.kind, "ref": row.ref, "label": row.label, "field": error.field, "error": error_name(error)}
    said = {"sentence": sentence_about(row, error, follower.name), "raw": row.payload, "hash": row.hash}
    return {"flow_id": row.flow_id, "leader_id": row.leader_id, "follower_id": row.follower_id, **what, **said}


def _forget_refused(tx: Connection, failed: Sequence[tuple[Sent, OutsideError]]) -> None:
    """A create that was certainly refused is intended no more; one that certainly did not begin may be asked about."""
    for one, error in failed:
        row, unknown = one.packed.rows[0], isinstance(error, TryLater) and error.unknown_outcome
        if one.packed.creates and not unknown:
            over = links.fulfil if isinstance(error, Rejected) else links.answered
            over(tx, row.follower_id, row.leader_id, row.thing, [row.ref])


def _log_rows(one: Sent, pushed: Pushed, now: datetime) -> Iterable[dict[str, Any]]:
    outcome = one.outcome
    call = {
        "request_id": outcome.request_id or pushed.request_id,
        "status": outcome.status,
        "duration_ms": round(pushed.seconds * 1000),
        "at": now,
        **(_refusal(one, outcome) if isinstance(outcome, OutsideError) else _success(one, outcome)),
    }
    for row in one.packed.rows:
        what = {"delivery_id": row.id, "follower_id": row.follower_id, "kind": row.kind, "ref": row.ref}
        yield {**what, "label": row.label, "payload_hash": row.hash, "explanation": row.explanation, **call}


def _refusal(one: Sent, error: OutsideError) -> dict[str, Any]:
    return {"target": one.packed.parcel.remote, "outcome": error_name(error), "sentence": error.sentence}


def _success(one: Sent, outcome: Done) -> dict[str, Any]:
    written = "unchanged" if outcome.unchanged else "updated"
    how = "created" if outcome.created else "adopted" if one.packed.adopted else written
    return {"target": outcome.remote, "outcome": how, "sentence": None}


def error_name(error: OutsideError) -> str:
    """The class in words, as pages and logs show it."""
    return next(name for cls, name in ERROR_NAMES.items() if isinstance(error, cls))
