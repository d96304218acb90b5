"""docs/promises.md names tests that exist, and every test that bears a promise's number stands there under it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "promises.md"
NUMBERS = range(1, 14)


@cache
def chapters() -> dict[int, str]:
    """The text of the page by the number of the promise."""
    parts = re.split(r"^## (\d+)\. .*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def named(text: str) -> set[tuple[str, str]]:
    """(file, test) of what stands on the page as a list: a file, and below it its tests."""
    found = set()
    for block in re.findall(r"^\* `(tests/\S+\.py)`:\n((?:  \* `test_\w+`\n)+)", text, flags=re.MULTILINE):
        found |= {(block[0], name) for name in re.findall(r"`(test_\w+)`", block[1])}
    return found


@cache
def existing() -> frozenset[tuple[str, str]]:
    return frozenset(
        (str(path.relative_to(ROOT)), node.name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def numbered() -> Iterator[tuple[int, str, str]]:
    for path, name in sorted(existing()):
        if found := re.match(r"test_promise_(\d+)_", name):
            yield int(found[1]), path, name


def test_there_is_a_chapter_for_each_of_the_thirteen_promises() -> None:
    assert list(chapters()) == list(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_test_that_a_promise_names_exists(number: int) -> None:
    assert named(chapters()[number]) - existing() == set()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_promise_is_held_by_tests_or_says_that_it_is_not_given_yet(number: int) -> None:
    text = chapters()[number]
    assert named(text) or "**Not yet promised.**" in text


def test_every_test_with_the_number_of_a_promise_stands_under_it() -> None:
    missing = [
        (number, path, name) for number, path, name in numbered() if (path, name) not in named(chapters()[number])
    ]
    assert missing == []


def test_everything_that_looks_like_a_test_on_the_page_is_read_as_one() -> None:
    """A line that is written differently would be checked by nobody."""
    written = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert written == {name for text in chapters().values() for _, name in named(text)}
