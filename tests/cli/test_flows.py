"""Flows: added, switched on with a schedule, paused, and told how they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from support.command import Command
from support.world import mug, shirt
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections


@pytest.fixture
def products(trueup: Command) -> Command:
    trueup.done("flow", "add", "product", "--leader", "ERP", "--follower", "Shop", "--name", "products")
    return trueup


def schedule(command: Command) -> dict[str, Any]:
    found: dict[str, Any] = command.json("flow", "status", "products")[0]["schedule"]
    return found


def test_a_new_flow_is_inactive_and_says_how_to_enable_it(trueup: Command) -> None:
    said = trueup.done("flow", "add", "stock", "--leader", "ERP", "--follower", "Shop")
    assert said.strip().endswith('trueup flow enable "stock ERP Shop"')
    [flow] = trueup.json("flow", "list")
    assert (flow["name"], flow["state"], flow["active"], flow["next_start"]) == (
        "stock ERP Shop",
        "inactive",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["product", "--leader", "ERP", "--follower", "Shop", "--name", "second"], "One kind has one leader."),
        (["product", "--leader", "Shop", "--follower", "ERP"], "One kind has one leader."),
        (["price", "--leader", "ERP", "--follower", "Shop", "--name", "products"], "a flow called products already"),
        (["price", "--leader", "Nobody", "--follower", "Shop"], "There is no connection called Nobody"),
    ],
)
def test_a_flow_that_would_contradict_another_is_refused(products: Command, words: list[str], sentence: str) -> None:
    assert sentence in products.refused("flow", "add", *words)


def test_an_unknown_kind_is_answered_with_the_kinds(trueup: Command) -> None:
    said = trueup.misused("flow", "add", "invoice", "--leader", "ERP", "--follower", "Shop")
    assert "product" in said
    assert "receipt" in said


@pytest.mark.parametrize(
    ("words", "expected", "sentence"),
    [
        ([], {"every_minutes": 15, "cron": None}, "every 15 minutes"),
        (["--every", "5"], {"every_minutes": 5}, "every 5 minutes"),
        (["--cron", "0 6 * * 1-5"], {"cron": "0 6 * * 1-5"}, "by cron 0 6 * * 1-5 (UTC)"),
        (
            ["--every", "30", "--from", "06:00", "--to", "22:00", "--time-zone", "Europe/Berlin"],
            {"every_minutes": 30, "start": "06:00:00", "end": "22:00:00", "time_zone": "Europe/Berlin"},
            "every 30 minutes, 06:00 to 22:00 (Europe/Berlin)",
        ),
        (
            ["--weekdays", "Fri, mon"],
            {"weekdays": ["mon", "fri"]},
            "every 15 minutes, mon fri (UTC)",
        ),
    ],
)
def test_a_flow_starts_when_it_was_told_to(
    products: Command, words: list[str], expected: dict[str, Any], sentence: str
) -> None:
    assert f"products starts {sentence}; next start:" in products.done("flow", "enable", "products", *words)
    assert expected.items() <= schedule(products).items()


def test_what_is_not_said_stays_as_it_was(products: Command) -> None:
    products.done("flow", "enable", "products", "--every", "30", "--weekdays", "mon")
    products.done("flow", "disable", "products")
    products.done("flow", "enable", "products")
    assert (schedule(products)["every_minutes"], schedule(products)["weekdays"]) == (30, ["mon"])


def test_an_interval_takes_the_place_of_cron(products: Command) -> None:
    products.done("flow", "enable", "products", "--cron", "0 6 * * *")
    products.done("flow", "enable", "products", "--every", "20")
    assert (schedule(products)["every_minutes"], schedule(products)["cron"]) == (20, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cron", "every day"], "is not a cron schedule"),
        (["--from", "06:00"], "both a start and an end"),
        (["--weekdays", "mon,funday"], "funday"),
        (["--time-zone", "Berlin"], "is not a time zone"),
        (["--every", "0"], "greater than or equal to 1"),
        (["--from", "6 o'clock", "--to", "7"], "time"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_and_nothing_changes(
    products: Command, words: list[str], sentence: str
) -> None:
    assert sentence in products.refused("flow", "enable", "products", *words)
    assert products.json("flow", "status")[0]["active"] is False


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["flow", "enable"], "name a flow, or say --all."),
        (["flow", "disable"], "name a flow, or say --all."),
        (["flow", "run"], "name a flow, or say --all."),
        (["flow", "enable", "products", "--every", "5", "--cron", "0 6 * * *"], "say --every or --cron, not both."),
        (["flow", "enable", "products", "--every", "often"], "Invalid value for '--every'"),
    ],
)
def test_flow_commands_that_are_written_wrongly_end_with_2(products: Command, words: list[str], sentence: str) -> None:
    assert sentence in products.misused(*words)


def test_an_unknown_flow_is_answered_with_the_known_ones_before_anything_is_done(products: Command) -> None:
    said = products.refused("flow", "enable", "products", "porducts")
    assert said == "There is no flow called porducts. There are: products."
    assert products.json("flow", "list")[0]["active"] is False


def test_several_flows_are_switched_at_once(trueup: Command) -> None:
    trueup.flow("product", "price", "stock")
    trueup.done("flow", "disable", "products", "prices")
    assert [flow["active"] for flow in trueup.json("flow", "list")] == [False, False, True]
    trueup.done("flow", "enable", "--all")
    assert [flow["active"] for flow in trueup.json("flow", "list")] == [True, True, True]
    trueup.done("flow", "disable", "--all")
    assert [flow["active"] for flow in trueup.json("flow", "list")] == [False, False, False]


def test_status_tells_how_far_it_has_read_and_what_stands_where(anywhere: Command) -> None:
    anywhere.flow("product")
    anywhere.erp.put(mug(1), *shirt("S", "M"))
    anywhere.erp.put(mug(2))
    anywhere.erp.spoil(Kind.PRODUCT, "A2")
    anywhere.shop.fault(Fault(trouble=Trouble.REFUSED, op="push", label="SHIRT"))
    anywhere.done("flow", "run", "products")
    [flow] = anywhere.json("flow", "status", "products")
    assert (flow["due"], flow["waiting"], flow["done"], flow["quarantined"]) == (0, 2, 1, 2)
    assert flow["cursor"] is not None
    assert flow["last_success"] is not None
    assert (flow["last_run"]["read"], flow["last_run"]["changed"]) == (5, 4)
    said = anywhere.done("flow", "status")
    for words in ("products: ERP → Shop", "2 for another record", "trueup quarantine list", "every 15 minutes"):
        assert words in said


def test_status_of_a_paused_connection_gives_its_sentence(trueup: Command) -> None:
    trueup.flow("product")
    with trueup.hub() as hub, hub.database.write() as tx:
        until = hub.clock() + timedelta(minutes=30)
        connections.pause(tx, 2, until=until, sentence="The shop answers 503.")
    said = trueup.done("flow", "status", "products")
    assert "The shop answers 503. Tried again in 30 min." in said
    [flow] = trueup.json("flow", "status")
    assert flow["state"] == "paused"
    assert [pause["connection"] for pause in flow["pauses"]] == ["Shop"]


def test_without_flows_the_list_says_where_they_come_from(trueup: Command) -> None:
    assert "added with the connections" in trueup.done("flow", "list")
    assert "added with the connections" in trueup.done("flow", "status")
    assert trueup.json("flow", "list") == []


def test_the_list_shows_the_way_the_schedule_and_what_is_owed(trueup: Command) -> None:
    trueup.flow("product")
    said = trueup.done("flow", "list")
    for words in ("products", "ERP → Shop", "due", "every 15 minutes"):
        assert words in said
