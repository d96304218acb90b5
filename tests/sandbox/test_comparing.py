"""What counts as the same answer, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.comparing import Comparison, Ids, kind_of, moments, plain


def differences(recorded: Any, here: Any, kind: str | None = "post", ids: Ids | None = None) -> list[str]:
    return Comparison(ids or Ids()).differences(recorded, here, kind)


@pytest.mark.parametrize(
    ("recorded", "here"),
    [
        ({"id": 14, "name": "Mug"}, {"id": 3, "name": "Mug"}),
        ({"date_created": "2026-11-21T20:33:08"}, {"date_created": "2026-11-21T20:33:41"}),
        (
            {"href": "https://shop.example/wp-json/wc/v3/products/14"},
            {"href": "https://shop.example/wp-json/wc/v3/products/3"},
        ),
        ({"description": "What this is for."}, {"description": "Something shorter"}),
        ({"related_ids": [1, 2]}, {"related_ids": []}),
        ({"id": 1, "_note": "tables trimmed"}, {"id": 1, "tables": {}}),
        ([{"id": 1}, "... 9 more items trimmed"], [{"id": 1}, {"id": 2}, {"id": 3}]),
    ],
    ids=["ids", "seconds", "ids in addresses", "descriptions", "random relations", "trimmed object", "trimmed list"],
)
def test_these_are_the_same_answer(recorded: Any, here: Any) -> None:
    assert differences(recorded, here) == []


@pytest.mark.parametrize(
    ("recorded", "here", "said"),
    [
        ({"price": "5"}, {"price": "5.00"}, "price: recorded '5', here '5.00'"),
        ({"total": 5}, {"total": 5.0}, "total: recorded 5, here 5.0"),
        ({"on_sale": True}, {"on_sale": 1}, "on_sale: recorded True, here 1"),
        ({"sku": None}, {"sku": ""}, "sku: recorded None, here ''"),
        ({"sku": "A"}, {}, "body: missing sku"),
        ({}, {"sku": "A"}, "body: not recorded: sku"),
        ({"date_created": "2026-11-21T20:33:08"}, {"date_created": "2026-11-21T19:33:08"}, "date_created: recorded"),
        ([1, 2], [1], "body: recorded 2 entries, here 1"),
        ({"related_ids": [1]}, {"related_ids": "1"}, "related_ids: recorded [1], here '1'"),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, "a.b[0].c: recorded 1, here 2"),
    ],
    ids=[
        "text of a price", "int and float", "true and one", "null and empty", "missing", "extra", "an hour off",
        "length", "type", "deep",
    ],
)  # fmt: skip
def test_these_are_not(recorded: Any, here: Any, said: str) -> None:
    found = differences(recorded, here)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_an_id_must_go_on_meaning_the_same_thing() -> None:
    ids = Ids()
    assert differences({"id": 14}, {"id": 3}, ids=ids) == []
    assert differences({"id": 14}, {"id": 4}, ids=ids) == ["id: recorded 14, here 4"]
    assert ids.here("post", 14) == 3


def test_ids_of_different_things_are_kept_apart() -> None:
    ids = Ids()
    recorded = {"id": 14, "categories": [{"id": 14}], "meta_data": [{"id": 14, "key": "k"}]}
    here = {"id": 1, "categories": [{"id": 2}], "meta_data": [{"id": 3, "key": "k"}]}
    assert differences(recorded, here, ids=ids) == []
    assert [ids.here(kind, 14) for kind in ("post", "term", "meta")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/wp-json/wc/v3/products/14", "post"),
        ("/wp-json/wc/v3/products/14/variations/20", "post"),
        ("/wp-json/wc/v3/products/categories", "term"),
        ("/wp-json/wc/v3/products/attributes/1/terms/20", "term"),
        ("/wp-json/wc/v3/orders/5/notes", "comment"),
        ("/wp-json/wc/v3/system_status", None),
    ],
)
def test_the_address_says_what_its_ids_name(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_numbers_in_addresses_are_no_difference_but_other_numbers_are() -> None:
    assert plain("https://shop.example/?post_type=product&p=18") == plain("https://shop.example/?post_type=product&p=9")
    assert plain("#99999 is an invalid image ID.") == plain("#12 is an invalid image ID.")
    assert plain("Slug is too long (28 characters max)") != plain("Slug is too long (29 characters max)")


def test_moments_are_found_wherever_they_are() -> None:
    body = [{"date_modified_gmt": "2026-01-01T00:00:00", "lines": [{"date_created_gmt": "2026-01-02T00:00:00"}]}]
    assert list(moments(body)) == ["2026-01-01T00:00:00", "2026-01-02T00:00:00"]
