"""Tasks: both versions side by side, what differs marked, in words that whoever keeps the shop understands."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from support.world import customer, mug, order
from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Coupon, Order, Position, PositionType, Stage
from trueup.domain.order_versions import Bought, Part, changes, side_by_side, units
from trueup.domain.record import Kind
from trueup.store.quarantine import SKIPPED, QuarantineRow
from trueup.sync.tasks import Versions
from trueup.web.versions import Compared, compared

from .conftest import Desk

LINE = ("88", "MUG-1")
HOME = Address(first_name="Ada", last_name="Byron", street="Main Street 1", postcode="10115", city="Berlin")


def placed(**changes: object) -> Order:
    return order(1, LINE).model_copy(update={"billing": HOME, "shipping": HOME, **changes})


@pytest.fixture
def selling(desk: Desk) -> Desk:
    """An order was transferred, and work on its document has begun."""
    world = desk.world
    world.erp.put(mug())
    world.shop.put(mug().model_copy(update={"id": "88"}))
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.FULFILMENT, "ERP")
    world.settle()
    world.shop.put(placed(), companions=[customer()])
    world.later()
    world.erp.lock(world.erp.things(Kind.ORDER)[0].id)
    return desk


def change(desk: Desk, **changes: object) -> QuarantineRow:
    """The shop changes the order, too late; the task that becomes of it."""
    desk.world.shop.put(placed(**changes), companions=[customer()])
    desk.world.later()
    entry: QuarantineRow
    [entry] = desk.world.quarantined()
    return entry


def marked(html: str) -> list[str]:
    return re.findall(r'<strong class="marked">(.*?)</strong>', html)


def test_a_change_that_came_too_late_is_a_task_with_both_addresses(selling: Desk) -> None:
    change(selling, shipping=HOME.model_copy(update={"street": "Side Street 2"}))
    html, text = selling.browser.get("/quarantine").text, selling.page("/quarantine")
    assert "Tasks: trueup must not decide these" in text
    assert "too late to change Order 1001" in text
    assert "As ERP got it Now in Shop Shipped to Ada Byron Main Street 1 10115 Berlin Ada Byron Side Street 2" in text
    assert marked(html) == ["Main Street 1", "Side Street 2"]


def test_what_is_the_same_is_behind_a_click(selling: Desk) -> None:
    change(selling, note="Ring twice")
    html = selling.browser.get("/quarantine").text
    assert marked(html) == ["none", "Ring twice"]
    assert re.search(r"<summary>\d+ parts are the same</summary>", html)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stage": Stage.CANCELLED, "ready": False}, "Cancelled no yes"),
        ({"note": "Ring twice"}, "Note none Ring twice"),
        ({"payment_title": "Bank transfer"}, "Payment none Bank transfer"),
        ({"coupons": (Coupon(code="SPRING", discount=Decimal(1)),)}, "Coupons none SPRING"),
    ],
)
def test_each_kind_of_change_is_said_in_words(selling: Desk, changes: dict[str, object], says: str) -> None:
    change(selling, **changes)
    assert says in selling.page("/quarantine")


def test_a_line_is_compared_by_units_net_and_tax(selling: Desk) -> None:
    two = order(1, LINE, LINE)
    change(selling, positions=two.positions, total=two.total, total_tax=two.total_tax, rates=two.rates)
    text = selling.page("/quarantine")
    assert "Line: MUG-1 none 1 unit net €10.00 tax €1.90" in text
    assert "Total €11.90 €23.80" in text


def test_a_task_is_sent_again_when_the_document_takes_it(selling: Desk) -> None:
    entry = change(selling, note="Ring twice")
    selling.world.erp.unlock(selling.world.erp.things(Kind.ORDER)[0].id)
    assert "1001 is tried again." in selling.says(f"/quarantine/{entry.id}/retry")
    selling.world.settle()
    assert selling.world.quarantined() == []
    assert "Tasks" not in selling.page("/quarantine")


def test_a_task_is_done_by_hand_with_who_and_why(selling: Desk) -> None:
    entry = change(selling, note="Ring twice")
    assert "What was done, and why?" in selling.page("/quarantine")
    said = selling.says(f"/quarantine/{entry.id}/skip", reason="told the warehouse by telephone")
    assert "1001 is done by hand: told the warehouse by telephone" in said
    [done] = selling.world.quarantined(SKIPPED)
    assert (done.closed_by, done.reason) == ("ada", "told the warehouse by telephone")
    assert "Decided by ada just now : told the warehouse" in selling.page("/quarantine?state=skipped")


def test_a_conflict_shows_what_was_transferred_and_what_the_shop_has(selling: Desk) -> None:
    [document] = selling.world.erp.things(Kind.ORDER)
    selling.world.erp.unlock(document.id)
    [there] = selling.world.erp.records(Kind.ORDER)
    selling.world.erp.put(there.model_copy(update={"note": "Said on the telephone"}))
    change(selling, note="Ring twice")
    text = selling.page("/quarantine")
    assert "changed on both sides" in text
    assert "Note none Ring twice" in text


def test_other_entries_stand_below_the_tasks_and_not_twice(selling: Desk) -> None:
    entry = change(selling, note="Ring twice")
    selling.world.shop.put(order(2, LINE).model_copy(update={"total": Decimal(99)}), companions=[customer()])
    selling.world.later()
    html = selling.browser.get("/quarantine").text
    assert html.count(f'id="entry-{entry.id}"') == 1
    assert html.index("Tasks:") < html.index("add up")
    assert "2 records are set aside" in selling.page("/quarantine")


def test_what_a_customer_wrote_is_shown_and_never_obeyed(selling: Desk) -> None:
    change(selling, note="<script>alert(1)</script>")
    html = selling.browser.get("/quarantine").text
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


# Contradictions


def contradict(desk: Desk) -> None:
    [document] = desk.world.erp.things(Kind.ORDER)
    desk.world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=FulfilmentStage.SHIPPED))
    desk.world.later()
    desk.world.shop.put(placed(stage=Stage.ON_HOLD, ready=False), companions=[customer()])
    desk.world.later()


def test_a_contradiction_between_the_systems_is_shown_and_seen_to_with_a_reason(selling: Desk) -> None:
    contradict(selling)
    text = selling.page("/quarantine")
    assert "Orders about which the systems contradict each other" in text
    assert "Order 1001: the shop put it on hold after the back office had begun to work on it." in text
    [action] = re.findall(r'action="(/quarantine/orders/[^"]+)"', selling.browser.get("/quarantine").text)
    assert "needs a reason" in selling.says(action, reason=" ")
    assert "It is noted who saw to it" in selling.says(action, reason="the parcel is on its way, released it")
    assert "contradict" not in selling.page("/quarantine")


def test_nothing_can_be_seen_to_twice(selling: Desk) -> None:
    contradict(selling)
    action = f"/quarantine/orders/{selling.world.ids['Shop']}/seen?ref=1"
    selling.says(action, reason="done")
    assert "nothing to see to about this order any more" in selling.says(action, reason="mine")


# Versions


def test_the_same_order_differs_in_nothing() -> None:
    assert [row for row in side_by_side(placed(), placed()) if row.differs] == []
    assert changes(placed(), placed()) == []


def test_spaces_and_cases_that_make_no_difference_are_none() -> None:
    noisy = Address(first_name=" Ada ", last_name="Byron", street="Main  Street 1", postcode="10115", city="Berlin")
    assert changes(placed(), placed(billing=noisy)) == []


def test_changes_are_named_without_their_content() -> None:
    named = changes(placed(), placed(note="secret", shipping=Address(city="Rome")))
    assert [(one.part, one.name) for one in named] == [(Part.SHIPPING, ""), (Part.NOTE, "")]


def test_a_line_that_is_gone_and_one_that_came() -> None:
    other = placed().positions[0].model_copy(update={"id": "new", "name": "Plate", "sku": "PLATE"})
    rows = [row for row in side_by_side(placed(), placed(positions=(other,))) if row.part is Part.LINE]
    gone = Bought(Decimal(1), Decimal(10), Decimal("1.9"))
    assert [(row.name, row.before, row.now) for row in rows] == [("MUG-1", gone, None), ("Plate (PLATE)", None, gone)]


def test_only_goods_count_as_units() -> None:
    ship = Position(id="s", type=PositionType.SHIPPING, name="Post", subtotal=Decimal(4), total=Decimal(4))
    three = placed().positions[0].model_copy(update={"quantity": Decimal(3)})
    assert units(placed(positions=(three, ship))) == 3


def test_personal_parts_are_known_as_such() -> None:
    rows = compared(Versions(before=placed(), now=placed(note="Hi", shipping=Address(city="Rome"))))
    personal = {row.what for row in rows if row.personal}
    assert personal == {"Billed to", "Shipped to", "Note", "Payment"}


def test_what_differs_comes_first_and_each_side_marks_its_own_lines() -> None:
    rows = compared(Versions(before=placed(), now=placed(billing=HOME.model_copy(update={"city": "Rome"}))))
    first, *rest = rows
    assert isinstance(first, Compared)
    assert (first.what, first.differs) == ("Billed to", True)
    assert [line.text for line in first.before if line.marked] == ["10115 Berlin"]
    assert [line.text for line in first.now if line.marked] == ["10115 Rome"]
    assert not any(row.differs for row in rest)


def test_a_version_in_another_currency_keeps_its_own() -> None:
    dollars = Versions(before=placed(), now=placed(currency="USD", total=Decimal(12)))
    [total] = [row for row in compared(dollars) if row.what == "Total"]
    assert [line.text for line in (*total.before, *total.now)] == ["€11.90", "$12.00"]
