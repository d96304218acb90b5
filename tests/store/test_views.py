"""What the overview and a flow's status say about work that really happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.world import World, mug, new_world, price, shirt, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections, hints, lanes, views
from trueup.store.views import FlowStatus, Overview
from trueup.sync import arrange


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_world(database_url, tmp_path) as world:
        yield world


def overview(world: World) -> Overview:
    with world.hub.database.read() as tx:
        return views.overview(tx, world.time.now)


def status(world: World, name: str = "product ERP Shop") -> FlowStatus:
    flow = world.flow_row(name)
    with world.hub.database.read() as tx:
        return views.flow_status(tx, flow, world.time.now)


def test_a_new_installation_owes_nothing_and_has_sent_nothing(world: World) -> None:
    seen = overview(world)
    assert [one.name for one in seen.connections] == ["ERP", "Shop"]
    assert (seen.flows, seen.owed, seen.done, seen.transfers) == ((), 0, 0, {})
    assert seen.settled
    assert seen.last_run is None
    assert seen.oldest_owed_age(world.time.now) is None


def test_a_flow_names_its_ways_and_is_due_as_soon_as_it_is_enabled(world: World) -> None:
    world.flow(Kind.PRODUCT)
    found = status(world)
    assert found.leads_to == "ERP → Shop"
    assert found.state == "due"
    assert found.next_start == world.time.now


def test_what_is_read_and_not_yet_sent_is_due_and_its_age_grows(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.runs(f"collect:{flow.id}")
    began = world.time.now
    world.time.passes(minutes=3)
    found, seen = status(world), overview(world)
    assert (found.due, found.waiting, found.done, found.owed) == (2, 0, 0, 2)
    assert found.oldest_owed_at == began
    assert seen.oldest_owed_age(world.time.now) == timedelta(minutes=3)
    assert not seen.settled


def test_after_delivery_everything_is_done_and_the_hour_knows_what_was_created(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.settle()
    found, seen = status(world), overview(world)
    assert (found.owed, found.done, found.oldest_owed_at) == (0, 2, None)
    assert found.state == "waiting"
    assert found.next_start == world.time.now + timedelta(minutes=15)
    assert found.last_success_at == world.time.now
    assert found.last_run is not None
    assert (found.last_run.read, found.last_run.changed) == (2, 2)
    assert seen.transfers == {"created": 2}
    assert seen.settled
    assert seen.last_run == found.last_run


def test_transfers_older_than_an_hour_are_no_news(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.settle()
    world.time.passes(minutes=61)
    assert overview(world).transfers == {}


def test_a_variant_that_waits_for_its_parent_is_counted_as_waiting(world: World) -> None:
    world.flow(Kind.PRODUCT)
    parent, *variants = shirt("S", "M")
    world.erp.put(parent, *variants)
    world.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="SHIRT", times=1))
    world.settle()
    found = status(world)
    assert (found.waiting, found.quarantined, found.done) == (2, 1, 0)
    assert not overview(world).settled


def test_what_could_not_be_read_is_counted_as_quarantined(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.erp.spoil(Kind.PRODUCT, "A1")
    world.settle()
    assert (status(world).quarantined, status(world).done) == (1, 1)
    assert overview(world).quarantined == 1


def test_a_disabled_flow_is_inactive_has_no_next_start_and_does_not_unsettle(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.runs(f"collect:{flow.id}")
    arrange.disable(world.hub, flow)
    found = status(world)
    assert (found.state, found.next_start, found.due) == ("inactive", None, 1)
    assert overview(world).settled


def test_start_now_makes_a_waiting_flow_due(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.settle()
    assert status(world).state == "waiting"
    arrange.start_now(world.hub, flow)
    assert (status(world).state, status(world).next_start) == ("due", world.time.now)


@pytest.mark.parametrize("side", ["ERP", "Shop"])
def test_a_paused_connection_pauses_the_flows_that_need_it_and_says_why(world: World, side: str) -> None:
    world.flow(Kind.PRODUCT)
    until = world.time.now + timedelta(minutes=5)
    with world.hub.database.write() as tx:
        connections.pause(tx, world.ids[side], until=until, sentence="The shop does not answer.")
    found, seen = status(world), overview(world)
    assert found.state == "paused"
    [pause] = found.pauses
    assert (pause.connection, pause.until, pause.sentence) == (side, until, "The shop does not answer.")
    shown = {one.name: (one.state, one.sentence) for one in seen.connections}
    assert shown[side] == ("paused", "The shop does not answer.")


def test_a_pause_is_over_when_its_time_has_come(world: World) -> None:
    world.flow(Kind.PRODUCT)
    with world.hub.database.write() as tx:
        connections.pause(tx, world.ids["Shop"], until=world.time.now + timedelta(minutes=5), sentence="Down.")
    world.time.passes(minutes=6)
    assert status(world).pauses == ()
    assert {one.name: one.state for one in overview(world).connections}["Shop"] == "unverified"


@pytest.mark.parametrize("lane", ["collect:{flow}", "deliver:{shop}:catalogue"])
def test_a_flow_is_running_while_somebody_holds_one_of_its_lanes(world: World, lane: str) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.runs(f"collect:{flow.id}")
    with world.hub.database.write() as tx:
        name = lane.format(flow=flow.id, shop=world.ids["Shop"])
        assert lanes.take(tx, name, owner="other", now=world.time.now)
    assert status(world).state == "running"
    world.time.passes(minutes=2)
    assert status(world).state == "waiting"


def test_a_red_finding_of_the_last_verification_is_shown_on_the_connection(world: World) -> None:
    finding = {"check": "key", "level": "red", "sentence": "The key is read-only.", "fix": "Make a new one."}
    with world.hub.database.write() as tx:
        connections.change(tx, world.ids["Shop"], findings=[finding], verified_at=world.time.now)
    shop = next(one for one in overview(world).connections if one.name == "Shop")
    assert (shop.state, shop.sentence, shop.findings) == ("red", "The key is read-only.", [finding])


def test_connections_tell_what_they_lead_and_what_they_are_still_to_get(world: World) -> None:
    product, _ = world.flow(Kind.PRODUCT), world.flow(Kind.STOCK)
    world.flow(Kind.PRICE)
    world.erp.put(mug(1), mug(2), price(1), stock(1))
    world.settle()
    world.erp.put(mug(1, unit="piece"))
    world.time.passes(minutes=16)
    world.runs(f"collect:{product.id}")
    erp, shop = overview(world).connections
    assert (erp.led, erp.owed) == ({"product": 2, "price": 1, "stock": 1}, 0)
    assert (shop.led, shop.owed) == ({}, 1)


def test_each_flow_counts_only_its_own_deliveries(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.flow(Kind.PRICE)
    world.erp.put(mug(1), mug(2), price(1))
    world.settle()
    done = {found.flow.name: found.done for found in overview(world).flows}
    assert done == {"product ERP Shop": 2, "price ERP Shop": 1}


def test_what_is_tried_again_later_is_due_and_not_ready(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(2))
    world.shop.fault(Fault(trouble=Trouble.BUSY, op="push", label="MUG-1", times=1))
    world.settle()
    found = status(world)
    assert (found.due, found.ready, found.done) == (1, 0, 1)
    assert found.next_try_at is not None
    world.time.now = found.next_try_at
    assert (status(world).ready, status(world).next_try_at) == (1, None)


def test_progress_counts_only_what_happened_since_the_mark_in_that_flow(world: World) -> None:
    product, stocks = world.flow(Kind.PRODUCT), world.flow(Kind.STOCK)
    world.erp.put(mug(1), stock(1))
    world.settle()
    with world.hub.database.read() as tx:
        mark = views.mark(tx)
    world.erp.put(mug(2), mug(3))
    world.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-3", times=1))
    world.later()
    with world.hub.database.read() as tx:
        mine, other = views.progress(tx, product.id, mark), views.progress(tx, stocks.id, mark)
    assert (mine.changed, mine.delivered, mine.failed) == (2, 1, 1)
    assert (other.changed, other.delivered, other.failed) == (0, 0, 0)


def test_a_forgotten_connection_takes_its_hints_along(world: World, tmp_path: Path) -> None:
    world.connect("Outlet", tmp_path / "outlet.sqlite")
    with world.hub.database.write() as tx:
        hints.note(tx, world.ids["Outlet"], "order", "7", world.time.now)
        hints.note(tx, world.ids["Shop"], "order", "8", world.time.now)
        connections.remove(tx, world.ids["Outlet"])
    with world.hub.database.read() as tx:
        assert [row.name for row in connections.everyone(tx)] == ["ERP", "Shop"]
        assert hints.kinds_waiting(tx) == [(world.ids["Shop"], "order")]
