"""The overview: the sentence that it begins with, the picture, the live part, and what to do when it is empty."""

from __future__ import annotations

import re

import pytest

from support.world import World, customer, mug, order, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections
from trueup.store.views import Overview
from trueup.sync import arrange
from trueup.web.pages.overview import hour_of

from .conftest import Desk, words

AGREES = "Everything agrees: nothing is owed, nothing in quarantine."


@pytest.fixture
def catalogue(desk: Desk) -> Desk:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        desk.world.flow(kind)
    return desk


def break_shop(world: World, trouble: Trouble = Trouble.DOWN) -> None:
    world.shop.fault(Fault(trouble=trouble, op="push", times=100))


def arrow_of(html: str, flow: str) -> tuple[str, str]:
    """(tone, text) of the arrow of a flow in the wide picture."""
    wide = html[html.index('class="picture wide"') : html.index('class="picture narrow"')]
    found = re.search(rf'class="arrow (\w+)" aria-label="{flow}[^"]*?: ([^"]*)"', wide)
    assert found, wide
    return found[1], " ".join(found[2].split())


def test_without_anything_it_says_what_the_first_steps_are(desk: Desk) -> None:
    with desk.world.hub.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM connection")
    text = desk.page("/")
    assert "Nothing is connected yet. Three steps to the first agreement" in text
    assert "Connect your shop" in text


def test_with_one_connection_it_asks_for_the_other(desk: Desk) -> None:
    with desk.world.hub.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM connection WHERE name = 'Shop'")
    assert "One system is connected. Connect the other one" in desk.page("/")


def test_with_two_connections_it_asks_for_flows(desk: Desk) -> None:
    assert "There are no flows yet, so nothing moves." in desk.page("/")
    assert "Add the flows between them" in desk.page("/")


def test_with_every_flow_off_it_says_that_nothing_moves(catalogue: Desk) -> None:
    for name in ("product", "price", "stock"):
        arrange.disable(catalogue.world.hub, catalogue.world.flow_row(f"{name} ERP Shop"))
    text = catalogue.page("/")
    assert "Every flow is switched off, so nothing moves." in text
    assert AGREES not in text
    assert arrow_of(catalogue.browser.get("/").text, "product ERP Shop") == ("quiet", "off")


def test_before_everything_was_read_it_does_not_claim_agreement(catalogue: Desk) -> None:
    text = catalogue.page("/")
    assert "Not everything was read yet: product ERP Shop, price ERP Shop, stock ERP Shop." in text
    assert AGREES not in text


def test_when_all_is_delivered_it_says_so(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1), stock(1))
    catalogue.world.settle()
    assert catalogue.page("/").startswith(f"Overview {AGREES}")
    assert arrow_of(catalogue.browser.get("/").text, "stock ERP Shop") == ("good", "1 agree")


@pytest.mark.parametrize(("count", "sentence"), [(1, "1 change is on its way."), (37, "37 changes are on their way.")])
def test_what_is_owed_is_on_its_way(desk: Desk, count: int, sentence: str) -> None:
    desk.world.flow(Kind.STOCK)
    desk.world.erp.put(*(stock(number) for number in range(count)))
    desk.world.runs("collect:1")
    assert sentence in desk.page("/")
    assert arrow_of(desk.browser.get("/").text, "stock ERP Shop") == ("moving", f"{count} on their way")


def test_thousands_are_written_so_that_they_can_be_read(desk: Desk) -> None:
    desk.world.flow(Kind.STOCK)
    desk.world.erp.put(*(stock(number) for number in range(1234)))
    desk.world.runs("collect:1")
    assert "1,234 changes are on their way." in desk.page("/")


@pytest.mark.parametrize(("count", "sentence"), [(1, "1 record needs a person."), (3, "3 records need a person.")])
def test_quarantine_needs_a_person(catalogue: Desk, count: int, sentence: str) -> None:
    for number in range(count):
        catalogue.world.erp.put(mug(number), price(number, "-5"))
    catalogue.world.settle()
    text = catalogue.page("/")
    assert sentence in text
    assert AGREES not in text
    assert arrow_of(catalogue.browser.get("/").text, "price ERP Shop")[0] == "person"


def test_a_shop_that_does_not_answer_comes_first(catalogue: Desk) -> None:
    """Since when, until when, and in which words it failed."""
    catalogue.world.erp.put(mug(1), price(1))
    catalogue.world.settle()
    break_shop(catalogue.world)
    catalogue.world.erp.put(mug(1, description="new"), price(1, "-5"))
    catalogue.world.later()
    text = catalogue.page("/")
    shop = catalogue.world.ids["Shop"]
    with catalogue.world.hub.database.read() as tx:
        row = connections.by_id(tx, shop)
    assert row is not None
    assert row.paused_until is not None
    assert re.match(r"Overview Shop does not answer\. Last answer at 08:\d\d UTC , next try at 08:\d\d UTC \.", text)
    assert str(row.pause_sentence) in text
    assert text.index("Shop does not answer") < text.index("1 record needs a person")
    assert arrow_of(catalogue.browser.get("/").text, "product ERP Shop") == ("trouble", "stopped")


def test_the_numbers_of_the_last_hour(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1), stock(1))
    catalogue.world.settle()
    assert "The last hour 3 written 0 had to wait 0 refused 0 owed now" in columns(catalogue.page("/"))
    catalogue.world.later(hours=2)
    assert "The last hour 0 written" in columns(catalogue.page("/"))


@pytest.mark.parametrize(
    ("outcome", "hour"),
    [
        ("updated", {"written": 3, "later": 0, "refused": 0}),
        ("unchanged", {"written": 0, "later": 0, "refused": 0}),
        ("not needed", {"written": 0, "later": 0, "refused": 0}),
        ("try later", {"written": 0, "later": 3, "refused": 0}),
        ("locked", {"written": 0, "later": 0, "refused": 3}),
    ],
)
def test_only_what_was_refused_counts_as_refused(outcome: str, hour: dict[str, int]) -> None:
    view = Overview(connections=(), flows=(), transfers={outcome: 3}, oldest_owed_at=None, last_run=None)
    assert hour_of(view) == hour


def columns(text: str) -> str:
    """Figures stand above their names on the page and behind them in the markup."""
    return re.sub(r"(written|had to wait|refused|owed now) (\d+)", r"\2 \1", text)


def test_the_last_runs_are_listed_with_what_they_saw(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1, "-1"), stock(1))
    catalogue.world.settle()
    text = catalogue.page("/")
    assert "price ERP Shop 1 read, 0 changed, 1 set aside just now done" in text


def test_a_run_that_failed_shows_its_sentence(catalogue: Desk) -> None:
    catalogue.world.erp.fault(Fault(trouble=Trouble.DOWN, op="changes", times=100))
    catalogue.world.settle()
    text = catalogue.page("/")
    assert "failed" in text
    assert "ERP does not answer." in text


def test_orders_point_the_other_way(desk: Desk) -> None:
    desk.world.flow(Kind.PRODUCT)
    desk.world.flow(Kind.ORDER, "Shop", "ERP")
    desk.world.erp.put(mug(1))
    desk.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    desk.world.settle()
    html = desk.browser.get("/").text
    assert arrow_of(html, "order Shop ERP") == ("good", "1 agree")
    assert "order Shop ERP, from Shop to ERP: 1 agree" in " ".join(html.split())


# The live part


def test_the_page_asks_for_its_live_part_every_two_seconds(catalogue: Desk) -> None:
    html = catalogue.browser.get("/").text
    assert 'hx-get="/parts/overview" hx-trigger="every 2s"' in html


def test_the_live_part_is_what_the_page_shows(catalogue: Desk) -> None:
    catalogue.world.settle()
    part = words(catalogue.browser.get("/parts/overview").text)
    assert part in words(catalogue.browser.get("/").text)


def test_what_looks_the_same_is_not_sent_again(catalogue: Desk) -> None:
    """Nothing is replaced under the reader's hands, and no screen reader says the same twice."""
    catalogue.world.settle()
    catalogue.world.time.passes(minutes=2)
    first = catalogue.browser.get("/parts/overview")
    again = catalogue.browser.get("/parts/overview", headers={"X-Shown": first.headers["X-Shown"]})
    assert (first.status_code, again.status_code, again.text) == (200, 204, "")


def test_what_changed_is_sent(catalogue: Desk) -> None:
    catalogue.world.settle()
    first = catalogue.browser.get("/parts/overview")
    catalogue.world.erp.put(mug(1))
    catalogue.world.later()
    again = catalogue.browser.get("/parts/overview", headers={"X-Shown": first.headers["X-Shown"]})
    assert again.status_code == 200
    assert again.headers["X-Shown"] != first.headers["X-Shown"]
