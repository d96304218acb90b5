"""Connections: tried before they are stored, secrets never shown, the usual flows added."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support.command import Command
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.store import connections, flows


@pytest.fixture(scope="module")
def shop_in_the_box() -> Iterator[RunningShop]:
    with running_shop(ShopSettings()) as running:
        yield running


def add_shop(command: Command, running: RunningShop, name: str = "Webshop", secret: str | None = None) -> list[str]:
    words = ["connection", "add", name, "woocommerce", "--set", f"url={running.http_url}"]
    keys = ["--set", f"consumer_key={running.consumer_key}", "--set-secret-from-env", "consumer_secret=WC_SECRET"]
    return [*words, *keys]


def test_a_good_connection_is_tried_and_stored(trueup: Command) -> None:
    said = trueup.done("connection", "add", "Outlet", "memory", "--set", f"path={trueup.folder / 'outlet.sqlite'}")
    assert "green  reachable: The test system answers." in said
    assert "The connection Outlet is stored" in said
    [*_, outlet] = trueup.json("connection", "list")
    assert (outlet["name"], outlet["system"], outlet["state"]) == ("Outlet", "memory", "ready")


def test_a_red_finding_is_shown_with_its_remedy_and_nothing_is_stored(trueup: Command) -> None:
    trueup.shop.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify"))
    path = trueup.folder / "shop.sqlite"
    said = trueup.refused("connection", "add", "Second", "memory", "--set", f"path={path}")
    assert said.startswith("red    reachable:")
    assert "Lift the fault." in said
    assert said.endswith("The connection Second is not stored, because it does not work yet.")
    assert [one["name"] for one in trueup.json("connection", "list")] == ["ERP", "Shop"]


def test_a_taken_name_is_refused(trueup: Command) -> None:
    said = trueup.refused("connection", "add", "ERP", "memory", "--set", f"path={trueup.folder / 'erp.sqlite'}")
    assert said == "There is a connection called ERP already. Choose another name."


def test_every_missing_or_wrong_setting_is_named_at_once(trueup: Command) -> None:
    said = trueup.refused("connection", "add", "Bad", "memory", "--set", "batch=many", "--set", "flights=0")
    for name in ("path", "batch", "flights"):
        assert f"{name}: " in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["connection", "add", "X", "memory", "--set", "path"], "write it as field=value"),
        (["connection", "add", "X", "memory", "--set", "colour=red"], "there is no setting colour"),
        (["connection", "add", "X"], "Missing argument"),
        (["connection", "webhooks", "Shop", "--url", "hub.example"], "write the whole address"),
        (["connection", "webhooks", "Shop"], "Missing option '--url'"),
        (["connection", "nonsense"], "No such command 'nonsense'"),
    ],
)
def test_a_command_that_is_written_wrongly_ends_with_2(trueup: Command, words: list[str], sentence: str) -> None:
    assert sentence in trueup.misused(*words)


def test_an_unknown_name_is_answered_with_the_known_ones(trueup: Command) -> None:
    assert trueup.refused("connection", "verify", "Sohp") == "There is no connection called Sohp. There are: ERP, Shop."


def test_without_connections_the_list_says_how_to_add_one(fresh: Command) -> None:
    fresh.done("init")
    assert "trueup connection add NAME SYSTEM" in fresh.done("connection", "list")
    assert "trueup connection add NAME SYSTEM" in fresh.done("connection", "verify")
    assert "add one with: trueup connection add" in fresh.refused("connection", "verify", "Shop")


def test_verify_tries_all_and_names_the_ones_that_do_not_work(trueup: Command) -> None:
    assert trueup.done("connection", "verify").count("green  reachable") == 2
    trueup.shop.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify", times=2))
    result = trueup.call("connection", "verify")
    assert result.exit_code == 1
    assert "red    reachable" in result.stdout
    assert "Not everything works yet: Shop." in result.stderr
    assert [one["state"] for one in trueup.json("connection", "list")] == ["ready", "red"]
    assert trueup.done("connection", "verify", "ERP")


def test_a_paused_connection_is_shown_with_its_reason_and_goes_on_after_a_good_verification(trueup: Command) -> None:
    with trueup.hub() as hub, hub.database.write() as tx:
        until = hub.clock() + timedelta(hours=1)
        connections.pause(tx, 2, until=until, sentence="The shop does not answer.")
    [_, shop] = trueup.json("connection", "list")
    assert (shop["state"], shop["sentence"], shop["failures"]) == ("paused", "The shop does not answer.", 1)
    assert "The shop does not answer." in trueup.done("connection", "list")
    trueup.done("connection", "verify", "Shop")
    assert [one["state"] for one in trueup.json("connection", "list")] == ["ready", "ready"]


def test_a_connection_is_removed_only_when_no_flow_uses_it(trueup: Command) -> None:
    trueup.flow("product")
    said = trueup.refused("connection", "remove", "Shop")
    assert said.startswith("Shop is used by the flows products")
    trueup.done("connection", "add", "Outlet", "memory", "--set", f"path={trueup.folder / 'outlet.sqlite'}")
    trueup.done("connection", "remove", "Outlet")
    assert [one["name"] for one in trueup.json("connection", "list")] == ["ERP", "Shop"]


def test_users_are_offered_real_systems_only(trueup: Command) -> None:
    shown = [system["name"] for system in trueup.json("connection", "systems")]
    assert shown == ["woocommerce", "files", "tryton"]
    assert "memory" not in trueup.done("connection", "systems")


def test_the_settings_of_a_system_are_explained(trueup: Command) -> None:
    said = trueup.done("connection", "settings", "woocommerce")
    for words in ("consumer_secret", "required", "secret", "The shop's address"):
        assert words in said
    [url] = [field for field in trueup.json("connection", "settings", "woocommerce") if field["name"] == "url"]
    assert (url["required"], url["secret"]) == (True, False)


def test_a_system_that_cannot_call_says_what_happens_instead(trueup: Command) -> None:
    said = trueup.refused("connection", "webhooks", "Shop", "--url", "https://hub.example")
    assert "read by their schedules" in said


def test_a_shop_and_a_folder_get_the_usual_flows_and_the_secret_is_nowhere(
    fresh: Command, shop_in_the_box: RunningShop, tmp_path: Path
) -> None:
    fresh.done("init")
    folder = tmp_path / "erp"
    folder.mkdir()
    said = fresh.done("connection", "add", "ERP", "files", "--set", f"folder={folder}")
    assert "usual flows" not in said
    secret = shop_in_the_box.consumer_secret
    said += fresh.done(*add_shop(fresh, shop_in_the_box), WC_SECRET=secret)
    assert "Added the usual flows: products, prices, stock, orders, fulfilments, refunds. They are inactive." in said
    assert said.strip().endswith("Next: trueup flow enable products prices stock orders fulfilments refunds")
    assert [flow["active"] for flow in fresh.json("flow", "list")] == [False] * 6
    shown = said + fresh.done("connection", "list", "--json") + fresh.done("connection", "verify")
    assert secret not in shown
    assert secret.encode() not in (fresh.home / "trueup.sqlite").read_bytes()


def test_swapped_keys_are_told_before_anything_is_stored(fresh: Command, shop_in_the_box: RunningShop) -> None:
    fresh.done("init")
    words = add_shop(fresh, shop_in_the_box)
    words[words.index(f"consumer_key={shop_in_the_box.consumer_key}")] = (
        f"consumer_key={shop_in_the_box.consumer_secret}"
    )
    said = fresh.refused(*words, WC_SECRET=shop_in_the_box.consumer_key)
    assert "swapped" in said
    assert shop_in_the_box.consumer_secret not in said


def test_a_shop_is_told_where_to_call_and_the_secret_is_sealed(fresh: Command, shop_in_the_box: RunningShop) -> None:
    fresh.done("init")
    fresh.done(*add_shop(fresh, shop_in_the_box), WC_SECRET=shop_in_the_box.consumer_secret)
    said = fresh.done("connection", "webhooks", "Webshop", "--url", "https://hub.example/")
    assert "Webshop calls https://hub.example/hooks/1 when something changes." in said
    with fresh.hub() as hub, hub.database.read() as tx:
        row = connections.by_name(tx, "Webshop")
        assert row is not None
        assert len(hub.seal.open(row.hook_secret)["hook"]) >= 32
        assert flows.everyone(tx) == []
    again = fresh.done("connection", "webhooks", "Webshop", "--url", "https://hub.example")
    assert "red" not in again
