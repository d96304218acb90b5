"""Single rules of the shop's money, each with numbers small enough to check by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from trueup.sandbox.discounts import Article, Coupon
from trueup.sandbox.money import (
    Fee,
    Line,
    OrderSum,
    Shipping,
    Tariff,
    apply_coupon,
    calculate,
    price_without_tax,
    shipping_tax_class,
    tax_place,
)
from trueup.sandbox.tax_math import Place, TaxRate

BERLIN = Place(country="DE", state="DE-BE")
VIENNA = Place(country="AT")
ZURICH = Place(country="CH")


def rate(id_: int, country: str, percent: str, tax_class: str = "", **more: object) -> TaxRate:
    facts = {"state": "", "priority": 1, "compound": False, "shipping": True, "name": f"{country} {percent}", **more}
    return TaxRate(id=id_, country=country, rate=Decimal(percent), tax_class=tax_class, **facts)  # type: ignore[arg-type]  # facts hold the fields' own types


RATES = (
    rate(1, "DE", "19"),
    rate(2, "DE", "7", "reduced-rate"),
    rate(3, "DE", "0", "zero-rate"),
    rate(4, "AT", "20"),
)
NET = Tariff(base=BERLIN, rates=RATES)
GROSS = replace(NET, prices_include_tax=True)


def line(price: str, quantity: int = 1, tax_class: str = "", **more: object) -> Line:
    amount = Decimal(price) * quantity
    article = Article(id=quantity, price=Decimal(price), tax_class=tax_class)
    facts = {"key": id(article), "subtotal": amount, "total": amount, **more}
    return Line(article=article, quantity=quantity, tax_class=tax_class, **facts)  # type: ignore[arg-type]  # facts hold the fields' own types


def order(*lines: Line, place: Place = BERLIN, **more: object) -> OrderSum:
    return OrderSum(place=place, lines=list(lines), **more)  # type: ignore[arg-type]  # more holds the fields' own types


@pytest.mark.parametrize(
    ("place", "quantity", "net"),
    [(BERLIN, 1, "16.798319"), (VIENNA, 1, "16.798319"), (BERLIN, 3, "50.394958")],
)
def test_a_gross_price_loses_the_tax_of_the_shops_own_place_wherever_the_customer_lives(
    place: Place, quantity: int, net: str
) -> None:
    assert place  # the customer's place is not asked for
    assert price_without_tax(GROSS, Article(id=1, price=Decimal("19.99")), quantity) == Decimal(net)


def test_a_net_price_and_an_untaxed_one_stay_as_they_are() -> None:
    assert price_without_tax(NET, Article(id=1, price=Decimal("3.333")), 3) == Decimal("9.999")
    assert price_without_tax(GROSS, Article(id=1, price=Decimal("10"), tax_status="none"), 2) == Decimal(20)


def test_tax_is_taken_from_the_stored_net_and_rounded_per_line() -> None:
    sum_ = order(line("3.333"), line("3.333"), line("3.333"))
    calculate(sum_, NET)
    assert [position.total_tax for position in sum_.lines] == [Decimal("0.63")] * 3
    assert (sum_.cart_tax, sum_.total) == (Decimal("1.89"), Decimal("11.88"))


def test_rounded_at_the_subtotal_only_the_sums_are_rounded() -> None:
    sum_ = order(line("3.333"), line("3.333"), line("3.333"))
    calculate(sum_, replace(NET, round_at_subtotal=True))
    assert [position.total_tax for position in sum_.lines] == [Decimal("0.63327")] * 3
    assert (sum_.cart_tax, sum_.total_tax, sum_.total) == (Decimal("1.89981"), Decimal("1.90"), Decimal("11.90"))


def test_half_a_cent_of_tax_goes_down_where_prices_include_tax_and_up_elsewhere() -> None:
    for tariff, tax in ((NET, "0.20"), (GROSS, "0.19")):
        sum_ = order(line("0.975"), place=VIENNA, prices_include_tax=tariff.prices_include_tax)
        calculate(sum_, tariff)
        assert sum_.cart_tax == Decimal(tax)


def test_compound_rates_are_charged_on_the_net_and_the_taxes_before_them() -> None:
    stacked = (rate(51, "CA", "5"), rate(52, "CA", "9.975", state="QC", priority=2, compound=True))
    sum_ = order(line("100"), place=Place(country="CA", state="QC"))
    calculate(sum_, replace(NET, rates=stacked))
    assert sum_.lines[0].taxes == {51: Decimal(5), 52: Decimal("10.47375")}
    assert [row.tax_total for row in sum_.tax_lines] == [Decimal("5.00"), Decimal("10.47")]


def test_a_country_without_rates_pays_no_tax_and_gets_no_tax_lines() -> None:
    sum_ = order(line("10"), place=ZURICH)
    calculate(sum_, NET)
    assert (sum_.total_tax, sum_.total, sum_.tax_lines) == (Decimal(0), Decimal(10), [])


def test_an_exempt_order_has_no_tax_but_its_coupon_names_what_was_not_charged() -> None:
    sum_ = order(line("100"), vat_exempt=True)
    apply_coupon(sum_, NET, Coupon(id=1, code="ten", amount=Decimal(10), discount_type="percent"))
    assert (sum_.total_tax, sum_.total, sum_.discount_tax) == (Decimal(0), Decimal(90), Decimal(0))
    assert (sum_.coupons[0].discount, sum_.coupons[0].discount_tax) == (Decimal(10), Decimal("1.9"))


def test_a_zero_rate_leaves_a_tax_line_of_nothing() -> None:
    sum_ = order(line("10", tax_class="zero-rate"))
    calculate(sum_, NET)
    assert sum_.lines[0].taxes == {3: Decimal(0)}
    assert [(row.rate_id, row.tax_total) for row in sum_.tax_lines] == [(3, Decimal(0))]


@pytest.mark.parametrize(
    ("classes", "shipping_class"),
    [
        (["", "reduced-rate"], ""),
        (["zero-rate", "reduced-rate"], "reduced-rate"),
        (["zero-rate"], "zero-rate"),
        ([], None),
    ],
)
def test_shipping_inherits_the_first_class_among_the_goods(classes: list[str], shipping_class: str | None) -> None:
    assert shipping_tax_class(order(*(line("1", tax_class=slug) for slug in classes)), NET) == shipping_class


def test_shipping_leaves_out_the_rates_that_are_not_for_shipping() -> None:
    rates = (rate(1, "CA", "5"), rate(2, "CA", "7", priority=2, shipping=False))
    sum_ = order(line("10"), place=Place(country="CA"), shipping=[Shipping(total=Decimal(10))])
    calculate(sum_, replace(NET, rates=rates))
    assert sum_.shipping[0].taxes == {1: Decimal("0.5")}
    assert (sum_.cart_tax, sum_.shipping_tax) == (Decimal("1.2"), Decimal("0.5"))


def test_shipping_is_rounded_per_line_and_fees_only_in_the_sum() -> None:
    sum_ = order(
        shipping=[Shipping(total=Decimal("1.005")), Shipping(total=Decimal("1.005"))],
        fees=[Fee(total=Decimal("1.004")), Fee(total=Decimal("1.004"))],
    )
    calculate(sum_, replace(NET, rates=()))
    assert (sum_.shipping_total, sum_.total) == (Decimal("2.02"), Decimal("4.03"))


def test_a_negative_fee_takes_its_tax_off_the_classes_in_proportion() -> None:
    sum_ = order(line("75"), line("25", tax_class="reduced-rate"), fees=[Fee(total=Decimal(-10))])
    calculate(sum_, NET)
    assert sum_.fees[0].taxes == {1: Decimal("-1.425"), 2: Decimal("-0.175")}
    assert sum_.fees[0].total_tax == Decimal("-1.61")


def test_a_negative_fee_is_cut_to_what_is_left_but_a_second_one_is_not() -> None:
    sum_ = order(line("10"), fees=[Fee(total=Decimal(-50)), Fee(total=Decimal(-20))])
    calculate(sum_, NET)
    assert [fee.total for fee in sum_.fees] == [Decimal(-10), Decimal(-20)]
    assert (sum_.cart_tax, sum_.total) == (Decimal("-3.80"), Decimal("-23.80"))


def test_the_tax_of_a_negative_fee_follows_the_lines_as_they_were_before_the_coupon() -> None:
    untaxed = line("100", tax_status="none")
    sum_ = order(line("100"), untaxed, fees=[Fee(total=Decimal(-10))])
    calculate(sum_, NET)
    apply_coupon(sum_, NET, Coupon(id=1, code="half", amount=Decimal(50), discount_type="percent"))
    assert sum_.fees[0].taxes == {1: Decimal("-0.95")}


def test_a_coupon_starts_again_from_the_subtotal() -> None:
    sum_ = order(line("100", total=Decimal(80)))
    calculate(sum_, NET)
    assert sum_.discount_total == Decimal(20)
    apply_coupon(sum_, NET, Coupon(id=1, code="ten", amount=Decimal(10), discount_type="percent"))
    assert (sum_.lines[0].total, sum_.discount_total) == (Decimal(90), Decimal(10))


def test_the_price_of_a_piece_is_a_float_of_the_discounted_net() -> None:
    assert line("10", 3, total=Decimal("25")).price() == pytest.approx(8.333333333333334, abs=0)
    assert Line(key=1, quantity=0).price() == 0


@pytest.mark.parametrize(
    ("based_on", "billing", "shipping", "methods", "place"),
    [
        ("shipping", BERLIN, VIENNA, [], VIENNA),
        ("billing", BERLIN, VIENNA, [], BERLIN),
        ("shipping", VIENNA, Place(country=""), [], VIENNA),
        ("shipping", Place(country=""), Place(country=""), [], BERLIN),
        ("base", VIENNA, VIENNA, [], BERLIN),
        ("shipping", VIENNA, VIENNA, ["local_pickup"], BERLIN),
    ],
)
def test_where_an_order_is_taxed(
    based_on: str, billing: Place, shipping: Place, methods: list[str], place: Place
) -> None:
    assert tax_place(replace(NET, tax_based_on=based_on), billing, shipping, methods) == place


def test_the_tariff_is_read_from_the_shops_options() -> None:
    options = {
        "woocommerce_default_country": "DE:DE-BE",
        "woocommerce_prices_include_tax": "yes",
        "woocommerce_price_num_decimals": "3",
        "woocommerce_tax_round_at_subtotal": "yes",
        "woocommerce_shipping_tax_class": "",
        "woocommerce_calc_taxes": "yes",
    }
    tariff = Tariff.from_options(options, RATES)
    assert (tariff.base, tariff.decimals, tariff.shipping_tax_class) == (BERLIN, 3, "")
    assert (tariff.prices_include_tax, tariff.round_at_subtotal, tariff.calc_taxes) == (True, True, True)
