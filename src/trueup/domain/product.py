"""Products and their facets: what an article is, what it costs, how many there are."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from trueup.domain.record import Amount, Kind, Model, Moment, Problem, Record, Ref, problems_from


class ProductType(StrEnum):
    """A variable product is the parent that carries the choices; a variant is one buyable choice of it."""

    SIMPLE = "simple"
    VARIABLE = "variable"
    VARIANT = "variant"


class Attribute(Model):
    """A property with its values. `for_variants` makes it a choice of a variable product."""

    name: str
    options: tuple[str, ...]
    for_variants: bool = False


class Choice(Model):
    """The one option that a variant has for an attribute of its parent."""

    name: str
    option: str


class Product(Record):
    """An article's master data, without price and stock.

    Only a variable product may lack a SKU. `tax_class` is a name that the mapping of the connection knows
    (`standard`, `reduced`, `zero`, ...); None leaves the follower's own. `categories` are paths (`Kitchen > Mugs`).
    `code` is the leader's own number of it beside the SKU, where people see one; `status` is the leader's own word
    for whether it is sold (`publish`, `draft`).
    """

    kind: ClassVar[Kind] = Kind.PRODUCT

    sku: str | None
    name: str
    type: ProductType = ProductType.SIMPLE
    parent: str | None = None
    attributes: tuple[Attribute, ...] = ()
    choices: tuple[Choice, ...] = ()
    description: str | None = None
    short_description: str | None = None
    tax_class: str | None = None
    gtin: str | None = None
    weight_kg: Amount | None = None
    manufacturer: str | None = None
    virtual: bool = False
    unit: str | None = None
    categories: tuple[str, ...] = ()
    code: str | None = None
    status: str | None = None

    @property
    def label(self) -> str:
        return self.sku or self.name or self.id

    @property
    def natural_key(self) -> str | None:
        return self.sku

    def refs(self) -> tuple[Ref, ...]:
        return (Ref(kind=Kind.PRODUCT, id=self.parent),) if self.parent else ()

    def problems(self) -> list[Problem]:
        return problems_from(self._checks())

    def _checks(self) -> list[tuple[str, bool, str]]:
        is_variant = self.type is ProductType.VARIANT
        return [
            (
                "sku",
                not self.sku and self.type is not ProductType.VARIABLE,
                "the SKU is missing. Give it a unique SKU.",
            ),
            ("name", not self.name.strip(), "the name is missing. Give the article a name."),
            ("parent", is_variant and not self.parent, "it is a variant, but its parent is missing. Name the parent."),
            ("parent", self.parent is not None and not is_variant, "it has a parent, but is not a variant."),
            ("parent", self.parent == self.id, "it is its own parent. Name another article as the parent."),
            ("choices", is_variant and not self.choices, "it is a variant without options such as size or colour."),
        ]


class Price(Record):
    """What one article costs, per unit, in one currency; tax included or not as `includes_tax` says (None: as the
    follower keeps its prices). `sale` of None means that there is no sale price, and clears one."""

    kind: ClassVar[Kind] = Kind.PRICE

    sku: str | None
    regular: Amount
    sale: Amount | None = None
    sale_from: Moment | None = None
    sale_to: Moment | None = None
    currency: str | None = None
    includes_tax: bool | None = None

    @property
    def label(self) -> str:
        return self.sku or self.id

    @property
    def natural_key(self) -> str | None:
        return self.sku

    def problems(self) -> list[Problem]:
        return problems_from(self._checks())

    def _checks(self) -> list[tuple[str, bool, str]]:
        ends_first = bool(self.sale_from and self.sale_to and self.sale_to <= self.sale_from)
        no_number = not self.regular.is_finite() or (self.sale is not None and not self.sale.is_finite())
        if no_number:
            return [("regular", True, "the price is not a number. Send it as digits with a point or comma.")]
        return [
            ("regular", self.regular < 0, f"the price {self.regular:f} is negative. Send 0 or more."),
            ("sale", self.sale is not None and self.sale < 0, f"the sale price {self.sale} is negative."),
            (
                "sale",
                self.sale is not None and self.sale >= self.regular,
                f"the sale price {self.sale} is not below the regular price {self.regular:f}; a shop would drop it.",
            ),
            ("sale_to", ends_first, "the sale ends before it begins. Correct its dates."),
        ]


class Stock(Record):
    """How many units of one article the leader has: `quantity` is what the connection's setting chose (on hand or
    available), `on_hand` what lies on its shelves, where it tells both. May be fractional where the leader counts by
    weight; a follower that cannot hold that refuses it."""

    kind: ClassVar[Kind] = Kind.STOCK

    sku: str | None
    quantity: Amount
    on_hand: Amount | None = None
    backorders: bool | None = None

    @property
    def label(self) -> str:
        return self.sku or self.id

    @property
    def natural_key(self) -> str | None:
        return self.sku

    def problems(self) -> list[Problem]:
        if self.quantity.is_finite():
            return []
        return [Problem(field="quantity", sentence="the stock is not a number. Send whole units, such as 12.")]
