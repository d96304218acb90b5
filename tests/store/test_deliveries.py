"""Deliveries: ten changes are one row; what is due, in which order, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.rows import NOW, Pair, delivery_row, owe, pair, record_row
from trueup.store import connections, deliveries, flows, records
from trueup.store.database import Database
from trueup.store.deliveries import DeliveryRow, Settled

MINUTE = timedelta(minutes=1)


def due(database: Database, both: Pair, **how: Any) -> list[DeliveryRow]:
    with database.read() as tx:
        return deliveries.due(tx, both.follower, "catalogue", **{"now": NOW, "limit": 100, **how})


def row(database: Database, both: Pair, ref: str, thing: str = "product") -> DeliveryRow:
    with database.read() as tx:
        [found] = deliveries.of_thing(tx, both.leader, thing, ref)
    return found


def settle(database: Database, *settled: Settled) -> None:
    with database.write() as tx:
        deliveries.settle(tx, settled)


def test_ten_changes_are_one_row_with_the_newest_content(database: Database) -> None:
    both = pair(database)
    for number in range(10):
        owe(database, both, "A1", hash=f"h{number}")
    [found] = due(database, both)
    assert (found.wanted_hash, found.hash) == ("h9", "h9")


def test_new_content_starts_from_the_beginning(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1")
    failed = {
        "attempts": 5,
        "failing_since": NOW,
        "not_before": NOW + MINUTE,
        "error": "try later",
        "sentence": "Down.",
    }
    settle(database, Settled(id=row(database, both, "A1").id, hash="h1", state="quarantined", **failed))
    assert row(database, both, "A1").attempts == 5
    owe(database, both, "A1", hash="h2")
    fresh = row(database, both, "A1")
    assert (fresh.state, fresh.attempts, fresh.failing_since, fresh.not_before) == ("due", 0, None, None)
    assert (fresh.error, fresh.sentence) == (None, None)


def test_what_is_wanted_is_told_by_follower_and_record(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2")
    with database.read() as tx:
        assert deliveries.wanted(tx, both.flow, "price", ["A1", "A3"]) == {(both.follower, "A1"): "h1"}
        assert deliveries.wanted(tx, both.flow, "stock", ["A1"]) == {}


def test_ranks_go_before_age(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", rank=1)
    owe(database, both, "A2", rank=0)
    owe(database, both, "A3", rank=2)
    assert [found.ref for found in due(database, both)] == ["A2", "A1", "A3"]


def test_only_as_many_as_asked_for_but_never_half_a_thing(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2", "A3", kind="price")
    owe(database, both, "A1", "A3", kind="stock")
    found = due(database, both, limit=2)
    assert [(one.kind, one.ref) for one in found] == [("price", "A1"), ("price", "A2"), ("stock", "A1")]


def test_what_is_in_flight_is_not_given_again_nor_counted(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2", "A3")
    flying = [row(database, both, "A1").id, row(database, both, "A2").id]
    assert [found.ref for found in due(database, both, limit=1, beside=flying)] == ["A3"]


def test_one_batch_is_of_one_sort_of_thing(database: Database) -> None:
    both = pair(database)
    owe(database, both, "C1", kind="customer", thing="customer", rank=0)
    owe(database, both, "O1", kind="order", thing="order", rank=1)
    assert [found.ref for found in due(database, both)] == ["C1"]


def test_one_batch_is_of_one_leader(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        other = connections.add(tx, name="POS", system="memory", settings={}, sealed=None, now=NOW)
    owe(database, both, "A1")
    owe(database, Pair(other, both.follower, both.flow), "B1", rank=2)
    assert [found.ref for found in due(database, both)] == ["A1"]


def test_what_has_to_wait_is_not_due_before_its_time(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1")
    settle(database, Settled(id=row(database, both, "A1").id, hash="h1", state="due", not_before=NOW + MINUTE))
    assert due(database, both) == []
    assert len(due(database, both, now=NOW + MINUTE)) == 1
    with database.read() as tx:
        assert deliveries.lanes_with_work(tx, NOW) == []
        assert deliveries.lanes_with_work(tx, NOW + MINUTE) == [(both.follower, "catalogue")]


def test_an_inactive_flow_owes_nothing_now(database: Database) -> None:
    both = pair(database, active=False)
    owe(database, both, "A1")
    assert due(database, both) == []
    with database.write() as tx:
        assert deliveries.lanes_with_work(tx, NOW) == []
        flows.change(tx, both.flow, active=True)
    assert len(due(database, both)) == 1


def test_lanes_with_work_come_by_how_long_they_wait(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, ref) for ref in ("A1", "A2")])
        deliveries.owe(tx, [delivery_row(both, "A1", lane="orders")], NOW)
        deliveries.owe(tx, [delivery_row(both, "A2", lane="catalogue")], NOW - MINUTE)
        lanes = deliveries.lanes_with_work(tx, NOW)
    assert lanes == [(both.follower, "catalogue"), (both.follower, "orders")]


def test_what_changed_while_it_travelled_stays_due_and_knows_what_was_sent(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1")
    travelling = row(database, both, "A1")
    owe(database, both, "A1", hash="h2")
    settle(database, Settled(id=travelling.id, hash="h1", state="done", sent_hash="h1", done_at=NOW))
    after = row(database, both, "A1")
    assert (after.state, after.sent_hash, after.done_at) == ("due", "h1", NOW)
    settle(database, Settled(id=travelling.id, hash="h2", state="done", sent_hash="h2", done_at=NOW))
    assert row(database, both, "A1").state == "done"


def test_a_failure_of_old_content_does_not_count_against_the_new(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1")
    travelling = row(database, both, "A1")
    owe(database, both, "A1", hash="h2")
    settle(database, Settled(id=travelling.id, hash="h1", state="quarantined", attempts=8, sentence="No."))
    after = row(database, both, "A1")
    assert (after.state, after.attempts, after.sentence) == ("due", 0, None)


def test_a_failure_keeps_what_was_sent_before(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1")
    one = row(database, both, "A1").id
    settle(database, Settled(id=one, hash="h1", state="done", sent_hash="h1", done_at=NOW))
    settle(database, Settled(id=one, hash="h1", state="quarantined", sentence="No."))
    assert (row(database, both, "A1").sent_hash, row(database, both, "A1").done_at) == ("h1", NOW)


def test_what_waits_is_woken_by_exactly_what_it_waits_for(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2", "A3")
    ids = {ref: row(database, both, ref).id for ref in ("A1", "A2", "A3")}
    waiting = {"state": "waiting", "error": "missing link", "sentence": "It waits."}
    settle(database, Settled(id=ids["A1"], hash="h1", waits_for="product:P1", **waiting))
    settle(database, Settled(id=ids["A2"], hash="h1", waits_for="product:P2", **waiting))
    assert [found.ref for found in due(database, both)] == ["A3"]
    with database.write() as tx:
        deliveries.wake(tx, both.follower, ["product:P1", "customer:P2"])
        deliveries.wake(tx, both.leader, ["product:P2"])
        deliveries.wake(tx, both.follower, [])
    assert [found.ref for found in due(database, both)] == ["A1", "A3"]
    assert row(database, both, "A1").sentence is None
    assert row(database, both, "A2").state == "waiting"


def test_expected_is_what_the_follower_gets_by_a_delivery_of_its_own(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", kind="product")
    owe(database, both, "A2", kind="price")
    with database.read() as tx:
        assert deliveries.expected(tx, both.follower, both.leader, "product", ["A1", "A2", "A3"]) == {"A1"}
        assert deliveries.expected(tx, both.leader, both.leader, "product", ["A1"]) == set()


def test_reopened_it_is_due_and_skipped_it_is_left_out(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2")
    settle(
        database, Settled(id=row(database, both, "A1").id, hash="h1", state="quarantined", attempts=8, sentence="No")
    )
    with database.write() as tx:
        deliveries.reopen(tx, both.flow, both.follower, "price", "A1", NOW + MINUTE)
        deliveries.skip(tx, both.flow, both.follower, "price", "A2")
        assert deliveries.counts(tx) == {(both.flow, both.follower, "due"): 1, (both.flow, both.follower, "skipped"): 1}
    again = row(database, both, "A1")
    assert (again.attempts, again.sentence, again.due_since) == (0, None, NOW + MINUTE)
    assert [found.ref for found in due(database, both)] == ["A1"]


def test_settling_or_owing_nothing_is_nothing(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        deliveries.settle(tx, [])
        deliveries.owe(tx, [], NOW)
        assert deliveries.counts(tx) == {}
    assert due(database, both) == []
