"""What a basket in the storefront costs, and the order that comes of it.

The cart counts in cents and rounds taxes six places below them, so an order placed by a shopper may differ from
the same order made through the REST API in the sixth decimal, and single coupon cents fall on other lines. Held
to the ``storefront_*`` recordings of ``tests/recordings/golden_orders``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trueup.sandbox.discounts import Article, Coupon, Discountable, Discounts, cents, from_cents
from trueup.sandbox.money import (
    LOCAL_PICKUP,
    TAXABLE,
    CouponSum,
    Line,
    OrderSum,
    Shipping,
    Tariff,
    TaxSum,
    tax_place,
)
from trueup.sandbox.rounding import ZERO, half_down, places, total
from trueup.sandbox.tax_math import STANDARD, Place, Taxes, TaxRate, merged, rates_at, shipping_rates_at, taxes_on
from trueup.sandbox.tax_math import taxes_within as taxes_inside

_TYPE_ORDER = {"fixed_product": 1, "percent": 2, "fixed_cart": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketItem:
    article: Article
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingChoice:
    """The shipping method that the shopper chose; ``cost`` is net."""

    method_id: str
    cost: Decimal
    tax_status: str = TAXABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    items: Sequence[BasketItem]
    billing: Place
    shipping: Place
    coupons: Sequence[Coupon] = ()
    choice: ShippingChoice | None = None


@dataclass(slots=True, kw_only=True)
class _CartLine:
    key: int
    item: BasketItem
    rates: list[TaxRate]
    price: Decimal
    line: Line = field(init=False)

    @property
    def taxable(self) -> bool:
        return self.item.article.tax_status == TAXABLE


def order_of(basket: Basket, tariff: Tariff) -> OrderSum:
    """The order that the shop makes of the basket, all figures filled in."""
    methods = [basket.choice.method_id] if basket.choice else []
    place = tax_place(tariff, basket.billing, basket.shipping, methods)
    lines = [_cart_line(key, item, place, tariff) for key, item in enumerate(basket.items)]
    coupons = sorted(basket.coupons, key=_coupon_order)
    discounts = _discounts(lines, coupons, tariff)
    taken = discounts.by_line()
    for line in lines:
        line.line = _order_line(line, taken[line.key], tariff)
    order = OrderSum(place=place, lines=[line.line for line in lines], prices_include_tax=tariff.prices_include_tax)
    order.coupons = [_coupon_sum(coupon, discounts.given[coupon.code], lines, tariff) for coupon in coupons]
    order.shipping = _shipping(basket.choice, basket.items, place, tariff)
    _sum_up(order, discounts, lines, tariff)
    return order


def _cart_line(key: int, item: BasketItem, place: Place, tariff: Tariff) -> _CartLine:
    article = item.article
    rates = rates_at(tariff.rates, place, article.tax_class) if tariff.calc_taxes else []
    line = _CartLine(key=key, item=item, rates=rates, price=cents(article.price * item.quantity, tariff.decimals))
    base = rates_at(tariff.rates, tariff.base, article.tax_class) if tariff.calc_taxes else []
    if tariff.prices_include_tax and line.taxable and base != rates:
        net = line.price - total(taxes_inside(line.price, base, tariff.decimals).values())
        line.price = net + total(taxes_on(net, rates, tariff.decimals).values())
    return line


def _discounts(lines: Sequence[_CartLine], coupons: Iterable[Coupon], tariff: Tariff) -> Discounts:
    discounts = Discounts(
        lines=[
            Discountable(key=line.key, article=line.item.article, quantity=line.item.quantity, price=line.price)
            for line in lines
        ],
        sequential=tariff.sequential_discounts,
        decimals=tariff.decimals,
    )
    for coupon in coupons:
        discounts.apply(coupon)
    return discounts


def _coupon_order(coupon: Coupon) -> tuple[int, int, Decimal, int]:
    """Per piece first, then percent, then whole cart; smaller ones first, newer ones first among equals."""
    order = _TYPE_ORDER.get(coupon.discount_type, 0)
    return order, coupon.limit_usage_to_x_items or 0, coupon.amount, -coupon.id


def _order_line(line: _CartLine, taken: Decimal, tariff: Tariff) -> Line:
    subtotal, subtotal_taxes = _net(line, line.price, tariff)
    discounted, taxes = _net(line, line.price - taken, tariff)
    article = line.item.article
    return Line(
        key=line.key,
        article=article,
        quantity=line.item.quantity,
        tax_class=article.tax_class,
        tax_status=article.tax_status,
        subtotal=_money(subtotal, tariff),
        total=_money(discounted, tariff),
        subtotal_taxes=_all_money(subtotal_taxes, tariff),
        taxes=_all_money(taxes, tariff),
        subtotal_tax=_money(total(_rounded(subtotal_taxes, tariff).values()), tariff),
        total_tax=_money(total(_rounded(taxes, tariff).values()), tariff),
    )


def _net(line: _CartLine, price: Decimal, tariff: Tariff) -> tuple[Decimal, Taxes]:
    """A line price in cents without its tax, and the tax."""
    if not line.taxable:
        return price, {}
    taxes = _line_taxes(line, price, tariff)
    return (price - total(taxes.values()) if tariff.prices_include_tax else price), taxes


def _line_taxes(line: _CartLine, price: Decimal, tariff: Tariff) -> Taxes:
    compute = taxes_inside if tariff.prices_include_tax else taxes_on
    return compute(price, line.rates, tariff.decimals)


def _coupon_sum(coupon: Coupon, taken: dict[int, Decimal], lines: Sequence[_CartLine], tariff: Tariff) -> CouponSum:
    tax = total(total(_line_taxes(line, taken[line.key], tariff).values()) for line in lines if line.taxable)
    gross = total(taken.values())
    net = gross - tax if tariff.prices_include_tax else gross
    return CouponSum(
        coupon=coupon,
        discount=half_down(from_cents(net, tariff.decimals), tariff.decimals),
        discount_tax=half_down(from_cents(tax, tariff.decimals), tariff.decimals),
    )


def _shipping(
    choice: ShippingChoice | None, items: Iterable[BasketItem], place: Place, tariff: Tariff
) -> list[Shipping]:
    if choice is None:
        return []
    cost = places(choice.cost, tariff.decimals)
    taxed = tariff.calc_taxes and choice.tax_status == TAXABLE
    taxes = taxes_on(cost, _shipping_rates(items, place, tariff), tariff.decimals) if taxed else {}
    shipping = Shipping(total=cost, method_id=choice.method_id, tax_status=choice.tax_status, taxes=taxes)
    shipping.total_tax = tariff.stored(total(tariff.position_tax(tax) for tax in taxes.values()))
    return [shipping]


def _shipping_rates(items: Iterable[BasketItem], place: Place, tariff: Tariff) -> list[TaxRate]:
    """The rates of the shop's shipping class, or of the class inherited from the goods; standard if it has none."""
    if tariff.shipping_tax_class != "inherit":
        return shipping_rates_at(tariff.rates, place, tariff.shipping_tax_class)
    found = {item.article.tax_class for item in items if item.article.tax_status in (TAXABLE, "shipping")}
    if not found:
        return []
    first = next((slug for slug in (STANDARD, *tariff.tax_classes) if slug in found), STANDARD)
    rates = shipping_rates_at(tariff.rates, place, first)
    return rates or shipping_rates_at(tariff.rates, place, STANDARD)


def _sum_up(order: OrderSum, discounts: Discounts, lines: Sequence[_CartLine], tariff: Tariff) -> None:
    order.shipping_total = total(line.total for line in order.shipping)
    cart = merged(*(_rounded(_net(line, line.price - t, tariff)[1], tariff) for line, t in _taken(lines, discounts)))
    shipping = merged(*({k: tariff.position(v) for k, v in line.taxes.items()} for line in order.shipping))
    cart = _all_money(cart, tariff)
    order.tax_lines = [
        TaxSum(rate_id=id_, tax_total=cart.get(id_, ZERO), shipping_tax_total=shipping.get(id_, ZERO))
        for id_ in dict.fromkeys([*cart, *shipping])
    ]
    order.cart_tax = tariff.stored(total(cart.values()))
    order.shipping_tax = tariff.stored(total(shipping.values()))
    order.total_tax = places(order.cart_tax + order.shipping_tax, tariff.decimals)
    goods = total(tariff.position(line.total) for line in order.lines)
    subtotal = total(tariff.position(line.subtotal) for line in order.lines)
    order.discount_total = places(subtotal - goods, tariff.decimals)
    unrounded = (total(line.subtotal_taxes.values()) - total(line.taxes.values()) for line in order.lines)
    order.discount_tax = tariff.tax(total(unrounded))
    order.total = places(goods + order.shipping_total + order.cart_tax + order.shipping_tax, tariff.decimals)


def _taken(lines: Sequence[_CartLine], discounts: Discounts) -> Iterable[tuple[_CartLine, Decimal]]:
    by_line = discounts.by_line()
    return ((line, by_line[line.key]) for line in lines)


def _rounded(taxes: Taxes, tariff: Tariff) -> Taxes:
    """Taxes in cents, rounded to whole ones unless the shop rounds at the subtotal."""
    if tariff.round_at_subtotal:
        return taxes
    rounding = half_down if tariff.prices_include_tax else places
    return {rate_id: rounding(tax, 0) for rate_id, tax in taxes.items()}


def _money(amount: Decimal, tariff: Tariff) -> Decimal:
    return tariff.stored(from_cents(amount, tariff.decimals))


def _all_money(taxes: Taxes, tariff: Tariff) -> Taxes:
    return {rate_id: _money(tax, tariff) for rate_id, tax in taxes.items()}


def is_pickup(method_id: str) -> bool:
    return method_id in LOCAL_PICKUP
