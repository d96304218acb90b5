"""The same as JSON, for whoever is signed in; and a line for whoever watches that it is well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support.world import customer, mug, order, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store.flows import FlowRow
from trueup.sync import arrange
from trueup.web.health import SILENT_AFTER, is_silent

from .conftest import Desk


@pytest.fixture
def busy(desk: Desk) -> Desk:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        desk.world.flow(kind)
    desk.world.flow(Kind.ORDER, "Shop", "ERP")
    desk.world.erp.put(mug(1), price(1), stock(1), mug(2), price(2, "-1"))
    desk.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    desk.world.settle()
    return desk


def test_the_overview(busy: Desk) -> None:
    told = busy.browser.get("/api/overview").json()
    assert (told["owed"], told["quarantined"], told["settled"]) == (0, 1, False)
    assert [flow["flow"]["name"] for flow in told["flows"]] == [
        "product ERP Shop",
        "price ERP Shop",
        "stock ERP Shop",
        "order Shop ERP",
    ]
    assert [connection["name"] for connection in told["connections"]] == ["ERP", "Shop"]


def test_nothing_of_it_names_a_setting_of_a_connection(busy: Desk) -> None:
    assert "erp.sqlite" not in busy.browser.get("/api/overview").text


def test_flows(busy: Desk) -> None:
    first = busy.browser.get("/api/flows").json()[0]
    assert (first["leader"], first["followers"], first["state"], first["due"]) == ("ERP", ["Shop"], "waiting", 0)


def test_records_and_their_stories(busy: Desk) -> None:
    (found,) = busy.browser.get("/api/records?q=MUG-1").json()
    url = f"/api/records/{found['leader_id']}/{found['thing']}/story?ref={found['ref']}"
    told = busy.browser.get(url).json()
    assert told["label"] == "MUG-1"
    assert [place["remote"] for place in told["places"]] == ["A1", "product-000001"]
    assert {sent["row"]["outcome"] for sent in told["sent"]} == {"created"}


def test_a_story_that_nobody_knows_is_404_with_a_sentence(busy: Desk) -> None:
    answer = busy.browser.get("/api/records/1/product/story?ref=nothing")
    assert answer.status_code == 404
    assert "Nobody knows this record." in answer.json()["detail"]


def test_quarantine(busy: Desk) -> None:
    (entry,) = busy.browser.get("/api/quarantine").json()
    assert (entry["label"], entry["field"], entry["state"]) == ("MUG-2", "regular", "open")
    assert busy.browser.get("/api/quarantine?state=skipped").json() == []


@pytest.mark.parametrize(
    ("query", "count"), [("limit=1", 1), ("limit=0", 1), ("limit=-5", 1), ("label=MUG-1", 3), ("failed=true", 0)]
)
def test_transfers(busy: Desk, query: str, count: int) -> None:
    assert len(busy.browser.get(f"/api/transfers?{query}").json()) == count


def test_transfers_are_turned_page_by_page(busy: Desk) -> None:
    everything = [row["id"] for row in busy.browser.get("/api/transfers").json()]
    older = busy.browser.get(f"/api/transfers?before={everything[2]}").json()
    assert [row["id"] for row in older] == everything[3:]


@pytest.mark.parametrize("url", ["/api/transfers?limit=x", "/api/nothing", "/api/records/x/product/story?ref=1"])
def test_what_does_not_exist_is_told_as_json(busy: Desk, url: str) -> None:
    answer = busy.browser.get(url)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no such page")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("url", ["/api/overview", "/api/flows", "/api/quarantine", "/api/transfers", "/api/records"])
def test_it_only_reads(busy: Desk, method: str, url: str) -> None:
    assert busy.browser.request(method, url, headers={"X-CSRF-Token": busy.csrf}).status_code == 405


# Health


def test_it_is_well_without_signing_in(stranger: Desk) -> None:
    answer = stranger.browser.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": True, "silent_flows": 0})


def test_it_names_nothing_of_the_business(busy: Desk) -> None:
    text = busy.browser.get("/health").text
    assert "ERP" not in text
    assert "product" not in text


def test_a_flow_that_has_not_come_through_for_long_is_silent(busy: Desk) -> None:
    busy.world.erp.fault(Fault(trouble=Trouble.DOWN, op="changes", times=None))
    busy.world.later()
    assert busy.browser.get("/health").status_code == 200
    busy.world.later(minutes=31)
    answer = busy.browser.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["silent_flows"]) == (503, "silent", 3)


def test_a_paused_flow_is_meant_to_be_silent(busy: Desk) -> None:
    for name in ("product ERP Shop", "price ERP Shop", "stock ERP Shop", "order Shop ERP"):
        arrange.disable(busy.world.hub, busy.world.flow_row(name))
    busy.world.time.passes(days=3)
    assert busy.browser.get("/health").json()["silent_flows"] == 0


def test_without_its_database_it_is_failing(busy: Desk) -> None:
    with busy.world.hub.database.write() as tx:
        tx.exec_driver_sql("ALTER TABLE flow RENAME TO lost")
    answer = busy.browser.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "database": False})


@pytest.mark.parametrize(("late", "silent"), [(-1, False), (0, False), (30, False), (31, True)])
def test_silence_begins_half_an_hour_after_a_run_was_due(busy: Desk, late: int, silent: bool) -> None:
    row: FlowRow = busy.world.flow_row("product ERP Shop")
    assert row.due_at is not None
    assert is_silent(row, row.due_at + timedelta(minutes=late)) is silent
    assert timedelta(minutes=30) == SILENT_AFTER
