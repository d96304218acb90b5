"""The page Stock: each shop's number opened as its sum, with the orders that hold something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.sharing import Sharing, sharing
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.order import Stage
from trueup.domain.record import Kind

from .conftest import Desk


@pytest.fixture
def shared(desk: Desk, tmp_path: Path) -> Sharing:
    return sharing(desk.world, tmp_path)


def test_before_anything_is_connected_it_says_where_to_begin(desk: Desk) -> None:
    text = desk.page("/stock")
    assert "No shop gets stock from a back office yet. Add the usual flows first." in text


def test_without_an_article_it_shows_who_shares_what(desk: Desk, shared: Sharing) -> None:
    shared.policy(shops={str(shared.world.ids["Lund"]): {"buffer": 2, "percent": 50}})
    text = desk.page("/stock")
    assert "Shop ERP 0 100 %" in text
    assert "Lund ERP 2 50 %" in text


def test_promise_8_each_number_opens_as_its_sum(desk: Desk, shared: Sharing) -> None:
    shared.has(7, on_hand=10)
    shared.places("Shop", 41, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.places("Malmö", 43, units=2, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    text = desk.page("/stock?sku=mug-1")
    assert "Stock of MUG-1" in text
    assert (
        "Shop shown 10 on hand − 3 sold in store or reserved − 3 held by open web orders #1041 ×1, #1043 ×2 in Malmö "
        "− 0 kept back as a buffer = 4 may be sold" in text
    )
    assert text.count("= 4 may be sold") == 3


def test_an_order_in_the_sum_leads_to_its_story(desk: Desk, shared: Sharing) -> None:
    shared.places("Shop", 41, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    html = desk.browser.get("/stock?sku=MUG-1").text
    [link, *_] = re.findall(r'<a href="([^"]+)">#1041</a>', html)
    assert "Order 1041" in desk.page(link.replace("&amp;", "&"))


def test_a_number_that_is_on_its_way_says_what_the_shop_was_told_last(desk: Desk, shared: Sharing) -> None:
    shared.world.shop.fault(Fault(trouble=Trouble.DOWN, kind=Kind.PRODUCT, times=None))
    shared.has(4)
    shared.world.later()
    text = desk.page("/stock?sku=MUG-1")
    assert "Shop on its way 4 in stock" in text
    assert "10 in stock − 0 open web orders − 0 buffer = 10" in text


def test_what_was_held_before_says_why_it_is_not_any_more(desk: Desk, shared: Sharing) -> None:
    placed = shared.places("Shop", 41, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    shared.becomes("Shop", placed, stage=Stage.CANCELLED)
    shared.world.later()
    assert "Held before Order Quantity Released Why #1041 1" in desk.page("/stock?sku=MUG-1")
    assert "cancelled in the shop" in desk.page("/stock?sku=MUG-1")


def test_an_unknown_article_says_what_to_do(desk: Desk, shared: Sharing) -> None:
    text = desk.page("/stock?sku=NONE")
    assert "No shop gets stock of NONE from a back office." in text


def test_a_sku_is_never_read_as_markup(desk: Desk, shared: Sharing) -> None:
    assert "<script>" not in desk.browser.get("/stock?sku=<script>alert(1)</script>").text


def test_the_story_of_an_article_leads_to_its_numbers(desk: Desk, shared: Sharing) -> None:
    answer = desk.browser.get(f"/records/{shared.world.ids['ERP']}/product?ref=A1")
    assert 'href="/stock?sku=MUG-1"' in answer.text


def test_a_sent_number_is_no_failure_in_the_log(desk: Desk, shared: Sharing) -> None:
    assert "10 in stock" not in desk.page("/transfers?failed=1")


def test_scripts_get_the_same_sum(desk: Desk, shared: Sharing) -> None:
    shared.places("Malmö", 43, units=2, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    everywhere = desk.browser.get("/api/stock/MUG-1").json()
    assert [(one["shop"], one["now"]["number"]) for one in everywhere] == [("Shop", "8"), ("Malmö", "8"), ("Lund", "8")]
    [one] = desk.browser.get("/api/stock/mug-1?shop=malmö").json()
    assert one["told"]["parts"] == [
        {"what": "in stock", "quantity": "10", "orders": []},
        {
            "what": "open web orders",
            "quantity": "-2",
            "orders": [
                {"number": "1043", "ref": "43", "shop_id": shared.world.ids["Malmö"], "quantity": "2"},
            ],
        },
        {"what": "buffer", "quantity": "0", "orders": []},
    ]
    assert desk.browser.get("/api/stock/NONE").status_code == 404


def test_strangers_see_no_stock(desk: Desk, shared: Sharing) -> None:
    desk.browser.cookies.clear()
    assert desk.browser.get("/api/stock/MUG-1").status_code == 401
