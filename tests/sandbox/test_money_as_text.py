"""How money is rounded, kept and written: strings with so many decimals, prices as floats."""

from decimal import Decimal

import pytest

from trueup.sandbox.coupon_rules import PriceFormat
from trueup.sandbox.discounts import Coupon
from trueup.sandbox.figures import (
    coupon_figures,
    fee_figures,
    json_number,
    line_figures,
    order_figures,
    shipping_figures,
    tax_line_figures,
)
from trueup.sandbox.money import CouponSum, Fee, Line, OrderSum, Shipping, TaxSum
from trueup.sandbox.rounding import bare, from_float, half_down, places, plain, shown, stored
from trueup.sandbox.tax_math import Place, TaxRate


@pytest.mark.parametrize(
    ("value", "decimals", "up", "down"),
    [
        ("0.195", 2, "0.20", "0.19"),
        ("-0.195", 2, "-0.20", "-0.19"),
        ("0.1951", 2, "0.20", "0.20"),
        ("2.5", 0, "3", "2"),
        ("0.0005", 3, "0.001", "0.000"),
        ("1", 4, "1.0000", "1.0000"),
    ],
)
def test_halves_go_away_from_zero_or_towards_it(value: str, decimals: int, up: str, down: str) -> None:
    assert f"{places(Decimal(value), decimals)}" == up
    assert f"{half_down(Decimal(value), decimals)}" == down


def test_there_is_no_minus_zero() -> None:
    assert shown(Decimal("-0.001"), 2) == "0.00"
    assert bare(Decimal("-0.0000001"), 2) == "0"
    assert plain(Decimal("-0.00")) == 0


@pytest.mark.parametrize(
    ("value", "kept"),
    [("4", "4"), ("12.340", "12.34"), ("447.0588241", "447.058824"), ("100", "100"), ("1E+2", "100")],
)
def test_what_is_stored_has_six_decimals_at_most_and_no_padding(value: str, kept: str) -> None:
    assert str(stored(Decimal(value), 2)) == kept


def test_half_in_the_seventh_decimal_falls_as_the_float_does() -> None:
    assert str(stored(Decimal("1.8864785"), 3)) == "1.886478"


def test_a_currency_of_more_decimals_keeps_two_more() -> None:
    assert str(stored(Decimal("1.123456789"), 5)) == "1.1234568"


def test_the_noise_of_floats_is_dropped() -> None:
    assert from_float(0.1 + 0.2) == Decimal("0.3")


@pytest.mark.parametrize(("value", "written"), [(20.0, 20), (9.5, 9.5), (-3.0, -3), (0.0, 0)])
def test_whole_floats_are_written_as_whole_numbers(value: float, written: float) -> None:
    assert repr(json_number(value)) == repr(written)


def test_the_figures_of_a_line() -> None:
    line = Line(
        key=1,
        quantity=3,
        subtotal=Decimal("9.999"),
        total=Decimal("8"),
        taxes={1: Decimal("1.52")},
        subtotal_taxes={1: Decimal("1.89981")},
        subtotal_tax=Decimal("1.90"),
        total_tax=Decimal("1.52"),
    )
    assert line_figures(line, 2) == {
        "subtotal": "10.00",
        "subtotal_tax": "1.90",
        "total": "8.00",
        "total_tax": "1.52",
        "taxes": [{"id": 1, "total": "1.52", "subtotal": "1.90"}],
        "price": 2.6666666666666665,
    }


def test_the_figures_of_fees_shipping_and_coupons() -> None:
    taxes = {1: Decimal("0.285")}
    fee = Fee(total=Decimal("1.5"), taxes=taxes, total_tax=Decimal("0.29"))
    shipping = Shipping(total=Decimal("1.5"), taxes=taxes, total_tax=Decimal("0.29"))
    wanted = {"total": "1.50", "total_tax": "0.29", "taxes": [{"id": 1, "total": "0.29", "subtotal": ""}]}
    assert fee_figures(fee, 2) == shipping_figures(shipping, 2) == wanted
    coupon = Coupon(id=1, code="c", amount=Decimal(5), discount_type="fixed_cart")
    row = CouponSum(coupon=coupon, discount=Decimal("4.20"), discount_tax=Decimal(0))
    assert coupon_figures(row, 2) == {"discount": "4.2", "discount_tax": "0"}


def test_the_figures_of_an_order_and_its_tax_lines() -> None:
    order = OrderSum(place=Place(country="DE"), total=Decimal("11.9"), cart_tax=Decimal("1.9"))
    assert order_figures(order, 2)["total"] == "11.90"
    assert order_figures(order, 0)["total"] == "12"
    body = {"id": 1, "country": "DE", "state": "", "rate": "19.0000", "name": "DE MwSt", "priority": 1}
    rate = TaxRate.from_rest({**body, "compound": False, "shipping": True, "class": "standard"})
    row = TaxSum(rate_id=1, tax_total=Decimal("1.9"))
    figures = tax_line_figures(row, rate, 2)
    assert (figures["rate_code"], figures["rate_percent"]) == ("DE-DE MWST-1", 19)
    assert (figures["tax_total"], figures["shipping_tax_total"]) == ("1.90", "0.00")


@pytest.mark.parametrize(
    ("position", "text"),
    [
        ("left", "{s}1.234,50"),
        ("right", "1.234,50{s}"),
        ("left_space", "{s}&nbsp;1.234,50"),
        ("right_space", "1.234,50&nbsp;{s}"),
    ],
)
def test_prices_in_sentences_have_the_symbol_where_the_shop_wants_it(position: str, text: str) -> None:
    style = PriceFormat(decimal_separator=",", thousand_separator=".", position=position)
    symbol = '<span class="woocommerce-Price-currencySymbol">&euro;</span>'
    wanted = f'<span class="woocommerce-Price-amount amount"><bdi>{text.format(s=symbol)}</bdi></span>'
    assert style.html(Decimal("1234.5")) == wanted


def test_a_currency_without_decimals_has_none_in_sentences() -> None:
    assert PriceFormat(decimals=0, thousand_separator=".").number(Decimal("10000")) == "10.000"
