"""An order's story: each call, decision, document and person in plain language; and shared without the persons."""

from __future__ import annotations

import html as html_of
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from support.world import START, customer, mug, order, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Coupon, Order, Position, PositionType, Stage
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine
from trueup.store import stories
from trueup.store.order_stories import OrderStory, order_story
from trueup.store.stories import Sent
from trueup.store.transfers import TransferRow
from trueup.sync import decisions
from trueup.web.sharing import as_text, file_name, shared
from trueup.web.telling import tell

from .conftest import Desk

LINE = ("88", "MUG-1")
HOME = Address(
    first_name="Adelheid",
    last_name="Quistorp",
    street="Zypressenweg 17",
    postcode="10115",
    city="Kleinkummerfeld",
    country="DE",
    phone="+49 171 5550123",
    email="adelheid@quistorp.example",
)


def placed(**changes: object) -> Order:
    sold = {"billing": HOME, "shipping": HOME, "transaction_id": "pi_3QZ9", "payment_title": "Card"}
    return order(1, LINE).model_copy(update={**sold, **changes})


@pytest.fixture
def selling(desk: Desk) -> Desk:
    world = desk.world
    world.erp.put(mug(), stock())
    world.shop.put(mug().model_copy(update={"id": "88"}))
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.flow(Kind.REFUND, "Shop", "ERP")
    world.flow(Kind.FULFILMENT, "ERP")
    world.settle()
    return desk


def place(desk: Desk, **changes: object) -> None:
    desk.world.shop.put(placed(**changes), companions=[customer()])
    desk.world.later()


def ship(desk: Desk) -> None:
    [document] = desk.world.erp.things(Kind.ORDER)
    line = ShippedLine(product=Ref(kind=Kind.PRODUCT, id="A1"), sku="MUG-1", quantity=Decimal(1))
    package = Package(
        id="P1", lines=(line,), tracking_number="JJD000390007", carrier="DHL", url="https://dhl.example/JJD000390007"
    )
    stage = FulfilmentStage.SHIPPED
    desk.world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=stage, packages=(package,)))
    desk.world.later()


def give_back(desk: Desk) -> None:
    back = RefundLine(line="10", product=Ref(kind=Kind.PRODUCT, id="88"), sku="MUG-1", quantity=Decimal(1), total=5)
    refund = Refund(id="R1", reference="WC-REFUND-1", amount=Decimal(5), reason="arrived broken", lines=(back,))
    total = Decimal("11.90")
    desk.world.shop.put(OrderRefunds(id="1", order_number="1001", currency="EUR", order_total=total, refunds=(refund,)))
    desk.world.later()


def of(desk: Desk) -> OrderStory:
    with desk.world.hub.database.read() as tx:
        told = stories.story(tx, desk.world.ids["Shop"], "order", "1")
        assert told is not None
        found = order_story(tx, told)
    assert found is not None
    return found


def transfer(sentence: str) -> TransferRow:
    what = {"id": 1, "delivery_id": 1, "follower_id": 1, "kind": "order", "ref": "1", "label": "1001", "target": None}
    how = {"request_id": "r-1", "payload_hash": "h", "outcome": "rejected", "status": 400, "duration_ms": 7}
    return TransferRow(**what, **how, sentence=sentence, explanation=None, at=START)  # type: ignore[arg-type] # by name


def sentences(desk: Desk) -> list[str]:
    return [one.sentence for one in tell(of(desk))]


def in_order(told: list[str], *wanted: str) -> None:
    """These sentences were told, one after the other."""
    places = [next(n for n, one in enumerate(told) if one.startswith(start)) for start in wanted]
    assert places == sorted(places), told


def test_a_whole_life_is_told_from_reading_to_refund(selling: Desk) -> None:
    place(selling, stage=Stage.UNPAID, ready=False)
    place(selling)
    place(selling, note="Ring twice")
    ship(selling)
    give_back(selling)
    document = selling.world.erp.things(Kind.ORDER)[0].document
    in_order(
        sentences(selling),
        "Received: order 1001 over €11.90 was read from Shop for the first time.",
        "Checked: it is complete, adds up to the cent",
        "Created in ERP.",
        f"Transferred as {document}.",
        "Changed in Shop: note.",
        "Changed in ERP too.",
        "A parcel left ERP: 1 × MUG-1, with DHL.",
        "Shipped: all of it has left.",
        "€5.00 were given back: 1 × MUG-1.",
        "Partly refunded",
    )
    told = sentences(selling)
    assert "Its document number was written to the order in Shop." in told
    assert "Its parcels and how far it is were written to Shop." in told
    assert "Its refunds were entered in ERP." in told


def test_the_promise_of_stock_and_its_end_are_told(selling: Desk) -> None:
    selling.world.flow(Kind.STOCK)
    place(selling, stage=Stage.UNPAID, ready=False)
    assert "Stock promised: 1 × MUG-1." in sentences(selling)
    place(selling, stage=Stage.CANCELLED, ready=False)
    assert [one for one in sentences(selling) if one.startswith("No longer promised: 1 × MUG-1 (")]


def test_what_changed_names_parts_and_counts_lines(selling: Desk) -> None:
    place(selling)
    two = order(1, LINE, LINE)
    place(selling, positions=two.positions, total=two.total, total_tax=two.total_tax, rates=two.rates)
    [told] = [one for one in tell(of(selling)) if one.sentence.startswith("Changed in Shop")]
    assert told.sentence == "Changed in Shop: total, tax in it, 1 line."
    assert told.private == "MUG-1"


def test_a_refusal_and_who_decided_are_told_with_the_reason(selling: Desk) -> None:
    selling.world.erp.fault(Fault(trouble=Trouble.REFUSED, op="push", label="1001", times=1))
    place(selling)
    selling.world.time.passes(hours=1)
    decisions.retry(selling.world.hub, selling.world.quarantined()[0], by="ada")
    selling.world.later()
    in_order(
        sentences(selling),
        "Sent to ERP: order. refused.",
        "Set aside for a person (order): refused.",
        "In quarantine: a person has to look at it.",
        "A person had it tried again.",
        "Created in ERP.",
    )
    [decided] = [one for one in tell(of(selling)) if one.sentence == "A person had it tried again."]
    assert decided.private == "ada: tried again"


@pytest.mark.parametrize(
    ("outcome", "sentence", "tone"),
    [
        ("unchanged", "ERP says the same already: order.", "good"),
        ("not needed", "Sent to ERP: order. not needed.", "good"),
        ("try later", "Sent to ERP: order. not answered.", "moving"),
        ("conflict", "Sent to ERP: order. changed on both sides.", "trouble"),
    ],
)
def test_what_came_of_a_try_is_told_in_words(selling: Desk, outcome: str, sentence: str, tone: str) -> None:
    place(selling)
    found = of(selling)
    sent = Sent(follower="ERP", row=replace(transfer("as the system says it"), outcome=outcome))
    told = tell(replace(found, story=replace(found.story, sent=(sent,))))
    assert (sentence, tone) in [(one.sentence, one.tone) for one in told]


def test_a_change_done_by_hand_is_told_with_who_and_why(selling: Desk) -> None:
    place(selling)
    selling.world.erp.lock(selling.world.erp.things(Kind.ORDER)[0].id)
    place(selling, note="Ring twice")
    decisions.skip(selling.world.hub, selling.world.quarantined()[0], by="ada", reason="told the warehouse")
    text = selling.page("/records/2/order?ref=1")
    assert "Set aside for a person (order): too late to change." in text
    assert "A person did it by hand. ada: told the warehouse" in text


def test_what_must_not_be_is_told_and_asked_for_at_the_top(selling: Desk) -> None:
    place(selling)
    ship(selling)
    place(selling, stage=Stage.ON_HOLD, ready=False)
    text = selling.page("/records/2/order?ref=1")
    assert "The systems contradict each other: the shop put it on hold after the back office had begun" in text
    assert "It was asked to become on hold, which must not be:" in text
    decisions.see_to(selling.world.hub, 2, "1", by="ada", reason="released it")
    text = selling.page("/records/2/order?ref=1")
    assert "The systems contradict each other" not in text
    assert "A person saw to what contradicts. ada: released it" in text


def test_an_order_on_hold_says_that_it_waits_and_why(selling: Desk) -> None:
    selling.world.erp.fault(Fault(trouble=Trouble.DOWN, op="push", times=None))
    place(selling)
    place(selling, stage=Stage.ON_HOLD, ready=False)
    assert "The order waits. It is on hold in the shop." in selling.page("/records/2/order?ref=1")


def test_the_page_shows_the_state_the_parcels_and_what_was_given_back(selling: Desk) -> None:
    place(selling)
    ship(selling)
    give_back(selling)
    html, text = selling.browser.get("/records/2/order?ref=1").text, selling.page("/records/2/order?ref=1")
    assert "Order 1001 partly refunded processing" in text
    assert 'href="https://dhl.example/JJD000390007" rel="noreferrer">JJD000390007</a>' in html
    assert "Given back €5.00 1 × MUG-1 arrived broken €5.00 of €11.90 in all." in text


def test_an_address_for_parcels_that_is_none_is_no_link(selling: Desk) -> None:
    place(selling)
    [document] = selling.world.erp.things(Kind.ORDER)
    package = Package(id="P1", tracking_number="T1", url="javascript:alert(1)")
    stage = FulfilmentStage.SHIPPED
    selling.world.erp.put(Fulfilment(id=document.id, document_number="SO-1", stage=stage, packages=(package,)))
    selling.world.later()
    html = selling.browser.get("/records/2/order?ref=1").text
    assert "javascript:" not in html
    assert "T1" in html


def test_a_rounding_line_is_seen(selling: Desk) -> None:
    odd = Position(
        id="rounding", type=PositionType.ROUNDING, name="Rounding difference", subtotal=Decimal("0.02"), total="0.02"
    )
    place(selling, positions=(*placed().positions, odd), total=Decimal("11.92"))
    text = selling.page("/records/2/order?ref=1")
    assert "Rounding difference rounding line" in text
    assert "In it is a rounding line of €0.02" in text


# Sharing

PRIVATE = {
    *("Adelheid", "Quistorp", "Zypressenweg", "10115", "Kleinkummerfeld", "5550123", "adelheid@quistorp.example"),
    *("pi_3QZ9", "Ring twice", "JJD000390007", "arrived broken", "told the warehouse", "ada", "SPRING-ADELHEID"),
}


def test_a_shared_story_is_a_file_with_everything_but_the_person(selling: Desk) -> None:
    coupon = Coupon(code="SPRING-ADELHEID", discount=Decimal(1))
    place(selling, coupons=(coupon,))
    selling.world.erp.lock(selling.world.erp.things(Kind.ORDER)[0].id)
    place(selling, note="Ring twice", coupons=(coupon,))
    decisions.skip(selling.world.hub, selling.world.quarantined()[0], by="ada", reason="told the warehouse")
    ship(selling)
    give_back(selling)
    answer = selling.browser.get("/records/2/order/share?ref=1")
    assert answer.headers["content-disposition"] == 'attachment; filename="order-1001.html"'
    text = " ".join(html_of.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.text, flags=re.DOTALL)).split())
    for wanted in ("1 × MUG-1, with DHL", "A person did it by hand.", "€5.00 were given back", "VAT 19 % €10.00"):
        assert wanted in text
    assert [value for value in PRIVATE if re.search(rf"\b{re.escape(value)}\b", answer.text)] == []
    assert [value for value in PRIVATE if re.search(rf"\b{re.escape(value)}\b", as_text(shared(of(selling))))] == []


def test_the_link_stands_on_the_orders_page_and_asks_for_a_sign_in(selling: Desk, stranger: Desk) -> None:
    place(selling)
    assert 'href="/records/2/order/share?ref=1"' in selling.browser.get("/records/2/order?ref=1").text
    selling.browser.cookies.clear()
    assert "/login" in selling.browser.get("/records/2/order/share?ref=1").url.path


def test_an_order_that_nobody_knows_is_not_shared(selling: Desk) -> None:
    assert selling.browser.get("/records/2/order/share?ref=99").status_code == 404


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("1001", "order-1001.html"),
        ("A/B 7", "order-A-B-7.html"),
        ('"\r\nX: y', "order-X--y.html"),
        ("ä", "order-story.html"),
    ],
)
def test_the_files_name_is_one_that_every_system_takes(number: str, name: str) -> None:
    assert file_name(placed(number=number), "html") == name
