"""An order changes after it became a sale of a real Tryton: written while Tryton allows it, never over their work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from support.broken_line import BrokenLine
from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Conflict, Locked, NotNeeded, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Advance
from trueup.domain.customer import Address
from trueup.domain.order import Order, Position, Stage

from .baskets import HOME, done, goods, order, parcel, shipping

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(3001)
OFFICE = Address(company="Office Ltd", first_name="Test", last_name="Buyer", street="Ring 1", city="Wien", country="AT")


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    return int(row["id"])


@pytest.fixture(scope="module")
def mug(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0001"]])
    return int(row["id"])


class Story:
    """One order on its way through a connection, as its shop sees it."""

    def __init__(self, connector: TrytonConnector, screen: TrytonScreen, party: str, *positions: Position) -> None:
        self.connector, self.screen, self.party = connector, screen, party
        self.order = order(next(NUMBERS), *positions)
        self.made = done(connector.push([parcel(self.order, party)])[0])
        self.id = int(self.made.remote)

    def change(self, *positions: Position, **more: Any) -> Order:
        """The order as the shop has it next; nothing is pushed."""
        self.next = order(int(self.order.number), *(positions or self.order.positions), **more)
        return self.next

    def push(self, connector: TrytonConnector | None = None) -> Outcome:
        pushed = parcel(self.next, self.party, self.made.remote, before=self.order)
        (outcome,) = (connector or self.connector).push([pushed])
        if isinstance(outcome, Done):
            self.order = self.next
        return outcome

    def cancel(self) -> Outcome:
        self.next = self.order.model_copy(update={"stage": Stage.CANCELLED, "status": "cancelled"})
        return self.push()

    def sale(self, *fields: str) -> Row:
        (row,) = self.screen.sales("tax_amount", *fields, id=self.id)
        return row

    def lines(self) -> list[tuple[int, Decimal, Decimal]]:
        rows = self.screen.rows("sale.line", [["sale", "=", self.id]], ["product", "quantity", "amount"])
        return sorted((row["product"], row["quantity"], row["amount"]) for row in rows)


@pytest.fixture
def story(connector: TrytonConnector, screen: TrytonScreen, party: str, book: int) -> Story:
    """Two books by parcel, as a quotation."""
    return Story(connector, screen, party, goods(book, "2", "20.00", percent="7"), shipping("4.90"))


@pytest.fixture
def line(screen: TrytonScreen) -> Iterator[BrokenLine]:
    with BrokenLine(screen.server.url).open() as line:
        yield line


@pytest.fixture(params=[True, False], ids=["with a login", "with the key alone"])
def far(line: BrokenLine, screen: TrytonScreen, request: pytest.FixtureRequest) -> Iterator[TrytonConnector]:
    connector = TrytonConnector(settings_for(screen.server, url=line.url, timeout=20.0, login=request.param))
    yield connector
    connector.close()


class TestWhileItMayBeChanged:
    def test_other_lines_replace_the_old_ones_under_the_old_number(self, story: Story, book: int, mug: int) -> None:
        changed = story.change(goods(book, "3", "30.00", percent="7"), goods(mug, "1", "6.90"), shipping("4.90"))
        outcome = done(story.push())
        row = story.sale()
        assert (outcome.remote, outcome.created) == (story.made.remote, False)
        assert (outcome.document, row["number"], row["state"]) == (story.made.document,) * 2 + ("quotation",)
        assert (row["total_amount"], row["tax_amount"]) == (changed.total, changed.total_tax)
        assert [(product, quantity) for product, quantity, _ in story.lines() if product in (book, mug)] == sorted(
            [(book, Decimal(3)), (mug, Decimal(1))]
        )
        assert len(story.screen.sales(web_id=changed.reference)) == 1

    def test_a_cent_that_the_new_lines_miss_becomes_a_rounding_line(self, story: Story, book: int) -> None:
        changed = story.change(*(goods(book, "1", "10.06", percent="7") for _ in range(3)))
        done(story.push())
        assert story.sale()["total_amount"] == changed.total == Decimal("32.28")
        back = story.change(goods(book, "1", "10.00", percent="7"))
        done(story.push())
        assert story.sale()["total_amount"] == back.total
        assert len(story.lines()) == 1, "the rounding line went with the lines that needed it"

    def test_another_delivery_address_leaves_lines_and_invoice_address_alone(self, story: Story) -> None:
        before = story.sale("lines", "invoice_address")
        story.change(shipping=OFFICE)
        assert done(story.push()).document == story.made.document
        row = story.sale("lines", "invoice_address", "shipment_address.party_name", "shipment_address.city")
        assert (row["lines"], row["invoice_address"]) == (before["lines"], before["invoice_address"])
        assert (row["shipment_address"]["party_name"], row["shipment_address"]["city"]) == ("Office Ltd", "Wien")
        assert row["state"] == "quotation"

    def test_a_note_is_replaced_and_one_that_people_wrote_is_left_when_the_shop_changed_none(
        self, story: Story
    ) -> None:
        story.change(note="Ring twice")
        done(story.push())
        assert story.sale("comment")["comment"] == "Ring twice"
        story.screen.change("sale.sale", story.id, comment="Ring twice\nVIP")
        story.change(note="Ring twice", shipping=OFFICE)
        done(story.push())
        assert story.sale("comment")["comment"] == "Ring twice\nVIP"

    def test_what_tryton_does_not_keep_changes_nothing_there(self, story: Story) -> None:
        before = story.sale("write_date")
        story.change(payment_method="bacs", payment_title="Bank transfer", transaction_id="T-1")
        assert done(story.push()).document == story.made.document
        assert story.sale("write_date") == before

    def test_a_change_is_written_once(self, story: Story, book: int) -> None:
        changed = story.change(goods(book, "3", "30.00", percent="7"))
        first = story.order
        done(story.push())
        written = story.sale("write_date", "lines")
        again = parcel(changed, story.party, story.made.remote, before=first)
        assert done(story.connector.push([again])[0]).document == story.made.document
        assert story.sale("write_date", "lines") == written

    def test_a_confirmed_sale_goes_back_to_draft_for_it_and_comes_as_far_as_the_settings_say(
        self, story: Story, book: int
    ) -> None:
        """Tryton allows it until its background worker processes the sale."""
        story.screen.confirm_and_leave(story.id)
        assert story.sale()["state"] == "confirmed"
        story.change(goods(book, "3", "30.00", percent="7"))
        outcome = done(story.push())
        assert outcome.note == "The sale had been confirmed in Tryton; it was changed and quoted anew."
        assert (story.sale()["state"], outcome.document) == ("quotation", story.made.document)

    def test_a_confirmed_sale_is_cancelled_by_way_of_a_draft(self, story: Story) -> None:
        story.screen.confirm_and_leave(story.id)
        assert done(story.cancel()).document == story.made.document
        assert story.sale()["state"] == "cancelled"

    def test_with_drafts_only_a_draft_is_changed_and_stays_one(
        self, screen: TrytonScreen, party: str, book: int
    ) -> None:
        connector = TrytonConnector(settings_for(screen.server, advance=Advance.DRAFT))
        story = Story(connector, screen, party, goods(book, percent="7"))
        changed = story.change(goods(book, "2", "20.00", percent="7"), shipping=OFFICE)
        assert done(story.push()).document is None
        assert (story.sale()["state"], story.sale()["total_amount"]) == ("draft", changed.total)
        assert isinstance(story.cancel(), Done)
        assert story.sale()["state"] == "cancelled"
        connector.close()

    def test_an_article_that_only_the_earlier_version_had_is_known_by_its_code(
        self, story: Story, book: int, mug: int
    ) -> None:
        """Nothing links it any more once the order has no line of it."""
        with_code = goods(book, "2", "20.00", percent="7").model_copy(update={"sku": "SKU-0005"})
        story.order = story.order.model_copy(update={"positions": (with_code, *story.order.positions[1:])})
        story.change(goods(mug, "1", "6.90"), shipping("4.90"))
        done(story.push())
        assert mug in {product for product, *_ in story.lines()}
        assert book not in {product for product, *_ in story.lines()}

    def test_a_change_that_does_not_add_up_leaves_the_sale_as_it_was(self, story: Story, book: int) -> None:
        before, lines = story.sale(), story.lines()
        story.change(goods(book, "3", "30.00", percent="7"), total=Decimal("99.00"))
        refused = story.push()
        assert isinstance(refused, Rejected)
        assert "the shop says 99.00" in refused.sentence
        assert "The sale stays as it was." in refused.sentence
        assert (story.sale(), story.lines()) == (before, lines)


class TestOnceItIsInWork:
    def test_a_processed_sale_is_locked_and_named_with_its_delivery(self, story: Story, book: int) -> None:
        (shipment,) = story.screen.process(story.id)
        story.change(goods(book, "3", "30.00", percent="7"), shipping=OFFICE)
        locked = story.push()
        assert isinstance(locked, Locked)
        assert locked.sentence.startswith(f"Order {story.order.number} could not be transferred to Tryton: ")
        assert "the shop changed the lines and the delivery address" in locked.sentence
        number = story.screen.shipments(story.id)[0]["number"]
        assert f"sale {story.made.document} is in work in Tryton already (delivery {number} is waiting)" in (
            locked.sentence
        )
        assert story.sale()["total_amount"] == story.order.total
        assert shipment

    def test_but_what_needs_no_writing_is_done(self, story: Story) -> None:
        story.screen.process(story.id)
        story.change(payment_title="Bank transfer")
        assert done(story.push()).document == story.made.document

    def test_a_cancellation_is_locked_until_people_cancelled_the_delivery(self, story: Story) -> None:
        (shipment,) = story.screen.process(story.id)
        locked = story.cancel()
        assert isinstance(locked, Locked)
        assert "it was cancelled in the shop" in locked.sentence
        assert [row["state"] for row in story.screen.shipments(story.id)] == ["waiting"], (
            "nothing is cancelled for them"
        )
        story.screen.cancel_shipment(shipment)
        through = done(story.cancel())
        assert through.note is not None
        assert "nothing of it will be sent" in through.note


class TestCancelledInTheShop:
    @pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited in Tryton"])
    def test_a_quotation_is_cancelled_and_kept(self, story: Story, book: int, edited: bool) -> None:
        if edited:
            story.screen.edit_line(story.id, book, quantity=5.0)
        outcome = done(story.cancel())
        assert (outcome.document, outcome.note) == (story.made.document, None)
        assert story.sale()["state"] == "cancelled"

    def test_a_sale_that_is_cancelled_already_is_left_so(self, story: Story) -> None:
        story.screen.press(story.id, "cancel")
        before = story.sale("write_date")
        assert done(story.cancel()).document == story.made.document
        assert story.sale("write_date") == before

    def test_an_order_that_came_back_is_quoted_again_under_its_number(self, story: Story, book: int) -> None:
        done(story.cancel())
        story.change(goods(book, "1", "10.00", percent="7"))
        assert done(story.push()).document == story.made.document
        row = story.sale()
        assert (row["state"], row["total_amount"]) == ("quotation", story.order.total)
        assert len(story.screen.sales(web_id=story.order.reference)) == 1

    def test_an_order_that_was_never_transferred_makes_no_sale(
        self, connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
    ) -> None:
        never = order(next(NUMBERS), goods(book, percent="7"), stage=Stage.CANCELLED)
        (outcome,) = connector.push([parcel(never, party)])
        assert isinstance(outcome, NotNeeded)
        assert screen.sales(web_id=never.reference) == []


class TestChangedOnBothSides:
    @pytest.mark.parametrize(
        ("edit", "named"),
        [
            ({"quantity": 5.0}, 'the quantity of "Article 23" is 5 instead of 2'),
            ({"unit_price": Decimal("9.5000")}, 'the price of "Article 23" is 9.5 instead of 10'),
            ({"description": "Signed copy"}, 'the text "Article 23" is now "Signed copy"'),
        ],
        ids=["quantity", "price", "text"],
    )
    def test_an_edited_line_is_a_conflict_that_names_it(
        self, story: Story, book: int, edit: dict[str, Any], named: str
    ) -> None:
        story.screen.edit_line(story.id, book, **edit)
        before = story.sale(), story.lines()
        story.change(goods(book, "3", "30.00", percent="7"), shipping("4.90"))
        conflict = story.push()
        assert isinstance(conflict, Conflict)
        assert f"sale {story.made.document} was changed in Tryton too" in conflict.sentence
        assert named.replace("Article 23", f"Article {book}") in conflict.sentence.replace("9.5000", "9.5").replace(
            "10.0000", "10"
        )
        assert (story.sale(), story.lines()) == before, "nothing was overwritten"

    def test_lines_added_and_removed_are_named(self, story: Story, book: int, mug: int) -> None:
        (line,) = story.screen.rows("sale.line", [["sale", "=", story.id], ["product", "=", book]])
        new = {"product": mug, "quantity": 1.0, "unit_price": Decimal(5), "unit": 1, "description": "A gift"}
        story.screen.press(story.id, "draft")
        story.screen.change("sale.sale", story.id, lines=[["delete", [line["id"]]], ["create", [new]]])
        story.screen.press(story.id, "quote")
        story.change(shipping=OFFICE)
        conflict = story.push()
        assert isinstance(conflict, Conflict)
        assert f'the line "Article {book}" is missing; the line "A gift" was added' in conflict.sentence

    def test_an_address_corrected_in_tryton_is_not_overwritten(self, story: Story) -> None:
        (home,) = {story.sale("shipment_address")["shipment_address"]}
        (away,) = story.screen.client.create(
            "party.address",
            [{"party": int(story.party), "street": "Elsewhere 2", "delivery": True}],
            story.screen.context,
        )
        story.screen.press(story.id, "draft")
        story.screen.change("sale.sale", story.id, shipment_address=away)
        story.screen.press(story.id, "quote")
        story.change(shipping=OFFICE)
        conflict = story.push()
        assert isinstance(conflict, Conflict)
        assert "the delivery address is another" in conflict.sentence
        assert story.sale("shipment_address")["shipment_address"] == away != home

    def test_a_note_that_people_wrote_on_a_line_is_not_lost(self, story: Story, book: int) -> None:
        (line,) = story.screen.rows("sale.line", [["sale", "=", story.id], ["product", "=", book]], ["note"])
        assert line["note"] == f"Order line goods-Article {book}"
        story.screen.change("sale.line", line["id"], note=f"{line['note']}\nFrom the top shelf")
        story.change(goods(book, "3", "30.00", percent="7"), shipping("4.90"))
        conflict = story.push()
        assert isinstance(conflict, Conflict)
        assert f'there is a note on "Article {book}"' in conflict.sentence
        story.change(shipping=OFFICE)
        done(story.push())

    def test_the_same_change_on_both_sides_is_agreement(self, story: Story, book: int) -> None:
        story.screen.edit_line(story.id, book, quantity=3.0)
        story.change(goods(book, "3", "30.00", percent="7"), shipping("4.90"))
        done(story.push())
        assert story.sale()["total_amount"] == story.order.total

    def test_cancelled_in_tryton_and_changed_in_the_shop_is_a_conflict(self, story: Story, book: int) -> None:
        story.screen.press(story.id, "cancel")
        story.change(goods(book, "3", "30.00", percent="7"))
        conflict = story.push()
        assert isinstance(conflict, Conflict)
        assert "was cancelled in Tryton, and the shop changed the lines" in conflict.sentence
        assert story.sale()["state"] == "cancelled"


class TestACrash:
    @pytest.mark.parametrize("step", ["/draft", "/sale.sale/{id}", "/quote"])
    def test_after_any_step_is_finished_by_the_next_push(
        self, story: Story, far: TrytonConnector, line: BrokenLine, book: int, step: str
    ) -> None:
        changed = story.change(goods(book, "3", "30.00", percent="7"), shipping=OFFICE)
        line.lose = step.format(id=story.id)
        outcome = story.push(far)
        assert isinstance(outcome, TryLater)
        assert outcome.unknown_outcome
        assert line.lost
        line.lose = None
        assert done(story.push(far)).document == story.made.document
        row = story.sale("shipment_address.city")
        assert (row["state"], row["total_amount"], row["shipment_address"]["city"]) == (
            "quotation",
            changed.total,
            "Wien",
        )
        assert len(story.screen.sales(web_id=changed.reference)) == 1

    @pytest.mark.parametrize("step", ["/draft", "/cancel"])
    def test_in_a_cancellation_is_finished_too(
        self, story: Story, far: TrytonConnector, line: BrokenLine, step: str
    ) -> None:
        line.lose = step
        story.next = story.order.model_copy(update={"stage": Stage.CANCELLED})
        first = story.push(far)
        line.lose = None
        assert isinstance(first, TryLater if line.lost else Done)
        done(story.push(far))
        assert story.sale()["state"] == "cancelled"


def test_one_locked_order_stops_none_of_the_others(
    connector: TrytonConnector, screen: TrytonScreen, party: str, book: int
) -> None:
    stories = [Story(connector, screen, party, goods(book, percent="7")) for _ in range(3)]
    screen.process(stories[1].id)
    pushed = []
    for story in stories:
        changed = story.change(goods(book, "2", "20.00", percent="7"))
        pushed.append(replace(parcel(changed, party, story.made.remote), before=story.order))
    new = order(next(NUMBERS), goods(book, percent="7"), billing=HOME)
    outcomes = connector.push([*pushed, parcel(new, party)])
    assert [type(outcome) for outcome in outcomes] == [Done, Locked, Done, Done]
    assert [story.sale()["total_amount"] for story in stories] == [
        Decimal("21.40"),
        Decimal("10.70"),
        Decimal("21.40"),
    ]
