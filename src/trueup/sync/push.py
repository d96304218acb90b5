"""Push: ask for what is not linked, then send; every parcel comes back with its own outcome. Writes nothing here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel, Target
from trueup.store.database import Database
from trueup.sync.identity import Packed, ask
from trueup.sync.matching import match


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One parcel and what became of it."""

    packed: Packed
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """One call, or the attempt of one. `failure` if the follower failed as a whole, or a wrong setting showed at one
    record: nobody is asked again at once."""

    sent: tuple[Sent, ...]
    failure: OutsideError | None
    seconds: float
    request_id: str

    @property
    def done(self) -> int:
        return sum(isinstance(one.outcome, Done) for one in self.sent)


def push(database: Database, target: Target, packed: Sequence[Packed]) -> Pushed:
    """Never raises: a bug of ours or of a connector counts as an unknown outcome of these parcels."""
    started, request_id = time.monotonic(), uuid4().hex
    failure: OutsideError | None = None
    try:
        sent = _asked_and_sent(database, target, packed)
    except OutsideError as error:
        failure = error
    except Exception as bug:  # the boundary to every connector: one bad record must not stop the lane
        failure = TryLater(_say_bug(packed, bug), unknown_outcome=True, code="bug")
    if failure is not None:
        sent = [Sent(packed=one, outcome=failure) for one in packed]
    failure = failure or next((one.outcome for one in sent if isinstance(one.outcome, Misconfigured)), None)
    return Pushed(sent=tuple(sent), failure=failure, seconds=time.monotonic() - started, request_id=request_id)


def _asked_and_sent(database: Database, target: Target, packed: Sequence[Packed]) -> list[Sent]:
    answers = match(database, target, ask(database, target, packed))
    ready = [answer for answer in answers if isinstance(answer, Packed)]
    outcomes = iter(_push_apart(target, [one.parcel for one in ready]))
    sent: list[Sent] = []
    for one, answer in zip(packed, answers, strict=True):
        if isinstance(answer, OutsideError):
            sent.append(Sent(packed=one, outcome=answer))
        else:
            sent += _after_refusal(database, target, answer, next(outcomes))
    return sent


def _after_refusal(database: Database, target: Target, packed: Packed, outcome: Outcome) -> list[Sent]:
    """What was refused may exist after all: a request that we thought lost, or another worker, was quicker."""
    if packed.creates and _is_refused(outcome):
        again = ask(database, target, [packed])[0]
        if isinstance(again, Packed) and again.adopted:
            packed, outcome = again, _push_apart(target, [again.parcel])[0]
    return _by_facet(target, packed, outcome)


def _is_refused(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected) and not isinstance(outcome, Gone)


def _by_facet(target: Target, packed: Packed, outcome: Outcome) -> list[Sent]:
    """A thing that was refused is tried again facet by facet: a bad price does not hold up the stock."""
    if not _is_refused(outcome) or len(packed.parcel.facets) == 1:
        return [Sent(packed=packed, outcome=outcome)]
    remote, sent = packed.parcel.remote, []
    for one in _facets(packed):
        one = replace(one, parcel=replace(one.parcel, remote=remote))
        waits = remote is None and not one.is_whole
        answer = MissingLink(one.parcel.ref) if waits else _push_apart(target, [one.parcel])[0]
        remote = answer.remote if isinstance(answer, Done) else remote
        sent.append(Sent(packed=one, outcome=answer))
    return sent


def _facets(packed: Packed) -> list[Packed]:
    """One for each facet, the thing itself first."""
    ones = [
        replace(packed, rows=tuple(row for row in packed.rows if row.kind == facet.kind), parcel=alone)
        for facet in packed.parcel.facets
        for alone in [replace(packed.parcel, facets=(facet,))]
    ]
    return sorted(ones, key=lambda one: not one.is_whole)


def _push_apart(target: Target, parcels: Sequence[Parcel]) -> list[Outcome]:
    """Push; if the whole batch is refused, halve it until only the refused parcel is left."""
    if not parcels:
        return []
    try:
        outcomes = list(target.push(parcels))
    except Rejected as refusal:
        if len(parcels) == 1:
            return [refusal]
        middle = len(parcels) // 2
        return _push_apart(target, parcels[:middle]) + _push_apart(target, parcels[middle:])
    if len(outcomes) != len(parcels):
        sentence = (
            f"The connector answered for {len(outcomes)} of {len(parcels)} records; all of them are asked for again."
        )
        raise TryLater(sentence, unknown_outcome=True, code="bug")
    return outcomes


def _say_bug(packed: Sequence[Packed], bug: Exception) -> str:
    labels = ", ".join(one.parcel.label for one in packed[:3])
    return (
        f"trueup could not handle {labels}: {type(bug).__name__}: {bug}. This is a fault of trueup, not of the record. "
        "It is tried again; please report it with this sentence."
    )
