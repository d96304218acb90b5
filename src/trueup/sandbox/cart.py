"""What a basket in the storefront costs, and the order that comes of it.

The cart splits coupons and takes the tax out of gross prices, counting in cents and rounding six places below them;
the order made of it is then calculated like any other. So it may differ from the same order made through the REST
API in the sixth decimal, and single coupon cents may fall on other lines. Held
to the ``storefront_*`` recordings of ``tests/recordings/golden_orders``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trueup.sandbox.discounts import Article, Coupon, Discountable, Discounts, cents, from_cents
from trueup.sandbox.money import TAXABLE, CouponSum, Line, OrderSum, Shipping, Tariff, calculate, tax_place
from trueup.sandbox.rounding import ZERO, half_down, total
from trueup.sandbox.tax_math import Place, Taxes, TaxRate, rates_at, taxes_on, taxes_within

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
    discounts = _discounts(lines, sorted(basket.coupons, key=_coupon_order), tariff)
    taken = discounts.by_line()
    for line in lines:
        line.line = _order_line(line, taken[line.key], tariff)
    order = OrderSum(place=place, lines=[line.line for line in lines], prices_include_tax=tariff.prices_include_tax)
    order.coupons = [_coupon_sum(coupon, discounts.given[coupon.code], lines, tariff) for coupon in basket.coupons]
    if basket.choice:
        order.shipping = [_shipping(basket.choice)]
    calculate(order, tariff)
    return order


def _cart_line(key: int, item: BasketItem, place: Place, tariff: Tariff) -> _CartLine:
    article = item.article
    rates = rates_at(tariff.rates, place, article.tax_class) if tariff.calc_taxes else []
    line = _CartLine(key=key, item=item, rates=rates, price=cents(article.price * item.quantity, tariff.decimals))
    base = rates_at(tariff.rates, tariff.base, article.tax_class) if tariff.calc_taxes else []
    if tariff.prices_include_tax and line.taxable and base != rates:
        net = line.price - total(taxes_within(line.price, base, tariff.decimals).values())
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
    article = line.item.article
    return Line(
        key=line.key,
        article=article,
        quantity=line.item.quantity,
        tax_class=article.tax_class,
        tax_status=article.tax_status,
        subtotal=_net(line, line.price, tariff),
        total=_net(line, line.price - taken, tariff),
    )


def _net(line: _CartLine, price: Decimal, tariff: Tariff) -> Decimal:
    """A line price in cents as net money."""
    inside = total(_line_taxes(line, price, tariff).values()) if tariff.prices_include_tax else ZERO
    return tariff.stored(from_cents(price - inside, tariff.decimals))


def _line_taxes(line: _CartLine, price: Decimal, tariff: Tariff) -> Taxes:
    if not line.taxable:
        return {}
    compute = taxes_within if tariff.prices_include_tax else taxes_on
    return compute(price, line.rates, tariff.decimals)


def _coupon_sum(coupon: Coupon, taken: dict[int, Decimal], lines: Sequence[_CartLine], tariff: Tariff) -> CouponSum:
    tax = total(total(_line_taxes(line, taken[line.key], tariff).values()) for line in lines)
    gross = total(taken.values())
    net = gross - tax if tariff.prices_include_tax else gross
    return CouponSum(
        coupon=coupon,
        discount=half_down(from_cents(net, tariff.decimals), tariff.decimals),
        discount_tax=half_down(from_cents(tax, tariff.decimals), tariff.decimals),
    )


def _shipping(choice: ShippingChoice) -> Shipping:
    return Shipping(total=choice.cost, method_id=choice.method_id, tax_status=choice.tax_status)
