"""Orders with their customers from the shop to the back office, and the document number back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from support.world import World, customer, mug, order, shirt
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import hints, transfers


def with_catalogue(world: World) -> None:
    """Two shirt sizes and a mug that both systems know."""
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(), *shirt("S", "M"))
    world.settle()
    world.flow(Kind.ORDER, "Shop", "ERP")


def shop_id(world: World, sku: str) -> str:
    return world.shop.by_reference(Kind.PRODUCT, sku)[0].id


def place(world: World, number: int, *skus: str, **changes: str) -> None:
    lines = [(shop_id(world, sku), sku) for sku in skus]
    world.shop.put(order(number, *lines, **changes), companions=[customer()])


def test_an_order_arrives_with_its_customer_and_its_number_goes_back(world: World) -> None:
    with_catalogue(world)
    place(world, 1, "MUG-1")
    world.later()
    [document] = world.erp.things(Kind.ORDER)
    assert document.reference == "WC-ORDER-1"
    [receipt] = world.shop.records(Kind.RECEIPT)
    assert receipt.document_number == document.document
    assert receipt.id == "1"
    assert len(world.erp.things(Kind.CUSTOMER)) == 1


def test_two_sizes_of_one_shirt_are_two_articles(world: World) -> None:
    with_catalogue(world)
    place(world, 1, "SHIRT-S", "SHIRT-M")
    world.later()
    [arrived] = world.erp.records(Kind.ORDER)
    assert [position.product.id for position in arrived.positions] == ["SHIRT-S", "SHIRT-M"]


def test_an_order_of_an_article_that_only_the_shop_links_is_matched_by_sku(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    [arrived] = world.erp.records(Kind.ORDER)
    assert arrived.positions[0].product.id == "A1"


def test_an_order_with_an_unknown_article_waits_for_a_person_and_then_flows(world: World) -> None:
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    [entry] = world.quarantined()
    assert entry.sentence == (
        "Order 1001 could not be transferred: article MUG-1 is not known to the other system. "
        "Create it there or correct its SKU, then retry."
    )
    assert world.erp.things(Kind.ORDER) == []


def test_an_order_that_does_not_add_up_is_set_aside(world: World) -> None:
    with_catalogue(world)
    good = order(1, (shop_id(world, "MUG-1"), "MUG-1"))
    world.shop.put(good.model_copy(update={"total": good.total + 1}), companions=[customer()])
    world.later()
    [entry] = world.quarantined()
    assert "1001" in entry.sentence
    assert "add up" in entry.sentence
    assert world.erp.things(Kind.ORDER) == []


def test_reading_the_overlap_again_sends_nothing(world: World) -> None:
    with_catalogue(world)
    for number in range(1, 6):
        place(world, number, "MUG-1")
    world.later()
    world.erp.forget_counts()
    world.shop.forget_counts()
    for _ in range(3):
        world.later()
    assert world.erp.writes() == []
    assert world.shop.writes() == []


def test_our_own_number_in_the_order_is_no_change_of_it(world: World) -> None:
    with_catalogue(world)
    place(world, 1, "MUG-1")
    world.later()
    world.later()
    place(world, 1, "MUG-1", status="completed")
    world.later()
    assert len(world.erp.writes(Kind.ORDER)) == 1
    assert world.quarantined() == []


def test_two_orders_of_one_customer_do_not_rewrite_the_customer_at_every_read(world: World) -> None:
    with_catalogue(world)
    old = customer()
    new = old.model_copy(update={"phone": "+46 8 123"})
    line = (shop_id(world, "MUG-1"), "MUG-1")
    world.shop.put(order(1, line), companions=[old])
    world.shop.put(order(2, line), companions=[new])
    world.later()
    world.erp.forget_counts()
    world.later()
    assert world.erp.writes() == []


def test_a_lost_answer_makes_no_second_document(world: World) -> None:
    with_catalogue(world)
    place(world, 1, "MUG-1")
    world.erp.fault(Fault(trouble=Trouble.LOST_ANSWER, kind=Kind.ORDER))
    for _ in range(4):
        world.later(minutes=16)
    assert len(world.erp.things(Kind.ORDER)) == 1
    assert len(world.shop.records(Kind.RECEIPT)) == 1


def test_the_number_is_written_back_only_after_it_is_durable_here(world: World) -> None:
    with_catalogue(world)
    place(world, 1, "MUG-1")
    world.shop.fault(Fault(trouble=Trouble.DOWN, op="push", times=1))
    world.later()
    with world.hub.database.read() as tx:
        tries = [(row.kind, row.outcome) for row in transfers.latest(tx)]
    assert ("order", "created") in tries
    assert ("receipt", "try later") in tries
    world.later(minutes=5)
    assert len(world.shop.records(Kind.RECEIPT)) == 1


def test_fifteen_copies_of_one_hint_make_one_document(world: World) -> None:
    with_catalogue(world)
    world.settle()
    place(world, 7, "MUG-1")

    def tell(_: int) -> None:
        with world.hub.database.write() as tx:
            hints.note(tx, world.ids["Shop"], "order", "7", world.time.now)
        world.settle()

    with ThreadPoolExecutor(15) as callers:
        list(callers.map(tell, range(15)))
    world.settle()
    assert len(world.erp.things(Kind.ORDER)) == 1
    assert len(world.erp.writes(Kind.ORDER)) == 1


def test_a_hint_about_nothing_is_forgotten(world: World) -> None:
    with_catalogue(world)
    world.settle()
    with world.hub.database.write() as tx:
        hints.note(tx, world.ids["Shop"], "order", "999", world.time.now)
    world.settle()
    assert world.work() == []


def test_one_refused_order_does_not_block_the_others(world: World) -> None:
    with_catalogue(world)
    for number in range(1, 8):
        place(world, number, "MUG-1")
    world.erp.fault(Fault(trouble=Trouble.REFUSED, label="1004", times=None))
    world.later()
    assert len(world.erp.things(Kind.ORDER)) == 6
    assert [entry.label for entry in world.quarantined()] == ["1004"]
