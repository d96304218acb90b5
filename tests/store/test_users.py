"""Who may sign in: neither passwords nor sessions can be read from the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from support.people import PASSWORD, add_ada
from trueup.store import users
from trueup.store.database import Database
from trueup.store.tables import session, user

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def ada(database: Database) -> int:
    with database.write() as tx:
        return add_ada(tx, NOW)


def test_the_right_name_and_password_are_known(database: Database, ada: int) -> None:
    with database.read() as tx:
        known = users.check(tx, "Ada", PASSWORD)
    assert known is not None
    assert (known.id, known.name, known.created_at) == (ada, "ada", NOW)


@pytest.mark.parametrize("name", ["ada", "ADA", "  Ada "])
def test_names_are_alike_whatever_their_case(database: Database, ada: int, name: str) -> None:
    with database.read() as tx:
        assert users.check(tx, name, PASSWORD) is not None
        assert users.by_name(tx, name) is not None


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ada", "three small boat"), ("Ada", ""), ("Bo", PASSWORD), ("", ""), ("Ada", f"{PASSWORD} ")],
)
def test_anything_else_is_nobody(database: Database, ada: int, name: str, password: str) -> None:
    with database.read() as tx:
        assert users.check(tx, name, password) is None


def test_a_user_who_was_added_is_known(database: Database) -> None:
    with database.write() as tx:
        added = users.add(tx, name="Bo", password=PASSWORD, now=NOW)
        known = users.check(tx, "bo", PASSWORD)
    assert known is not None
    assert known.id == added


def test_a_name_is_taken_once(database: Database, ada: int) -> None:
    with database.write() as tx, pytest.raises(users.NameTaken, match="Choose another name"):
        users.add(tx, name="ADA", password=PASSWORD, now=NOW)
    with database.read() as tx:
        assert users.count(tx) == 1


@pytest.mark.parametrize("password", ["", "short", "9 letters", "x" * 1025])
def test_a_weak_password_is_refused(database: Database, password: str) -> None:
    with database.write() as tx, pytest.raises(users.WeakPassword, match="at least 10"):
        users.add(tx, name="Bo", password=password, now=NOW)
    with database.read() as tx:
        assert users.count(tx) == 0


def test_the_database_holds_argon2id_with_a_salt_of_its_own(database: Database, ada: int) -> None:
    with database.write() as tx:
        users.add(tx, name="Bo", password=PASSWORD, now=NOW)
        hashes = list(tx.execute(select(user.c.password_hash)).scalars())
    assert all(hashed.startswith("$argon2id$") for hashed in hashes)
    assert len(set(hashes)) == 2


def test_a_session_belongs_to_who_opened_it(database: Database, ada: int) -> None:
    with database.write() as tx:
        token = users.open_session(tx, ada, NOW)
        other = users.open_session(tx, ada, NOW)
    with database.read() as tx:
        mine = users.of_session(tx, token, NOW)
    assert token != other
    assert mine is not None
    assert mine.id == ada


def test_the_database_cannot_tell_a_sessions_token(database: Database, ada: int) -> None:
    with database.write() as tx:
        token = users.open_session(tx, ada, NOW)
        stored = str([tuple(row) for row in tx.execute(select(session))])
    assert token not in stored


@pytest.mark.parametrize(("days", "lasts"), [(0, True), (13.9, True), (14, False), (400, False)])
def test_a_session_lasts_fourteen_days(database: Database, ada: int, days: float, lasts: bool) -> None:
    with database.write() as tx:
        token = users.open_session(tx, ada, NOW)
        assert (users.of_session(tx, token, NOW + timedelta(days=days)) is not None) is lasts


def test_a_made_up_token_is_nobody(database: Database, ada: int) -> None:
    with database.write() as tx:
        users.open_session(tx, ada, NOW)
        assert users.of_session(tx, "made up", NOW) is None
        assert users.of_session(tx, "", NOW) is None


def test_a_closed_session_is_over_and_the_other_stays(database: Database, ada: int) -> None:
    with database.write() as tx:
        here, there = users.open_session(tx, ada, NOW), users.open_session(tx, ada, NOW)
        users.close_session(tx, here)
        assert users.of_session(tx, here, NOW) is None
        assert users.of_session(tx, there, NOW) is not None


def test_sessions_that_are_over_are_forgotten(database: Database, ada: int) -> None:
    with database.write() as tx:
        users.open_session(tx, ada, NOW)
        users.open_session(tx, ada, NOW + timedelta(days=15))
        assert len(tx.execute(select(session)).all()) == 1


def test_a_new_password_ends_every_session(database: Database, ada: int) -> None:
    with database.write() as tx:
        token = users.open_session(tx, ada, NOW)
        users.set_password(tx, ada, "four large ships")
        assert users.of_session(tx, token, NOW) is None
        assert users.check(tx, "ada", PASSWORD) is None
        assert users.check(tx, "ada", "four large ships") is not None
