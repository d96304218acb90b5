"""The whole catalogue for real: a shop in the box with a folder of files, and with a real Tryton."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trueup.rehearse.case import Case, catalogue
from trueup.rehearse.outcome import CaseResult, Report, Verdict
from trueup.rehearse.run import NoSuchCase, Script, in_the_box

NOT_WITH_FILES = {
    "229-ambiguous-person": "knows none of its own",
    "m12-edited-on-both-sides": "nobody changes it there",
}
SMALL = "m02-zero-total"


def played(erp: str, capsys: pytest.CaptureFixture[str]) -> Report:
    report = in_the_box(Script(erp=erp), say=lambda text: None)
    with capsys.disabled():
        print(f"\nrehearsal with {erp}: {report.sentence()}")
    return report


def wrong(report: Report) -> dict[str, Any]:
    return {case.id: case.reason or [vars_of(case)] for case in report.failed}


def vars_of(case: CaseResult) -> list[str]:
    return [f"{one.system}: {one.question}: expected {one.expected}, found {one.found}" for one in case.wrong]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_case_is_as_expected_with_files(capsys: pytest.CaptureFixture[str]) -> None:
    report = played("files", capsys)
    assert wrong(report) == {}
    assert {case.id for case in report.not_offered} == set(NOT_WITH_FILES)
    for case in report.not_offered:
        assert NOT_WITH_FILES[case.id] in (case.reason or "")
    assert len(report.cases) == len(catalogue())


@pytest.mark.slow
@pytest.mark.tryton
@pytest.mark.timeout(1800)
def test_every_case_is_as_expected_with_a_real_tryton(capsys: pytest.CaptureFixture[str]) -> None:
    report = played("tryton", capsys)
    assert wrong(report) == {}
    assert report.not_offered == []
    assert len(report.cases) == len(catalogue())


def with_figure(case: Case, system: str, question: str, figure: str) -> Case:
    """The same case with another figure expected at its last step."""
    *before, last = case.steps
    changed = last.model_copy(update={system: {**getattr(last, system), question: figure}})
    return case.model_copy(update={"steps": (*before, changed)})


@pytest.mark.parametrize(
    ("system", "question", "figure", "found"),
    [
        ("shop", "total of A", "0.01", "0.00"),
        ("office", "total of A", "0.01", "0"),
        ("office", "lines of A", "2 × SAMPLE", "1 × SAMPLE"),
        ("hub", "transfer of A", "quarantined", "done"),
        ("shop", "colour of A", "red", "no answer: nobody knows the question 'colour'"),
    ],
)
def test_one_wrong_figure_turns_a_case_red(system: str, question: str, figure: str, found: str) -> None:
    [case] = [case for case in catalogue() if case.id == SMALL]
    report = in_the_box(Script(cases=[with_figure(case, system, question, figure)]), say=lambda text: None)
    [result] = report.failed
    assert result.verdict is Verdict.DIFFERS
    assert [(one.expected, one.found) for one in result.wrong] == [(figure, found)]


def test_a_case_that_breaks_off_does_not_stop_the_others() -> None:
    [case] = [case for case in catalogue() if case.id == SMALL]
    bad = case.steps[0].model_copy(update={"given": {"order": "A", "items": ["NOTHING"]}})
    broken = case.model_copy(update={"id": "broken", "steps": (bad,)})
    heard: list[CaseResult] = []
    report = in_the_box(Script(cases=[broken, case]), say=lambda text: None, tell=heard.append)
    assert [result.verdict for result in report.cases] == [Verdict.BROKEN, Verdict.AS_EXPECTED]
    assert "Step 1 could not be done: the shop has 0 products with the SKU" in (report.cases[0].reason or "")
    assert heard == list(report.cases)


def test_orders_of_one_case_are_compared_even_if_it_does_not_ask() -> None:
    """The last step of every case: both systems say the same of every order that both have."""
    [case] = [case for case in catalogue() if case.id == SMALL]
    report = in_the_box(Script(cases=[case]), say=lambda text: None)
    asked = {(one.system, one.question) for one in report.cases[0].steps[-1].checks}
    assert asked == {
        ("Files", "total of order A, as in the shop"),
        ("Files", "lines of order A, as in the shop"),
        ("Shop", "document of order A, as in the back office"),
    }


def test_cases_are_chosen_by_name_or_by_row() -> None:
    script = Script()
    assert [case.id for case in replace(script, only=("226", SMALL)).chosen()] == [
        "226a-cancellation",
        "226b-partial-refund",
        SMALL,
    ]
    assert len(script.chosen()) == len(catalogue())
    with pytest.raises(NoSuchCase, match="There is no case 999"):
        replace(script, only=("999",)).chosen()
