"""The parts a shop is made of: clock, checks, errors, meta, store, routes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trueup.sandbox.batch import as_id
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.deleting import forced, insist_on_force, refuse_twice, without_trash
from trueup.sandbox.errors import WooError, crashed, invalid_id
from trueup.sandbox.meta import merged, stored, value_of
from trueup.sandbox.router import CREATE, READ, UPDATE, Answer, Call, Route, Router
from trueup.sandbox.shop import RequestLog
from trueup.sandbox.store import Store, Table
from trueup.sandbox.validation import Field, check

BERLIN = ZoneInfo("Europe/Berlin")


# -- clock -----------------------------------------------------------------------------------------------------------


def test_a_clock_is_real_held_or_shifted() -> None:
    start = datetime(2026, 3, 10, 12, 0, 0, 500, tzinfo=UTC)
    clock = ShopClock(lambda: start)
    assert clock.now() == start.replace(microsecond=0)
    clock.advance(60)
    assert clock.now().minute == 1
    clock.hold(datetime(2030, 1, 1, tzinfo=BERLIN))
    assert clock.now() == datetime(2029, 12, 31, 23, tzinfo=UTC)
    clock.advance(3600)
    assert clock.now() == datetime(2030, 1, 1, tzinfo=UTC)
    clock.release()
    assert clock.now().minute == 1


# -- checks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        (Field(type="integer"), "7", 7),
        (Field(type="integer"), 7.0, 7),
        (Field(type="integer"), "-7", -7),
        (Field(type="number"), "1.5", 1.5),
        (Field(type="boolean"), "true", True),
        (Field(type="boolean"), "FALSE", False),
        (Field(type="boolean"), 1, True),
        (Field(type="boolean"), "0", False),
        (Field(type="array", items=Field(type="integer")), "1,2 3", [1, 2, 3]),
        (Field(type="array", items=Field(type="integer")), 5, [5]),
        (Field(type="object"), "", {}),
        (Field(type="integer,null"), "5", 5),
        (Field(type="boolean,string"), "parent", "parent"),
        (Field(type="null,string"), "x", "x"),
        (Field(format="date-time"), "2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z"),
        (Field(format="email"), "a@example.test", "a@example.test"),
    ],
)
def test_values_are_brought_to_their_type(field: Field, sent: Any, kept: Any) -> None:
    assert check({"f": field}, {"f": sent})["f"] == kept


@pytest.mark.parametrize(
    ("field", "sent", "code", "said"),
    [
        (Field(type="integer"), "x", "rest_invalid_type", "f is not of type integer."),
        (Field(type="integer"), 1.5, "rest_invalid_type", "f is not of type integer."),
        (Field(type="integer"), True, "rest_invalid_type", "f is not of type integer."),
        (Field(type="boolean"), "maybe", "rest_invalid_type", "f is not of type boolean."),
        (Field(type="integer,null"), "x", "rest_invalid_type", "f is not of type integer,null."),
        (Field(type="array", items=Field(type="object")), [1], "rest_invalid_type", "f[0] is not of type object."),
        (Field(enum=("a", "b")), "c", "rest_not_in_enum", "f is not one of a and b."),
        (Field(enum=("a",)), "c", "rest_not_in_enum", "f is not one of a."),
        (Field(type="integer", maximum=5), 6, "rest_out_of_bounds", "f must be less than or equal to 5"),
        (Field(type="integer", minimum=1), 0, "rest_out_of_bounds", "f must be greater than or equal to 1"),
        (Field(format="date-time"), "2026-03-10", "rest_invalid_date", "Invalid date."),
        (Field(format="email"), "a@b", "rest_invalid_email", "Invalid email address."),
    ],
)
def test_what_does_not_fit_is_refused_with_wordpress_words(field: Field, sent: Any, code: str, said: str) -> None:
    with pytest.raises(WooError) as refused:
        check({"f": field}, {"f": sent})
    assert refused.value.code == "rest_invalid_param"
    assert refused.value.data["details"]["f"]["code"] == code
    assert refused.value.data["params"] == {"f": said}


def test_nothing_is_never_wrong_unless_it_is_required() -> None:
    assert check({"f": Field(type="integer")}, {"f": None}) == {"f": None}
    assert check({"f": Field(default=5)}, {}) == {"f": 5}
    assert check({}, {"other": 1}) == {"other": 1}
    with pytest.raises(WooError, match="Missing parameter") as refused:
        check({"f": Field(required=True), "g": Field(required=True)}, {"f": None})
    assert refused.value.data == {"params": ["f", "g"]}


# -- errors ----------------------------------------------------------------------------------------------------------


def test_errors_have_wordpress_envelope() -> None:
    error = WooError(400, "code", "Message.", {"resource_id": 5})
    assert error.envelope() == {"code": "code", "message": "Message.", "data": {"status": 400, "resource_id": 5}}
    assert invalid_id("product", 400).status == 400
    assert crashed("boom").envelope()["data"]["error"]["message"] == "boom"
    assert crashed("boom").crash


# -- deleting --------------------------------------------------------------------------------------------------------


def test_what_has_no_trash_insists_on_force() -> None:
    call = Call(method="DELETE", path="/")
    with pytest.raises(WooError, match="501 woocommerce_rest_trash_not_supported: Taxes do not support trashing"):
        insist_on_force(call, "Taxes")
    call.query = {"force": "true"}
    insist_on_force(call, "Taxes")
    assert forced(call)
    assert without_trash("Resource").message == "Resource does not support trashing."


def test_force_is_true_or_false_and_nothing_else() -> None:
    with pytest.raises(WooError, match="400 rest_invalid_param"):
        forced(Call(method="DELETE", path="/", query={"force": "perhaps"}))


def test_what_is_in_the_trash_is_not_put_there_again() -> None:
    refuse_twice({"status": "publish"}, "product")
    with pytest.raises(WooError, match="410 woocommerce_rest_already_trashed: The product has already been deleted"):
        refuse_twice({"status": "trash"}, "product")


# -- meta ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> Store:
    return Store()


def test_meta_ids_grow_and_are_never_given_twice(store: Store) -> None:
    first = merged(store, [], [{"key": "a", "value": "1"}])
    second = merged(store, first, [{"key": "a", "value": None}])
    third = merged(store, second, [{"key": "a", "value": "1"}])
    assert (first[0]["id"], second, third[0]["id"]) == (61, [], 62)


def test_meta_that_is_no_list_changes_nothing(store: Store) -> None:
    rows = [{"id": 1, "key": "a", "value": "1"}]
    assert merged(store, rows, "nonsense") == rows
    assert merged(store, rows, ["nonsense", {"value": 1}]) == rows


def test_two_rows_of_one_key_become_one_when_it_is_written(store: Store) -> None:
    rows = [{"id": 1, "key": "a", "value": "1"}, {"id": 2, "key": "a", "value": "2"}]
    assert merged(store, rows, [{"key": "a", "value": "3"}]) == [{"id": 1, "key": "a", "value": "3"}]
    assert merged(store, rows, [{"id": 2, "key": "a", "value": "3"}])[1] == {"id": 2, "key": "a", "value": "3"}


def test_meta_values(store: Store) -> None:
    assert [stored(value) for value in (True, 5, 1.5, "x", [1], {"a": True})] == [
        "1",
        "5",
        "1.5",
        "x",
        [1],
        {"a": True},
    ]
    doc = {"meta": [{"id": 1, "key": "a", "value": "1"}]}
    assert (value_of(doc, "a"), value_of(doc, "b"), value_of({}, "a")) == ("1", None, None)


# -- store -----------------------------------------------------------------------------------------------------------

THINGS = Table(
    name="thing",
    columns={"colour": "TEXT", "size": "INTEGER"},
    of=lambda doc: {"colour": doc["colour"], "size": doc["size"]},
    indexes=("colour, size",),
)


@pytest.fixture
def things(store: Store) -> Store:
    store.add_table(THINGS)
    for id_, colour, size in ((1, "red", 3), (2, "blue", 2), (3, "red", 1)):
        store.insert("thing", {"id": id_, "colour": colour, "size": size})
    return store


def test_documents_are_found_by_their_columns(things: Store) -> None:
    assert things.ids("thing", "colour = ?", ("red",), order="size") == [3, 1]
    assert [doc["id"] for doc in things.select("thing", order="size DESC", limit=1, offset=1)] == [2]
    assert things.count("thing", "size > ?", (1,)) == 2
    assert [doc["id"] for doc in things.get_all("thing", [3, 99, 1])] == [3, 1]
    assert things.get("thing", 99) is None


def test_an_update_moves_columns_along(things: Store) -> None:
    before = things.get("thing", 1)
    assert before is not None
    things.update("thing", {**before, "colour": "green"}, before)
    assert things.ids("thing", "colour = 'green' AND size = 3") == [1]
    things.update("thing", {**before, "size": 9})
    assert things.ids("thing", "colour = 'red'", order="size DESC") == [1, 3]
    things.delete("thing", 1)
    assert things.count("thing") == 2


def test_a_remembered_count_is_forgotten_after_a_write(things: Store) -> None:
    assert things.counted("thing", "colour = ?", ("red",)) == 2
    assert things.counted("thing", "colour = ?", ("red",)) == 2
    things.delete("thing", 1)
    assert things.counted("thing", "colour = ?", ("red",)) == 1


def test_what_was_written_before_an_error_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "shop.db")
    store.add_table(THINGS)
    with pytest.raises(sqlite3.IntegrityError):
        write_twice(store)
    store.close()
    again = Store(tmp_path / "shop.db")
    again.add_table(THINGS)
    assert again.count("thing") == 1
    again.close()


def write_twice(store: Store) -> None:
    with store.writing():
        for _ in range(2):
            store.insert("thing", {"id": 1, "colour": "red", "size": 1})


def test_numbers_of_a_sequence_are_given_once(store: Store) -> None:
    assert [store.next_id("a"), store.next_id("a"), store.next_id("b", start=10)] == [1, 2, 10]
    store.set_counter("a", 99)
    assert store.next_id("a") == 100


# -- routes ----------------------------------------------------------------------------------------------------------


def nothing(*_args: Any) -> Answer:
    return Answer(body=None)


ROUTER = Router(
    [
        Route(READ, "/things", nothing),
        Route(CREATE, "/things", nothing),
        Route(UPDATE, "/things/batch", nothing),
        Route(READ, "/things/{id}", nothing),
        Route(UPDATE, "/things/{id}", nothing),
        Route(READ, "/things/{thing_id}/parts/{name}", nothing),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "pattern", "args"),
    [
        ("GET", "/things", "/things", []),
        ("HEAD", "/things", "/things", []),
        ("PATCH", "/things/batch", "/things/batch", []),
        ("GET", "/things/7", "/things/{id}", [7]),
        ("GET", "/things/7/parts/a-b", "/things/{thing_id}/parts/{name}", [7, "a-b"]),
        ("GET", "/things/7/parts/12", "/things/{thing_id}/parts/{name}", [7, "12"]),
    ],
)
def test_a_path_finds_its_route(method: str, path: str, pattern: str, args: list[Any]) -> None:
    route, found = ROUTER.find(method, f"/wp-json/wc/v3{path}")
    assert (route.pattern, found) == (pattern, args)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/things"), ("GET", "/things/batch"), ("GET", "/things/x7")])
def test_a_path_without_a_route_is_told_so(method: str, path: str) -> None:
    with pytest.raises(WooError, match="No route was found"):
        ROUTER.find(method, f"/wp-json/wc/v3{path}")


def test_methods_are_those_of_the_first_pattern_that_fits() -> None:
    assert ROUTER.methods("/wp-json/wc/v3/things") == ["GET", "POST"]
    assert ROUTER.methods("/wp-json/wc/v3/things/7") == ["GET", "POST", "PUT", "PATCH"]
    assert ROUTER.methods("/wp-json/wc/v3/nothing") == []
    assert ROUTER.kind("/wp-json/wc/v3/things/7") == "/things/{id}"
    assert ROUTER.kind("/elsewhere") == "/elsewhere"


def test_a_route_of_a_plugin_is_only_there_while_the_plugin_is_on() -> None:
    api = "/wp-json/wc-parcels/v3"
    router = Router([Route(READ, "/things/{thing_id}/parcels", nothing, api=api, feature="parcels")])
    path = f"{api}/things/7/parcels"
    with pytest.raises(WooError, match="rest_no_route"):
        router.find("GET", path)
    assert router.methods(path) == []
    route, args = router.find("GET", path, ("parcels",))
    assert (args, router.methods(path, ("parcels",))) == ([7], ["GET"])
    assert route.name == "/wc-parcels/v3/things/(?P<thing_id>[\\d]+)/parcels"
    assert router.kind(path) == "/wc-parcels/v3/things/{thing_id}/parcels"
    assert [one.kind for one in router.routes()] == []


def test_a_call_knows_its_parameters_and_addresses() -> None:
    call = Call(method="GET", path="/", query={"a": "1", "b": "2"}, body={"b": "3"}, base="https://shop.example")
    assert call.params == {"a": "1", "b": "3"}
    assert call.url("/products") == "https://shop.example/wp-json/wc/v3/products"


@pytest.mark.parametrize(("value", "id_"), [(5, 5), ("5", 5), (" 5 ", 5), ("x", 0), (None, 0), ({"id": 5}, 0), (0, 0)])
def test_what_counts_as_an_id_in_a_batch(value: Any, id_: int) -> None:
    assert as_id(value) == id_


def test_the_log_counts_requests_and_items() -> None:
    log = RequestLog()
    log.note("GET", "/products", 1)
    log.note("POST", "/products/batch", 50)
    log.note("DELETE", "/products/{id}", 1)
    assert (log.total, log.writes, log.items["POST /products/batch"]) == (3, 2, 50)
