"""The catalogue: every case is a file that a person can read, and says what every system has to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueup.rehearse.case import OFFICES, SYSTEMS, Case, CaseError, case_from, catalogue
from trueup.rehearse.files_office import VERBS as FILES_VERBS
from trueup.rehearse.hub_side import VERBS as HUB_VERBS
from trueup.rehearse.setups import SETUPS
from trueup.rehearse.shop import VERBS as SHOP_VERBS
from trueup.rehearse.tryton_office import VERBS as TRYTON_VERBS

CASES = catalogue()
KNOWN = {"shop": SHOP_VERBS, "hub": HUB_VERBS, "office": {**FILES_VERBS, **TRYTON_VERBS}}
SHORT = """
row = "230"
title = "A mug"
articles = [{ sku = "MUG", price = "20.00", stock = 10 }]
[[steps]]
says = "A shopper buys it."
do = "shop buys"
given = { order = "A", items = ["MUG"] }
shop = { "total of A" = "29.63" }
hub = { "transfer of A" = "done" }
[steps.files.office]
"documents of A" = "1"
[steps.tryton.office]
"documents of A" = "2"
"""


@pytest.mark.parametrize("row", [str(number) for number in (*range(223, 228), *range(229, 233))])
def test_every_row_of_the_checklist_has_a_case(row: str) -> None:
    assert [case.id for case in CASES if case.row == row]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_row_228_each_case_says_what_every_system_has_to_say(case: Case) -> None:
    for office in OFFICES:
        asked = {system for system in SYSTEMS for step in case.steps if step.expected(system, office)}
        assert asked == set(SYSTEMS), f"with {office} nothing is expected of {set(SYSTEMS) - asked}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_can_be_read_like_a_story(case: Case) -> None:
    """A sentence for each step, a reason for the case, and nothing done that nobody knows."""
    assert case.title
    assert case.why.endswith(".")
    assert case.setup in SETUPS
    for step in case.steps:
        assert step.says[0].isupper()
        assert step.says.endswith(".")
        who, _, verb = step.do.partition(" ")
        assert step.do == "nothing" or verb in KNOWN[who], f"nobody can do this: {step.do}"


def test_what_is_expected_of_one_back_office_goes_before_what_is_expected_of_all() -> None:
    step = case_from(SHORT, "mug").steps[0]
    assert step.expected("office", "files") == {"documents of A": "1"}
    assert step.expected("office", "tryton") == {"documents of A": "2"}
    assert step.expected("shop", "tryton") == {"total of A": "29.63"}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('hub = { "transfer of A" = "done" }\n', "", "nothing is expected of the hub"),
        ("says = ", "tells = ", "says"),
        ('title = "A mug"', 'title = "A mug" colour = "red"', "mug.toml cannot be used"),
        ('row = "230"', 'row = "230"\ncolour = "red"', "colour"),
        ('price = "20.00"', 'price = "cheap"', "price"),
    ],
    ids=["nothing expected of the hub", "no sentence", "no TOML", "an unknown field", "a price that is none"],
)
def test_a_case_that_cannot_be_used_says_why(before: str, after: str, complaint: str) -> None:
    assert before in SHORT
    with pytest.raises(CaseError, match=complaint):
        case_from(SHORT.replace(before, after), "mug")


def test_a_family_has_an_article_for_each_combination() -> None:
    [coat] = [case for case in CASES if case.id == "223-variants"]
    parent, *variants = coat.every_article()
    assert (parent.sku, len(variants)) == ("COAT", 64)
    assert len({tuple(sorted(one.options.items())) for one in variants}) == 64
    assert {one.parent for one in variants} == {"COAT"}


def test_cases_of_one_s_own_stand_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(SHORT)
    (tmp_path / "a.toml").write_text(SHORT.replace("A mug", "Another"))
    assert [(case.id, case.title) for case in catalogue(tmp_path)] == [("a", "Another"), ("b", "A mug")]
