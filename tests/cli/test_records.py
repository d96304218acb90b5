"""`record show` and `transfers`: where a record is in every system, and what was sent."""

from __future__ import annotations

import pytest

from support.command import Command
from support.world import customer, mug, order, price, shirt
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind


@pytest.fixture
def trading(trueup: Command) -> Command:
    """One mug with a price is in the shop, and was ordered there."""
    trueup.flow("product", "price", "order")
    trueup.erp.put(mug(1), price(1))
    trueup.done("flow", "run", "--all")
    [sold] = trueup.shop.things(Kind.PRODUCT)
    trueup.shop.put(order(5, (sold.id, "MUG-1")), companions=[customer(1)])
    trueup.done("flow", "run", "orders")
    return trueup


def test_an_article_is_shown_in_every_system_with_what_was_sent(trading: Command) -> None:
    shown = trading.json("record", "show", "mug-1")
    assert (shown["thing"], shown["label"], shown["leader"], shown["ref"]) == ("product", "MUG-1", "ERP", "A1")
    assert [(place["connection"], place["how"]) for place in shown["places"]] == [("ERP", "leads"), ("Shop", "created")]
    assert [(owed["kind"], owed["state"]) for owed in shown["owed"]] == [("product", "done"), ("price", "done")]
    assert {sent["outcome"] for sent in shown["sent"]} == {"created"}
    assert [record["kind"] for record in shown["records"]] == ["product", "price"]
    said = trading.done("record", "show", "MUG-1")
    for words in ("Product MUG-1", "Where it is", "What is owed", "What was sent", '"regular": "12.5"'):
        assert words in said


@pytest.mark.parametrize("name", ["number", "document"])
def test_an_order_is_shown_by_its_number_and_by_its_document_number(trading: Command, name: str) -> None:
    [document] = trading.erp.things(Kind.ORDER)
    key = {"number": "1005", "document": str(document.document)}[name]
    shown = trading.json("record", "show", key)
    assert (shown["thing"], shown["label"], shown["ref"]) == ("order", "1005", "5")
    assert shown["places"][1]["document"] == document.document
    assert [(one["role"], one["label"]) for one in shown["related"]] == [("customer", "1"), ("article", "MUG-1")]
    said = trading.done("record", "show", key)
    assert str(document.document) in said
    assert "What belongs to it" in said


def test_a_shopper_is_hidden_unless_asked_for(trading: Command) -> None:
    assert "Ada" not in trading.done("record", "show", "1005") + trading.done("record", "show", "1005", "--json")
    assert "Ada" in trading.done("record", "show", "1005", "--raw")
    assert trading.json("record", "show", "1005", "--raw")["related"][0]["label"] == "Ada"


def test_what_is_called_alike_is_listed_to_choose_from(trading: Command) -> None:
    [document] = trading.erp.things(Kind.ORDER)
    trading.erp.put(mug(7).model_copy(update={"id": "5"}))
    trading.done("flow", "run", "products")
    result = trading.call("record", "show", "5")
    assert result.exit_code == 1
    assert "MUG-7" in result.stdout
    assert str(document.document) in result.stdout or "1005" in result.stdout
    assert "say --kind or --leader" in result.stderr
    assert trading.json("record", "show", "5", "--kind", "order")["label"] == "1005"
    assert trading.json("record", "show", "5", "--kind", "price")["label"] == "MUG-7"
    assert trading.json("record", "show", "5", "--leader", "Shop")["label"] == "1005"


def test_the_beginning_of_a_name_is_enough_if_only_one_begins_so(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1), *shirt("S", "M"))
    trueup.done("flow", "run", "products")
    assert trueup.json("record", "show", "MU")["label"] == "MUG-1"
    assert trueup.json("record", "show", "SHIRT")["label"] == "SHIRT"
    assert "Several things are called SHIRT-" in trueup.refused("record", "show", "SHIRT-")


def test_an_unknown_record_is_refused_with_a_hint(trading: Command) -> None:
    said = trading.refused("record", "show", "CUP-9")
    assert said == "Nothing called CUP-9 is known. It may not have been read yet: trueup flow status"
    assert "There is no connection called ERQ" in trading.refused("record", "show", "MUG-1", "--leader", "ERQ")


def test_what_was_set_aside_stands_in_the_story(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    trueup.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-1", times=1))
    trueup.done("flow", "run", "products")
    trueup.done("quarantine", "skip", "1", "--reason", "a gift")
    said = trueup.done("record", "show", "MUG-1")
    for words in ("What was set aside", "skipped", "a gift", "rejected"):
        assert words in said
    [entry] = trueup.json("record", "show", "MUG-1")["quarantine"]
    assert (entry["state"], entry["reason"]) == ("skipped", "a gift")


def test_a_record_that_no_flow_has_sent_says_so(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    trueup.erp.spoil(Kind.PRODUCT, "A1")
    trueup.done("flow", "run", "products")
    said = trueup.done("record", "show", "A1")
    assert "Nothing: no flow has taken it up." in said
    assert "Nothing yet." in said


def test_every_try_is_listed_the_newest_first(trading: Command) -> None:
    tries = trading.json("transfers")
    took_effect = [sent["kind"] for sent in tries if sent["sentence"] is None]
    assert took_effect == ["receipt", "order", "customer", "price", "product"]
    assert all(sent["request_id"] and sent["payload_hash"] and sent["at"].endswith("Z") for sent in tries)
    assert {sent["follower"] for sent in tries} == {"ERP", "Shop"}
    assert len(trading.json("transfers", "--limit", "2")) == 2
    assert "created" in trading.done("transfers")


def test_tries_of_one_record_and_tries_that_failed(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1), mug(2))
    trueup.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="MUG-1", times=1))
    trueup.done("flow", "run", "products")
    assert [sent["label"] for sent in trueup.json("transfers", "--record", "MUG-2")] == ["MUG-2"]
    [failed] = trueup.json("transfers", "--failed")
    assert (failed["label"], failed["outcome"], failed["status"]) == ("MUG-1", "rejected", 400)
    assert failed["sentence"] in trueup.done("transfers", "--failed")


def test_without_transfers_the_list_says_so(trueup: Command) -> None:
    assert trueup.done("transfers").strip() == "Nothing was sent yet."
    assert trueup.json("transfers") == []
