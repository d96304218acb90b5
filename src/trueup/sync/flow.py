"""What a flow is made of, and the lanes that its deliveries travel in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from trueup.domain.record import Kind, Model
from trueup.domain.sellable import StockPolicy

OVERLAP = timedelta(minutes=5)

LANES: Mapping[Kind, str] = {
    Kind.PRODUCT: "catalogue",
    Kind.PRICE: "catalogue",
    Kind.STOCK: "catalogue",
    Kind.CUSTOMER: "orders",
    Kind.ORDER: "orders",
    Kind.RECEIPT: "orders",
    Kind.FULFILMENT: "orders",
    Kind.REFUND: "orders",
    Kind.CUSTOMER_NUMBER: "orders",
}
"""Kinds that land in one remote object, or that wait for each other, travel in one lane: in order, merged."""


class FlowSettings(Model):
    """The policies of one flow.

    `overlap_minutes`: how far before the newest change seen the next read begins. `write_back`: the follower's document
    number is written to the leader's order. `min_age_minutes`: younger orders are not transferred yet, because
    payment plugins write late. `stock`: how the followers of a stock flow share it.
    """

    overlap_minutes: int = Field(default=5, ge=0, le=7 * 24 * 60)
    write_back: bool = False
    min_age_minutes: int = Field(default=0, ge=0, le=30 * 24 * 60)
    stock: StockPolicy = StockPolicy()

    @property
    def overlap(self) -> timedelta:
        return timedelta(minutes=self.overlap_minutes)

    @property
    def min_age(self) -> timedelta:
        return timedelta(minutes=self.min_age_minutes)


def settings_of(stored: Mapping[str, Any]) -> FlowSettings:
    return FlowSettings.model_validate(dict(stored))


def since(cursor: datetime | None, overlap: timedelta) -> datetime | None:
    """Where to read from: a little before the newest change already taken in.

    The overlap covers clocks that differ and systems that save several changes in one second; what is read twice is
    recognised by its hash and goes no further.
    """
    return None if cursor is None else cursor - overlap


def collect_lane(flow_id: int) -> str:
    """The name of the lease that one run of this flow holds."""
    return f"collect:{flow_id}"


def deliver_lane(follower_id: int, lane: str) -> str:
    """The name of the lease that one deliverer of this lane holds."""
    return f"deliver:{follower_id}:{lane}"
