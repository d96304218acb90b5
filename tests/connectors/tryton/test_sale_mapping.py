"""Orders as sales, without a server: what is written, what is refused, and that every sum comes to the shop's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import MissingLink, OutsideError, Rejected
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import Tax
from trueup.connectors.tryton.sale_lines import Line, amount, lines_for, predicted_tax, predicted_total
from trueup.connectors.tryton.sale_mapping import SaleFacts, order_lines, sale_to_tryton, step_of
from trueup.domain.order import Order, Position, PositionType, TaxPart
from trueup.domain.record import Kind, Ref

from .baskets import fee, goods, order, shipping
from .facts import DIGITS, METRE, PIECE, TO, VAT, article, facts, links_of, settings

ROUNDING = "Rounding difference to the shop's total"


def sale(order: Order, given: SaleFacts | None = None, reference: str = "WC-ORDER-1") -> Row:
    return sale_to_tryton(order, reference, TO, links_of(order), given or facts())


def lines(order: Order, given: SaleFacts | None = None) -> list[Row]:
    [[action, created]] = sale(order, given)["lines"]
    assert action == "create"
    return list(created)


def refusal(order: Order, given: SaleFacts | None = None) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        sale(order, given)
    return raised.value


def shown(line: Row) -> tuple[Any, ...]:
    return line["product"], line["quantity"], line["unit_price"], line["taxes"][0][1]


class TestTheSale:
    def test_belongs_to_company_party_shop_and_warehouse(self) -> None:
        found = sale(order(1, goods(10)), reference="WC-ORDER-77")
        found.pop("lines")
        assert found == {
            "company": 1,
            "currency": 1,
            "party": 5,
            "invoice_address": 6,
            "shipment_address": 7,
            "warehouse": 3,
            "web_shop": 2,
            "web_id": "WC-ORDER-77",
            "reference": "WC-ORDER-1",
            "sale_date": date(2026, 11, 20),
            "comment": None,
            "invoice_method": "order",
            "shipment_method": "order",
            "carrier": None,
            "shipment_cost_method": None,
            "payment_term": None,
        }

    def test_has_the_note_the_carrier_and_the_payment_term(self) -> None:
        found = sale(order(1, goods(10), note="Ring twice"), facts(carrier=8, payment_term=9))
        assert (found["comment"], found["carrier"], found["payment_term"]) == ("Ring twice", 8, 9)

    @pytest.mark.parametrize("fields", [frozenset(), frozenset({"payment_term"})])
    def test_says_nothing_of_modules_that_the_database_does_not_have(self, fields: frozenset[str]) -> None:
        optional = {"carrier", "shipment_cost_method", "payment_term"}
        assert optional & set(sale(order(1, goods(10)), facts(sale_fields=fields))) == fields

    @pytest.mark.parametrize(
        ("zone", "day"), [("UTC", 31), ("Europe/Berlin", 1), ("America/New_York", 31), ("Asia/Tokyo", 1)]
    )
    def test_is_dated_by_the_company_s_calendar(self, zone: str, day: int) -> None:
        """The last hour of the year in London is the next year in Berlin, and another fiscal year."""
        late = order(1, goods(10), created_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
        assert sale(late, facts(zone=ZoneInfo(zone)))["sale_date"].day == day

    def test_shows_the_price_before_a_coupon_where_tryton_has_a_field_for_it(self) -> None:
        reduced = order(1, goods(10, "2", "18.00", before_coupon="20.00"))
        assert [line["base_price"] for line in lines(reduced)] == [10]
        assert "base_price" not in lines(reduced, facts(line_fields=frozenset()))[0]
        assert "base_price" not in lines(order(1, goods(10)))[0]


class TestPositions:
    def test_are_goods_shipping_and_fees_with_products_of_their_own(self) -> None:
        found = lines(order(1, goods(10, "2", "20.00"), shipping("4.90"), fee("3.00"), fee("-5.00", name="Voucher")))
        assert [shown(line) for line in found] == [
            (10, 2.0, Decimal(10), [19]),
            (101, 1.0, Decimal("4.9"), [19]),
            (102, 1.0, Decimal(3), [19]),
            (103, 1.0, Decimal(-5), [19]),
        ]
        assert [line["description"] for line in found] == ["Article 10", "DHL parcel", "Gift wrap", "Voucher"]
        assert {line["type"] for line in found} == {"line"}

    def test_use_the_codes_of_the_settings(self) -> None:
        given = facts(
            settings=settings(shipping_product="POST", fee_product="EXTRA"),
            services={"POST": article(201), "EXTRA": article(202), "DISCOUNT": article(203)},
        )
        found = lines(order(1, shipping(), fee("1.00"), fee("-1.00")), given)
        assert [line["product"] for line in found] == [201, 202, 203]

    @pytest.mark.parametrize(("product", "unit"), [(10, PIECE), (20, METRE)])
    def test_are_counted_in_the_unit_of_sale_else_in_the_default_one(self, product: int, unit: int) -> None:
        assert lines(order(1, goods(product)))[0]["unit"] == unit

    def test_of_a_variant_that_is_not_linked_yet_wait_for_it(self) -> None:
        waiting = order(1, goods(10))
        with pytest.raises(MissingLink) as missing:
            sale_to_tryton(waiting, "R", TO, {}, facts())
        assert missing.value.ref == Ref(kind=Kind.PRODUCT, id="shop-10")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("positions", "given", "field", "sentence"),
        [
            (
                [goods(10, "0")],
                {},
                "quantity",
                'the quantity of line "Article 10" is 0. Correct it in the shop.',
            ),
            (
                [goods(10).model_copy(update={"product": None})],
                {},
                "lines",
                'the article of line "Article 10" is unknown. Enter the order by hand.',
            ),
            (
                [goods(77)],
                {},
                "lines",
                "article SKU of 77 (product 77) no longer exists in Tryton. Link it anew.",
            ),
            (
                [goods(77).model_copy(update={"sku": None})],
                {},
                "lines",
                "article Article 77 (product 77) no longer exists in Tryton. Link it anew.",
            ),
            (
                [goods(10, percent="25")],
                {},
                "tax",
                "there is no sales tax of 25 % in Tryton. Create it, then retry.",
            ),
            (
                [goods(10, percent="5.50")],
                {},
                "tax",
                "there is no sales tax of 5.5 % in Tryton. Create it, then retry.",
            ),
            (
                [goods(10)],
                {"settings": settings(taxes={"19": "VAT shop"})},
                "tax",
                'there is no sales tax "VAT shop" of 19 % in Tryton. Create it, then retry.',
            ),
            (
                [goods(10)],
                {"currencies": {}},
                "currency",
                "the currency EUR is missing in Tryton. Create it with its rate.",
            ),
        ],
    )
    def test_names_the_field_and_what_to_do(
        self, positions: list[Position], given: dict[str, Any], field: str, sentence: str
    ) -> None:
        error = refusal(order(1, *positions), facts(**given))
        assert isinstance(error, Rejected)
        assert (error.field, error.sentence) == (field, sentence)

    def test_a_tax_whose_rate_the_order_does_not_list(self) -> None:
        error = refusal(order(1, goods(10), rates=()))
        assert error.sentence == 'the tax rate of line "Article 10" is missing in the order.'


class TestTaxes:
    SECOND = Tax(id=20, name="VAT shop", rate=Decimal("0.19"))

    @pytest.mark.parametrize(
        ("own", "named", "chosen"),
        [
            ((), None, 19),
            ((20,), None, 20),
            ((7, 19, 20), None, 19),
            ((19,), "VAT shop", 20),
            ((), "VAT shop", 20),
        ],
        ids=["the first", "the article's own", "the first of its own", "the named one", "named, without its own"],
    )
    def test_of_one_percentage_are_chosen_by_name_then_by_the_article(
        self, own: tuple[int, ...], named: str | None, chosen: int
    ) -> None:
        given = facts(
            settings=settings(taxes={"19": named} if named else {}),
            taxes=(*VAT.values(), self.SECOND),
            products={10: article(10, taxes=own)},
        )
        assert lines(order(1, goods(10)), given)[0]["taxes"] == [["add", [chosen]]]

    def test_of_0_percent_are_none_or_tryton_s_own(self) -> None:
        free = order(1, goods(10, percent="0"))
        zero = Tax(id=3, name="Export", rate=Decimal(0))
        assert lines(free)[0]["taxes"] == [["add", []]]
        assert lines(free, facts(taxes=(*VAT.values(), zero)))[0]["taxes"] == [["add", [3]]]

    def test_that_are_listed_but_charged_nothing_do_not_apply(self) -> None:
        exempt = goods(10).model_copy(update={"taxes": (TaxPart(rate="19", amount=Decimal(0)),)})
        assert lines(order(1, exempt))[0]["taxes"] == [["add", []]]

    def test_of_a_free_line_stay_on_it(self) -> None:
        assert lines(order(1, goods(10, net="0.00")))[0]["taxes"] == [["add", [19]]]

    def test_that_are_spread_over_a_negative_fee_make_a_line_each(self) -> None:
        spread = fee("-10.00", name="Voucher").model_copy(
            update={
                "taxes": (
                    TaxPart(rate="19", amount=Decimal("-0.95")),
                    TaxPart(rate="7", amount=Decimal("-0.35")),
                )
            }
        )
        voucher = order(1, goods(10, net="50.00"), goods(20, net="50.00", percent="7"), spread)
        found = [shown(line) for line in lines(voucher)[2:]]
        assert found == [(103, 1.0, Decimal(-5), [19]), (103, 1.0, Decimal(-5), [7])]

    def test_on_a_part_of_a_fee_leave_the_rest_of_it_untaxed(self) -> None:
        partly = fee("-10.00").model_copy(update={"taxes": (TaxPart(rate="19", amount=Decimal("-0.95")),)})
        found = [shown(line) for line in lines(order(1, goods(10, net="50.00"), partly))[1:]]
        assert found == [(103, 1.0, Decimal(-5), [19]), (103, 1.0, Decimal(-5), [])]


# Whatever the numbers, the sum is the shop's


def rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@st.composite
def positions(draw: st.DrawFn, digits: int) -> Position:
    """As a shop makes them: a net price with up to six decimals, the tax rounded or not."""
    type_ = draw(st.sampled_from([PositionType.GOODS, PositionType.GOODS, PositionType.SHIPPING, PositionType.FEE]))
    quantity = Decimal(draw(st.integers(1, 5000))) if type_ is PositionType.GOODS else Decimal(1)
    places = draw(st.sampled_from([digits, 6]))
    lowest = -500 if type_ is PositionType.FEE else 0
    total = draw(st.decimals(lowest, 5000, places=places, allow_nan=False))
    percent = draw(st.sampled_from(["19", "7", "0"]))
    tax = total * Decimal(percent) / 100
    found = goods(10, str(quantity), str(total), percent)
    return found.model_copy(
        update={
            "id": str(draw(st.integers(0, 10**9))),
            "type": type_,
            "product": found.product if type_ is PositionType.GOODS else None,
            "taxes": (TaxPart(rate=percent, amount=rounded(tax, draw(st.sampled_from([digits, 6])))),),
        }
    )


def shop_order(found: list[Position], currency: str) -> Order:
    """With totals as a shop shows them: net and tax rounded to the currency, each in one go."""
    digits = DIGITS[currency]
    net = rounded(sum((line.total for line in found), Decimal(0)), digits)
    tax = rounded(sum((line.tax for line in found), Decimal(0)), digits)
    return order(1, *found, currency=currency, decimals=digits, total=net + tax, total_tax=tax)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    currency = draw(st.sampled_from(list(DIGITS)))
    return shop_order(draw(st.lists(positions(DIGITS[currency]), min_size=1, max_size=5)), currency)


@given(found=orders(), tax_rounding=st.sampled_from(["document", "line"]))
@hypothesis_settings(max_examples=120, deadline=None)
def test_the_lines_come_to_the_order_s_total_or_are_further_off_than_a_rounding_line_may_settle(
    found: Order, tax_rounding: str
) -> None:
    given = facts(tax_rounding=tax_rounding)
    step = step_of(given.currencies[found.currency])
    made = list(order_lines(found, links_of(found), given, step))
    settled = [line for line in made if line.description == ROUNDING]
    total = predicted_total(made, step, tax_rounding)
    limit = given.settings.rounding_limit * step
    if total != found.total:
        assert abs(found.total - total) > limit
        assert settled == []
    assert len(settled) <= 1
    assert all(abs(line.price) <= limit and not line.taxes for line in settled)
    assert all(line.price == line.price.quantize(Decimal("0.0001")) for line in made), "Tryton keeps four decimals"


@given(found=orders())
@hypothesis_settings(max_examples=60, deadline=None)
def test_the_pieces_that_are_sold_are_the_pieces_that_were_ordered(found: Order) -> None:
    given = facts()
    made = order_lines(found, links_of(found), given, step_of(given.currencies[found.currency]))
    sold = sum((line.quantity for line in made if line.product == 10), Decimal(0))
    assert sold == sum(line.quantity for line in found.positions if line.type is PositionType.GOODS)


@given(
    quantity=st.integers(1, 20_000),
    total=st.decimals(-99_999, 99_999, places=6, allow_nan=False),
    digits=st.sampled_from([0, 2, 3]),
)
@hypothesis_settings(max_examples=120, deadline=None)
def test_a_line_is_at_most_two_and_they_have_its_amount_to_the_smallest_coin(
    quantity: int, total: Decimal, digits: int
) -> None:
    step = Decimal(1).scaleb(-digits)
    line = Line(product=1, unit=1, quantity=Decimal(quantity), price=Decimal(0))
    made = list(lines_for(line, total, total, step))
    assert sum(amount(one, step) for one in made) == rounded(total, digits)
    assert sum(one.quantity for one in made) == quantity
    assert len(made) <= 2


@given(quantity=st.decimals("0.001", 50, places=3, allow_nan=False), cents=st.integers(-99_999, 99_999))
@hypothesis_settings(max_examples=60, deadline=None)
def test_of_a_quantity_that_cannot_be_split_one_line_stays(quantity: Decimal, cents: int) -> None:
    line = Line(product=1, unit=1, quantity=quantity, price=Decimal(0))
    made = list(lines_for(line, Decimal(cents) / 100, Decimal(cents) / 100, Decimal("0.01")))
    if quantity % 1:
        assert [one.quantity for one in made] == [quantity]
    # Off by no more than half of the last decimal of the price, for every unit.
    assert abs(sum(amount(one, Decimal("0.01")) for one in made) - Decimal(cents) / 100) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("currency", "net", "total"),
    [
        ("JPY", "1000", "1190"),
        ("JPY", "1003", "1194"),
        ("KWD", "10.005", "11.905"),
        ("KWD", "0.001", "0.001"),
        ("EUR", "10.05", "11.96"),
    ],
)
def test_a_currency_s_smallest_coin_decides(currency: str, net: str, total: str) -> None:
    found = shop_order([goods(10, net=net)], currency)
    assert found.total == Decimal(total)
    made = list(order_lines(found, links_of(found), facts(), step_of(facts().currencies[currency])))
    assert predicted_total(made, step_of(facts().currencies[currency]), "document") == Decimal(total)


@pytest.mark.parametrize(("off", "settled"), [("0.05", True), ("-0.05", True), ("0.06", False), ("-0.06", False)])
def test_a_difference_up_to_the_limit_becomes_a_line_that_everybody_can_see(off: str, settled: bool) -> None:
    right = order(1, goods(10, net="100.00"))
    found = lines(right.model_copy(update={"total": right.total + Decimal(off)}))
    visible = [(line["product"], line["unit_price"]) for line in found if line["description"] == ROUNDING]
    assert visible == ([(102, Decimal(off))] if settled else [])


def test_with_a_limit_of_0_nothing_is_settled() -> None:
    right = order(1, goods(10, net="100.00"))
    off = right.model_copy(update={"total": right.total + Decimal("0.01")})
    assert len(lines(off, facts(settings=settings(rounding_limit=0)))) == 1


def test_taxes_are_rounded_half_to_even_as_tryton_does() -> None:
    tax = Tax(id=1, name="half", rate=Decimal("0.5"))
    made = [
        Line(product=1, unit=1, quantity=Decimal(1), price=Decimal(price), taxes=(tax,)) for price in ("0.01", "0.03")
    ]
    assert [predicted_tax([line], Decimal("0.01"), "document") for line in made] == [Decimal(0), Decimal("0.02")]
