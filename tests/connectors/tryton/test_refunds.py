"""A shop's refunds become return sales of a real Tryton: once, to the cent, and no payment is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

import pytest

from support.broken_line import BrokenLine
from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Conflict, Gone, MissingLink, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Parcel
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Advance
from trueup.domain.order import Order, Position, PositionType, TaxPart
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

from .baskets import done, fee, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(6001)
CENT = Decimal("0.01")
GIVEN_AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    return int(row["id"])


@pytest.fixture(scope="module")
def mug(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0001"]])
    return int(row["id"])


class Bought:
    """An order that stands in Tryton as a sale."""

    def __init__(self, connector: TrytonConnector, party: str, *positions: Position) -> None:
        self.connector = connector
        self.order: Order = order(next(NUMBERS), *positions)
        self.made = done(connector.push([parcel(self.order, party)])[0])

    def refunded(self, *refunds: Refund) -> Parcel:
        record = OrderRefunds(
            id=self.order.id,
            order_number=self.order.number,
            currency="EUR",
            order_total=self.order.total,
            refunds=refunds,
        )
        links = {ref: ref.id.removeprefix("shop-") for ref in record.refs()}
        return Parcel(
            ref=record.ref, label=record.label, reference=None, remote=self.made.remote, facets=(record,), links=links
        )

    def push(self, *refunds: Refund) -> Done:
        return done(self.connector.push([self.refunded(*refunds)])[0])


@pytest.fixture
def bought(connector: TrytonConnector, party: str, book: int, mug: int) -> Bought:
    """Three books at 7 %, a mug at 19 %, shipping and a fee."""
    return Bought(
        connector,
        party,
        goods(book, "3", "30.00", percent="7"),
        goods(mug, "1", "10.00"),
        shipping("4.90"),
        fee("2.00"),
    )


REFUNDS = count(501)


def given(*lines: RefundLine, amount: str | None = None, id: int | None = None, **more: Any) -> Refund:
    """A refund of these lines; `amount` if it is another than they come to."""
    number = id or next(REFUNDS)
    whole = sum((line.total + line.tax for line in lines), Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    values = {"id": str(number), "reference": f"WC-REFUND-{number}", "created_at": GIVEN_AT, "lines": lines}
    return Refund(**{**values, "amount": Decimal(amount) if amount else whole, **more})


def back(
    product: int, units: str, net: str, percent: str = "7", *, tax: str | None = None, line: str | None = None
) -> RefundLine:
    """Units of an article that were refunded; 0 of them for a price reduction."""
    return RefundLine(
        line=line or f"goods-Article {product}",
        product=Ref(kind=Kind.PRODUCT, id=f"shop-{product}"),
        sku=f"SKU of {product}",
        name=f"Article {product}",
        quantity=Decimal(units),
        total=Decimal(net),
        taxes=taxed(net, percent, tax),
    )


def paid_back(type: PositionType, name: str, net: str, percent: str = "19", line: str | None = None) -> RefundLine:
    return RefundLine(type=type, name=name, line=line, total=Decimal(net), taxes=taxed(net, percent))


def taxed(net: str, percent: str, tax: str | None = None) -> tuple[TaxPart, ...]:
    amount = Decimal(tax) if tax else (Decimal(net) * Decimal(percent) / 100).quantize(CENT, ROUND_HALF_UP)
    return (TaxPart(rate=f"shop rate {percent}", amount=amount),)


def the_return(screen: TrytonScreen, refund: Refund, *fields: str) -> Row:
    (row,) = screen.sales("origin", "tax_amount", *fields, web_id=refund.reference)
    return row


def lines(screen: TrytonScreen, refund: Refund) -> dict[int, tuple[Decimal, Decimal, list[int]]]:
    """Quantity, amount and taxes of the return's lines, by product."""
    row = the_return(screen, refund)
    found = screen.rows("sale.line", [["sale", "=", row["id"]]], ["product", "quantity", "amount", "taxes"])
    return {line["product"]: (line["quantity"], line["amount"], line["taxes"]) for line in found}


class TestTheMoney:
    def test_two_of_three_books_come_back_as_two_with_their_tax(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        refund = given(back(book, "2", "20.00"))
        outcome = bought.push(refund)
        row = the_return(screen, refund)
        assert (row["total_amount"], row["tax_amount"]) == (Decimal("-21.40"), Decimal("-1.40"))
        assert lines(screen, refund) == {book: (-2, Decimal("-20.00"), [screen.ids["taxes"]["7"]])}
        assert (outcome.remote, outcome.document) == (bought.made.remote, bought.made.document)
        assert outcome.note == f"Returns in Tryton: {row['number']}."

    def test_everything_is_given_back_with_shipping_and_fee(
        self, bought: Bought, screen: TrytonScreen, book: int, mug: int
    ) -> None:
        refund = given(
            back(book, "3", "30.00"),
            back(mug, "1", "10.00", "19"),
            paid_back(PositionType.SHIPPING, "DHL parcel", "4.90"),
            paid_back(PositionType.FEE, "Gift wrap", "2.00"),
        )
        bought.push(refund)
        row, services, taxes = the_return(screen, refund), screen.ids["services"], screen.ids["taxes"]
        assert -row["total_amount"] == refund.amount == bought.order.total
        found = lines(screen, refund)
        assert found[services["SHIPPING"]] == (-1, Decimal("-4.90"), [taxes["19"]])
        assert found[services["FEE"]][0] == -1
        assert (found[book][0], found[mug][0]) == (-3, -1)

    def test_an_amount_alone_is_one_line_of_a_fee_without_tax(self, bought: Bought, screen: TrytonScreen) -> None:
        refund = given(amount="5.55", reason="Arrived late")
        bought.push(refund)
        assert the_return(screen, refund)["total_amount"] == Decimal("-5.55")
        assert lines(screen, refund) == {screen.ids["services"]["FEE"]: (-1, Decimal("-5.55"), [])}
        assert the_return(screen, refund, "comment")["comment"] == "Arrived late"

    def test_a_price_reduction_expects_no_goods_back_and_gives_the_tax_back(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        refund = given(back(book, "0", "3.00"))
        bought.push(refund)
        assert the_return(screen, refund)["total_amount"] == Decimal("-3.21")
        fee = screen.ids["services"]["FEE"]
        assert lines(screen, refund) == {fee: (-1, Decimal("-3.00"), [screen.ids["taxes"]["7"]])}

    def test_what_no_line_explains_is_a_line_of_its_own(self, bought: Bought, screen: TrytonScreen, book: int) -> None:
        refund = given(back(book, "1", "10.00"), amount="12.00")
        bought.push(refund)
        assert the_return(screen, refund)["total_amount"] == Decimal("-12.00")
        assert lines(screen, refund)[screen.ids["services"]["FEE"]] == (-1, Decimal("-1.30"), [])

    def test_net_money_without_its_tax_is_given_back_without_tax(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        refund = given(back(book, "1", "10.00", tax="0.00"))
        bought.push(refund)
        assert the_return(screen, refund)["total_amount"] == Decimal("-10.00")
        assert lines(screen, refund) == {book: (-1, Decimal("-10.00"), [])}

    def test_a_part_of_the_tax_is_given_back_on_a_part_of_the_net(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        refund = given(back(book, "1", "10.00", tax="0.35"))
        bought.push(refund)
        row = the_return(screen, refund)
        assert (row["total_amount"], row["tax_amount"]) == (Decimal("-10.35"), Decimal("-0.35"))

    def test_a_cent_of_rounding_becomes_a_line_that_says_so(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
    ) -> None:
        ids = ("81", "82", "83")
        one = [goods(book, "1", "10.06", percent="7").model_copy(update={"id": id}) for id in ids]
        bought = Bought(connector, party, *one)
        refund = given(*(back(book, "1", "10.06", line=id) for id in ids))
        bought.push(refund)
        assert -the_return(screen, refund)["total_amount"] == refund.amount == bought.order.total == Decimal("32.28")

    def test_a_price_of_many_decimals_comes_to_the_cent(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
    ) -> None:
        bought = Bought(connector, party, goods(book, "300", "100.00", percent="7"))
        refund = given(back(book, "300", "100.00"))
        bought.push(refund)
        assert the_return(screen, refund)["total_amount"] == Decimal("-107.00")

    def test_more_than_was_paid_is_refused_here(self, bought: Bought, screen: TrytonScreen) -> None:
        refund = given(amount="999.00")
        (refused,) = bought.connector.push([bought.refunded(refund)])
        assert isinstance(refused, Rejected)
        assert "999 EUR were refunded of an order over" in refused.sentence
        assert screen.sales(web_id=refund.reference) == []

    def test_a_return_that_tryton_reckons_otherwise_is_refused_and_leaves_nothing(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        connector = TrytonConnector(settings_for(screen.server, rounding_limit=0))
        odd = given(back(book, "1", "10.005", tax="0.70"), amount="10.705")
        (refused,) = connector.push([bought.refunded(odd)])
        connector.close()
        assert isinstance(refused, Rejected)
        assert "Correct the taxes or the refund, then retry." in refused.sentence
        assert screen.rows("sale.sale", [["origin", "=", f"sale.sale,{bought.made.remote}"]]) == []


class TestTheDocument:
    def test_a_return_says_where_it_comes_from_and_waits_for_a_person(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        refund = given(back(book, "1", "10.00"))
        bought.push(refund)
        row = the_return(screen, refund, "reference", "web_shop", "sale_date", "party", "invoices", "shipment_returns")
        assert row["origin"] == f"sale.sale,{bought.made.remote}"
        assert (row["web_id"], row["reference"]) == (refund.reference,) * 2
        assert row["sale_date"].isoformat() == "2026-11-21"
        assert (row["state"], row["invoices"], row["shipment_returns"]) == ("quotation", [], [])
        assert row["number"]

    def test_even_if_orders_are_processed_nothing_of_a_return_is(
        self, screen: TrytonScreen, party: str, book: int
    ) -> None:
        connector = TrytonConnector(settings_for(screen.server, advance=Advance.PROCESSING))
        bought = Bought(connector, party, goods(book, "2", "20.00", percent="7"))
        refund = given(back(book, "1", "10.00"))
        bought.push(refund)
        connector.close()
        assert the_return(screen, refund)["state"] == "quotation"

    def test_with_drafts_only_it_stays_a_draft(self, screen: TrytonScreen, party: str, book: int) -> None:
        connector = TrytonConnector(settings_for(screen.server, advance=Advance.DRAFT))
        bought = Bought(connector, party, goods(book, "2", "20.00", percent="7"))
        refund = given(back(book, "1", "10.00"))
        assert bought.push(refund).note is None
        connector.close()
        assert the_return(screen, refund)["state"] == "draft"

    def test_of_a_cancelled_sale_there_is_nothing_to_return(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        screen.press(int(bought.made.remote), "cancel")
        refund = given(back(book, "3", "30.00"))
        assert bought.push(refund).note == "The sale was cancelled in Tryton, so there is nothing to return."
        assert screen.sales(web_id=refund.reference) == []


class TestExactlyOnce:
    def test_a_second_refund_is_a_second_return_and_the_first_is_left_alone(
        self, bought: Bought, screen: TrytonScreen, book: int, mug: int
    ) -> None:
        first, second = given(back(book, "1", "10.00")), given(back(mug, "1", "10.00", "19"))
        bought.push(first)
        before = the_return(screen, first, "write_date")
        bought.push(first, second)
        assert the_return(screen, first, "write_date") == before
        assert the_return(screen, second)["total_amount"] == Decimal("-11.90")

    @pytest.mark.parametrize("login", [True, False], ids=["with a login", "with the key alone"])
    @pytest.mark.parametrize("step", ["/sale.sale/create", "/quote"])
    def test_a_lost_answer_leaves_one_return(
        self, bought: Bought, screen: TrytonScreen, book: int, step: str, login: bool
    ) -> None:
        refunds = given(back(book, "1", "10.00")), given(back(book, "1", "10.00"))
        with BrokenLine(screen.server.url).open() as line:
            far = TrytonConnector(settings_for(screen.server, url=line.url, timeout=20.0, login=login))
            line.lose = f"/{screen.server.database}/rpc/" if login and step == "/quote" else step
            with pytest.raises(TryLater) as lost:
                far.push([bought.refunded(*refunds)])
            assert lost.value.unknown_outcome
            line.lose = None
            done(far.push([bought.refunded(*refunds)])[0])
            far.close()
        assert [len(screen.sales(web_id=refund.reference)) for refund in refunds] == [1, 1]
        assert {the_return(screen, refund)["state"] for refund in refunds} == {"quotation"}

    def test_a_return_that_people_changed_is_a_conflict(self, bought: Bought, screen: TrytonScreen, book: int) -> None:
        refund = given(back(book, "2", "20.00"))
        bought.push(refund)
        screen.edit_line(the_return(screen, refund)["id"], book, quantity=-1.0)
        (conflict,) = bought.connector.push([bought.refunded(refund)])
        assert isinstance(conflict, Conflict)
        assert f"refund {refund.reference} is 21.4 in the shop, and return" in conflict.sentence
        assert "in Tryton 10.70" in conflict.sentence

    def test_one_that_people_cancelled_is_left_so(self, bought: Bought, screen: TrytonScreen, book: int) -> None:
        refund = given(back(book, "2", "20.00"))
        bought.push(refund)
        screen.press(the_return(screen, refund)["id"], "cancel")
        bought.push(refund)
        assert the_return(screen, refund)["state"] == "cancelled"

    def test_a_refund_that_was_deleted_in_the_shop_is_told_and_its_return_is_kept(
        self, bought: Bought, screen: TrytonScreen, book: int
    ) -> None:
        kept, deleted = given(back(book, "1", "10.00")), given(back(book, "1", "10.00"))
        bought.push(kept, deleted)
        (conflict,) = bought.connector.push([bought.refunded(kept)])
        assert isinstance(conflict, Conflict)
        number = the_return(screen, deleted)["number"]
        assert f"whose refunds no longer exist in the shop: {number} ({deleted.reference})" in conflict.sentence
        screen.press(the_return(screen, deleted)["id"], "cancel")
        bought.push(kept)

    def test_what_began_in_tryton_does_not_come_back_to_it(self, bought: Bought, screen: TrytonScreen) -> None:
        own = given(amount="5.00", reference="TRYTON-RETURN-77")
        bought.push(own)
        assert screen.sales(web_id=own.reference) == []


class TestOneOfMany:
    def test_a_refund_that_cannot_be_taken_stops_none_of_the_others(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
    ) -> None:
        sales = [Bought(connector, party, goods(book, "1", "10.00", percent="7")) for _ in range(4)]
        refunds = [given(back(book, "1", "10.00")) for _ in sales]
        parcels = [one.refunded(refund) for one, refund in zip(sales, refunds, strict=True)]
        parcels[1] = replace(parcels[1], links={})
        parcels[2] = replace(parcels[2], remote="999999")
        outcomes = connector.push(parcels)
        assert [type(outcome) for outcome in outcomes] == [Done, MissingLink, Gone, Done]
        assert str(outcomes[2]).startswith(f"Order {sales[2].order.number} could not be transferred to Tryton: ")
        assert [len(screen.sales(web_id=refund.reference)) for refund in refunds] == [1, 0, 0, 1]

    def test_orders_and_refunds_in_one_push_are_answered_in_the_order_asked(
        self, bought: Bought, connector: TrytonConnector, party: str, book: int
    ) -> None:
        new = order(next(NUMBERS), goods(book, percent="7"))
        outcomes = connector.push([bought.refunded(given(amount="1.00")), parcel(new, party)])
        assert done(outcomes[0]).remote == bought.made.remote
        assert done(outcomes[1]).created


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_paid(screen: TrytonScreen) -> Iterator[None]:
    """Whatever the tests above did: no invoice, and no payment, was made of a return."""
    yield
    assert screen.rows("account.invoice", [["lines.quantity", "<", 0]]) == []
    assert screen.rows("account.payment", []) == []
