"""Every kind of line that a shop can put into an order arrives as a position, or the order is set aside by its name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.order_mapping import ORDER_FIELDS, OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.cent_proof import prove
from trueup.domain.order import Order, PositionType
from trueup.domain.record import Kind, Ref

SETTINGS = Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x")
CONTEXT = OrderContext(SETTINGS, 2, round_at_subtotal=False)
GOODS, SHIPPING, FEE = PositionType.GOODS, PositionType.SHIPPING, PositionType.FEE
VAT_19: dict[str, Any] = {"rate_id": 1, "label": "VAT 19 %", "rate_percent": 19, "compound": False}
VAT_7: dict[str, Any] = {"rate_id": 2, "label": "VAT 7 %", "rate_percent": 7, "compound": False}

Row = dict[str, Any]


def taxes(**by_rate: str) -> list[Row]:
    """`taxes(r1="1.90")`: tax of rate 1."""
    return [{"id": int(rate[1:]), "total": amount, "subtotal": amount} for rate, amount in by_rate.items()]


def item(id: int, total: str, *, quantity: int = 1, subtotal: str | None = None, **more: Any) -> Row:
    line = {"id": id, "name": f"Article {id}", "product_id": 100 + id, "variation_id": 0, "sku": f"SKU-{id}"}
    amounts = {"quantity": quantity, "total": total, "subtotal": subtotal or total, "tax_class": "", "taxes": []}
    return {**line, **amounts, **more}


def order_row(*, total: str, total_tax: str = "0.00", lines: list[Row] | None = None, **more: Any) -> Row:
    row: Row = {
        "id": 1041,
        "number": "1041",
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": False,
        "date_created_gmt": "2026-03-02T09:30:00",
        "date_modified_gmt": "2026-03-02T09:30:00",
        "customer_id": 0,
        "billing": {"first_name": "Eva", "email": "eva@example.test", "country": "DE"},
        "shipping": {},
        "line_items": lines or [],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
    }
    return {**row, "total": total, "total_tax": total_tax, **more}


def mapped(row: Row) -> Order:
    change = order_change(row, CONTEXT)
    assert isinstance(change, Change), change
    assert isinstance(change.record, Order)
    return change.record


def proven(row: Row) -> Order:
    order = mapped(row)
    assert order.problems() == []
    assert prove(order).problems == ()
    assert prove(order).is_exact
    assert not prove(order).rounding
    return order


def shown(order: Order) -> list[tuple[str, str, Decimal]]:
    return [(position.type.value, position.name, position.total) for position in order.positions]


class TestBundles:
    """The plugins make one line of the bundle and one of each part; the price stands on the one or on the others."""

    def test_the_bundle_has_the_price_and_its_parts_cost_nothing(self) -> None:
        lines = [
            item(1, "50.00", bundled_items=[2, 3], bundled_by=""),
            item(2, "0.00", quantity=2, bundled_by=1, bundled_items=[]),
            item(3, "0.00", bundled_by=1, bundled_items=[]),
        ]
        order = proven(order_row(total="50.00", lines=lines))
        assert [(p.id, p.part_of, p.total, p.quantity) for p in order.positions] == [
            ("1", None, 50, 1),
            ("2", "1", 0, 2),
            ("3", "1", 0, 1),
        ]

    def test_the_parts_have_the_price_and_the_bundle_costs_nothing(self) -> None:
        lines = [item(1, "0.00", bundled_items=[2, 3]), item(2, "30.00", bundled_by=1), item(3, "20.00", bundled_by=1)]
        order = proven(order_row(total="50.00", lines=lines))
        assert sum(p.total for p in order.positions if p.part_of == "1") == 50
        assert all(p.product for p in order.positions), "each is an article of its own"

    def test_composite_products_say_it_in_their_own_words(self) -> None:
        lines = [item(1, "9.00", composite_children=[2]), item(2, "1.00", composite_parent=1)]
        assert [p.part_of for p in proven(order_row(total="10.00", lines=lines)).positions] == [None, "1"]

    @pytest.mark.parametrize("nothing", ["", None, 0, False, []])
    def test_what_is_no_part_of_anything_has_no_bundle(self, nothing: Any) -> None:
        order = proven(order_row(total="10.00", lines=[item(1, "10.00", bundled_by=nothing)]))
        assert order.positions[0].part_of is None


class TestGiftCards:
    def test_sold_ones_are_goods(self) -> None:
        order = proven(order_row(total="25.00", lines=[item(1, "25.00", name="Gift card 25")]))
        assert shown(order) == [("goods", "Gift card 25", Decimal(25))]

    def test_redeemed_as_a_fee_are_negative_and_have_no_tax(self) -> None:
        card = {
            "id": 9,
            "name": "Gift card ABCD",
            "total": "-25.00",
            "tax_class": "",
            "tax_status": "none",
            "taxes": [],
        }
        goods = item(1, "30.00", taxes=taxes(r1="5.70"))
        rate = {**VAT_19, "tax_total": "5.70", "shipping_tax_total": "0.00"}
        order = proven(order_row(total="10.70", total_tax="5.70", lines=[goods], fee_lines=[card], tax_lines=[rate]))
        assert shown(order)[1] == ("fee", "Gift card ABCD", Decimal(-25))
        assert order.positions[1].taxes == ()

    @pytest.mark.parametrize("name", ["gift_card_lines", "gift_cards", "pw_gift_cards", "deposit_lines"])
    def test_redeemed_as_lines_of_a_plugin_are_set_aside_by_their_name(self, name: str) -> None:
        row = order_row(total="5.00", lines=[item(1, "30.00")], **{name: [{"code": "ABCD", "amount": "25.00"}]})
        found = order_change(row, CONTEXT)
        assert isinstance(found, Unreadable)
        assert (found.label, found.problems[0].field) == ("1041", name)
        assert f"lines of a kind that is not known here ({name})" in found.problems[0].sentence
        assert found.problems[0].sentence.endswith("if it has them.")

    @pytest.mark.parametrize("nothing", [[], None, ""])
    def test_a_plugin_without_lines_in_this_order_does_not_matter(self, nothing: Any) -> None:
        assert proven(order_row(total="30.00", lines=[item(1, "30.00")], gift_card_lines=nothing)).total == 30

    def test_lines_of_plugins_are_asked_for_or_nobody_would_see_them(self) -> None:
        assert {"gift_cards", "gift_card_lines", "pw_gift_cards"} <= set(ORDER_FIELDS.split(","))

    def test_redeemed_without_any_line_do_not_pass_and_the_sentence_names_what_it_may_be(self) -> None:
        problem = prove(mapped(order_row(total="5.00", lines=[item(1, "30.00")]))).problems[0]
        assert "positions and taxes make 30.00 EUR, the order says 5.00 EUR." in problem.sentence
        assert "such as a gift card, that is no line" in problem.sentence


class TestShipping:
    def test_several_methods_with_several_rates_are_positions_each(self) -> None:
        parcel = {"id": 7, "method_id": "flat_rate", "method_title": "Parcel", "total": "4.90"}
        freight = {"id": 8, "method_id": "freight", "method_title": "Freight &amp; lift", "total": "40.00"}
        goods = item(1, "100.00", taxes=taxes(r1="19"))
        order = proven(
            order_row(
                total="174.23",
                total_tax="29.33",
                lines=[goods],
                shipping_lines=[
                    {**parcel, "taxes": taxes(r1="0.931", r2="0")},
                    {**freight, "taxes": taxes(r1="7.6", r2="2.8")},
                ],
                tax_lines=[
                    {**VAT_19, "tax_total": "19.00", "shipping_tax_total": "8.53"},
                    {**VAT_7, "tax_total": "0.00", "shipping_tax_total": "2.80"},
                ],
            )
            | {"total": "175.23", "total_tax": "30.33"}
        )
        assert shown(order)[1:] == [("shipping", "Parcel", Decimal("4.9")), ("shipping", "Freight & lift", Decimal(40))]
        assert [p.method for p in order.positions if p.type is SHIPPING] == ["flat_rate", "freight"]
        assert [[t.rate for t in p.taxes] for p in order.positions] == [["1"], ["1", "2"], ["1", "2"]]

    def test_free_shipping_is_a_line_over_nothing(self) -> None:
        free = {"id": 7, "method_id": "free_shipping", "method_title": "Free shipping", "total": "0.00", "taxes": []}
        order = proven(order_row(total="10.00", lines=[item(1, "10.00")], shipping_lines=[free]))
        assert shown(order)[1] == ("shipping", "Free shipping", Decimal(0))


class TestOrdersOverNothing:
    def test_free_items_keep_their_quantity_and_their_price_before_the_coupon(self) -> None:
        free = item(1, "0.00", quantity=3, subtotal="29.97", taxes=taxes(r1="0"))
        rate = {**VAT_19, "tax_total": "0.00", "shipping_tax_total": "0.00"}
        coupon = {"id": 5, "code": "all-free", "discount": "29.97"}
        order = proven(order_row(total="0.00", lines=[free], coupon_lines=[coupon], tax_lines=[rate]))
        (line,) = order.positions
        assert (line.quantity, line.subtotal, line.total) == (3, Decimal("29.97"), 0)
        assert [(c.code, c.discount) for c in order.coupons] == [("all-free", Decimal("29.97"))]

    def test_an_order_of_fees_alone_is_an_order(self) -> None:
        fee = {"id": 9, "name": "Workshop", "total": "15.00", "tax_class": "", "taxes": []}
        assert shown(proven(order_row(total="15.00", fee_lines=[fee]))) == [("fee", "Workshop", Decimal(15))]

    def test_an_order_without_any_line_is_set_aside(self) -> None:
        assert "the order has no lines" in mapped(order_row(total="0.00")).problems()[0].sentence


def test_a_business_that_pays_no_tax_has_lines_without_any() -> None:
    exempt = order_row(total="100.00", lines=[item(1, "100.00")], meta_data=[{"key": "is_vat_exempt", "value": "yes"}])
    order = proven(exempt)
    assert (order.rates, order.positions[0].taxes) == ((), ())


def test_an_article_that_was_typed_into_the_order_has_no_product_and_is_told_about() -> None:
    typed = item(1, "10.00", product_id=0, sku="", name="Repair")
    (problem,) = mapped(order_row(total="10.00", lines=[typed])).problems()
    assert 'the article of line "Repair" no longer exists in the shop' in problem.sentence


def test_a_variation_is_what_was_bought() -> None:
    order = proven(order_row(total="10.00", lines=[item(1, "10.00", variation_id=777)]))
    assert order.positions[0].product == Ref(kind=Kind.PRODUCT, id="101/777")


def test_a_shop_that_rounds_to_five_cents_has_a_line_for_it() -> None:
    order = mapped(order_row(total="10.00", lines=[item(1, "9.98")]))
    assert shown(order)[1] == ("rounding", "Rounding difference", Decimal("0.02"))
    assert prove(order).holds


def test_the_same_answer_gives_the_same_order_with_its_rounding_line() -> None:
    row = order_row(total="10.00", lines=[item(1, "9.98")])
    assert mapped(row).fingerprint() == mapped(row).fingerprint()
