"""Links and intents: what a thing is called in each follower, and what is about to be made there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from support.rows import NOW, pair
from trueup.store import links
from trueup.store.database import Database

MINUTE = timedelta(minutes=1)


def link_row(follower: int, leader: int, ref: str, remote: str, **more: Any) -> dict[str, Any]:
    whose = {"follower_id": follower, "leader_id": leader, "thing": "product", "ref": ref, "remote": remote}
    return {**whose, "document": None, "how": "created", "created_at": NOW, **more}


def test_links_are_found_from_both_sides(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        links.add(tx, [link_row(both.follower, both.leader, "A1", "77")])
        assert links.remotes(tx, both.follower, both.leader, "product", ["A1", "A2"])["A1"].remote == "77"
        assert links.refs_of(tx, both.follower, both.leader, "product", ["77", "78"]) == {"77": "A1"}
        assert links.remotes(tx, both.leader, both.follower, "product", ["A1"]) == {}
        assert links.remotes(tx, both.follower, both.leader, "order", ["A1"]) == {}
        assert links.remotes(tx, both.follower, both.leader, "product", []) == {}
        assert [row.ref for row in links.of_thing(tx, both.leader, "product", "A1")] == ["A1"]
        assert [row.ref for row in links.of_thing(tx, both.follower, "product", "77")] == ["A1"]
        links.drop(tx, both.follower, both.leader, "product", "A1")
        assert links.remotes(tx, both.follower, both.leader, "product", ["A1"]) == {}


def test_a_link_learns_a_new_remote_and_keeps_how_it_began(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        links.add(tx, [link_row(both.follower, both.leader, "A1", "77")])
        links.add(tx, [link_row(both.follower, both.leader, "A1", "78", how="adopted", created_at=NOW + MINUTE)])
        [row] = links.remotes(tx, both.follower, both.leader, "product", ["A1"]).values()
    assert (row.remote, row.how, row.created_at) == ("78", "created", NOW)


def test_two_things_are_never_linked_to_one(database: Database) -> None:
    both = pair(database)
    with database.write() as tx:
        links.add(tx, [link_row(both.follower, both.leader, "A1", "77")])
    with pytest.raises(IntegrityError), database.write() as tx:
        links.add(tx, [link_row(both.follower, both.leader, "A2", "77")])
    with database.write() as tx:
        links.note(tx, [link_row(both.follower, both.leader, ref, "77") for ref in ("A2", "A3")])
        links.note(
            tx, [link_row(both.follower, both.leader, "A1", "99"), link_row(both.follower, both.leader, "A4", "1")]
        )
        found = links.remotes(tx, both.follower, both.leader, "product", ["A1", "A2", "A3", "A4"])
    assert {ref: row.remote for ref, row in found.items()} == {"A1": "77", "A4": "1"}


def test_intents_count_their_tries_until_they_are_fulfilled(database: Database) -> None:
    both = pair(database)
    row = {
        "follower_id": both.follower,
        "leader_id": both.leader,
        "thing": "order",
        "opened_at": NOW,
        "ask_after": NOW + MINUTE,
    }
    with database.write() as tx:
        links.intend(tx, [])
        for _ in range(3):
            links.intend(tx, [{**row, "ref": "1", "reference": "WC-ORDER-1"}])
        links.intend(tx, [{**row, "ref": "2", "reference": None, "opened_at": NOW + MINUTE}])
        assert links.open_intents(tx, both.follower) == [("order", "1", 3), ("order", "2", 1)]
        assert links.open_intents(tx, both.leader) == []
        working = {(both.leader, "order", ref): NOW + MINUTE for ref in ("1", "2")}
        assert links.may_be_working_on(tx, both.follower, NOW) == working
        assert links.may_be_working_on(tx, both.follower, NOW + MINUTE) == {}
        links.answered(tx, both.follower, both.leader, "order", ["1"])
        links.answered(tx, both.follower, both.leader, "order", [])
        assert list(links.may_be_working_on(tx, both.follower, NOW)) == [(both.leader, "order", "2")]
        links.fulfil(tx, both.follower, both.leader, "order", [])
        links.fulfil(tx, both.follower, both.leader, "product", ["1"])
        links.fulfil(tx, both.follower, both.leader, "order", ["1", "9"])
        assert links.open_intents(tx, both.follower) == [("order", "2", 1)]
