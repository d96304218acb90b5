"""Flows: how each stands in words, start now, pause and enable, and the schedule."""

from __future__ import annotations

from typing import Any

import pytest

from support.world import World, mug, price
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.runtime.schedule import Schedule
from trueup.store import flows
from trueup.store.flows import FlowRow
from trueup.sync import arrange
from trueup.sync.connecting import Refused

from .conftest import Desk, words

NAME = "product ERP Shop"
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.fixture
def products(desk: Desk) -> Desk:
    desk.world.flow(Kind.PRODUCT)
    return desk


def flow(desk: Desk) -> FlowRow:
    return desk.world.flow_row(NAME)


def test_without_flows_it_offers_the_usual_ones(desk: Desk) -> None:
    text = desk.page("/flows")
    assert "There are no flows yet. Add the usual ones below, then enable them." in text
    assert "Add the usual flows" in text


def test_a_flow_says_who_leads_who_follows_and_when(products: Desk) -> None:
    text = products.page("/flows")
    assert "ERP → Shop · every 15 minutes" in text
    assert "Last good run: never. Next: just now ." in text


def test_after_its_run_it_says_what_is_known_and_when_it_goes_on(products: Desk) -> None:
    products.world.erp.put(mug(1), mug(2))
    products.world.settle()
    products.world.time.passes(minutes=5)
    text = products.page("/flows")
    assert "agrees" in text
    assert "known 2 owed 0 in quarantine 0" in text
    assert "Last good run: 5 minutes ago . Next: in 10 minutes ." in text


def test_a_flow_whose_follower_does_not_answer_is_stopped(products: Desk) -> None:
    products.world.erp.put(mug(1))
    products.world.shop.fault(Fault(trouble=Trouble.DOWN, times=None))
    products.world.settle()
    for url in ("/flows", "/flows/1"):
        text = products.page(url)
        assert "stopped" in text
        assert "Shop does not answer, next try at 08:00 UTC ." in text


@pytest.mark.parametrize("origin", ["/flows", "/flows/1"])
def test_start_now_starts_it_and_returns_to_where_it_was_pressed(products: Desk, origin: str) -> None:
    products.world.settle()
    headers = {"Referer": f"http://hub.example{origin}"}
    landed = products.browser.post("/flows/1/start", data={"csrf": products.csrf}, headers=headers)
    assert landed.url.path == origin
    assert f"The flow {NAME} starts now." in landed.text
    assert products.nudges == ["work"]
    assert products.world.work() == ["collect:1"]


def test_what_was_said_is_said_once(products: Desk) -> None:
    assert "starts now." in products.says("/flows/1/start")
    assert "starts now." not in products.page("/flows/1")


def test_pause_stops_reading_and_sending_and_keeps_what_is_owed(products: Desk) -> None:
    products.world.erp.put(mug(1))
    products.world.runs("collect:1")
    said = products.says("/flows/1/pause")
    assert "is paused. What is owed stays owed; it goes on where it stopped." in said
    assert products.world.work() == []
    text = products.page("/flows/1")
    assert "inactive" in text
    assert "Owed 1" in text


def test_enable_goes_on_where_it_stopped(products: Desk) -> None:
    products.world.erp.put(mug(1))
    products.world.runs("collect:1")
    products.says("/flows/1/pause")
    assert f"The flow {NAME} is enabled." in products.says("/flows/1/enable")
    products.world.settle()
    assert len(products.world.shop.things(Kind.PRODUCT)) == 1


def test_an_inactive_flow_cannot_be_started(products: Desk) -> None:
    """The page does not offer it; somebody whose page is old is told."""
    products.says("/flows/1/pause")
    assert "Start now" not in products.page("/flows/1")
    assert "is inactive. Enable it first" in products.says("/flows/1/start")


def test_a_flow_that_does_not_exist_is_said(desk: Desk) -> None:
    assert desk.post("/flows/99/start").status_code == 404


def test_its_runs_are_told_in_words(products: Desk) -> None:
    products.world.erp.put(mug(1), price(1))
    products.world.settle()
    products.says("/flows/1/start")
    products.world.settle()
    products.world.erp.fault(Fault(trouble=Trouble.DOWN, op="changes", times=1))
    products.says("/flows/1/start")
    products.world.runs("collect:1")
    text = products.page("/flows/1")
    assert "by schedule 1 read, 1 changed" in text
    assert "started by a person" in text
    assert "failed" in text


def test_the_usual_flows_are_added_inactive(desk: Desk) -> None:
    """Between test systems there are none; with a shop and a back office there are four."""
    assert "There was nothing to add." in desk.says("/flows/usual")


# The schedule


def save(desk: Desk, **values: Any) -> str:
    given = {"every_minutes": "15", "time_zone": "UTC", "weekdays": WEEK, **values}
    return words(desk.post("/flows/1/schedule", **given).text)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"every_minutes": "30"}, "every 30 minutes"),
        ({"start": "06:00", "end": "22:00"}, "every 15 minutes, 06:00 to 22:00 (UTC)"),
        ({"weekdays": ["mon", "fri"]}, "every 15 minutes, mon fri (UTC)"),
        ({"cron": " 0 6 * * 1-5 "}, "by cron 0 6 * * 1-5 (UTC)"),
        (
            {"start": "06:00", "end": "22:00", "time_zone": "Europe/Stockholm"},
            "every 15 minutes, 06:00 to 22:00 (Europe/Stockholm)",
        ),
    ],
)
def test_a_schedule_is_saved_and_said(products: Desk, values: dict[str, Any], sentence: str) -> None:
    text = save(products, **values)
    assert f"The flow {NAME} runs {sentence}." in text
    assert f"ERP → Shop, {sentence}" in text


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"every_minutes": "0"}, "Input should be greater than or equal to 1."),
        ({"every_minutes": "soon"}, "Input should be a valid integer"),
        ({"cron": "every day"}, "'every day' is not a cron schedule. Write five fields, such as 0 6 * * 1-5."),
        ({"start": "06:00"}, "A window needs both a start and an end, such as 06:00 and 22:00."),
        ({"weekdays": []}, "Weekdays are mon, tue, wed, thu, fri, sat, sun; got none."),
        ({"weekdays": ["mon", "someday"]}, "got someday."),
        ({"time_zone": "Middle/Earth"}, "'Middle/Earth' is not a time zone. Write one such as Europe/Stockholm."),
        ({"start": "25:00", "end": "26:00"}, "Input should be in a valid time format"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_in_a_sentence(
    products: Desk, values: dict[str, Any], mistake: str
) -> None:
    before = flow(products).schedule
    assert mistake in save(products, **values)
    assert flow(products).schedule == before


def test_a_refused_form_keeps_what_was_typed(products: Desk) -> None:
    given = {"every_minutes": "45", "time_zone": "Middle/Earth", "weekdays": ["tue"]}
    html = products.post("/flows/1/schedule", **given).text
    assert 'value="45"' in html
    assert 'value="Middle/Earth"' in html
    assert 'value="tue" checked' in html
    assert 'value="wed" checked' not in html


def test_several_mistakes_are_told_at_once(products: Desk) -> None:
    text = save(products, every_minutes="0", time_zone="Middle/Earth")
    assert "greater than or equal to 1." in text
    assert "is not a time zone" in text


def test_a_new_schedule_moves_the_next_start_but_starts_nothing(products: Desk) -> None:
    products.world.settle()
    save(products, every_minutes="60")
    assert products.world.work() == []
    assert (due := flow(products).due_at)
    assert (due - products.world.time.now).total_seconds() == 3600


def test_a_new_schedule_leaves_a_paused_flow_paused(products: Desk) -> None:
    products.says("/flows/1/pause")
    save(products, every_minutes="60")
    assert not flow(products).active
    assert flow(products).schedule["every_minutes"] == 60


def test_a_schedule_that_never_comes_is_refused(world: World) -> None:
    never = Schedule(cron="0 3 * * *", start="06:00", end="07:00")  # type: ignore[arg-type] # as a form sends it
    row = world.flow(Kind.PRODUCT)
    with pytest.raises(Refused, match="never falls into its window"):
        arrange.set_schedule(world.hub, row, never)
    with world.hub.database.read() as tx:
        assert flows.by_id(tx, row.id) == row
