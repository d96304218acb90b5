"""The test system misbehaves exactly as ordered, in every process that meets it."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from trueup.connectors.kit import samples
from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Change, Done, Level, Parcel, Unreadable
from trueup.connectors.memory.connector import MemoryConnector, open_connector
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.settings import Settings
from trueup.connectors.memory.system import MemorySystem
from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def system(tmp_path: Path) -> MemorySystem:
    return MemorySystem(tmp_path / "system.sqlite")


@pytest.fixture
def connector(system: MemorySystem) -> MemoryConnector:
    return open_connector(Settings(path=system.database.path))


def mug(n: int, remote: str | None = None) -> Parcel:
    facets = (samples.sample_product(n), samples.sample_price(n))
    return Parcel(ref=facets[0].ref, label=f"SAMPLE-{n}", reference=f"SAMPLE-{n}", remote=remote, facets=facets)


@pytest.mark.parametrize(
    ("trouble", "error", "unknown", "written"),
    [
        (Trouble.DOWN, TryLater, False, 0),
        (Trouble.THROTTLED, TryLater, False, 0),
        (Trouble.LOST_REQUEST, TryLater, True, 0),
        (Trouble.LOST_ANSWER, TryLater, True, 4),
        (Trouble.HALF_DONE, TryLater, True, 2),
        (Trouble.HTML, Misconfigured, False, 0),
        (Trouble.LOCKED_OUT, Misconfigured, False, 0),
        (Trouble.BUG, RuntimeError, False, 0),
    ],
)
def test_a_push_fails_as_ordered_and_has_done_what_that_says(
    system: MemorySystem,
    connector: MemoryConnector,
    trouble: Trouble,
    error: type[Exception],
    unknown: bool,
    written: int,
) -> None:
    system.fault(Fault(trouble=trouble))
    with pytest.raises(error) as failure:
        connector.push([mug(n) for n in range(4)])
    assert getattr(failure.value, "unknown_outcome", False) is unknown
    assert len(system.things(Kind.PRODUCT)) == len(system.writes()) == written
    assert len(connector.push([mug(9)])) == 1, "a fault ordered once strikes once"


def test_only_the_third_call_fails_when_two_are_to_pass(system: MemorySystem, connector: MemoryConnector) -> None:
    system.fault(Fault(trouble=Trouble.DOWN, op="find", skip=2))
    for _ in range(2):
        connector.find(Kind.PRODUCT, ["SAMPLE-1"])
    with pytest.raises(TryLater):
        connector.find(Kind.PRODUCT, ["SAMPLE-1"])
    assert connector.find(Kind.PRODUCT, ["SAMPLE-1"]) == {}
    assert system.calls("find") == 4


def test_a_fault_of_one_kind_leaves_the_others_alone(system: MemorySystem, connector: MemoryConnector) -> None:
    system.fault(Fault(trouble=Trouble.DOWN, op="changes", kind=Kind.PRICE, times=None))
    system.put(samples.sample_product(1), samples.sample_price(1))
    assert len(list(connector.changes(Kind.PRODUCT, None))) == 1
    for _ in range(2):
        with pytest.raises(TryLater):
            list(connector.changes(Kind.PRICE, None))
    system.lift()
    assert len(list(connector.changes(Kind.PRICE, None))) == 1


def test_a_throttled_call_says_how_long_to_wait(system: MemorySystem, connector: MemoryConnector) -> None:
    system.fault(Fault(trouble=Trouble.THROTTLED, seconds=7))
    with pytest.raises(TryLater) as failure:
        connector.push([mug(1)])
    assert (failure.value.wait, failure.value.status) == (timedelta(seconds=7), 429)


@pytest.mark.parametrize(
    ("trouble", "error", "arrived"),
    [(Trouble.REFUSED, Rejected, False), (Trouble.BUSY, TryLater, False), (Trouble.LOST_OUTCOME, TryLater, True)],
)
def test_a_fault_with_a_label_strikes_that_record_only(
    system: MemorySystem, connector: MemoryConnector, trouble: Trouble, error: type[OutsideError], arrived: bool
) -> None:
    system.fault(Fault(trouble=trouble, label="SAMPLE-2"))
    first, struck, third = connector.push([mug(1), mug(2), mug(3)])
    assert isinstance(first, Done)
    assert isinstance(third, Done)
    assert isinstance(struck, error)
    assert "SAMPLE-2" in struck.sentence
    assert bool(system.by_reference(Kind.PRODUCT, "SAMPLE-2")) is arrived


def test_with_uniqueness_off_a_careless_repeat_doubles_and_it_shows(system: MemorySystem) -> None:
    careless = open_connector(Settings(path=system.database.path, unique=False))
    careless.push([mug(1)])
    careless.push([mug(1)])
    assert system.doubles(Kind.PRODUCT) == {"SAMPLE-1": 2}
    assert len(careless.find(Kind.PRODUCT, ["sample-1"])["sample-1"]) == 2


def test_writes_tell_creations_changes_and_repeats_apart(system: MemorySystem, connector: MemoryConnector) -> None:
    (made,) = connector.push([mug(1)])
    assert isinstance(made, Done)
    connector.push([mug(1, made.remote)])
    dearer = samples.sample_price(1).model_copy(update={"regular": Decimal(12)})
    connector.push([Parcel(ref=dearer.ref, label="", reference="SAMPLE-1", remote=made.remote, facets=(dearer,))])
    assert [(w.created, w.changed) for w in system.writes(Kind.PRODUCT)] == [
        (True, True),
        (False, False),
        (False, True),
    ]
    system.forget_counts()
    assert (system.writes(), system.calls()) == ([], 0)


def test_our_own_writes_come_back_as_changes_under_its_ids(system: MemorySystem, connector: MemoryConnector) -> None:
    (made,) = connector.push([mug(1)])
    assert isinstance(made, Done)
    (page,) = connector.changes(Kind.PRODUCT, None)
    (item,) = page.items
    assert isinstance(item, Change)
    assert item.record == samples.sample_product(1).model_copy(update={"id": made.remote})


def test_an_order_is_kept_with_the_ids_of_this_system(system: MemorySystem, connector: MemoryConnector) -> None:
    buyer, (mugs,) = samples.sample_customer(1), connector.push([mug(1)])
    (person,) = connector.push(
        [Parcel(ref=buyer.ref, label="", reference=buyer.reference, remote=None, facets=(buyer,))]
    )
    assert isinstance(mugs, Done)
    assert isinstance(person, Done)
    order = samples.sample_order(1)
    links = {mug(1).ref: mugs.remote, buyer.ref: person.remote}
    (made,) = connector.push(
        [Parcel(ref=order.ref, label="", reference=order.reference, remote=None, facets=(order,), links=links)]
    )
    assert isinstance(made, Done)
    kept = system.record(Kind.ORDER, made.remote)
    assert kept is not None
    assert [ref.id for ref in kept.refs()] == [person.remote, mugs.remote]
    assert made.document == system.things(Kind.ORDER)[0].document


def test_a_thousand_records_of_one_second_are_read_once_each_across_pages(system: MemorySystem) -> None:
    system.put(*(samples.sample_product(n) for n in range(1000)), at=NOON)
    reader = open_connector(Settings(path=system.database.path, page_size=7))
    items = [item for page in reader.changes(Kind.PRODUCT, NOON) for item in page.items]
    assert len(items) == len({item.record.id for item in items if isinstance(item, Change)}) == 1000
    assert [page.items for page in reader.changes(Kind.PRODUCT, NOON + timedelta(microseconds=1))] == [()]


def test_companions_come_with_their_record(system: MemorySystem, connector: MemoryConnector) -> None:
    system.put(samples.sample_order(1), companions=[samples.sample_customer(1)])
    (page,) = connector.changes(Kind.ORDER, None)
    (item,) = page.items
    assert isinstance(item, Change)
    assert item.companions == (samples.sample_customer(1),)


def test_a_spoiled_record_is_unreadable_until_it_is_mended(system: MemorySystem, connector: MemoryConnector) -> None:
    system.put(samples.sample_price(1))
    system.spoil(Kind.PRICE, "SAMPLE-1")
    (spoiled,) = connector.fetch(Kind.PRICE, ["SAMPLE-1"])
    assert isinstance(spoiled, Unreadable)
    assert spoiled.problems[0].sentence == "the price is text. Send digits."
    system.spoil(Kind.PRICE, "SAMPLE-1", None)
    assert isinstance(connector.fetch(Kind.PRICE, ["SAMPLE-1"])[0], Change)


def test_a_held_call_waits_until_it_is_let_go(system: MemorySystem, connector: MemoryConnector) -> None:
    system.fault(Fault(trouble=Trouble.HELD))
    thread = threading.Thread(target=connector.push, args=([mug(1)],))
    thread.start()
    wait_for(system.held)
    assert system.things(Kind.PRODUCT) == []
    system.lift(Trouble.HELD)
    thread.join(timeout=30)
    assert len(system.things(Kind.PRODUCT)) == 1


@pytest.mark.crash
@pytest.mark.parametrize(("trouble", "survives"), [(Trouble.KILLED_BEFORE, 1), (Trouble.KILLED_AFTER, 2)])
def test_the_caller_dies_at_the_record_named_and_what_was_done_stays(
    system: MemorySystem, trouble: Trouble, survives: int
) -> None:
    system.fault(Fault(trouble=trouble, label="SAMPLE-2"))
    process = multiprocessing.get_context("spawn").Process(target=push_three, args=(system.database.path,))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert [thing.reference for thing in system.things(Kind.PRODUCT)] == ["SAMPLE-1", "SAMPLE-2"][:survives]


@pytest.mark.crash
@pytest.mark.parametrize(("trouble", "survives"), [(Trouble.KILLED_BEFORE, 0), (Trouble.KILLED_AFTER, 3)])
def test_the_caller_dies_around_a_whole_call(system: MemorySystem, trouble: Trouble, survives: int) -> None:
    system.fault(Fault(trouble=trouble))
    process = multiprocessing.get_context("spawn").Process(target=push_three, args=(system.database.path,))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert len(system.things(Kind.PRODUCT)) == survives


def test_threads_that_create_the_same_thing_at_once_make_one(system: MemorySystem) -> None:
    outcomes: list[object] = []
    start = threading.Barrier(8)

    def push_one() -> None:
        start.wait()
        outcomes.extend(open_connector(Settings(path=system.database.path)).push([mug(1)]))

    threads = [threading.Thread(target=push_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Rejected) for outcome in outcomes) == 7
    assert len(system.things(Kind.PRODUCT)) == 1


def test_kinds_that_are_switched_off_are_refused(system: MemorySystem) -> None:
    follower = open_connector(Settings(path=system.database.path, reads=frozenset(), writes=frozenset({Kind.ORDER})))
    with pytest.raises(Misconfigured, match="not set up to lead"):
        list(follower.changes(Kind.PRODUCT, None))
    with pytest.raises(Misconfigured, match="not set up to follow"):
        follower.push([mug(1)])


def test_the_registry_opens_it_like_any_other(system: MemorySystem) -> None:
    entry = SYSTEMS["memory"]
    assert entry.role == "test"
    connector = entry.open(entry.settings(path=system.database.path))
    assert [finding.level for finding in connector.verify()] == [Level.GREEN]


def push_three(path: Path) -> None:
    open_connector(Settings(path=path)).push([mug(n) for n in (1, 2, 3)])


def wait_for(condition: Callable[[], bool]) -> None:
    """Give it half a minute; a test that hangs says less than one that fails."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never happened")
