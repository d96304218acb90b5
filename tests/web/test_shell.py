"""What lies around every page: headers, no foreign or inline code, caches, and pages for what goes wrong."""

from __future__ import annotations

import re

import pytest

from support.world import mug, price, stock
from trueup.domain.record import Kind

from .conftest import Desk, words

PAGES = [
    *("/", "/flows", "/flows/1", "/quarantine", "/quarantine?state=skipped", "/transfers", "/connections"),
    *("/connections/1", "/connections/new", "/connections/new?system=woocommerce", "/connections/new?system=tryton"),
    *("/connections/new?system=files", "/search", "/search?q=MUG-1", "/search?q=nothing", "/parts/overview"),
    *("/records/1/product?ref=A1", "/parts/flows", "/nowhere"),
]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Some articles went to the shop, one has a price that nobody can take."""
    desk.world.erp.put(mug(1), price(1), stock(1), mug(2), price(2, "-1"))
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        desk.world.flow(kind)
    desk.world.settle()
    return desk


@pytest.mark.parametrize("url", PAGES)
def test_a_page_loads_and_runs_nothing_that_is_not_ours(busy: Desk, url: str) -> None:
    """The policy forbids it; a page that tried would be broken in the browser only."""
    html = busy.browser.get(url).text
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []
    assert [link for link in re.findall(r'(?:src|href)="([^"]*)"', html) if not link.startswith(("/", "#"))] == []


@pytest.mark.parametrize("url", PAGES)
def test_every_field_has_a_label_and_every_id_is_there_once(busy: Desk, url: str) -> None:
    html = busy.browser.get(url).text
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(set(ids)) == sorted(ids)
    fields = re.findall(r"<(?:input|select|textarea)(?![^>]*type=\"hidden\")[^>]*>", html)
    for field in fields:
        name = re.search(r'\sid="([^"]+)"', field)
        wrapped = 'type="checkbox"' in field
        assert wrapped or (name and f'for="{name[1]}"' in html), field
    assert set(re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html)) <= set(ids)


@pytest.mark.parametrize("url", [page for page in PAGES if not page.startswith("/parts")])
def test_a_page_has_one_heading_a_language_and_a_way_past_the_navigation(busy: Desk, url: str) -> None:
    html = busy.browser.get(url).text
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert '<html lang="en">' in html
    assert '<a class="skip" href="#main">' in html
    assert "width=device-width" in html


@pytest.mark.parametrize("url", ["/", "/login", "/nowhere", "/health", "/api/flows", "/static/style.css", "/hooks/1"])
def test_every_answer_carries_the_security_headers(desk: Desk, url: str) -> None:
    headers = desk.browser.get(url).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


def test_pages_are_kept_by_no_cache(desk: Desk) -> None:
    assert desk.browser.get("/").headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_good_because_their_address_changes(desk: Desk) -> None:
    html = desk.browser.get("/").text
    files = re.findall(r'"(/static/[^"]+)"', html)
    assert {name.partition("?")[0] for name in files} == {
        "/static/icon.svg",
        "/static/style.css",
        "/static/htmx.min.js",
        "/static/app.js",
    }
    for url in files:
        assert "?v=" in url
        answer = desk.browser.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_htmx_is_shipped_with_its_licence(desk: Desk) -> None:
    assert "Zero-Clause BSD" in desk.browser.get("/static/htmx.LICENSE").text


@pytest.mark.parametrize("url", ["/static/../application.py", "/static/%2e%2e/application.py", "/static/..%2fgate.py"])
def test_nothing_but_static_files_can_be_fetched(desk: Desk, url: str) -> None:
    assert desk.browser.get(url).status_code == 404


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("/nowhere", "There is no such page."),
        ("/flows/99", "There is no such flow."),
        ("/flows/x", "There is no such page: a part of its address is missing or is no number."),
        ("/flows/99999999999999", "There is no such page: a part of its address is missing or is no number."),
        ("/connections/99", "There is no such connection."),
        ("/connections/new?system=nothing", "trueup does not know this system."),
        ("/records/1/product?ref=nothing", "Nobody knows this record. It may have been named wrongly; try the search."),
        ("/records/1/nothing?ref=A1", "There is no such kind of record."),
        ("/records/99/product?ref=A1", "Nobody knows this record. It may have been named wrongly; try the search."),
        ("/records/1/product", "There is no such page: a part of its address is missing or is no number."),
        ("/quarantine?state=nothing", "There is no such list."),
        ("/transfers?before=x", "There is no such page: a part of its address is missing or is no number."),
    ],
)
def test_what_does_not_exist_is_said_in_a_sentence(desk: Desk, url: str, sentence: str) -> None:
    text = desk.page(url, 404)
    assert text == f"{sentence} Go to the overview"


def test_an_error_page_is_shown_to_strangers_too(stranger: Desk) -> None:
    text = stranger.page("/nowhere", 404)
    assert text.startswith("There is no such page.")


def test_a_fault_of_ours_says_so_and_shows_nothing_of_it(desk: Desk) -> None:
    desk.world.flow(Kind.PRODUCT)
    with desk.world.hub.database.write() as tx:
        tx.exec_driver_sql('UPDATE flow SET schedule = \'{"every_minutes": "secret inside"}\'')
    answer = desk.browser.get("/flows")
    assert answer.status_code == 500
    assert "trueup itself failed to show this." in words(answer.text)
    assert "secret inside" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("url", ["/search?q=%00", "/transfers?label=a%00b", "/records/1/product?ref=%00"])
def test_an_address_that_no_database_takes_is_refused(desk: Desk, url: str) -> None:
    assert desk.browser.get(url).status_code == 400


def test_a_form_above_one_megabyte_is_not_taken(desk: Desk) -> None:
    assert desk.post("/connections", system="files", s_folder="x" * 1_100_000).status_code == 413


def test_what_others_wrote_is_shown_as_text(desk: Desk) -> None:
    """A name from a shop is data, not a part of the page."""
    evil = '<script>alert("x")</script>'
    desk.world.erp.put(mug(1, description=evil, manufacturer=f'" onload="{evil}'), price(1, "-1"))
    for kind in (Kind.PRODUCT, Kind.PRICE):
        desk.world.flow(kind)
    desk.world.settle()
    for url in ("/records/1/product?ref=A1", "/quarantine", f"/search?q={evil}", f"/transfers?label={evil}"):
        html = desk.browser.get(url).text
        assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in desk.browser.get("/records/1/product?ref=A1").text
