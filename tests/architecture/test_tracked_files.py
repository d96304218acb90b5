"""What must not be in the repository: secrets, places of one machine, addresses of package indexes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRUNED = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
BIG = 2_000_000

# Each pattern is written so that it does not match itself.
FORBIDDEN = {
    "the address of a package index": r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|npmjs[.]org|deb[.]debian[.]org",
    "a place on one machine": r"(?<![\w.])/(?:work|root|home/\w+)/(?:main|shared|[.]\w+)|[.][.]/shared[/]",
    "a WooCommerce key": r"\bc[ks]_[0-9a-f]{40}\b",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE[ ]KEY-----",
    "a Tryton key": r"\b[0-9a-f]{128}\b",
    "a cloud access key": r"\bAKIA[0-9A-Z]{16}\b",
    "a personal access token": r"\bgh[pousr]_[0-9A-Za-z]{36}\b",
    "a password inside a URL": r"\b(?:postgresql|postgres|https?)://[\w.-]+:(?![{<$*])[\w-]{8,}@(?!localhost|127[.]|example)",
}


def tracked_files() -> list[Path]:
    """What git tracks or would track; every file where there is no git, as in an unpacked archive."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not PRUNED & set(path.parts)]


def findings(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        for what, pattern in FORBIDDEN.items():
            for hit in re.finditer(pattern, text):
                yield f"{path.name}:{text.count(chr(10), 0, hit.start()) + 1} has {what}"


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return tracked_files()


def test_nothing_tracked_is_secret_or_of_one_machine_only(files: list[Path]) -> None:
    assert len(files) > 20
    assert list(findings(files)) == []


def test_no_database_or_other_large_file_is_tracked(files: list[Path]) -> None:
    found = [path.name for path in files if path.stat().st_size > BIG or path.suffix in {".sqlite", ".db", ".pyc"}]
    assert found == []


PLANTED = {
    "the address of a package index": ["--index-url https://" + "pypi." + "org/simple", "files.python" + "hosted.org"],
    "a place on one machine": ["open('/wo" + "rk/main/x')", "see .." + "/shared/design.md"],
    "a WooCommerce key": ["ck_" + "0a" * 20, "key = 'cs_" + "f0" * 20 + "'"],
    "a private key": ["-----BEGIN " + "PRIVATE KEY-----", "-----BEGIN RSA " + "PRIVATE KEY-----"],
    "a Tryton key": ["bearer " + "0a" * 64],
    "a cloud access key": ["AKIA" + "A" * 16],
    "a personal access token": ["ghp_" + "a" * 36],
    "a password inside a URL": ["postgresql://hub:" + "correct-horse@db.firm/hub"],
}


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in PLANTED.items() for text in texts])
def test_what_is_planted_is_found(tmp_path: Path, what: str, text: str) -> None:
    (tmp_path / "planted.txt").write_text(f"first line\n{text}\n")
    assert list(findings([tmp_path / "planted.txt"])) == [f"planted.txt:2 has {what}"]


@pytest.mark.parametrize(
    "text",
    [
        "ck_live and cs_live are refused",
        "sha256:" + "0a" * 32,
        "postgresql://user:{password}@db.firm/hub",
        "postgresql://hub:password@localhost/hub",
        "the shared/ folder of a team, /work is free",
    ],
)
def test_what_only_looks_alike_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "innocent.txt").write_text(text)
    assert list(findings([tmp_path / "innocent.txt"])) == []
