"""Promise 4: each kind has one leader and each follower one source of it. And switching flows on, off and over."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.hubs import Script, page, with_systems
from support.world import START, World, mug
from trueup.domain.record import Kind
from trueup.runtime.schedule import Schedule
from trueup.store import connections, flows
from trueup.store.connections import ConnectionRow
from trueup.sync import arrange
from trueup.sync.connecting import Refused
from trueup.sync.jobs import do_work


@pytest.fixture
def four(one_world: World, tmp_path: Path) -> World:
    for name in ("Second shop", "Third shop"):
        one_world.connect(name, tmp_path / f"{name}.sqlite")
    return one_world


def row(world: World, name: str) -> ConnectionRow:
    with world.hub.database.read() as tx:
        found = connections.by_name(tx, name)
    assert found is not None
    return found


def add(world: World, kind: Kind, leader: str, *followers: str, name: str = "") -> str:
    return arrange.add_flow(
        world.hub,
        name=name or f"{kind} {leader} {' '.join(followers)}",
        kind=kind,
        leader=row(world, leader),
        followers=[row(world, follower) for follower in followers],
    )


@pytest.mark.parametrize("kind", [Kind.PRODUCT, Kind.PRICE, Kind.STOCK])
def test_promise_4_a_follower_gets_a_kind_from_one_leader_only(four: World, kind: Kind) -> None:
    add(four, kind, "ERP", "Shop")
    with pytest.raises(Refused, match="One kind has one leader"):
        add(four, kind, "Second shop", "Shop")


@pytest.mark.parametrize("kind", list(arrange.NAMES))
def test_promise_4_both_directions_are_refused(four: World, kind: Kind) -> None:
    add(four, kind, "ERP", "Shop")
    with pytest.raises(Refused, match=f"already leads {kind} the other way round"):
        add(four, kind, "Shop", "ERP")


@pytest.mark.parametrize("kind", list(arrange.NAMES))
def test_promise_4_a_circle_over_several_systems_is_both_directions_too(four: World, kind: Kind) -> None:
    add(four, kind, "ERP", "Shop")
    add(four, kind, "Shop", "Second shop", "Third shop")
    with pytest.raises(Refused, match="the other way round"):
        add(four, kind, "Third shop", "ERP")


def test_promise_4_a_system_does_not_follow_itself(four: World) -> None:
    with pytest.raises(Refused, match="cannot follow itself"):
        add(four, Kind.PRICE, "ERP", "Shop", "ERP")


def test_promise_4_the_same_orders_do_not_flow_twice_to_the_same_follower(four: World) -> None:
    add(four, Kind.ORDER, "Shop", "ERP")
    with pytest.raises(Refused, match="One kind has one leader"):
        add(four, Kind.ORDER, "Shop", "ERP", name="once more")


def test_a_chain_of_systems_is_no_circle(four: World) -> None:
    add(four, Kind.PRICE, "ERP", "Shop")
    add(four, Kind.PRICE, "Shop", "Second shop")
    add(four, Kind.PRICE, "ERP", "Third shop")


def test_several_shops_bring_their_orders_to_one_back_office(four: World) -> None:
    add(four, Kind.ORDER, "Shop", "ERP")
    add(four, Kind.ORDER, "Second shop", "ERP")


def test_different_kinds_may_have_different_leaders(four: World) -> None:
    add(four, Kind.PRICE, "ERP", "Shop")
    add(four, Kind.STOCK, "Second shop", "Shop")
    add(four, Kind.ORDER, "Shop", "ERP")


def test_names_of_flows_are_unique(four: World) -> None:
    add(four, Kind.PRICE, "ERP", "Shop", name="prices")
    with pytest.raises(Refused, match="There is a flow called prices already"):
        add(four, Kind.STOCK, "ERP", "Shop", name="prices")


def test_a_system_that_cannot_read_or_write_a_kind_is_refused(one_world: World, tmp_path: Path) -> None:
    one_world.connect("Reader", tmp_path / "r.sqlite", reads=["order"], writes=[])
    with pytest.raises(Refused, match="Price records cannot flow from Reader to Shop"):
        add(one_world, Kind.PRICE, "Reader", "Shop")
    with pytest.raises(Refused, match="Price records cannot flow from ERP to Reader"):
        add(one_world, Kind.PRICE, "ERP", "Reader")


def test_a_new_flow_is_inactive_and_does_nothing(one_world: World) -> None:
    name = add(one_world, Kind.PRODUCT, "ERP", "Shop")
    assert not one_world.flow_row(name).active
    assert one_world.work() == []
    with pytest.raises(Refused, match=r"is inactive. Enable it first: trueup flow enable"):
        arrange.start_now(one_world.hub, one_world.flow_row(name))


def test_only_orders_write_the_document_number_back(one_world: World) -> None:
    orders = one_world.flow_row(add(one_world, Kind.ORDER, "Shop", "ERP"))
    prices = one_world.flow_row(add(one_world, Kind.PRICE, "ERP", "Shop"))
    assert (orders.settings["write_back"], prices.settings["write_back"]) == (True, False)


def test_a_paused_flow_keeps_what_it_owes_and_where_it_was(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.runs(f"collect:{flow.id}")
    arrange.disable(world.hub, world.flow_row(flow.name))
    assert world.settle() == 0
    assert world.later(days=1) == 0
    assert [row.state for row in world.owed()] == ["due"]
    arrange.enable(world.hub, world.flow_row(flow.name))
    world.settle()
    assert [row.state for row in world.owed()] == ["done"]


def test_start_now_runs_outside_the_window_and_once(one_world: World) -> None:
    name = add(one_world, Kind.PRODUCT, "ERP", "Shop")
    arrange.enable(one_world.hub, one_world.flow_row(name), {"start": "20:00", "end": "22:00"})
    assert one_world.work() == [], "it is eight in the morning"
    for _ in range(3):
        arrange.start_now(one_world.hub, one_world.flow_row(name))
    one_world.settle()
    with one_world.hub.database.read() as tx:
        assert [run.cause for run in flows.runs(tx)] == ["start now"]
    assert one_world.work() == []
    assert one_world.flow_row(name).wanted_at is None


def test_a_wish_that_came_during_a_run_is_granted_by_another_run(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)

    def wishes() -> None:
        one_world.time.passes(seconds=1)
        arrange.start_now(one_world.hub, one_world.flow_row(flow.name))

    script = Script([wishes])
    with_systems(one_world, ERP=script)
    do_work(one_world.hub, f"collect:{flow.id}")
    script.steps = []
    assert one_world.work() == [f"collect:{flow.id}"]
    one_world.settle()
    assert len(script.asked_since) == 2


def test_enabled_outside_its_window_it_starts_when_that_opens(one_world: World) -> None:
    name = add(one_world, Kind.PRODUCT, "ERP", "Shop")
    planned = arrange.enable(one_world.hub, one_world.flow_row(name), {"start": "20:00", "end": "22:00"})
    assert planned.sentence() == "every 15 minutes, 20:00 to 22:00 (UTC)"
    assert one_world.flow_row(name).due_at == START.replace(hour=20)


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        ({"cron": "hourly"}, "'hourly' is not a cron schedule"),
        ({"weekdays": ["mon"], "cron": "0 12 * * 2"}, "never falls into its window"),
        ({"every_minutes": "often"}, "valid integer"),
        ({"start": "20:00"}, "needs both a start and an end"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_and_the_flow_stays_off(
    one_world: World, schedule: dict, sentence: str
) -> None:
    name = add(one_world, Kind.PRODUCT, "ERP", "Shop")
    with pytest.raises(Refused, match=sentence):
        arrange.enable(one_world.hub, one_world.flow_row(name), schedule)
    assert not one_world.flow_row(name).active


def test_a_new_schedule_that_never_comes_is_refused(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    with pytest.raises(Refused, match="never falls into its window"):
        arrange.set_schedule(one_world.hub, flow, Schedule(cron="0 12 * * 2", weekdays=("mon",)))
    assert one_world.flow_row(flow.name).schedule == flow.schedule


def test_a_schedule_that_is_changed_during_a_run_counts_at_its_end(one_world: World) -> None:
    """A weekly flow is set to every 5 minutes while its first long run is on: it must not sleep for a week."""
    name = add(one_world, Kind.PRODUCT, "ERP", "Shop")
    arrange.enable(one_world.hub, one_world.flow_row(name), {"every_minutes": 7 * 1440})
    flow = one_world.flow_row(name)

    def is_changed() -> None:
        arrange.set_schedule(one_world.hub, one_world.flow_row(name), Schedule(every_minutes=5))

    with_systems(one_world, ERP=Script([page(mug(), asked_at=START, changed_at=START), is_changed]))
    do_work(one_world.hub, f"collect:{flow.id}")
    due = one_world.flow_row(name).due_at
    assert due is not None
    assert (due - START).total_seconds() == 300


def test_the_next_start_follows_the_schedule_after_each_run(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    one_world.settle()
    assert one_world.flow_row(flow.name).due_at == START.replace(minute=15)
    one_world.later(minutes=20)
    assert one_world.flow_row(flow.name).due_at == START.replace(minute=35)


def test_the_usual_flows_are_added_once_and_only_where_they_can_be(one_world: World) -> None:
    assert arrange.add_usual_flows(one_world.hub) == [], "test systems are neither shop nor back office"


def test_where_a_return_begins_is_decided_once_before_anything_flowed(four: World) -> None:
    name = add(four, Kind.REFUND, "Shop", "ERP")
    leader = arrange.turn(four.hub, four.flow_row(name))
    assert leader.name == "ERP"
    turned = four.flow_row(name)
    assert (turned.leader_id, turned.followers) == (four.ids["ERP"], (four.ids["Shop"],))
    arrange.turn(four.hub, turned)
    assert four.flow_row(name).leader_id == four.ids["Shop"]


def test_a_flow_that_is_active_is_not_turned(four: World) -> None:
    name = add(four, Kind.REFUND, "Shop", "ERP")
    arrange.enable(four.hub, four.flow_row(name))
    with pytest.raises(Refused, match="is active"):
        arrange.turn(four.hub, four.flow_row(name))


def test_a_flow_that_has_moved_something_is_not_turned(four: World) -> None:
    name = add(four, Kind.PRODUCT, "ERP", "Shop")
    arrange.enable(four.hub, four.flow_row(name))
    four.erp.put(mug())
    four.settle()
    arrange.disable(four.hub, four.flow_row(name))
    with pytest.raises(Refused, match="Which side leads is decided before the first one"):
        arrange.turn(four.hub, four.flow_row(name))


def test_of_several_followers_none_can_take_the_lead(four: World) -> None:
    name = add(four, Kind.FULFILMENT, "ERP", "Shop", "Second shop")
    with pytest.raises(Refused, match="has 2 followers"):
        arrange.turn(four.hub, four.flow_row(name))


def test_a_side_that_cannot_lead_a_kind_is_not_made_its_leader(four: World, tmp_path: Path) -> None:
    four.connect("Deaf", tmp_path / "deaf.sqlite", reads=["product"])
    name = add(four, Kind.REFUND, "Shop", "Deaf")
    with pytest.raises(Refused, match="Refund records cannot flow from Deaf to Shop"):
        arrange.turn(four.hub, four.flow_row(name))
