"""Transfers: every try with its request id, filtered and turned page by page."""

from __future__ import annotations

import re

import pytest

from support.world import mug, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import transfers

from .conftest import Desk


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """Two mugs went to the shop; the second one was refused."""
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        desk.world.flow(kind)
    desk.world.erp.put(mug(1), price(1), stock(1), mug(2))
    desk.world.shop.fault(Fault(trouble=Trouble.REFUSED, label="MUG-2"))
    desk.world.settle()
    return desk


def test_before_anything_was_sent_it_says_so(desk: Desk) -> None:
    assert "Nothing was sent yet. Enable a flow, and what it sends appears here." in desk.page("/transfers")


def test_a_try_says_what_where_and_what_came_of_it(sent: Desk) -> None:
    text = sent.page("/transfers")
    with sent.world.hub.database.read() as tx:
        row = next(row for row in transfers.latest(tx) if row.kind == "price")
    assert re.search(rf"just now MUG-1 price Shop product-000001 created 201 \d+ ms {row.request_id}", text)


def test_a_refused_one_carries_its_sentence(sent: Desk) -> None:
    text = sent.page("/transfers?label=MUG-2")
    assert "refused" in text
    assert "MUG-2" in text
    assert "MUG-1" not in text


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 4),
        ("label=MUG-1", 3),
        ("label=%20MUG-1%20", 3),
        ("failed=1", 1),
        ("failed=1&label=MUG-1", 0),
        ("follower=2", 4),
        ("follower=1", 0),
        ("follower=everywhere", 4),
        ("follower=99999999999999999999", 4),
        ("before=2", 1),
    ],
)
def test_filters(sent: Desk, query: str, rows: int) -> None:
    html = sent.browser.get(f"/transfers?{query}").text
    assert html.count("<tr>") - html.count("<thead><tr>") == rows


def test_a_filter_that_nothing_fits_says_so_and_offers_all(sent: Desk) -> None:
    assert "No transfer fits this filter. Show all" in sent.page("/transfers?label=TEAPOT")


def test_the_filter_stays_in_the_form(sent: Desk) -> None:
    html = sent.browser.get("/transfers?label=MUG-1&failed=1&follower=2").text
    assert 'value="MUG-1"' in html
    assert 'name="failed" value="1" checked' in html
    assert '<option value="2" selected>Shop</option>' in html


def test_a_long_log_is_turned_page_by_page_with_its_filter(desk: Desk) -> None:
    desk.world.flow(Kind.STOCK)
    desk.world.erp.put(*(stock(number) for number in range(120)))
    desk.world.settle()
    seen: list[str] = []
    url: str | None = "/transfers?follower=2"
    while url:
        html = desk.browser.get(url).text
        seen += re.findall(r'<a href="/search\?q=(MUG-\d+)">', html)
        older = re.search(r'href="(/transfers\?[^"]*before=\d+)"', html)
        url = older[1].replace("&amp;", "&") if older else None
        assert url is None or "follower=2" in url
    assert len(seen) == len(set(seen)) == 120
