"""A rehearsal from its beginning to its report."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trueup.clock import utc_now
from trueup.rehearse.case import Case, catalogue
from trueup.rehearse.offices import BACK_OFFICES, Opener
from trueup.rehearse.outcome import CaseResult, Report
from trueup.rehearse.playing import play
from trueup.rehearse.setups import SETUPS
from trueup.rehearse.stage import boxed

Say = Callable[[str], None]
Tell = Callable[[CaseResult], None]
ORDER = {"german": 1, "crowd": 2}
"""The setups with most of the articles play last, so that the others need not take these over."""


class NoSuchCase(ValueError):
    """A case was asked for that the catalogue does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is rehearsed: which back office, which cases (by row or id; all of them if none is named)."""

    erp: str = "files"
    only: Sequence[str] = ()
    full: bool = False
    cases: Sequence[Case] = field(default_factory=lambda: catalogue())

    def chosen(self) -> list[Case]:
        """Raises NoSuchCase."""
        found = [case for case in self.cases if not self.only or {case.id, case.row} & set(self.only)]
        unknown = [name for name in self.only if not any(name in (case.id, case.row) for case in self.cases)]
        if unknown:
            raise NoSuchCase(f"There is no case {unknown[0]}. See them with: trueup rehearse --list")
        return found


def in_the_box(script: Script, *, say: Say = print, tell: Tell = lambda result: None) -> Report:
    """Rehearse with a shop in the box; `tell` hears of each case when it is over. Raises NoSuchCase."""
    began, started = utc_now(), time.monotonic()
    cases = script.chosen()
    with tempfile.TemporaryDirectory(prefix="trueup-rehearsal-") as folder:
        results = list(told(_acts(cases, script, Path(folder), say), tell))
    order = {case.id: place for place, case in enumerate(cases)}
    return Report(
        shop="the shop in the box",
        office="a real Tryton" if script.erp == "tryton" else "files in a folder",
        began_at=began,
        seconds=time.monotonic() - started,
        cases=sorted(results, key=lambda result: order[result.id]),
    )


def told(results: Iterator[CaseResult], tell: Tell) -> Iterator[CaseResult]:
    """The same results, each told when it is there."""
    for result in results:
        tell(result)
        yield result


def _acts(cases: Sequence[Case], script: Script, home: Path, say: Say) -> Iterator[CaseResult]:
    """The cases of one setup after those of another, each in a shop of its own."""
    with BACK_OFFICES[script.erp](home, say) as office:
        for name in sorted({case.setup for case in cases}, key=lambda name: (ORDER.get(name, 0), name)):
            mine = [case for case in cases if case.setup == name]
            yield from _act(name, mine, office, home, full=script.full)


def _act(name: str, cases: Sequence[Case], opener: Opener, home: Path, *, full: bool) -> Iterator[CaseResult]:
    setup = SETUPS[name]
    office, wiring = opener(name, setup)
    with boxed(setup, office, wiring, home=home / name, prefix=name.upper(), full=full) as stage:
        yield from play(stage, cases)
