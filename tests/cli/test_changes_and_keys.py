"""Keys wear out: those of a shop and our own are exchanged while everything runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from support.command import Command
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.store import connections
from trueup.store.connections import ConnectionRow
from trueup.store.secrets import Seal, WrongKey
from trueup.sync.hub import settings_of


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    with running_shop(ShopSettings()) as running:
        yield running


def stored(command: Command, name: str) -> ConnectionRow:
    with command.hub() as hub, hub.database.read() as tx:
        row = connections.by_name(tx, name)
    assert row is not None
    return row


def add(command: Command, shop: RunningShop) -> None:
    keys = ["--set", f"consumer_key={shop.consumer_key}", "--set-secret-from-env", "consumer_secret=WC_SECRET"]
    words = ["connection", "add", "Webshop", "woocommerce", "--set", f"url={shop.http_url}", *keys]
    command.done(*words, WC_SECRET=shop.consumer_secret)


def test_new_keys_of_a_shop_are_tried_and_taken(trueup: Command, shop: RunningShop) -> None:
    add(trueup, shop)
    new = shop.shop.add_key("read_write")
    keys = ["--set", f"consumer_key={new.consumer_key}", "--set-secret-from-env", "consumer_secret=NEW"]
    said = trueup.done("connection", "change", "Webshop", *keys, NEW=new.consumer_secret)
    assert "The connection Webshop is changed." in said
    assert new.consumer_secret not in said
    with trueup.hub() as hub:
        opened = settings_of(stored(trueup, "Webshop"), hub.seal).model_dump()
    assert opened["consumer_key"] == new.consumer_key
    assert opened["consumer_secret"].get_secret_value() == new.consumer_secret
    assert opened["url"] == shop.http_url, "what was not named stays"


def test_keys_that_do_not_work_change_nothing(trueup: Command, shop: RunningShop) -> None:
    add(trueup, shop)
    before = stored(trueup, "Webshop")
    wrong = "cs_" + "0" * 40
    keys = ["--set-secret-from-env", "consumer_secret=NEW"]
    said = trueup.refused("connection", "change", "Webshop", *keys, NEW=wrong)
    assert "The connection Webshop stays as it was" in said
    assert wrong not in said
    assert stored(trueup, "Webshop").sealed == before.sealed


def test_a_paused_connection_goes_on_with_its_new_settings(trueup: Command) -> None:
    trueup.shop.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify"))
    trueup.call("connection", "verify", "Shop")
    trueup.done("connection", "change", "Shop", "--set", "batch=7")
    assert stored(trueup, "Shop").settings["batch"] == 7
    assert [one["state"] for one in trueup.json("connection", "list")] == ["ready", "ready"]


def test_a_change_has_to_say_what(trueup: Command) -> None:
    assert "say what changes" in trueup.misused("connection", "change", "Shop")
    assert "there is no setting colour" in trueup.misused("connection", "change", "Shop", "--set", "colour=red")


def test_promise_11_our_own_key_is_rotated_while_a_process_runs(trueup: Command, shop: RunningShop) -> None:
    add(trueup, shop)
    key_file = trueup.home / "key"
    old = key_file.read_text()
    before = stored(trueup, "Webshop").sealed
    with trueup.hub() as running:
        assert "The secrets of 3 connections are sealed with the newest key" in trueup.done("rotate-key")
        row = stored(trueup, "Webshop")
        assert row.sealed != before
        opened = settings_of(row, running.seal).model_dump()
        assert opened["consumer_secret"].get_secret_value() == shop.consumer_secret
    assert key_file.stat().st_mode & 0o077 == 0
    assert key_file.read_text().endswith(old), "older backups can still be opened"
    with pytest.raises(WrongKey):
        Seal(old).open(row.sealed)


def test_a_key_from_the_environment_is_rotated_there(trueup: Command, shop: RunningShop) -> None:
    add(trueup, shop)
    old = (trueup.home / "key").read_text().strip()
    said = trueup.refused("rotate-key", TRUEUP_KEY=old)
    assert "Put a new one in front of it there" in said
    new = Fernet.generate_key().decode()
    trueup.done("reseal", TRUEUP_KEY=f"{new} {old}")
    assert Seal(new).open(stored(trueup, "Webshop").sealed) == {"consumer_secret": shop.consumer_secret}
