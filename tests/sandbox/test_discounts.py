"""How coupons fall on lines, cent by cent."""

from decimal import Decimal

import pytest

from trueup.sandbox.discounts import Article, Coupon, Discountable, Discounts


def lines(*pairs: tuple[str, int]) -> list[Discountable]:
    """Lines of (line price in cents, quantity), keyed 0, 1, 2 ..."""
    return [
        Discountable(key=key, article=Article(id=key, price=Decimal(price)), quantity=quantity, price=Decimal(price))
        for key, (price, quantity) in enumerate(pairs)
    ]


def coupon(discount_type: str, amount: str, code: str = "c", **more: object) -> Coupon:
    return Coupon(id=1, code=code, amount=Decimal(amount), discount_type=discount_type, **more)  # type: ignore[arg-type]  # more holds the fields' own types


def taken(of: list[Discountable], *coupons: Coupon, sequential: bool = False) -> list[Decimal]:
    discounts = Discounts(lines=of, sequential=sequential, decimals=2)
    for one in coupons:
        discounts.apply(one)
    return [discounts.by_line()[key] for key in range(len(of))]


@pytest.mark.parametrize(
    ("of", "off"),
    [
        ([("1000", 1), ("500", 1)], [100, 50]),
        ([("999", 1), ("995", 1)], [100, 99]),  # floor 99 + 99, the lost cent goes to the dearest piece
        ([("15", 1), ("15", 1), ("15", 1)], [2, 1, 1]),
        ([("1990", 10), ("500", 1)], [199, 50]),
    ],
)
def test_percent_rounds_down_per_line_and_gives_the_lost_cents_back(of: list[tuple[str, int]], off: list[int]) -> None:
    assert taken(lines(*of), coupon("percent", "10")) == off


def test_half_a_cent_of_the_whole_discount_is_not_given() -> None:
    assert taken(lines(("5", 1)), coupon("percent", "10")) == [0]
    assert taken(lines(("6", 1)), coupon("percent", "10")) == [1]


def test_percent_of_a_limited_number_of_pieces_starts_with_the_dearest() -> None:
    of = lines(("3000", 3), ("4000", 2))
    assert taken(of, coupon("percent", "50", limit_usage_to_x_items=3)) == [500, 2000]


def test_coupons_add_up_unless_the_shop_applies_them_one_after_the_other() -> None:
    both = coupon("percent", "50", "a"), coupon("percent", "50", "b")
    assert taken(lines(("1000", 1)), *both) == [1000]
    assert taken(lines(("1000", 1)), *both, sequential=True) == [750]


def test_a_product_coupon_is_per_piece_and_never_more_than_the_price() -> None:
    assert taken(lines(("1000", 2), ("300", 3)), coupon("fixed_product", "2.00")) == [400, 300]


def test_a_product_coupon_for_some_pieces() -> None:
    three = coupon("fixed_product", "1.33", limit_usage_to_x_items=3)
    assert taken(lines(("1000", 2), ("900", 3)), three) == [266, 133]


def test_a_cart_coupon_is_spread_over_the_pieces_and_its_cents_go_to_the_dearest_first() -> None:
    of = lines(("8400", 7), ("33983", 17), ("23880", 24), ("1999", 6), ("237", 1))
    off = taken(of, coupon("fixed_cart", "12.34"))
    assert off == [161, 391, 528, 132, 22]
    assert sum(off) == 1234


def test_a_cart_coupon_spreads_what_cheap_lines_cannot_take_over_the_others() -> None:
    assert taken(lines(("10", 1), ("10000", 1)), coupon("fixed_cart", "50.00")) == [10, 4990]


def test_a_cart_coupon_takes_no_more_than_there_is() -> None:
    assert taken(lines(("100", 1), ("200", 2)), coupon("fixed_cart", "50.00")) == [100, 200]


def test_a_coupon_for_one_product_leaves_the_others_alone() -> None:
    assert taken(lines(("1000", 1), ("1000", 1)), coupon("percent", "10", product_ids=(1,))) == [0, 100]


def test_a_coupon_for_a_parent_covers_its_variations() -> None:
    small = Article(id=7, price=Decimal(1), parent_id=5)
    assert coupon("percent", "10", product_ids=(5,)).covers(small)
    assert not coupon("percent", "10", excluded_product_ids=(5,)).covers(small)


def test_categories_and_sale_prices_decide_too() -> None:
    mug = Article(id=1, price=Decimal(1), category_ids=(3,), on_sale=True)
    assert coupon("percent", "1", product_categories=(3, 4)).covers(mug)
    assert not coupon("percent", "1", product_categories=(4,)).covers(mug)
    assert not coupon("percent", "1", excluded_product_categories=(3,)).covers(mug)
    assert not coupon("percent", "1", exclude_sale_items=True).covers(mug)
    assert not coupon("percent", "1").covers(None)
