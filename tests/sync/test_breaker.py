"""The breaker of a connection: it opens for as long as the failure says, stays open that long, and closes with an
answer. And what belongs to one record only does not open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from support.hubs import EVERYTHING, Desk, Script, with_systems
from support.world import START, World, mug, price
from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections, lanes
from trueup.store.connections import ConnectionRow
from trueup.sync.connecting import change_connection, verify_connection
from trueup.sync.deliver import Deliverer
from trueup.sync.flow import deliver_lane
from trueup.sync.jobs import do_work
from trueup.sync.pace import Pace
from trueup.sync.settle import Follower

WAIT = timedelta(minutes=2)


def connection(world: World, name: str = "Shop") -> ConnectionRow:
    with world.hub.database.read() as tx:
        row = connections.by_name(tx, name)
    assert row is not None
    return row


def owe(world: World, count: int = 1) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(count)])
    world.runs(world.work()[0])


def done(parcels: Sequence[Parcel]) -> list[Outcome]:
    return [Done(remote=f"shop {parcel.ref.id}", created=parcel.remote is None) for parcel in parcels]


def play(world: World, *answers: OutsideError | None, flights: int = 1) -> Desk:
    """A shop that answers its calls in this order, None for everything done; afterwards all goes well."""
    left = list(answers)

    def answer(parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        error = left.pop(0) if left else None
        if error is not None:
            raise error
        return done(parcels)

    desk = Desk(answer, capabilities=replace(EVERYTHING, flights=flights))
    with_systems(world, Shop=desk, ERP=Script())
    return desk


def set_pause(world: World, until: datetime, sentence: str = "It asks for time.") -> None:
    with world.hub.database.write() as tx:
        connections.pause(tx, world.ids["Shop"], until=until, sentence=sentence)


def test_an_answer_to_an_earlier_call_does_not_cut_short_the_time_that_the_shop_asked_for(world: World) -> None:
    """Two pushes are out. One is told to wait for two minutes; the other, sent before that, then goes well."""
    set_pause(world, START + WAIT)
    with world.hub.database.write() as tx:
        connections.note_answer(tx, world.ids["Shop"], START)
    assert connection(world).paused_until == START + WAIT


def test_a_run_that_ends_well_does_not_close_the_breaker_that_deliveries_opened(world: World) -> None:
    flow = world.flow(Kind.ORDER, "Shop", "ERP")
    with_systems(world, Shop=Script([lambda: set_pause(world, START + WAIT)]))
    do_work(world.hub, f"collect:{flow.id}")
    assert connection(world).is_paused(START + WAIT - timedelta(seconds=1))


def test_a_second_failure_does_not_shorten_the_first_ones_pause(world: World) -> None:
    set_pause(world, START + WAIT, "Wait for two minutes.")
    set_pause(world, START + timedelta(seconds=2), "It timed out.")
    row = connection(world)
    assert (row.paused_until, row.failures) == (START + WAIT, 2)


def test_a_pause_that_is_over_is_closed_by_the_next_answer(world: World) -> None:
    set_pause(world, START)
    with world.hub.database.write() as tx:
        connections.note_answer(tx, world.ids["Shop"], START + timedelta(seconds=1))
    row = connection(world)
    assert (row.paused_until, row.pause_sentence, row.failures) == (None, None, 0)
    assert row.last_ok_at == START + timedelta(seconds=1)


def test_a_good_verification_ends_a_pause_at_once(world: World) -> None:
    set_pause(world, START + WAIT)
    verify_connection(world.hub, connection(world))
    assert connection(world).paused_until is None
    assert connection(world).failures == 0


def test_new_settings_that_work_end_a_pause_at_once(world: World) -> None:
    set_pause(world, START + WAIT)
    change_connection(world.hub, connection(world), {"page_size": 7})
    assert connection(world).paused_until is None
    assert connection(world).settings["page_size"] == 7


def test_a_failed_verification_leaves_the_pause(world: World) -> None:
    set_pause(world, START + WAIT)
    world.shop.fault(Fault(trouble=Trouble.DOWN, op="verify"))
    verify_connection(world.hub, connection(world))
    assert connection(world).paused_until == START + WAIT


def test_pauses_grow_with_each_failure_in_a_row(one_world: World) -> None:
    owe(one_world)
    play(one_world, *[TryLater("Down.", status=503)] * 12)
    waits = []
    for _ in range(12):
        one_world.settle()
        until = connection(one_world).paused_until
        assert until is not None
        waits.append((until - one_world.time.now).total_seconds())
        one_world.time.now = until + timedelta(seconds=1)
    doubled = [min(2.0**n, 900.0) for n in range(1, 13)]
    assert all(base <= wait <= base * 1.25 for base, wait in zip(doubled, waits, strict=True)), waits
    one_world.settle()
    assert connection(one_world).failures == 0


def test_an_outage_counts_against_no_record(one_world: World) -> None:
    owe(one_world)
    play(one_world, *[TryLater("Down.", status=503)] * 20)
    for _ in range(20):
        one_world.later(minutes=20)
    assert [row.attempts for row in one_world.owed()] == [0]
    one_world.later(minutes=20)
    assert [row.state for row in one_world.owed()] == ["done"]


@pytest.mark.parametrize(
    "error", [TryLater("Fewer, please.", wait=WAIT, status=429), TryLater("Down.", wait=WAIT, status=503)]
)
def test_the_time_that_the_shop_asks_for_is_kept_to_the_second(one_world: World, error: TryLater) -> None:
    owe(one_world)
    desk = play(one_world, error)
    one_world.settle()
    one_world.later(seconds=119)
    assert len(desk.pushed) == 1
    one_world.later(seconds=2)
    assert len(desk.pushed) == 2


def test_a_wrong_setting_that_shows_at_one_record_pauses_the_connection(one_world: World) -> None:
    """Without a pause the lane would send the same record again and again, as fast as it can."""
    owe(one_world, 3)
    wrong = Misconfigured("Tax class reduced has no counterpart in the shop. Map it, then verify the connection.")

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        return [
            wrong if parcel.ref.id == "A1" else outcome for parcel, outcome in zip(parcels, done(parcels), strict=True)
        ]

    desk = Desk(answer)
    with_systems(one_world, Shop=desk)
    one_world.settle()
    assert [row.state for row in one_world.owed()] == ["done", "due", "done"]
    assert connection(one_world).pause_sentence == wrong.sentence
    assert len(desk.pushed) == 1
    assert one_world.quarantined() == []


def test_a_record_that_is_always_busy_is_tried_less_and_less_and_then_shown(one_world: World) -> None:
    owe(one_world, 2)
    one_world.shop.fault(Fault(trouble=Trouble.BUSY, label="MUG-1", times=None))
    one_world.settle()
    for _ in range(12):
        one_world.later(minutes=20)
        one_world.erp.put(price(0))
    [entry] = one_world.quarantined()
    assert entry.sentence == "MUG-1 is being edited by somebody else."
    assert connection(one_world).paused_until is None


def test_a_record_that_was_busy_goes_through_when_it_is_free(one_world: World) -> None:
    owe(one_world)
    one_world.shop.fault(Fault(trouble=Trouble.BUSY, label="MUG-0", times=1))
    one_world.settle()
    [row] = one_world.owed()
    assert (row.state, row.attempts) == ("due", 1)
    assert row.not_before > START
    one_world.later(seconds=3)
    assert one_world.owed()[0].state == "done"
    assert one_world.owed()[0].attempts == 0


def test_a_refused_record_does_not_open_the_breaker(one_world: World) -> None:
    owe(one_world, 5)
    one_world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-3", times=None))
    one_world.settle()
    assert connection(one_world).failures == 0
    assert sorted(row.state for row in one_world.owed()) == ["done"] * 4 + ["quarantined"]


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_is_alone(one_world: World) -> None:
    owe(one_world, 16)

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        if any(parcel.ref.id == "A11" for parcel in parcels):
            raise Rejected("The batch is not valid.", status=400)
        return done(parcels)

    desk = Desk(answer)
    with_systems(one_world, Shop=desk)
    one_world.settle()
    assert {row.ref: row.state for row in one_world.owed() if row.state != "done"} == {"A11": "quarantined"}
    assert [len(parcels) for parcels in desk.pushed].count(16) == 1
    assert len(desk.pushed) <= 2 * 5


def test_a_paused_follower_is_not_called_even_if_its_lane_is_asked_for(one_world: World) -> None:
    owe(one_world)
    set_pause(one_world, START + WAIT)
    one_world.runs(deliver_lane(one_world.ids["Shop"], "catalogue"))
    assert one_world.shop.calls() == 0


def test_a_breaker_that_opens_between_two_pushes_stops_the_turn(one_world: World) -> None:
    owe(one_world, 60)
    desk = play(one_world, None, TryLater("Down.", status=503))
    one_world.settle()
    assert len(desk.pushed) == 2
    assert sorted({row.state for row in one_world.owed()}) == ["done", "due"]


def test_a_breaker_that_another_lane_opens_stops_this_one_too(one_world: World) -> None:
    """The order lane is told to wait; the catalogue lane, in the middle of its turn, sends nothing more."""
    owe(one_world, 60)

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        set_pause(one_world, START + WAIT)
        return done(parcels)

    desk = Desk(answer, capabilities=replace(EVERYTHING, batch=10, flights=1))
    with_systems(one_world, Shop=desk, ERP=Script())
    one_world.settle()
    assert len(desk.pushed) <= 2, "one that was ready may have gone out behind it"
    one_world.later(minutes=3)
    assert {row.state for row in one_world.owed()} == {"done"}


def test_a_turn_ends_when_it_is_enough_and_what_flies_is_still_settled(one_world: World) -> None:
    owe(one_world, 60)
    name = deliver_lane(one_world.ids["Shop"], "catalogue")
    with one_world.hub.database.write() as tx:
        lease = lanes.take(tx, name, owner="test", now=START)
    assert lease is not None
    desk = Desk(done)
    turn = Deliverer(
        database=one_world.hub.database,
        target=desk,
        lane="catalogue",
        lease=lease,
        follower=Follower(id=one_world.ids["Shop"], name="Shop", settle_time=timedelta(0)),
        pace=Pace(10, 1),
        executor=one_world.hub.executor,
        clock=one_world.time,
        enough=lambda: len(desk.pushed) >= 2,
    ).deliver()
    assert (len(desk.pushed), turn.done, turn.paused) == (2, 20, False)
    assert sum(row.state == "done" for row in one_world.owed()) == 20


def test_a_connector_that_forgets_an_answer_is_found_out(one_world: World) -> None:
    owe(one_world, 3)
    desk = Desk(lambda parcels: done(parcels)[1:])
    with_systems(one_world, Shop=desk)
    one_world.settle()
    assert {row.state for row in one_world.owed()} == {"due"}
    assert "answered for 2 of 3 records" in one_world.owed()[0].sentence
