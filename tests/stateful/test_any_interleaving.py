"""Promise 8, over any history: three shops share one stock; whatever happens in whatever order, at rest it is right."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from support.sharing import SHOPS
from support.trading import SKUS, Trading
from support.trading_place import Place
from trueup.connectors.memory.faults import Trouble
from trueup.domain.order import Stage
from trueup.domain.record import Kind

STEPS_OF_A_DAY = 100
DAYS = 30
PARTS = 4
"""Of the test: together they take more than 10,000 steps."""

shops = st.sampled_from(SHOPS)
skus = st.sampled_from(SKUS)
heard = st.integers(0, 11).map(bool)
troubles = st.sampled_from(
    [
        Trouble.DOWN,
        Trouble.THROTTLED,
        Trouble.LOST_REQUEST,
        Trouble.LOST_ANSWER,
        Trouble.HALF_DONE,
        Trouble.BUG,
        Trouble.ABORTED_BEFORE,
        Trouble.ABORTED_AFTER,
    ]
)


class DayOfTrading(RuleBasedStateMachine):
    """One history. Hypothesis chooses what happens, and shrinks what went wrong."""

    place: Place
    steps = 0
    rests = 0
    calms = 0
    days = 0

    def __init__(self) -> None:
        super().__init__()
        self.trading: Trading = self.place.begin()
        type(self).days += 1

    def teardown(self) -> None:
        try:
            self.trading.comes_to_rest()
            self.trading.check()
        finally:
            self.trading.close()

    def _step(self) -> None:
        type(self).steps += 1

    @rule(shop=shops, sku=skus, units=st.integers(1, 3), heard=heard, stage=st.sampled_from(list(Stage)[:3]))
    def somebody_orders(self, shop: str, sku: str, units: int, heard: bool, stage: Stage) -> None:
        self._step()
        self.trading.sells(shop, sku, units, stage, heard=heard)

    @precondition(lambda self: self.trading.orders)
    @rule(data=st.data(), stage=st.sampled_from(Stage), heard=heard)
    def an_order_moves(self, data: st.DataObject, stage: Stage, heard: bool) -> None:
        self._step()
        self.trading.changes(self._one(data), heard=heard, stage=stage)

    @precondition(lambda self: self.trading.orders)
    @rule(data=st.data(), units=st.integers(1, 4), heard=heard)
    def an_order_is_edited(self, data: st.DataObject, units: int, heard: bool) -> None:
        self._step()
        self.trading.changes(self._one(data), heard=heard, units=units)

    @precondition(lambda self: self.trading.orders)
    @rule(data=st.data(), units=st.integers(1, 2), restock=st.booleans(), heard=heard)
    def units_are_refunded(self, data: st.DataObject, units: int, restock: bool, heard: bool) -> None:
        self._step()
        self.trading.refunds(self._one(data), units, restock=restock, heard=heard)

    @rule(sku=skus, units=st.integers(-3, 5))
    def the_back_office_counts_anew(self, sku: str, units: int) -> None:
        self._step()
        self.trading.counts_anew(sku, units)

    @rule(data=st.data(), only_begins=st.booleans())
    def the_back_office_ships(self, data: st.DataObject, only_begins: bool) -> None:
        self._step()
        documents = [thing.id for thing in self.trading.world.erp.things(Kind.ORDER)]
        if documents:
            document = data.draw(st.sampled_from(documents))
            (self.trading.begins_work if only_begins else self.trading.ships)(document)

    @rule(jobs=st.integers(1, 4), pick=st.integers(0, 7))
    def the_hub_works(self, jobs: int, pick: int) -> None:
        self._step()
        self.trading.works(jobs, pick)

    @rule()
    def the_hub_catches_up(self) -> None:
        self._step()
        if self.trading.catches_up():
            type(self).calms += 1
            self.trading.nothing_is_offered_twice()

    @rule(minutes=st.integers(1, 20))
    def time_passes(self, minutes: int) -> None:
        self._step()
        self.trading.world.time.passes(minutes=minutes)

    @rule(system=st.sampled_from(("ERP", *SHOPS)), trouble=troubles, really=st.integers(0, 7))
    def something_goes_wrong(self, system: str, trouble: Trouble, really: int) -> None:
        self._step()
        if really == 0:
            self.trading.misfortune(system, trouble)

    @rule()
    def people_see_to_tasks(self) -> None:
        self._step()
        self.trading.sees_to_tasks()

    @rule(really=st.integers(0, 3))
    def everything_comes_to_rest(self, really: int) -> None:
        self._step()
        if really == 0 or (really == 1 and self.trading.unheard):
            type(self).rests += 1
            self.trading.comes_to_rest()
            self.trading.check()

    def _one(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.trading.orders)))


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path) -> Place:
    first = Path(sqlite_url.removeprefix("sqlite:///"))
    live = tmp_path / "place"
    live.mkdir()
    place = Place(live, f"sqlite:///{live / 'live' / first.name}")
    place.prepare(first)
    return place


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_promise_8_whatever_happens_in_whatever_order_at_rest_every_number_is_right(place: Place, part: int) -> None:
    said = os.environ.get("TRUEUP_SEED", "20261122")
    seed = random.SystemRandom().randrange(1, 2**32) if said == "random" else int(said)
    machine = type("OneOfTheParts", (DayOfTrading,), {"place": place, "steps": 0, "rests": 0, "calms": 0, "days": 0})
    chosen = settings(
        max_examples=DAYS,
        stateful_step_count=STEPS_OF_A_DAY,
        deadline=None,
        database=None,
        phases=list(Phase) if os.environ.get("TRUEUP_SHRINK") else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    print(
        f"Hypothesis seed {seed} (part {part}); other histories with TRUEUP_SEED=random, shorter with TRUEUP_SHRINK=1"
    )
    run_state_machine_as_test(seeded(seed + part)(machine), settings=chosen)
    looked = f"{machine.rests + machine.days} times at rest, {machine.calms} times between"
    print(f"3 shops: {machine.steps} steps in {machine.days} days, looked at {looked}")
    assert machine.steps * PARTS >= 10_000
