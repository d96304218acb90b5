"""Connections are tried before they are stored; what is secret is sealed; flows are made for the usual pairs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from support.world import START, World, mug
from trueup.connectors.kit.ports import Level
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.sandbox import running_shop
from trueup.store import connections, flows
from trueup.store.tables import connection
from trueup.sync import arrange
from trueup.sync.connecting import Refused, add_connection, check, verify_connection, with_today
from trueup.sync.hub import settings_of


def row(world: World, name: str) -> connections.ConnectionRow:
    with world.hub.database.read() as tx:
        found = connections.by_name(tx, name)
    assert found is not None
    return found


def test_a_connection_that_does_not_work_is_not_stored(world: World, tmp_path: Path) -> None:
    world.erp.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify"))
    with pytest.raises(Refused, match="does not work yet") as refused:
        add_connection(world.hub, name="Third", system="memory", values={"path": str(world.erp.database.path)})
    assert [finding.level for finding in refused.value.findings] == [Level.RED]
    with world.hub.database.read() as tx:
        assert connections.by_name(tx, "Third") is None


def test_two_connections_never_share_a_name(world: World, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="called ERP already"):
        add_connection(world.hub, name="ERP", system="memory", values={"path": str(tmp_path / "x.sqlite")})


def test_an_unknown_system_is_answered_with_those_that_exist() -> None:
    with pytest.raises(Refused, match="woocommerce, files, tryton"):
        check("magento", {})


def test_every_mistake_in_the_settings_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        check("tryton", {"url": "ftp://erp", "colour": "red"})
    said = str(refused.value)
    assert all(part in said for part in ("url:", "database:", "key:", "colour:"))


def test_promise_11_a_secret_is_sealed_and_stands_nowhere_in_clear(world: World) -> None:
    with running_shop(https=True) as shop:
        values = {"url": shop.url, "consumer_key": shop.consumer_key, "ca_file": str(shop.ca_file)}
        add_connection(
            world.hub, name="Real", system="woocommerce", values={**values, "consumer_secret": shop.consumer_secret}
        )
        stored = row(world, "Real")
        with world.hub.database.read() as tx:
            everything = json.dumps([dict(r._mapping) for r in tx.execute(select(connection))], default=str)
        assert shop.consumer_secret not in everything
        opened = settings_of(stored, world.hub.seal)
        assert opened.model_dump()["consumer_secret"].get_secret_value() == shop.consumer_secret
        assert shop.consumer_secret not in repr(opened)


def test_orders_of_before_the_connection_was_made_are_left_alone(world: World) -> None:
    with running_shop(https=True) as shop:
        keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
        values = {"url": shop.url, "ca_file": str(shop.ca_file), **keys}
        add_connection(world.hub, name="Real", system="woocommerce", values=values)
        opened = settings_of(row(world, "Real"), world.hub.seal)
    assert opened.model_dump()["order_start"] == START


@pytest.mark.parametrize("given", ["2020-01-01T00:00:00Z", "2031-12-31T12:00:00+01:00"])
def test_a_start_that_somebody_chose_stays_as_it_is(given: str) -> None:
    assert with_today("woocommerce", {"order_start": given}, datetime(2026, 3, 2, tzinfo=UTC)) == {"order_start": given}


def test_a_system_without_a_start_gets_none() -> None:
    assert with_today("files", {"folder": "x"}, datetime(2026, 3, 2, tzinfo=UTC)) == {"folder": "x"}


def test_verifying_again_ends_the_pause_of_a_connection_that_works(world: World) -> None:
    with world.hub.database.write() as tx:
        until = datetime(2030, 1, 1, tzinfo=UTC)
        connections.pause(tx, world.ids["Shop"], until=until, sentence="The key was refused.")
    assert all(finding.level == Level.GREEN for finding in verify_connection(world.hub, row(world, "Shop")))
    assert not row(world, "Shop").is_paused(world.time.now)


def test_verifying_a_broken_connection_keeps_what_was_found_and_stays_paused(world: World) -> None:
    with world.hub.database.write() as tx:
        connections.pause(tx, world.ids["Shop"], until=datetime(2030, 1, 1, tzinfo=UTC), sentence="No answer.")
    world.shop.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify"))
    verify_connection(world.hub, row(world, "Shop"))
    stored = row(world, "Shop")
    assert stored.is_paused(world.time.now)
    assert stored.findings is not None
    assert stored.findings[0]["level"] == "red"
    assert stored.findings[0]["fix"]


def test_a_shop_and_a_till_get_the_usual_flows_all_inactive(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "till"
    folder.mkdir()
    with running_shop(https=True) as shop:
        keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
        values = {"url": shop.url, "ca_file": str(shop.ca_file), **keys}
        add_connection(world.hub, name="Real shop", system="woocommerce", values=values)
        add_connection(world.hub, name="Till", system="files", values={"folder": str(folder)})
        assert arrange.add_usual_flows(world.hub) == list(arrange.NAMES.values())
        assert arrange.add_usual_flows(world.hub) == [], "asking twice adds nothing"
    with world.hub.database.read() as tx:
        made = {flow.name: flow for flow in flows.everyone(tx)}
    assert not any(flow.active for flow in made.values())
    assert made["orders"].leader_id == row(world, "Real shop").id
    assert made["products"].followers == (row(world, "Real shop").id,)


def test_promise_4_a_kind_has_one_leader_for_each_follower(world: World, tmp_path: Path) -> None:
    world.connect("Second ERP", tmp_path / "second.sqlite")
    world.flow(Kind.PRICE)
    with pytest.raises(Refused, match="already leads price there"):
        world.flow(Kind.PRICE, "Second ERP", "Shop")


def test_promise_4_a_kind_never_flows_both_ways(world: World) -> None:
    world.flow(Kind.STOCK)
    with pytest.raises(Refused, match="the other way round"):
        world.flow(Kind.STOCK, "Shop", "ERP")


def test_a_flow_that_a_connection_cannot_do_is_refused(world: World, tmp_path: Path) -> None:
    world.connect("Reader", tmp_path / "reader.sqlite", writes=[])
    with pytest.raises(Refused, match="cannot flow from ERP to Reader"):
        world.flow(Kind.PRICE, "ERP", "Reader")


def test_an_inactive_flow_is_not_started_but_told_how(world: World) -> None:
    flow = world.flow(Kind.PRICE)
    arrange.disable(world.hub, flow)
    with pytest.raises(Refused, match="Enable it first"):
        arrange.start_now(world.hub, world.flow_row(flow.name))


def test_a_paused_flow_neither_reads_nor_sends_and_goes_on_where_it_was(world: World) -> None:
    flow = world.flow(Kind.PRODUCT)
    world.erp.put(mug(1))
    world.runs(f"collect:{flow.id}")
    arrange.disable(world.hub, world.flow_row(flow.name))
    world.erp.put(mug(2))
    world.later()
    assert world.shop.things(Kind.PRODUCT) == []
    arrange.enable(world.hub, world.flow_row(flow.name))
    world.later()
    assert len(world.shop.things(Kind.PRODUCT)) == 2


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ({"cron": "every day"}, "not a cron schedule"),
        ({"weekdays": ["monday"]}, "weekdays are mon"),
        ({"time_zone": "Mars"}, "not a time zone"),
        ({"start": "06:00"}, "both a start and an end"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_and_the_flow_stays_off(
    world: World, schedule: dict[str, object], says: str
) -> None:
    flow = world.flow(Kind.PRICE)
    arrange.disable(world.hub, flow)
    with pytest.raises(Refused, match=says):
        arrange.enable(world.hub, world.flow_row(flow.name), schedule)
    assert not world.flow_row(flow.name).active
