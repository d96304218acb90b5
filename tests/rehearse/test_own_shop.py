"""Rehearsing in a shop of one's own: never in a live one unawares, and nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.command import Command
from support.tryton import TrytonScreen
from trueup.rehearse.case import catalogue
from trueup.rehearse.fitting import why_not
from trueup.rehearse.shop import ShopSide, open_shop
from trueup.sandbox import Checkout, RunningShop, SeedRate, ShopSettings, place_order, running_shop
from trueup.sandbox.cli import GERMAN_RATES
from trueup.sandbox.tryton import TrytonServer

CASES = ("224", "m02-zero-total", "m15-paid-by-bank-transfer", "223")
BUYER = {"first_name": "A", "last_name": "Buyer", "email": "buyer@shop.example", "address_1": "Street 1", "city": "Ulm"}


@contextmanager
def staging(folder: Path, **settings: Any) -> Iterator[tuple[Command, RunningShop]]:
    """An installation with the connection Staging."""
    command = Command(folder)
    with running_shop(ShopSettings(**{"rates": GERMAN_RATES, **settings}), https=True) as shop:
        command.done("init")
        values = {"url": shop.url, "ca_file": shop.ca_file, "consumer_key": shop.consumer_key}
        settings_of = [f"--set={name}={value}" for name, value in values.items()]
        secret = "--set-secret-from-env=consumer_secret=STAGING_SECRET"
        add = ("connection", "add", "Staging", "woocommerce", *settings_of, secret)
        command.done(*add, STAGING_SECRET=shop.consumer_secret)
        yield command, shop


@contextmanager
def side_of(shop: RunningShop) -> Iterator[ShopSide]:
    side = open_shop(shop.url, shop.consumer_key, shop.consumer_secret, label="Staging", ca_file=shop.ca_file)
    yield side
    side.close()


def everything_in(shop: RunningShop) -> dict[str, int]:
    tables = ("product", "shop_order", "coupon", "webhook", "customer")
    return {table: shop.shop.store.count(table) for table in tables}


def someone_buys(shop: RunningShop, side: ShopSide) -> None:
    made = side.call("POST", "/products", {"name": "Mug", "regular_price": "5.00", "type": "simple"})
    place_order(shop.shop, Checkout(items=[(made["id"], 1)], billing=BUYER))


def test_a_rehearsal_in_a_staging_shop_leaves_nothing_behind(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, shop):
        before = everything_in(shop)
        text = command.done("rehearse", *CASES, "--shop", "Staging", "--report", str(tmp_path / "report.html"))
        assert everything_in(shop) == before
    assert "4 of 4 cases as expected" in text
    assert "Left behind" not in text


def test_what_a_staging_shop_cannot_play_says_why(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, _):
        page = str(tmp_path / "report.html")
        wanted = ("m06-yen", "m04-prices-with-tax", "m10-webhook-five-times", "m11-lost-answers", "231")
        report = json.loads(command.done("rehearse", *wanted, "--shop", "Staging", "--json", "--report", page))
    reasons = {case["id"]: case["reason"] for case in report["cases"]}
    assert {case["verdict"] for case in report["cases"]} == {"not offered"}
    assert "This shop sells in EUR." in reasons["m06-yen"]
    assert "The prices of this shop are entered without tax." in reasons["m04-prices-with-tax"]
    assert "has no address" in reasons["m10-webhook-five-times"]
    assert "Only the shop in the box" in reasons["m11-lost-answers"]
    assert "--full" in reasons["231-very-many-articles"]


def test_a_shop_in_which_people_buy_is_left_alone(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, shop), side_of(shop) as side:
        someone_buys(shop, side)
        before = everything_in(shop)
        shop.log.clear()
        sentence = command.refused("rehearse", "m02-zero-total", "--shop", "Staging")
        assert everything_in(shop) == before
        assert shop.log.writes == 0
    assert sentence == (
        "Staging looks like a live shop: 1 order was placed in the last 30 days. Rehearse in a staging shop. If it is "
        "one, say so with --this-is-not-a-live-shop."
    )


def test_who_says_that_it_is_no_live_shop_rehearses_there_and_their_orders_stay(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, shop), side_of(shop) as side:
        someone_buys(shop, side)
        before = everything_in(shop)
        page = str(tmp_path / "report.html")
        command.done("rehearse", "m02-zero-total", "--shop", "Staging", "--this-is-not-a-live-shop", "--report", page)
        assert everything_in(shop) == before


def test_beside_an_active_flow_nothing_is_rehearsed(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, _):
        (tmp_path / "till").mkdir()
        command.done("connection", "add", "Till", "files", f"--set=folder={tmp_path / 'till'}")
        command.done("flow", "enable", "orders")
        sentence = command.refused("rehearse", "m02-zero-total", "--shop", "Staging", "--this-is-not-a-live-shop")
    assert "would carry the rehearsal's orders on: orders. Pause them first" in sentence


def test_a_connection_that_is_none_or_another_system_is_named(tmp_path: Path) -> None:
    with staging(tmp_path) as (command, _):
        assert "There is no connection called Shop." in command.refused("rehearse", "224", "--shop", "Shop")
        sentence = command.refused("rehearse", "224", "--shop", "Staging", "--office", "Staging")
        assert sentence == "Staging is a connection to woocommerce; here one to tryton is needed."
        assert "go with --shop" in command.misused("rehearse", "224", "--office", "Staging")


def test_with_a_tryton_of_one_s_own_only_what_is_in_its_books_stays(tmp_path: Path, tryton: TrytonServer) -> None:
    """Sixty articles that are there are not copied into the shop; what was worked on is named."""
    screen = TrytonScreen(tryton)
    with staging(tmp_path) as (command, shop):
        connect_tryton(command, tryton)
        page = str(tmp_path / "report.html")
        options = ("--shop", "Staging", "--office", "Tryton", "--json", "--report", page)
        report = json.loads(command.done("rehearse", "m02-zero-total", "m04-prices-with-tax", "224", *options))
        assert everything_in(shop)["product"] == everything_in(shop)["shop_order"] == 0
    verdicts = {case["id"]: case["verdict"] for case in report["cases"]}
    assert list(verdicts.values()) == ["as expected", "as expected", "not offered"]
    [processed] = [sale for sale in screen.sales() if (sale["web_id"] or "").startswith("REHEARSAL:")]
    assert f"sale {processed['number']} in Tryton, which is processing" in report["left"]
    assert screen.rows("product.product", [["code", "like", "%224-voucher%"]]) == []


def connect_tryton(command: Command, tryton: TrytonServer) -> None:
    """The connection Tryton of the installation; its usual flows stay inactive."""
    place = {"url": tryton.url, "database": tryton.database, "user": tryton.user}
    shown = [f"--set={name}={value}" for name, value in place.items()]
    secrets = ("--set-secret-from-env=key=TRYTON_KEY", "--set-secret-from-env=password=TRYTON_PASSWORD")
    add = ("connection", "add", "Tryton", "tryton", *shown, *secrets)
    command.done(*add, TRYTON_KEY=tryton.rest_key, TRYTON_PASSWORD=tryton.password)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, None),
        ({"currency": "SEK"}, "This shop sells in SEK."),
        ({"prices_include_tax": True}, "The prices of this shop are entered with tax."),
        ({"calc_taxes": False}, "This shop does not calculate taxes."),
        ({"rates": GERMAN_RATES[:1]}, "This shop has no tax rate of 7 % for DE."),
        (
            {"rates": (SeedRate(country="DE", rate="16"), *GERMAN_RATES[1:])},
            "This shop has no tax rate of 19 % for DE.",
        ),
    ],
    ids=["fits", "currency", "prices with tax", "no taxes", "one rate", "another rate"],
)
def test_a_case_is_played_only_in_a_shop_that_is_set_up_for_it(settings: dict[str, Any], reason: str | None) -> None:
    [case] = [case for case in catalogue() if case.row == "224"]
    with running_shop(ShopSettings(**{"rates": GERMAN_RATES, **settings}), https=True) as shop, side_of(shop) as side:
        found = why_not(side, case, full=False)
    assert found is None if reason is None else found is not None and found.endswith(reason)
