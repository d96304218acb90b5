"""Which article of the leader a promise is of: by its link, whichever way it points, else by its SKU."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from support.rows import NOW, Pair, delivery_row, pair, record_row
from trueup.domain.allocation import Promise, Told
from trueup.store import allocations, deliveries, links, records
from trueup.store.allocations import Articles
from trueup.store.database import Database

MINUTE = timedelta(minutes=1)


@pytest.fixture
def both(database: Database) -> Pair:
    """The pair's follower is the shop; its leader leads stock."""
    return pair(database)


def promise(both: Pair, ref: str = "7", units: int = 3, **more: object) -> Promise:
    known = {"shop_id": both.follower, "order_ref": ref, "line": "1", "number": f"10{ref}", "stage": "placed"}
    what = {"product": "88", "sku": "MUG-1", "quantity": Decimal(units), "promised_at": NOW}
    return Promise(**{**known, **what, **more})  # type: ignore[arg-type]  # by name


def saved(database: Database, *promises: Promise) -> None:
    with database.write() as tx:
        allocations.save(tx, promises)


def live(database: Database, both: Pair, **skus: str) -> dict[str, list[str]]:
    """The orders that count, by article."""
    with database.read() as tx:
        found = allocations.live(tx, Articles(both.leader, [both.follower], skus))
    return {article: sorted(one.order_ref for one in mine) for article, mine in found.items()}


def link(database: Database, follower: int, leader: int, ref: str, remote: str) -> None:
    row = {"follower_id": follower, "leader_id": leader, "thing": "product", "ref": ref, "remote": remote}
    with database.write() as tx:
        links.add(tx, [{**row, "document": None, "how": "adopted", "created_at": NOW}])


def test_a_promise_comes_back_as_it_was_saved(database: Database, both: Pair) -> None:
    one = promise(
        both,
        told=(Told(Decimal("1.5"), NOW, "shipped"), Told(Decimal(2), NOW + MINUTE, "shipped")),
        contained=Decimal("0.5"),
        expires_at=NOW + MINUTE,
        refunded=Decimal(1),
    )
    saved(database, one)
    with database.write() as tx:
        assert allocations.of_orders(tx, both.follower, ["7", "8"]) == {"7": [one]}
        assert allocations.of_order(tx, both.follower, "7") == [one]


def test_the_moment_of_the_promise_stays_when_the_order_changes(database: Database, both: Pair) -> None:
    saved(database, promise(both))
    saved(database, promise(both, units=5, promised_at=NOW + MINUTE))
    with database.read() as tx:
        [kept] = allocations.of_order(tx, both.follower, "7")
    assert (kept.quantity, kept.promised_at) == (5, NOW)


def test_an_article_is_found_by_its_link_to_the_shop(database: Database, both: Pair) -> None:
    link(database, both.follower, both.leader, "A1", "88")
    saved(database, promise(both, sku="something else"))
    assert live(database, both, A1="MUG-1", A2="MUG-2") == {"A1": ["7"]}


def test_an_article_is_found_by_the_link_of_an_order_to_the_leader(database: Database, both: Pair) -> None:
    link(database, both.leader, both.follower, "88", "A1")
    saved(database, promise(both, sku="something else"))
    assert live(database, both, A1="MUG-1") == {"A1": ["7"]}


def test_what_nothing_links_is_found_by_its_sku_whatever_its_case(database: Database, both: Pair) -> None:
    saved(database, promise(both, sku=" mug-1"))
    assert live(database, both, A1="MUG-1", A2="MUG-2") == {"A1": ["7"]}


def test_a_link_goes_before_the_sku(database: Database, both: Pair) -> None:
    """The shop gave its article the SKU of another one."""
    link(database, both.follower, both.leader, "A2", "88")
    saved(database, promise(both, sku="MUG-1"))
    assert live(database, both, A1="MUG-1", A2="MUG-2") == {"A2": ["7"]}
    assert live(database, both, A1="MUG-1") == {}


def test_an_order_is_counted_once_where_both_links_are_there(database: Database, both: Pair) -> None:
    link(database, both.follower, both.leader, "A1", "88")
    link(database, both.leader, both.follower, "88", "A1")
    saved(database, promise(both))
    assert live(database, both, A1="MUG-1") == {"A1": ["7"]}


def test_only_what_counts_is_live(database: Database, both: Pair) -> None:
    saved(
        database, promise(both, "7", dropped="cancelled"), promise(both, "8", contained=Decimal(3)), promise(both, "9")
    )
    assert live(database, both, A1="MUG-1") == {"A1": ["9"]}


def test_the_articles_of_promises_are_named_for_those_that_have_one(database: Database, both: Pair) -> None:
    link(database, both.follower, both.leader, "A1", "88")
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, "A2", kind="stock", label="MUG-2")])
    ones = [promise(both), promise(both, "8", product="89", sku="mug-2"), promise(both, "9", product=None, sku=None)]
    with database.read() as tx:
        found = allocations.articles_of(tx, both.leader, ones)
    assert found == {ones[0].key: "A1", ones[1].key: "A2"}


def test_what_was_told_before_a_moment_is_found_by_article_too(database: Database, both: Pair) -> None:
    told = (Told(Decimal(3), NOW, "acknowledged"),)
    saved(
        database, promise(both, told=told), promise(both, "8", product="89", sku="MUG-2", told=told), promise(both, "9")
    )
    articles = Articles(both.leader, [both.follower], {"A1": "MUG-1"})
    with database.write() as tx:
        assert allocations.told_before(tx, [both.follower], NOW) == []
        assert [one.order_ref for one in allocations.told_before(tx, [both.follower], NOW + MINUTE)] == ["7", "8"]
        assert [one.order_ref for one in allocations.told_of(tx, articles, NOW + MINUTE)] == ["7"]


def test_what_is_late_is_found_as_long_as_it_counts(database: Database, both: Pair) -> None:
    saved(database, promise(both, expires_at=NOW), promise(both, "8", expires_at=NOW + MINUTE), promise(both, "9"))
    with database.write() as tx:
        assert [one.order_ref for one in allocations.expired(tx, both.follower, NOW)] == ["7"]


def test_a_recount_leaves_alone_what_waits_and_what_a_person_skipped(database: Database, both: Pair) -> None:
    states = {"A1": deliveries.DONE, "A2": deliveries.SKIPPED, "A3": deliveries.QUARANTINED, "A4": deliveries.DONE}
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, ref, kind="stock") for ref in states])
        deliveries.owe(tx, [delivery_row(both, ref, kind="stock") for ref in states], NOW)
        rows = {ref: deliveries.of_thing(tx, both.leader, "product", ref)[0] for ref in states}
        deliveries.settle(
            tx, [deliveries.Settled(id=rows[ref].id, hash="h1", state=state) for ref, state in states.items()]
        )
        doubted = [(both.follower, "A2")]
        deliveries.recount(tx, both.leader, [both.follower], ["A1", "A3"], doubted, NOW + MINUTE, beside=["A4"])
        after = {ref: deliveries.of_thing(tx, both.leader, "product", ref)[0] for ref in states}
    assert {ref: (row.state, row.recount, row.doubt) for ref, row in after.items()} == {
        "A1": (deliveries.DUE, 1, False),
        "A2": (deliveries.SKIPPED, 1, True),
        "A3": (deliveries.QUARANTINED, 1, False),
        "A4": (deliveries.DONE, 0, False),
    }


def test_what_was_recounted_while_it_flew_stays_due(database: Database, both: Pair) -> None:
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, "A1", kind="stock")])
        deliveries.owe(tx, [delivery_row(both, "A1", kind="stock")], NOW)
        [row] = deliveries.of_thing(tx, both.leader, "product", "A1")
        deliveries.doubt(tx, [row.id])
        deliveries.recount(tx, both.leader, [both.follower], ["A1"], [], NOW)
        done = {"state": deliveries.DONE, "sent_hash": "h1", "explanation": '{"number": "9"}'}
        deliveries.settle(tx, [deliveries.Settled(id=row.id, hash="h1", recount=row.recount, **done)])
        [after] = deliveries.of_thing(tx, both.leader, "product", "A1")
        assert (after.state, after.explanation, after.doubt) == (deliveries.DUE, '{"number": "9"}', True)
        deliveries.settle(tx, [deliveries.Settled(id=row.id, hash="h1", recount=after.recount, **done)])
        [after] = deliveries.of_thing(tx, both.leader, "product", "A1")
        assert (after.state, after.doubt) == (deliveries.DONE, False)
