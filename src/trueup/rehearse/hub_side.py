"""The hub of a rehearsal as its pages show it: what became of an order, which task it has for a person, what it says of
a stock number; and the person who decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trueup.clock import utc_now
from trueup.domain.sellable import explanation_from
from trueup.rehearse.case import Answer
from trueup.rehearse.scene import CannotTell, Given, NotOffered, Scene
from trueup.store import connections, deliveries, life, quarantine, records
from trueup.store.connections import ConnectionRow
from trueup.store.deliveries import DeliveryRow
from trueup.store.quarantine import QuarantineRow
from trueup.sync import customers, decisions
from trueup.sync.hub import Hub

PERSON = "rehearsal"
MANY = 100_000
SHOP, OFFICE = "Shop", "Back office"
"""The names of the two connections."""


@dataclass
class Later:
    """A clock that can be told to be later, so that a rehearsal does not wait for a second try."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class HubSide:
    """`calls` delivers the shop's webhooks so many times, where the hub can be called."""

    hub: Hub
    clock: Later
    label: str = "trueup"
    kind: str = "hub"
    calls: Callable[[Scene, int], None] | None = field(default=None, repr=False)

    def do(self, verb: str, scene: Scene, given: Given) -> None:
        VERBS[verb](self, scene, given)

    def answer(self, what: str, thing: str, scene: Scene) -> Answer:
        if what not in FACTS:
            raise CannotTell(f"nobody knows the question {what!r}")
        return FACTS[what](self, thing, scene)

    def connection(self, name: str) -> ConnectionRow:
        with self.hub.database.read() as tx:
            row = connections.by_name(tx, name)
        if row is None:
            raise CannotTell(f"there is no connection {name}")
        return row

    def tasks(self, thing: str, scene: Scene) -> list[QuarantineRow]:
        """What waits for a person about an order, its customer and what belongs to it, or about an article."""
        with self.hub.database.read() as tx:
            every = quarantine.entries(tx, limit=MANY)
        if thing in scene.orders:
            return [entry for entry in every if self._is_about(entry, scene, thing)]
        return [entry for entry in every if entry.label == scene.sku(thing)]

    def _is_about(self, entry: QuarantineRow, scene: Scene, letter: str) -> bool:
        if entry.kind == "customer":
            return entry.ref in self._customers(scene, letter)
        return entry.kind in ("order", "refund", "fulfilment", "receipt") and entry.ref == str(scene.order(letter))

    def _customers(self, scene: Scene, letter: str) -> set[str]:
        waits = {row.waits_for for row in self.owed(scene, letter)}
        return {wait.split(":", 1)[-1] for wait in waits if wait}

    def owed(self, scene: Scene, letter: str) -> list[DeliveryRow]:
        shop = self.connection(SHOP)
        with self.hub.database.read() as tx:
            return list(deliveries.of_thing(tx, shop.id, "order", str(scene.order(letter))))


def _transfer(side: HubSide, thing: str, scene: Scene) -> str:
    """What became of the order on its way to the back office."""
    mine = [row for row in side.owed(scene, thing) if row.kind == "order"]
    return mine[0].state if mine else "not owed"


def _state(side: HubSide, thing: str, scene: Scene) -> str:
    """Where the order is in its life."""
    with side.hub.database.read() as tx:
        row = life.of(tx, side.connection(SHOP).id, str(scene.order(thing)))
    if row is None:
        raise CannotTell(f"nothing is known of the life of order {thing}")
    return row.state


def _task(side: HubSide, thing: str, scene: Scene) -> Answer:
    return tuple(entry.sentence for entry in side.tasks(thing, scene))


def _kind_of_task(side: HubSide, thing: str, scene: Scene) -> Answer:
    return tuple(entry.error or "reading" for entry in side.tasks(thing, scene))


def _explanation(side: HubSide, thing: str, scene: Scene) -> str:
    found = [row for row in _stock_rows(side, scene.sku(thing)) if row.explanation]
    if not found:
        raise CannotTell(f"nothing is explained about {thing} yet")
    return explanation_from(str(found[0].explanation)).sentence


def _stock_rows(side: HubSide, sku: str) -> list[DeliveryRow]:
    office = side.connection(OFFICE)
    with side.hub.database.read() as tx:
        known = [row.ref for row in records.search(tx, sku) if row.leader_id == office.id and row.label == sku]
        rows = [row for ref in dict.fromkeys(known) for row in deliveries.of_thing(tx, office.id, "product", ref)]
    return [row for row in rows if row.kind == "stock"]


def _owed(side: HubSide, thing: str, scene: Scene) -> str:
    """How many changes of anything have not arrived yet."""
    with side.hub.database.read() as tx:
        counted = deliveries.counts(tx)
    return str(
        sum(number for (_, _, state), number in counted.items() if state in (deliveries.DUE, deliveries.WAITING))
    )


def _problem(side: HubSide, thing: str, scene: Scene) -> str:
    """Whether somebody is told about an article."""
    return "yes" if side.tasks(thing, scene) else "no"


FACTS: Mapping[str, Callable[[HubSide, str, Scene], Answer]] = {
    "transfer": _transfer,
    "state": _state,
    "task": _task,
    "kind of task": _kind_of_task,
    "explanation": _explanation,
    "problem": _problem,
    "owed": _owed,
}


def _retries(side: HubSide, scene: Scene, given: Given) -> None:
    """Somebody presses "try again" on each open task of the order or article."""
    for entry in side.tasks(given["about"], scene):
        decisions.retry(side.hub, entry, by=PERSON)


def _skips(side: HubSide, scene: Scene, given: Given) -> None:
    for entry in side.tasks(given["about"], scene):
        decisions.skip(side.hub, entry, by=PERSON, reason=given["reason"])


def _says_who(side: HubSide, scene: Scene, given: Given) -> None:
    """A person decides who the buyer is: one of those whom the back office has, or somebody new."""
    for entry in side.tasks(given["about"], scene):
        if given.get("new"):
            customers.is_new(side.hub, entry, by=PERSON)
        else:
            customers.link_to(side.hub, entry, _candidates(side, entry)[0], by=PERSON)


def _candidates(side: HubSide, entry: QuarantineRow) -> list[str]:
    with side.hub.database.read() as tx:
        asked = customers.question(tx, entry)
    return [str(candidate["remote"]) for candidate in asked.candidates] if asked else []


def _waits(side: HubSide, scene: Scene, given: Given) -> None:
    side.clock.ahead += timedelta(minutes=given["minutes"])


def _is_called(side: HubSide, scene: Scene, given: Given) -> None:
    """The shop's webhook about an order arrives, so many times."""
    if side.calls is None:
        raise NotOffered("The shop cannot call a rehearsal's hub, which has no address.")
    side.calls(scene, int(given["times"]))


VERBS: Mapping[str, Callable[[HubSide, Scene, Given], None]] = {
    "retries": _retries,
    "skips": _skips,
    "says who it is": _says_who,
    "waits": _waits,
    "is called": _is_called,
}
