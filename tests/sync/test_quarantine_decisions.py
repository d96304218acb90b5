"""What a person decides about quarantine: try it again, or leave it out for a reason; both kinds of entries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from support.world import World, customer, mug, order, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind
from trueup.store import flows, lanes, links, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.sync import decisions
from trueup.sync.connecting import Refused


def refused(world: World, times: int | None = 1) -> QuarantineRow:
    """A product that the shop refuses."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-1", times=times))
    world.settle()
    [entry] = world.quarantined()
    return entry


def unread(world: World) -> QuarantineRow:
    """A product that cannot be read."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug())
    world.erp.spoil(Kind.PRODUCT, "A1")
    world.settle()
    [entry] = world.quarantined()
    return entry


def gone(world: World, *kinds: Kind) -> QuarantineRow:
    """A product that somebody deleted in the shop; the price changed since."""
    for kind in kinds:
        world.flow(kind)
    world.erp.put(mug(), price(), stock())
    world.settle()
    world.shop.remove(Kind.PRODUCT, world.shop.things(Kind.PRODUCT)[0].id)
    world.erp.put(price(regular="9.90"))
    world.later()
    [entry] = world.quarantined()
    return entry


def test_what_was_refused_is_tried_again_at_once(world: World) -> None:
    decisions.retry(world.hub, refused(world), by="Ada")
    world.settle()
    assert len(world.shop.things(Kind.PRODUCT)) == 1
    assert world.quarantined() == []
    [closed] = world.quarantined(quarantine.RESOLVED)
    assert (closed.closed_by, closed.reason) == ("Ada", "tried again")


def test_what_is_refused_again_is_back_with_its_sentence(world: World) -> None:
    decisions.retry(world.hub, refused(world, times=None), by="Ada")
    world.settle()
    [entry] = world.quarantined()
    assert (entry.state, entry.times, entry.closed_by) == ("open", 2, None)


def test_what_could_not_be_read_is_read_again_when_it_is_mended(world: World) -> None:
    entry = unread(world)
    world.erp.spoil(Kind.PRODUCT, "A1", None)
    decisions.retry(world.hub, entry, by="Ada")
    world.settle()
    assert len(world.shop.things(Kind.PRODUCT)) == 1
    assert world.quarantined() == []
    with world.hub.database.read() as tx:
        assert [(run.cause, run.state) for run in flows.runs(tx)][:1] == [("retry", "done")]


def test_reading_again_leaves_the_cursor(one_world: World) -> None:
    entry = unread(one_world)
    before = one_world.flow_row("product ERP Shop").cursor_at
    one_world.time.passes(hours=5)
    one_world.erp.spoil(Kind.PRODUCT, "A1", None)
    decisions.retry(one_world.hub, entry, by="Ada")
    assert one_world.flow_row("product ERP Shop").cursor_at == before


def test_what_is_still_unreadable_stays_as_it_was(one_world: World) -> None:
    entry = unread(one_world)
    decisions.retry(one_world.hub, entry, by="Ada")
    assert one_world.quarantined() == [entry]


def test_what_was_deleted_meanwhile_says_so_instead_of_nothing(one_world: World) -> None:
    entry = unread(one_world)
    one_world.erp.remove(Kind.PRODUCT, "A1")
    with pytest.raises(Refused, match="is no longer there"):
        decisions.retry(one_world.hub, entry, by="Ada")


def test_a_leader_that_cannot_be_read_now_says_so(one_world: World) -> None:
    entry = unread(one_world)
    one_world.erp.fault(Fault(trouble=Trouble.DOWN, op="fetch"))
    with pytest.raises(Refused, match="down for maintenance"):
        decisions.retry(one_world.hub, entry, by="Ada")
    with one_world.hub.database.read() as tx:
        latest = flows.runs(tx, limit=1)[0]
    assert (latest.state, latest.sentence) == ("failed", "The test system is down for maintenance.")


def test_a_bug_while_reading_again_is_a_failed_run_and_leaves_the_lane(one_world: World) -> None:
    entry = unread(one_world)
    one_world.erp.fault(Fault(trouble=Trouble.BUG, op="fetch"))
    with pytest.raises(RuntimeError):
        decisions.retry(one_world.hub, entry, by="Ada")
    with one_world.hub.database.read() as tx:
        assert flows.runs(tx, limit=1)[0].state == "failed"
        assert lanes.held(tx, one_world.time.now) == set()


def test_a_flow_that_is_running_cannot_be_read_again_beside_itself(one_world: World) -> None:
    entry = unread(one_world)
    with one_world.hub.database.write() as tx:
        lanes.take(tx, f"collect:{entry.flow_id}", owner="a run", now=one_world.time.now)
    with pytest.raises(Refused, match="running at the moment"):
        decisions.retry(one_world.hub, entry, by="Ada")


@pytest.mark.parametrize("make", [refused, unread])
def test_skipping_needs_a_reason(one_world: World, make: object) -> None:
    entry = make(one_world)  # type: ignore[operator]  # one of the two above
    with pytest.raises(Refused, match="needs a reason"):
        decisions.skip(one_world.hub, entry, by="Ada", reason="  ")
    assert one_world.quarantined() == [entry]


def test_a_refused_one_stays_skipped_until_its_content_changes(world: World) -> None:
    decisions.skip(world.hub, refused(world), by="Ada", reason=" not for the web ")
    for _ in range(3):
        world.later()
    [row] = world.owed()
    assert row.state == "skipped"
    [entry] = world.quarantined(quarantine.SKIPPED)
    assert (entry.reason, entry.closed_by) == ("not for the web", "Ada")
    world.erp.put(mug(description="for the web now"))
    world.later()
    assert world.owed()[0].state == "done"
    assert world.quarantined(quarantine.SKIPPED) == []


def test_an_unreadable_one_stays_skipped_until_its_content_changes(world: World) -> None:
    decisions.skip(world.hub, unread(world), by="Ada", reason="a test article")
    world.erp.spoil(Kind.PRODUCT, "A1")
    world.later()
    assert world.quarantined() == []
    world.erp.put(mug(description="other"))
    world.erp.spoil(Kind.PRODUCT, "A1")
    world.later()
    assert [entry.state for entry in world.quarantined()] == ["open"]


def test_a_skipped_customer_is_not_sent_again_with_every_order(one_world: World) -> None:
    one_world.erp.put(mug())
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.erp.fault(Fault(trouble=Trouble.REFUSED, label="Ada", times=None))
    one_world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    one_world.settle()
    [entry] = one_world.quarantined()
    decisions.skip(one_world.hub, entry, by="Ada", reason="a test customer")
    one_world.shop.put(order(2, ("88", "MUG-1")), companions=[customer()])
    one_world.later()
    assert {row.label: row.state for row in one_world.owed()} == {
        "Ada": "skipped",
        "1001": "waiting",
        "1002": "waiting",
    }


@pytest.mark.parametrize("state", [quarantine.RESOLVED, quarantine.SKIPPED])
def test_what_is_closed_cannot_be_decided_again(one_world: World, state: str) -> None:
    entry = refused(one_world)
    with one_world.hub.database.write() as tx:
        quarantine.close(tx, entry.id, state=state, by="Ben", reason="done", now=one_world.time.now)
        closed = quarantine.by_id(tx, entry.id)
    assert closed is not None
    with pytest.raises(Refused, match=f"no longer open: it is {state}"):
        decisions.retry(one_world.hub, closed, by="Ada")
    with pytest.raises(Refused, match=f"no longer open: it is {state}"):
        decisions.skip(one_world.hub, closed, by="Ada", reason="why not")


def test_what_was_deleted_in_the_shop_is_created_again_whole_when_a_person_says_so(world: World) -> None:
    """Only the price was noticed to have no product; product and stock have to come back with it."""
    entry = gone(world, Kind.PRODUCT, Kind.PRICE, Kind.STOCK)
    assert entry.kind == "price"
    decisions.retry(world.hub, entry, by="Ada")
    world.settle()
    assert len(world.shop.things(Kind.PRODUCT)) == 1
    assert [len(world.shop.records(kind)) for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK)] == [1, 1, 1]
    assert {row.state for row in world.owed()} == {"done"}


def test_nobody_creates_it_again_while_nobody_says_so(one_world: World) -> None:
    gone(one_world, Kind.PRODUCT, Kind.PRICE)
    for _ in range(3):
        one_world.later()
    assert one_world.shop.things(Kind.PRODUCT) == []


def test_what_is_gone_in_one_shop_keeps_its_link_in_the_other(one_world: World, tmp_path: Path) -> None:
    one_world.connect("Second shop", tmp_path / "second.sqlite")
    second = MemorySystem(tmp_path / "second.sqlite", one_world.time)
    one_world.flow(Kind.PRODUCT, "ERP", "Shop", "Second shop")
    one_world.erp.put(mug())
    one_world.settle()
    one_world.shop.remove(Kind.PRODUCT, one_world.shop.things(Kind.PRODUCT)[0].id)
    second.fault(Fault(trouble=Trouble.REFUSED, label="MUG-1"))
    one_world.erp.put(mug(description="new"))
    one_world.later()
    there = next(entry for entry in one_world.quarantined() if entry.follower_id == one_world.ids["Second shop"])
    decisions.retry(one_world.hub, there, by="Ada")
    with one_world.hub.database.read() as tx:
        kept = links.remotes(tx, one_world.ids["Second shop"], one_world.ids["ERP"], "product", ["A1"])
    assert set(kept) == {"A1"}
    one_world.settle()
    assert second.calls("find") == 1, "only before it was made there"
    assert len(one_world.quarantined()) == 1, "the other shop's entry is a decision of its own"


def test_a_change_of_an_order_that_came_too_late_is_skipped_with_a_reason_and_stays_so(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    world.erp.lock(world.erp.things(Kind.ORDER)[0].id)
    world.shop.put(order(1, ("88", "MUG-1"), note="Ring twice"), companions=[customer()])
    world.later()
    [entry] = world.quarantined()
    assert entry.error == "locked"
    decisions.skip(world.hub, entry, by="Ada", reason="noted in the ERP by hand")
    world.later()
    assert world.quarantined() == []
    assert len(world.erp.writes(Kind.ORDER)) == 1


def test_retrying_gives_all_tries_back(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(*[mug(number) for number in range(3)])
    one_world.shop.fault(Fault(trouble=Trouble.LOST_OUTCOME, label="MUG-1", times=None))
    for _ in range(15):
        one_world.later(minutes=20)
    [entry] = one_world.quarantined()
    decisions.retry(one_world.hub, entry, by="Ada")
    row = next(row for row in one_world.owed() if row.label == "MUG-1")
    assert (row.state, row.attempts, row.failing_since, row.sentence) == ("due", 0, None, None)
    one_world.settle()
    assert one_world.quarantined() == [], "one more failure is not the last"
    assert one_world.time.now - entry.opened_at < timedelta(hours=5)
