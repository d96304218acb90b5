"""An answer agrees with what was expected by its value; one cent off is off."""

from __future__ import annotations

import pytest

from trueup.rehearse.case import Answer
from trueup.rehearse.figures import agrees, check, plain


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("58.01", "58.01"),
        ("4.9", "4.90"),
        ("0", "0.00"),
        ("-2", "-2.000000"),
        ("completed", "completed"),
        ("… was changed in Tryton too …", "Order 7: sale 3 was changed in Tryton too: the total."),
        (("2 × MUG", "1 × TEA"), ("1 × TEA", "2 × MUG")),
        (("10", "10.00"), ("10.0", "10")),
        (("…late…", "on time"), ("on time", "too late for that")),
        ((), ()),
    ],
)
def test_the_same_value_agrees(expected: Answer, found: Answer) -> None:
    assert agrees(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("58.01", "58.02"),
        ("58.01", "-58.01"),
        ("0", "none"),
        ("0", ""),
        ("completed", "Completed"),
        ("NaN", "nan"),
        ("… was changed …", "Order 7 was left alone"),
        ((), ("one",)),
        (("one",), ()),
        (("one", "one"), ("one",)),
        (("one", "one"), ("one", "two")),
        ("2 × MUG", ("2 × MUG", "1 × TEA")),
    ],
)
def test_another_value_does_not(expected: Answer, found: Answer) -> None:
    assert not agrees(expected, found)


def test_a_check_keeps_both_sides_as_people_read_them() -> None:
    seen = check("Shop", "lines of order A", ("2 × MUG", "1 × TEA"), ())
    assert (seen.expected, seen.found, seen.ok) == ("1 × TEA, 2 × MUG", "none", False)


def test_a_figure_is_shown_with_the_zeros_that_were_expected() -> None:
    assert check("Files", "total of order A", "4.90", "4.9").found == "4.90"
    assert check("Files", "total of order A", "4.90", "4.91").found == "4.91"


@pytest.mark.parametrize(("figure", "text"), [("45.20", "45.20"), (3, "3"), ("1.50", "1.50"), ("0", "0"), (-7, "-7")])
def test_figures_are_written_plainly(figure: str | int, text: str) -> None:
    assert plain(figure) == text
