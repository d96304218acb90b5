"""Promise 2 and 3: which thing in the follower a record is. By link, then by asking, never by guessing; intents stand
before creates; two records never become one thing, and one record never two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from support.hubs import EVERYTHING, Desk, Script, with_systems
from support.world import World, customer, mug, order, price, shirt, stock
from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind, Ref
from trueup.store import connections, deliveries, links
from trueup.store.links import LinkRow
from trueup.sync.identity import pack


def collected(world: World, *kinds: Kind) -> None:
    for kind in kinds:
        world.flow(kind)
    for name in [name for name in world.work() if name.startswith("collect")]:
        world.runs(name)


def link(world: World, ref: str, thing: str = "product") -> LinkRow | None:
    with world.hub.database.read() as tx:
        return links.remotes(tx, world.ids["Shop"], world.ids["ERP"], thing, [ref]).get(ref)


def intents(world: World, follower: str = "Shop") -> list[tuple[str, str, int]]:
    with world.hub.database.read() as tx:
        return links.open_intents(tx, world.ids[follower])


def pause_sentence(world: World, name: str) -> str | None:
    with world.hub.database.read() as tx:
        row = connections.by_name(tx, name)
    assert row is not None
    return row.pause_sentence


def made(parcels: Sequence[Parcel]) -> list[Outcome]:
    return [Done(remote=f"made {parcel.ref.id}", created=True) for parcel in parcels]


def test_promise_2_the_intent_is_written_down_before_the_follower_is_asked_or_told(world: World) -> None:
    world.erp.put(mug())
    collected(world, Kind.PRODUCT)
    seen: list[list[tuple[str, str, int]]] = []

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        seen.append(intents(world))
        return made(parcels)

    with_systems(world, Shop=Desk(answer), ERP=Script())
    world.settle()
    assert seen == [[("product", "A1", 1)]]
    assert intents(world) == [], "what is linked is intended no more"


def test_promise_2_an_unknown_outcome_leaves_the_intent_open_and_asks_before_it_sends_again(world: World) -> None:
    world.erp.put(mug())
    collected(world, Kind.PRODUCT)
    answers: list[Exception | None] = [TryLater("Timed out.", unknown_outcome=True), None]
    order_of_calls: list[str] = []

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        order_of_calls.append("push")
        error = answers.pop(0)
        if error:
            raise error
        return made(parcels)

    class Asking(Desk):
        def find(self, kind: Kind, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
            order_of_calls.append("find")
            return {}

    with_systems(world, Shop=Asking(answer), ERP=Script())
    world.settle()
    assert intents(world) == [("product", "A1", 1)]
    world.later(minutes=2)
    assert order_of_calls == ["find", "push", "find", "push"]
    assert intents(world) == []


def test_promise_2_after_a_lost_answer_a_create_waits_until_the_follower_must_be_through(one_world: World) -> None:
    """A shop that works on for 10 minutes after a time-out is not asked, and not told again, before that."""
    one_world.connect("Slow shop", one_world.shop.database.path, settle_seconds=600)
    one_world.flow(Kind.PRODUCT, "ERP", "Slow shop")
    one_world.erp.put(mug())
    one_world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER))
    one_world.settle()
    asked = one_world.shop.calls("find")
    one_world.later(seconds=599)
    assert one_world.shop.calls("find") == asked
    one_world.later(seconds=2)
    assert one_world.shop.calls("find") == asked + 1
    assert [write.created for write in one_world.shop.writes()] == [True, False]


def test_promise_2_what_a_dead_worker_may_have_begun_is_asked_about_when_the_follower_must_be_through(
    world: World,
) -> None:
    """The follower may work on for two minutes, longer than the dead one's lease. Asked too soon, it would say no."""

    class Power(BaseException):
        """It went, in the middle of a push."""

    world.erp.put(mug())
    collected(world, Kind.PRODUCT)
    slow = replace(EVERYTHING, settle=timedelta(seconds=120))

    def dies(parcels: Sequence[Parcel]) -> list[Outcome]:
        raise Power

    with_systems(world, Shop=Desk(dies, capabilities=slow), ERP=Script())
    with pytest.raises(Power):
        world.settle()
    desk = Desk(made, known={"MUG-1": ("77",)}, capabilities=slow)
    with_systems(world, Shop=desk, ERP=Script())
    assert world.settle() == 1
    world.later(seconds=119)
    assert (desk.asked, desk.pushed) == ([], [])
    assert [(row.state, row.attempts) for row in world.owed()] == [("due", 0)]
    world.later(seconds=1)
    assert [[parcel.remote for parcel in parcels] for parcels in desk.pushed] == [["77"]]


def test_what_was_made_ready_and_never_sent_does_not_wait_for_an_answer(one_world: World) -> None:
    """The first batch is turned away; the second was ready behind it. Both go as soon as the pause is over."""
    one_world.erp.put(*[mug(number) for number in range(40)])
    collected(one_world, Kind.PRODUCT)
    answers: list[Exception] = [TryLater("Down.", status=503)]

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        if answers:
            raise answers.pop()
        return made(parcels)

    one_flight = replace(EVERYTHING, flights=1, settle=timedelta(hours=1))
    with_systems(one_world, Shop=Desk(answer, capabilities=one_flight), ERP=Script())
    one_world.settle()
    assert {row.state for row in one_world.owed()} == {"due"}
    one_world.later(seconds=4)
    assert {row.state for row in one_world.owed()} == {"done"}


def test_promise_2_a_refused_create_is_asked_about_once_more_and_adopted_if_it_is_there(world: World) -> None:
    """Somebody made the article between our question and our create: the shop refuses ours, and we take that one."""
    world.erp.put(mug())
    collected(world, Kind.PRODUCT)

    def answer(parcels: Sequence[Parcel]) -> list[Outcome]:
        if parcels[0].remote is None:
            desk.known["MUG-1"] = ("77",)
            return [Rejected("The SKU is taken.", field="sku", status=400)]
        return [Done(remote=str(parcels[0].remote))]

    desk = Desk(answer)
    with_systems(world, Shop=desk, ERP=Script())
    world.settle()
    assert [parcel.remote for [parcel] in desk.pushed] == [None, "77"]
    found = link(world, "A1")
    assert found is not None
    assert (found.remote, found.how) == ("77", "adopted")


def test_promise_2_a_create_that_is_refused_for_good_is_intended_no_more(world: World) -> None:
    world.erp.put(mug())
    collected(world, Kind.PRODUCT)
    world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-1"))
    world.settle()
    assert intents(world) == []
    assert [row.state for row in world.owed()] == ["quarantined"]


def test_promise_2_a_linked_record_is_updated_without_being_asked_about(one_world: World) -> None:
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug())
    one_world.settle()
    asked = one_world.shop.calls("find")
    one_world.erp.put(mug(description="new"))
    one_world.later()
    assert one_world.shop.calls("find") == asked
    assert [(write.created, write.changed) for write in one_world.shop.writes()] == [(True, True), (False, True)]


def test_promise_3_a_push_that_is_repeated_changes_nothing(one_world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        one_world.flow(kind)
    one_world.erp.put(mug(), price(), stock())
    one_world.settle()
    before = [one_world.shop.records(kind) for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK)]
    with one_world.hub.database.write() as tx:
        for row in one_world.owed():
            deliveries.reopen(tx, row.flow_id, row.follower_id, row.kind, row.ref, one_world.time.now)
    one_world.settle()
    assert [write.changed for write in one_world.shop.writes()] == [True, False]
    assert [one_world.shop.records(kind) for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK)] == before


@pytest.mark.parametrize("batch", [100, 1], ids=["in one batch", "in two pushes at a time"])
def test_two_new_articles_with_one_sku_make_one_product_and_one_clear_sentence(world: World, batch: int) -> None:
    """Neither may overwrite the other, whether they travel in one batch or in two that are out at the same time."""
    world.connect("Narrow shop", world.shop.database.path, batch=batch)
    world.flow(Kind.PRODUCT, "ERP", "Narrow shop")
    world.erp.put(mug(1), mug(2).model_copy(update={"sku": "mug-1"}), mug(3))
    world.settle()
    [entry] = world.quarantined()
    assert re.fullmatch(
        r"Product mug-1: mug-1 is product-\d+ in the other system, which already belongs to A1. "
        r"Give one of the two another key, then retry.",
        entry.sentence,
    )
    assert sorted(row.state for row in world.owed()) == ["done", "done", "quarantined"]
    assert [record.name for record in world.shop.records(Kind.PRODUCT)] == ["Mug 1", "Mug 3"]
    assert pause_sentence(world, "Narrow shop") is None


def test_an_article_that_was_made_anew_in_the_shop_still_reaches_the_same_article_of_the_back_office(
    world: World,
) -> None:
    """The shop keeper deleted product 88 and made it again as 99, with the same SKU. Both were ordered."""
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    world.shop.put(order(2, ("99", "MUG-1")), companions=[customer()])
    world.later()
    assert pause_sentence(world, "ERP") is None
    arrived = world.erp.records(Kind.ORDER)
    assert [record.positions[0].product.id for record in arrived] == ["A1", "A1"]


def test_two_variants_without_a_sku_of_their_own_are_one_article_of_the_back_office(world: World) -> None:
    """The shop gives a variant its parent's SKU if it has none; the back office has one article of that SKU."""
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88/91", "MUG-1"), ("88/92", "MUG-1")), companions=[customer()])
    world.settle()
    [arrived] = world.erp.records(Kind.ORDER)
    assert [position.product.id for position in arrived.positions] == ["A1", "A1"]
    assert pause_sentence(world, "ERP") is None


def test_an_order_with_an_article_that_is_there_twice_is_a_question_for_a_person(one_world: World) -> None:
    one_world.erp.put(mug(1), mug(2).model_copy(update={"sku": "MUG-1"}))
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    one_world.settle()
    [entry] = one_world.quarantined()
    assert "article MUG-1 is there 2 times" in entry.sentence


def test_an_order_line_without_a_sku_says_so(one_world: World) -> None:
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.shop.put(order(1, ("88", "")), companions=[customer()])
    one_world.settle()
    [entry] = one_world.quarantined()
    assert "product 88 (it has no SKU) is not known" in entry.sentence


def test_what_the_follower_leads_is_found_by_its_link_the_other_way_round(one_world: World) -> None:
    """The article was brought to the shop under another SKU since; the order still names the right one."""
    one_world.flow(Kind.PRODUCT)
    one_world.erp.put(mug())
    one_world.settle()
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    [thing] = one_world.shop.things(Kind.PRODUCT)
    one_world.shop.put(order(1, (thing.id, "RENAMED")), companions=[customer()])
    one_world.later()
    [arrived] = one_world.erp.records(Kind.ORDER)
    assert arrived.positions[0].product.id == "A1"
    assert one_world.erp.calls("find", Kind.PRODUCT) == 0


def test_parcels_are_packed_by_thing_with_everything_that_is_due_about_it(world: World) -> None:
    world.erp.put(mug(1), mug(2), price(1), price(2), stock(1))
    collected(world, Kind.PRODUCT, Kind.PRICE, Kind.STOCK)
    with world.hub.database.read() as tx:
        rows = deliveries.due(tx, world.ids["Shop"], "catalogue", now=world.time.now, limit=10)
        packed = pack(tx, rows, 10)
    facets = {one.parcel.ref.id: [facet.kind.value for facet in one.parcel.facets] for one in packed}
    assert facets == {"A1": ["product", "price", "stock"], "A2": ["product", "price"]}
    assert all(one.creates for one in packed)
    assert [one.parcel.reference for one in packed] == ["MUG-1", "MUG-2"]


def test_an_order_that_changed_tells_the_articles_of_its_earlier_version_too(world: World) -> None:
    """The follower compares what it has with what was transferred, an article that is no longer ordered included."""
    world.erp.put(mug(1), mug(2))
    flow = world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    world.shop.put(order(1, ("89", "MUG-2")), companions=[customer()])
    world.time.passes(minutes=16)
    world.runs(f"collect:{flow.id}")
    with world.hub.database.read() as tx:
        rows = deliveries.due(tx, world.ids["ERP"], "orders", now=world.time.now, limit=10)
        [packed] = pack(tx, [row for row in rows if row.kind == Kind.ORDER], 10)
    gone, new = Ref(kind=Kind.PRODUCT, id="88"), Ref(kind=Kind.PRODUCT, id="89")
    assert packed.parcel.before is not None
    assert packed.parcel.before.refs() == (Ref(kind=Kind.CUSTOMER, id="1"), gone)
    assert packed.parcel.links[gone] == "A1"
    assert packed.missing == {new}, "only what is ordered now has to be known"


def test_what_failed_before_travels_in_smaller_company(one_world: World) -> None:
    one_world.erp.put(*[mug(number) for number in range(8)])
    collected(one_world, Kind.PRODUCT)
    with one_world.hub.database.write() as tx:
        tx.execute(deliveries.t.update().where(deliveries.t.c.ref == "A2").values(attempts=2))
        rows = deliveries.due(tx, one_world.ids["Shop"], "catalogue", now=one_world.time.now, limit=8)
        sizes = [len(pack(tx, rows[start:], 8)) for start in range(4)]
    assert sizes == [2, 2, 2, 5], "A2 is the third: at most a quarter of eight with it"


def test_a_variant_knows_its_missing_parent_and_that_it_is_coming(one_world: World) -> None:
    one_world.erp.put(*shirt("S"))
    collected(one_world, Kind.PRODUCT)
    with one_world.hub.database.write() as tx:
        tx.execute(deliveries.t.update().where(deliveries.t.c.ref == "SHIRT").values(state=deliveries.QUARANTINED))
        [row] = deliveries.due(tx, one_world.ids["Shop"], "catalogue", now=one_world.time.now, limit=8)
        [packed] = pack(tx, [row], 8)
    parent = Ref(kind=Kind.PRODUCT, id="SHIRT")
    assert packed.missing == {parent}
    assert parent in packed.expected


def test_a_record_newer_than_what_one_flow_has_seen_is_sent_once_not_for_ever(world: World, tmp_path: Path) -> None:
    """Two flows lead the same kind from one system. One has read the new version, the other owes the old one still."""
    world.connect("Second shop", tmp_path / "second.sqlite")
    second = MemorySystem(tmp_path / "second.sqlite", world.time)
    one, two = world.flow(Kind.PRODUCT, "ERP", "Shop"), world.flow(Kind.PRODUCT, "ERP", "Second shop")
    world.erp.put(mug())
    world.runs(f"collect:{one.id}")
    world.runs(f"collect:{two.id}")
    world.time.passes(minutes=16)
    world.erp.put(mug(description="newer"))
    world.runs(f"collect:{one.id}")
    world.runs(f"deliver:{world.ids['Second shop']}:catalogue")
    assert len(second.writes()) == 1
    world.settle()
    [kept] = second.records(Kind.PRODUCT)
    assert kept.description == "newer"
    assert {row.state for row in world.owed()} == {"done"}


def test_what_was_linked_while_the_waiting_one_was_in_flight_does_not_wait_for_ever(one_world: World) -> None:
    """The parent's create lands between the variant's departure and its answer: nobody would wake it any more."""
    one_world.erp.put(*shirt("S"))
    collected(one_world, Kind.PRODUCT)
    with one_world.hub.database.write() as tx:
        row = {"follower_id": one_world.ids["Shop"], "leader_id": one_world.ids["ERP"], "thing": "product"}
        done = {"ref": "SHIRT", "remote": "made SHIRT", "document": None, "how": "created"}
        tx.execute(deliveries.t.update().where(deliveries.t.c.ref == "SHIRT").values(state=deliveries.DONE))

    class Late(Desk):
        def find(self, kind: Kind, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
            with one_world.hub.database.write() as tx:
                links.add(tx, [{**row, **done, "created_at": one_world.time.now}])
            return {}

    desk = Late(made)
    with_systems(one_world, Shop=desk, ERP=Script())
    one_world.settle()
    assert [parcel.links for [parcel] in desk.pushed] == [{Ref(kind=Kind.PRODUCT, id="SHIRT"): "made SHIRT"}]
    assert {row.state for row in one_world.owed()} == {"done"}
