"""The contract suite notices a connector that breaks its word: each check, against a connector with one fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from trueup.connectors.kit import samples
from trueup.connectors.kit.contract import ConnectorContract
from trueup.connectors.kit.contract_steps import OpenConnector, Outside
from trueup.connectors.kit.errors import MissingLink, OutsideError, Rejected
from trueup.connectors.kit.ports import Change, Done, Finding, Level, Outcome, Page, Parcel, Unreadable
from trueup.connectors.memory.connector import MemoryConnector
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.settings import Settings
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind


class PriceDesk:
    """Somebody who saves prices in the test system."""

    def __init__(self, system: MemorySystem) -> None:
        self.system = system
        self.edits = 0

    def save(self, kind: Kind, n: int) -> str:
        self.edits += 1
        self.system.put(samples.sample_price(n).model_copy(update={"regular": Decimal(self.edits)}))
        return f"SAMPLE-{n}"

    def spoil(self, kind: Kind, n: int) -> str:
        self.system.spoil(kind, self.save(kind, n))
        return f"SAMPLE-{n}"

    def remove(self, kind: Kind, id: str) -> None:
        self.system.remove(kind, id)

    def count(self, kind: Kind) -> int:
        return len(self.system.things(kind))

    def break_down(self) -> None:
        self.system.fault(Fault(trouble=Trouble.DOWN, op=None, times=None))


class SkipsItsOwnMoment(MemoryConnector):
    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        return super().changes(kind, since and since + timedelta(microseconds=1))


class ForgetsTheLastPage(MemoryConnector):
    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        return iter(list(super().changes(kind, since))[:-1])


class LivesInTheFuture(MemoryConnector):
    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        return (replace(page, asked_at=page.asked_at + timedelta(hours=1)) for page in super().changes(kind, since))


class DropsTheUnreadable(MemoryConnector):
    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        for page in super().changes(kind, since):
            yield replace(page, items=tuple(item for item in page.items if isinstance(item, Change)))


class SwallowsErrors(MemoryConnector):
    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        try:
            yield from super().changes(kind, since)
        except OutsideError:
            return


class FetchesGhosts(MemoryConnector):
    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        ghost = Change(record=samples.sample_price(7))
        return list(super().fetch(kind, ids)) or [ghost for _ in ids]


class FindsEverything(MemoryConnector):
    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(keys, ()) | dict(super().find(kind, keys))


class AnswersBackwards(MemoryConnector):
    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return list(super().push(parcels))[::-1]


class AllOrNothing(MemoryConnector):
    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if any(facet.problems() for parcel in parcels for facet in parcel.facets):
            return [Rejected(f"{parcel.label}: the batch was refused.") for parcel in parcels]
        return super().push(parcels)


class CreatesEveryTime(MemoryConnector):
    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return super().push([replace(parcel, remote=None) for parcel in parcels])


class RevivesTheDead(MemoryConnector):
    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        outcomes = super().push(parcels)
        return [Done(remote="revived") if isinstance(outcome, Rejected) else outcome for outcome in outcomes]


class IgnoresLinks(MemoryConnector):
    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [Done(remote="9") if isinstance(answer, MissingLink) else answer for answer in super().push(parcels)]


class LooksAwayInVerify(MemoryConnector):
    def verify(self) -> Sequence[Finding]:
        return [Finding(check="reachable", level=Level.GREEN, sentence="All is well.")]


class WritesInVerify(MemoryConnector):
    def verify(self) -> Sequence[Finding]:
        self.system.put(samples.sample_price(99))
        return super().verify()


class ComplainsWithoutAFix(MemoryConnector):
    def verify(self) -> Sequence[Finding]:
        return [Finding(check="version", level=Level.YELLOW, sentence="It is old.")]


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (SkipsItsOwnMoment, "test_since_includes_its_own_moment"),
        (ForgetsTheLastPage, "test_everything_saved_is_read"),
        (LivesInTheFuture, "test_asked_at_is_utc_and_never_later_than_the_request"),
        (LivesInTheFuture, "test_what_is_saved_after_a_read_is_found_from_its_asked_at"),
        (DropsTheUnreadable, "test_something_unreadable_hides_nothing_else"),
        (DropsTheUnreadable, "test_what_is_unreadable_names_its_field_in_a_sentence"),
        (SwallowsErrors, "test_a_read_that_fails_raises_an_outside_error"),
        (FetchesGhosts, "test_what_was_deleted_is_not_fetched"),
        (FindsEverything, "test_unknown_keys_are_left_out"),
        (AnswersBackwards, "test_what_was_created_is_found_by_its_reference"),
        (AllOrNothing, "test_outcomes_come_in_the_order_asked_and_one_bad_parcel_spoils_no_other"),
        (CreatesEveryTime, "test_a_repeated_push_changes_nothing"),
        (CreatesEveryTime, "test_creating_a_reference_again_makes_no_second_thing"),
        (RevivesTheDead, "test_what_vanished_is_gone"),
        (IgnoresLinks, "test_an_order_waits_for_what_it_refers_to"),
        (LooksAwayInVerify, "test_a_broken_connection_verifies_red_with_a_fix"),
        (WritesInVerify, "test_verify_writes_nothing"),
        (ComplainsWithoutAFix, "test_a_healthy_connection_verifies_without_red"),
    ],
)
def test_a_connector_that_breaks_its_word_is_caught(tmp_path: Path, broken: type[MemoryConnector], check: str) -> None:
    system = MemorySystem(tmp_path / "system.sqlite")
    settings = Settings(path=system.database.path, reads=frozenset({Kind.PRICE}), unique=False, page_size=2)
    run: Callable[[OpenConnector, Outside], None] = getattr(ConnectorContract(), check)
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        _run(run, broken(settings, system), PriceDesk(system))


def _run(check: Callable[..., None], connector: OpenConnector, outside: Outside) -> None:
    """With the fixtures that the check asks for."""
    offered = {"connector": connector, "outside": outside}
    wanted = check.__code__.co_varnames[1 : check.__code__.co_argcount]
    check(**{name: offered[name] for name in wanted})
