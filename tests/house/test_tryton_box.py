"""The real Tryton that the demo and the tests talk to: what it holds, and that it comes and goes cleanly."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from trueup.sandbox.tryton import TrytonServer

pytestmark = pytest.mark.tryton
SOURCE = Path(__file__).parents[2] / "src"


def ask(tryton: TrytonServer, path: str, **context: Any) -> Any:
    """GET a path of Tryton's REST API as the connector's user."""
    packed = base64.urlsafe_b64encode(json.dumps({"company": tryton.ids["company"], **context}).encode()).decode()
    headers = {"Authorization": f"bearer {tryton.rest_key}", "X-Tryton-Context": packed}
    request = urllib.request.Request(f"{tryton.url}/{tryton.database}/rest/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def articles(tryton: TrytonServer, *fields: str, **context: Any) -> dict[str, Any]:
    wanted = "&".join(f"f={field}" for field in ("code", *fields))
    found = ask(tryton, f"model/product.product?s=1000&{wanted}", **context)
    return {article["code"]: article for article in found}


def test_it_holds_sixty_articles_of_which_six_are_shirts_in_three_variants(tryton: TrytonServer) -> None:
    codes = [code for code in articles(tryton) if code.startswith("SKU-")]
    assert len(codes) == 54 + 6 * 3
    assert {"SKU-0010-RED-S", "SKU-0010-RED-M", "SKU-0010-BLUE-M", "SKU-0011"} <= set(codes)


def test_a_variant_says_its_color_and_size(tryton: TrytonServer) -> None:
    assert articles(tryton, "attributes")["SKU-0000-BLUE-M"]["attributes"] == {"color": "blue", "size": "M"}


def test_prices_are_exact_decimals(tryton: TrytonServer) -> None:
    price = articles(tryton, "list_price_used")["SKU-0010-RED-S"]["list_price_used"]
    assert price == {"__class__": "Decimal", "decimal": "25.90"}


@pytest.mark.parametrize(("code", "percent"), [("SKU-0010-RED-S", "19"), ("SKU-0005", "7"), ("SKU-0006", "19")])
def test_articles_are_taxed_at_two_rates(tryton: TrytonServer, code: str, percent: str) -> None:
    category = articles(tryton, "template.account_category")[code]["template"]["account_category"]
    assert category == tryton.ids["categories"][percent]


def test_the_two_warehouses_hold_different_quantities(tryton: TrytonServer) -> None:
    held = [
        articles(tryton, "quantity", locations=[warehouse])["SKU-0001"]["quantity"]
        for warehouse in tryton.ids["warehouses"].values()
    ]
    assert len(held) == 2
    assert held[0] != held[1]


@pytest.mark.parametrize("service", ["SHIPPING", "DISCOUNT", "FEE"])
def test_what_an_order_needs_beside_goods_is_there(tryton: TrytonServer, service: str) -> None:
    assert articles(tryton, "type")[service]["type"] == "service"


def test_countries_and_the_shop_are_there(tryton: TrytonServer) -> None:
    countries = {country["code"] for country in ask(tryton, "model/country.country?f=code")}
    assert countries == {"DE", "AT", "FR", "SE", "CH", "US"}
    assert [shop["id"] for shop in ask(tryton, "model/web.shop")] == [tryton.ids["web_shop"]]


def test_a_wrong_key_is_refused(tryton: TrytonServer) -> None:
    request = urllib.request.Request(
        f"{tryton.url}/{tryton.database}/rest/model/product.product", headers={"Authorization": "bearer wrong"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert refused.value.code == 401


def test_after_a_stop_nothing_answers_and_after_a_start_it_is_the_same_one(tryton: TrytonServer) -> None:
    before = tryton.url
    tryton.stop()
    with pytest.raises(urllib.error.URLError):
        ask(tryton, "model/web.shop")
    tryton.start()
    assert tryton.url == before
    assert ask(tryton, "model/web.shop")


def test_one_without_articles_has_only_the_services(empty_tryton: TrytonServer) -> None:
    assert set(articles(empty_tryton)) == {"SHIPPING", "DISCOUNT", "FEE"}


def test_it_ends_when_its_starter_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "trueup.sandbox.tryton", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        address = next(line for line in starter.stdout if "answers at" in line).split()[3].rstrip(",")
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while answers(address):
        assert time.monotonic() < deadline, "Tryton outlived its starter"
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
