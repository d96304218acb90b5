"""One worker per lane, by a lease with a fence: whoever lost it writes nothing here, and starts nothing outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from support.hubs import EVERYTHING, Desk, Script, another_hub, page, with_systems
from support.world import START, World, mug, new_world
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import flows, lanes, links, transfers
from trueup.store.lanes import LeaseLost
from trueup.sync.hub import Hub
from trueup.sync.jobs import do_work, find_work
from trueup.sync.pace import FIRST_BATCH

MINUTE = timedelta(minutes=1)


def lane_of(world: World) -> str:
    return f"deliver:{world.ids['Shop']}:catalogue"


def logged(world: World) -> list[str]:
    with world.hub.database.read() as tx:
        return [row.outcome for row in transfers.latest(tx)]


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(6000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it never happened")


def in_background(job: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=job)
    thread.start()
    return thread


def take(world: World, owner: str) -> lanes.Lease | None:
    with world.hub.database.write() as tx:
        return lanes.take(tx, "deliver:1:catalogue", owner=owner, now=world.time.now, length=MINUTE)


def hold(world: World, lease: lanes.Lease) -> None:
    with world.hub.database.write() as tx:
        lanes.hold(tx, lease, world.time.now)


def test_a_lane_that_is_held_is_given_to_nobody_else(world: World) -> None:
    assert take(world, "first") is not None
    assert take(world, "second") is None
    assert take(world, "first") is None, "not even to the same process a second time"


def test_a_lane_that_was_left_is_free_at_once(world: World) -> None:
    lease = take(world, "first")
    assert lease is not None
    with world.hub.database.write() as tx:
        lanes.leave(tx, lease)
    assert take(world, "second") is not None


def test_a_lease_runs_out_after_its_last_moment(world: World) -> None:
    take(world, "first")
    world.time.passes(seconds=60)
    assert take(world, "second") is None
    world.time.passes(microseconds=1)
    assert take(world, "second") is not None


def test_holding_renews_the_lease(world: World) -> None:
    lease = take(world, "first")
    assert lease is not None
    for _ in range(5):
        world.time.passes(seconds=59)
        hold(world, lease)
        assert take(world, "second") is None


def test_the_fence_stops_a_holder_that_was_overtaken_even_after_the_other_left(world: World) -> None:
    old = take(world, "first")
    world.time.passes(minutes=2)
    new = take(world, "second")
    assert old is not None
    assert new is not None
    assert new.token > old.token
    with pytest.raises(LeaseLost):
        hold(world, old)
    with world.hub.database.write() as tx:
        lanes.leave(tx, new)
    with pytest.raises(LeaseLost):
        hold(world, old)


def test_the_same_process_that_took_the_lane_again_is_not_confused_with_itself(world: World) -> None:
    old = take(world, "first")
    world.time.passes(minutes=2)
    take(world, "first")
    assert old is not None
    with pytest.raises(LeaseLost):
        hold(world, old)


def test_leaving_a_lane_that_was_lost_does_not_throw_out_the_new_holder(world: World) -> None:
    old = take(world, "first")
    world.time.passes(minutes=2)
    take(world, "second")
    assert old is not None
    with world.hub.database.write() as tx:
        lanes.leave(tx, old)
    assert take(world, "third") is None


def test_a_lane_that_ran_out_but_that_nobody_took_may_be_renewed(world: World) -> None:
    lease = take(world, "first")
    world.time.passes(hours=1)
    assert lease is not None
    hold(world, lease)
    assert take(world, "second") is None


def test_of_many_that_ask_at_once_one_gets_the_lane(world: World) -> None:
    for attempt in range(5):
        won: list[object] = []
        start = threading.Barrier(6)

        def ask(name: str, won: list[object] = won, start: threading.Barrier = start) -> None:
            start.wait()
            with world.hub.database.write() as tx:
                won.append(lanes.take(tx, name, owner="one of six", now=world.time.now))

        threads = [threading.Thread(target=ask, args=(f"lane {attempt}",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(lease is not None for lease in won) == 1


def test_a_job_that_another_process_does_is_left_to_it(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    with another_hub(world) as second:
        inside: list[list[str]] = []
        script = Script([lambda: inside.append(find_work(second)), lambda: do_work(second, f"collect:{flow.id}")])
        with_systems(world, ERP=script)
        do_work(world.hub, f"collect:{flow.id}")
    assert inside == [[]], "it is not even offered"
    with world.hub.database.read() as tx:
        assert len(flows.runs(tx)) == 1


def test_a_worker_that_lost_its_lane_during_a_push_writes_nothing(world: World) -> None:
    """The first worker hangs in a push; its lease runs out; the second does the work; then the first wakes up."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.runs(world.work()[0])
    world.shop.fault(Fault(trouble=Trouble.HELD))
    first = in_background(lambda: world.runs(lane_of(world)))
    wait_until(world.shop.held)
    world.time.passes(minutes=2)
    with another_hub(world) as second:
        do_work(second, lane_of(world))
    before = logged(world)
    world.shop.lift(Trouble.HELD)
    first.join()
    assert {row.state for row in world.owed()} == {"done"}
    assert world.shop.doubles(Kind.PRODUCT) == {}
    assert logged(world) == before == ["created", "created"], "only the second worker wrote down what it did"


def test_what_the_lost_worker_achieved_is_found_by_asking(world: World) -> None:
    """The first worker's push goes through after all, before the second has asked."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.runs(world.work()[0])
    world.shop.fault(Fault(trouble=Trouble.HELD), Fault(trouble=Trouble.HELD, op="find", skip=1))
    first = in_background(lambda: world.runs(lane_of(world)))
    wait_until(world.shop.held)
    world.time.passes(minutes=2)
    with another_hub(world) as second:
        other = in_background(lambda: do_work(second, lane_of(world)))
        wait_until(lambda: world.shop.calls("find") == 2)
        world.shop.lift(Trouble.HELD)
        first.join()
        other.join()
    assert len(world.shop.things(Kind.PRODUCT)) == 2
    assert {row.state for row in world.owed()} == {"done"}


@pytest.fixture
def hasty(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """Leases of a hundredth of a second by the wall; by the test's clock they run out when it says so."""
    with new_world(sqlite_url, tmp_path, lease=timedelta(seconds=0.03)) as world:
        yield world


def test_a_push_that_takes_longer_than_the_lease_keeps_its_lane(hasty: World) -> None:
    hasty.flow(Kind.PRODUCT)
    hasty.erp.put(mug(1))
    hasty.runs(hasty.work()[0])
    hasty.shop.fault(Fault(trouble=Trouble.HELD))
    worker = in_background(lambda: hasty.runs(lane_of(hasty)))
    wait_until(hasty.shop.held)
    for _ in range(3):
        hasty.time.passes(hours=1)
        wait_until(lambda: lane_of(hasty) in held(hasty))
    hasty.shop.lift(Trouble.HELD)
    worker.join()
    assert [row.state for row in hasty.owed()] == ["done"]


def held(world: World) -> set[str]:
    with world.hub.database.read() as tx:
        return lanes.held(tx, world.time.now)


def test_a_worker_that_slept_starts_nothing_with_a_lane_that_is_no_longer_its_own(one_world: World) -> None:
    """It wakes up with an answer in hand and the next parcels ready. They are somebody else's by now."""
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(*[mug(number) for number in range(100)])
    one_world.runs(one_world.work()[0])

    def sleeps(parcels: Sequence[Parcel]) -> list[Outcome]:
        wait_until(lambda: next_are_ready(one_world))
        one_world.time.passes(hours=1)
        with another_hub(one_world) as second:
            do_take(second, lane_of(one_world))
        return [Done(remote=f"shop {parcel.ref.id}", created=True) for parcel in parcels]

    desk = Desk(sleeps, capabilities=replace(EVERYTHING, flights=1))
    with_systems(one_world, Shop=desk)
    one_world.runs(lane_of(one_world))
    assert [len(parcels) for parcels in desk.pushed] == [FIRST_BATCH]
    assert logged(one_world) == []


def do_take(hub: Hub, name: str) -> None:
    with hub.database.write() as tx:
        assert lanes.take(tx, name, owner="second", now=hub.clock()) is not None


def next_are_ready(world: World) -> bool:
    """Whether the parcels after those in flight are already written down as intended."""
    with world.hub.database.read() as tx:
        return len(links.open_intents(tx, world.ids["Shop"])) == 50


def test_runs_that_a_killed_process_left_behind_are_closed_by_the_next(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    with world.hub.database.write() as tx:
        lanes.take(tx, f"collect:{flow.id}", owner="killed", now=world.time.now)
        flows.start_run(tx, flow.id, cause="schedule", now=world.time.now)
    assert world.settle() == 0, "the dead one's lease still counts"
    world.later(minutes=1, seconds=1)
    with world.hub.database.read() as tx:
        newest, lost = flows.runs(tx, flow.id)
    assert (newest.state, lost.state) == ("done", "failed")
    assert lost.sentence == "The process ended in the middle of this run; the next run reads the same again."
    assert lost.ended_at == START + timedelta(minutes=1, seconds=1)


def test_two_hubs_work_side_by_side_and_do_everything_once(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(40)])
    with another_hub(world) as second:
        for _ in range(4):
            pair = [in_background(lambda hub=hub: everything(hub)) for hub in (world.hub, second)]
            for thread in pair:
                thread.join()
    assert len(world.shop.writes()) == len(world.shop.things(Kind.PRODUCT)) == 40
    assert {row.state for row in world.owed()} == {"done"}


def everything(hub: Hub) -> None:
    for name in find_work(hub):
        do_work(hub, name)


def test_pages_of_a_leader_are_stored_by_the_holder_only(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    pages = [page(mug(n), asked_at=START, changed_at=START) for n in (1, 2)]
    with another_hub(world) as second:

        def overtakes() -> None:
            world.time.passes(minutes=2)
            do_work(second, f"collect:{flow.id}")

        with_systems(world, ERP=Script([pages[0], overtakes, pages[1]]))
        do_work(world.hub, f"collect:{flow.id}")
    assert world.owed() == []
