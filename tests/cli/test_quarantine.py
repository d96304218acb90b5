"""Quarantine on the command line: what is wrong, the record as it was read, and what somebody decides."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from support.command import Command
from support.world import customer, mug, order
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.customer import Address
from trueup.domain.record import Kind


@pytest.fixture
def refusing(trueup: Command) -> Command:
    """The shop has refused one mug of two; the other one is there."""
    trueup.flow("product")
    trueup.erp.put(mug(1), mug(2))
    trueup.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-1", times=1))
    trueup.done("flow", "run", "products")
    return trueup


@pytest.fixture
def selling(trueup: Command) -> Command:
    """An order whose money does not add up was read; its shopper has a name, a street and a mailbox."""
    trueup.flow("order")
    sold = order(5, ("product-1", "MUG-1"))
    shopper = Address(
        first_name="Ada", last_name="Lovelace", street="Ockham 1", city="London", email="ada@mail.example"
    )
    broken = sold.model_copy(update={"billing": shopper, "total": Decimal(1), "note": "for Charles"})
    trueup.shop.put(broken, companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    return trueup


def only_entry(command: Command) -> int:
    [entry] = command.json("quarantine", "list")
    number: int = entry["id"]
    return number


def test_an_empty_quarantine_says_so(trueup: Command) -> None:
    assert trueup.done("quarantine", "list").strip() == "Nothing is in quarantine."
    assert trueup.done("quarantine", "list", "--state", "skipped").strip() == "No entry is skipped."
    assert trueup.done("quarantine", "retry", "--all").strip() == "Nothing is in quarantine."
    assert trueup.json("quarantine", "list") == []


def test_the_list_names_the_record_the_flow_and_what_is_wrong(refusing: Command) -> None:
    [entry] = refusing.json("quarantine", "list")
    assert (entry["kind"], entry["label"], entry["flow"], entry["state"]) == ("product", "MUG-1", "products", "open")
    said = refusing.done("quarantine", "list")
    assert "MUG-1" in said
    assert entry["sentence"] in said


def test_an_entry_is_shown_with_its_record_and_where_it_was_going(refusing: Command) -> None:
    number = str(only_entry(refusing))
    said = refusing.done("quarantine", "show", number)
    assert "on the way to Shop" in said
    assert '"sku": "MUG-1"' in said
    shown = refusing.json("quarantine", "show", number)
    assert (shown["follower"], shown["record"]["sku"]) == ("Shop", "MUG-1")


def test_a_retry_makes_it_due_and_the_next_run_delivers_it(refusing: Command) -> None:
    said = refusing.done("quarantine", "retry", str(only_entry(refusing)))
    assert "MUG-1: is tried again." in said
    assert refusing.json("quarantine", "list") == []
    refusing.done("flow", "run", "products")
    assert len(refusing.shop.things(Kind.PRODUCT)) == 2
    [resolved] = refusing.json("quarantine", "list", "--state", "resolved")
    assert resolved["label"] == "MUG-1"


def test_what_could_not_be_read_is_read_again_at_once(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1), mug(2))
    trueup.erp.spoil(Kind.PRODUCT, "A1")
    trueup.erp.spoil(Kind.PRODUCT, "A2")
    trueup.done("flow", "run", "products")
    trueup.erp.spoil(Kind.PRODUCT, "A2", None)
    said = trueup.done("quarantine", "retry", "--all")
    assert "A1: still wrong. " in said
    assert said.count("is tried again.") == 1
    assert [entry["ref"] for entry in trueup.json("quarantine", "list")] == ["A1"]


def test_a_leader_that_cannot_be_read_refuses_the_retry(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    trueup.erp.spoil(Kind.PRODUCT, "A1")
    trueup.done("flow", "run", "products")
    trueup.erp.fault(Fault(trouble=Trouble.DOWN, op="fetch"))
    assert trueup.refused("quarantine", "retry", str(only_entry(trueup)))
    assert len(trueup.json("quarantine", "list")) == 1


def test_a_skip_keeps_its_reason_and_who_did_it(refusing: Command) -> None:
    number = str(only_entry(refusing))
    assert "is skipped" in refusing.done("quarantine", "skip", number, "--reason", "sold out for good")
    [skipped] = refusing.json("quarantine", "list", "--state", "skipped")
    assert skipped["reason"] == "sold out for good"
    assert skipped["closed_by"]
    assert "sold out for good" in refusing.done("quarantine", "show", number)
    assert f"Entry {number} is no longer open" in refusing.refused("quarantine", "retry", number)
    assert f"Entry {number} is no longer open" in refusing.refused("quarantine", "skip", number, "--reason", "again")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["quarantine", "skip", "1"], "Missing option '--reason'"),
        (["quarantine", "retry"], "give the number of an entry, or --all."),
        (["quarantine", "retry", "1", "--all"], "give the number of an entry, or --all."),
        (["quarantine", "show", "first"], "Invalid value"),
        (["quarantine", "list", "--state", "lost"], "Invalid value for '--state'"),
        (["quarantine", "list", "--limit", "0"], "Invalid value for '--limit'"),
    ],
)
def test_quarantine_commands_that_are_written_wrongly_end_with_2(
    fresh: Command, words: list[str], sentence: str
) -> None:
    assert sentence in fresh.misused(*words)


@pytest.mark.parametrize("words", [["show", "99"], ["retry", "99"], ["skip", "99", "--reason", "x"]])
def test_an_unknown_number_is_refused_with_the_way_to_the_list(refusing: Command, words: list[str]) -> None:
    assert refusing.refused("quarantine", *words).endswith("See them with: trueup quarantine list")


def test_a_reason_of_blanks_is_no_reason(refusing: Command) -> None:
    assert "needs a reason" in refusing.refused("quarantine", "skip", str(only_entry(refusing)), "--reason", "  ")


def test_a_shopper_is_shown_only_to_who_asks_for_all_of_it(selling: Command) -> None:
    number = str(only_entry(selling))
    personal = ("Ada", "Lovelace", "Ockham", "ada@mail.example", "for Charles")
    for words in (["show", number], ["show", number, "--json"], ["list"], ["list", "--json"]):
        said = selling.done("quarantine", *words)
        assert [word for word in personal if word in said] == []
        assert "1005" in said
    raw = selling.json("quarantine", "show", number, "--raw")
    assert [word for word in personal if word in json.dumps(raw)] == list(personal)


def test_what_is_not_personal_stays_to_find_the_fault_with(selling: Command) -> None:
    shown = selling.json("quarantine", "show", str(only_entry(selling)))["record"]
    assert (shown["number"], shown["total"], shown["billing"]) == ("1005", "1", "…")
    assert shown["positions"][0]["sku"] == "MUG-1"


def test_at_most_so_many_are_listed_the_newest_first(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(*[mug(number) for number in range(5)])
    for number in range(5):
        trueup.erp.spoil(Kind.PRODUCT, f"A{number}")
    trueup.done("flow", "run", "products")
    everything = [entry["id"] for entry in trueup.json("quarantine", "list")]
    assert everything == sorted(everything, reverse=True)
    assert [entry["id"] for entry in trueup.json("quarantine", "list", "--limit", "2")] == everything[:2]


@pytest.fixture
def too_late(trueup: Command) -> Command:
    """An order was transferred and its document is worked on; then the shop changes where it goes, and a line."""
    trueup.flow("order")
    trueup.erp.put(mug(1))
    sold = order(5, ("product-1", "MUG-1"))
    trueup.shop.put(mug(1).model_copy(update={"id": "product-1"}))
    trueup.shop.put(sold, companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    trueup.erp.lock(trueup.erp.things(Kind.ORDER)[0].id)
    again = order(5, ("product-1", "MUG-1"), ("product-1", "MUG-1"))
    trueup.shop.put(again.model_copy(update={"shipping": Address(street="Side Street 2")}), companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    return trueup


def test_a_task_shows_what_differs_and_keeps_addresses_to_itself(too_late: Command) -> None:
    number = str(only_entry(too_late))
    said = too_late.done("quarantine", "show", number)
    assert "as ERP got it" in said
    assert re.search(r"Total +€11.90 +€23.80", said)
    assert re.search(r"Shipped to +… +…", said)
    assert "Side Street" not in said
    assert f"trueup quarantine retry {number}" in said
    assert "Side Street 2" in too_late.done("quarantine", "show", number, "--raw")


def test_a_task_is_told_to_scripts_with_its_error_and_both_versions(too_late: Command) -> None:
    shown = too_late.json("quarantine", "show", str(only_entry(too_late)))
    assert shown["error"] == "locked"
    [total] = [one for one in shown["versions"] if one["what"] == "Total"]
    assert total == {"what": "Total", "before": "€11.90", "now": "€23.80"}


def test_a_task_that_was_done_by_hand_says_what_that_means(too_late: Command) -> None:
    number = str(only_entry(too_late))
    said = too_late.done("quarantine", "skip", number, "--reason", "called the warehouse")
    assert "Order 1005 is done by hand. Its next change starts from here." in said
    assert too_late.json("quarantine", "list") == []


def test_an_entry_that_is_no_task_has_no_versions(refusing: Command) -> None:
    assert "versions" not in refusing.json("quarantine", "show", str(only_entry(refusing)))
    assert "What differs" not in refusing.done("quarantine", "show", str(only_entry(refusing)))
