"""The page about the life of an order shows the table that the code obeys."""

from __future__ import annotations

from pathlib import Path

from support.scripts import tool_called
from trueup.domain.order_state import MOVES, OrderState

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "order-states.md").read_text(encoding="utf-8")


def test_the_page_is_made_of_the_table() -> None:
    assert tool_called("order_states").page() == PAGE, "run: python tools/order_states.py"


def test_every_state_has_its_row_and_its_column() -> None:
    for state in OrderState:
        assert PAGE.count(f"| **{state}** |") == 2
    assert f"| from \\ to | {' | '.join(OrderState)} |" in PAGE


def test_the_page_allows_as_much_as_the_table() -> None:
    matrix = PAGE.split("| from \\ to |")[1].split("## When")[0]
    cells = [cell.strip() for line in matrix.splitlines()[2:] for cell in line.split("|")[2:-1]]
    assert sum(cell not in ("", "-") for cell in cells) == len(MOVES)
