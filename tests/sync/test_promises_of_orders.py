"""Promises 6, 7, 9 and 11 along the way of an order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from support.hubs import Desk, with_systems
from support.world import World, customer, mug, order
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.memory.connector import MemoryConnector
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.settings import Settings
from trueup.domain.customer import Address
from trueup.domain.order import Order, Receipt
from trueup.domain.record import Kind
from trueup.store import lanes, links

LINE = ("88", "MUG-1")


def place(world: World, bought: Order) -> None:
    world.shop.put(bought, companions=[customer()], at=world.time.now)


def ordering(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")


def test_promise_6_the_number_is_written_to_the_shop_only_after_it_is_durable_here(world: World) -> None:
    ordering(world)
    place(world, order(1, LINE))
    known: list[str | None] = []

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        with world.hub.database.read() as tx:
            link = links.remotes(tx, world.ids["ERP"], world.ids["Shop"], "order", ["1"])["1"]
        known.append(link.document)
        [parcel] = parcels
        receipt = parcel.facet(Receipt)
        assert receipt is not None
        assert (parcel.remote, receipt.document_number) == ("1", link.document)
        return [Done(remote="1")]

    erp = MemoryConnector(Settings(path=world.erp.database.path), world.erp)
    leader = MemoryConnector(Settings(path=world.shop.database.path), world.shop)
    desk = Desk(answer)
    desk.changes, desk.fetch = leader.changes, leader.fetch  # type: ignore[attr-defined]  # it leads orders too
    with_systems(world, Shop=desk, ERP=erp)
    world.settle()
    assert known == ["SO-00002"]


def test_promise_6_a_worker_that_lost_its_lane_owes_no_number(world: World) -> None:
    """The document is made, but not durable here: nothing may be told to the shop yet."""
    ordering(world)
    place(world, order(1, LINE))
    lane = f"deliver:{world.ids['ERP']}:orders"
    real = MemoryConnector(Settings(path=world.erp.database.path), world.erp)

    class Overtaken(Desk):
        def find(self, kind: Kind, keys: Sequence[str]) -> Any:
            return real.find(kind, keys)

    def overtaken() -> bool:
        with world.hub.database.write() as tx:
            return lanes.take(tx, lane, owner="another", now=world.time.now) is not None

    def answer(parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        outcomes = real.push(parcels)
        while not overtaken():  # its own bookkeeping beside this push may renew the lease once more
            world.time.passes(minutes=2)
        return outcomes

    world.runs(world.work()[0])
    with_systems(world, ERP=Overtaken(answer))
    world.runs(lane)
    assert len(world.erp.writes()) == 1
    assert [row for row in world.owed() if row.kind == "receipt"] == []


def test_promise_6_the_number_is_written_once_however_often_it_fails(world: World) -> None:
    ordering(world)
    place(world, order(1, LINE))
    world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER, times=2), Fault(trouble=Trouble.DOWN, skip=2, times=2))
    for _ in range(8):
        world.later()
    assert [record.document_number for record in world.shop.records(Kind.RECEIPT)] == ["SO-00002"]
    assert len(world.erp.writes(Kind.ORDER)) == 1


def test_promise_6_nothing_but_the_number_is_written_to_an_order(world: World) -> None:
    ordering(world)
    bought = order(1, LINE, status="on-hold")
    place(world, bought)
    for _ in range(3):
        world.later()
    assert world.shop.record(Kind.ORDER, "1") == bought, "the status above all: writing one mails the customer"
    assert {write.kind for write in world.shop.writes()} == {Kind.ORDER}
    assert len(world.shop.writes()) == 1


def wrong(**changes: Any) -> Order:
    return order(1, LINE, ("89", "MUG-1")).model_copy(update=changes)


GOOD = order(1, LINE, ("89", "MUG-1"))
RATE = GOOD.rates[0]


@pytest.mark.parametrize(
    ("bought", "sentence"),
    [
        (wrong(total=GOOD.total + Decimal("0.01")), "it does not add up"),
        (wrong(total=GOOD.total - Decimal("0.01")), "it does not add up"),
        (wrong(total_tax=GOOD.total_tax + Decimal("0.01")), "its tax does not add up"),
        (wrong(rates=(RATE.model_copy(update={"tax": Decimal("3.79")}),)), "the tax VAT does not add up"),
        (wrong(rates=()), "missing in the order's own list of taxes"),
        (wrong(positions=GOOD.positions[:1]), "it does not add up"),
        (wrong(total=-GOOD.total), "total is negative"),
    ],
)
def test_promise_7_an_order_that_does_not_add_up_to_the_cent_goes_nowhere(
    one_world: World, bought: Order, sentence: str
) -> None:
    ordering(one_world)
    place(one_world, bought)
    place(one_world, order(2, LINE))
    one_world.settle()
    [entry] = one_world.quarantined()
    assert entry.label == "1001"
    assert sentence in entry.sentence
    assert [thing.reference for thing in one_world.erp.things(Kind.ORDER)] == ["WC-ORDER-2"], "the other one passes"


def test_promise_7_an_order_that_was_corrected_passes(one_world: World) -> None:
    ordering(one_world)
    place(one_world, wrong(total=GOOD.total + 1))
    one_world.settle()
    place(one_world, GOOD)
    one_world.later()
    assert one_world.quarantined() == []
    assert len(one_world.erp.things(Kind.ORDER)) == 1


def test_promise_9_a_date_that_moves_without_content_goes_no_further(world: World) -> None:
    """Every write of ours moves the date of what it touched, so that the leader reports it as changed."""
    ordering(world)
    world.flow(Kind.PRODUCT)
    place(world, order(1, LINE))
    world.settle()
    world.erp.forget_counts()
    world.shop.forget_counts()
    for _ in range(4):
        world.time.passes(minutes=16)
        place(world, order(1, LINE, status="completed"))
        world.erp.put(mug())
        world.settle()
    assert world.erp.writes() == []
    assert world.shop.writes() == []
    assert world.erp.calls("push") == world.shop.calls("push") == 0


def test_promise_9_what_we_wrote_comes_back_from_a_follower_that_leads_others_and_stops_there(world: World) -> None:
    """Prices go from the ERP to the shop, and from there to a second shop; nothing goes round."""
    world.connect("Second shop", world.shop.database.path.with_name("second.sqlite"))
    world.flow(Kind.PRODUCT)
    world.flow(Kind.PRODUCT, "Shop", "Second shop")
    world.erp.put(mug())
    for _ in range(3):
        world.later()
    assert len(world.shop.writes()) == 1
    before = len(world.owed())
    for _ in range(3):
        world.later()
    assert (len(world.shop.writes()), len(world.owed())) == (1, before)


def test_promise_11_no_log_line_carries_personal_data(one_world: World) -> None:
    ordering(one_world)
    person = customer().model_copy(
        update={"name": "Ottilia Qvist", "email": "ottilia@example.com", "billing": Address(street="Storgatan 1")}
    )
    one_world.erp.fault(
        Fault(trouble=Trouble.REFUSED, kind=Kind.CUSTOMER, label="Ottilia Qvist"),
        Fault(trouble=Trouble.BUG, kind=Kind.CUSTOMER),
        Fault(trouble=Trouble.DOWN, kind=Kind.CUSTOMER, skip=1),
    )
    one_world.shop.put(order(1, LINE), companions=[person])
    one_world.shop.fault(Fault(trouble=Trouble.BUG, op="changes"))
    with capture_logs() as lines:
        for _ in range(6):
            one_world.later()
    said = repr(lines)
    assert len(lines) > 5
    assert not [word for word in ("Ottilia", "Qvist", "example.com", "Storgatan") if word in said]
