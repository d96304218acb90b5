"""The published field map is made of the tables that the mapping goes by."""

from __future__ import annotations

from pathlib import Path

from support.scripts import tool_called

PAGE = (Path(__file__).parents[2] / "docs" / "ongoing-fields.md").read_text(encoding="utf-8")


def test_the_page_is_made_of_the_tables() -> None:
    assert tool_called("ongoing_fields").page() == PAGE, "run: python tools/ongoing_fields.py"


def test_every_row_that_ongoing_publishes_is_on_the_page() -> None:
    assert PAGE.count("| `ArticleDefinition.") == 6
    assert sum(PAGE.count(f"| `{part}.") for part in ("OrderInfo", "OrderLine", "Customer")) == 36


def test_the_page_says_that_no_connection_can_be_made_yet() -> None:
    assert "a connection to Ongoing WMS\ncannot be made" in PAGE
