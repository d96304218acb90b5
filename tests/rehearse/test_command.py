"""`trueup rehearse`: text for people, JSON for scripts, a page for everybody; 1 if something differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Command
from trueup.rehearse import run
from trueup.rehearse.case import Case, catalogue

SMALL = "m02-zero-total"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_a_good_rehearsal_ends_with_0_and_a_page(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    text = command.done("rehearse", SMALL, "--report", str(page))
    assert "1 of 1 cases as expected" in text
    assert str(page) in text
    assert "everything as expected" in page.read_text(encoding="utf-8")


def test_a_script_gets_every_answer(command: Command, tmp_path: Path) -> None:
    text = command.done("rehearse", SMALL, "--json", "--report", str(tmp_path / "report.html"))
    [case] = json.loads(text)["cases"]
    assert (case["id"], case["verdict"]) == (SMALL, "as expected")
    assert {"system": "Shop", "question": "total of order A", "expected": "0.00", "found": "0.00", "ok": True} in [
        check for step in case["steps"] for check in step["checks"]
    ]


def test_a_wrong_figure_ends_with_1_and_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [case] = [case for case in catalogue() if case.id == SMALL]
    monkeypatch.setattr(run, "catalogue", lambda: [dearer(case)])
    result = command.call("rehearse", "--report", str(tmp_path / "report.html"))
    assert result.exit_code == 1
    assert "Shop: total of order A: expected 0.01, found 0.00" in result.stdout
    assert "0 of 1 cases as expected" in result.stdout


def dearer(case: Case) -> Case:
    step = case.steps[0]
    return case.model_copy(update={"steps": (step.model_copy(update={"shop": {"total of A": "0.01"}}),)})


def test_the_cases_can_be_listed_without_playing_them(command: Command) -> None:
    lines = command.done("rehearse", "--list").splitlines()
    assert len(lines) == 1 + len(catalogue())
    assert "Voucher" not in lines[0]
    assert any("Partial delivery and second tracking number" in line for line in lines)


def test_an_unknown_case_is_refused_with_the_way_to_find_one(command: Command) -> None:
    assert "There is no case 999. See them with: trueup rehearse --list" in command.misused("rehearse", "999")
