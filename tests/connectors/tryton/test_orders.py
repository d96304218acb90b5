"""Orders become sales of a real Tryton: once, to the cent, and each with an answer of its own."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Gone, MissingLink, Rejected
from trueup.connectors.kit.ports import Done
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Advance
from trueup.domain.customer import Address
from trueup.domain.order import Order, Position
from trueup.domain.record import Kind

from .baskets import HOME, done, fee, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(1041)
LINE = ("product", "quantity", "unit_price", "base_price", "amount", "taxes", "description")


@pytest.fixture(scope="module")
def shirts(screen: TrytonScreen) -> dict[str, int]:
    """The three variants of one shirt, by size and colour."""
    rows = screen.rows("product.product", [["code", "like", "SKU-0010%"]], ["code"])
    return {row["code"].removeprefix("SKU-0010-"): row["id"] for row in rows}


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    """An article at the reduced rate."""
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    return int(row["id"])


def new(*positions: Position, **more: object) -> Order:
    return order(next(NUMBERS), *positions, **more)


def push_one(connector: TrytonConnector, order: Order, party: str) -> Done:
    return done(connector.push([parcel(order, party)])[0])


def sale(screen: TrytonScreen, made: Done, *fields: str) -> Row:
    (row,) = screen.sales("tax_amount", *fields, id=int(made.remote))
    return row


def lines(screen: TrytonScreen, made: Done) -> list[Row]:
    return screen.rows("sale.line", [["sale", "=", int(made.remote)]], list(LINE))


class TestTheMoney:
    def test_two_sizes_of_one_shirt_with_shipping_and_two_tax_rates_come_to_the_cent(
        self, connector: TrytonConnector, screen: TrytonScreen, shirts: dict[str, int], book: int, party: str
    ) -> None:
        ordered = new(
            goods(shirts["RED-S"], "2", "31.80"),
            goods(shirts["RED-M"], "1", "15.90"),
            goods(book, "3", "29.67", percent="7"),
            shipping("4.20"),
        )
        made = push_one(connector, ordered, party)
        row = sale(screen, made)
        assert (row["total_amount"], row["tax_amount"]) == (ordered.total, ordered.total_tax)
        assert row["total_amount"] == Decimal("93.51")
        found = {line["product"]: (line["quantity"], line["amount"]) for line in lines(screen, made)}
        assert found == {
            shirts["RED-S"]: (2, Decimal("31.80")),
            shirts["RED-M"]: (1, Decimal("15.90")),
            book: (3, Decimal("29.67")),
            screen.ids["services"]["SHIPPING"]: (1, Decimal("4.20")),
        }

    def test_each_line_carries_the_tax_of_its_own_rate(
        self, connector: TrytonConnector, screen: TrytonScreen, shirts: dict[str, int], book: int, party: str
    ) -> None:
        made = push_one(connector, new(goods(shirts["RED-S"]), goods(book, percent="7")), party)
        taxes = screen.ids["taxes"]
        assert {line["product"]: line["taxes"] for line in lines(screen, made)} == {
            shirts["RED-S"]: [taxes["19"]],
            book: [taxes["7"]],
        }

    def test_a_coupon_shows_as_the_price_before_it(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        made = push_one(connector, new(goods(book, "2", "18.00", percent="7", before_coupon="20.00")), party)
        (line,) = lines(screen, made)
        assert (line["unit_price"], line["base_price"], line["amount"]) == (9, 10, 18)

    def test_fees_are_added_and_negative_ones_taken_off(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(goods(book, percent="7"), fee("2.00"), fee("-1.00", name="Loyalty"))
        made = push_one(connector, ordered, party)
        services = screen.ids["services"]
        by_product = {line["product"]: line["amount"] for line in lines(screen, made)}
        assert by_product[services["FEE"]] == Decimal("2.00")
        assert by_product[services["DISCOUNT"]] == Decimal("-1.00")
        assert sale(screen, made)["total_amount"] == ordered.total

    def test_a_price_that_four_decimals_cannot_tell_is_split_so_that_the_amount_holds(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(goods(book, "300", "100.00", percent="7"))
        made = push_one(connector, ordered, party)
        assert [(line["quantity"], line["unit_price"]) for line in lines(screen, made)] == [
            (299, Decimal("0.3333")),
            (1, Decimal("0.34")),
        ]
        assert sale(screen, made)["total_amount"] == ordered.total == Decimal("107.00")

    def test_a_cent_between_two_ways_of_rounding_becomes_a_line_that_says_so(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(*(goods(book, "1", "10.06", percent="7") for _ in range(3)))
        made = push_one(connector, ordered, party)
        extra = lines(screen, made)[-1]
        assert ordered.total == Decimal("32.28"), "three times 0.7042, rounded line by line: 2.10, not 2.11"
        assert (extra["description"], extra["amount"], extra["taxes"]) == (
            "Rounding difference to the shop's total",
            Decimal("-0.01"),
            [],
        )
        assert sale(screen, made)["total_amount"] == ordered.total

    def test_an_order_that_does_not_add_up_is_refused_with_both_totals_and_leaves_nothing(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        wrong = new(goods(book, percent="7"), total=Decimal("11.90"))
        (refused,) = connector.push([parcel(wrong, party)])
        assert isinstance(refused, Rejected)
        assert refused.sentence.startswith(f"Order {wrong.number} could not be transferred to Tryton: ")
        assert "Tryton computes 10.70 EUR with 0.70 tax, the shop says 11.90 with 0.70 tax." in refused.sentence
        assert screen.sales(web_id=wrong.reference) == []

    def test_a_tax_rate_that_tryton_lacks_is_named(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        odd = new(goods(book, percent="12"))
        (refused,) = connector.push([parcel(odd, party)])
        assert isinstance(refused, Rejected)
        assert "there is no sales tax of 12 % in Tryton" in refused.sentence
        assert screen.sales(web_id=odd.reference) == []

    def test_a_currency_that_tryton_lacks_is_named(self, connector: TrytonConnector, book: int, party: str) -> None:
        (refused,) = connector.push([parcel(new(goods(book, percent="7"), currency="GBP"), party)])
        assert isinstance(refused, Rejected)
        assert "the currency GBP is missing in Tryton" in refused.sentence


class TestTheDocument:
    def test_a_sale_says_where_it_comes_from_and_where_it_goes(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(goods(book, percent="7"), note="Ring twice")
        row = sale(
            screen, push_one(connector, ordered, party),
            "reference", "web_shop", "comment", "warehouse", "sale_date", "party", "shipment_cost_method",
        )  # fmt: skip
        assert row["web_id"] == row["reference"] == ordered.reference
        assert (row["web_shop"], row["party"]) == (screen.ids["web_shop"], int(party))
        assert row["warehouse"] == screen.ids["warehouses"]["WH"]
        assert (row["comment"], row["sale_date"].isoformat()) == ("Ring twice", "2026-11-20")
        assert row["shipment_cost_method"] is None

    def test_the_number_is_given_by_tryton_and_told(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        made = push_one(connector, new(goods(book, percent="7")), party)
        row = sale(screen, made)
        assert made.created
        assert made.document == row["number"]
        assert row["state"] == "quotation"

    @pytest.mark.parametrize("advance", list(Advance))
    @pytest.mark.parametrize("login", [True, False], ids=["with a login", "with the key alone"])
    def test_a_sale_is_taken_as_far_as_the_settings_say(
        self, screen: TrytonScreen, book: int, party: str, advance: Advance, login: bool
    ) -> None:
        connector = TrytonConnector(settings_for(screen.server, advance=advance, login=login))
        orders = [new(goods(book, percent="7")) for _ in range(2)]
        made = [done(outcome) for outcome in connector.push([parcel(ordered, party) for ordered in orders])]
        connector.close()
        by_itself = {"processing"} if advance is Advance.CONFIRMED else set()
        assert {sale(screen, one)["state"] for one in made} <= {advance, *by_itself}
        assert all((one.document is None) == (advance is Advance.DRAFT) for one in made)

    def test_the_address_is_found_by_what_it_says_and_added_if_it_is_new(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        def addresses() -> int:
            return len(screen.rows("party.address", [["party", "=", int(party)]]))

        before = addresses()
        shouting = HOME.model_copy(update={"city": " KIEL "})
        row = sale(
            screen, push_one(connector, new(goods(book, percent="7"), billing=shouting), party), "shipment_address"
        )
        assert addresses() == before
        office = Address(company="Office Ltd", first_name="Test", last_name="Buyer", city="Wien", country="AT")
        for _ in range(2):
            elsewhere = push_one(connector, new(goods(book, percent="7"), shipping=office), party)
            assert sale(screen, elsewhere, "shipment_address")["shipment_address"] != row["shipment_address"]
        assert addresses() == before + 1

    def test_a_country_that_tryton_lacks_is_named(self, connector: TrytonConnector, book: int, party: str) -> None:
        far = HOME.model_copy(update={"country": "NZ"})
        (refused,) = connector.push([parcel(new(goods(book, percent="7"), billing=far), party)])
        assert isinstance(refused, Rejected)
        assert "the country NZ is missing in Tryton" in refused.sentence


class TestExactlyOnce:
    def test_an_order_pushed_again_after_a_lost_answer_is_the_same_sale(
        self, connector: TrytonConnector, key_only: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(goods(book, percent="7"))
        first = push_one(connector, ordered, party)
        second = push_one(key_only, ordered, party)
        assert (second.remote, second.document, second.created) == (first.remote, first.document, False)
        assert len(screen.sales(web_id=ordered.reference)) == 1

    def test_a_sale_left_as_a_draft_by_a_crash_is_finished(
        self, screen: TrytonScreen, connector: TrytonConnector, book: int, party: str
    ) -> None:
        ordered = new(*(goods(book, "1", "10.06", percent="7") for _ in range(3)))
        drafting = TrytonConnector(settings_for(screen.server, advance=Advance.DRAFT, rounding_limit=0))
        values = draft_values(drafting, ordered, party)
        (id,) = screen.client.create("sale.sale", [values], screen.context)
        drafting.close()
        found = connector.find(Kind.ORDER, [ordered.reference])
        assert found == {ordered.reference: (str(id),)}
        finished = done(connector.push([parcel(ordered, party, remote=str(id))])[0])
        row = sale(screen, finished)
        assert (finished.created, finished.document) == (False, row["number"])
        assert row["total_amount"] == ordered.total, "the rounding line was added to what stood there"
        assert row["state"] == "quotation"

    def test_a_draft_with_another_total_is_left_to_a_person(
        self, screen: TrytonScreen, connector: TrytonConnector, book: int, party: str
    ) -> None:
        ordered = new(goods(book, percent="7"))
        values = draft_values(connector, new(goods(book, "2", "20.00", percent="7")), party)
        (id,) = screen.client.create("sale.sale", [{**values, "web_id": ordered.reference}], screen.context)
        (refused,) = connector.push([parcel(ordered, party)])
        assert isinstance(refused, Rejected)
        assert f"Delete the draft (id {id}) in Tryton, then retry." in refused.sentence
        assert [row["state"] for row in screen.sales(web_id=ordered.reference)] == ["draft"]

    def test_a_sale_that_a_person_cancelled_is_not_brought_back(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        made = push_one(connector, new(goods(book, percent="7")), party)
        screen.client.press("sale.sale", int(made.remote), "cancel", screen.context)
        ordered = new(goods(book, percent="7"))
        again = done(connector.push([parcel(ordered, party, remote=made.remote)])[0])
        assert (again.document, again.note) == (made.document, "The sale was cancelled in Tryton.")
        assert sale(screen, made)["state"] == "cancelled"

    def test_a_sale_that_a_person_deleted_is_gone(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = new(goods(book, percent="7"))
        made = push_one(connector, ordered, party)
        screen.remove_sale(int(made.remote))
        (outcome,) = connector.push([parcel(ordered, party, remote=made.remote)])
        assert isinstance(outcome, Gone)


class TestABatch:
    @pytest.mark.parametrize("place", [0, 4, 8], ids=["first", "in the middle", "last"])
    def test_one_bad_order_stops_none_of_the_others(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str, place: int
    ) -> None:
        """Half a unit of an article that is counted in whole ones: only Tryton itself refuses that."""
        orders = [new(goods(book, "0.5" if n == place else "1", percent="7")) for n in range(9)]
        outcomes = connector.push([parcel(ordered, party) for ordered in orders])
        for n, (ordered, outcome) in enumerate(zip(orders, outcomes, strict=True)):
            expected = 0 if n == place else 1
            assert len(screen.sales(web_id=ordered.reference)) == expected, n
            assert isinstance(outcome, Done if expected else Rejected), (n, outcome)
        refused = outcomes[place]
        assert isinstance(refused, Rejected)
        assert orders[place].number in refused.sentence
        assert "Tryton says" in refused.sentence

    def test_orders_that_are_there_already_are_adopted_amid_new_ones(
        self, connector: TrytonConnector, screen: TrytonScreen, book: int, party: str
    ) -> None:
        orders = [new(goods(book, percent="7")) for _ in range(5)]
        known = push_one(connector, orders[2], party)
        outcomes = [done(outcome) for outcome in connector.push([parcel(ordered, party) for ordered in orders])]
        assert [outcome.created for outcome in outcomes] == [True, True, False, True, True]
        assert outcomes[2].remote == known.remote
        assert len({outcome.document for outcome in outcomes}) == 5
        assert [len(screen.sales(web_id=ordered.reference)) for ordered in orders] == [1] * 5

    def test_what_is_not_linked_yet_waits_and_what_is_deleted_is_named(
        self, connector: TrytonConnector, book: int, party: str
    ) -> None:
        waiting, orphan, stranger = (new(goods(book, percent="7")) for _ in range(3))
        no_links = parcel(waiting, party)
        outcomes = connector.push(
            [
                type(no_links)(
                    ref=no_links.ref, label=no_links.label, reference=no_links.reference, remote=None,
                    facets=no_links.facets,
                ),
                parcel(orphan.model_copy(update={"positions": (goods(999_999, percent="7"),)}), party),
                parcel(stranger, "999999"),
            ]
        )  # fmt: skip
        assert isinstance(outcomes[0], MissingLink)
        assert outcomes[0].ref == waiting.refs()[0]
        assert "article SKU of 999999 (product 999999) no longer exists in Tryton" in str(outcomes[1])
        assert "its customer (party 999999) no longer exists in Tryton" in str(outcomes[2])


def draft_values(connector: TrytonConnector, ordered: Order, party: str) -> Row:
    """What the connector would create, as it stands before anything is compared."""
    from trueup.connectors.tryton.sale_tasks import task_of

    task = task_of(parcel(ordered, party))
    connector._sales._preparer.prepare([task])
    assert task.values, task.outcome
    return task.values
