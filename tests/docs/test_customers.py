"""The page about customers shows the ladder that the code goes by, and the commands that there are."""

from __future__ import annotations

from pathlib import Path

from trueup.cli.customers import group
from trueup.domain.matching import LADDER, Rung, Trait

PAGE = (Path(__file__).parents[2] / "docs" / "customers.md").read_text(encoding="utf-8")


def row_of(rung: Rung) -> str:
    needs = " and ".join(trait for trait in Trait if trait in rung.needs)
    unless = ", ".join(trait for trait in Trait if trait in rung.unless)
    return f"| {needs} | {unless} | {'it is the same' if rung.certain else 'a person decides'} |".replace("|  |", "| |")


def test_the_table_is_the_ladder_in_its_order() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| agrees")]
    assert rows == [row_of(rung) for rung in LADDER]


def test_every_command_about_customers_is_explained() -> None:
    for command in group.registered_commands:
        assert f"trueup customer {command.name}" in PAGE
