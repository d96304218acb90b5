"""What the shop is told about a refund: which lines, how many pieces, which tax; and what is refused beforehand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.woocommerce.refund_plan import Remainder, refund_body
from trueup.domain.order import PositionType, TaxPart
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

from .test_order_mapping import settings


def refund(reference: str, amount: str, *lines: RefundLine) -> Refund:
    return Refund(id=reference, reference=reference, amount=Decimal(amount), lines=lines)


ROW: dict[str, Any] = {
    "total": "100.00",
    "line_items": [
        {"id": 1, "product_id": 88, "variation_id": 0, "sku": "MUG", "name": "Mug", "quantity": 2, "total": "20",
         "taxes": [{"id": 5, "total": "3.8"}, {"id": 6, "total": "0.2"}]},
        {"id": 2, "product_id": 88, "variation_id": 0, "sku": "MUG", "name": "Mug", "quantity": 3, "total": "30",
         "taxes": [{"id": 5, "total": "5.7"}, {"id": 6, "total": "0.3"}]},
    ],
    "shipping_lines": [{"id": 3, "method_title": "Flat", "total": "4.90", "taxes": []},
                       {"id": 4, "method_title": "Express", "total": "9.90", "taxes": []}],
    "fee_lines": [{"id": 7, "name": "Gift", "total": "1", "taxes": []},
                  {"id": 8, "name": "Card", "total": "2", "taxes": []}],
}  # fmt: skip
MUG = Ref(kind=Kind.PRODUCT, id="erp-mug")


def planned(*lines: RefundLine, amount: str = "10", links: dict[Ref, str] | None = None) -> list[dict[str, Any]]:
    one = refund("CN-1", amount, *lines)
    record = OrderRefunds(id="1", order_number="1", currency="EUR", order_total=Decimal(100), refunds=(one,))
    body = refund_body(record, one, Remainder(ROW, []), {MUG: "88"} if links is None else links, settings())
    return list(body["line_items"])


def mugs(quantity: str, total: str, **more: Any) -> RefundLine:
    return RefundLine(**{"product": MUG, "quantity": Decimal(quantity), "total": Decimal(total), **more})


def ids(*lines: RefundLine, links: dict[Ref, str] | None = None) -> list[tuple[int, int]]:
    return [(row["id"], row.get("quantity", 0)) for row in planned(*lines, links=links)]


def test_pieces_come_from_the_line_that_has_enough_of_them_and_else_from_several() -> None:
    assert ids(mugs("2", "20")) == [(1, 2)]
    assert ids(mugs("3", "30")) == [(2, 3)]
    assert ids(mugs("4", "40")) == [(1, 2), (2, 2)]
    assert ids(mugs("1", "10", line="2")) == [(2, 1)], "the line that is named"
    assert ids(mugs("1", "10", line="3")) == [(1, 1)], "no line of goods has this id"
    assert ids(mugs("0", "5")) == [(2, 0)], "a price reduction goes where most is left"


def test_a_line_id_of_the_back_office_that_happens_to_be_another_articles_here_is_not_trusted() -> None:
    other = RefundLine(product=Ref(kind=Kind.PRODUCT, id="erp-cup"), line="1", quantity=Decimal(1), total=Decimal(1))
    assert ids(other, links={other.product: "99"} if other.product else {}) == []


def test_an_unlinked_article_is_known_by_its_sku() -> None:
    assert ids(mugs("1", "10", sku=" mug"), links={}) == [(1, 1)]
    assert ids(mugs("1", "10", sku="CUP"), links={}) == []


def test_shipping_and_fees_go_to_the_line_of_that_name_or_where_most_is_left() -> None:
    def other(type: PositionType, name: str) -> RefundLine:
        return RefundLine(type=type, name=name, total=Decimal(1))

    assert ids(other(PositionType.SHIPPING, "Flat")) == [(3, 0)]
    assert ids(other(PositionType.SHIPPING, "Post")) == [(4, 0)]
    assert ids(other(PositionType.FEE, "Gift")) == [(7, 0)]
    assert ids(other(PositionType.FEE, "?")) == [(8, 0)]


def test_tax_is_told_by_the_shops_own_rates() -> None:
    own = (TaxPart(rate="5", amount=Decimal("1.9")), TaxPart(rate="6", amount=Decimal("0.1")))
    (row,) = planned(mugs("1", "10", taxes=own))
    assert row["refund_tax"] == [{"id": 5, "refund_total": "1.9"}, {"id": 6, "refund_total": "0.1"}]
    (row,) = planned(mugs("1", "10", taxes=(TaxPart(rate="VAT", amount=Decimal("2")),)))
    assert row["refund_tax"] == [{"id": 5, "refund_total": "1.900000"}, {"id": 6, "refund_total": "0.100000"}]
    (row,) = planned(RefundLine(type=PositionType.SHIPPING, total=Decimal(1), taxes=own))
    assert row["refund_tax"] == [], "no tax was charged on it"


@given(
    quantity=st.integers(1, 5),
    price=st.decimals("0.01", "10", places=4),
    tax=st.decimals("0", "1", places=4),
)
def test_splitting_a_line_loses_no_piece_and_no_fraction_of_a_cent_beyond_rounding(
    quantity: int, price: Decimal, tax: Decimal
) -> None:
    total = price * quantity
    taxes = (TaxPart(rate="VAT", amount=tax),)
    rows = planned(mugs(str(quantity), f"{total}", taxes=taxes), amount="100")
    assert sum(row["quantity"] for row in rows) == quantity
    assert abs(sum(Decimal(row["refund_total"]) for row in rows) - total) <= Decimal("0.000001")
    told = sum(Decimal(part["refund_total"]) for row in rows for part in row["refund_tax"])
    assert abs(told - tax) <= Decimal("0.000002")


@given(st.lists(st.tuples(st.integers(1, 3), st.decimals("0", "20", places=2)), max_size=6))
def test_no_row_of_refunds_ever_gives_back_more_than_was_ordered(wanted: list[tuple[int, Decimal]]) -> None:
    existing: list[dict[str, Any]] = []
    for n, (quantity, amount) in enumerate(wanted):
        one = refund(f"CN-{n}", f"{amount}", mugs(str(quantity), "1"))
        record = OrderRefunds(id="1", order_number="1", currency="EUR", order_total=Decimal(100), refunds=(one,))
        try:
            body = refund_body(record, one, Remainder(ROW, existing), {MUG: "88"}, settings())
        except OutsideError:
            continue
        existing.append(_as_the_shop_answers(body))
    left = Remainder(ROW, existing)
    assert left.amount >= 0
    assert all(one.quantity >= 0 for one in left.lines)


def _as_the_shop_answers(body: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "quantity": -row.get("quantity", 0),
            "total": f"-{row['refund_total']}",
            "taxes": [],
            "meta_data": [{"key": "_refunded_item_id", "value": str(row["id"])}],
        }
        for row in body["line_items"]
    ]
    return {"amount": body["amount"], "line_items": rows, "shipping_lines": [], "fee_lines": []}
