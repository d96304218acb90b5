"""What an order costs, computed as WooCommerce 10.5 does it for orders made through the REST API.

Pure functions on Decimal: no clock, no database. An ``OrderSum`` holds positions as the shop stores them: line,
fee and shipping totals are always **net** and unrounded (six decimals), also when the shop's prices include tax.
``calculate`` fills in every tax and total; ``apply_coupon`` splits a coupon over the lines and calculates again.
The rules were found in, and are held to, the recorded orders of ``tests/recordings/golden_orders``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from trueup.sandbox.discounts import Article, Coupon, Discountable, Discounts, cents, from_cents
from trueup.sandbox.rounding import ZERO, half_down, places, stored, total
from trueup.sandbox.tax_math import (
    STANDARD,
    Place,
    Taxes,
    TaxRate,
    merged,
    rates_at,
    shipping_rates_at,
    taxes_on,
    taxes_within,
)

TAXABLE = "taxable"
TAX_CLASSES = ("reduced-rate", "zero-rate")
ClassCosts: TypeAlias = dict[str | None, Decimal]
"""Net cost of the positions per tax class; None for those without tax."""
LOCAL_PICKUP = ("legacy_local_pickup", "local_pickup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """The shop's settings that decide about money, and its tax rates.

    ``tax_classes`` are slugs in the shop's order, the standard class (empty slug) left out.
    """

    base: Place
    rates: tuple[TaxRate, ...] = ()
    decimals: int = 2
    calc_taxes: bool = True
    prices_include_tax: bool = False
    round_at_subtotal: bool = False
    tax_based_on: str = "shipping"
    shipping_tax_class: str = "inherit"
    tax_classes: tuple[str, ...] = TAX_CLASSES
    sequential_discounts: bool = False

    @classmethod
    def from_options(
        cls, options: Mapping[str, str], rates: Iterable[TaxRate], tax_classes: Iterable[str] | None = None
    ) -> Tariff:
        """From the shop's options (``woocommerce_prices_include_tax`` ...) as the settings API shows them."""
        country, _, state = options["woocommerce_default_country"].partition(":")
        postcode, city = options.get("woocommerce_store_postcode", ""), options.get("woocommerce_store_city", "")
        return cls(
            base=Place(country=country, state=state, postcode=postcode, city=city),
            rates=tuple(rates),
            decimals=int(options.get("woocommerce_price_num_decimals", "2")),
            calc_taxes=options.get("woocommerce_calc_taxes") == "yes",
            prices_include_tax=options.get("woocommerce_prices_include_tax") == "yes",
            round_at_subtotal=options.get("woocommerce_tax_round_at_subtotal") == "yes",
            tax_based_on=options.get("woocommerce_tax_based_on", "shipping"),
            shipping_tax_class=options.get("woocommerce_shipping_tax_class", "inherit"),
            tax_classes=TAX_CLASSES if tax_classes is None else tuple(tax_classes),
            sequential_discounts=options.get("woocommerce_calc_discounts_sequentially") == "yes",
        )

    def position(self, amount: Decimal) -> Decimal:
        """An amount of one position as it goes into a sum: rounded, unless the shop rounds at the subtotal."""
        return amount if self.round_at_subtotal else places(amount, self.decimals)

    def tax(self, amount: Decimal) -> Decimal:
        """A tax rounded to the currency: halves go down in shops whose prices include tax."""
        return half_down(amount, self.decimals) if self.prices_include_tax else places(amount, self.decimals)

    def position_tax(self, amount: Decimal) -> Decimal:
        return amount if self.round_at_subtotal else self.tax(amount)

    def stored(self, amount: Decimal) -> Decimal:
        return stored(amount, self.decimals)

    def taxes_on(self, net: Decimal, tax_class: str, place: Place) -> Taxes:
        return taxes_on(net, rates_at(self.rates, place, tax_class), self.decimals)

    def tax_within(self, gross: Decimal, tax_class: str, place: Place) -> Decimal:
        return total(taxes_within(gross, rates_at(self.rates, place, tax_class), self.decimals).values())


@dataclass(slots=True, kw_only=True)
class Line:
    """One product line; ``subtotal`` before and ``total`` after coupons, both net of the whole quantity."""

    key: int
    article: Article | None = None
    quantity: int = 1
    tax_class: str = STANDARD
    tax_status: str = TAXABLE
    subtotal: Decimal = ZERO
    total: Decimal = ZERO
    subtotal_taxes: Taxes = field(default_factory=dict)
    taxes: Taxes = field(default_factory=dict)
    subtotal_tax: Decimal = ZERO
    total_tax: Decimal = ZERO

    def price(self) -> float:
        """Net per piece as the API shows it: a float, after discount."""
        return float(self.total) / self.quantity if self.quantity else 0.0


@dataclass(slots=True, kw_only=True)
class Fee:
    """A surcharge, or with a negative total a discount whose tax is shared out over the classes of the order."""

    total: Decimal
    tax_class: str = STANDARD
    tax_status: str = TAXABLE
    taxes: Taxes = field(default_factory=dict)
    total_tax: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class Shipping:
    """A shipping line; its tax class is the shop's, never its own."""

    total: Decimal
    method_id: str = ""
    tax_status: str = TAXABLE
    taxes: Taxes = field(default_factory=dict)
    total_tax: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class CouponSum:
    """What one coupon took off the order, net, and the tax on that."""

    coupon: Coupon
    discount: Decimal = ZERO
    discount_tax: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class TaxSum:
    """A row of ``tax_lines``: one rate's tax on goods and fees, and on shipping."""

    rate_id: int
    tax_total: Decimal = ZERO
    shipping_tax_total: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class OrderSum:
    """The money of one order; totals are filled by ``calculate``."""

    place: Place
    lines: list[Line] = field(default_factory=list)
    fees: list[Fee] = field(default_factory=list)
    shipping: list[Shipping] = field(default_factory=list)
    coupons: list[CouponSum] = field(default_factory=list)
    tax_lines: list[TaxSum] = field(default_factory=list)
    vat_exempt: bool = False
    prices_include_tax: bool = False
    discount_total: Decimal = ZERO
    discount_tax: Decimal = ZERO
    shipping_total: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    cart_tax: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO


def tax_place(tariff: Tariff, billing: Place, shipping: Place, method_ids: Iterable[str]) -> Place:
    """Where an order is taxed: as the shop's option says, the shop itself for pick-up and without a country."""
    chosen = billing if tariff.tax_based_on == "billing" or not shipping.country else shipping
    picked_up = any(method in LOCAL_PICKUP for method in method_ids)
    if picked_up or tariff.tax_based_on == "base" or not chosen.country:
        return tariff.base
    return chosen


def price_without_tax(tariff: Tariff, article: Article, quantity: int) -> Decimal:
    """Net of ``quantity`` pieces: the tax of the shop's own place is taken out, whatever the customer's is."""
    gross = article.price * quantity
    if not (tariff.prices_include_tax and tariff.calc_taxes and article.tax_status == TAXABLE):
        return tariff.stored(gross)
    return tariff.stored(gross - tariff.tax_within(gross, article.tax_class, tariff.base))


def calculate(order: OrderSum, tariff: Tariff, costs: ClassCosts | None = None) -> None:
    """Fill in all taxes and totals from the nets of the positions; cuts negative fees to what is left.

    ``costs``: what the tax of negative fees is shared out over; left out, the order as it stands.
    """
    goods = total(tariff.position(line.total) for line in order.lines)
    order.shipping_total = total(places(line.total, tariff.decimals) for line in order.shipping)
    fees = _cut_fees(order, tariff, goods)
    calculate_taxes(order, tariff, costs or costs_per_class(order, tariff))
    before = total(tariff.position(line.subtotal) for line in order.lines)
    order.discount_total = places(before - goods, tariff.decimals)
    order.discount_tax = tariff.tax(
        total(total(line.subtotal_taxes.values()) - total(line.taxes.values()) for line in order.lines)
    )
    everything = goods + fees + order.shipping_total + order.cart_tax + order.shipping_tax
    order.total = places(everything, tariff.decimals)


def calculate_taxes(order: OrderSum, tariff: Tariff, costs: ClassCosts) -> None:
    """The taxes of every position, and the rows of ``tax_lines``."""
    taxed = tariff.calc_taxes and not order.vat_exempt
    for line in order.lines:
        _tax_line(line, order.place, tariff, taxed and line.tax_status == TAXABLE)
    for fee in order.fees:
        fee.taxes = _fee_taxes(fee, order.place, tariff, costs) if taxed else {}
        fee.total_tax = _sum_of(fee.taxes, tariff)
    shipping_class = shipping_tax_class(order, tariff)
    for shipping in order.shipping:
        shipping.taxes = _shipping_taxes(shipping, order, tariff, shipping_class) if taxed else {}
        shipping.total_tax = _sum_of(shipping.taxes, tariff)
    sum_taxes(order, tariff)


def sum_taxes(order: OrderSum, tariff: Tariff) -> None:
    """Add up the positions' taxes per rate; with rounding per line each position's tax is rounded first."""
    positions: list[Line | Fee] = [*order.lines, *order.fees]
    cart = merged(*(_rounded(position.taxes, tariff) for position in positions))
    shipping = merged(*(_rounded(line.taxes, tariff) for line in order.shipping))
    known = [row.rate_id for row in order.tax_lines if row.rate_id in cart or row.rate_id in shipping]
    rate_ids = list(dict.fromkeys([*known, *cart, *shipping]))
    order.tax_lines = [
        TaxSum(rate_id=id_, tax_total=cart.get(id_, ZERO), shipping_tax_total=shipping.get(id_, ZERO))
        for id_ in rate_ids
    ]
    order.cart_tax = tariff.stored(total(cart.values()))
    order.shipping_tax = tariff.stored(total(shipping.values()))
    order.total_tax = places(order.cart_tax + order.shipping_tax, tariff.decimals)


def shipping_tax_class(order: OrderSum, tariff: Tariff) -> str | None:
    """The class that shipping is taxed with; None: not at all.

    ``inherit`` takes the first class among the order's goods, in the shop's order of classes. An order without
    goods has none to inherit.
    """
    if tariff.shipping_tax_class != "inherit":
        return tariff.shipping_tax_class
    found = {line.tax_class for line in order.lines if line.tax_status in (TAXABLE, "shipping")}
    return next((slug for slug in (STANDARD, *tariff.tax_classes) if slug in found), None)


def apply_coupon(order: OrderSum, tariff: Tariff, coupon: Coupon) -> None:
    """Add a coupon and split all coupons of the order anew; line totals start again from the subtotals."""
    order.coupons.append(CouponSum(coupon=coupon))
    recalculate_coupons(order, tariff)


def recalculate_coupons(order: OrderSum, tariff: Tariff) -> None:
    """Split all coupons anew. The tax of negative fees follows the lines as they were before, as in the real shop."""
    costs = costs_per_class(order, tariff)
    discounts = Discounts(
        lines=[_discountable(line, order, tariff) for line in order.lines],
        sequential=tariff.sequential_discounts,
        decimals=tariff.decimals,
    )
    for row in order.coupons:
        discounts.apply(row.coupon)
    for row in order.coupons:
        _sum_coupon(row, discounts.given[row.coupon.code], order, tariff)
    taken = discounts.by_line()
    for line in order.lines:
        off = _net_of(from_cents(taken[line.key], tariff.decimals), line, order, tariff)
        line.total = tariff.stored(max(ZERO, line.subtotal - off))
    calculate(order, tariff, costs)


def _discountable(line: Line, order: OrderSum, tariff: Tariff) -> Discountable:
    price = cents(line.subtotal, tariff.decimals)
    if order.prices_include_tax:
        price += cents(line.subtotal_tax, tariff.decimals)
    return Discountable(key=line.key, article=line.article, quantity=line.quantity, price=price)


def _net_of(amount: Decimal, line: Line, order: OrderSum, tariff: Tariff) -> Decimal:
    """A discount without its tax: off the gross price means less off the net."""
    if not (order.prices_include_tax and tariff.calc_taxes and line.tax_status == TAXABLE):
        return amount
    return amount - tariff.tax_within(amount, line.tax_class, order.place)


def _sum_coupon(row: CouponSum, taken: Mapping[int, Decimal], order: OrderSum, tariff: Tariff) -> None:
    amounts = {key: from_cents(value, tariff.decimals) for key, value in taken.items()}
    taxes = total(
        tariff.position_tax(_discount_tax(amounts[line.key], line, order, tariff))
        for line in order.lines
        if line.tax_status == TAXABLE and tariff.calc_taxes
    )
    gross = total(amounts.values())
    row.discount = tariff.stored(gross - taxes if order.prices_include_tax else gross)
    row.discount_tax = tariff.stored(taxes)


def _discount_tax(amount: Decimal, line: Line, order: OrderSum, tariff: Tariff) -> Decimal:
    if order.prices_include_tax:
        return tariff.tax_within(amount, line.tax_class, order.place)
    return total(tariff.taxes_on(amount, line.tax_class, order.place).values())


def _cut_fees(order: OrderSum, tariff: Tariff, goods: Decimal) -> Decimal:
    """The sum of the fees, each negative one cut to what is left of the order; with nothing left it is not cut."""
    fees = ZERO
    for fee in order.fees:
        if fee.total < 0:
            left = places(goods + fees + order.shipping_total, tariff.decimals)
            if left > 0:
                fee.total = max(fee.total, -left)
        fees += fee.total
    return fees


def _tax_line(line: Line, place: Place, tariff: Tariff, taxed: bool) -> None:
    line.taxes = tariff.taxes_on(line.total, line.tax_class, place) if taxed else {}
    line.subtotal_taxes = tariff.taxes_on(line.subtotal, line.tax_class, place) if taxed else {}
    line.total_tax = _sum_of(line.taxes, tariff)
    line.subtotal_tax = _sum_of(line.subtotal_taxes, tariff)


def _fee_taxes(fee: Fee, place: Place, tariff: Tariff, costs: ClassCosts) -> Taxes:
    if fee.total >= 0:
        return tariff.taxes_on(fee.total, fee.tax_class, place) if fee.tax_status == TAXABLE else {}
    everything = total(costs.values())
    shares = [
        tariff.taxes_on(fee.total * (cost / everything), tax_class, place)
        for tax_class, cost in costs.items()
        if tax_class is not None
    ]
    return merged(*shares)


def costs_per_class(order: OrderSum, tariff: Tariff) -> ClassCosts:
    """What the positions cost per tax class, None for untaxed ones; negative fees and empty classes left out."""
    classes = list(dict.fromkeys(line.tax_class for line in order.lines if line.tax_status in (TAXABLE, "shipping")))
    costs: ClassCosts = dict.fromkeys([*classes, None], ZERO)
    for tax_class, cost in _class_costs(order, tariff, classes):
        costs[tax_class] = costs.get(tax_class, ZERO) + cost
    return {tax_class: cost for tax_class, cost in costs.items() if cost}


def _class_costs(order: OrderSum, tariff: Tariff, classes: Sequence[str]) -> Iterable[tuple[str | None, Decimal]]:
    inherit = tariff.shipping_tax_class == "inherit"
    shipping_class = (classes[0] if classes else STANDARD) if inherit else tariff.shipping_tax_class
    taxed: list[Line | Fee] = [*order.lines, *order.fees]
    positions = [(one.tax_status, one.tax_class, one.total) for one in taxed]
    positions += [(line.tax_status, shipping_class, line.total) for line in order.shipping]
    for tax_status, tax_class, amount in positions:
        if amount >= 0:
            yield (tax_class if tax_status == TAXABLE else None), amount


def _shipping_taxes(shipping: Shipping, order: OrderSum, tariff: Tariff, tax_class: str | None) -> Taxes:
    if tax_class is None or shipping.tax_status != TAXABLE:
        return {}
    return taxes_on(shipping.total, shipping_rates_at(tariff.rates, order.place, tax_class), tariff.decimals)


def _rounded(taxes: Taxes, tariff: Tariff) -> Taxes:
    return {rate_id: tariff.position_tax(amount) for rate_id, amount in taxes.items()}


def _sum_of(taxes: Taxes, tariff: Tariff) -> Decimal:
    return tariff.stored(total(_rounded(taxes, tariff).values()))
