"""docs/order-states.md: the states of an order and every allowed move, from the table that the code obeys.

python tools/order_states.py            # writes docs/order-states.md anew
python tools/order_states.py --print    # only prints it
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from trueup.domain.order_state import MEANING, MOVES, RULES, Mover, OrderState, Rule

PAGE = Path(__file__).parents[1] / "docs" / "order-states.md"
LETTERS = {Mover.SHOP: "S", Mover.BACK_OFFICE: "B", Mover.TRUEUP: "T", Mover.PERSON: "P"}

HEAD = """# The life of an order

Made from the table in `src/trueup/domain/order_state.py` by `python tools/order_states.py`; a test compares the two.
What is not in the table is refused with a sentence that says what happened and what to do, and becomes a task for a
person. Which state the facts ask for is said in `src/trueup/domain/order_course.py`.

An order read for the first time is **received**."""

MATRIX = """## Who may move an order

From the state of the row to the state of the column: S the shop, B the back office, T trueup, P a person."""


def page() -> str:
    return "\n".join([HEAD, "", *_states(), "", MATRIX, "", *_matrix(), "", *_moves()]) + "\n"


def _states() -> Iterator[str]:
    yield from ("| state | what it means |", "|---|---|")
    yield from (f"| **{state}** | {MEANING[state]} |" for state in OrderState)


def _matrix() -> Iterator[str]:
    yield f"| from \\ to | {' | '.join(OrderState)} |"
    yield f"|---|{'---|' * len(OrderState)}"
    for before in OrderState:
        cells = ("-" if before is after else _letters(before, after) for after in OrderState)
        yield f"| **{before}** | {' | '.join(cells)} |"


def _letters(before: OrderState, after: OrderState) -> str:
    allowed = MOVES.get((before, after), frozenset())
    return "".join(letter for mover, letter in LETTERS.items() if mover in allowed)


def _moves() -> Iterator[str]:
    yield from ("## When", "", "| from | to | caused by | when |", "|---|---|---|---|")
    for _, rules in groupby(RULES, key=lambda rule: (rule.when, rule.by)):
        yield _row(list(rules))


def _row(rules: list[Rule]) -> str:
    befores, afters = dict.fromkeys(rule.before for rule in rules), dict.fromkeys(rule.after for rule in rules)
    return f"| {', '.join(befores)} | {', '.join(afters)} | {', '.join(rules[0].by)} | {rules[0].when} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="only print the page")
    if parser.parse_args().print:
        print(page(), end="")
    else:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
