"""Playing cases on a stage, one after another: what they need is put in place, each step is done, and every system is
asked afterwards, past the hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trueup.rehearse.case import SYSTEMS, Answer, Case, Step
from trueup.rehearse.figures import Check, check
from trueup.rehearse.outcome import CaseResult, StepResult, Verdict
from trueup.rehearse.scene import CannotTell, NotOffered, Office, Scene, Side
from trueup.rehearse.shop import ShopSide

COMPARED = "At the end both systems are compared past the hub, order by order."
SAME_AS = tuple(f"= {system}" for system in SYSTEMS)
"""Instead of an answer: what another system says to the same question."""
SAME = ("total", "lines")
"""What both systems have to say alike about every order that both have."""


@dataclass
class Stage:
    """A shop, a back office and the hub between them. `work` has the hub do everything that there is to do."""

    mark: str
    shop: ShopSide
    hub: Side
    office: Office
    work: Callable[[], None]
    own_prices: bool = False
    prefix: str = ""
    full: bool = False

    def scene(self, case: Case) -> Scene:
        return Scene(case, self.mark, self.shop, self.hub, self.office, self.work, self.prefix, self.full)


def play(stage: Stage, cases: Sequence[Case]) -> Iterator[CaseResult]:
    """Every case, as soon as it is over. One that cannot be played is a result too."""
    scenes = [stage.scene(case) for case in cases]
    trouble = _set_up(stage, scenes)
    for scene in scenes:
        began = time.monotonic()
        result = _played(scene, trouble.get(scene.case.id))
        yield replace(result, seconds=time.monotonic() - began)
        stage.shop.calm()


def _set_up(stage: Stage, scenes: Sequence[Scene]) -> dict[str, Exception]:
    """The articles of all cases, so that the hub takes them over at once. What kept a case from it, by its id."""
    trouble: dict[str, Exception] = {}
    for prepare in (_enter, _open):
        for scene in scenes:
            try:
                prepare(stage, scene)
            except Exception as error:  # whatever one case needs and does not get, the others are played
                trouble.setdefault(scene.case.id, error)
        stage.work()
    return trouble


def _enter(stage: Stage, scene: Scene) -> None:
    """The back office enters the case's articles."""
    articles = scene.case.every_article()
    if articles:
        stage.office.sells(articles, scene)


def _open(stage: Stage, scene: Scene) -> None:
    """The merchant puts the case's articles on sale and makes its coupons."""
    articles = scene.case.every_article()
    stage.shop.publish([scene.sku(article.sku) for article in articles if article.parent is None])
    if stage.own_prices:
        for article in articles:
            if article.price is not None:
                stage.shop.do("sets price", scene, {"article": article.sku, "price": str(article.price)})
    for coupon in scene.case.coupons:
        made = stage.shop.call("POST", "/coupons", {**coupon, "code": scene.code(coupon["code"])})
        stage.shop.remember("coupons", made["id"])


def _played(scene: Scene, trouble: Exception | None) -> CaseResult:
    case, steps, reason = scene.case, list[StepResult](), None
    try:
        if trouble:
            raise trouble
        for number, step in enumerate(case.steps, 1):
            steps.append(_step(scene, number, step))
        steps.extend(_compared(scene, len(steps) + 1))
        verdict = Verdict.AS_EXPECTED if all(step.ok for step in steps) else Verdict.DIFFERS
    except NotOffered as error:
        differs = any(not step.ok for step in steps)
        verdict, reason = (Verdict.DIFFERS if differs else Verdict.NOT_OFFERED), str(error)
    except Exception as error:  # a case that breaks off is a result; the next one is played all the same
        verdict, reason = Verdict.BROKEN, f"Step {len(steps) + 1} could not be done: {_words(error)}"
    told: dict[str, Any] = {"id": case.id, "row": case.row, "title": case.title, "why": case.why}
    told["systems"] = [side.label for side in (scene.shop, scene.hub, scene.office)]
    return CaseResult(**told, verdict=verdict, steps=steps, reason=reason)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _step(scene: Scene, number: int, step: Step) -> StepResult:
    who, _, verb = step.do.partition(" ")
    if verb:
        getattr(scene, who).do(verb, scene, step.given)
    if not step.quiet:
        scene.work()
    checks = [
        _asked(scene, system, question, expected)
        for system in SYSTEMS
        for question, expected in step.expected(system, scene.office.kind).items()
    ]
    return StepResult(number=number, says=step.says, checks=checks)


def _asked(scene: Scene, system: str, question: str, expected: Answer) -> Check:
    side: Side = getattr(scene, system)
    if expected in SAME_AS:
        expected = _answer(scene, getattr(scene, str(expected).removeprefix("= ")), question)
    return check(side.label, _readable(scene, question), _named(scene, expected), _answer(scene, side, question))


def _readable(scene: Scene, question: str) -> str:
    """As a report says it: orders are called so."""
    what, _, thing = question.rpartition(" of ")
    return f"{what} of order {thing}" if thing in scene.orders or len(thing) == 1 else question


def _answer(scene: Scene, side: Side, question: str) -> Answer:
    what, _, thing = question.rpartition(" of ")
    try:
        return side.answer(what, thing, scene)
    except CannotTell as error:
        return f"no answer: {error}"


def _named(scene: Scene, expected: Answer) -> Answer:
    """`{A}` stands for the shop's number of order A, `{reference A}` for what the back office knows it by."""
    if not isinstance(expected, str):
        return tuple(str(_named(scene, one)) for one in expected)
    for letter, id in scene.orders.items():
        expected = expected.replace(f"{{{letter}}}", str(id))
        expected = expected.replace(f"{{reference {letter}}}", scene.reference(letter))
    return expected


def _compared(scene: Scene, number: int) -> Iterator[StepResult]:
    """Every order that has a document: the same figures on both sides, and the document's number in the shop."""
    differ = scene.case.differ.get(scene.office.kind, ())
    checks = [one for letter in sorted(scene.orders) if letter not in differ for one in _alike(scene, letter)]
    if checks:
        yield StepResult(number=number, says=COMPARED, checks=checks)


def _alike(scene: Scene, letter: str) -> Iterator[Check]:
    if scene.office.answer("documents", letter, scene) != "1":
        return
    for what in SAME:
        question = f"{what} of {letter}"
        there = _answer(scene, scene.shop, question)
        asked = f"{_readable(scene, question)}, as in the shop"
        yield check(scene.office.label, asked, there, _answer(scene, scene.office, question))
    here = _answer(scene, scene.office, f"number of {letter}")
    asked = f"document of order {letter}, as in the back office"
    yield check(scene.shop.label, asked, here, _answer(scene, scene.shop, f"document of {letter}"))
