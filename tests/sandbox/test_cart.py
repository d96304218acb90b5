"""The basket: discounts off gross prices, coupons in the shop's own order, and where the cart differs from REST."""

from dataclasses import replace
from decimal import Decimal

import pytest

from trueup.sandbox.cart import Basket, BasketItem, ShippingChoice, order_of
from trueup.sandbox.discounts import Article, Coupon
from trueup.sandbox.money import Line, OrderSum, Tariff, apply_coupon, calculate, price_without_tax
from trueup.sandbox.tax_math import Place, TaxRate

BERLIN, VIENNA, ZURICH = Place(country="DE"), Place(country="AT"), Place(country="CH")


def rate(id_: int, country: str, percent: str, tax_class: str = "") -> TaxRate:
    body = {"id": id_, "country": country, "state": "", "rate": percent, "name": f"{country} {percent}"}
    return TaxRate.from_rest({**body, "priority": 1, "compound": False, "shipping": True, "class": tax_class})


RATES = (rate(1, "DE", "19"), rate(2, "DE", "7", "reduced-rate"), rate(3, "AT", "20"))
NET = Tariff(base=BERLIN, rates=RATES)
GROSS = replace(NET, prices_include_tax=True)
MUG = Article(id=1, price=Decimal("19.99"))
BOOK = Article(id=2, price=Decimal("9.99"), tax_class="reduced-rate")


def basket(*items: tuple[Article, int], place: Place = BERLIN, coupons: tuple[Coupon, ...] = ()) -> Basket:
    pairs = [BasketItem(article=article, quantity=quantity) for article, quantity in items]
    return Basket(items=pairs, billing=place, shipping=place, coupons=coupons)


def coupon(code: str, discount_type: str, amount: str) -> Coupon:
    return Coupon(id=len(code), code=code, amount=Decimal(amount), discount_type=discount_type)


def test_a_basket_at_home_costs_what_the_price_tags_say() -> None:
    order = order_of(basket((MUG, 2), (BOOK, 1)), GROSS)
    assert order.total == Decimal("49.97")
    assert [line.total + line.total_tax for line in order.lines] == [Decimal("39.976639"), Decimal("9.986449")]


@pytest.mark.parametrize(("place", "total"), [(VIENNA, "20.16"), (ZURICH, "16.80")])
def test_abroad_the_net_stays_and_the_tax_changes(place: Place, total: str) -> None:
    assert order_of(basket((MUG, 1), place=place), GROSS).total == Decimal(total)


def test_a_discount_comes_off_the_gross_price() -> None:
    order = order_of(basket((MUG, 1), coupons=(coupon("five", "fixed_cart", "5"),)), GROSS)
    assert order.total == Decimal("14.99")
    assert (order.coupons[0].discount, order.coupons[0].discount_tax) == (Decimal("4.20"), Decimal("0.80"))


def test_coupons_apply_per_piece_first_then_percent_then_cart_whatever_the_order() -> None:
    three = (coupon("cart", "fixed_cart", "5"), coupon("half", "percent", "50"), coupon("piece", "fixed_product", "2"))
    totals = {order_of(basket((MUG, 1), coupons=three[n:] + three[:n]), NET).lines[0].total for n in range(3)}
    assert totals == {Decimal("3")}  # 19.99 less 2.00, less 9.99 (half of 19.99, rounded down), less 5.00


def test_coupon_lines_keep_the_order_in_which_the_shopper_typed() -> None:
    typed = (coupon("cart", "fixed_cart", "5"), coupon("piece", "fixed_product", "2"))
    order = order_of(basket((MUG, 1), coupons=typed), NET)
    assert [row.coupon.code for row in order.coupons] == ["cart", "piece"]


def test_shipping_inherits_the_class_of_the_goods() -> None:
    one = replace(basket((BOOK, 1)), choice=ShippingChoice(method_id="flat_rate", cost=Decimal("10")))
    order = order_of(one, NET)
    assert (order.shipping_tax, [row.rate_id for row in order.tax_lines]) == (Decimal("0.70"), [2])


def test_pickup_is_taxed_at_home() -> None:
    choice = ShippingChoice(method_id="local_pickup", cost=Decimal(0))
    order = order_of(replace(basket((MUG, 1), place=ZURICH), choice=choice), NET)
    assert order.total_tax == Decimal("3.80")


def test_an_untaxed_article_stays_untaxed() -> None:
    deposit = Article(id=3, price=Decimal("2.00"), tax_status="none")
    order = order_of(basket((deposit, 3)), GROSS)
    assert (order.total, order.tax_lines) == (Decimal("6.00"), [])


@pytest.mark.parametrize("tariff", [NET, GROSS, replace(GROSS, round_at_subtotal=True)])
@pytest.mark.parametrize("kind", ["percent", "fixed_cart", "fixed_product"])
def test_the_cart_and_rest_come_to_the_same_total(tariff: Tariff, kind: str) -> None:
    """The same goods, the same coupon: cents may fall on other lines, the sum is the same."""
    discount = coupon("c", kind, "7")
    pairs = [(MUG, 3), (BOOK, 2), (Article(id=4, price=Decimal("0.99")), 7)]
    cart = order_of(basket(*pairs, coupons=(discount,)), tariff)
    lines = [by_rest(key, article, quantity, tariff) for key, (article, quantity) in enumerate(pairs)]
    rest = OrderSum(place=BERLIN, lines=lines, prices_include_tax=tariff.prices_include_tax)
    calculate(rest, tariff)
    apply_coupon(rest, tariff, discount)
    assert (cart.total, cart.total_tax) == (rest.total, rest.total_tax)


def by_rest(key: int, article: Article, quantity: int, tariff: Tariff) -> Line:
    net = price_without_tax(tariff, article, quantity)
    return Line(key=key, article=article, quantity=quantity, tax_class=article.tax_class, subtotal=net, total=net)
