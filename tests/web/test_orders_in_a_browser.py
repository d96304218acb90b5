"""Tasks and an order's story in a real Chromium: decided with the mouse, on a phone, readable, shared as a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.people import add_ada
from support.world import World, customer, mug, new_world, order
from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund
from trueup.runtime.threads import ThreadEngine
from trueup.sync.jobs import do_work, find_work

from .test_pages_in_a_browser import CONTRAST, Office, says, serving, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LINE = ("88", "MUG-1")
HOME = Address(first_name="Ada", last_name="Byron", street="Main Street 1", postcode="10115", city="Berlin")
PATHS = ["/", "/quarantine", "/orders?state=quarantined", "/search?q=1001", "/search?q=1002", "/flows/1"]


def placed(number: int, *, lines: int = 1, **changes: object) -> Order:
    sold = {"billing": HOME, "shipping": HOME, "payment_title": "Card"}
    return order(number, *[LINE] * lines).model_copy(update={**sold, **changes})


def buy(world: World, *orders: Order) -> None:
    for one in orders:
        world.shop.put(one, companions=[customer()])
    world.later()


def ship(world: World, number: int) -> None:
    document = next(one for one in world.erp.things(Kind.ORDER) if one.reference == f"WC-ORDER-{number}")
    line = ShippedLine(product=Ref(kind=Kind.PRODUCT, id="A1"), sku="MUG-1", quantity=Decimal(1))
    package = Package(id="P1", lines=(line,), tracking_number="JJD000390007", carrier="DHL", shipped_at=world.time.now)
    stage = FulfilmentStage.SHIPPED
    world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=stage, packages=(package,)))
    world.later()


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    """Order 1001 was changed too late; 1002 was sent, a part of it given back, and then it was put on hold."""
    with new_world(sqlite_url, tmp_path) as world:
        with world.hub.database.write() as tx:
            add_ada(tx, world.time.now)
        world.erp.put(mug())
        world.shop.put(mug().model_copy(update={"id": "88"}))
        world.flow(Kind.ORDER, "Shop", "ERP")
        world.flow(Kind.REFUND, "Shop", "ERP")
        world.flow(Kind.FULFILMENT, "ERP")
        buy(world, placed(1), placed(2))
        ship(world, 2)
        refund = Refund(id="R1", reference="WC-REFUND-1", amount=Decimal(5), reason="arrived broken")
        total = Decimal("11.90")
        back = OrderRefunds(id="2", order_number="1002", currency="EUR", order_total=total, refunds=(refund,))
        world.shop.put(back)
        buy(world, placed(2, stage=Stage.ON_HOLD, ready=False))
        first = next(one for one in world.erp.things(Kind.ORDER) if one.reference == "WC-ORDER-1")
        world.erp.lock(first.id)
        moved = HOME.model_copy(update={"street": "Side Street 2", "postcode": "10117"})
        buy(world, placed(1, lines=2, shipping=moved, note="Ring twice"))
        engine = ThreadEngine(partial(find_work, world.hub), partial(do_work, world.hub), idle=0.05)
        engine.start()
        with serving(world, engine) as url:
            yield Office(world, url)
        engine.stop()


def assert_shown(page: Page, url: str) -> None:
    answer = page.goto(url)
    assert answer is not None
    assert answer.ok, url


def test_from_the_overview_to_the_task_and_its_decision(page: Page, office: Office) -> None:
    sign_in(page, office)
    page.get_by_role("link", name="1 task waits for a decision.").click()
    says(page, "Side Street 2")
    assert page.locator("strong.marked").all_inner_texts()[:2] == ["Main Street 1", "10115 Berlin"]
    page.get_by_text("Done by hand …").click()
    page.get_by_label("What was done, and why?").filter(visible=True).fill("told the warehouse")
    page.get_by_role("button", name="It is done").filter(visible=True).click()
    says(page, "1001 is done by hand: told the warehouse")


def test_a_task_is_sent_again_when_the_document_takes_it(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    for document in office.world.erp.things(Kind.ORDER):
        office.world.erp.unlock(document.id)
    page.get_by_role("button", name="Send 1001 again").click()
    says(page, "1001 is tried again.")
    page.goto(office.url + "/search?q=1001")
    says(page, "A person had it tried again.")


def test_what_is_the_same_opens_with_a_click(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    assert not page.get_by_text("Billed to").first.is_visible()
    page.get_by_text("parts are the same").click()
    says(page, "Billed to")


def test_a_contradiction_is_seen_to(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    page.get_by_text("I have seen to it …").click()
    page.get_by_label("What was done, and why?").filter(visible=True).fill("released it in the shop")
    page.get_by_role("button", name="It is done").filter(visible=True).click()
    says(page, "It is noted who saw to it, and why.")


def test_an_orders_story_is_downloaded_without_the_person(page: Page, office: Office, tmp_path: Path) -> None:
    sign_in(page, office, "/orders?state=shipped")
    page.get_by_role("link", name="1002").click()
    says(page, "JJD000390007")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Share without personal data").click()
    assert coming.value.suggested_filename == "order-1002.html"
    coming.value.save_as(tmp_path / "story.html")
    page.goto((tmp_path / "story.html").as_uri())
    says(page, "A parcel left ERP: 1 × MUG-1, with DHL.")
    shown = page.locator("body").inner_text()
    assert [word for word in ("Byron", "Main Street", "JJD000390007", "arrived broken") if word in shown] == []


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_about_orders_is_wider_than_its_screen(chromium: Browser, office: Office, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        sign_in(page, office)
        for path in PATHS:
            assert_shown(page, office.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_marked_can_be_read(chromium: Browser, office: Office, scheme: str) -> None:
    with chromium.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        sign_in(page, office)
        for path in PATHS:
            assert_shown(page, office.url + path)
            assert page.evaluate(CONTRAST) == [], path
