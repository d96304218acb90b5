"""Products, prices and stock on their way from the back office to the shop."""

from __future__ import annotations

from decimal import Decimal

from support.world import World, mug, price, shirt, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind


def test_a_new_product_arrives_with_its_price_and_stock(world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        world.flow(kind)
    world.erp.put(mug(), price(), stock())
    world.settle()
    [arrived] = world.shop.records(Kind.PRICE)
    assert arrived.regular == Decimal("12.5")
    assert [row.state for row in world.owed()] == ["done", "done", "done"]
    assert len(world.shop.things(Kind.PRODUCT)) == 1


def test_facets_of_one_product_that_are_due_together_travel_in_one_parcel(world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        world.flow(kind)
    world.erp.put(mug(), price(), stock())
    for name in [name for name in world.work() if name.startswith("collect")]:
        world.runs(name)
    world.settle()
    assert len(world.shop.writes()) == 1


def test_nothing_changed_means_nothing_written_and_nothing_owed(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(30)])
    world.settle()
    world.shop.forget_counts()
    world.later()
    world.later()
    assert world.shop.writes() == []
    assert world.shop.calls("push") == 0


def test_ten_changes_before_a_push_are_one_push(world: World) -> None:
    flow = world.flow(Kind.PRICE)
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(), price())
    world.settle()
    world.shop.forget_counts()
    for cents in range(10):
        world.time.passes(minutes=16)
        world.erp.put(price(regular=f"9.{cents}0"))
        world.runs(f"collect:{flow.id}")
    world.settle()
    assert len(world.shop.writes()) == 1
    [arrived] = world.shop.records(Kind.PRICE)
    assert arrived.regular == Decimal("9.9")


def test_variants_wait_for_their_parent_and_follow_it(world: World) -> None:
    world.flow(Kind.PRODUCT)
    parent, *variants = shirt("S", "M", "L")
    world.erp.put(*variants)
    world.erp.put(parent)
    world.settle()
    arrived = world.shop.records(Kind.PRODUCT)
    assert sorted(record.sku for record in arrived) == ["SHIRT", "SHIRT-L", "SHIRT-M", "SHIRT-S"]
    parents = {record.parent for record in arrived if record.parent}
    assert parents == {world.shop.by_reference(Kind.PRODUCT, "SHIRT")[0].id}


def test_a_variant_whose_parent_is_refused_waits_without_being_a_failure(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*shirt("S"))
    world.shop.fault(Fault(trouble=Trouble.REFUSED, label="SHIRT", times=1))
    world.settle()
    assert {row.label: row.state for row in world.owed()} == {"SHIRT": "quarantined", "SHIRT-S": "waiting"}
    assert [row.attempts for row in world.owed("waiting")] == [0]


def test_an_article_that_the_shop_has_already_is_adopted_not_doubled(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.shop.put(mug(1).model_copy(update={"id": "77"}))
    world.erp.put(mug(1, description="From the back office"))
    world.settle()
    [thing] = world.shop.things(Kind.PRODUCT)
    assert thing.id == "77"
    assert [write.created for write in world.shop.writes()] == [False]


def test_two_things_with_one_sku_in_the_shop_are_a_question_for_a_person(world: World) -> None:
    world.flow(Kind.PRODUCT)
    for id in ("77", "78"):
        world.shop.put(mug(1).model_copy(update={"id": id}))
    world.erp.put(mug(1))
    world.settle()
    [entry] = world.quarantined()
    assert "has 2 of them with the key MUG-1 (77, 78)" in entry.sentence
    assert world.shop.writes() == []


def test_two_articles_never_share_one_product_of_the_shop(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.shop.put(mug(1).model_copy(update={"id": "77"}))
    world.erp.put(mug(1), mug(2).model_copy(update={"sku": "MUG-1"}))
    world.settle()
    [entry] = world.quarantined()
    assert "already belongs to" in entry.sentence
    assert len(world.shop.writes()) == 1


def test_a_price_without_a_product_in_the_shop_creates_nothing(world: World) -> None:
    world.flow(Kind.PRICE)
    world.erp.put(price())
    world.settle()
    [entry] = world.quarantined()
    assert entry.sentence.startswith("MUG-1 is not known to the other system")
    assert world.shop.things(Kind.PRODUCT) == []


def test_a_price_that_comes_before_its_product_waits_for_it(world: World) -> None:
    prices, _ = world.flow(Kind.PRICE), world.flow(Kind.PRODUCT)
    world.erp.put(mug(), price())
    world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-1", kind=Kind.PRODUCT, times=2))
    world.runs(f"collect:{prices.id}")
    world.settle()
    assert world.shop.records(Kind.PRICE) == []
    world.time.passes(minutes=20)
    world.erp.put(mug(description="mended"))
    world.settle()
    assert len(world.shop.records(Kind.PRICE)) == 1


def test_one_bad_record_stops_neither_its_page_nor_its_batch(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(20)])
    world.erp.spoil(Kind.PRODUCT, "A7")
    world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-3", times=None))
    world.settle()
    assert len(world.shop.things(Kind.PRODUCT)) == 18
    assert {entry.ref for entry in world.quarantined()} == {"A7", "A3"}
    assert all(entry.label in entry.sentence for entry in world.quarantined())


def test_a_thousand_changes_of_one_second_all_arrive_once(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*[mug(number) for number in range(1000)])
    world.settle()
    assert len(world.shop.things(Kind.PRODUCT)) == 1000
    assert len(world.shop.writes()) == 1000
    world.later()
    assert len(world.shop.writes()) == 1000


def test_a_bad_price_does_not_hold_up_the_stock_of_the_same_product(world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        world.flow(kind)
    world.erp.put(mug(), price(regular="-1"), stock())
    world.settle()
    assert len(world.shop.records(Kind.STOCK)) == 1
    [entry] = world.quarantined()
    assert (entry.kind, entry.field) == ("price", "regular")
    assert "-1" in entry.sentence
