"""The shop's rules for coupons one by one, in its order and in its words, without a shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from trueup.sandbox.coupon_rules import Applicant, PriceFormat, missing, refusal
from trueup.sandbox.discounts import Article, Coupon

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MUG = Article(id=1, price=Decimal(10), category_ids=(5,))
SALE = Article(id=2, price=Decimal(8), on_sale=True)
SHIRT_S = Article(id=4, price=Decimal(12), parent_id=3)
EURO = PriceFormat(decimal_separator=",", thousand_separator=".", position="right_space")


def coupon(**more: Any) -> Coupon:
    facts = {"id": 1, "code": "c", "amount": Decimal(5), "discount_type": "fixed_cart", **more}
    return Coupon(**facts)


def applicant(*articles: Article, **more: Any) -> Applicant:
    facts = {"articles": articles or (MUG,), "subtotal": Decimal(10), "now": NOW, **more}
    return Applicant(**facts)


NOT_APPLICABLE = "Sorry, coupon &quot;c&quot; is not applicable to selected products."
USED_UP = "Usage limit for coupon &quot;c&quot; has been reached."


@pytest.mark.parametrize(
    ("limits", "who", "sentence"),
    [
        ({}, {}, None),
        ({"usage_limit": 2, "usage_count": 1}, {}, None),
        ({"usage_limit": 2, "usage_count": 2}, {}, USED_UP),
        ({"usage_limit": 0, "usage_count": 9}, {}, None),
        ({"usage_limit_per_user": 1}, {"used_by_customer": 0}, None),
        ({"usage_limit_per_user": 1}, {"used_by_customer": 1}, USED_UP),
        ({}, {"expires": NOW}, None),
        ({}, {"expires": NOW - timedelta(seconds=1)}, "Coupon &quot;c&quot; has expired."),
    ],
)
def test_uses_and_time(limits: dict[str, Any], who: dict[str, Any], sentence: str | None) -> None:
    assert refusal(coupon(**limits), applicant(**who), EURO) == sentence


@pytest.mark.parametrize(
    ("minimum", "maximum", "subtotal", "refused"),
    [
        ("0", "0", "10", None),
        ("10", "0", "10", None),
        ("10.01", "0", "10", "minimum"),
        ("0", "10", "10", None),
        ("0", "9.99", "10", "maximum"),
        ("20", "5", "10", "minimum"),
    ],
)
def test_the_spend_includes_its_bounds(minimum: str, maximum: str, subtotal: str, refused: str | None) -> None:
    bounded = coupon(minimum_amount=Decimal(minimum), maximum_amount=Decimal(maximum))
    sentence = refusal(bounded, applicant(subtotal=Decimal(subtotal)), EURO)
    assert (sentence or "").startswith(f"The {refused} spend for coupon &quot;c&quot; is " if refused else "")
    assert (sentence is None) is (refused is None)


@pytest.mark.parametrize("kind", ["percent", "fixed_product", "fixed_cart"])
@pytest.mark.parametrize(
    ("limits", "articles", "taken"),
    [
        ({"product_ids": (1,)}, (MUG,), True),
        ({"product_ids": (1,)}, (SALE,), False),
        ({"product_ids": (1,)}, (SALE, MUG), True),
        ({"product_ids": (3,)}, (SHIRT_S,), True),
        ({"product_categories": (5,)}, (MUG,), True),
        ({"product_categories": (6,)}, (MUG,), False),
    ],
)
def test_what_must_be_in_the_order(
    kind: str, limits: dict[str, Any], articles: tuple[Article, ...], taken: bool
) -> None:
    sentence = refusal(coupon(discount_type=kind, **limits), applicant(*articles), EURO)
    assert sentence == (None if taken else NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("limits", "articles", "per_product", "per_cart"),
    [
        ({"exclude_sale_items": True}, (MUG, SALE), None, "not valid for sale items"),
        ({"exclude_sale_items": True}, (SALE,), "not applicable to selected products", "not valid for sale items"),
        ({"excluded_product_ids": (1,)}, (MUG, SALE), None, "not applicable to the products: Mug"),
        (
            {"excluded_product_ids": (3,)},
            (SHIRT_S,),
            "not applicable to selected products",
            "not applicable to the products: Shirt - S",
        ),
        ({"excluded_product_categories": (5,)}, (MUG, SALE), None, "not applicable to the categories"),
    ],
)
def test_unwanted_goods_bar_a_cart_coupon_and_are_passed_over_by_the_others(
    limits: dict[str, Any], articles: tuple[Article, ...], per_product: str | None, per_cart: str
) -> None:
    names = {1: "Mug", 2: "Sale", 4: "Shirt - S"}
    asked = applicant(*articles, names=names)
    by_product = refusal(coupon(discount_type="percent", **limits), asked, EURO)
    assert by_product is None if per_product is None else per_product in (by_product or "")
    assert per_cart in (refusal(coupon(**limits), asked, EURO) or "")


@pytest.mark.parametrize(
    ("allowed", "email", "taken"),
    [
        ((), "max@example.test", True),
        (("eva@example.test",), "EVA@example.test", True),
        (("eva@example.test",), "max@example.test", False),
        (("*@firm.test",), "anyone@firm.test", True),
        (("*@firm.test",), "anyone@firm.test.org", False),
        (("eva@example.test",), "", True),
    ],
)
def test_addresses(allowed: tuple[str, ...], email: str, taken: bool) -> None:
    sentence = refusal(coupon(email_restrictions=allowed), applicant(email=email), EURO)
    assert (sentence is None) is taken


def test_the_first_broken_rule_is_named() -> None:
    worst = coupon(usage_limit=1, usage_count=1, minimum_amount=Decimal(99), product_ids=(77,))
    old = {"expires": NOW - timedelta(days=1)}
    assert refusal(worst, applicant(**old), EURO) == USED_UP
    fresh = replace(worst, usage_limit=None)
    assert refusal(fresh, applicant(**old), EURO) == "Coupon &quot;c&quot; has expired."
    assert "minimum spend" in (refusal(fresh, applicant(), EURO) or "")
    assert refusal(replace(fresh, minimum_amount=Decimal(0)), applicant(), EURO) == NOT_APPLICABLE


def test_codes_are_escaped_in_sentences() -> None:
    wanted = "Coupon &quot;&lt;b&gt;x&quot; cannot be applied because it does not exist."
    assert missing("<b>x") == wanted
    assert "&quot;a &amp; b&quot;" in (
        refusal(coupon(code="a & b", usage_limit=1, usage_count=1), applicant(), EURO) or ""
    )


def test_an_empty_order_takes_any_coupon_without_conditions() -> None:
    assert refusal(coupon(discount_type="percent"), replace(applicant(), articles=()), EURO) is None
