"""Promise 1: the cursor moves only with the last page that is stored, to the newest change seen, never past the moment
at which the read began; the next read overlaps, and what comes twice goes no further."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.hubs import Script, page, with_systems
from support.world import START, World, mug
from trueup.connectors.kit.errors import TryLater
from trueup.domain.record import Kind
from trueup.store import flows, lanes, records
from trueup.store.flows import FlowRow, RunRow
from trueup.sync.flow import OVERLAP, FlowSettings, since
from trueup.sync.jobs import do_work

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = TryLater("The system is down for maintenance.", status=503)


def reading(world: World, *steps: object) -> tuple[FlowRow, Script]:
    script = Script(list(steps))  # type: ignore[arg-type]  # pages, exceptions and functions
    flow = world.flow(Kind.PRODUCT)
    with_systems(world, ERP=script)
    return flow, script


def run(world: World, flow: FlowRow) -> RunRow:
    do_work(world.hub, f"collect:{flow.id}")
    with world.hub.database.read() as tx:
        return flows.runs(tx, flow.id, limit=1)[0]


def cursor(world: World, flow: FlowRow) -> object:
    return world.flow_row(flow.name).cursor_at


def stored(world: World, *refs: str) -> set[str]:
    with world.hub.database.read() as tx:
        return set(records.hashes(tx, world.ids["ERP"], "product", refs))


def test_promise_1_the_cursor_is_the_newest_change_seen_and_not_now(world: World) -> None:
    flow, _ = reading(world, page(mug(1), mug(2), asked_at=START + HOUR, changed_at=START))
    world.time.passes(hours=2)
    run(world, flow)
    assert cursor(world, flow) == START


def test_promise_1_a_date_in_the_future_does_not_drag_the_cursor_past_the_read(world: World) -> None:
    flow, script = reading(world, page(mug(1), asked_at=START, changed_at=START + timedelta(days=3650)))
    run(world, flow)
    assert cursor(world, flow) == START
    world.time.passes(minutes=16)
    run(world, flow)
    assert script.asked_since == [None, START - OVERLAP]


def test_promise_1_the_newest_change_counts_on_whichever_page_it_came(one_world: World) -> None:
    pages = [page(mug(n), asked_at=START, changed_at=START - n * MINUTE) for n in (2, 1, 3)]
    flow, _ = reading(one_world, *pages)
    run(one_world, flow)
    assert cursor(one_world, flow) == START - MINUTE


def test_promise_1_a_read_that_breaks_off_keeps_its_pages_and_leaves_the_cursor(world: World) -> None:
    first, second = (page(mug(n), asked_at=START, changed_at=START) for n in (1, 2))
    flow, script = reading(world, first, second, DOWN)
    assert run(world, flow).state == "failed"
    assert cursor(world, flow) is None
    assert stored(world, "A1", "A2") == {"A1", "A2"}, "what was read is not read in vain"
    script.steps = [first, second]
    world.time.passes(minutes=16)
    assert run(world, flow).changed == 0
    assert cursor(world, flow) == START


def test_promise_1_a_process_that_dies_between_two_pages_reads_them_again_and_owes_them_once(world: World) -> None:
    class Power(BaseException):
        """It went."""

    def goes() -> None:
        raise Power

    pages = [page(mug(n), asked_at=START, changed_at=START) for n in (1, 2, 3)]
    flow, script = reading(world, *pages[:2], goes)
    with pytest.raises(Power):
        run(world, flow)
    assert cursor(world, flow) is None
    world.time.passes(minutes=2)
    script.steps = list(pages)
    assert run(world, flow).read == 3
    assert [row.ref for row in world.owed()] == ["A1", "A2", "A3"]
    assert cursor(world, flow) == START


def test_promise_1_records_deliveries_and_cursor_are_one_transaction(world: World) -> None:
    """The lane is taken away before the last page: nothing of that page may stay."""

    def is_thought_dead() -> None:
        world.time.passes(minutes=5)
        with world.hub.database.write() as tx:
            lanes.take(tx, f"collect:{flow.id}", owner="somebody else", now=world.time.now)

    pages = [page(mug(n), asked_at=START, changed_at=START) for n in (1, 2, 3)]
    flow, _ = reading(world, *pages[:2], is_thought_dead, pages[2])
    run(world, flow)
    assert cursor(world, flow) is None
    assert stored(world, "A1", "A2", "A3") == {"A1"}, "page 2 waits to be known as the last but one, and comes too late"
    assert [row.ref for row in world.owed()] == ["A1"]


def test_promise_1_the_cursor_never_goes_back(world: World) -> None:
    flow, script = reading(world, page(mug(1), asked_at=START, changed_at=START))
    run(world, flow)
    script.steps = [page(mug(2), asked_at=START + HOUR, changed_at=START - 3 * MINUTE)]
    world.time.passes(minutes=16)
    run(world, flow)
    assert cursor(world, flow) == START


def test_promise_1_what_the_overlap_reads_again_goes_no_further(world: World) -> None:
    flow, script = reading(world, page(mug(1), mug(2), asked_at=START, changed_at=START))
    assert run(world, flow).changed == 2
    world.time.passes(minutes=16)
    script.steps = [page(mug(1), mug(2, description="new"), asked_at=START + HOUR, changed_at=START)]
    again = run(world, flow)
    assert (again.read, again.changed) == (2, 1)
    assert script.asked_since == [None, START - timedelta(minutes=5)]


def test_promise_1_the_overlap_is_what_the_flow_says(one_world: World) -> None:
    flow, script = reading(one_world, page(mug(1), asked_at=START, changed_at=START))
    with one_world.hub.database.write() as tx:
        flows.change(tx, flow.id, settings=FlowSettings(overlap_minutes=60).model_dump())
    run(one_world, flow)
    one_world.time.passes(minutes=16)
    run(one_world, flow)
    assert script.asked_since == [None, START - HOUR]


def test_since_starts_at_the_beginning_when_nothing_was_read_yet() -> None:
    assert since(None, OVERLAP) is None


def test_a_leader_that_tells_no_times_is_read_whole_every_time(one_world: World) -> None:
    flow, script = reading(one_world, page(mug(1), asked_at=START, changed_at=None))
    run(one_world, flow)
    one_world.time.passes(minutes=16)
    assert run(one_world, flow).changed == 0
    assert script.asked_since == [None, None]


def test_a_page_is_acknowledged_only_when_it_is_durable_here(world: World) -> None:
    seen: list[set[str]] = []
    marked = page(mug(1), asked_at=START, changed_at=START, acknowledge=lambda: seen.append(stored(world, "A1")))
    flow, _ = reading(world, marked)
    run(world, flow)
    assert seen == [{"A1"}]


def test_a_page_that_could_not_be_stored_is_not_acknowledged(one_world: World) -> None:
    acknowledged: list[bool] = []

    def lose_the_lane() -> None:
        with one_world.hub.database.write() as tx:
            later = one_world.time.now + timedelta(minutes=5)
            lanes.take(tx, f"collect:{flow.id}", owner="somebody else", now=later)

    only = page(mug(1), asked_at=START, changed_at=START, acknowledge=lambda: acknowledged.append(True))
    flow, _ = reading(one_world, only, lose_the_lane)
    run(one_world, flow)
    assert acknowledged == []
    assert stored(one_world, "A1") == set()


def test_an_empty_read_ends_well_and_moves_nothing(one_world: World) -> None:
    flow, _ = reading(one_world)
    done = run(one_world, flow)
    assert (done.state, done.read) == ("done", 0)
    assert cursor(one_world, flow) is None


moments = st.integers(-600, 600).map(lambda minutes: START + minutes * MINUTE)
reads = st.lists(st.tuples(st.lists(moments, max_size=3), st.integers(0, 300), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads)
def test_promise_1_holds_for_any_history_of_reads(one_world: World, history: list[tuple[list, int, bool]]) -> None:
    """After each read the cursor is what a model of three lines says, whatever came in which order or broke off."""
    with one_world.hub.database.write() as tx:
        count = len(flows.everyone(tx))
        names = {"name": f"products {count}", "kind": "product", "leader_id": one_world.ids["ERP"]}
        flows.add(tx, **names, followers=[one_world.ids["Shop"]], schedule={}, settings={}, now=START)
    flow, script = one_world.flow_row(f"products {count}"), Script()
    with_systems(one_world, ERP=script)
    expected = None
    for times, asked_minutes, breaks in history:
        asked_at = START + asked_minutes * MINUTE
        script.steps = [page(mug(1), asked_at=asked_at, changed_at=moment) for moment in times]
        script.steps += [DOWN] if breaks else []
        with one_world.hub.database.write() as tx:
            flows.change(tx, flow.id, active=True, due_at=None)
        one_world.time.passes(hours=1)
        run(one_world, flow)
        if times and not breaks:
            expected = max(min(max(times), asked_at), expected or START - HOUR * 1000)
        assert cursor(one_world, flow) == expected
