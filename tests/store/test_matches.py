"""Customer matches and their links: several customers may be one person; everything else is one to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from support.rows import NOW, Pair, pair, record_row
from trueup.store import links, matches, records
from trueup.store.database import Database
from trueup.store.matches import ASKED, LINKED, MatchRow


def match_row(of: Pair, ref: str, **more: Any) -> dict[str, Any]:
    whose = {"follower_id": of.follower, "leader_id": of.leader, "ref": ref}
    nothing = {"remote": None, "reason": None, "decided_by": None, "decided_at": None}
    candidates = [{"remote": "17", "name": "Ada", "likeness": "same e-mail"}]
    return {**whose, **nothing, "state": ASKED, "candidates": candidates, "asked_at": NOW, **more}


def link_row(of: Pair, thing: str, ref: str, remote: str) -> dict[str, Any]:
    whose = {"follower_id": of.follower, "leader_id": of.leader}
    return {
        **whose,
        "thing": thing,
        "ref": ref,
        "remote": remote,
        "document": None,
        "how": "matched",
        "created_at": NOW,
    }


def test_what_was_asked_comes_back_with_everybody_who_was_shown(database: Database) -> None:
    of = pair(database)
    with database.write() as tx:
        matches.note(tx, [match_row(of, "1"), match_row(of, "2")])
    with database.read() as tx:
        found = matches.of(tx, of.follower, of.leader, ["1", "2", "3"])
    assert found.keys() == {"1", "2"}
    assert found["1"] == MatchRow(**match_row(of, "1"))


def test_a_decision_takes_the_place_of_the_question(database: Database) -> None:
    of, later = pair(database), NOW + timedelta(hours=3)
    decided = {"state": LINKED, "remote": "17", "reason": "same e-mail", "decided_by": "Mary", "decided_at": later}
    with database.write() as tx:
        matches.note(tx, [match_row(of, "1")])
        matches.note(tx, [match_row(of, "1", **decided)])
    with database.read() as tx:
        [found] = matches.of(tx, of.follower, of.leader, ["1"]).values()
    assert (found.state, found.remote, found.decided_by, found.decided_at) == ("linked", "17", "Mary", later)
    assert found.candidates[0]["name"] == "Ada"


def test_nobody_is_looked_for_among_nobody(database: Database) -> None:
    of = pair(database)
    with database.write() as tx:
        matches.note(tx, [])
    with database.read() as tx:
        assert matches.of(tx, of.follower, of.leader, []) == {}
        assert matches.customers(tx) == []


def test_several_customers_of_a_shop_may_be_one_person_in_the_follower(database: Database) -> None:
    of = pair(database)
    with database.write() as tx:
        links.add(tx, [link_row(of, "customer", ref, "17") for ref in ("1", "2")])
    with database.read() as tx:
        found = links.remotes(tx, of.follower, of.leader, "customer", ["1", "2"])
        assert {ref: row.remote for ref, row in found.items()} == {"1": "17", "2": "17"}
        assert links.refs_of(tx, of.follower, of.leader, "customer", ["17"])["17"] in {"1", "2"}


@pytest.mark.parametrize("thing", ["product", "order"])
def test_two_articles_or_orders_of_a_shop_are_never_one_in_the_follower(database: Database, thing: str) -> None:
    of = pair(database)
    with database.write() as tx:
        links.add(tx, [link_row(of, thing, "1", "17")])
        links.note(tx, [link_row(of, thing, "2", "17")])
    with database.read() as tx:
        assert links.refs_of(tx, of.follower, of.leader, thing, ["17"]) == {"17": "1"}
    with pytest.raises(IntegrityError), database.write() as tx:
        links.add(tx, [link_row(of, thing, "2", "17")])


def test_everybody_in_the_mirror_comes_with_whom_he_is_linked_to(database: Database) -> None:
    of = pair(database)
    with database.write() as tx:
        known = [record_row(of.leader, ref, kind="customer", payload=f'{{"id":"{ref}"}}') for ref in ("2", "1")]
        records.store(tx, [*known, record_row(of.leader, "9", kind="order")])
        links.add(tx, [link_row(of, "customer", "1", "17"), link_row(of, "order", "1", "4711")])
    with database.read() as tx:
        found = matches.customers(tx)
    assert [(one.ref, one.payload, one.parties) for one in found] == [
        ("1", '{"id":"1"}', ((of.follower, "17"),)),
        ("2", '{"id":"2"}', ()),
    ]
    assert {one.first_seen_at for one in found} == {NOW}
