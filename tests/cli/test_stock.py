"""trueup stock: why a shop shows this number, and who gets how much of it."""

from __future__ import annotations

import pytest

from support.command import Command
from support.world import customer, mug, order, stock
from trueup.app import work_off
from trueup.domain.order import Stage
from trueup.domain.record import Kind
from trueup.store import flows
from trueup.sync import arrange


@pytest.fixture
def stocked(trueup: Command) -> Command:
    """Ten mugs; one of them is on hold in the shop."""
    trueup.flow("product", "stock", "order")
    trueup.erp.put(mug(), stock(1, 10))
    runs(trueup)
    [thing] = trueup.shop.things(Kind.PRODUCT)
    waiting = order(41, (thing.id, "MUG-1")).model_copy(update={"stage": Stage.ON_HOLD, "ready": False})
    trueup.shop.put(waiting, companions=[customer()])
    runs(trueup)
    return trueup


def runs(trueup: Command) -> None:
    """As if somebody pressed "start now" on every flow."""
    with trueup.hub() as hub:
        with hub.database.read() as tx:
            everything = flows.everyone(tx)
        for flow in everything:
            arrange.start_now(hub, flow)
        work_off(hub)


def shown(trueup: Command) -> int:
    [record] = trueup.shop.records(Kind.STOCK)
    return int(record.model_dump()["quantity"])


def test_promise_8_a_number_is_explained_as_a_sum(stocked: Command) -> None:
    said = stocked.done("stock", "explain", "mug-1")
    assert "MUG-1 in Shop" in said
    assert "10 in stock − 1 open web order (#1041 ×1) − 0 buffer = 9" in said
    assert "The shop was told so" in said
    assert shown(stocked) == 9


def test_scripts_get_the_sum_and_what_the_shop_was_told(stocked: Command) -> None:
    [number] = stocked.json("stock", "explain", "MUG-1", "--shop", "Shop")
    assert number["now"] == number["told"]
    assert number["now"]["number"] == "9"
    assert number["state"] == "done"
    assert [(part["what"], part["quantity"]) for part in number["now"]["parts"]] == [
        ("in stock", "10"),
        ("open web orders", "-1"),
        ("buffer", "0"),
    ]


def test_an_article_that_no_shop_gets_is_said_so(stocked: Command) -> None:
    assert "No shop gets stock of MUG-9 from a back office." in stocked.refused("stock", "explain", "MUG-9")
    assert "There is no connection called Elsewhere." in stocked.refused(
        "stock", "explain", "MUG-1", "--shop", "Elsewhere"
    )


def test_a_number_that_was_not_sent_yet_says_both(stocked: Command) -> None:
    stocked.done("stock", "share", "Shop", "--buffer", "2")
    said = stocked.done("stock", "explain", "MUG-1")
    assert "10 in stock − 1 open web order (#1041 ×1) − 2 buffer = 7" in said
    assert "The shop was told last" in said
    assert "The new number is due." in said


def test_a_share_is_changed_for_one_shop_and_its_numbers_follow(stocked: Command) -> None:
    assert stocked.json("stock", "share") == [
        {"shop": "Shop", "leader": "ERP", "flow": "stock", "buffer": 0, "percent": 100}
    ]
    said = stocked.done("stock", "share", "Shop", "--buffer", "1", "--percent", "50")
    assert "50 %" in said
    with stocked.hub() as hub:
        work_off(hub)
    assert shown(stocked) == 4
    assert "MUG-1 in Shop" in stocked.done("stock", "explain", "MUG-1")


def test_an_article_has_a_buffer_of_its_own(stocked: Command) -> None:
    stocked.done("stock", "policy", "--sku", "mug-1", "--buffer", "5")
    with stocked.hub() as hub:
        work_off(hub)
    assert shown(stocked) == 4
    refused = stocked.refused("stock", "policy", "--buffer", "5")
    assert refused == "A buffer of its own needs the article and the number: --sku MUG-1 --buffer 2."


def test_how_long_orders_hold_is_changed_for_the_flow(stocked: Command) -> None:
    said = stocked.done("stock", "policy", "--contains", "shipment", "--unpaid-minutes", "10", "--on-hold-days", "7")
    assert "Changed for the flow stock." in said
    with stocked.hub() as hub, hub.database.read() as tx:
        flow = flows.by_name(tx, "stock")
    assert flow is not None
    assert {name: flow.settings["stock"][name] for name in ("contains", "unpaid_minutes", "on_hold_days")} == {
        "contains": "shipment",
        "unpaid_minutes": 10,
        "on_hold_days": 7,
    }


def test_what_cannot_be_is_refused_before_anything_changes(trueup: Command) -> None:
    assert "Shop gets no stock." in trueup.refused("stock", "share", "Shop", "--buffer", "1")
    assert "No stock flows from there." in trueup.refused("stock", "policy", "--unpaid-minutes", "5")
    assert "--percent" in trueup.misused("stock", "share", "Shop", "--percent", "0")
    assert "No shop gets stock from a back office yet." in trueup.done("stock", "share")
