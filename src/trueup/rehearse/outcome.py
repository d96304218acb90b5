"""What came of a rehearsal: of each step, each case, and all of them. Plain data for the terminal, a page or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from trueup.rehearse.figures import Check


class Verdict(StrEnum):
    """`DIFFERS`: a system says something else than expected. `NOT_OFFERED`: one of the systems cannot do what the case
    is about; nothing that was checked before that differs. `BROKEN`: a step could not be done."""

    AS_EXPECTED = "as expected"
    DIFFERS = "differs"
    NOT_OFFERED = "not offered"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    number: int
    says: str
    checks: Sequence[Check] = ()

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def by_question(self) -> dict[str, dict[str, Check]]:
        """What was asked, and of each system that was asked it."""
        found: dict[str, dict[str, Check]] = {}
        for check in self.checks:
            found.setdefault(check.question, {})[check.system] = check
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """`systems` are the labels of those that took part, the shop first. `reason` says why a case was not offered or
    broken off; `seconds` is how long it took."""

    id: str
    row: str
    title: str
    why: str
    verdict: Verdict
    systems: Sequence[str] = ()
    steps: Sequence[StepResult] = ()
    reason: str | None = None
    seconds: float = 0.0

    @property
    def checks(self) -> list[Check]:
        return [check for step in self.steps for check in step.checks]

    @property
    def wrong(self) -> list[Check]:
        return [check for check in self.checks if not check.ok]

    @property
    def failed(self) -> bool:
        return self.verdict in (Verdict.DIFFERS, Verdict.BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`left` names what the rehearsal made and could not remove."""

    shop: str
    office: str
    began_at: datetime
    seconds: float = 0.0
    cases: Sequence[CaseResult] = field(default_factory=list)
    left: Sequence[str] = ()

    @property
    def failed(self) -> list[CaseResult]:
        return [case for case in self.cases if case.failed]

    @property
    def not_offered(self) -> list[CaseResult]:
        return [case for case in self.cases if case.verdict is Verdict.NOT_OFFERED]

    @property
    def good(self) -> list[CaseResult]:
        return [case for case in self.cases if case.verdict is Verdict.AS_EXPECTED]

    @property
    def figures(self) -> int:
        return sum(len(case.checks) for case in self.cases)

    def sentence(self) -> str:
        tried = len(self.cases) - len(self.not_offered)
        asked = f"{self.figures} answers compared in {self.shop}, the hub and {self.office}"
        return f"{len(self.good)} of {tried} cases as expected; {asked}.{self._others()}"

    def _others(self) -> str:
        if not self.not_offered:
            return ""
        one = len(self.not_offered) == 1
        return f" {len(self.not_offered)} more {'is' if one else 'are'} about something that they do not offer."
