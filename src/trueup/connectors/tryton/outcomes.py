"""One outcome per record: an error names the record that it is about, and stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from trueup.connectors.kit.errors import Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Outcome, Parcel
from trueup.connectors.tryton.client import Context, TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.domain.record import Record

Whole = TryLater | Misconfigured
"""Errors that are not about one record: Tryton is away, or refuses the connection."""


def create_each(client: TrytonClient, model: str, values: Sequence[Row], context: Context) -> list[int | OutsideError]:
    """The new id of each, or why there is none. All in one call (ten times as fast as one by one); Tryton takes all or
    nothing, so a refused call is halved until the bad ones stand alone."""
    if not values:
        return []
    try:
        return list(client.create(model, values, context))
    except Rejected as error:
        if len(values) == 1:
            return [error]
    except OutsideError as error:
        return [error] * len(values)
    half = len(values) // 2
    first = create_each(client, model, values[:half], context)
    lost = next((answer for answer in first if isinstance(answer, Whole)), None)
    if lost:
        return [*first, *[not_reached(lost)] * (len(values) - half)]
    return [*first, *create_each(client, model, values[half:], context)]


def not_reached(error: OutsideError) -> OutsideError:
    """The same for a record for which nothing was sent."""
    if isinstance(error, TryLater):
        return TryLater(error.sentence, wait=error.wait, status=error.status, request_id=error.request_id)
    return error


def told(parcels: Sequence[Parcel], results: Sequence[Outcome], *, reached: bool) -> Sequence[Outcome]:
    """The results with errors that name their record. Raises the error of Tryton being away if nothing was reached;
    of several, one that leaves an outcome unknown."""
    first = results[0]
    if not reached and isinstance(first, Whole) and all(type(result) is type(first) for result in results):
        unknown = [result for result in results if isinstance(result, TryLater) and result.unknown_outcome]
        raise unknown[0] if unknown else first
    pairs = zip(parcels, results, strict=True)
    return [about(parcel, result) if isinstance(result, OutsideError) else result for parcel, result in pairs]


def about(parcel: Parcel, error: OutsideError) -> OutsideError:
    """The error, beginning with the record that it is about."""
    if isinstance(error, MissingLink):
        return error
    told = copy(error)
    thing = parcel.ref.kind.value.capitalize()
    told.sentence = f"{thing} {parcel.label} could not be transferred to Tryton: {error.sentence}"
    told.args = (told.sentence,)
    return told


def refuse_problems(record: Record) -> None:
    """Raises Rejected for a record that knows that something is wrong with it."""
    problems = record.problems()
    if problems:
        raise Rejected(" ".join(problem.sentence for problem in problems), field=problems[0].field)
