"""What collect does with what it reads: good, bad, the same again, twice on one page, with companions, slowly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from support.hubs import Script, another_hub, page, unreadable, with_systems
from support.world import START, World, customer, mug, new_world, order
from trueup.connectors.kit.errors import Misconfigured
from trueup.connectors.kit.ports import Change, Page
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections, deliveries, flows, lanes, quarantine
from trueup.sync.jobs import do_work

LINE = ("88", "MUG-1")


def states(world: World) -> dict[tuple[str, str], str]:
    return {(row.kind, row.ref): row.state for row in world.owed()}


def test_promise_5_a_record_that_is_mended_to_what_it_was_leaves_the_quarantine(world: World) -> None:
    """The price was text for an hour, then the old one was put back: nothing to send, and no complaint left."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.settle()
    world.erp.spoil(Kind.PRODUCT, "A1")
    world.later()
    assert [entry.ref for entry in world.quarantined()] == ["A1"]
    world.erp.spoil(Kind.PRODUCT, "A1", None)
    world.later()
    assert world.quarantined() == []
    assert len(world.shop.writes()) == 1


def test_promise_5_a_bad_record_keeps_everything_that_was_read_of_it(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug(1).model_copy(update={"name": " "}))
    one_world.settle()
    [entry] = one_world.quarantined()
    assert entry.sentence == "Product MUG-1: the name is missing. Give the article a name."
    assert (entry.field, entry.kind, entry.follower_id) == ("name", "product", quarantine.READING)
    assert '"sku": "MUG-1"' in str(entry.raw)


def test_all_that_is_wrong_with_a_record_is_said_at_once(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug(1).model_copy(update={"name": "", "sku": None}))
    one_world.settle()
    [entry] = one_world.quarantined()
    assert "the SKU is missing" in entry.sentence
    assert "the name is missing" in entry.sentence


def test_the_same_bad_record_read_again_is_no_news(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug(1).model_copy(update={"name": ""}))
    one_world.settle()
    one_world.later()
    one_world.later()
    [entry] = one_world.quarantined()
    assert entry.times == 1


def test_a_bad_version_does_not_stop_the_good_one_that_is_still_owed(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.shop.fault(Fault(trouble=Trouble.DOWN, times=1))
    one_world.erp.put(mug(1))
    one_world.settle()
    one_world.erp.spoil(Kind.PRODUCT, "A1")
    one_world.later()
    assert states(one_world) == {("product", "A1"): "done"}
    assert len(one_world.quarantined()) == 1


@pytest.mark.parametrize("text", ["MUG\0-1", "\0"])
def test_promise_5_a_character_that_no_database_takes_stops_one_record_not_its_page(world: World, text: str) -> None:
    """A file in the wrong encoding is full of them. PostgreSQL refuses NUL, where SQLite keeps it."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1).model_copy(update={"sku": text}), mug(2), mug(3, description="a \0 inside"))
    world.settle()
    [entry] = world.quarantined()
    assert entry.sentence.endswith("its name or number contains a character NUL. Type it anew.")
    assert len(world.shop.things(Kind.PRODUCT)) == 2


def test_promise_5_half_a_character_in_what_could_not_be_read_stops_nobody(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    half = replace(unreadable(mug(1), "the name \ud83d is cut off."), raw={"name": "\ud83d"}, label="\ud83d", id="A\0")
    items = (half, Change(record=mug(2), changed_at=START))
    with_systems(world, ERP=Script([Page(items=items, asked_at=START)]))
    do_work(world.hub, f"collect:{flow.id}")
    [entry] = world.quarantined()
    assert (entry.ref, entry.label, entry.sentence) == ("A", "?", "Product ?: the name ? is cut off.")
    assert [row.ref for row in world.owed()] == ["A2"]


@pytest.mark.parametrize("good_last", [True, False])
def test_the_last_word_on_a_page_counts(one_world: World, good_last: bool) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    good, bad = Change(record=mug(1), changed_at=START), unreadable(mug(1))
    items = (bad, good) if good_last else (good, bad)
    with_systems(one_world, ERP=Script([Page(items=items, asked_at=START)]))
    do_work(one_world.hub, f"collect:{flow.id}")
    assert len(one_world.quarantined()) == (0 if good_last else 1)
    assert len(one_world.owed()) == (1 if good_last else 0)


def test_a_record_that_comes_twice_on_a_page_is_owed_once_as_it_came_last(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    twice = page(mug(1), mug(1, description="newer"), asked_at=START, changed_at=START)
    with_systems(one_world, ERP=Script([twice]))
    do_work(one_world.hub, f"collect:{flow.id}")
    [row] = one_world.owed()
    assert row.wanted_hash == mug(1, description="newer").fingerprint()


def test_companions_are_owed_before_what_needs_them(world: World) -> None:
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, LINE), companions=[customer()])
    world.runs(world.work()[0])
    with world.hub.database.read() as tx:
        rows = deliveries.due(tx, world.ids["ERP"], "orders", now=world.time.now, limit=10)
    assert [(row.kind, row.ref) for row in rows] == [("customer", "1")]


def test_a_customer_who_did_not_change_is_not_sent_again_with_the_next_order(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, LINE), companions=[customer()])
    world.settle()
    world.shop.put(order(2, LINE), companions=[customer()])
    world.later()
    assert len(world.erp.things(Kind.ORDER)) == 2
    assert len(world.erp.writes(Kind.CUSTOMER)) == 1


def test_a_customer_with_a_new_phone_is_sent_with_the_next_order(one_world: World) -> None:
    one_world.erp.put(mug())
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.shop.put(order(1, LINE), companions=[customer()])
    one_world.settle()
    moved = customer().model_copy(update={"phone": "+46 8 123"})
    one_world.shop.put(order(2, LINE), companions=[moved])
    one_world.later()
    [kept] = one_world.erp.records(Kind.CUSTOMER)
    assert kept.phone == "+46 8 123"


def test_an_order_whose_customer_has_no_name_is_set_aside_with_the_customers_sentence(one_world: World) -> None:
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    nameless = customer().model_copy(update={"name": ""})
    one_world.shop.put(order(1, LINE), companions=[nameless])
    one_world.settle()
    [entry] = one_world.quarantined()
    assert entry.sentence.startswith("Order 1001: the customer has neither a name nor a company.")
    assert one_world.owed() == []


def test_a_new_follower_gets_what_was_read_long_ago(world: World, tmp_path: Path) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.settle()
    world.connect("Second shop", tmp_path / "second.sqlite")
    with world.hub.database.write() as tx:
        second = world.ids["Second shop"]
        tx.execute(flows.flow_follower.insert().values(flow_id=flow.id, follower_id=second))
    world.later()
    assert [(row.follower_id, row.state) for row in world.owed()] == [(world.ids["Shop"], "done"), (second, "done")]


def test_a_bug_of_a_leaders_connector_is_written_down_where_people_look(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    one_world.erp.fault(Fault(trouble=Trouble.BUG, op="changes"))
    one_world.settle()
    with one_world.hub.database.read() as tx:
        [run] = flows.runs(tx, flow.id)
    assert run.state == "failed"
    assert "This is a fault of trueup" in str(run.sentence)
    one_world.later(minutes=1)
    assert one_world.flow_row(flow.name).read_at is not None


def test_a_leader_that_is_locked_out_is_left_alone_for_a_quarter_of_an_hour(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    script = Script([Misconfigured("The key is wrong. Enter a new one.")])
    with_systems(one_world, ERP=script)
    do_work(one_world.hub, f"collect:{flow.id}")
    assert one_world.work() == []
    one_world.time.passes(minutes=14, seconds=59)
    assert one_world.work() == []
    one_world.time.passes(seconds=2)
    assert one_world.work() == [f"collect:{flow.id}"]


def test_a_failed_read_leaves_the_flow_due(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    due = one_world.flow_row(flow.name).due_at
    one_world.erp.fault(Fault(trouble=Trouble.DOWN, op="changes"))
    one_world.settle()
    assert one_world.flow_row(flow.name).due_at == due
    with one_world.hub.database.read() as tx:
        leader = connections.by_name(tx, "ERP")
    assert leader is not None
    assert leader.failures == 1


def test_a_leader_that_needs_longer_than_the_lease_keeps_its_lane(database_url: str, tmp_path: Path) -> None:
    """One page takes an hour by the clock; a second process must not begin the same read beside it."""
    with new_world(database_url, tmp_path, lease=timedelta(seconds=0.03)) as world, another_hub(world) as second:
        flow = world.flow(Kind.PRODUCT)
        name = f"collect:{flow.id}"

        def takes_an_hour() -> None:
            for _ in range(4):
                world.time.passes(minutes=15)
                wait_until_renewed(world, name)
                do_work(second, name)

        script = Script([page(mug(1), asked_at=START, changed_at=START), takes_an_hour])
        with_systems(world, ERP=script)
        do_work(world.hub, name)
        with world.hub.database.read() as tx:
            assert [run.state for run in flows.runs(tx)] == ["done"], "nobody else has read"
        assert len(script.asked_since) == 1


def wait_until_renewed(world: World, name: str) -> None:
    for _ in range(10_000):
        with world.hub.database.read() as tx:
            if name in lanes.held(tx, world.time.now):
                return
    raise AssertionError(f"{name} was never renewed")
