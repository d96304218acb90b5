"""Every word that people meet is explained in one place, and the pages of the manual lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from trueup.cli.main import app
from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind
from trueup.store.tables import metadata

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in GLOSSARY.splitlines() if line.startswith("| **")
]
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_is_explained(table: str) -> None:
    assert any(f"`{table}`" in where for _, _, where in ROWS)


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))  # type: ignore[attr-defined] # a group
def test_every_command_is_explained(command: str) -> None:
    assert any(re.search(rf"`trueup {command}\b", where) for _, _, where in ROWS)


@pytest.mark.parametrize(
    "word", ["leader", "follower", "connection", "record", "delivery", "cursor", "run", "quarantine"]
)
def test_the_words_that_everything_else_is_said_with_are_there(word: str) -> None:
    assert [name for name, _, _ in ROWS].count(f"**{word}**") == 1


def test_each_word_is_explained_once_in_a_whole_sentence() -> None:
    names = [name for name, _, _ in ROWS]
    assert len(names) == len(set(names))
    assert [name for name, sentence, where in ROWS if not sentence.endswith(".") or not where] == []


def test_all_kinds_and_systems_are_named() -> None:
    offered = {system.name for system in SYSTEMS.values() if not system.hidden}
    missing = {name for name in {kind.value for kind in Kind} | offered if f"`{name}`" not in GLOSSARY}
    assert missing == set()


def test_columns_that_are_named_with_their_table_exist() -> None:
    named = set(re.findall(r"`(\w+)\.(\w+)`", GLOSSARY))
    wrong = {f"{t}.{c}" for t, c in named if t in metadata.tables and c not in metadata.tables[t].columns}
    assert wrong == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_of_the_manual_lead_to_files_that_exist(page: Path) -> None:
    text = page.read_text()
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'(?:src|srcset|href)="([^"#:]+)"', text)
    assert [target for target in linked if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name == "decisions"], ids=lambda page: page.stem
)
def test_a_decision_is_short_and_named_by_its_number(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem[:3]}")
    assert len(text.splitlines()) <= 40


def test_no_two_decisions_have_one_number() -> None:
    numbers = [page.stem[:3] for page in (DOCS / "decisions").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_the_rooms_of_the_architecture_page_are_the_folders_of_the_code() -> None:
    page = (DOCS / "architecture.md").read_text()
    rooms = set(re.findall(r"^  (\w+)/  ", page, re.MULTILINE))
    folders = {path.parent.name for path in (ROOT / "src" / "trueup").glob("*/__init__.py")}
    assert rooms == folders
