"""Which work there is, in which order, and who gets his turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from support.hubs import EVERYTHING, Desk, Script, with_systems
from support.world import START, World, customer, mug, order, price, shirt, stock
from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind
from trueup.store import connections, flows, lanes, transfers
from trueup.sync.jobs import do_work, find_work


def done(parcels: Sequence[Parcel]) -> list[Outcome]:
    return [Done(remote=parcel.remote or f"shop {parcel.ref.id}", created=parcel.remote is None) for parcel in parcels]


def everything_read(world: World) -> None:
    for name in [name for name in world.work() if name.startswith("collect")]:
        world.runs(name)


def pause_of(world: World, name: str) -> str | None:
    with world.hub.database.read() as tx:
        row = connections.by_name(tx, name)
    assert row is not None
    return row.pause_sentence


def test_deliveries_come_before_reading(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug())
    everything_read(one_world)
    one_world.time.passes(minutes=16)
    assert one_world.work() == [f"deliver:{one_world.ids['Shop']}:catalogue", f"collect:{flow.id}"]


def test_a_first_load_waits_until_all_of_it_was_read(one_world: World) -> None:
    names = [f"collect:{one_world.flow(kind).id}" for kind in (Kind.PRODUCT, Kind.PRICE)]
    one_world.erp.put(mug(), price())
    assert one_world.work() == names
    one_world.runs(names[0])
    assert one_world.work() == names[1:], "nothing is sent in pieces"
    one_world.runs(names[1])
    assert one_world.work() == [f"deliver:{one_world.ids['Shop']}:catalogue"]


def test_a_first_load_of_one_shop_does_not_hold_up_another(one_world: World, tmp_path: Path) -> None:
    one_world.connect("Second shop", tmp_path / "second.sqlite")
    first = one_world.flow(Kind.PRODUCT, "ERP", "Second shop")
    one_world.erp.put(mug())
    one_world.runs(f"collect:{first.id}")
    second = one_world.flow(Kind.PRODUCT)
    assert one_world.work() == [f"deliver:{one_world.ids['Second shop']}:catalogue", f"collect:{second.id}"]


def test_a_leader_that_is_down_at_a_first_load_holds_up_nobody_for_ever(one_world: World, tmp_path: Path) -> None:
    one_world.connect("POS", tmp_path / "pos.sqlite")
    MemorySystem(tmp_path / "pos.sqlite").fault(Fault(trouble=Trouble.DOWN, op="changes", times=None))
    one_world.flow(Kind.PRODUCT)
    one_world.flow(Kind.STOCK, "POS", "Shop")
    one_world.erp.put(mug())
    one_world.settle()
    assert len(one_world.shop.things(Kind.PRODUCT)) == 1


def test_what_somebody_works_on_is_not_offered(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)
    with one_world.hub.database.write() as tx:
        lanes.take(tx, f"collect:{flow.id}", owner="another", now=START)
    assert one_world.work() == []


def test_parents_and_customers_go_before_what_needs_them(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    parent, *variants = shirt("S", "M")
    one_world.erp.put(*variants, mug(), parent)
    everything_read(one_world)
    desk = Desk(done, capabilities=replace(EVERYTHING, batch=1, flights=1))
    with_systems(one_world, Shop=desk, ERP=Script())
    one_world.settle()
    order_of_skus = [parcel.reference for [parcel] in desk.pushed]
    assert sorted(order_of_skus[:2]) == ["MUG-1", "SHIRT"]
    assert sorted(order_of_skus[2:]) == ["SHIRT-M", "SHIRT-S"]


def test_a_lane_that_has_had_its_turn_makes_way_for_the_others(one_world: World, tmp_path: Path) -> None:
    """Each turn is one look at the clock long here: both shops are served in turns until all is done."""
    one_world.connect("Second shop", tmp_path / "second.sqlite")
    one_world.flow(Kind.PRODUCT, "ERP", "Shop", "Second shop")
    one_world.erp.put(*[mug(number) for number in range(60)])
    everything_read(one_world)
    served: list[str] = []

    def serving(name: str) -> Desk:
        def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
            served.append(name)
            return done(parcels)

        return Desk(answer, capabilities=replace(EVERYTHING, batch=10, flights=1))

    hub = with_systems(one_world, **{"Shop": serving("one"), "Second shop": serving("two")})
    short = replace(hub, turn=timedelta(milliseconds=3))
    for _ in range(500):
        for name in find_work(short):
            do_work(short, name)
        if not find_work(short):
            break
    assert sorted(set(served)) == ["one", "two"]
    assert served != sorted(served), "neither had to wait for all of the other"
    assert {row.state for row in one_world.owed()} == {"done"}


def test_a_flow_that_is_switched_off_during_a_run_ends_its_run(one_world: World) -> None:
    flow = one_world.flow(Kind.PRODUCT)

    def off() -> None:
        with one_world.hub.database.write() as tx:
            flows.change(tx, flow.id, active=False)

    with_systems(one_world, ERP=Script([off]))
    do_work(one_world.hub, f"collect:{flow.id}")
    with one_world.hub.database.read() as tx:
        assert [run.state for run in flows.runs(tx)] == ["done"]
    assert one_world.work() == []


@pytest.mark.parametrize("name", ["collect:999", "deliver:999:catalogue"])
def test_a_job_about_something_that_is_gone_does_nothing(one_world: World, name: str) -> None:
    do_work(one_world.hub, name)
    with one_world.hub.database.read() as tx:
        assert lanes.held(tx, START) == set()


def test_a_bug_in_settling_pauses_the_follower_and_says_so(one_world: World) -> None:
    """A connector that breaks its contract (one id for two things) must not make a hot circle."""
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug(1), mug(2))
    everything_read(one_world)
    desk = Desk(lambda parcels: [Done(remote="77", created=True) for _ in parcels])
    with_systems(one_world, Shop=desk, ERP=Script())
    one_world.settle()
    assert str(pause_of(one_world, "Shop")).startswith("trueup itself failed: IntegrityError")
    assert "MUG" not in str(pause_of(one_world, "Shop"))
    assert len(desk.pushed) == 1
    assert {row.state for row in one_world.owed()} == {"due"}


def test_a_refused_product_is_tried_facet_by_facet(one_world: World) -> None:
    """The shop refuses the product's text; its new price and stock get through all the same."""
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        one_world.flow(kind)
    one_world.erp.put(mug(), price(), stock())
    one_world.settle()

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        bad = Rejected("MUG-1: the description is too long.", field="description", status=400)
        return [bad if any(f.kind is Kind.PRODUCT for f in p.facets) else Done(remote=str(p.remote)) for p in parcels]

    one_world.erp.put(mug(description="x" * 100_000), price(regular="9"), stock(quantity=3))
    one_world.time.passes(minutes=16)
    everything_read(one_world)
    desk = Desk(answer)
    with_systems(one_world, Shop=desk, ERP=Script())
    one_world.settle()
    assert {row.kind: row.state for row in one_world.owed()} == {
        "product": "quarantined",
        "price": "done",
        "stock": "done",
    }
    [entry] = one_world.quarantined()
    assert (entry.kind, entry.field) == ("product", "description")


def test_a_new_product_that_is_refused_keeps_its_price_waiting_for_it(one_world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE):
        one_world.flow(kind)
    one_world.erp.put(mug(), price())
    everything_read(one_world)
    one_world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-1", times=2))
    one_world.settle()
    assert {row.kind: (row.state, row.waits_for) for row in one_world.owed()} == {
        "product": ("quarantined", None),
        "price": ("waiting", "product:A1"),
    }
    one_world.erp.put(mug(description="mended"))
    one_world.later()
    assert {row.state for row in one_world.owed()} == {"done"}
    assert one_world.shop.records(Kind.PRICE)[0].regular == Decimal("12.5")


def test_an_order_waits_for_its_customer_without_being_a_failure(one_world: World) -> None:
    one_world.erp.put(mug())
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    one_world.erp.fault(Fault(trouble=Trouble.BUSY, kind=Kind.CUSTOMER, label="Ada", times=3))
    one_world.settle()
    assert {row.kind: row.state for row in one_world.owed()} == {"customer": "due", "order": "waiting"}
    for _ in range(5):
        one_world.later()
    assert len(one_world.erp.things(Kind.ORDER)) == 1


def test_every_try_is_logged_with_what_both_sides_can_find_it_by(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug())
    everything_read(one_world)
    answers: list[Outcome] = [
        TryLater("Busy.", status=409, request_id="theirs"),
        Done(remote="77", created=True, status=201, request_id="theirs too"),
    ]
    with_systems(one_world, Shop=Desk(lambda parcels: [answers.pop(0)]), ERP=Script())
    one_world.settle()
    one_world.later(minutes=1)
    with one_world.hub.database.read() as tx:
        good, bad = transfers.latest(tx)
    assert (bad.outcome, bad.status, bad.sentence, bad.request_id) == ("try later", 409, "Busy.", "theirs")
    assert (good.outcome, good.target, good.sentence, good.request_id) == ("created", "77", None, "theirs too")
    assert good.payload_hash == bad.payload_hash == mug().fingerprint()


def test_a_follower_that_says_nothing_of_ids_gets_one_of_ours(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug(1), mug(2))
    one_world.settle()
    with one_world.hub.database.read() as tx:
        ids = {row.request_id for row in transfers.latest(tx)}
    assert [len(one) for one in ids] == [32], "one call, one id"
