"""Where the systems say that an order belongs, and the steps to there. Pure.

How to use it. The engine keeps each order's state (`order_state.FIRST` when it is read for the first time) and never
sets it by itself. Whenever something became known, that is when the order was read, transferred, worked on, shipped,
refunded, put into quarantine or taken out of it, it asks `course(state, facts_of(order, ...))`:

* `moves`: to be written down in this order; `after` of the last is the new state. None: it stays.
* `refusal`: the systems contradict each other, or what was done already. The state stays where the moves led; a person
  is told `refusal.sentence`. It comes again for the same facts: `refusal.key` tells that it is the same.

`next_state(state, facts)` is the first step alone. What is done on purpose goes by `order_state.move(state, to, by)`,
such as `move(state, COMPLETED, TRUEUP)` before the hub completes an order in the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Order, Stage
from trueup.domain.order_state import (
    ASIDE,
    AT_WORK,
    FORWARD,
    IN_PART,
    M,
    Move,
    Mover,
    OrderState,
    Refusal,
    S,
    move,
)
from trueup.domain.refund import OrderRefunds


@dataclass(frozen=True, slots=True)
class Course:
    """The moves that the facts ask for, in their order, and what stopped them."""

    moves: tuple[Move, ...]
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the systems say about one order now.

    `stage` and `ready` are the shop's. `document`: the follower has one; `fulfilment` is how far that is (None: nothing
    known), `something_shipped` whether any goods left. `refunded` is None, or whether all was given back, by the side
    that leads refunds. `partly_cancelled_by` took lines or units away after the transfer. `quarantined`: an entry is
    open, or was skipped before there was a document. `reopened`: the shop had it cancelled when it was read last.
    """

    stage: Stage
    ready: bool
    document: bool = False
    fulfilment: FulfilmentStage | None = None
    something_shipped: bool = False
    all_refunded: bool | None = None
    refunds_by: Mover = M.SHOP
    partly_cancelled_by: Mover | None = None
    quarantined: bool = False
    reopened: bool = False


def facts_of(
    order: Order,
    *,
    document: bool,
    fulfilment: Fulfilment | None = None,
    refunds: OrderRefunds | None = None,
    refunds_by: Mover = M.SHOP,
    partly_cancelled_by: Mover | None = None,
    quarantined: bool = False,
    before: Order | None = None,
) -> Facts:
    """The facts from the records; `before` is the version of the order that was read last."""
    given_back = refunds is not None and refunds.refunded > 0
    return Facts(
        stage=order.stage,
        ready=order.ready,
        document=document,
        fulfilment=fulfilment.stage if fulfilment else None,
        something_shipped=fulfilment is not None and fulfilment.shipped > 0,
        all_refunded=refunds.refunded >= refunds.order_total if refunds and given_back else None,
        refunds_by=refunds_by,
        partly_cancelled_by=partly_cancelled_by,
        quarantined=quarantined,
        reopened=before is not None and before.is_cancelled and not order.is_cancelled,
    )


def course(state: OrderState, facts: Facts) -> Course:
    """All steps that the facts ask for from here, up to the one that is refused."""
    moves: list[Move] = []
    while (step := next_state(state, facts)) is not None:
        if isinstance(step, Refusal):
            return Course(tuple(moves), step)
        moves.append(step)
        state = step.after
    return Course(tuple(moves))


def next_state(state: OrderState, facts: Facts) -> Move | Refusal | None:
    """The next step that the facts ask for; None if the order is where it belongs."""
    wanted, by = asked_for(facts)
    if state is wanted:
        return _hidden_trouble(state, facts)
    if wanted is S.QUARANTINED:
        return move(state, wanted, by)
    if facts.document and state in (S.RECEIVED, S.CHECKED):
        return move(state, FORWARD[FORWARD.index(state) + 1], M.TRUEUP)
    reached = progress(facts)
    if reached not in (state, wanted) and _first_to_its_goods(state, wanted, facts):
        return move(state, reached, _who_goes(state, wanted, reached))
    return move(state, wanted, _who_goes(state, wanted, reached) if wanted in FORWARD else by)


def asked_for(facts: Facts) -> tuple[OrderState, Mover]:
    """The state that the facts ask for, and who causes it, whatever the order's past."""
    if facts.quarantined:
        return S.QUARANTINED, M.TRUEUP
    if facts.all_refunded or facts.stage is Stage.REFUNDED:
        return S.REFUNDED, facts.refunds_by
    if facts.stage in (Stage.CANCELLED, Stage.FAILED):
        return S.CANCELLED, M.SHOP
    if progress(facts) is S.CANCELLED:
        return S.CANCELLED, M.BACK_OFFICE
    if facts.stage is Stage.ON_HOLD and not facts.ready:
        return S.ON_HOLD, M.SHOP
    return _living(facts)


def _living(facts: Facts) -> tuple[OrderState, Mover]:
    """The state of an order that goes on: what is missing of it, or how far it is."""
    reached = progress(facts)
    completed = facts.stage is Stage.COMPLETED and facts.document
    if facts.all_refunded is False and (completed or reached in (S.TRANSFERRED, S.SHIPPED)):
        return S.PARTLY_REFUNDED, facts.refunds_by
    if completed:
        return S.COMPLETED, M.SHOP
    if facts.document and facts.fulfilment is FulfilmentStage.CANCELLED:
        return S.PARTLY_CANCELLED, M.BACK_OFFICE
    if facts.partly_cancelled_by and reached is S.TRANSFERRED:
        return S.PARTLY_CANCELLED, facts.partly_cancelled_by
    return reached, _REACHED_BY.get(reached, M.BACK_OFFICE)


_REACHED_BY = {S.RECEIVED: M.SHOP, S.CHECKED: M.TRUEUP, S.TRANSFERRED: M.TRUEUP}


def progress(facts: Facts) -> OrderState:
    """How far the order is by its document and its goods alone."""
    if not facts.document:
        return S.CHECKED if facts.ready else S.RECEIVED
    if facts.fulfilment is FulfilmentStage.CANCELLED:
        return S.PARTLY_SHIPPED if facts.something_shipped else S.CANCELLED
    return _BY_FULFILMENT[facts.fulfilment]


_BY_FULFILMENT: Mapping[FulfilmentStage | None, OrderState] = {
    None: S.TRANSFERRED,
    FulfilmentStage.OPEN: S.TRANSFERRED,
    FulfilmentStage.IN_WORK: S.IN_WORK,
    FulfilmentStage.PICKED: S.IN_WORK,
    FulfilmentStage.PARTLY_SHIPPED: S.PARTLY_SHIPPED,
    FulfilmentStage.SHIPPED: S.SHIPPED,
}


def _first_to_its_goods(state: OrderState, wanted: OrderState, facts: Facts) -> bool:
    """Whether the order goes to where its document and goods are, before anything else happens to it: so nothing
    becomes possible by a detour over quarantine or hold, and nothing is passed over when several things happened."""
    reached = progress(facts)
    if state is S.QUARANTINED:
        return True
    if state in ASIDE:
        return wanted not in ASIDE or (wanted is not S.REFUNDED and reached in AT_WORK)
    if state is S.COMPLETED:
        return wanted is S.PARTLY_CANCELLED
    if state in IN_PART:
        return reached in AT_WORK and wanted not in (S.REFUNDED, S.COMPLETED)
    return facts.document and reached in FORWARD


def _who_goes(state: OrderState, wanted: OrderState, reached: OrderState) -> Mover:
    """Who takes the order to where its goods are."""
    if state is S.QUARANTINED:
        return M.TRUEUP
    if state in ASIDE and wanted in ASIDE:
        return M.BACK_OFFICE
    if state in (*ASIDE, S.COMPLETED) or reached is S.RECEIVED:
        return M.SHOP
    if reached is S.CHECKED:
        return M.TRUEUP
    return M.BACK_OFFICE if {state, reached} & set(AT_WORK) else M.SHOP


def _hidden_trouble(state: OrderState, facts: Facts) -> Refusal | None:
    """The order is where it is asked to be, and yet somebody has to know."""
    if state not in (S.CANCELLED, S.ON_HOLD):
        return None
    reached = progress(facts)
    if reached in AT_WORK:
        return _refusal(move(state, reached, M.BACK_OFFICE))
    if reached is S.CANCELLED and facts.stage is Stage.COMPLETED:
        return _refusal(move(state, S.COMPLETED, M.SHOP))
    if reached is S.CANCELLED and facts.reopened:
        return Refusal(state, S.RECEIVED, M.SHOP, _REOPENED)
    return None


def _refusal(answer: Move | Refusal) -> Refusal | None:
    return answer if isinstance(answer, Refusal) else None


_REOPENED = (
    "it is open again in the shop, but its document in the back office is cancelled, and stays so. Enter it there anew "
    "by hand, or cancel it in the shop."
)
