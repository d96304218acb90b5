"""Orders on the command line: where they are, their story, and the story that can be passed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import Command
from support.world import customer, mug, order
from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind

HOME = Address(first_name="Adelheid", last_name="Quistorp", street="Zypressenweg 17", city="Rome", country="IT")


def sold(**changes: object) -> Order:
    return order(5, ("product-1", "MUG-1")).model_copy(update={"billing": HOME, "shipping": HOME, **changes})


@pytest.fixture
def selling(trueup: Command) -> Command:
    """One order was transferred, another one waits for its payment."""
    trueup.flow("order")
    trueup.erp.put(mug(1))
    trueup.shop.put(mug(1).model_copy(update={"id": "product-1"}))
    trueup.shop.put(sold(), companions=[customer(1)])
    trueup.shop.put(order(6, ("product-1", "MUG-1")).model_copy(update={"stage": Stage.UNPAID, "ready": False}))
    trueup.done("flow", "run", "orders")
    return trueup


@pytest.fixture
def contradicting(selling: Command) -> Command:
    """The order was shipped, and then it is put on hold in the shop."""
    selling.done("flow", "add", "fulfilment", "--leader", "ERP", "--follower", "Shop", "--name", "parcels")
    selling.done("flow", "enable", "parcels")
    [document] = selling.erp.things(Kind.ORDER)
    selling.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=FulfilmentStage.SHIPPED))
    selling.done("flow", "run", "parcels")
    selling.shop.put(sold(stage=Stage.ON_HOLD, ready=False), companions=[customer(1)])
    selling.done("flow", "run", "orders")
    return selling


def test_no_order_yet(trueup: Command) -> None:
    assert trueup.done("order", "list").strip() == "No order is known yet."
    assert trueup.json("order", "list") == {"states": {}, "outside_the_table": 0, "refused": []}


def test_orders_are_counted_by_state_and_no_move_is_outside_the_table(selling: Command) -> None:
    said = selling.done("order", "list")
    assert [line.split() for line in said.splitlines()[:2]] == [["received", "1"], ["transferred", "1"]]
    assert "Moves outside the table of allowed moves: 0." in said


def test_the_orders_of_one_state(selling: Command) -> None:
    assert "1005" in selling.done("order", "list", "--state", "transferred")
    assert selling.done("order", "list", "--state", "refunded").strip() == "No order is refunded."
    [listed] = selling.json("order", "list", "--state", "received")["orders"]
    assert (listed["number"], listed["leader"], listed["state"]) == ("1006", "Shop", "received")


def test_a_story_is_told_and_proves_the_money(selling: Command) -> None:
    said = selling.done("order", "story", "1005")
    document = selling.erp.things(Kind.ORDER)[0].document
    assert "Order 1005 from Shop over €11.90" in said
    assert "State: transferred. Goes to: IT." in said
    assert "1 × MUG-1: net €10.00, tax €1.90" in said
    assert "VAT 19 %: charged on €10.00, by the lines €1.90, by the shop €1.90" in said
    assert "It adds up to the cent" in said
    assert f"Transferred as {document}." in said


def test_a_story_is_found_by_its_document_too(selling: Command) -> None:
    document = str(selling.erp.things(Kind.ORDER)[0].document)
    assert "Order 1005" in selling.done("order", "story", document, "--leader", "Shop")


def test_neither_story_tells_of_the_person(selling: Command) -> None:
    for words in (["1005"], ["1005", "--shareable"]):
        said = selling.done("order", "story", *words)
        assert "Adelheid" not in said
        assert "Zypressenweg" not in said


def test_a_shareable_story_leaves_out_reasons_which_the_own_one_tells(selling: Command) -> None:
    selling.erp.lock(selling.erp.things(Kind.ORDER)[0].id)
    selling.shop.put(sold(note="Ring twice"), companions=[customer(1)])
    selling.done("flow", "run", "orders")
    [entry] = selling.json("quarantine", "list")
    selling.done("quarantine", "skip", str(entry["id"]), "--reason", "told the warehouse")
    assert "told the warehouse" in selling.done("order", "story", "1005")
    shared = selling.done("order", "story", "1005", "--shareable")
    assert "A person did it by hand." in shared
    assert "told the warehouse" not in shared


def test_a_story_as_a_page_in_a_file(selling: Command, tmp_path: Path) -> None:
    file = tmp_path / "story.html"
    said = selling.done("order", "story", "1005", "--html", str(file))
    assert "without personal data" in said
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "Adelheid" not in page
    assert "€11.90" in page


def test_an_unknown_order_is_said(selling: Command) -> None:
    assert "Nothing called 9999 is known." in selling.refused("order", "story", "9999")


def test_a_contradiction_is_listed_until_somebody_saw_to_it(contradicting: Command) -> None:
    said = contradicting.done("order", "list")
    assert "The systems contradict each other" in said
    assert "put it on hold" in said
    [told] = contradicting.json("order", "list")["refused"]
    assert told["number"] == "1005"
    assert "It is noted" in contradicting.done("order", "seen", "1005", "--reason", "released it")
    assert "contradict" not in contradicting.done("order", "list")
    assert "nothing to see to" in contradicting.refused("order", "seen", "1005", "--reason", "again")


# Policies of a flow


def test_the_minimum_age_of_orders_is_set_and_shown(selling: Command) -> None:
    said = selling.done("flow", "set", "orders", "--min-age", "15")
    assert "minimum age of an order" in said
    assert "15 minutes" in said
    assert "20 minutes" in selling.done("flow", "set", "orders", "--overlap", "20", "--no-write-back")
    assert "15 minutes" in selling.done("flow", "set", "orders"), "what is not said stays"


@pytest.mark.parametrize("words", [["--min-age", "-1"], ["--overlap", "-5"]])
def test_a_policy_that_is_none_is_refused(selling: Command, words: list[str]) -> None:
    assert "greater than or equal to 0" in selling.refused("flow", "set", "orders", *words)


def test_a_policy_of_orders_is_refused_for_other_flows(selling: Command) -> None:
    selling.flow("product")
    assert "is a policy of orders" in selling.refused("flow", "set", "products", "--min-age", "5")
