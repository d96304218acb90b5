"""Refunds: what was given back of an order, all of one order in one record."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from trueup.domain.order import PositionType, TaxPart
from trueup.domain.record import Amount, Kind, Model, Moment, Problem, Record, Ref


class RefundLine(Model):
    """A part of one position that was given back: units (0 for a price reduction), net amount, tax per rate, all
    positive. `line` is the id of the order's position in the system that the record came from, `sold` how many units
    of it were ordered (None: unknown)."""

    line: str | None = None
    type: PositionType = PositionType.GOODS
    product: Ref | None = None
    sku: str | None = None
    name: str = ""
    quantity: Amount = Decimal(0)
    sold: Amount | None = None
    total: Amount
    taxes: tuple[TaxPart, ...] = ()

    @property
    def tax(self) -> Decimal:
        return sum((part.amount for part in self.taxes), Decimal(0))


class Refund(Model):
    """One refund. `amount` is what the customer gets back, tax included, positive; lines may explain all of it, a
    part, or nothing. `reference` (`WC-REFUND-77`) is what another system finds it by, and never changes."""

    id: str
    reference: str
    created_at: Moment | None = None
    amount: Amount
    reason: str | None = None
    lines: tuple[RefundLine, ...] = ()

    @property
    def explained(self) -> Decimal:
        """What its lines come to, tax included."""
        return sum((line.total + line.tax for line in self.lines), Decimal(0))


class OrderRefunds(Record):
    """All refunds of one order, oldest first; the id is the order's (or its document's) in the leading system."""

    kind: ClassVar[Kind] = Kind.REFUND

    order_number: str
    currency: str
    decimals: int = 2
    order_total: Amount
    refunds: tuple[Refund, ...]

    @property
    def label(self) -> str:
        return self.order_number

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))

    def refs(self) -> tuple[Ref, ...]:
        return tuple(dict.fromkeys(line.product for line in self._lines() if line.product))

    def ref_keys(self) -> dict[Ref, str]:
        return {line.product: line.sku for line in self._lines() if line.product and line.sku}

    def problems(self) -> list[Problem]:
        if self.refunded > self.order_total:
            given, paid = f"{self.refunded:f} {self.currency}", f"{self.order_total:f} {self.currency}"
            text = f"{given} were refunded of an order over {paid}. Correct the refunds, or skip this with a reason."
            return [Problem(field="amount", sentence=text)]
        return list(self._too_many())

    def _too_many(self) -> Iterable[Problem]:
        """A shop may take a refund of fifty units of which one was sold."""
        returned: dict[str, Decimal] = {}
        for line in self._lines():
            if line.line and line.sold is not None:
                returned[line.line] = returned.get(line.line, Decimal(0)) + line.quantity
        last = {line.line: line for line in self._lines() if line.line in returned}
        for id, quantity in returned.items():
            sold, name = last[id].sold or Decimal(0), last[id].name or last[id].sku or id
            if quantity > sold:
                text = (
                    f'{quantity:f} units of "{name}" were given back, and {sold:f} were sold. Correct the refunds, or'
                )
                yield Problem(field="quantity", sentence=f"{text} skip this with a reason.")

    def _lines(self) -> Iterable[RefundLine]:
        return (line for refund in self.refunds for line in refund.lines)
