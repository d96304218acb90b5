"""Fulfilments: how far the back office is with an order, and what it has sent, all of one order in one record."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from trueup.domain.record import Amount, Kind, Model, Moment, Problem, Record, Ref


class FulfilmentStage(StrEnum):
    """How far the back office is with an order; `PICKED`: all of it is taken from the shelves, nothing is sent."""

    OPEN = "open"
    IN_WORK = "in work"
    PICKED = "picked"
    PARTLY_SHIPPED = "partly shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class ShippedLine(Model):
    """So many units of one article in a package. `line` is the shop's id of the order line, where the back office
    kept it; else the article tells."""

    product: Ref | None = None
    sku: str | None = None
    line: str | None = None
    quantity: Amount


class Package(Model):
    """What left the warehouse as one parcel. `id` is the back office's own and never changes; the tracking number may
    come later. `url` is where the parcel can be followed."""

    id: str
    lines: tuple[ShippedLine, ...] = ()
    tracking_number: str | None = None
    carrier: str | None = None
    url: str | None = None
    shipped_at: Moment | None = None
    delivery_note: str | None = None

    @property
    def is_tracked(self) -> bool:
        return bool(self.tracking_number or self.url)


class Fulfilment(Record):
    """Everything that the back office did with one order so far; the id is the document's in the back office.

    Absolute: a second parcel is a second package beside the first, and a repeat of the record changes nothing.
    `invoices` are the numbers of its invoices.
    """

    kind: ClassVar[Kind] = Kind.FULFILMENT

    document_number: str
    stage: FulfilmentStage
    packages: tuple[Package, ...] = ()
    invoices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.document_number

    def refs(self) -> tuple[Ref, ...]:
        lines = (line.product for package in self.packages for line in package.lines)
        return tuple(dict.fromkeys(ref for ref in lines if ref))

    def ref_keys(self) -> dict[Ref, str]:
        return {line.product: line.sku for line in self._lines() if line.product and line.sku}

    def problems(self) -> list[Problem]:
        if all(line.quantity.is_finite() and line.quantity > 0 for line in self._lines()):
            return []
        return [Problem(field="lines", sentence="a parcel holds a quantity that is not above 0. Correct the shipment.")]

    @property
    def shipped(self) -> Decimal:
        """How many units of goods have left so far."""
        return sum((line.quantity for line in self._lines()), Decimal(0))

    def _lines(self) -> Iterable[ShippedLine]:
        return (line for package in self.packages for line in package.lines)
