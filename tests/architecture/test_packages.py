"""The packages: what is imported is declared, what is declared is used, and what is locked is locked by its hash."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.source import Module, modules_under

ROOT = Path(__file__).parents[2]
TRYTON = ROOT / "src/trueup/sandbox/tryton"
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-test.lock", TRYTON / "requirements.lock"]

# Packages whose module has another name, and those that are used without being imported.
MODULES = {"python-multipart": "python_multipart", "python-stdnum": "stdnum"}
USED_UNSEEN = {
    "tzdata": "time zones where the operating system has none (Windows, small containers)",
    "psycopg": "the driver that SQLAlchemy loads for a postgresql:// address",
    "python-multipart": "what FastAPI reads forms with",
}
# Modules that are the other half of a declared package, released together with it.
HALVES = {"pydantic_core": "pydantic", "markupsafe": "jinja2"}
# In the environment of the Tryton that is only talked to, or part of tests that are shipped with the kit.
ELSEWHERE = {"proteus", "trytond", "pytest", "gunicorn"}


def declared(group: str | None = None) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["optional-dependencies"][group] if group else project["dependencies"]
    return {canonical(requirement) for requirement in wanted}


def canonical(requirement: str) -> str:
    """The bare, normalised name at the start of a requirement."""
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def locked(lock: Path) -> set[str]:
    return {canonical(line) for line in lock.read_text().splitlines() if "==" in line}


def requirements(text: str) -> Iterator[str]:
    """The requirements of a lock, each with its continuation lines."""
    yield from text.replace("\\\n", " ").splitlines()


def without_hash(text: str) -> list[str]:
    lines = [line for line in requirements(text) if line.strip() and not line.startswith("#")]
    return [line for line in lines if "==" not in line or "--hash=sha256:" not in line]


def third_party(modules: list[Module]) -> set[str]:
    tops = {found.name.split(".")[0] for module in modules for found in module.imports}
    tops = {HALVES.get(top, top) for top in tops}
    return tops - set(sys.stdlib_module_names) - {"trueup"} - ELSEWHERE


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return third_party(modules_under(ROOT / "src/trueup", package="trueup"))


def module_of(package: str) -> str:
    return MODULES.get(package, package)


def test_everything_imported_is_declared(imported: set[str]) -> None:
    """What came in only because another package needs it can go at any time."""
    assert imported - {module_of(package) for package in declared()} == set()


def test_everything_declared_is_used(imported: set[str]) -> None:
    unused = {package for package in declared() if module_of(package) not in imported}
    assert unused - set(USED_UNSEEN) == set()


def test_start_needs_only_the_standard_library() -> None:
    assert third_party([Module(ROOT / "start.py", "start")]) == set()


@pytest.mark.parametrize("name", ["__init__", "__main__", "builder", "server", "gunicorn_settings"])
def test_the_tryton_box_needs_only_the_standard_library(name: str) -> None:
    assert third_party([Module(TRYTON / f"{name}.py", f"trueup.sandbox.tryton.{name}")]) == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_locks_hold_versions_and_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert without_hash(text) == []
    assert "://" not in text
    assert not re.search(r"^\s*-(?:i|f|-index-url|-extra-index-url|-find-links)\b", text, re.MULTILINE)


def test_locks_hold_what_is_declared() -> None:
    assert declared() - locked(ROOT / "requirements.lock") == set()
    assert (declared() | declared("test")) - locked(ROOT / "requirements-test.lock") == set()


def test_tests_run_with_the_very_versions_that_are_shipped() -> None:
    runtime = set(requirements((ROOT / "requirements.lock").read_text()))
    tests = set(requirements((ROOT / "requirements-test.lock").read_text()))
    assert runtime - tests == set()


def test_no_gpl_package_is_among_what_is_shipped() -> None:
    """Tryton is GPL: it is talked to over HTTP and never imported."""
    assert not {name for name in locked(ROOT / "requirements.lock") if name.startswith(("trytond", "proteus"))}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("mug==1.0 \\\n    --hash=sha256:00\n", 0),
        ("mug==1.0\n", 1),
        ("mug>=1.0 \\\n    --hash=sha256:00\n", 1),
        ("# a comment\n\n", 0),
    ],
)
def test_a_line_without_version_or_hash_is_found(text: str, count: int) -> None:
    assert len(without_hash(text)) == count


@pytest.mark.parametrize(
    ("requirement", "name"),
    [("psycopg[binary]>=3.2", "psycopg"), ("Python_Stdnum", "python-stdnum"), ("mug==1 ; python_version>'3'", "mug")],
)
def test_the_name_of_a_requirement(requirement: str, name: str) -> None:
    assert canonical(requirement) == name
