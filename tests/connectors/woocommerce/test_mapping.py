"""Articles, prices and stock as the shop wants them: field by field, without a shop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.woocommerce.client import ShopFacts
from trueup.connectors.woocommerce.mapping import (
    attributes_to_woo,
    choices_to_woo,
    creation_fields,
    needs_facts,
    price_problems,
    price_to_woo,
    product_problems,
    product_to_woo,
    stock_problems,
    stock_to_woo,
)
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.product import Attribute, Choice, Price, ProductType, Stock

from .parcels import price, product, shirt, stock, variant

KILOGRAM = Decimal(1)
FACTS = ShopFacts(
    currency="EUR",
    decimals=2,
    taxes=True,
    prices_include_tax=True,
    round_at_subtotal=False,
    kilograms_per_unit=KILOGRAM,
)


def settings(**changes: Any) -> Settings:
    return Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x", **changes)


# Articles


def test_an_article_says_only_what_is_known() -> None:
    assert product_to_woo(product(), settings(), KILOGRAM) == {"sku": "MUG", "name": "Article MUG"}


def test_an_article_says_everything_that_is_known() -> None:
    full = product(
        " MUG ",
        name="Article MUG",
        description="Long",
        short_description="Short",
        tax_class="zero",
        gtin="4006381333931",
        weight_kg=Decimal("0.35"),
        virtual=True,
    )
    assert product_to_woo(full, settings(), KILOGRAM) == {
        "sku": "MUG",
        "name": "Article MUG",
        "description": "Long",
        "short_description": "Short",
        "tax_class": "zero-rate",
        "global_unique_id": "4006381333931",
        "weight": "0.35",
        "virtual": True,
    }


def test_an_empty_text_clears_and_an_unknown_one_does_not() -> None:
    assert product_to_woo(product(description=""), settings(), KILOGRAM)["description"] == ""
    assert "description" not in product_to_woo(product(description=None), settings(), KILOGRAM)


def test_a_variant_has_neither_name_nor_short_text_of_its_own() -> None:
    fields = product_to_woo(variant("M", short_description="Short", description="Long"), settings(), KILOGRAM)
    assert fields == {"sku": "SHIRT-M", "description": "Long"}
    assert creation_fields(variant("M"), settings()) == {}


def test_only_a_new_article_gets_a_type_and_a_status() -> None:
    assert creation_fields(product(), settings()) == {"type": "simple", "status": "draft"}
    assert creation_fields(shirt(), settings(create_status="private")) == {"type": "variable", "status": "private"}
    assert not {"type", "status"} & set(product_to_woo(shirt(), settings(), KILOGRAM))


@pytest.mark.parametrize(
    ("kilograms", "unit", "weight"),
    [
        ("0.35", "1", "0.35"),
        ("0.35", "0.001", "350"),
        ("1", "0.45359237", "2.204623"),
        ("1", "0.028349523125", "35.273962"),
        ("100", "0.001", "100000"),
        ("0", "1", "0"),
    ],
)
def test_weights_are_told_in_the_shops_unit(kilograms: str, unit: str, weight: str) -> None:
    fields = product_to_woo(product(weight_kg=Decimal(kilograms)), settings(), Decimal(unit))
    assert fields["weight"] == weight


@pytest.mark.parametrize("name", ["standard", "reduced", "zero"])
def test_tax_classes_go_by_the_connections_table(name: str) -> None:
    own = settings(tax_classes={"standard": "", "reduced": "tax-7", "zero": "none"})
    assert product_problems(product(tax_class=name), own) == []
    wanted = {"standard": "", "reduced": "tax-7", "zero": "none"}[name]
    assert product_to_woo(product(tax_class=name), own, KILOGRAM)["tax_class"] == wanted


def test_a_tax_class_that_the_table_lacks_would_be_dropped_silently_so_it_is_refused() -> None:
    (problem,) = product_problems(product(tax_class="luxury"), settings())
    assert problem.sentence == (
        'the tax class "luxury" is not mapped. Add it to the connection (standard, reduced, zero are known).'
    )


# Attributes

COLOUR = {
    "id": 3,
    "name": "Colour",
    "options": ["Red"],
    "visible": False,
    "variation": False,
    "position": 0,
    "slug": "x",
}
CARE = {"id": 0, "name": "Care", "options": ["30°"], "visible": True, "variation": False, "position": 1, "slug": "y"}


def test_attributes_of_a_new_article_come_in_the_leaders_order() -> None:
    made = shirt().model_copy(
        update={"attributes": (Attribute(name="B", options=("1",)), Attribute(name="A", options=()))}
    )
    assert attributes_to_woo(made, [], "Manufacturer") == [
        {"name": "B", "options": ["1"], "visible": True, "variation": False, "position": 0},
        {"name": "A", "options": [], "visible": True, "variation": False, "position": 1},
    ]


def test_a_known_attribute_keeps_its_number_and_whether_it_is_shown_and_foreign_ones_stay_behind() -> None:
    made = product(attributes=(Attribute(name="colour", options=("Red", "Blue")),))
    assert attributes_to_woo(made, [CARE, COLOUR], "Manufacturer") == [
        {"id": 3, "options": ["Red", "Blue"], "visible": False, "variation": False, "position": 0},
        {"id": 0, "name": "Care", "options": ["30°"], "visible": True, "variation": False, "position": 1},
    ]


def test_the_manufacturer_comes_last_of_ours_and_only_if_wanted() -> None:
    made = product(manufacturer="Kiln", attributes=(Attribute(name="Size", options=("S",)),))
    names = [attribute["name"] for attribute in attributes_to_woo(made, [CARE], "Maker")]
    assert names == ["Size", "Maker", "Care"]
    assert [a["name"] for a in attributes_to_woo(made, [], "")] == ["Size"]


PARENT = [
    {"id": 3, "name": "Colour", "options": ["Red", "Blue"], "variation": True},
    {"id": 0, "name": "Size", "options": ["S", "M"], "variation": True},
    {"id": 0, "name": "Care", "options": ["30°"], "variation": False},
]


def test_choices_go_by_the_parents_attributes_in_its_own_spelling() -> None:
    fields, missing = choices_to_woo([Choice(name="COLOUR", option="red"), Choice(name="size", option="m")], PARENT)
    assert fields == [{"id": 3, "option": "Red"}, {"name": "Size", "option": "M"}]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "option"),
    [("Colour", "Pink"), ("Material", "Wool"), ("Care", "30°")],
    ids=["option", "attribute", "no choice"],
)
def test_what_the_parent_lacks_the_shop_would_drop_so_it_is_told(name: str, option: str) -> None:
    fields, (problem,) = choices_to_woo([Choice(name=name, option=option)], PARENT)
    assert fields == []
    assert problem.sentence == f'the parent in the shop has no option "{option}" of "{name}" yet.'


# Prices


def test_a_price_without_a_sale_clears_the_sale_and_its_dates() -> None:
    assert price_to_woo(price(regular="12.50")) == {
        "regular_price": "12.5",
        "sale_price": "",
        "date_on_sale_from_gmt": "",
        "date_on_sale_to_gmt": "",
    }


def test_the_dates_of_a_sale_are_utc_whatever_the_leaders_zone_and_summer_time() -> None:
    summer = datetime(2031, 7, 1, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    winter = datetime(2031, 12, 1, 0, 0, tzinfo=timezone(timedelta(hours=1)))
    fields = price_to_woo(price(sale=Decimal(9), sale_from=summer, sale_to=winter))
    assert fields["date_on_sale_from_gmt"] == "2031-06-30T22:00:00"
    assert fields["date_on_sale_to_gmt"] == "2031-11-30T23:00:00"


def test_dates_without_a_sale_price_are_no_sale() -> None:
    fields = price_to_woo(price(sale=None, sale_from=datetime(2031, 7, 1, tzinfo=UTC)))
    assert fields["date_on_sale_from_gmt"] == ""


@given(st.decimals(min_value=0, max_value=10**9, places=6, allow_nan=False, allow_infinity=False))
def test_any_price_is_written_as_plain_digits_and_means_the_same(amount: Decimal) -> None:
    text = price_to_woo(Price(id="1", sku="A", regular=amount))["regular_price"]
    assert Decimal(text) == amount
    assert set(text) <= set("0123456789.")


@pytest.mark.parametrize(
    ("changes", "facts", "field"),
    [
        ({"currency": "eur"}, FACTS, None),
        ({"currency": "USD"}, FACTS, "currency"),
        ({"includes_tax": True}, FACTS, None),
        ({"includes_tax": False}, FACTS, "includes_tax"),
        ({"includes_tax": None}, FACTS, None),
        ({}, None, None),
    ],
)
def test_a_price_fits_the_shops_way_of_keeping_prices_or_is_refused(
    changes: dict[str, Any], facts: ShopFacts | None, field: str | None
) -> None:
    entry = price(**changes)
    assert [problem.field for problem in price_problems(entry, facts)] == ([field] if field else [])
    assert needs_facts(entry) is bool(changes and next(iter(changes.values())) is not None)


def test_a_shop_without_taxes_keeps_prices_in_no_way_that_could_differ() -> None:
    without = ShopFacts(
        currency="EUR",
        decimals=2,
        taxes=False,
        prices_include_tax=False,
        round_at_subtotal=False,
        kilograms_per_unit=KILOGRAM,
    )
    assert price_problems(price(includes_tax=True), without) == []


# Stock


@pytest.mark.parametrize(
    ("backorders", "mode", "wanted"),
    [(None, "notify", None), (False, "notify", "no"), (True, "notify", "notify"), (True, "yes", "yes")],
)
def test_orderability_without_stock_goes_by_the_connection(
    backorders: bool | None, mode: str, wanted: str | None
) -> None:
    fields = stock_to_woo(stock(backorders=backorders), settings(backorders=mode))
    assert fields.get("backorders") == wanted
    assert (fields["manage_stock"], fields["stock_quantity"]) == (True, 7)


@given(st.integers(-2_000_000_000, 2_000_000_000))
def test_whole_units_are_written_as_they_are_negative_ones_too(units: int) -> None:
    entry = Stock(id="1", sku="A", quantity=Decimal(units))
    assert stock_problems(entry) == []
    assert stock_to_woo(entry, settings())["stock_quantity"] == units


@given(st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False, allow_infinity=False))
def test_parts_of_a_unit_are_always_refused_and_never_rounded(quantity: Decimal) -> None:
    problems = stock_problems(Stock(id="1", sku="A", quantity=quantity))
    assert bool(problems) is (quantity != int(quantity))


@pytest.mark.parametrize("quantity", ["12.0", "1E+2", "0"])
def test_a_whole_number_in_any_spelling_is_whole(quantity: str) -> None:
    assert stock_problems(stock(quantity=quantity)) == []


def test_every_type_of_article_is_known_to_the_shop() -> None:
    known = {creation_fields(product(type=kind), settings()).get("type") for kind in ProductType if kind != "variant"}
    assert known == {"simple", "variable"}
