"""What is shown of a record without asking: nothing that tells of a person, whatever shape it came in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.world import customer, mug, order
from trueup.cli.privacy import HIDDEN, leaves_out, shown_record


def shown(kind: str, record: object, *, raw: bool = False) -> Any:
    return shown_record(kind, json.dumps(record), raw=raw)


@pytest.mark.parametrize(
    "field",
    ["billing", "shipping", "note", "customer_note", "customer_ip_address", "transaction_id", "something_new"],
)
def test_fields_of_an_order_that_are_or_may_be_personal_are_hidden(field: str) -> None:
    assert shown("order", {field: "Ada", "number": "7"}) == {field: HIDDEN, "number": "7"}


@pytest.mark.parametrize("field", ["number", "total", "currency", "status", "positions", "line_items", "tax_lines"])
def test_fields_that_help_to_find_a_fault_stay(field: str) -> None:
    assert shown("order", {field: "x"}) == {field: "x"}


def test_what_shoppers_write_into_a_line_is_hidden_too() -> None:
    line = {"sku": "MUG", "meta_data": [{"key": "engraving", "value": "Ada"}], "parts": [{"note": "Ada", "size": "M"}]}
    assert shown("order", {"line_items": [line]}) == {
        "line_items": [{"sku": "MUG", "meta_data": HIDDEN, "parts": [{"note": HIDDEN, "size": "M"}]}]
    }


def test_a_customer_is_only_its_ids() -> None:
    found = shown_record("customer", customer(1).payload(), raw=False)
    assert {name for name, value in found.items() if value != HIDDEN} == {"id", "reference", "guest", "language"}


def test_our_own_order_loses_its_shopper_and_keeps_its_money() -> None:
    found = shown_record("order", order(5, ("1", "MUG-1")).payload(), raw=False)
    assert (found["billing"], found["shipping"], found["note"]) == (HIDDEN, HIDDEN, HIDDEN)
    assert (found["total"], found["rates"][0]["tax"]) == ("11.9", "1.9")


def test_articles_are_shown_whole() -> None:
    assert shown_record("product", mug(1).payload(), raw=False) == json.loads(mug(1).payload())
    assert shown("stock", {"cells": {"name": "Mug"}}) == {"cells": {"name": "Mug"}}


@pytest.mark.parametrize("record", ["Ada", ["Ada"], 7])
def test_an_order_that_is_no_object_is_hidden_whole(record: object) -> None:
    assert shown("order", record) == HIDDEN


def test_raw_is_all_of_it() -> None:
    record = {"billing": {"first_name": "Ada"}, "note": "x"}
    assert shown("order", record, raw=True) == record


def test_no_record_is_no_record() -> None:
    assert shown_record("order", None, raw=False) is None


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [("order", False, True), ("customer", False, True), ("order", True, False), ("product", False, False)],
)
def test_it_is_said_when_something_was_left_out(kind: str, raw: bool, said: bool) -> None:
    assert bool(leaves_out(kind, raw=raw)) is said
