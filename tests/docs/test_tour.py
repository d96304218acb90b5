"""The tour is true: played again, the same rows stand in the same tables, and the same request goes out."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from support.scripts import tool_called
from trueup.store.tables import metadata

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tour.md").read_text()
SHOWN = re.compile(r"<!-- row: ([a-z-]+) -->\n```text\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
CHANGING = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (r"(?<=request_id    )\S+", "ID"),
    (r"(?<=_ms   )\d+", "MS"),
)
ROOMS = ("connectors/files", "connectors/woocommerce", "sync", "runtime", "store", "connectors/kit", "domain", "")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return tool_called("tour")


@pytest.fixture(scope="module")
def played(tool: ModuleType) -> dict[str, str]:
    """Every stop of a tour through a real hub and a real shop in the box, a moment ago."""
    stops: dict[str, str] = tool.stops()
    return stops


def settled(text: str) -> str:
    """Without what is another one each time: moments, request ids, durations."""
    for pattern, name in CHANGING:
        text = re.sub(pattern, name, text)
    return text


def test_every_stop_of_the_page_shows_what_really_stands_there(played: dict[str, str]) -> None:
    shown = dict(SHOWN.findall(PAGE))
    assert {name: settled(text) for name, text in shown.items()} == {
        name: settled(text) for name, text in played.items()
    }


def test_the_page_shows_every_stop_once() -> None:
    names = [name for name, _ in SHOWN.findall(PAGE)]
    assert len(names) == len(set(names)) == PAGE.count("<!-- row:")


def test_the_rows_name_tables_and_columns_that_exist() -> None:
    for name, text in SHOWN.findall(PAGE):
        head, *columns = text.splitlines()
        if columns and columns[0].startswith("  "):
            named = {line.split()[0] for line in columns}
            assert named <= set(metadata.tables[head].columns.keys()), name


def test_one_request_goes_out_and_the_second_run_sends_none(played: dict[str, str]) -> None:
    assert played["request"].count("/wp-json/wc/v3/products/batch") == 1
    assert '"regular_price": "13.9"' in played["request"]
    assert "  changed      0" in played["second-run"]
    assert played["second-requests"] == "requests to the shop: 0"


def test_nothing_secret_is_shown(played: dict[str, str]) -> None:
    assert not re.search(r"c[ks]_[0-9a-f]{8}|oauth_", PAGE + "".join(played.values()))


def test_every_file_that_the_tour_names_exists() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", PAGE)) - {"tools/tour.py"}
    source = ROOT / "src" / "trueup"
    missing = [name for name in named if not any((source / room / name).is_file() for room in ROOMS)]
    assert missing == []


def test_rows_are_filled_anew_wherever_the_page_asks_for_them(tool: ModuleType) -> None:
    page = "before\n<!-- row: one -->\n```text\nold\n```\nbetween\n<!-- row: two -->\n```text\n```\nafter\n"
    filled = tool.refilled(page, {"one": "new", "two": "second"})
    assert filled == page.replace("old", "new").replace("```text\n```\nafter", "```text\nsecond\n```\nafter")


def test_a_stop_that_the_tour_does_not_make_is_not_left_standing(tool: ModuleType) -> None:
    with pytest.raises(KeyError):
        tool.refilled("<!-- row: elsewhere -->\n```text\nold\n```\n", {"one": "new"})
