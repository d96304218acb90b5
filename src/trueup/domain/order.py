"""Orders, to the cent: every position with its exact net amount and its tax per rate."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from trueup.domain.customer import Address
from trueup.domain.record import Amount, Kind, Model, Moment, Problem, Record, Ref, fingerprint_of


class PositionType(StrEnum):
    """What a position of an order is: goods, shipping, a fee (which may be negative), or what the shop's total says on
    top of all of them (`cent_proof.balanced`)."""

    GOODS = "goods"
    SHIPPING = "shipping"
    FEE = "fee"
    ROUNDING = "rounding"


class Stage(StrEnum):
    """How far the shop says an order is, in the same words for every shop."""

    UNPAID = "unpaid"
    ON_HOLD = "on hold"
    PLACED = "placed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"


class TaxPart(Model):
    """The tax of one rate within one position, unrounded (up to six decimals)."""

    rate: str
    amount: Amount


class TaxRate(Model):
    """One tax rate of the order: its percentage, and the tax that the shop shows for goods and fees, and shipping."""

    id: str
    name: str
    percent: Amount
    compound: bool = False
    tax: Amount
    shipping_tax: Amount


class Position(Model):
    """One line of the order, net amounts as the shop stores them (up to six decimals), before and after coupons.

    `product` points at the variant that was bought, never only at its parent; None for an article that the shop no
    longer knows, and for shipping and fees. `part_of` is the line of the bundle that this one came with; either of
    them may carry the price.
    """

    id: str
    type: PositionType
    name: str
    product: Ref | None = None
    sku: str | None = None
    quantity: Amount = Decimal(1)
    subtotal: Amount
    total: Amount
    taxes: tuple[TaxPart, ...] = ()
    tax_class: str | None = None
    method: str | None = None
    part_of: str | None = None

    @property
    def tax(self) -> Decimal:
        return sum((part.amount for part in self.taxes), Decimal(0))


class Coupon(Model):
    """A coupon and the discount (net) that the shop says it gave; the positions' totals already contain it."""

    code: str
    discount: Amount


class Order(Record):
    """An order as the shop has it.

    `total` and `total_tax` are what the customer pays, in the currency's `decimals`. `status` is the shop's own text,
    `stage` what it means; `ready` says that it is, or has been, in a status in which the connection takes orders over.
    These, `paid_at` and the shop's way of rounding may change without changing what was ordered, so they do not count
    for the fingerprint; whether the order is cancelled does.
    """

    kind: ClassVar[Kind] = Kind.ORDER
    unhashed: ClassVar[frozenset[str]] = frozenset({"status", "stage", "ready", "paid_at", "round_at_subtotal"})

    number: str
    status: str
    stage: Stage = Stage.PLACED
    ready: bool = True
    currency: str
    decimals: int = 2
    created_at: Moment
    paid_at: Moment | None = None
    customer: Ref | None = None
    billing: Address
    shipping: Address
    positions: tuple[Position, ...]
    coupons: tuple[Coupon, ...] = ()
    rates: tuple[TaxRate, ...] = ()
    prices_include_tax: bool = False
    round_at_subtotal: bool | None = None
    total: Amount
    total_tax: Amount
    payment_method: str | None = None
    payment_title: str | None = None
    transaction_id: str | None = None
    note: str | None = None
    reference: str

    @property
    def label(self) -> str:
        return self.number

    @property
    def natural_key(self) -> str | None:
        return self.reference

    @property
    def is_cancelled(self) -> bool:
        return self.stage in (Stage.CANCELLED, Stage.FAILED)

    def fingerprint(self) -> str:
        content = self.model_dump_json(exclude=set(self.unhashed))
        return fingerprint_of(f"{content}cancelled" if self.is_cancelled else content)

    def refs(self) -> tuple[Ref, ...]:
        goods = (p.product for p in self.positions if p.product)
        return tuple(dict.fromkeys([*([self.customer] if self.customer else []), *goods]))

    def ref_keys(self) -> dict[Ref, str]:
        return {p.product: p.sku for p in self.positions if p.product and p.sku}

    def problems(self) -> list[Problem]:
        found = [
            Problem(
                field=f"line {position.id}",
                sentence=f'the article of line "{position.name}" no longer exists in the shop. '
                "Enter the order by hand, or skip it with a reason.",
            )
            for position in self.positions
            if position.type is PositionType.GOODS and position.product is None
        ]
        if not self.positions:
            found.append(Problem(field="lines", sentence="the order has no lines. Skip it with a reason."))
        return found


class Receipt(Record):
    """A follower's answer to an order: the document that it made of it. The id is the document's in that follower."""

    kind: ClassVar[Kind] = Kind.RECEIPT

    document_number: str
    system: str
    order_number: str

    @property
    def label(self) -> str:
        return self.document_number
