"""Comparing what was expected with what was found. Figures count by their value: 4.9 is 4.90."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trueup.rehearse.case import Answer

CONTAINS = "…"
"""An expected text that begins and ends with it has to be found somewhere in the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to one system; `ok` says whether its answer is the expected one."""

    system: str
    question: str
    expected: str
    found: str
    ok: bool


def check(system: str, question: str, expected: Answer, found: Answer) -> Check:
    """A figure that is found is shown with the zeros of the one expected."""
    ok = agrees(expected, found)
    same = ok and isinstance(expected, str) and _number(expected) is not None
    told = shown(expected if same else found)
    return Check(system=system, question=question, expected=shown(expected), found=told, ok=ok)


def agrees(expected: Answer, found: Answer) -> bool:
    """Several answers agree in any order; none at all agrees with an empty list only."""
    if isinstance(expected, str) and isinstance(found, str):
        return _alike(expected, found)
    wanted, there = _listed(expected), _listed(found)
    if len(wanted) != len(there):
        return False
    left = list(there)
    for one in sorted(wanted, key=lambda text: text.startswith(CONTAINS)):
        match = next((other for other in left if _alike(one, other)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def shown(answer: Answer) -> str:
    if isinstance(answer, str):
        return answer
    return ", ".join(sorted(answer)) if answer else "none"


def plain(figure: Decimal | str | int) -> str:
    """A figure without the zeros that systems hang on: 45.20, 3, 1.5."""
    number = Decimal(figure)
    whole = number.to_integral_value()
    if number == whole and not (isinstance(figure, str) and "." in figure):
        return f"{whole:f}"
    return f"{number:f}"


def _listed(answer: Answer) -> Sequence[str]:
    return (answer,) if isinstance(answer, str) else answer


def _alike(expected: str, found: str) -> bool:
    if expected.startswith(CONTAINS) and expected.endswith(CONTAINS) and len(expected) > 1:
        return expected.strip(CONTAINS).strip() in found
    return expected == found or (_number(expected) is not None and _number(expected) == _number(found))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
