"""More hubs on one database, and systems that answer exactly as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from support.world import World
from trueup.connectors.kit.ports import Capabilities, Change, Outcome, Page, Parcel, Unreadable
from trueup.domain.record import Kind, Problem, Record
from trueup.store.connections import ConnectionRow
from trueup.store.database import Database
from trueup.sync.hub import Connectors, Hub

EVERYTHING = Capabilities(reads=frozenset(Kind), writes=frozenset(Kind), batch=100, flights=2)


@contextmanager
def another_hub(world: World, owner: str = "second") -> Iterator[Hub]:
    """A second process of the same installation: its own connections to the same database and systems."""
    database, connectors = Database(world.hub.database.url), Connectors(world.hub.seal)
    with ThreadPoolExecutor(4) as executor:
        try:
            yield replace(world.hub, owner=owner, database=database, connectors=connectors, executor=executor)
        finally:
            connectors.close()
            database.close()


@dataclass
class Given:
    """Open connectors by the name of their connection; every other connection leads where it always does."""

    by_name: Mapping[str, Any]
    others: Connectors

    def of(self, row: ConnectionRow) -> Any:
        return self.by_name[row.name] if row.name in self.by_name else self.others.of(row)

    def close(self) -> None:
        """They belong to the test."""


def with_systems(world: World, **by_name: Any) -> Hub:
    """The same hub, but these connections lead to systems that the test plays itself."""
    given = Given(by_name, world.hub.connectors)
    hub = replace(world.hub, connectors=given)  # type: ignore[arg-type]  # it offers what Connectors does
    world.hub = hub
    return hub


Step = Page | Exception | Callable[[], None]


@dataclass
class Script:
    """A leader that plays these steps at every read: a page is given, an exception raised, a function called."""

    steps: list[Step] = field(default_factory=list)
    answers: dict[str, Change | Unreadable] = field(default_factory=dict)
    asked_since: list[datetime | None] = field(default_factory=list)
    fetched: list[list[str]] = field(default_factory=list)
    capabilities: Capabilities = EVERYTHING

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        self.asked_since.append(since)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Page):
                yield step
            else:
                step()

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        self.fetched.append(list(ids))
        return [self.answers[id] for id in ids if id in self.answers]

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """A follower whose every push is answered by `answer`; `known` is what it has, by key."""

    answer: Callable[[Sequence[Parcel]], Sequence[Outcome]]
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pushed: list[list[Parcel]] = field(default_factory=list, repr=False)
    asked: list[list[str]] = field(default_factory=list)
    capabilities: Capabilities = EVERYTHING

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        self.asked.append(list(keys))
        return {key: self.known[key] for key in keys if key in self.known}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        self.pushed.append(list(parcels))
        return self.answer(parcels)

    def close(self) -> None:
        """Nothing is open."""


def page(*records: Record, asked_at: datetime, changed_at: datetime | None, **more: Any) -> Page:
    return Page(items=tuple(Change(record=r, changed_at=changed_at) for r in records), asked_at=asked_at, **more)


def unreadable(record: Record, sentence: str = "the price is text. Send digits.") -> Unreadable:
    problem = Problem(field="price", sentence=sentence)
    return Unreadable(kind=record.kind, id=record.id, label=record.label, problems=(problem,), raw={"id": record.id})
