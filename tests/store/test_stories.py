"""The story of one thing, whichever of its names somebody asks by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.world import World, customer, mug, new_world, order, price, shirt, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.order import Order
from trueup.domain.record import Kind
from trueup.store import links, stories
from trueup.store.stories import Found, Story
from trueup.sync import decisions


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_world(database_url, tmp_path) as world:
        yield world


@pytest.fixture
def trading(world: World) -> World:
    """One mug is sold in the shop; everything has been delivered."""
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        world.flow(kind)
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.erp.put(mug(1), price(1), stock(1))
    world.settle()
    [sold] = world.shop.things(Kind.PRODUCT)
    world.shop.put(order(5, (sold.id, "MUG-1")), companions=[customer(1)])
    world.later()
    return world


def find(world: World, text: str) -> list[Found]:
    with world.hub.database.read() as tx:
        return stories.find_things(tx, text)


def story(world: World, connection: str, thing: str, ref: str) -> Story:
    with world.hub.database.read() as tx:
        found = stories.story(tx, world.ids[connection], thing, ref)
    assert found is not None
    return found


def test_a_product_is_told_with_all_its_facets_and_where_it_is(trading: World) -> None:
    told = story(trading, "ERP", "product", "A1")
    assert (told.label, told.leader) == ("MUG-1", "ERP")
    assert [row.kind for row in told.records] == ["product", "price", "stock"]
    [sold] = trading.shop.things(Kind.PRODUCT)
    assert [(place.connection, place.remote, place.how) for place in told.places] == [
        ("ERP", "A1", "leads"),
        ("Shop", sold.id, "created"),
    ]
    assert {(owed.follower, owed.row.kind, owed.row.state) for owed in told.owed} == {
        ("Shop", "product", "done"),
        ("Shop", "price", "done"),
        ("Shop", "stock", "done"),
    }
    assert {sent.row.outcome for sent in told.sent} == {"created", "updated"}, "its stock follows an order's promise"
    assert {sent.follower for sent in told.sent} == {"Shop"}


def test_the_follower_s_id_leads_to_the_same_story(trading: World) -> None:
    [sold] = trading.shop.things(Kind.PRODUCT)
    assert story(trading, "Shop", "product", sold.id) == story(trading, "ERP", "product", "A1")


def test_an_order_is_told_with_its_document_its_receipt_and_what_it_needs(trading: World) -> None:
    told = story(trading, "Shop", "order", "5")
    [document] = trading.erp.things(Kind.ORDER)
    assert (told.label, told.leader, told.documents) == ("1005", "Shop", (document.document,))
    assert [row.kind for row in told.records] == ["order", "receipt"]
    assert {(owed.follower, owed.row.kind, owed.row.state) for owed in told.owed} == {
        ("ERP", "order", "done"),
        ("Shop", "receipt", "done"),
    }
    assert [(one.role, one.label) for one in told.related] == [("customer", "Ada"), ("article", "MUG-1")]
    article = told.related[1]
    assert article.key == (trading.ids["ERP"], "product", "A1")
    record = told.record(Kind.ORDER)
    assert isinstance(record, Order)
    assert record.number == "1005"
    assert told.record(Kind.STOCK) is None


@pytest.mark.parametrize("text", ["1005", "5", "SO-00002", "so-00002", " 1005 "])
def test_an_order_is_found_by_number_by_id_and_by_its_document(trading: World, text: str) -> None:
    [document] = trading.erp.things(Kind.ORDER)
    wanted = text.upper().replace("SO-00002", str(document.document))
    found = [one for one in find(trading, wanted) if one.thing == "order"]
    assert [(one.leader, one.ref, one.label) for one in found] == [("Shop", "5", "1005")]


@pytest.mark.parametrize("text", ["MUG-1", "mug-1", "MUG", "A1"])
def test_an_article_is_found_once_by_sku_by_its_beginning_and_by_id(trading: World, text: str) -> None:
    assert [(one.thing, one.ref, one.label) for one in find(trading, text)] == [("product", "A1", "MUG-1")]


def test_an_article_is_found_by_the_id_that_the_shop_gave_it(trading: World) -> None:
    [sold] = trading.shop.things(Kind.PRODUCT)
    assert [one.label for one in find(trading, sold.id)] == ["MUG-1"]


def test_exact_matches_stand_before_beginnings(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1), mug(11), mug(12))
    world.settle()
    assert [one.label for one in find(world, "mug-1")] == ["MUG-1", "MUG-11", "MUG-12"]
    assert [one.label for one in find(world, "MUG-12")] == ["MUG-12"]


@pytest.mark.parametrize("text", ["", "   ", "nothing like it", "%", "MUG_1"])
def test_what_is_not_there_is_not_found(trading: World, text: str) -> None:
    assert find(trading, text) == []


def test_an_unknown_thing_has_no_story(trading: World) -> None:
    with trading.hub.database.read() as tx:
        assert stories.story(tx, trading.ids["ERP"], "product", "nothing") is None


def test_what_could_never_be_read_is_found_and_told_from_quarantine(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1))
    world.erp.spoil(Kind.PRODUCT, "A1", "the price is text. Send digits.")
    world.settle()
    [found] = find(world, "A1")
    told = story(world, "ERP", found.thing, found.ref)
    [entry] = told.entries
    assert "the price is text" in entry.sentence
    assert (told.records, told.owed, told.sent) == ((), (), ())
    assert [place.how for place in told.places] == ["leads"]


def test_a_refusal_is_told_with_its_try_and_its_sentence_and_stays_told_when_it_is_over(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(mug(1))
    world.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-1", times=1))
    world.settle()
    told = story(world, "ERP", "product", "A1")
    [entry], [sent], [owed] = told.entries, told.sent, told.owed
    assert (entry.state, sent.row.outcome, owed.row.state) == ("open", "rejected", "quarantined")
    assert sent.row.sentence
    assert "MUG-1" in entry.sentence
    decisions.retry(world.hub, entry, by="Ada")
    world.settle()
    later = story(world, "ERP", "product", "A1")
    assert [entry.state for entry in later.entries] == ["resolved"]
    assert [sent.row.outcome for sent in later.sent] == ["created", "rejected"]


def test_a_creation_that_was_begun_and_never_confirmed_is_told(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug(1))
    world.runs(f"collect:{flow.id}")
    intent = {"follower_id": world.ids["Shop"], "leader_id": world.ids["ERP"], "thing": "product", "ref": "A1"}
    with world.hub.database.write() as tx:
        links.intend(tx, [{**intent, "reference": "MUG-1", "opened_at": world.time.now}])
    assert story(world, "ERP", "product", "A1").intents == ("Shop",)
    world.settle()
    assert story(world, "ERP", "product", "A1").intents == ()


def test_parent_and_variants_point_at_each_other(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*shirt("S", "M"), mug(1))
    world.settle()
    parent, small = story(world, "ERP", "product", "SHIRT"), story(world, "ERP", "product", "SHIRT-S")
    assert [(one.role, one.label) for one in parent.related] == [("variant", "SHIRT-M"), ("variant", "SHIRT-S")]
    assert [(one.role, one.label) for one in small.related] == [("parent", "SHIRT")]


def test_two_shops_are_two_places_of_one_article(world: World, tmp_path: Path) -> None:
    world.connect("Outlet", tmp_path / "outlet.sqlite")
    world.flow(Kind.PRODUCT, "ERP", "Shop", "Outlet")
    world.erp.put(mug(1))
    world.settle()
    told = story(world, "ERP", "product", "A1")
    assert [place.connection for place in told.places] == ["ERP", "Shop", "Outlet"]
    assert sorted(owed.follower for owed in told.owed) == ["Outlet", "Shop"]
