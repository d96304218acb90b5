"""The steps of the contract suite: what a check does with a connector and with the system behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol, cast

from trueup.connectors.kit import samples
from trueup.connectors.kit.ports import (
    Change,
    Connector,
    Done,
    Matcher,
    Outcome,
    Page,
    Parcel,
    Source,
    Target,
    Unreadable,
)
from trueup.domain.record import ANSWERS, Kind, Ref


class OpenConnector(Connector, Source, Target, Protocol):
    """What the suite drives; a connector that only leads or only follows lacks the other half."""


class Outside(Protocol):
    """The system behind the connector, moved by the test: what a person there would do."""

    def save(self, kind: Kind, n: int) -> str:
        """Somebody saves the n-th record of `kind` (n from 1; price and stock belong to the n-th product), with new
        content at every call. Returns the id by which the connector knows it."""

    def spoil(self, kind: Kind, n: int) -> str:
        """Somebody saves nonsense as the n-th record of `kind`: the connector must not be able to read it."""

    def remove(self, kind: Kind, id: str) -> None:
        """Somebody deletes the thing."""

    def count(self, kind: Kind) -> int:
        """How many things of this kind there are."""

    def break_down(self) -> None:
        """From now on every call fails as a whole."""


def led(connector: Connector) -> list[Kind]:
    """The kinds that it leads. What answers a record is only ever written."""
    return sorted(connector.capabilities.reads - ANSWERS)


def followed(connector: Connector) -> list[Kind]:
    """The kinds of thing that it creates, those first that the others refer to."""
    order = (Kind.PRODUCT, Kind.CUSTOMER, Kind.ORDER)
    return [kind for kind in order if kind in connector.capabilities.writes]


def as_matcher(connector: object) -> Matcher:
    """A connector whose capabilities say that it is one."""
    return cast(Matcher, connector)


def pages(connector: Source, kind: Kind) -> list[Page]:
    return list(connector.changes(kind, None))


def read(connector: Source, kind: Kind) -> list[Change | Unreadable]:
    return [item for page in pages(connector, kind) for item in page.items]


def id_of(item: Change | Unreadable) -> str:
    return item.record.id if isinstance(item, Change) else item.id


def fingerprints(connector: Source, kind: Kind) -> dict[str, str]:
    return {item.record.id: item.record.fingerprint() for item in read(connector, kind) if isinstance(item, Change)}


def parcel_of(connector: OpenConnector, outside: Outside, kind: Kind, n: int) -> Parcel:
    """The n-th thing of `kind`, not yet created, everything it refers to being there."""
    parcel = samples.sample_parcel(kind, n, connector.capabilities.writes)
    links = {ref: _linked(connector, outside, ref, n) for ref in parcel.facets[0].refs()}
    return with_changes(parcel, links=links)


def push(connector: OpenConnector, parcels: Sequence[Parcel]) -> list[Outcome]:
    """All of them, in calls no larger than the connector bears."""
    size = connector.capabilities.batch
    outcomes: list[Outcome] = []
    for start in range(0, len(parcels), size):
        answers = connector.push(parcels[start : start + size])
        assert len(answers) == len(parcels[start : start + size]), "not one outcome per parcel"
        outcomes += answers
    return outcomes


def create(connector: OpenConnector, parcel: Parcel) -> Done:
    return done(connector.push([parcel])[0])


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), f"refused: {outcome!r}"
    return outcome


def key(parcel: Parcel) -> str:
    assert parcel.reference is not None
    return parcel.reference


def known(parcel: Parcel, made: Done) -> Parcel:
    """The same parcel after its creation."""
    return with_changes(parcel, remote=made.remote)


def _linked(connector: OpenConnector, outside: Outside, ref: Ref, n: int) -> str:
    """The follower's id of what an order refers to: made there if it follows that kind, saved by a person if not."""
    if ref.kind not in connector.capabilities.writes:
        return outside.save(ref.kind, n)
    parcel = parcel_of(connector, outside, ref.kind, n)
    found = connector.find(ref.kind, [key(parcel)]).get(key(parcel))
    return found[0] if found else create(connector, parcel).remote


def with_changes(parcel: Parcel, **changes: object) -> Parcel:
    return dataclasses.replace(parcel, **changes)  # type: ignore[arg-type]  # fields of Parcel, by name
