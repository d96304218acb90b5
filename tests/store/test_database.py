"""Promise 13: one way to both databases: types, transactions, migrations, and writers that meet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from support.rows import NOW, at_once, owe, pair, record_row
from trueup.store import connections, deliveries, records
from trueup.store.database import Database, JsonText, UtcTime
from trueup.store.deliveries import Settled
from trueup.store.migrate import _config, is_current, migrate
from trueup.store.sql import insert_new, upsert
from trueup.store.tables import delivery, lane, metadata

OWN = {table.name for table in metadata.sorted_tables}
DIALECT = sqlite.dialect()


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_promise_13_an_empty_database_gets_every_table_and_a_second_time_changes_nothing(empty: Database) -> None:
    assert not is_current(empty)
    for _ in range(2):
        migrate(empty)
        assert is_current(empty)
        assert tables(empty) == OWN | {"alembic_version"}


def test_promise_13_the_migrations_make_exactly_the_tables_of_the_code(empty: Database) -> None:
    migrate(empty)
    with empty.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_promise_13_the_migrations_can_be_taken_back(empty: Database) -> None:
    migrate(empty)
    config = _config()
    with empty.write() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "base")
    assert tables(empty) == {"alembic_version"}
    assert not is_current(empty)
    migrate(empty)
    assert tables(empty) == OWN | {"alembic_version"}


def test_processes_that_migrate_at_the_same_moment_do_not_disturb_each_other(empty: Database) -> None:
    others = [Database(empty.url) for _ in range(4)]
    assert at_once(*[partial(migrate, other) for other in others]) == []
    for other in others:
        other.close()
    assert is_current(empty)


def test_a_migration_that_breaks_leaves_nothing_behind(empty: Database) -> None:
    def breaks() -> None:
        with empty.write() as tx:
            config = _config()
            config.attributes["connection"] = tx
            command.upgrade(config, "head")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    assert tables(empty) == set()


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9)), timezone(timedelta(hours=5.5))])))
def test_a_time_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return
    text = UtcTime().process_bind_param(moment, DIALECT)
    back = UtcTime().process_result_value(text, DIALECT)
    assert back == moment
    assert back is not None
    assert back.utcoffset() == timedelta(0)
    assert len(str(text)) == len("2026-03-02T08:00:00.000000Z")
    later = UtcTime().process_bind_param(utc + timedelta(microseconds=1), DIALECT) if utc.year < 9999 else "9" * 30
    assert str(text) < str(later), "text order is time order"


def test_a_time_without_a_zone_cannot_be_stored(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a zone"), database.write() as tx:
        connections.add(tx, name="ERP", system="memory", settings={}, sealed=None, now=naive)


json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(json)
def test_a_value_comes_back_from_json_text(value: object) -> None:
    text = JsonText().process_bind_param(value, DIALECT)
    assert JsonText().process_result_value(text, DIALECT) == value


def test_letters_of_every_script_are_kept(database: Database) -> None:
    both = pair(database)
    labels = {"1": "Räksmörgås å 25 €", "2": "ねこマグ", "3": "😀" * 3, "4": "quote ' \" \\ % _", "5": ""}
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, ref, label=label) for ref, label in labels.items()])
    with database.read() as tx:
        found = records.of(tx, [(both.leader, "price", ref) for ref in labels])
    assert {key[2]: row.label for key, row in found.items()} == labels


def test_a_write_is_all_or_nothing(database: Database) -> None:
    both = pair(database)

    def breaks() -> None:
        with database.write() as tx:
            records.store(tx, [record_row(both.leader, "A1")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks()
    with database.read() as tx:
        assert records.hashes(tx, both.leader, "price", ["A1"]) == {}


def test_what_points_at_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as tx:
        records.store(tx, [record_row(4711, "A1")])


def test_promise_11_an_error_of_the_database_does_not_tell_what_was_to_be_written(database: Database) -> None:
    with pytest.raises(IntegrityError) as refusal, database.write() as tx:
        records.store(tx, [record_row(4711, "A1", label="Ada Lovelace", payload='{"email": "ada@example.com"}')])
    assert "Ada" not in str(refusal.value)
    assert "example.com" not in str(refusal.value)


def test_an_upsert_changes_what_it_may_and_keeps_what_is_set_once(database: Database) -> None:
    both = pair(database)
    later = NOW + timedelta(days=1)
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, "A1")])
        again = record_row(both.leader, "A1", hash="h2", first_seen_at=later, stored_at=later)
        upsert(tx, records.t, [again], key=["leader_id", "kind", "ref"], once=["first_seen_at"])
        upsert(tx, records.t, [], key=["leader_id", "kind", "ref"])
        [row] = records.of(tx, [(both.leader, "price", "A1")]).values()
    assert (row.hash, row.first_seen_at, row.stored_at) == ("h2", NOW, later)


def test_inserting_what_is_there_leaves_it_as_it_is(database: Database) -> None:
    with database.write() as tx:
        insert_new(tx, lane, [{"name": "x", "token": 7}], key=["name"])
        insert_new(tx, lane, [{"name": "x", "token": 0}, {"name": "y", "token": 1}], key=["name"])
        insert_new(tx, lane, [], key=["name"])
        assert dict(tx.execute(select(lane.c.name, lane.c.token)).all()) == {"x": 7, "y": 1}


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://u@h/db", "postgresql+psycopg://u@h/db"),
        ("postgresql://u@h/db", "postgresql+psycopg://u@h/db"),
    ],
)
def test_urls_are_taken_as_people_write_them(written: str, used: str) -> None:
    database = Database(written)
    assert (database.url, database.is_postgres) == (used, True)
    database.close()


def test_a_bare_path_is_a_sqlite_file_whose_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "inside" / "hub.sqlite"
    database = Database(str(path))
    migrate(database)
    assert path.exists()
    with database.read() as tx:
        settings = {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")}
    database.close()
    assert settings == {"journal_mode": "wal", "foreign_keys": 1}


def test_promise_13_writers_that_meet_lose_nothing(database: Database) -> None:
    """Ten threads of two processes count failures of one connection: every one counts."""
    both, other = pair(database), Database(database.url)

    def fail(base: Database) -> None:
        for _ in range(10):
            with base.write() as tx:
                connections.pause(tx, both.follower, until=NOW, sentence="Down.")

    assert at_once(*[partial(fail, base) for base in (database, other) for _ in range(5)]) == []
    other.close()
    with database.read() as tx:
        row = connections.by_id(tx, both.follower)
    assert row is not None
    assert row.failures == 100


def test_promise_13_readers_go_on_while_somebody_writes(database: Database) -> None:
    both, other = pair(database), Database(database.url)
    with database.write() as tx:
        records.store(tx, [record_row(both.leader, "A1")])
        with other.read() as beside:
            assert records.hashes(beside, both.leader, "price", ["A1"]) == {}
    other.close()


def test_promise_13_writers_that_cross_each_other_do_not_lock_each_other_out(database: Database) -> None:
    """One owes records in the order of a page, one settles them, one wakes them: the same rows, in three orders."""
    both = pair(database)
    refs = [f"A{number}" for number in range(40)]
    owe(database, both, *refs)
    with database.read() as tx:
        ids = [row.id for row in deliveries.due(tx, both.follower, "catalogue", now=NOW, limit=100)]

    def owes(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            owe(database, both, *chance.sample(refs, 40))

    def settles(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            state = chance.choice([deliveries.DONE, deliveries.WAITING])
            waits_for = "product:P" if state == deliveries.WAITING else None
            with database.write() as tx:
                deliveries.settle(tx, [Settled(id=id_, hash="h1", state=state, waits_for=waits_for) for id_ in ids])

    def wakes() -> None:
        for _ in range(15):
            with database.write() as tx:
                deliveries.wake(tx, both.follower, ["product:P"])

    assert at_once(partial(owes, 1), partial(owes, 2), partial(settles, 3), partial(settles, 4), wakes, wakes) == []
    with database.read() as tx:
        assert len(tx.execute(select(delivery.c.id)).all()) == 40
