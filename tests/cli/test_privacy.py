"""What is shown of a record without asking: nothing that tells of a person, whatever shape it came in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.command import Command
from support.world import customer, mug, order
from trueup.cli.privacy import HIDDEN, IMPERSONAL, leaves_out, shown_label, shown_record, shown_sentence
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.customer import Address, Customer, CustomerNumber
from trueup.domain.order import Order
from trueup.domain.record import Kind


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
    shown_fields = {"id", "reference", "guest", "language", "apart"}
    assert {name for name, value in found.items() if value != HIDDEN} == shown_fields


def test_a_customers_number_is_shown_without_the_name() -> None:
    number = CustomerNumber(id="P-7/1", customer="1", number="C-7", system="ERP", name="Ada")
    found = shown_record("customer number", number.payload(), raw=False)
    assert found == {"id": "P-7/1", "customer": "1", "number": "C-7", "system": "ERP", "name": HIDDEN}


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


PERSONAL = set(Address.model_fields) | {"email", "phone", "vat_id", "name", "billing", "shipping", "note"}


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.CUSTOMER])
def test_no_field_that_names_or_reaches_a_person_is_ever_shown(kind: Kind) -> None:
    assert IMPERSONAL[kind] & PERSONAL == set()


@pytest.mark.parametrize(("kind", "model"), [(Kind.ORDER, Order), (Kind.CUSTOMER, Customer)])
def test_a_new_field_is_hidden_until_somebody_decides(kind: Kind, model: Any) -> None:
    record = dict.fromkeys([*model.model_fields, "invented_tomorrow"], "x")
    hidden = {name for name, value in shown(kind, record).items() if value == HIDDEN}
    assert "invented_tomorrow" in hidden
    assert hidden | IMPERSONAL[kind] >= set(model.model_fields)


names = st.text(st.characters(categories=["Lu", "Ll"]), min_size=3, max_size=8).map(lambda name: f"¤{name}¤")


@given(name=names, place=st.sampled_from(["billing", "shipping", "note", "customer_note", "meta_data", "unheard_of"]))
@settings(max_examples=40, deadline=None)
def test_a_name_does_not_come_through_wherever_it_stands(name: str, place: str) -> None:
    inner = {"meta_data": [{"key": "gift", "value": name}], "note": name, "name": "Mug"}
    record = {place: {"deep": [name]}, "line_items": [inner], "positions": [{"parts": [inner]}], "number": "7"}
    assert name not in json.dumps(shown("order", record), ensure_ascii=False)
    assert name in json.dumps(shown("order", record, raw=True), ensure_ascii=False)


@pytest.mark.parametrize(
    ("kind", "raw", "label", "sentence"),
    [
        ("customer", False, "12", "12 has no country."),
        ("customer", True, "Ada", "Ada has no country."),
        ("order", False, "Ada", "Ada has no country."),
        ("product", False, "Ada", "Ada has no country."),
    ],
)
def test_a_customer_is_called_by_its_id(kind: str, raw: bool, label: str, sentence: str) -> None:
    assert shown_label(kind, "Ada", "12", raw=raw) == label
    assert shown_sentence(kind, "Ada has no country.", "Ada", "12", raw=raw) == sentence


@pytest.mark.parametrize("sentence", [None, ""])
def test_no_sentence_stays_none(sentence: str | None) -> None:
    assert shown_sentence("customer", sentence, "Ada", "12") == sentence


def test_a_customer_without_a_name_changes_no_sentence() -> None:
    assert shown_sentence("customer", "It has no name.", "", "12") == "It has no name."


@pytest.fixture
def refused(trueup: Command) -> Command:
    """A customer called Ada was refused by the ERP, and her order waits for her."""
    trueup.flow("order")
    trueup.erp.fault(Fault(trouble=Trouble.REFUSED, op="push", label="Ada", times=1))
    trueup.shop.put(order(5, ("product-1", "MUG-1")), companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    return trueup


def test_no_command_says_a_customer_s_name_unasked(refused: Command) -> None:
    [entry] = refused.json("quarantine", "list")
    number = str(entry["id"])
    assert (entry["label"], entry["sentence"].split()[0]) == ("1", "1")
    for words in (
        ["quarantine", "list"],
        ["quarantine", "show", number],
        ["transfers"],
        ["record", "show", "1", "--kind", "customer"],
        ["record", "show", "1005"],
    ):
        assert "Ada" not in refused.done(*words) + refused.done(*words, "--json"), words


def test_who_asks_for_it_gets_the_name(refused: Command) -> None:
    number = str(refused.json("quarantine", "list")[0]["id"])
    for words in (["quarantine", "show", number], ["record", "show", "1", "--kind", "customer"]):
        assert "Ada" in refused.done(*words, "--raw")
        assert "Ada" in json.dumps(refused.json(*words, "--raw"))


def test_decisions_name_the_entry_and_not_the_person(refused: Command) -> None:
    number = str(refused.json("quarantine", "list")[0]["id"])
    assert "Ada" not in refused.done("quarantine", "retry", number)
    refused.erp.fault(Fault(trouble=Trouble.REFUSED, op="push", label="Ada", times=1))
    refused.done("flow", "run", "orders")
    number = str(refused.json("quarantine", "list")[0]["id"])
    assert refused.done("quarantine", "skip", number, "--reason", "known").strip() == "Customer 1 is skipped."
