"""Whether the order's status in the shop moves, now that the back office is so far with it. Pure.

A status mails the customer, so it is only written when it changes something, and never to undo what somebody else
decided: an order that is completed already, cancelled, refunded or binned keeps its status.
"""

from __future__ import annotations

from dataclasses import dataclass

from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.stages import TRASH, stage_of_status
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Stage

COMPLETED, CANCELLED = "completed", "cancelled"
_UNDER_WAY = frozenset({Stage.PLACED, Stage.ON_HOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The status to write, if any; `why` tells a person why it is none though one might expect it."""

    status: str | None = None
    why: str | None = None


STAYS = Move()


def move_of(status: str, fulfilment: Fulfilment, settings: Settings, *, half_shipped: bool = False) -> Move:
    """`half_shipped`: the packages hold only a part of some line."""
    wanted = _wanted(fulfilment, settings, half_shipped=half_shipped)
    if wanted.status is None or wanted.status == status:
        return wanted if wanted.status is None else STAYS
    if stage_of_status(status, settings) is Stage.COMPLETED:
        return STAYS
    if not _is_under_way(status, settings):
        return Move(why=f"The order's status {status} in the shop was left as it is.")
    return wanted


def _is_under_way(status: str, settings: Settings) -> bool:
    if status == TRASH:
        return False
    return stage_of_status(status, settings) in _UNDER_WAY or status in settings.order_statuses


def _wanted(fulfilment: Fulfilment, settings: Settings, *, half_shipped: bool) -> Move:
    if not fulfilment.document_number.strip():
        return Move(why="The order's status was not written: its document number is not known.")
    stage = fulfilment.stage
    if stage is FulfilmentStage.CANCELLED:
        return Move(status=CANCELLED) if settings.cancel_back == "status" else STAYS
    if stage is FulfilmentStage.PARTLY_SHIPPED:
        return Move(status=settings.partial_status or None)
    if stage is FulfilmentStage.PICKED:
        return Move(status=COMPLETED) if settings.complete_when == "picked" else STAYS
    return _wanted_when_shipped(fulfilment, settings, half_shipped) if stage is FulfilmentStage.SHIPPED else STAYS


def _wanted_when_shipped(fulfilment: Fulfilment, settings: Settings, half_shipped: bool) -> Move:
    if settings.complete_when == "never":
        return STAYS
    if half_shipped:
        text = "all of it counts as shipped, but the parcels hold only a part of a line. Check the shipment."
        return Move(why=f"The order was not completed: {text}")
    packages = fulfilment.packages
    if settings.complete_when == "tracking" and not (packages and all(package.is_tracked for package in packages)):
        return Move(why="The order becomes completed when every parcel has a tracking number.")
    return Move(status=COMPLETED)


def cancel_note(fulfilment: Fulfilment, status: str, settings: Settings) -> str | None:
    """What a person is told where a cancellation is not written by itself."""
    is_cancelled = fulfilment.stage is FulfilmentStage.CANCELLED
    if settings.cancel_back != "note" or not is_cancelled or not _is_under_way(status, settings):
        return None
    begin = f"{fulfilment.document_number} was cancelled in the back office."
    return f"{begin} Nothing was changed here: decide about the order, its payment and its stock."
