"""Refunds of more than was sold: shops take them, books must not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trueup.domain.refund import OrderRefunds, Refund, RefundLine


def given_back(*lines: tuple[str | None, int, int | None], total: str = "100") -> OrderRefunds:
    """One refund for each line: the order's line, units, and how many of it were ordered."""
    refunds = [
        Refund(
            id=str(number),
            reference=f"WC-REFUND-{number}",
            amount=Decimal("1.19"),
            lines=(RefundLine(line=line, name="Mug", quantity=Decimal(units), sold=_units(sold), total=Decimal(1)),),
        )
        for number, (line, units, sold) in enumerate(lines, 1)
    ]
    return OrderRefunds(id="1", order_number="1041", currency="EUR", order_total=Decimal(total), refunds=tuple(refunds))


def _units(sold: int | None) -> Decimal | None:
    return None if sold is None else Decimal(sold)


@pytest.mark.parametrize(
    "lines",
    [
        [("7", 1, 2)],
        [("7", 1, 2), ("7", 1, 2)],
        [("7", 2, 2), ("8", 1, 1)],
        [("7", 0, 0)],
        [("7", 50, None)],
        [(None, 50, 1)],
    ],
    ids=["a part", "all of it in two", "two lines", "money only", "nobody knows how many", "nobody knows of what"],
)
def test_as_many_units_as_were_sold_may_come_back(lines: list[tuple[str | None, int, int | None]]) -> None:
    assert given_back(*lines).problems() == []


@pytest.mark.parametrize(
    ("lines", "units"),
    [([("7", 50, 1)], "50"), ([("7", 1, 1), ("7", 1, 1)], "2"), ([("8", 1, 1), ("7", 3, 1)], "3")],
    ids=["at once", "in two refunds", "beside one that is right"],
)
def test_more_units_than_were_sold_are_a_problem_that_names_both(
    lines: list[tuple[str | None, int, int | None]], units: str
) -> None:
    [problem] = given_back(*lines).problems()
    assert problem.field == "quantity"
    assert problem.sentence == (
        f'{units} units of "Mug" were given back, and 1 were sold. Correct the refunds, or skip this with a reason.'
    )


def test_more_money_than_was_paid_is_told_first() -> None:
    [problem] = given_back(("7", 50, 1), total="1.00").problems()
    assert problem.sentence.startswith("1.19 EUR were refunded of an order over 1 EUR.")
