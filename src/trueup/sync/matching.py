"""Matching: before a customer is created, the follower is asked whom it has already.

One certain candidate is linked; several, or doubtful ones, are a question to a person, and the orders wait. What a
person decided is not asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection

from trueup.connectors.kit.errors import Ambiguous, OutsideError, TryLater
from trueup.connectors.kit.ports import Matcher, Target
from trueup.domain.customer import Candidate, Customer
from trueup.domain.matching import Match, Verdict, judge
from trueup.store import connections, matches
from trueup.store.database import Database
from trueup.store.deliveries import DeliveryRow
from trueup.sync.identity import Packed

Answer = Packed | OutsideError
SHOWN = 5


class Undecided(Ambiguous):
    """The follower has somebody who may be this customer. `doubtful` are they, the likeliest first."""

    def __init__(self, sentence: str, doubtful: Sequence[Match]) -> None:
        super().__init__(sentence, tuple(match.candidate.remote for match in doubtful), field="customer")
        self.doubtful = tuple(doubtful)


def match(database: Database, target: Target, answers: Sequence[Answer]) -> list[Answer]:
    """The same parcels; a customer who was to be created may be linked instead, or a question to a person.

    Raises an OutsideError only if the follower could not be asked. One call for all of them.
    """
    matcher = _matcher(target)
    ones = list(_newcomers(answers)) if matcher else []
    if matcher is None or not ones:
        return list(answers)
    called, decided = _known(database, ones[0].packed.rows[0], [one.customer.id for one in ones])
    asked = [(one, _as_known_to(called, one.customer)) for one in ones if one.customer.id not in decided]
    found = _candidates(matcher, [customer for _, customer in asked])
    verdicts = {
        one.place: _ruled(one.packed, judge(customer, some)) for (one, customer), some in zip(asked, found, strict=True)
    }
    return [verdicts.get(place, answer) for place, answer in enumerate(answers)]


def _matcher(target: Target) -> Matcher | None:
    offers = getattr(target, "capabilities", None)
    return cast(Matcher, target) if offers is not None and offers.matches else None


class _Newcomer(NamedTuple):
    place: int
    packed: Packed
    customer: Customer


def _newcomers(answers: Sequence[Answer]) -> Iterator[_Newcomer]:
    """Customers who are about to be created. Whom the guest policy wants apart is nobody else."""
    for place, answer in enumerate(answers):
        customer = answer.parcel.facet(Customer) if isinstance(answer, Packed) and answer.creates else None
        if isinstance(answer, Packed) and customer and not customer.apart:
            yield _Newcomer(place, answer, customer)


def _known(database: Database, row: DeliveryRow, refs: Sequence[str]) -> tuple[str, set[str]]:
    """What the follower is called, and of whom a person said that they are new."""
    with database.read() as tx:
        follower = connections.by_id(tx, row.follower_id)
        known = matches.of(tx, row.follower_id, row.leader_id, refs)
    return follower.name if follower else "", {ref for ref, one in known.items() if one.state == matches.NEW}


def _as_known_to(follower: str, customer: Customer) -> Customer:
    """With the follower's own number only: the same number elsewhere is somebody else's."""
    return customer.model_copy(update={"numbers": tuple(one for one in customer.numbers if one.system == follower)})


def _candidates(matcher: Matcher, customers: Sequence[Customer]) -> Sequence[Sequence[Candidate]]:
    found = matcher.candidates(customers) if customers else []
    if len(found) != len(customers):
        sentence = f"The connector answered for {len(found)} of {len(customers)} customers; all are asked for again."
        raise TryLater(sentence, code="bug")
    return found


def _ruled(one: Packed, verdict: Verdict) -> Answer:
    if verdict.is_new:
        return one
    if verdict.certain is None:
        return Undecided(_say_undecided(one.parcel.label, verdict.doubtful), verdict.doubtful)
    parcel = replace(one.parcel, remote=verdict.certain.candidate.remote)
    return replace(one, parcel=parcel, adopted=True, match=verdict.certain)


def _say_undecided(label: str, doubtful: Sequence[Match]) -> str:
    shown = "; ".join(f"{called(match.candidate)} ({match.likeness.reason})" for match in doubtful[:SHOWN])
    more = f"; and {len(doubtful) - SHOWN} more" if len(doubtful) > SHOWN else ""
    return (
        f"Customer {label} may be somebody whom the other system has already: {shown}{more}. "
        "Say which one it is, or that it is a new customer; its orders wait until then."
    )


def called(candidate: Candidate) -> str:
    """How a sentence names somebody without saying a name: by the number that people there know, or the id."""
    return candidate.number or candidate.remote


def note_matched(tx: Connection, linked: Iterable[Packed], now: datetime) -> None:
    """Who was linked because he certainly is the same, and why."""
    rows = [
        {**_key(one.rows[0], now), "state": matches.MATCHED, "remote": one.match.candidate.remote}
        | {"reason": one.match.likeness.reason, "candidates": [shown(one.match)], "decided_at": now}
        for one in linked
        if one.match is not None
    ]
    matches.note(tx, rows)


def note_asked(tx: Connection, questions: Iterable[tuple[Packed, OutsideError]], now: datetime) -> None:
    """Whom a person is asked about, with everybody who may be meant."""
    rows = [
        {**_key(one.rows[0], now), "state": matches.ASKED, "remote": None, "reason": None}
        | {"candidates": [shown(match) for match in error.doubtful], "decided_at": None}
        for one, error in questions
        if isinstance(error, Undecided)
    ]
    matches.note(tx, rows)


def _key(row: DeliveryRow, now: datetime) -> Mapping[str, Any]:
    whose = {"follower_id": row.follower_id, "leader_id": row.leader_id, "ref": row.ref}
    return {**whose, "decided_by": None, "asked_at": now}


def shown(match: Match) -> dict[str, Any]:
    return {**match.candidate.model_dump(mode="json"), "likeness": match.likeness.reason}
