"""Customers on the command line: who is meant, who is there twice, and where names may stand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from support.command import Command
from support.world import mug, order
from trueup.domain.customer import Address, Customer
from trueup.domain.record import Kind, Ref

HOME = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


def ada(id: str = "1", **changes: Any) -> Customer:
    fields = {"id": id, "name": "Ada Lovelace", "reference": f"WC-CUSTOMER-{id}", "email": "ada@mill.example"}
    return Customer.model_validate({**fields, "billing": HOME, **changes})


def buys(command: Command, number: int, who: Customer) -> None:
    placed = order(number, ("88", "MUG-1")).model_copy(update={"customer": Ref(kind=Kind.CUSTOMER, id=who.id)})
    command.shop.put(placed, companions=[who])
    command.done("flow", "run", "orders")


@pytest.fixture
def selling(tmp_path: Path) -> Command:
    """A shop and an office that can be asked whom it has."""
    command = Command(tmp_path)
    command.prepare()
    for name, more in (("ERP", ["--set", "matches=true"]), ("Shop", [])):
        path = tmp_path / f"{name.lower()}.sqlite"
        command.done("connection", "add", name, "memory", "--set", f"path={path}", *more)
    command.flow("order")
    command.erp.put(mug())
    return command


@pytest.fixture
def asked(selling: Command) -> Command:
    """Grace is known by the e-mail with which Ada orders."""
    selling.erp.put(ada("P-7", reference="K-7", name="Grace Hopper", billing=Address(city="Arlington")))
    buys(selling, 1, ada())
    return selling


def number_of(command: Command) -> str:
    [question] = command.json("customer", "questions")
    return str(question["id"])


def test_nobody_in_question_is_said_so(selling: Command) -> None:
    assert selling.done("customer", "questions").strip() == "Nobody is in question."
    assert selling.json("customer", "questions") == []


def test_a_question_shows_who_may_be_meant_and_why(asked: Command) -> None:
    said = asked.done("customer", "questions")
    for part in ("Ada Lovelace", "P-7", "C-7", "Grace Hopper", "Arlington", "same e-mail, but another name"):
        assert part in said
    [question] = asked.json("customer", "questions")
    assert [one["remote"] for one in question["candidates"]] == ["P-7"]


def test_the_list_of_the_quarantine_names_nobody(asked: Command) -> None:
    """It may be shown to whoever stands beside; names are asked for by name."""
    said = asked.done("quarantine", "list") + asked.done("quarantine", "show", number_of(asked))
    assert "C-7 (same e-mail, but another name)" in said
    assert "Ada" not in said
    assert "Grace" not in said


def test_somebody_says_who_it_is_and_the_order_flows(asked: Command) -> None:
    said = asked.done("customer", "decide", number_of(asked), "--is", "P-7")
    assert said.strip() == "Ada Lovelace is P-7. The orders that waited are transferred now."
    asked.done("flow", "run", "orders")
    assert len(asked.erp.things(Kind.CUSTOMER)) == 1
    assert len(asked.erp.things(Kind.ORDER)) == 1
    assert asked.json("customer", "questions") == []


def test_somebody_says_that_it_is_a_new_customer(asked: Command) -> None:
    said = asked.done("customer", "decide", number_of(asked), "--new")
    assert "Ada Lovelace is a new customer." in said
    asked.done("flow", "run", "orders")
    assert len(asked.erp.things(Kind.CUSTOMER)) == 2


@pytest.mark.parametrize("words", [[], ["--new", "--is", "P-7"]], ids=["neither", "both"])
def test_one_of_the_two_has_to_be_said(asked: Command, words: list[str]) -> None:
    assert "say --is with an id, or --new" in asked.misused("customer", "decide", number_of(asked), *words)


def test_somebody_who_is_not_shown_cannot_be_chosen(asked: Command) -> None:
    said = asked.refused("customer", "decide", number_of(asked), "--is", "P-8")
    assert "P-8 is none of those who may be meant. Choose one of P-7" in said


@pytest.fixture
def doubled(trueup: Command) -> Command:
    """An office that cannot be asked has got Ada twice; a third customer has a mistyped VAT id."""
    trueup.erp.put(mug())
    trueup.flow("order")
    buys(trueup, 1, ada("1"))
    buys(trueup, 2, ada("guest-7", guest=True))
    somebody = {"name": "Mill GmbH", "email": "m@mill.example", "billing": Address(company="Mill GmbH", country="DE")}
    buys(trueup, 3, ada("3", vat_id="DE136695977", **somebody))
    return trueup


def test_nobody_is_there_twice(trueup: Command) -> None:
    assert trueup.done("customer", "duplicates").strip() == "0 customers, 0 groups of doubles."


def test_doubles_are_shown_with_whom_to_keep_and_wrong_vat_ids_below(doubled: Command) -> None:
    said = doubled.done("customer", "duplicates")
    assert "1: certainly one person" in said
    assert "keep: has an account and a link to ERP customer-" in said
    assert "same e-mail, name and street" in said
    assert "3 customers, 1 groups of doubles." in said
    assert (
        'Shop, customer 3 (Mill GmbH): the VAT id "DE136695977" is not valid and is left out. '
        "Ask for it, and correct it in the shop."
    ) in said


def test_doubles_for_scripts(doubled: Command) -> None:
    found = doubled.json("customer", "duplicates")
    assert found["people"] == 3
    [group] = found["groups"]
    assert [(member["id"], member["keep"]) for member in group["members"]] == [("1", True), ("guest-7", False)]


def test_the_merge_list_is_a_file_that_only_its_owner_reads(doubled: Command, tmp_path: Path) -> None:
    file = tmp_path / "merge.csv"
    assert "It holds personal data." in doubled.done("customer", "duplicates", "--csv", str(file))
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["what to do"] for row in rows] == ["keep", "merge"]
    assert file.stat().st_mode & 0o077 == 0


def test_a_merge_list_that_cannot_be_written_says_so(doubled: Command, tmp_path: Path) -> None:
    said = doubled.refused("customer", "duplicates", "--csv", str(tmp_path / "nowhere" / "merge.csv"))
    assert "cannot be written" in said
