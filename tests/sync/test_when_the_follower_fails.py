"""Outages, lost answers, refusals and bugs: nothing is lost, nothing is doubled, nothing else stops."""

from __future__ import annotations

import pytest

from support.world import World, mug, price, shirt
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections


def paused(world: World, name: str = "Shop") -> str | None:
    with world.hub.database.read() as tx:
        row = connections.by_name(tx, name)
    assert row is not None
    return row.pause_sentence if row.is_paused(world.time.now) else None


@pytest.mark.parametrize("trouble", [Trouble.LOST_ANSWER, Trouble.LOST_REQUEST, Trouble.HALF_DONE, Trouble.DOWN])
@pytest.mark.parametrize("unique", [True, False], ids=["shop refuses doubles", "shop accepts doubles"])
def test_after_a_lost_answer_the_shop_is_asked_before_anything_is_sent_again(
    world: World, trouble: Trouble, unique: bool
) -> None:
    world.connect("Shop 2", world.shop.database.path, unique=unique)
    world.flow(Kind.PRODUCT, "ERP", "Shop 2")
    world.erp.put(*[mug(number) for number in range(10)])
    world.shop.fault(Fault(trouble=trouble))
    world.settle()
    for _ in range(6):
        world.later(minutes=2)
    assert len(world.shop.things(Kind.PRODUCT)) == 10
    assert world.shop.doubles(Kind.PRODUCT) == {}
    assert {row.state for row in world.owed()} == {"done"}


def test_a_follower_that_is_down_is_left_alone_and_served_when_it_is_back(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(5)])
    world.shop.fault(Fault(trouble=Trouble.DOWN, op=None, times=None))
    world.settle()
    assert paused(world) == "The test system is down for maintenance."
    for _ in range(30):
        world.later(minutes=10)
    assert {row.state for row in world.owed()} == {"due"}, "an outage puts nothing into quarantine"
    assert world.quarantined() == []
    world.shop.lift()
    world.later(hours=1)
    assert {row.state for row in world.owed()} == {"done"}
    assert paused(world) is None


def test_an_outage_of_one_follower_does_not_delay_the_other(world: World, tmp_path) -> None:
    from trueup.connectors.memory.system import MemorySystem

    world.connect("Shop 2", tmp_path / "shop2.sqlite")
    other = MemorySystem(tmp_path / "shop2.sqlite", world.time)
    world.flow(Kind.PRODUCT, "ERP", "Shop", "Shop 2")
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=Trouble.DOWN, op=None, times=None))
    world.settle()
    assert len(other.things(Kind.PRODUCT)) == 1
    assert world.shop.things(Kind.PRODUCT) == []


def test_a_request_for_fewer_requests_is_honoured_to_the_second(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=Trouble.THROTTLED, seconds=120))
    world.settle()
    calls = world.shop.calls("push")
    world.later(seconds=119)
    assert world.shop.calls("push") == calls
    world.later(seconds=2)
    assert world.shop.calls("push") == calls + 1


@pytest.mark.parametrize("trouble", [Trouble.LOCKED_OUT, Trouble.HTML])
def test_a_wrong_key_pauses_the_connection_and_says_so(world: World, trouble: Trouble) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=trouble, times=1))
    world.settle()
    assert paused(world) is not None
    assert world.quarantined() == []
    world.later(minutes=16)
    assert {row.state for row in world.owed()} == {"done"}


def test_the_one_record_that_breaks_every_batch_is_found_by_halving(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(16)])
    world.shop.fault(Fault(trouble=Trouble.LOST_OUTCOME, label="MUG-5", times=None))
    for _ in range(60):
        world.later(minutes=20)
    states = {row.label: row.state for row in world.owed()}
    assert states.pop("MUG-5") == "quarantined"
    assert set(states.values()) == {"done"}


def test_a_bug_of_a_connector_is_reported_and_stops_nobody(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=Trouble.BUG, times=1))
    world.settle()
    [row] = world.owed()
    assert row.state == "due"
    assert "This is a fault of trueup" in row.sentence
    world.later(minutes=2)
    assert world.owed()[0].state == "done"


def test_a_leader_that_is_down_is_read_again_from_where_it_stopped(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug(1))
    world.erp.fault(Fault(trouble=Trouble.DOWN, op="changes"))
    world.settle()
    assert world.flow_row(flow.name).cursor_at is None
    world.later(minutes=1)
    assert len(world.shop.things(Kind.PRODUCT)) == 1


def test_a_thing_that_was_deleted_there_waits_for_a_person(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.flow(Kind.PRICE)
    world.erp.put(mug(), price())
    world.settle()
    world.shop.remove(Kind.PRODUCT, world.shop.things(Kind.PRODUCT)[0].id)
    world.erp.put(price(regular="9.90"))
    world.later()
    [entry] = world.quarantined()
    assert "no longer exists" in entry.sentence


def test_a_record_that_changes_while_it_travels_is_sent_again(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER))
    world.settle()
    world.time.passes(minutes=16)
    world.erp.put(mug(description="newer"))
    world.runs(f"collect:{flow.id}")
    world.settle()
    [record] = world.shop.records(Kind.PRODUCT)
    assert record.description == "newer"


def test_variants_of_a_parent_with_a_lost_answer_arrive_after_it(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*shirt("S", "M"))
    world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER))
    world.settle()
    world.later(minutes=5)
    world.later(minutes=5)
    assert len(world.shop.things(Kind.PRODUCT)) == 3
    assert {row.state for row in world.owed()} == {"done"}
