"""Promise 8: what a shop may sell is a sum, and the sum that is shown is the number that is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trueup.domain.allocation import Promise
from trueup.domain.product import Stock
from trueup.domain.sellable import MOST_ORDERS, Explanation, Share, StockPolicy, What, explanation_from, sellable

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NAMES = {1: "Stockholm", 2: "Malmö"}


def held(number: int, units: int, shop_id: int = 1, line: str = "1") -> Promise:
    return Promise(
        shop_id=shop_id,
        order_ref=str(number),
        line=line,
        number=str(number),
        product="88",
        sku="MUG-1",
        quantity=Decimal(units),
        stage="placed",
        promised_at=NOON,
    )


def stock(quantity: int, on_hand: int | None = None, *, backorders: bool | None = None) -> Stock:
    shelf = None if on_hand is None else Decimal(on_hand)
    return Stock(id="A1", sku="MUG-1", quantity=Decimal(quantity), on_hand=shelf, backorders=backorders)


def explained(has: Stock, *promises: Promise, share: Share | None = None) -> Explanation:
    return sellable(has, promises, share or Share(), shop_id=1, names=NAMES)


@pytest.mark.parametrize(
    ("has", "promises", "share", "sentence"),
    [
        (stock(10), (), Share(), "10 in stock − 0 open web orders − 0 buffer = 10"),
        (stock(10), (held(7, 1),), Share(), "10 in stock − 1 open web order (#7 ×1) − 0 buffer = 9"),
        (
            stock(7, 10),
            (held(1041, 1), held(1043, 2)),
            Share(),
            "10 on hand − 3 sold in store or reserved − 3 open web orders (#1041 ×1, #1043 ×2) − 0 buffer = 4",
        ),
        (stock(12, 10), (), Share(), "10 on hand + 2 on the way in − 0 open web orders − 0 buffer = 12"),
        (
            stock(10),
            (held(9, 1, shop_id=2), held(8, 2)),
            Share(buffer=1),
            "10 in stock − 3 open web orders (#8 ×2, #9 ×1 in Malmö) − 1 buffer = 6",
        ),
        (
            stock(9),
            (),
            Share(percent=50, buffer=2),
            "9 in stock − 0 open web orders − 2 buffer − 4 for other shops = 3",
        ),
        (
            stock(1),
            (held(7, 3),),
            Share(),
            "1 in stock − 3 open web orders (#7 ×3) − 0 buffer + 2 not shown below 0 = 0",
        ),
        (stock(1, backorders=True), (held(7, 3),), Share(), "1 in stock − 3 open web orders (#7 ×3) − 0 buffer = −2"),
        (stock(-4), (), Share(), "−4 in stock − 0 open web orders − 0 buffer + 4 not shown below 0 = 0"),
    ],
)
def test_a_sum_is_one_sentence(has: Stock, promises: tuple[Promise, ...], share: Share, sentence: str) -> None:
    assert explained(has, *promises, share=share).sentence == sentence


def test_two_lines_of_one_order_are_one_entry() -> None:
    assert "(#7 ×3)" in explained(stock(10), held(7, 1, line="1"), held(7, 2, line="2")).sentence


def test_orders_of_two_shops_with_one_number_are_two() -> None:
    [_, part, _] = explained(stock(10), held(7, 1), held(7, 2, shop_id=2)).parts
    assert [str(one) for one in part.orders] == ["#7 ×1", "#7 ×2 in Malmö"]


def test_a_hot_article_names_its_first_orders_and_counts_the_rest() -> None:
    said = explained(stock(1000), *[held(number, 2) for number in range(100, 150)])
    [_, part, _] = said.parts
    assert len(part.orders) == MOST_ORDERS
    assert said.number == 900
    assert "and 60 more)" in said.sentence


def test_the_buffer_of_an_article_goes_before_that_of_a_shop() -> None:
    policy = StockPolicy(shops={"1": Share(buffer=2, percent=80)}, buffers={"MUG-1": 5})
    assert policy.share(1, " mug-1") == Share(buffer=5, percent=80)
    assert policy.share(1, "MUG-2") == Share(buffer=2, percent=80)
    assert policy.share(2, "MUG-2") == Share()
    assert policy.share(2, None) == Share()


def test_a_number_says_the_same_only_with_the_same_backorders() -> None:
    assert explained(stock(5)).says_the_same(explained(stock(6), held(7, 1)))
    assert not explained(stock(5)).says_the_same(explained(stock(5, backorders=True)))


units = st.integers(-5, 60)
numbers = st.builds(stock, units, st.one_of(st.none(), units), backorders=st.sampled_from([None, True, False]))
open_orders = st.lists(st.builds(held, st.integers(1, 40), st.integers(0, 9), st.integers(1, 3), st.sampled_from("ab")))
shares = st.builds(Share, buffer=st.integers(0, 9), percent=st.integers(1, 100))


@settings(max_examples=10_000, deadline=None)
@given(has=numbers, promises=open_orders, share=shares)
@example(has=stock(7, 10), promises=[held(1041, 1), held(1043, 2)], share=Share())
def test_promise_8_ten_thousand_sums_add_up_to_the_number_that_is_sent(
    has: Stock, promises: list[Promise], share: Share
) -> None:
    said = sellable(has, promises, share, shop_id=1, names=NAMES)
    assert sum(part.quantity for part in said.parts) == said.number
    assert explanation_from(said.as_json()) == said
    assert said.sentence.endswith(f"= {'−' if said.number < 0 else ''}{abs(said.number)}")
    [open_] = [part for part in said.parts if part.what is What.PROMISED]
    assert -open_.quantity == sum(one.quantity for one in promises)
    assert sum((one.quantity for one in open_.orders), open_.others) == -open_.quantity
    assert said.number >= 0 or has.backorders
    assert said.number <= max(Decimal(0), has.quantity - sum(one.quantity for one in promises) - share.buffer)
