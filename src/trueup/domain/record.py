"""What every record has in common: its kind, its reference, its problems and its fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer


class Kind(StrEnum):
    """The kinds of record. A receipt is a follower's answer to an order: its document number; a customer number is
    its answer to a customer. Fulfilment and refund are about one order each, and hold all of it."""

    PRODUCT = "product"
    PRICE = "price"
    STOCK = "stock"
    CUSTOMER = "customer"
    ORDER = "order"
    RECEIPT = "receipt"
    FULFILMENT = "fulfilment"
    REFUND = "refund"
    CUSTOMER_NUMBER = "customer number"

    @property
    def thing(self) -> Kind:
        """The kind whose link this kind shares: price and stock are facets of one product, a fulfilment of an order."""
        return _THING.get(self, self)


_THING = {
    Kind.PRICE: Kind.PRODUCT,
    Kind.STOCK: Kind.PRODUCT,
    Kind.RECEIPT: Kind.ORDER,
    Kind.FULFILMENT: Kind.ORDER,
    Kind.REFUND: Kind.ORDER,
    Kind.CUSTOMER_NUMBER: Kind.CUSTOMER,
}

ANSWERS = frozenset({Kind.RECEIPT, Kind.CUSTOMER_NUMBER})
"""Kinds that nobody reads: they are made here of what a follower answered, and go back to the leader."""


def _plain(value: Decimal) -> Decimal:
    """12.50 and 12.5 are one amount, so that they have one fingerprint; so are 0 and -0. Every digit is kept."""
    if value.is_zero():
        return Decimal(0)
    if not value.is_finite():
        return value
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the date is out of range") from None


Amount = Annotated[Decimal, AfterValidator(_plain), PlainSerializer(lambda d: format(d, "f"), return_type=str)]
"""An exact decimal number, never a float; serialised as plain text without trailing zeros."""

Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A point in time; given in any zone, kept in UTC, so that it has one fingerprint."""


class Model(BaseModel):
    """A frozen value. Unknown is None, never 0 or an empty string."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ref(Model):
    """Points at a thing by its kind and its id in the system that the record came from."""

    kind: Kind
    id: str

    def __hash__(self) -> int:
        return hash((self.kind, self.id))


class Problem(Model):
    """What is wrong with one field of a record, in a sentence that says what to do."""

    field: str
    sentence: str


class Record(Model):
    """One canonical object as its leading system has it.

    `id` is the leader's own id of the thing, opaque to everybody else. A price and a stock record carry the id
    of the product that they belong to.
    """

    kind: ClassVar[Kind]
    unhashed: ClassVar[frozenset[str]] = frozenset()

    id: str

    @property
    def ref(self) -> Ref:
        return Ref(kind=self.kind.thing, id=self.id)

    @property
    def label(self) -> str:
        """What a person calls it: a SKU, an order number, a name."""
        return self.id

    @property
    def natural_key(self) -> str | None:
        """The key by which another system may know the same thing (SKU); None if there is none."""
        return None

    def refs(self) -> tuple[Ref, ...]:
        """The other things that must be linked before this record can be written anywhere."""
        return ()

    def ref_keys(self) -> dict[Ref, str]:
        """The natural keys (SKU) by which a follower may know what `refs` names, where this record tells them."""
        return {}

    def problems(self) -> list[Problem]:
        """What is wrong with the record itself; never raises."""
        return []

    def payload(self) -> str:
        """The record as JSON, the same text for the same content."""
        return self.model_dump_json()

    def fingerprint(self) -> str:
        """Changes exactly when something changes that a follower could be told about."""
        body = self.model_dump_json(exclude=set(self.unhashed)) if self.unhashed else self.payload()
        return fingerprint_of(body)


def problems_from(checks: Iterable[tuple[str, bool, str]]) -> list[Problem]:
    """The problems of those checks (field, whether it is wrong, sentence) that found something wrong."""
    return [Problem(field=field, sentence=sentence) for field, wrong, sentence in checks if wrong]


def fingerprint_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
