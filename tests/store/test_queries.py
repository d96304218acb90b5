"""The smaller rooms of the store: connections, flows, runs, hints, quarantine, records, transfers."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from support.rows import NOW, at_once, owe, pair, record_row
from trueup.store import connections, deliveries, flows, hints, lanes, quarantine, records, transfers
from trueup.store.database import Database

MINUTE = timedelta(minutes=1)


def bad(flow: int, leader: int, ref: str = "A1", **more: Any) -> dict[str, Any]:
    whose = {"flow_id": flow, "leader_id": leader, "follower_id": 0, "kind": "price", "ref": ref}
    return {**whose, "label": ref, "field": "regular", "sentence": "It is text.", "raw": "{}", "hash": "h1", **more}


def test_a_connection_comes_back_as_it_was_stored(database: Database) -> None:
    with database.write() as tx:
        id = connections.add(tx, name="Shop", system="memory", settings={"é": [1, None]}, sealed="x", now=NOW)
        row = connections.by_id(tx, id)
        assert connections.by_name(tx, "Shop") == row
        assert connections.everyone(tx) == [row]
        assert (connections.by_id(tx, 99), connections.by_name(tx, "shop")) == (None, None)
    assert row is not None
    assert (row.settings, row.sealed, row.failures, row.created_at) == ({"é": [1, None]}, "x", 0, NOW)


def test_names_of_connections_are_unique(database: Database) -> None:
    pair(database)
    with pytest.raises(IntegrityError), database.write() as tx:
        connections.add(tx, name="Shop", system="memory", settings={}, sealed=None, now=NOW)


def test_a_connection_that_no_flow_uses_goes_with_its_hints(database: Database) -> None:
    with database.write() as tx:
        id = connections.add(tx, name="Old", system="memory", settings={}, sealed=None, now=NOW)
        hints.note(tx, id, "order", "1", NOW)
        connections.remove(tx, id)
        assert connections.everyone(tx) == []
        assert hints.kinds_waiting(tx) == []


def test_a_connection_in_use_stays(database: Database) -> None:
    both = pair(database)
    with pytest.raises(IntegrityError), database.write() as tx:
        connections.remove(tx, both.leader)


def test_who_settles_for_a_connection_has_it_alone(database: Database) -> None:
    """Two lanes of one follower: the second sees everything that the first has written, or waits until it can."""
    both, other, seen = pair(database), Database(database.url), list[str]()

    def second() -> None:
        with other.write() as tx:
            row = connections.locked(tx, both.follower)
            assert row is not None
            seen.append(str(row.pause_sentence))

    thread = threading.Thread(target=second)
    with database.write() as tx:
        assert connections.locked(tx, both.follower) is not None
        assert connections.locked(tx, 4711) is None
        thread.start()
        thread.join(0.2)  # long enough to be there first, if it could
        connections.pause(tx, both.follower, until=NOW, sentence="written by the first")
    thread.join()
    other.close()
    assert seen == ["written by the first"]


def test_a_pause_ends_at_its_moment(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        connections.pause(tx, both.follower, until=NOW + MINUTE, sentence="Down.")
        row = connections.by_id(tx, both.follower)
    assert row is not None
    assert row.is_paused(NOW)
    assert not row.is_paused(NOW + MINUTE)


def test_the_cursor_moves_forward_only(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        for moment in (NOW, NOW - MINUTE, NOW):
            flows.move_cursor(tx, both.flow, moment)
        row = flows.by_id(tx, both.flow)
        assert row is not None
        assert row.cursor_at == NOW
        flows.move_cursor(tx, both.flow, NOW + timedelta(microseconds=1))
        moved = flows.by_id(tx, both.flow)
    assert moved is not None
    assert moved.cursor_at == NOW + timedelta(microseconds=1)


def test_flows_know_their_followers_and_who_leads_whom(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        assert [row.followers for row in flows.everyone(tx)] == [(both.follower,)]
        assert flows.by_name(tx, "prices") == flows.by_id(tx, both.flow)
        assert flows.by_name(tx, "Prices") is None
        assert flows.leads(tx, both.leader, both.follower, "price")
        assert not flows.leads(tx, both.follower, both.leader, "price")
        assert not flows.leads(tx, both.leader, both.follower, "stock")
        flows.change(tx, both.flow, active=False)
        assert not flows.leads(tx, both.leader, both.follower, "price")


def test_a_wish_is_kept_once_and_granted_only_for_the_moment_it_was_seen(database: Database) -> None:
    both = pair(database)

    def wanted() -> object:
        with database.read() as tx:
            row = flows.by_id(tx, both.flow)
        assert row is not None
        return row.wanted_at

    with database.write() as tx:
        flows.want(tx, both.flow, NOW)
        flows.want(tx, both.flow, NOW + MINUTE)
    assert wanted() == NOW
    with database.write() as tx:
        flows.unwant(tx, both.flow, None)
        flows.unwant(tx, both.flow, NOW - MINUTE)
    assert wanted() == NOW
    with database.write() as tx:
        flows.unwant(tx, both.flow, NOW)
    assert wanted() is None


def test_runs_add_up_their_pages_and_come_newest_first(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        first = flows.start_run(tx, both.flow, cause="schedule", now=NOW)
        flows.end_run(tx, first, state="done", sentence=None, now=NOW)
        second = flows.start_run(tx, both.flow, cause="webhook", now=NOW + MINUTE)
        for _ in range(3):
            flows.count_run(tx, second, read=10, changed=2, quarantined=1)
        newest, oldest = flows.runs(tx, both.flow)
        assert flows.runs(tx, limit=1) == [newest]
        assert flows.runs(tx, both.flow + 1) == []
    assert (newest.read, newest.changed, newest.quarantined, newest.state) == (30, 6, 3, "running")
    assert (oldest.state, oldest.ended_at) == ("done", NOW)


def test_lost_runs_of_one_flow_are_closed_and_no_others(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        done, lost = (flows.start_run(tx, both.flow, cause="schedule", now=NOW) for _ in range(2))
        flows.end_run(tx, done, state="done", sentence=None, now=NOW)
        flows.end_lost_runs(tx, both.flow + 1, NOW)
        assert {run.id: run.state for run in flows.runs(tx)} == {done: "done", lost: "running"}
        flows.end_lost_runs(tx, both.flow, NOW)
        assert {run.id: run.state for run in flows.runs(tx)} == {done: "done", lost: "failed"}


def test_promise_12_fifteen_copies_of_a_hint_at_once_are_one_row(database: Database) -> None:
    both = pair(database)

    def note() -> None:
        with database.write() as tx:
            hints.note(tx, both.leader, "order", "7", NOW)

    assert at_once(*[note] * 15) == []
    with database.read() as tx:
        [row] = hints.waiting(tx, both.leader, "order")
        assert hints.kinds_waiting(tx) == [(both.leader, "order")]
    assert row.times == 15


def test_promise_12_a_hint_that_is_repeated_while_it_is_read_stays(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        for ref in ("7", "8"):
            hints.note(tx, both.leader, "order", ref, NOW)
        read = hints.waiting(tx, both.leader, "order")
        hints.note(tx, both.leader, "order", "7", NOW)
        hints.forget(tx, read)
        assert [row.ref for row in hints.waiting(tx, both.leader, "order")] == ["7"]


def test_hints_come_oldest_first_and_by_kind(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        hints.note(tx, both.leader, "order", "2", NOW + MINUTE)
        hints.note(tx, both.leader, "order", "1", NOW)
        hints.note(tx, both.leader, "product", "3", NOW)
        hints.note(tx, both.follower, "order", "4", NOW)
        assert [row.ref for row in hints.waiting(tx, both.leader, "order")] == ["1", "2"]
        assert [row.ref for row in hints.waiting(tx, both.leader, "order", limit=1)] == ["1"]


def test_bad_content_that_was_seen_before_is_no_news_but_new_bad_content_is(database: Database) -> None:
    both = pair(database)

    def seen(**more: Any) -> quarantine.QuarantineRow:
        with database.write() as tx:
            quarantine.set_aside(tx, [bad(both.flow, both.leader, **more)], NOW)
            [row] = quarantine.of_thing(tx, both.leader, ["price"], "A1")
        return row

    first = seen()
    assert seen() == first
    with database.write() as tx:
        quarantine.close(tx, first.id, state="skipped", by="Ada", reason="a test", now=NOW)
    assert seen().state == "skipped"
    changed = seen(hash="h2", sentence="It is text, too.")
    assert (changed.state, changed.times, changed.reason, changed.sentence) == ("open", 2, None, "It is text, too.")


def test_what_was_resolved_is_open_again_when_it_comes_back(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        quarantine.set_aside(tx, [bad(both.flow, both.leader)], NOW)
        quarantine.resolve(tx, both.flow, 0, "price", ["A1"], NOW)
        assert quarantine.count_open(tx) == {}
        quarantine.set_aside(tx, [bad(both.flow, both.leader)], NOW)
        assert quarantine.count_open(tx) == {both.flow: 1}


def test_quarantine_is_shown_newest_first_page_by_page(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        quarantine.set_aside(tx, [], NOW)
        quarantine.set_aside(tx, [bad(both.flow, both.leader, f"A{n}") for n in range(5)], NOW)
        page = quarantine.entries(tx, limit=2)
        rest = quarantine.entries(tx, before=page[-1].id)
        assert quarantine.by_id(tx, page[0].id) == page[0]
        assert quarantine.by_id(tx, 999) is None
    assert [row.ref for row in page + rest] == ["A4", "A3", "A2", "A1", "A0"]


def test_resolving_leaves_other_followers_and_records_alone(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        rows = [bad(both.flow, both.leader), bad(both.flow, both.leader, follower_id=both.follower)]
        quarantine.set_aside(tx, [*rows, bad(both.flow, both.leader, "A2")], NOW)
        quarantine.resolve(tx, both.flow, both.follower, "price", ["A1"], NOW)
        quarantine.resolve(tx, both.flow, 0, "price", [], NOW)
        left = [(row.ref, row.follower_id) for row in quarantine.entries(tx)]
    assert left == [("A2", 0), ("A1", 0)]


LABELS = ("Mug", "mug-blue", "Örjan Ågren", "100%", "a_b", "aXb")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mug", ["Mug", "mug-blue"]),
        ("MUG-B", ["mug-blue"]),
        ("Örjan", ["Örjan Ågren"]),
        ("Örjan Ågren", ["Örjan Ågren"]),
        ("100%", ["100%"]),
        ("%", []),
        ("a_", ["a_b"]),
        ("ID-3", ["100%"]),
        ("id-", []),
    ],
)
def test_records_are_searched_by_the_beginning_of_the_label_or_the_whole_id(
    database: Database, text: str, found: list[str]
) -> None:
    both = pair(database)
    with database.write() as tx:
        rows = [record_row(both.leader, f"id-{n}", label=label) for n, label in enumerate(LABELS)]
        records.store(tx, rows)
        assert sorted(row.label for row in records.search(tx, text)) == sorted(found)


def test_an_exact_label_comes_first_and_the_list_is_bounded(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, str(n), label=f"A{n}") for n in range(9)])
        records.store(tx, [record_row(both.leader, "exact", label="a")])
        assert [row.label for row in records.search(tx, "A", limit=3)] == ["a", "A0", "A1"]
        assert records.counts(tx) == {(both.leader, "price"): 10}
        assert records.of(tx, []) == {}


def test_transfers_are_listed_newest_first_and_narrowed(database: Database) -> None:
    both = pair(database)
    owe(database, both, "A1", "A2")
    with database.write() as tx:
        ids = {row.ref: row.id for row in deliveries.due(tx, both.follower, "catalogue", now=NOW, limit=9)}
        common = {"follower_id": both.follower, "kind": "price", "request_id": "r", "payload_hash": "h", "status": 200}
        for n, (ref, sentence) in enumerate([("A1", None), ("A2", "No."), ("A1", "Down."), ("A2", None)]):
            what = {"delivery_id": ids[ref], "ref": ref, "label": ref, "target": None, "sentence": sentence}
            outcome = "updated" if sentence is None else "rejected"
            transfers.log(tx, [{**common, **what, "outcome": outcome, "duration_ms": 5, "at": NOW + n * MINUTE}])
        transfers.log(tx, [])
        every = transfers.latest(tx)
        assert [row.ref for row in every] == ["A2", "A1", "A2", "A1"]
        assert [row.sentence for row in transfers.latest(tx, failed=True)] == ["Down.", "No."]
        assert [row.id for row in transfers.latest(tx, label="A1")] == [every[1].id, every[3].id]
        assert transfers.latest(tx, follower_id=both.leader) == []
        assert transfers.latest(tx, before=every[1].id, limit=1) == [every[2]]
        assert len(transfers.of_deliveries(tx, [ids["A1"]])) == 2
        since = transfers.outcomes_since(tx, NOW + 2 * MINUTE)
    assert since == {(both.follower, "price", "rejected"): 1, (both.follower, "price", "updated"): 1}


def test_the_pace_of_a_lane_is_kept_between_its_holders(database: Database) -> None:
    with database.write() as tx:
        lanes.take(tx, "deliver:2:catalogue", owner="one", now=NOW)
        assert lanes.pace(tx, "deliver:2:catalogue") is None
        lanes.keep_pace(tx, "deliver:2:catalogue", {"batch": 50})
        lanes.take(tx, "deliver:2:catalogue", owner="two", now=NOW + 5 * MINUTE)
        assert lanes.pace(tx, "deliver:2:catalogue") == {"batch": 50}
        assert lanes.pace(tx, "unknown") is None


def test_records_that_two_flows_store_at_once_are_stored_once(database: Database) -> None:
    both = pair(database)

    def store(seed: int) -> None:
        for _ in range(10):
            rows = [record_row(both.leader, f"A{(n * seed) % 31}", hash=f"h{seed}") for n in range(31)]
            with database.write() as tx:
                records.store(tx, rows)

    assert at_once(*[partial(store, seed) for seed in (1, 7, 12, 30)]) == []
    with database.read() as tx:
        assert records.counts(tx) == {(both.leader, "price"): 31}
