"""The report: what a merchant reads. One file, everything in words, red where something differs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from trueup.rehearse.figures import check
from trueup.rehearse.outcome import CaseResult, Report, StepResult, Verdict
from trueup.rehearse.page import page_of

RIGHT = check("Shop", "total of order A", "58.01", "58.01")
WRONG = check("Tryton", "total of order A", "58.01", "58.02")


def case(verdict: Verdict, *steps: StepResult, id: str = "224", reason: str | None = None) -> CaseResult:
    told: dict[str, Any] = {
        "systems": ["Shop", "trueup", "Tryton"],
        "row": "224",
        "title": "Order with voucher",
        "why": "Cents count.",
    }
    return CaseResult(id=id, verdict=verdict, steps=steps, reason=reason, **told)


GOOD = case(Verdict.AS_EXPECTED, StepResult(number=1, says="A shopper buys.", checks=[RIGHT]), id="good")
BAD = case(Verdict.DIFFERS, StepResult(number=1, says="A shopper buys.", checks=[RIGHT, WRONG]), id="bad")
MISSING = case(Verdict.NOT_OFFERED, reason="A folder of files takes no refunds.", id="missing")
BROKEN = case(Verdict.BROKEN, reason="Step 1 could not be done: 503", id="broken")


def report(*cases: CaseResult) -> Report:
    moment = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    return Report(shop="the shop in the box", office="a real Tryton", began_at=moment, seconds=75, cases=cases)


class TestCounting:
    def test_cases_that_are_not_offered_count_neither_way(self) -> None:
        found = report(GOOD, GOOD, MISSING)
        assert found.failed == []
        assert found.sentence() == (
            "2 of 2 cases as expected; 2 answers compared in the shop in the box, the hub and a real Tryton. "
            "1 more is about something that they do not offer."
        )

    def test_a_difference_and_a_broken_case_both_fail(self) -> None:
        found = report(GOOD, BAD, BROKEN)
        assert [one.id for one in found.failed] == ["bad", "broken"]
        assert found.sentence().startswith("1 of 3 cases as expected; 3 answers compared")

    def test_what_is_wrong_can_be_named(self) -> None:
        assert BAD.wrong == [WRONG]
        assert not BAD.steps[0].ok
        assert BAD.steps[0].by_question() == {"total of order A": {"Shop": RIGHT, "Tryton": WRONG}}


class Tags(HTMLParser):
    """Which tags a page has, and what it fetches from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]


class TestPage:
    def test_needs_nothing_else(self) -> None:
        page = Tags(page_of(report(GOOD, BAD, MISSING)))
        assert page.fetched == []
        assert not page.tags & {"script", "link", "img", "iframe"}

    def test_a_difference_shows_both_figures_and_opens_its_case(self) -> None:
        page = page_of(report(GOOD, BAD))
        assert '<details id="bad" open>' in page
        assert '<details id="good">' in page
        assert re.search(r"expected</span> 58\.01<br>.*found</span> <b>58\.02</b>", page)
        assert "1 case needs attention" in page

    def test_says_so_when_all_is_well(self) -> None:
        page = page_of(report(GOOD))
        assert "everything as expected" in page
        assert "1 min 15 s" in page
        assert "open>" not in page

    def test_says_why_something_was_not_tried(self) -> None:
        assert "A folder of files takes no refunds." in page_of(report(MISSING))

    @pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
    def test_shows_what_shoppers_wrote_and_never_runs_it(self, text: str) -> None:
        note = check("Tryton", "note of order A", text, text)
        step = StepResult(number=1, says=text, checks=[note])
        page = Tags(page_of(report(replace(GOOD, steps=[step], title=text))))
        assert not page.tags & {"script", "img"}
        assert "49" not in page_of(report(replace(GOOD, steps=[step], title="{{ 7 * 7 }}")))

    def test_names_what_was_left_behind(self) -> None:
        page = page_of(replace(report(GOOD), left=["sale 12 in Tryton, which is processed"]))
        assert "What could not be removed" in page
        assert "sale 12 in Tryton, which is processed" in page
