"""The pages in a real Chromium, as people use them: with a mouse, a keyboard, a phone, and without scripts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from support.people import NAME, PASSWORD, add_ada
from support.world import World, customer, mug, new_world, order, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.runtime.threads import ThreadEngine
from trueup.sync.jobs import do_work, find_work
from trueup.web.application import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
AGREES = "Everything agrees: nothing is owed, nothing in quarantine."
PATHS = ["/", "/flows", "/flows/1", "/quarantine", "/transfers", "/connections", "/connections/new?system=woocommerce"]


@dataclass
class Office:
    """A running trueup with its engine, and the address of its pages."""

    world: World
    url: str


@contextmanager
def serving(world: World, engine: ThreadEngine) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(build(world.hub, nudge=engine.nudge), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    """Mugs flow to the shop, orders back; one price is wrong."""
    with new_world(sqlite_url, tmp_path) as world:
        with world.hub.database.write() as tx:
            add_ada(tx, world.time.now)
        for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
            world.flow(kind)
        world.flow(Kind.ORDER, "Shop", "ERP")
        world.erp.put(mug(1), price(1), stock(1), mug(2), price(2, "-1"))
        world.settle()
        world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
        world.later()
        engine = ThreadEngine(partial(find_work, world.hub), partial(do_work, world.hub), idle=0.05)
        engine.start()
        with serving(world, engine) as url:
            yield Office(world, url)
        engine.stop()


def sign_in(page: Page, office: Office, path: str = "/") -> None:
    page.goto(office.url + path)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(office.url + path)


def says(page: Page, text: str) -> None:
    page.get_by_text(text).filter(visible=True).first.wait_for()


def test_signing_in_shows_what_needs_a_person(page: Page, office: Office) -> None:
    sign_in(page, office)
    says(page, "1 record needs a person.")
    page.get_by_role("link", name="1 record needs a person.").click()
    says(page, "Price MUG-2: the price -1 is negative. Send 0 or more.")


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_refused_by_the_policy(page: Page, office: Office) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, office)
    with page.expect_response("**/parts/overview"):
        pass
    for path in PATHS:
        page.goto(office.url + path)
    assert {url[: len(office.url)] for url in asked} == {office.url}
    assert complaints == []


def test_the_overview_follows_what_happens_by_itself(page: Page, office: Office) -> None:
    sign_in(page, office)
    says(page, "1 record needs a person.")
    office.world.erp.put(price(2, "5"))
    office.world.time.passes(minutes=16)
    says(page, AGREES)


def test_start_now(page: Page, office: Office) -> None:
    sign_in(page, office, "/flows")
    office.world.erp.put(mug(3))
    page.get_by_role("button", name="Start product ERP Shop now").click()
    says(page, "The flow product ERP Shop starts now.")
    page.get_by_label("Find a record").fill("MUG-3")
    page.get_by_label("Find a record").press("Enter")
    page.get_by_role("heading", name="MUG-3").or_(page.get_by_text("Nothing is known")).wait_for()


def test_pause_and_enable(page: Page, office: Office) -> None:
    sign_in(page, office, "/flows/3")
    page.get_by_role("button", name="Pause").click()
    says(page, "is paused. What is owed stays owed")
    page.get_by_role("button", name="Enable").click()
    says(page, "is enabled.")


def test_the_schedule(page: Page, office: Office) -> None:
    sign_in(page, office, "/flows/1")
    page.get_by_label("Minutes between two starts").fill("30")
    page.get_by_label("Sat").uncheck()
    page.get_by_label("Sun").uncheck()
    page.get_by_role("button", name="Save the schedule").click()
    says(page, "runs every 30 minutes, mon tue wed thu fri (UTC).")


def test_retry(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    office.world.erp.put(price(2, "5"))
    page.get_by_role("button", name="Retry MUG-2").click()
    says(page, "MUG-2 is tried again.")
    says(page, "Nothing is set aside.")


def test_skip_asks_for_a_reason(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    page.get_by_text("Skip …").click()
    page.get_by_role("button", name="Skip it").click()
    says(page, "Skip it")
    page.get_by_label("Why is it left out?").fill("a sample, not for sale")
    page.get_by_role("button", name="Skip it").click()
    says(page, "MUG-2 is skipped: a sample, not for sale")


def test_the_data_as_it_was_read_opens_with_a_click(page: Page, office: Office) -> None:
    sign_in(page, office, "/quarantine")
    assert not page.locator("pre").is_visible()
    page.get_by_text("As it was read").click()
    assert '"regular": "-1"' in page.locator("pre").inner_text()


def test_search_leads_to_an_orders_story(page: Page, office: Office) -> None:
    sign_in(page, office)
    page.get_by_label("Find a record").fill("1001")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("heading", name="Order 1001").wait_for()
    says(page, "It adds up to the cent, rate by rate.")
    says(page, "The number is written back to the order in Shop")


def test_times_of_day_are_the_readers_own(chromium: Browser, office: Office) -> None:
    with chromium.new_context(timezone_id="Asia/Tokyo", locale="sv-SE") as context:
        page = context.new_page()
        office.world.shop.fault(Fault(trouble=Trouble.DOWN, times=None))
        office.world.erp.put(mug(1, description="new"))
        office.world.time.passes(minutes=16)
        sign_in(page, office)
        page.locator("time.clock").first.wait_for()
        assert page.locator("time.clock").first.inner_text().startswith("17:")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_its_screen(chromium: Browser, office: Office, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        sign_in(page, office)
        for path in [*PATHS, "/search?q=1001", "/search?q=MUG-1", "/nowhere"]:
            page.goto(office.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_everything_works_without_scripts(chromium: Browser, office: Office) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, office)
        page.get_by_role("link", name="Quarantine").first.click()
        page.get_by_text("Skip …").click()
        page.get_by_label("Why is it left out?").fill("a sample")
        page.get_by_role("button", name="Skip it").click()
        says(page, "MUG-2 is skipped: a sample")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/login")


def next_by_keyboard(page: Page) -> str | None:
    """What the next press of Tab leads to; None past the end."""
    page.keyboard.press("Tab")
    name: str | None = page.evaluate(
        "document.activeElement === document.body ? null"
        " : document.activeElement.ariaLabel || document.activeElement.textContent || document.activeElement.id"
    )
    return name


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, office: Office) -> None:
    sign_in(page, office)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(office.url + "/flows")
    seen = []
    while (focused := next_by_keyboard(page)) is not None:
        seen.append(focused)
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", focused
    assert "Start product ERP Shop now" in seen


def test_a_live_part_leaves_a_button_alone_that_has_the_focus(page: Page, office: Office) -> None:
    page.clock.install()
    sign_in(page, office, "/flows")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/parts/" in request.url else None)
    button = page.get_by_role("button", name="Pause product ERP Shop")
    button.focus()
    page.clock.run_for(10_000)
    assert asked == []
    button.blur()
    with page.expect_response("**/parts/flows"):
        page.clock.run_for(2_500)


CONTRAST = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("main *, header *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".hidden, svg, .skip")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(element.textContent.trim().slice(0, 40) + " " + ratio.toFixed(2));
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_what_is_behind_it(chromium: Browser, office: Office, scheme: str) -> None:
    """WCAG AA: 4.5 to 1."""
    with chromium.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        sign_in(page, office)
        for path in [*PATHS, "/search?q=1001", "/quarantine?state=skipped"]:
            page.goto(office.url + path)
            assert page.evaluate(CONTRAST) == [], path


def test_when_trueup_does_not_answer_the_page_says_so(page: Page, office: Office) -> None:
    sign_in(page, office)
    page.route("**/parts/overview", lambda route: route.abort())
    says(page, "trueup does not answer at the moment. What you see may be old.")
    page.unroute("**/parts/overview")
    page.get_by_text("trueup does not answer at the moment.").wait_for(state="hidden")
