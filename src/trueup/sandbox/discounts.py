"""How the shop splits coupons over lines, cent by cent.

Lines are discounted in the order of their price per piece, dearest first; amounts are in the smallest unit of
the currency ("cents"), with decimals below it where prices have them. Percent coupons are rounded down per line
and the lost cents are given back one by one from the first line on; cart coupons are spread evenly over the
pieces until nothing is left. Prices are gross in shops whose prices include tax, else net.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trueup.sandbox.rounding import ZERO, from_float, half_down, places, stored_decimals, total

PRODUCT_TYPES = ("percent", "fixed_product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What money and coupons need to know of a product or variation; ``price`` as the shop's prices are kept."""

    id: int
    price: Decimal
    tax_status: str = "taxable"
    tax_class: str = ""
    parent_id: int = 0
    on_sale: bool = False
    category_ids: tuple[int, ...] = ()

    @property
    def ids(self) -> set[int]:
        return {self.id, self.parent_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon as the shop keeps it; ids 0 are coupons that exist no more, known from the order only."""

    id: int
    code: str
    amount: Decimal
    discount_type: str
    product_ids: tuple[int, ...] = ()
    excluded_product_ids: tuple[int, ...] = ()
    product_categories: tuple[int, ...] = ()
    excluded_product_categories: tuple[int, ...] = ()
    exclude_sale_items: bool = False
    limit_usage_to_x_items: int | None = None
    minimum_amount: Decimal = ZERO
    maximum_amount: Decimal = ZERO
    usage_limit: int | None = None
    usage_limit_per_user: int | None = None
    usage_count: int = 0
    free_shipping: bool = False
    email_restrictions: tuple[str, ...] = ()

    def covers(self, article: Article | None) -> bool:
        """Does the coupon lower the price of this article? Cart coupons never do: they lower the cart's."""
        if self.discount_type not in PRODUCT_TYPES or article is None:
            return False
        return self._wanted(article) and not self._unwanted(article)

    def _wanted(self, article: Article) -> bool:
        if not self.product_ids and not self.product_categories:
            return True
        return bool(article.ids & set(self.product_ids)) or bool(
            set(article.category_ids) & set(self.product_categories)
        )

    def _unwanted(self, article: Article) -> bool:
        excluded = bool(article.ids & set(self.excluded_product_ids))
        in_excluded = bool(set(article.category_ids) & set(self.excluded_product_categories))
        return excluded or in_excluded or (self.exclude_sale_items and article.on_sale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discountable:
    """One line as coupons see it: ``price`` of the whole line, in cents."""

    key: int
    article: Article | None
    quantity: int
    price: Decimal


@dataclass(slots=True, kw_only=True)
class Discounts:
    """Coupons applied one after the other to the same lines; what each took off which line, in cents."""

    lines: list[Discountable]
    sequential: bool
    """Does a percent coupon start from what earlier coupons left?"""
    decimals: int
    given: dict[str, dict[int, Decimal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines.sort(key=lambda line: line.price / (line.quantity or 1), reverse=True)

    def apply(self, coupon: Coupon) -> None:
        self.given.setdefault(coupon.code, {line.key: ZERO for line in self.lines})
        lines = [line for line in self.lines if self._takes(coupon, line)]
        if coupon.discount_type == "percent":
            self._percent(coupon, lines)
        elif coupon.discount_type == "fixed_product":
            self._per_piece(coupon, lines, coupon_cents(coupon, self.decimals))
        else:
            self._cart(coupon, lines, coupon_cents(coupon, self.decimals))

    def by_line(self) -> dict[int, Decimal]:
        """Cents off per line, all coupons together."""
        return {line.key: total(taken[line.key] for taken in self.given.values()) for line in self.lines}

    def left(self, line: Discountable) -> int:
        """What is left of the line's price, in whole cents and never negative."""
        taken = total(amounts[line.key] for amounts in self.given.values())
        return abs(int(places(line.price - taken, 0)))

    def _takes(self, coupon: Coupon, line: Discountable) -> bool:
        if self.left(line) == 0 or line.quantity <= 0:
            return False
        return coupon.covers(line.article) or coupon.discount_type == "fixed_cart"

    def _percent(self, coupon: Coupon, lines: Sequence[Discountable]) -> None:
        rate = float(coupon.amount) / 100
        pieces, taken, basis = _Pieces(coupon), ZERO, 0.0
        for line in lines:
            left = self.left(line)
            price = float(left if self.sequential else places(line.price, 0))
            price = price / line.quantity * pieces.of(line)
            # Floats on purpose: the shop loses a cent here now and then, and gives it back below.
            discount = half_down(min(Decimal(left), Decimal(math.floor(price * rate))), 0)
            basis += price
            taken += discount
            self.given[coupon.code][line.key] += discount
        owed = half_down(from_float(basis * rate), 0)
        if taken < owed:
            self._cent_by_cent(coupon, lines, owed - taken)

    def _per_piece(self, coupon: Coupon, lines: Sequence[Discountable], amount: Decimal) -> Decimal:
        pieces, taken = _Pieces(coupon), ZERO
        for line in lines:
            each = min(amount, line.price / line.quantity) if pieces.limit else amount
            discount = min(Decimal(self.left(line)), each * pieces.of(line))
            taken += discount
            self.given[coupon.code][line.key] += discount
        return taken

    def _cart(self, coupon: Coupon, lines: Sequence[Discountable], amount: Decimal) -> None:
        lines = [line for line in lines if self.left(line) > 0]
        count = sum(line.quantity for line in lines)
        if not count or not amount:
            return
        each = Decimal(int(amount / count))
        if each == 0:
            self._cent_by_cent(coupon, lines, amount)
            return
        taken = self._per_piece(coupon, lines, each)
        if ZERO < taken < amount:
            self._cart(coupon, lines, amount - taken)

    def _cent_by_cent(self, coupon: Coupon, lines: Sequence[Discountable], amount: Decimal) -> None:
        taken = 0
        for line in lines:
            for _ in range(line.quantity):
                cent = min(self.left(line), 1)
                taken += cent
                self.given[coupon.code][line.key] += cent
                if taken >= amount:
                    return


class _Pieces:
    """How many pieces of each line a coupon still covers."""

    def __init__(self, coupon: Coupon) -> None:
        self.limit = coupon.limit_usage_to_x_items or 0
        self._used = 0

    def of(self, line: Discountable) -> int:
        left = max(0, self.limit - self._used) if self.limit else line.quantity
        count = min(left, line.quantity)
        self._used += count
        return count


def coupon_cents(coupon: Coupon, decimals: int) -> Decimal:
    return cents(coupon.amount, decimals)


def cents(amount: Decimal, decimals: int) -> Decimal:
    """Money in the smallest unit, with the decimals below it that the database keeps."""
    return places(amount.scaleb(decimals), stored_decimals(decimals) - decimals)


def from_cents(amount: Decimal, decimals: int) -> Decimal:
    return amount.scaleb(-decimals)
