"""The life of an order: its states, and the table of who may move it from one to another. Pure.

`MOVES` is the whole table (docs/order-states.md shows it); `move(state, to, by)` is the only way to use it. Which state
the systems ask for, and the steps to it, is said by `trueup.domain.order_course`: read its docstring to use them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order is in its life, seen over all systems. `MEANING` says what each means."""

    RECEIVED = "received"
    CHECKED = "checked"
    TRANSFERRED = "transferred"
    IN_WORK = "in work"
    PARTLY_SHIPPED = "partly shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    PARTLY_CANCELLED = "partly cancelled"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly refunded"
    ON_HOLD = "on hold"
    QUARANTINED = "quarantined"


class Mover(StrEnum):
    """Who causes a move: the order's leader, its follower, the hub itself, or somebody at the hub's pages."""

    SHOP = "shop"
    BACK_OFFICE = "back office"
    TRUEUP = "trueup"
    PERSON = "person"


S, M = OrderState, Mover

FIRST = S.RECEIVED
"""The state of an order that is read for the first time."""

MEANING: Mapping[OrderState, str] = {
    S.RECEIVED: "It was read from the shop, which has not released it to be transferred yet.",
    S.CHECKED: "It is complete, adds up to the cent and is owed to the back office.",
    S.TRANSFERRED: "The back office has a document for it, and has not begun to work on it.",
    S.IN_WORK: "The back office is picking or packing it.",
    S.PARTLY_SHIPPED: "Some of it has left.",
    S.SHIPPED: "All of it has left.",
    S.COMPLETED: "The shop counts it as done.",
    S.CANCELLED: "It is not wanted any more (in the shop: cancelled, or its payment failed).",
    S.PARTLY_CANCELLED: "Some of its lines, or units of them, are not wanted any more.",
    S.REFUNDED: "All of its money was given back.",
    S.PARTLY_REFUNDED: "Some of its money was given back.",
    S.ON_HOLD: "The shop put it aside, mostly to wait for a payment.",
    S.QUARANTINED: "Something is wrong with it; a sentence says what, and a person decides.",
}

SENT = (S.PARTLY_SHIPPED, S.SHIPPED)
AT_WORK = (S.IN_WORK, *SENT)
FORWARD = (S.RECEIVED, S.CHECKED, S.TRANSFERRED, *AT_WORK)
"""The usual way, in its order, by document and goods alone."""
IN_PART = (S.PARTLY_CANCELLED, S.PARTLY_REFUNDED)
ASIDE = (S.CANCELLED, S.REFUNDED, S.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Rule:
    """One allowed move, who may cause it, and when it happens."""

    before: OrderState
    after: OrderState
    by: tuple[Mover, ...]
    when: str


@dataclass(frozen=True, slots=True)
class Move:
    """An order went from one state to another."""

    before: OrderState
    after: OrderState
    by: Mover


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that must not be. The sentence is about the order ("it ...") and says what to do. The key is the same
    for the same trouble."""

    before: OrderState
    after: OrderState
    by: Mover
    sentence: str

    @property
    def key(self) -> str:
        return f"{self.before} > {self.after} by {self.by}"


def move(state: OrderState, to: OrderState, by: Mover) -> Move | Refusal:
    """The move, if the table allows it; else why not, and what to do. To stay is no move."""
    if by in MOVES.get((state, to), frozenset()):
        return Move(state, to, by)
    return Refusal(state, to, by, _why_not(state, to, by))


def _rules() -> Iterator[Rule]:
    yield from _each((S.RECEIVED,), (S.CHECKED,), (M.TRUEUP,), "The shop releases it, and it passes every check.")
    yield from _each((S.CHECKED,), (S.TRANSFERRED,), (M.TRUEUP,), "The back office answers with a document.")
    yield from _each((S.CHECKED,), (S.RECEIVED,), (M.SHOP,), "The shop takes it back to unpaid.")
    yield from _each((S.TRANSFERRED,), (S.CHECKED,), (M.PERSON,), "Its document is gone; a person has it made anew.")
    yield from _each((S.TRANSFERRED, *IN_PART), AT_WORK, (M.BACK_OFFICE,), "The back office works on it.")
    yield from _each((S.IN_WORK,), SENT, (M.BACK_OFFICE,), "Parcels leave.")
    yield from _each((S.PARTLY_SHIPPED,), (S.SHIPPED,), (M.BACK_OFFICE,), "The last parcel leaves.")
    yield from _each((S.IN_WORK,), (S.TRANSFERRED,), (M.BACK_OFFICE,), "Picking is taken back.")
    yield from _each((S.PARTLY_SHIPPED,), (S.IN_WORK,), (M.BACK_OFFICE,), "A parcel is taken back before it left.")
    yield from _completing()
    yield from _cancelling()
    yield from _refunding()
    yield from _setting_aside()


def _completing() -> Iterator[Rule]:
    living = (S.TRANSFERRED, *AT_WORK, *IN_PART)
    yield from _each(living, (S.COMPLETED,), (M.SHOP,), "Somebody, or another tool, completes it in the shop.")
    yield from _each(
        (S.IN_WORK, S.SHIPPED, *IN_PART), (S.COMPLETED,), (M.TRUEUP,), "The moment that is set for it has come."
    )
    yield from _each(
        (S.COMPLETED,), (S.TRANSFERRED, *AT_WORK), (M.SHOP,), "The shop sets it back; it is where its goods are."
    )


def _cancelling() -> Iterator[Rule]:
    early = (S.RECEIVED, S.CHECKED, S.TRANSFERRED, S.ON_HOLD, S.REFUNDED, *IN_PART)
    either = (M.SHOP, M.BACK_OFFICE)
    yield from _each(early, (S.CANCELLED,), (M.SHOP,), "The shop cancels it before work has begun.")
    living = (S.TRANSFERRED, S.IN_WORK, S.ON_HOLD, *IN_PART)
    yield from _each(living, (S.CANCELLED,), (M.BACK_OFFICE,), "The back office cancels its document.")
    yield from _each((S.CANCELLED,), FORWARD, (M.SHOP,), "The shop opens it again; it is where its goods are.")
    yield from _each(
        (S.TRANSFERRED, S.PARTLY_REFUNDED), (S.PARTLY_CANCELLED,), either, "Lines or units are taken away."
    )
    yield from _each((S.PARTLY_CANCELLED,), (S.TRANSFERRED,), either, "What was taken away is back.")
    yield from _each((S.IN_WORK, S.PARTLY_SHIPPED), (S.PARTLY_CANCELLED,), (M.BACK_OFFICE,), "The rest will not come.")


def _refunding() -> Iterator[Rule]:
    either = (M.SHOP, M.BACK_OFFICE)
    everything = (*FORWARD, S.COMPLETED, S.CANCELLED, S.ON_HOLD, *IN_PART)
    yield from _each(everything, (S.REFUNDED,), either, "All of its money is given back.")
    living = (S.TRANSFERRED, *AT_WORK, S.COMPLETED, S.PARTLY_CANCELLED)
    yield from _each(living, (S.PARTLY_REFUNDED,), either, "Some of its money is given back.")
    yield from _each((S.PARTLY_REFUNDED,), (S.TRANSFERRED,), either, "The refund is taken back.")


def _setting_aside() -> Iterator[Rule]:
    early = (S.RECEIVED, S.CHECKED, S.TRANSFERRED, S.CANCELLED, *IN_PART)
    yield from _each(early, (S.ON_HOLD,), (M.SHOP,), "The shop holds it before work has begun.")
    yield from _each((S.ON_HOLD,), FORWARD, (M.SHOP,), "The shop releases it; it is where its goods are.")
    everywhere = [state for state in S if state is not S.QUARANTINED]
    yield from _each(everywhere, (S.QUARANTINED,), (M.TRUEUP,), "Something is wrong; it is set aside with a sentence.")
    mended = "What was wrong is mended, or done by hand; it is where its goods are."
    yield from _each((S.QUARANTINED,), (*FORWARD, S.CANCELLED), (M.TRUEUP, M.PERSON), mended)


def _each(
    befores: Iterable[OrderState], afters: Iterable[OrderState], by: tuple[Mover, ...], when: str
) -> Iterator[Rule]:
    afters = tuple(afters)
    for before in befores:
        yield from (Rule(before, after, by, when) for after in afters if after is not before)


def _table(rules: Iterable[Rule]) -> dict[tuple[OrderState, OrderState], frozenset[Mover]]:
    table: dict[tuple[OrderState, OrderState], frozenset[Mover]] = {}
    for rule in rules:
        pair = rule.before, rule.after
        table[pair] = table.get(pair, frozenset()) | frozenset(rule.by)
    return table


RULES: tuple[Rule, ...] = tuple(_rules())
MOVES: Mapping[tuple[OrderState, OrderState], frozenset[Mover]] = _table(RULES)
"""Who may move an order from one state to another. A pair that is not here is forbidden to everybody."""


def _why_not(state: OrderState, to: OrderState, by: Mover) -> str:
    for befores, afters, movers, sentence in _SENTENCES:
        if state in befores and to in afters and by in movers:
            return sentence
    allowed = sorted(MOVES.get((state, to), frozenset()))
    who = f"only {' or '.join(allowed)} can cause that" if allowed else "there is no such step"
    return f"it cannot go from {state} to {to} by {by}: {who}. Look at it in both systems."


_SENTENCES: tuple[tuple[tuple[OrderState, ...], tuple[OrderState, ...], tuple[Mover, ...], str], ...] = (
    (
        (S.IN_WORK,),
        (S.CANCELLED,),
        (M.SHOP,),
        "the shop cancelled it after the back office had begun to work on it. Stop it there if that is still possible; "
        "else open it again in the shop, and refund it when the goods are back.",
    ),
    (
        (*SENT, S.COMPLETED),
        (S.CANCELLED,),
        (M.SHOP,),
        "the shop cancelled it although goods have left or it was done. Open it again in the shop, and refund it when "
        "the goods are back.",
    ),
    (
        (*SENT, S.COMPLETED),
        (S.CANCELLED, S.PARTLY_CANCELLED),
        (M.BACK_OFFICE,),
        "the back office cancelled it although goods have left or the shop counts it as done. Correct its document, or "
        "refund it in the shop.",
    ),
    (
        (*AT_WORK, S.COMPLETED),
        (S.ON_HOLD,),
        (M.SHOP,),
        "the shop put it on hold after the back office had begun to work on it. Stop it there if that is still "
        "possible, or release it in the shop.",
    ),
    (
        (S.CANCELLED,),
        AT_WORK,
        (M.BACK_OFFICE,),
        "the back office works on it although it is cancelled. Stop the goods, or open it again in the shop.",
    ),
    (
        (S.ON_HOLD,),
        AT_WORK,
        (M.BACK_OFFICE,),
        "the back office works on it although the shop put it on hold. Stop the goods, or release it in the shop.",
    ),
    (
        (S.CANCELLED,),
        (S.COMPLETED,),
        (M.SHOP,),
        "the shop completed it although its document in the back office is cancelled. Enter it there anew by hand, or "
        "refund it in the shop.",
    ),
    (
        (S.REFUNDED,),
        tuple(S),
        (M.SHOP, M.BACK_OFFICE),
        "all of its money was given back, and now it goes on. Make sure that it is paid, and enter a new order for it.",
    ),
    (
        (S.TRANSFERRED, *AT_WORK, S.COMPLETED, *IN_PART),
        (S.RECEIVED, S.CHECKED),
        (M.SHOP, M.TRUEUP),
        "its document is gone from the back office. Look for it there; if it was deleted, retry to have it made anew.",
    ),
    (
        (S.SHIPPED,),
        (S.TRANSFERRED, S.IN_WORK, S.PARTLY_SHIPPED),
        (M.BACK_OFFICE,),
        "the back office takes back that it was shipped, which the shop may have told the customer. Book what comes "
        "back as a return, or enter what is missing as a new order.",
    ),
    (
        (S.PARTLY_SHIPPED,),
        (S.TRANSFERRED,),
        (M.BACK_OFFICE,),
        "the back office takes back a parcel, which the shop may have told the customer. Book it as a return.",
    ),
    (
        (S.RECEIVED, S.CHECKED),
        (S.COMPLETED,),
        tuple(M),
        "it cannot be completed before the back office has it. Transfer it first.",
    ),
)
