"""What a connector may offer. Each port is small; what a connector offers is data (`Capabilities`).

The engine translates ids: a connector only ever sees its own. Ids are opaque text (a WooCommerce variation is
`"88/91"`, parent and variation). Mapping is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from trueup.connectors.kit.errors import OutsideError
from trueup.domain.customer import Candidate, Customer
from trueup.domain.record import Kind, Problem, Record, Ref

R = TypeVar("R", bound=Record)


class Contains(StrEnum):
    """From when on a leader's stock number is without the goods of an order: once it has the order, once it has
    reserved the goods for it (`FulfilmentStage.IN_WORK` and later), or once they have left."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RESERVATION = "reservation"
    SHIPMENT = "shipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a connector can do. `reads` are the kinds it can lead, `writes` those it can follow.

    `batch` is the most parcels of one push, `flights` how many pushes it bears at a time, `settle` how long after a
    lost answer the system may still be working on the request. `stock_contains` is when the system's own stock number
    contains an order, None if the connection cannot know it. `tells_all`: what it does not list as changed is as it
    was; False where it only takes in what somebody drops. `matches` says that it is a `Matcher` too.
    """

    reads: frozenset[Kind] = frozenset()
    writes: frozenset[Kind] = frozenset()
    batch: int = 1
    flights: int = 1
    settle: timedelta = timedelta(seconds=30)
    webhooks: bool = False
    stock_contains: Contains | None = None
    tells_all: bool = True
    matches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record that was read, and when its system says it changed last (UTC; None if it does not say).

    `companions` are records that it needs and that came with it (the customer of an order). They are stored before it,
    and only when the record itself changed: two orders of one customer do not overwrite each other at every read.
    """

    record: Record
    changed_at: datetime | None = None
    companions: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that could not be made a record. `raw` is kept so that nothing is lost."""

    kind: Kind
    id: str
    label: str
    problems: tuple[Problem, ...]
    raw: object = None
    changed_at: datetime | None = None


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of what changed. `asked_at` is the moment the first request of this read started, by the outside
    system's own clock where it tells one: the cursor never moves past it. `acknowledge` is called after the page is
    durable here (a file is archived); it must bear being called for a page that was read before."""

    items: tuple[Change | Unreadable, ...]
    asked_at: datetime
    acknowledge: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one thing in the follower has to become.

    `facets` are the records that land in the same remote object (product, price and stock, any subset; or one order).
    `remote` is the thing's id in the follower, None if it has to be created. `reference` is the external reference
    by which the follower can be asked for it (SKU, `WC-ORDER-12345`). `links` gives the follower's id of everything
    that `refs()` of the facets name, and of what those of `before` name as far as it is known. `before` is the order as
    it was transferred last, if this is an update of one.
    `look_first`: the follower may have moved its stock number to this one by itself; it is looked at, and written only
    if it is another one, because a write overwrites what is sold in that moment.
    """

    ref: Ref
    label: str
    reference: str | None
    remote: str | None
    facets: tuple[Record, ...]
    links: Mapping[Ref, str] = field(default_factory=dict)
    before: Record | None = None
    look_first: bool = False

    def facet(self, kind: type[R]) -> R | None:
        return next((facet for facet in self.facets if isinstance(facet, kind)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The follower has it. `remote` is its id there; `document` the number a person sees (orders). `unchanged`: it had
    it already, and nothing was written."""

    remote: str
    created: bool = False
    document: str | None = None
    status: int | None = None
    request_id: str | None = None
    note: str | None = None
    unchanged: bool = False


Outcome = Done | OutsideError


class Level(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check of a connection: green, yellow (works, with a caveat) or red (will not work), and how to mend it."""

    check: str
    level: Level
    sentence: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a webhook told: this thing may have changed. Never data."""

    kind: Kind
    id: str


class Source(Protocol):
    """A system that can lead a kind."""

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        """Everything of `kind` changed at or after `since` (all of it for None), once or more, never skipped."""

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        """These things as they are now; what no longer exists is left out."""


class Target(Protocol):
    """A system that can follow."""

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Ids by natural key or external reference (see `Parcel.reference`); several ids for one key mean that a
        person has to decide. `kind` is the kind of the thing (`Kind.thing`). Keys not found are left out."""

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """Write them, one outcome per parcel in the order asked; values are absolute. Parcels are of one thing kind
        (all products, or all customers, ...). Raises an OutsideError only if the whole call failed."""


MOST_CANDIDATES = 50
"""Of one customer; who looks like more people than that looks like nobody in particular."""


class Matcher(Protocol):
    """A system that can be asked whom it has already. Optional: see `Capabilities.matches`."""

    def candidates(self, customers: Sequence[Customer]) -> Sequence[Sequence[Candidate]]:
        """Whom the system has that may be each of these, in the order asked: everybody with the same customer number,
        VAT id or e-mail, or with the same name or company and the same postcode; compared without regard to case and
        spaces. Rather too many than too few, up to MOST_CANDIDATES: what is certain is decided in
        `domain/matching.py`. Archived and merged ones are left out, or replaced by what they became. Reads only; asks
        for all customers together. Raises an OutsideError if it cannot be asked."""


class Connector(Protocol):
    """An open connection to one outside system; it holds no state that a restart would miss."""

    capabilities: Capabilities

    def verify(self) -> Sequence[Finding]:
        """Try everything that a flow will need, without writing anything."""

    def close(self) -> None: ...


class Announcer(Protocol):
    """A system that can call us when something changes."""

    def subscribe(self, url: str, secret: str) -> Sequence[Finding]:
        """Make the system call `url`, signed with `secret`; idempotent, and mends what was switched off."""

    def hint(self, headers: Mapping[str, str], body: bytes, secret: str) -> Hint | None:
        """What a call told us; None for a ping or a topic we do not follow. Raises Rejected on a bad signature."""
