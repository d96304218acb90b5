"""Which rate applies where."""

from decimal import Decimal

import pytest

from trueup.sandbox.tax_math import Place, TaxRate, rates_at, shipping_rates_at, taxes_on, taxes_within

COLOGNE = Place(country="DE", state="DE-NW", postcode="50667", city="Köln")


def rate(id_: int, **facts: object) -> TaxRate:
    body = {"id": id_, "country": "DE", "state": "", "rate": "19.0000", "name": "MwSt", "priority": 1}
    return TaxRate.from_rest({**body, "compound": False, "shipping": True, "class": "standard", **facts})


def ids(rates: list[TaxRate], place: Place = COLOGNE, tax_class: str = "") -> list[int]:
    return [rate.id for rate in rates_at(rates, place, tax_class)]


def test_the_standard_class_is_the_empty_slug() -> None:
    assert rate(1).tax_class == ""
    assert rate(1, **{"class": "reduced-rate"}).tax_class == "reduced-rate"


@pytest.mark.parametrize(
    ("facts", "fits"),
    [
        ({}, True),
        ({"country": ""}, True),
        ({"country": "AT"}, False),
        ({"state": "DE-NW"}, True),
        ({"state": "DE-BE"}, False),
        ({"postcodes": ["50667"]}, True),
        ({"postcodes": ["506*"]}, True),
        ({"postcodes": ["50000...51000"]}, True),
        ({"postcodes": ["10115", "20095"]}, False),
        ({"cities": ["KÖLN"]}, True),
        ({"cities": ["BONN"]}, False),
    ],
)
def test_a_rate_fits_a_place_by_country_state_postcode_and_city(facts: dict[str, object], fits: bool) -> None:
    assert ids([rate(1, **facts)]) == ([1] if fits else [])


def test_one_rate_per_priority_the_most_specific_first() -> None:
    rates = [
        rate(1, country=""),
        rate(2),
        rate(3, state="DE-NW"),
        rate(4, priority=2),
        rate(5, priority=2, postcodes=["50667"]),
    ]
    assert ids(rates) == [3, 5]


def test_the_older_of_two_equal_rates_wins() -> None:
    assert ids([rate(9), rate(4)]) == [4]


def test_rates_of_other_classes_and_rates_not_for_shipping_stay_out() -> None:
    rates = [rate(1, shipping=False), rate(2, priority=2), rate(3, **{"class": "zero-rate"})]
    assert ids(rates) == [1, 2]
    assert [one.id for one in shipping_rates_at(rates, COLOGNE, "")] == [2]


def test_the_code_names_country_state_name_and_priority_in_capitals() -> None:
    assert rate(1, country="CA", state="BC", name="Pst 7", priority=2).code == "CA-BC-PST 7-2"
    assert rate(1, country="", name="").code == "TAX-1"


def test_tax_inside_a_gross_amount_takes_compound_rates_off_first() -> None:
    gst = rate(51, rate="5.0000")
    qst = rate(52, rate="9.9750", priority=2, compound=True)
    gross = Decimal(100) * Decimal("1.05") * Decimal("1.09975")
    assert taxes_within(gross, [gst, qst], 2) == {51: Decimal("5.000000"), 52: Decimal("10.473750")}
    assert taxes_on(Decimal(100), [gst, qst], 2) == {51: Decimal("5.000000"), 52: Decimal("10.473750")}


def test_two_simple_rates_share_a_gross_amount() -> None:
    both = [rate(1, rate="5"), rate(2, rate="7", priority=2)]
    assert taxes_within(Decimal("112"), both, 2) == {1: Decimal(5), 2: Decimal(7)}


def test_no_rate_no_tax() -> None:
    assert taxes_within(Decimal(10), [], 2) == taxes_on(Decimal(10), [], 2) == {}
