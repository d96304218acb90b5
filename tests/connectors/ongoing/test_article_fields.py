"""The article half of the field map, row by row: each test bears the number of the promise that it holds."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.connectors.ongoing.articles import ARTICLE, article, left_out, problems
from trueup.connectors.ongoing.settings import MappingSettings
from trueup.domain.product import Choice, Product, ProductType

SHIRT = Product(
    id="88",
    code="88",
    sku="SHIRT",
    name="Shirt",
    type=ProductType.VARIABLE,
    status="publish",
    categories=("Clothes > Shirts",),
)


def mug(**changes: Any) -> Product:
    fields = {"id": "12", "code": "12", "sku": "MUG-1", "name": "Mug", "status": "publish"}
    return Product.model_validate({**fields, **changes})


def red_shirt(**changes: Any) -> Product:
    """A variant as the shop tells it: `88/91` is its id here, 91 its number there."""
    choices = (Choice(name="Colour", option="Red"), Choice(name="Size", option="M"))
    fields = {"id": "88/91", "code": "91", "sku": "SHIRT-RED-M", "name": "Shirt - Red, M", "parent": "88"}
    return Product.model_validate({**fields, "type": ProductType.VARIANT, "choices": choices, **changes})


def made(product: Product, parent: Product | None = None, **settings: Any) -> dict[str, Any]:
    """What stands below ArticleDefinition."""
    sent = article(product, parent, MappingSettings(**settings))
    assert list(sent) == ["ArticleDefinition"]
    found: dict[str, Any] = sent["ArticleDefinition"]
    return found


def test_a_product_and_a_variant_with_every_default() -> None:
    assert made(mug()) == {
        "ArticleNumber": "MUG-1",
        "ArticleName": "Mug",
        "ProductCode": "12",
        "Unit": "st",
        "IsStockArticle": True,
    }
    assert made(red_shirt(), SHIRT) == {
        "ArticleNumber": "SHIRT-RED-M",
        "ArticleName": "Shirt Red, M",
        "ProductCode": "91",
        "Unit": "st",
        "IsStockArticle": True,
    }


def test_row_55_each_variant_is_an_article_and_its_parent_is_none() -> None:
    assert left_out(red_shirt(), SHIRT, MappingSettings()) is None
    assert left_out(SHIRT, None, MappingSettings()) == (
        "SHIRT is the parent of variants; each of its variants is an article."
    )


def test_row_55_a_variant_waits_for_the_product_that_it_belongs_to() -> None:
    assert [problem.field for problem in problems(red_shirt(), None, MappingSettings())] == ["parent"]


@pytest.mark.parametrize("sku", [None, "SHIRT"], ids=["no SKU", "the parent's SKU, as a shop shows it"])
def test_row_56_a_variant_without_a_number_of_its_own_goes_by_policy(sku: str | None) -> None:
    variant = red_shirt(sku=sku)
    waits, skips, makes = (
        MappingSettings(variants_without_number=policy) for policy in ("quarantine", "skip", "synthesise")
    )
    assert [problem.sentence for problem in problems(variant, SHIRT, waits)] == [
        "it has no SKU of its own, and the warehouse knows articles by it. Give it a unique SKU in the shop."
    ]
    assert left_out(variant, SHIRT, waits) is None
    assert "without a SKU of its own" in str(left_out(variant, SHIRT, skips))
    assert (left_out(variant, SHIRT, makes), problems(variant, SHIRT, makes)) == (None, [])
    assert made(variant, SHIRT, variants_without_number="synthesise")["ArticleNumber"] == "SHIRT-91"


def test_row_56_a_simple_product_without_a_number_waits_whatever_the_policy() -> None:
    for policy in ("quarantine", "skip", "synthesise"):
        settings = MappingSettings(variants_without_number=policy)
        assert [problem.field for problem in problems(mug(sku=None), None, settings)] == ["sku"]


def test_row_59_the_article_number_is_the_sku_of_the_product_or_the_variant() -> None:
    assert made(mug())["ArticleNumber"] == "MUG-1"
    assert made(red_shirt(), SHIRT)["ArticleNumber"] == "SHIRT-RED-M"


def test_row_60_the_article_name_is_the_title_and_for_a_variant_title_and_options() -> None:
    assert made(mug(name="Müller & Söhne mug"))["ArticleName"] == "Müller & Söhne mug"
    assert made(red_shirt(), SHIRT)["ArticleName"] == "Shirt Red, M"


def test_row_61_the_product_code_is_the_shops_own_number() -> None:
    assert made(mug())["ProductCode"] == "12"
    assert made(red_shirt(), SHIRT)["ProductCode"] == "91"
    assert made(mug(code=None))["ProductCode"] == "12"


def test_row_62_the_unit_is_st_unless_the_setting_or_the_article_says_another() -> None:
    assert made(mug())["Unit"] == "st"
    assert made(mug(), unit="Nos")["Unit"] == "Nos"
    assert made(mug(unit="kg"))["Unit"] == "kg"


def test_row_63_categories_are_sent_only_when_switched_on() -> None:
    with_category = mug(categories=("Kitchen > Mugs", "Gifts"))
    assert "Categories" not in made(with_category)
    assert made(with_category, categories=True)["Categories"] == ["Kitchen > Mugs", "Gifts"]
    assert made(red_shirt(), SHIRT, categories=True)["Categories"] == ["Clothes > Shirts"]


@pytest.mark.parametrize(
    ("virtual", "setting", "expected"),
    [
        (False, "always", True),
        (True, "always", True),
        (False, "from_virtual", True),
        (True, "from_virtual", False),
    ],
)
def test_rows_64_and_65_a_virtual_product_is_a_stock_article_unless_the_setting_says_otherwise(
    virtual: bool, setting: str, expected: bool
) -> None:
    assert made(mug(virtual=virtual), stock_article=setting)["IsStockArticle"] is expected
    assert left_out(mug(virtual=virtual), None, MappingSettings(stock_article=setting)) is None


@pytest.mark.parametrize(
    ("status", "statuses", "is_sent"),
    [
        ("publish", ("publish",), True),
        ("draft", ("publish",), False),
        ("private", ("publish", "private"), True),
        (None, ("publish",), True),
    ],
    ids=["published", "draft", "private, which is wanted", "a leader without statuses"],
)
def test_row_66_products_are_sent_while_they_are_in_a_wanted_status(
    status: str | None, statuses: tuple[str, ...], is_sent: bool
) -> None:
    reason = left_out(mug(status=status), None, MappingSettings(product_statuses=statuses))
    assert (reason is None) is is_sent


def test_row_66_a_product_that_leaves_its_status_says_so_and_takes_its_variants_along() -> None:
    draft = SHIRT.model_copy(update={"status": "draft"})
    assert left_out(red_shirt(), draft, MappingSettings()) == (
        "SHIRT-RED-M is draft in the shop; articles are sent while they are publish."
    )


def test_the_article_table_is_complete_and_in_order() -> None:
    assert [field.row for field in ARTICLE] == [1, 2, 3, 4, 5, 6]
    assert [field.target.removeprefix("ArticleDefinition.") for field in ARTICLE] == [
        *("ArticleNumber", "ArticleName", "ProductCode", "Unit", "Categories", "IsStockArticle")
    ]
