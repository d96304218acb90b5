"""Imports point down. Each rule here keeps one kind of change inside one room of the house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.source import Module, import_graph, modules_under, rings

SOURCE = Path(__file__).parents[2] / "src/trueup"
PACKAGE = "trueup"

# Room -> the rooms that it may import. A room may always import itself; `trueup` is the bare package.
ARROWS = {
    "domain": set(),
    "clock": set(),
    "words": {"domain"},
    "presets": {"domain"},
    "connectors": {"domain", "clock", "words"},
    "store": {"domain", "clock", "words"},
    "runtime": {"domain", "clock", "words", "store"},
    "sync": {"domain", "clock", "words", "store", "connectors", "runtime", "presets"},
    "watch": {"domain", "clock", "words", "store", "connectors", "runtime"},
    "app": {"domain", "clock", "words", "store", "connectors", "runtime", "sync", "watch", "presets", "sandbox"},
    "web": {"domain", "clock", "words", "store", "connectors", "runtime", "sync", "watch", "presets", "app"},
    "cli": {
        *("domain", "clock", "words", "store", "connectors", "runtime", "sync", "watch", "presets", "app"),
        *("web", "sandbox", "demo", "rehearse"),
    },
    "demo": {
        *("domain", "clock", "words", "store", "connectors", "runtime", "sync", "watch", "presets", "app"),
        *("web", "sandbox"),
    },
    "rehearse": {
        *("domain", "clock", "words", "store", "connectors", "runtime", "sync", "watch", "presets", "app"),
        *("web", "sandbox"),
    },
    "sandbox": set(),
    "__main__": {"cli"},
    "trueup": set(),
}

# Library -> the rooms that may import it: a library that leaks into other rooms can no longer be replaced.
LIBRARY_HOMES = {
    "alembic": {"store"},
    "sqlalchemy": {"store"},
    "psycopg": {"store", "runtime"},
    "procrastinate": {"runtime"},
    "httpx2": {"connectors", "watch", "demo", "rehearse", "sandbox"},  # the emulated shop delivers webhooks
    "oauthlib": {"connectors"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "jinja2": {"web", "rehearse"},
    "typer": {"cli", "sandbox"},
    "rich": {"cli", "demo"},
}
# A transaction is handed from room to room as an open connection; its type is all that others may know of it.
SHARED_NAMES = {"sqlalchemy.Connection", "sqlalchemy.engine.Connection"}

IMPURE = {
    *(
        "asyncio",
        "fcntl",
        "http",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "requests",
        "secrets",
        "shutil",
        "signal",
    ),
    *("socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib"),
}


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def connector_of(name: str) -> str | None:
    """The folder below connectors/ that a dotted name lies in."""
    parts = name.split(".")
    return parts[2] if parts[1:2] == ["connectors"] and len(parts) > 2 else None


def wrong_arrows(modules: list[Module], arrows: dict[str, set[str]]) -> Iterator[str]:
    rooms = {room_of(module.name) for module in modules}
    for module in modules:
        here = room_of(module.name)
        if here not in arrows:
            yield f"{module.name}: the room {here!r} is new; say in ARROWS what it may import"
            continue
        for found in module.imports:
            there = room_of(found.name) if found.name.split(".")[0] == PACKAGE else here
            if there in rooms and there not in {here, *arrows[here]}:
                yield f"{module.name}:{found.line} imports {found.name}; {here} may not import {there}"


def connectors_that_know_each_other(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        mine = connector_of(module.name)
        for found in module.imports:
            other = connector_of(found.name)
            if mine and other and mine != "registry" and other not in {mine, "kit"}:
                yield f"{module.name}:{found.line} imports {found.name}"


def libraries_away_from_home(modules: list[Module], homes: dict[str, set[str]]) -> Iterator[str]:
    for module in modules:
        for found in module.imports:
            allowed = homes.get(found.name.split(".")[0])
            if allowed is not None and room_of(module.name) not in allowed and found.name not in SHARED_NAMES:
                yield f"{module.name}:{found.line} imports {found.name}; its home is {', '.join(sorted(allowed))}"


def impure_imports(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        for found in module.imports:
            if room_of(module.name) == "domain" and found.name.split(".")[0] in IMPURE:
                yield f"{module.name}:{found.line} imports {found.name}; the domain does no I/O and has no clock"


@pytest.fixture(scope="module")
def product() -> list[Module]:
    return modules_under(SOURCE, package=PACKAGE)


def test_imports_point_down(product: list[Module]) -> None:
    """A change in a page or in a command can never break how data moves."""
    assert list(wrong_arrows(product, ARROWS)) == []


def test_no_arrow_points_both_ways() -> None:
    assert [(a, b) for a in ARROWS for b in ARROWS[a] if a in ARROWS[b]] == []


def test_connectors_do_not_know_each_other(product: list[Module]) -> None:
    """A connector can be added, changed or dropped without touching another."""
    assert list(connectors_that_know_each_other(product)) == []


def test_libraries_stay_in_their_rooms(product: list[Module]) -> None:
    """SQL is in the store only, HTML in web only, HTTP in the connectors only."""
    assert list(libraries_away_from_home(product, LIBRARY_HOMES)) == []


def test_the_domain_is_pure(product: list[Module]) -> None:
    """Rules about money and stock can be tried without a database, a network or a clock."""
    assert list(impure_imports(product)) == []


def test_there_is_no_import_ring(product: list[Module]) -> None:
    """A module can be read, and tested, with nothing but what stands below it."""
    assert rings(import_graph(product)) == []


# The rules themselves are tried on small houses that break them.


def house(folder: Path, **files: str) -> list[Module]:
    """A package with these modules, `sync__collect="import x"` being trueup/sync/collect.py."""
    for name, text in files.items():
        path = folder / "trueup" / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
        path.write_text(text)
    return modules_under(folder / "trueup", package=PACKAGE)


@pytest.mark.parametrize(
    "text",
    [
        "from trueup.sync.collect import collect",
        "from ..sync import collect",
        "import trueup.sync.collect",
        "def late():\n    from trueup.sync.collect import collect",
    ],
)
def test_an_upward_import_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    modules = house(tmp_path, store__tables=text, sync__collect="")
    assert [line.split(" imports ")[0] for line in wrong_arrows(modules, ARROWS)] in (
        ["trueup.store.tables:1"],
        ["trueup.store.tables:2"],
    )


def test_an_import_for_the_type_checker_only_is_no_arrow(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from trueup.sync.collect import collect"
    assert list(wrong_arrows(house(tmp_path, store__tables=text, sync__collect=""), ARROWS)) == []


def test_a_downward_import_is_fine(tmp_path: Path) -> None:
    modules = house(tmp_path, sync__collect="from trueup.store import tables", store__tables="")
    assert list(wrong_arrows(modules, ARROWS)) == []


@pytest.mark.parametrize("room", ["domain", "store", "sync"])
def test_the_sandbox_shares_nothing_with_the_product(tmp_path: Path, room: str) -> None:
    """A mistake that both share would hide itself."""
    there = {f"{room}__thing": "from trueup.sandbox.shop import prices"}
    back = {"sandbox__shop": f"from trueup.{room}.thing import rule"}
    assert len(list(wrong_arrows(house(tmp_path / "there", sandbox__shop="", **there), ARROWS))) == 1
    assert len(list(wrong_arrows(house(tmp_path / "back", **{f"{room}__thing": ""}, **back), ARROWS))) == 1


def test_a_new_room_must_be_given_its_place(tmp_path: Path) -> None:
    found = list(wrong_arrows(house(tmp_path, attic__box=""), ARROWS))
    assert found
    assert all("'attic' is new" in line for line in found)


def test_a_connector_that_uses_another_is_found(tmp_path: Path) -> None:
    modules = house(
        tmp_path,
        connectors__kit__http="",
        connectors__registry="from trueup.connectors.odoo.client import Client",
        connectors__odoo__client="from trueup.connectors.kit.http import get",
        connectors__tryton__client="from trueup.connectors.odoo.client import Client",
    )
    found = list(connectors_that_know_each_other(modules))
    assert found == ["trueup.connectors.tryton.client:1 imports trueup.connectors.odoo.client.Client"]


def test_sql_outside_the_store_is_found_but_not_an_open_transaction(tmp_path: Path) -> None:
    modules = house(tmp_path, sync__collect="from sqlalchemy import Connection, select")
    found = list(libraries_away_from_home(modules, LIBRARY_HOMES))
    assert found == ["trueup.sync.collect:1 imports sqlalchemy.select; its home is store"]


def test_a_domain_that_looks_at_the_clock_is_found(tmp_path: Path) -> None:
    modules = house(tmp_path, domain__stock="import time", sync__pace="import time")
    assert len(list(impure_imports(modules))) == 1


def test_a_ring_of_three_is_found_and_a_line_of_three_is_not(tmp_path: Path) -> None:
    ring = {
        "sync__a": "from trueup.sync import b",
        "sync__b": "from .c import x",
        "sync__c": "import trueup.sync.a",
    }
    assert rings(import_graph(house(tmp_path / "ring", **ring))) == [
        ["trueup.sync.a", "trueup.sync.b", "trueup.sync.c"]
    ]
    assert rings(import_graph(house(tmp_path / "line", **{**ring, "sync__c": ""}))) == []
