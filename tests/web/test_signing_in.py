"""The gate: signing in and out, forms that come from elsewhere, and too many wrong tries."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from starlette.routing import Match
from starlette.testclient import TestClient

from support.people import NAME, PASSWORD
from support.world import World
from trueup.store.tables import session
from trueup.web.gate import csrf_of

from .conftest import Desk, desk_at, words

PAGES = ["/", "/flows", "/flows/1", "/quarantine", "/transfers", "/connections", "/connections/new", "/search?q=x"]
PARTS = ["/parts/overview", "/parts/flows"]
API = ["/api/overview", "/api/flows", "/api/records", "/api/quarantine", "/api/transfers"]


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_led_to_sign_in_and_back_again(stranger: Desk, url: str) -> None:
    answer = stranger.browser.get(url, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    landed = stranger.sign_in(next=url)
    assert str(landed.url).removeprefix("http://hub.example") == url


@pytest.mark.parametrize("url", API)
def test_the_api_tells_a_stranger_to_sign_in(stranger: Desk, url: str) -> None:
    answer = stranger.browser.get(url)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Sign in first."})


@pytest.mark.parametrize("url", PARTS)
def test_a_live_part_sends_its_page_to_sign_in_when_the_session_is_over(stranger: Desk, url: str) -> None:
    answer = stranger.browser.get(url, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_the_right_name_and_password_open_the_overview(stranger: Desk) -> None:
    landed = stranger.sign_in()
    assert landed.url.path == "/"
    assert "Sign out" in landed.text


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong password"), ("bo", PASSWORD), ("", ""), (NAME, "")])
def test_anything_wrong_is_said_without_saying_what(stranger: Desk, name: str, password: str) -> None:
    answer = stranger.sign_in(name, password)
    assert answer.status_code == 401
    assert "The name or the password is wrong." in words(answer.text)
    assert "trueup_session" not in stranger.browser.cookies


def test_what_was_typed_stays_but_never_the_password(stranger: Desk) -> None:
    answer = stranger.sign_in(NAME, "wrong password")
    assert f'value="{NAME}"' in answer.text
    assert "wrong password" not in answer.text


def test_where_nobody_can_sign_in_the_page_says_how_to_add_somebody(world: World) -> None:
    assert "trueup user add NAME" in desk_at(world).page("/login")


def test_where_somebody_can_it_does_not(stranger: Desk) -> None:
    assert "user add" not in stranger.page("/login")


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/\n/evil.example"]
)
def test_a_link_to_us_never_leads_elsewhere_after_signing_in(stranger: Desk, there: str) -> None:
    assert str(stranger.sign_in(next=there).url) == "http://hub.example/"


def set_cookies(stranger: Desk) -> dict[str, str]:
    stranger.browser.get("/login")
    csrf = csrf_of(stranger.browser.cookies["trueup_visit"])
    data = {"name": NAME, "password": PASSWORD, "csrf": csrf}
    answer = stranger.browser.post("/login", data=data, follow_redirects=False)
    return {line.split("=", 1)[0]: line.lower() for line in answer.headers.get_list("set-cookie")}


def test_the_sessions_cookie_is_out_of_reach_for_scripts_and_other_sites(stranger: Desk) -> None:
    cookie = set_cookies(stranger)["trueup_session"]
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=1209600" in cookie
    assert "secure" not in cookie


def test_over_https_the_cookie_stays_on_https(stranger: Desk, world: World) -> None:
    behind_proxy = desk_at(world, secure_cookies=True).browser.get("/login")
    assert "; Secure" in behind_proxy.headers["set-cookie"]
    assert "max-age=" in behind_proxy.headers["strict-transport-security"]
    direct = Desk(world, TestClient(stranger.browser.app, base_url="https://hub.example"))
    assert "secure" in set_cookies(direct)["trueup_session"]


def test_signing_out_ends_the_session_for_good(desk: Desk) -> None:
    token = desk.browser.cookies["trueup_session"]
    assert desk.post("/logout").url.path == "/login"
    desk.browser.cookies.set("trueup_session", token)
    assert desk.browser.get("/", follow_redirects=False).status_code == 303
    with desk.world.hub.database.read() as tx:
        assert tx.execute(select(session)).all() == []


def test_a_session_is_over_after_fourteen_days(desk: Desk) -> None:
    desk.world.time.passes(days=13, hours=23)
    desk.page("/")
    desk.world.time.passes(hours=2)
    assert desk.browser.get("/", follow_redirects=False).status_code == 303


# Wrong tries


def test_the_sixth_wrong_try_has_to_wait_even_if_it_is_right(stranger: Desk) -> None:
    for _ in range(5):
        assert stranger.sign_in(password="wrong password").status_code == 401
    answer = stranger.sign_in()
    assert answer.status_code == 429
    assert "Too many wrong tries. Wait 15 minutes, then try again." in words(answer.text)


def test_after_a_quarter_of_an_hour_it_may_be_tried_again(stranger: Desk) -> None:
    for _ in range(6):
        stranger.sign_in(password="wrong password")
    stranger.world.time.passes(minutes=14, seconds=40)
    assert stranger.sign_in().status_code == 429
    stranger.world.time.passes(seconds=30)
    assert stranger.sign_in().url.path == "/"


def test_nobody_is_locked_out_from_another_address(stranger: Desk) -> None:
    elsewhere = TestClient(stranger.browser.app, base_url="http://hub.example", client=("192.0.2.7", 4711))
    for _ in range(6):
        stranger.sign_in(password="wrong password")
    assert Desk(stranger.world, elsewhere).sign_in().url.path == "/"


# Forms from elsewhere


def changing_routes(desk: Desk) -> list[str]:
    """The address of every form that changes something, with a number where one belongs."""
    paths = [path for path, methods in routes_of(desk.browser.app) if "POST" in methods]
    return [path.replace("{flow_id}", "1").replace("{entry_id}", "1").replace("{connection_id}", "1") for path in paths]


def routes_of(app: Any) -> list[tuple[str, set[str]]]:
    """As the application answers, however deep its routers are."""
    found = []
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        path = getattr(route, "path", "")
        if getattr(route, "methods", None):
            found.append((path, set(route.methods)))
        waiting.extend(getattr(getattr(route, "original_router", None), "routes", []) or [])
    return found


def test_the_forms_are_those_that_we_know(desk: Desk) -> None:
    """A new form appears here, and thereby in every test below."""
    assert sorted(changing_routes(desk)) == [
        "/connections",
        "/connections/1/verify",
        "/connections/1/webhooks",
        "/customers/1/decide",
        "/flows/1/enable",
        "/flows/1/pause",
        "/flows/1/policies",
        "/flows/1/schedule",
        "/flows/1/start",
        "/flows/usual",
        "/hooks/1",
        "/login",
        "/logout",
        "/quarantine/1/retry",
        "/quarantine/1/retry-same",
        "/quarantine/1/skip",
        "/quarantine/orders/{leader_id}/seen",
    ]


def test_no_form_is_taken_without_its_token(desk: Desk) -> None:
    """Webhooks are the only exception: they are signed instead."""
    for url in changing_routes(desk):
        answer = desk.browser.post(url, data={}, follow_redirects=False)
        expected = 404 if url == "/hooks/1" else 403
        assert (url, answer.status_code) in {(url, expected), (url, 401)}, answer.text


def test_no_form_is_taken_that_another_site_sent(desk: Desk) -> None:
    for url in changing_routes(desk):
        if url != "/hooks/1":
            headers = {"Origin": "https://evil.example"}
            answer = desk.browser.post(url, data={"csrf": desk.csrf}, headers=headers, follow_redirects=False)
            assert (url, answer.status_code) == (url, 403)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 303),
        ({"Origin": "http://hub.example"}, 303),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://hub.example.evil.example"}, 403),
        ({"Origin": "http://hub.example:81"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_where_a_form_comes_from(desk: Desk, headers: dict[str, str], code: int) -> None:
    answer = desk.browser.post("/logout", data={"csrf": desk.csrf}, headers=headers, follow_redirects=False)
    assert answer.status_code == code


def test_the_token_of_another_session_is_worth_nothing(desk: Desk) -> None:
    other = Desk(desk.world, TestClient(desk.browser.app, base_url="http://hub.example"))
    other.sign_in()
    answer = desk.browser.post("/logout", data={"csrf": other.csrf})
    assert answer.status_code == 403
    assert "Nothing was changed" in words(answer.text)
    desk.page("/")


def test_the_token_may_travel_in_a_header(desk: Desk) -> None:
    answer = desk.browser.post("/logout", headers={"X-CSRF-Token": desk.csrf}, follow_redirects=False)
    assert answer.status_code == 303


def test_no_page_shows_the_sessions_token(desk: Desk) -> None:
    token = desk.browser.cookies["trueup_session"]
    assert all(token not in desk.browser.get(url).text for url in PAGES)


def test_every_route_is_matched_by_what_is_tried_here(desk: Desk) -> None:
    """The list above is taken from the application, not remembered: each of its addresses exists."""
    scopes = [{"type": "http", "method": "POST", "path": url, "headers": []} for url in changing_routes(desk)]
    app: Any = desk.browser.app
    assert all(any(route.matches(scope)[0] is Match.FULL for route in app.routes) for scope in scopes)
