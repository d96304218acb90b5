from __future__ import annotations

import html as html_of
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from support.people import NAME, PASSWORD, add_ada
from support.world import World, new_world
from trueup.store import users
from trueup.web.application import build
from trueup.web.gate import csrf_of


@dataclass
class Desk:
    """Somebody at a browser, looking at the pages of a world; `nudges` counts how often work was announced."""

    world: World
    browser: TestClient
    nudges: list[str] = field(default_factory=list)

    def sign_in(self, name: str = NAME, password: str = PASSWORD, **more: str) -> Any:
        self.browser.get("/login")
        csrf = csrf_of(self.browser.cookies["trueup_visit"])
        return self.browser.post("/login", data={"name": name, "password": password, "csrf": csrf, **more})

    @property
    def csrf(self) -> str:
        return csrf_of(self.browser.cookies["trueup_session"])

    def page(self, url: str, status: int = 200) -> str:
        """The page as a person reads it: its text, without markup, each run of blanks one."""
        answer = self.browser.get(url)
        assert answer.status_code == status, answer.text
        return words(answer.text)

    def post(self, url: str, **values: Any) -> Any:
        """Press a button of one of our forms, and follow where it leads."""
        return self.browser.post(url, data={"csrf": self.csrf, **values})

    def says(self, url: str, **values: Any) -> str:
        answer = self.post(url, **values)
        assert answer.status_code == 200, answer.text
        return words(answer.text)


def words(html: str) -> str:
    body = html[html.find("<main") :] if "<main" in html else html
    return " ".join(html_of.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """The pages only read what tests of the store and of the engine try on both databases."""
    with new_world(sqlite_url, tmp_path) as world:
        yield world


def desk_at(world: World, **options: Any) -> Desk:
    nudges: list[str] = []
    app = build(world.hub, nudge=lambda: nudges.append("work"), **options)
    browser = TestClient(app, base_url="http://hub.example", raise_server_exceptions=False)
    return Desk(world, browser, nudges)


@pytest.fixture
def stranger(world: World) -> Desk:
    """Nobody is signed in; there is one user."""
    with world.hub.database.write() as tx:
        add_ada(tx, world.time.now)
    return desk_at(world)


@pytest.fixture
def desk(stranger: Desk) -> Desk:
    """Ada is signed in."""
    with stranger.world.hub.database.write() as tx:
        user = users.by_name(tx, NAME)
        assert user is not None
        stranger.browser.cookies.set("trueup_session", users.open_session(tx, user.id, stranger.world.time.now))
    return stranger
