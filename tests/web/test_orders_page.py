"""Orders by state: on the overview, on their own page and in the API; what only a person can decide stands apart."""

from __future__ import annotations

import pytest

from support.world import customer, mug, order
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Stage
from trueup.domain.record import Kind
from trueup.store import life
from trueup.store.views import Overview
from trueup.sync.flow import settings_of
from trueup.web.pages import orders as orders_page
from trueup.web.verdict import verdict

from .conftest import Desk

LINE = ("88", "MUG-1")


@pytest.fixture
def selling(desk: Desk) -> Desk:
    world = desk.world
    world.erp.put(mug())
    world.shop.put(mug().model_copy(update={"id": "88"}))
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.FULFILMENT, "ERP")
    world.settle()
    return desk


def place(desk: Desk, number: int, stage: Stage = Stage.PLACED, note: str | None = None) -> None:
    ready = stage is Stage.PLACED
    placed = order(number, LINE, note=note).model_copy(update={"stage": stage, "ready": ready})
    desk.world.shop.put(placed, companions=[customer()])
    desk.world.later()


def lock(desk: Desk) -> None:
    desk.world.erp.lock(desk.world.erp.things(Kind.ORDER)[0].id)


def contradict(desk: Desk) -> None:
    """The first order is shipped, and then put on hold in the shop."""
    [document] = desk.world.erp.things(Kind.ORDER)
    desk.world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=FulfilmentStage.SHIPPED))
    desk.world.later()
    place(desk, 1, Stage.ON_HOLD)


def test_the_overview_counts_orders_by_state(selling: Desk) -> None:
    place(selling, 1)
    place(selling, 2)
    place(selling, 3, Stage.ON_HOLD)
    html, text = selling.browser.get("/").text, selling.page("/")
    assert "Orders transferred 2 on hold 1" in text
    assert 'href="/orders?state=on%20hold"' in html


def test_an_overview_without_orders_says_nothing_of_them(desk: Desk) -> None:
    assert "Orders transferred" not in desk.page("/")


def test_tasks_are_told_apart_from_everything_else_in_quarantine(selling: Desk) -> None:
    place(selling, 1)
    lock(selling)
    place(selling, 1, note="Ring twice")
    selling.world.shop.put(order(2, LINE).model_copy(update={"total": 99}), companions=[customer()])
    selling.world.later()
    text = selling.page("/")
    assert "1 task waits for a decision." in text
    assert "1 record needs a person." in text
    assert 'href="/quarantine#tasks"' in selling.browser.get("/").text


def test_contradictions_lead_to_where_they_are_seen_to(selling: Desk) -> None:
    place(selling, 1)
    contradict(selling)
    assert "About 1 order the systems contradict each other." in selling.page("/")
    assert 'href="/quarantine#contradictions"' in selling.browser.get("/").text


def test_only_tasks_leave_no_line_about_other_records() -> None:
    class View(Overview):
        quarantined = 2

    nothing = View(connections=(), flows=(), transfers={}, oldest_owed_at=None, last_run=None, tasks=2)
    assert [line.sentence for line in verdict(nothing)] == ["Nothing is connected yet."]


def test_the_orders_of_one_state_lead_to_their_stories(selling: Desk) -> None:
    place(selling, 1)
    place(selling, 2)
    html, text = selling.browser.get("/orders?state=transferred").text, selling.page("/orders?state=transferred")
    assert "transferred 2" in text
    assert text.index("1002 Shop") < text.index("1001 Shop")
    assert 'href="/records/2/order?ref=1"' in html


def test_an_order_that_contradicts_is_marked_in_its_list(selling: Desk) -> None:
    place(selling, 1)
    contradict(selling)
    assert "1001 Shop the systems contradict each other" in selling.page("/orders?state=shipped")


def test_a_state_without_orders_and_one_that_is_none(selling: Desk) -> None:
    assert "No order is in this state." in selling.page("/orders?state=refunded")
    assert selling.browser.get("/orders?state=lost").status_code == 404


def test_a_long_list_is_turned_page_by_page(selling: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        place(selling, number)
    monkeypatch.setattr(orders_page, "PAGE", 2)
    html = selling.browser.get("/orders").text
    assert 'href="/orders?state=transferred&amp;skip=2"' in html
    assert "1001" in selling.page("/orders?state=transferred&skip=2")
    assert "Older ones" not in selling.page("/orders?state=transferred&skip=2")


def test_the_api_counts_states_contradictions_and_forbidden_moves(selling: Desk) -> None:
    place(selling, 1)
    assert selling.browser.get("/api/orders").json() == {
        "states": {"transferred": 1},
        "contradictions": 0,
        "outside_the_table": 0,
    }
    with selling.world.hub.database.write() as tx:
        wrong = {"before": "refunded", "after": "received", "by": "person", "sentence": None}
        life.log_moves(tx, [{"leader_id": 2, "ref": "1", "at": selling.world.time.now, **wrong}])
    assert selling.browser.get("/api/orders").json()["outside_the_table"] == 1


# Policies of a flow


def order_flow(desk: Desk) -> str:
    return f"/flows/{desk.world.flow_row('order Shop ERP').id}"


def test_the_minimum_age_of_orders_is_set_on_the_page_of_their_flow(selling: Desk) -> None:
    said = selling.says(f"{order_flow(selling)}/policies", min_age_minutes="20", write_back="yes")
    assert "The policies of order Shop ERP are saved." in said
    assert (
        'name="min_age_minutes" type="number" min="0" max="43200" value="20"'
        in selling.browser.get(order_flow(selling)).text
    )
    place(selling, 1)
    assert selling.world.erp.things(Kind.ORDER) == [], "15 minutes old"
    selling.world.later()
    assert len(selling.world.erp.things(Kind.ORDER)) == 1


def test_an_unticked_box_switches_the_number_back_off(selling: Desk) -> None:
    selling.says(f"{order_flow(selling)}/policies", min_age_minutes="0")
    assert not settings_of(selling.world.flow_row("order Shop ERP").settings).write_back


@pytest.mark.parametrize("age", ["-1", "soon", "99999999"])
def test_an_age_that_is_none_is_refused_with_a_sentence(selling: Desk, age: str) -> None:
    before = selling.world.flow_row("order Shop ERP").settings
    said = selling.says(f"{order_flow(selling)}/policies", min_age_minutes=age)
    assert "min_age_minutes: Input should be" in said
    assert selling.world.flow_row("order Shop ERP").settings == before


def test_other_flows_have_no_policies_of_orders(selling: Desk) -> None:
    other = f"/flows/{selling.world.flow_row('fulfilment ERP Shop').id}"
    assert "What is done with orders" not in selling.page(other)
    assert "is a policy of orders" in selling.says(f"{other}/policies", min_age_minutes="5")
