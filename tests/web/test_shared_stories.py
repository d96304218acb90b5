"""An order's story is shared without the persons: whatever people wrote makes no difference to what is shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.woocommerce.golden import golden_orders
from support.world import START
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_from_woo
from trueup.connectors.woocommerce.settings import Settings as ShopSettings
from trueup.domain.allocation import Promise
from trueup.domain.customer import Address
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package
from trueup.domain.order import Coupon, Order
from trueup.domain.record import Record
from trueup.domain.refund import OrderRefunds, Refund
from trueup.store.life import ChangeRow, LifeRow, MoveRow
from trueup.store.matches import MatchRow
from trueup.store.order_stories import OrderStory
from trueup.store.quarantine import QuarantineRow
from trueup.store.records import RecordRow
from trueup.store.stories import Place, Sent, Story
from trueup.web.rendering import shared_page
from trueup.web.sharing import as_text, shared

from .test_order_story import HOME, placed, transfer

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
maybe = st.none() | texts
persons = st.builds(
    Address,
    first_name=maybe,
    last_name=maybe,
    company=maybe,
    street=maybe,
    street_2=maybe,
    postcode=maybe,
    city=texts,
    state=maybe,
    phone=maybe,
    email=maybe,
    country=st.just("DE"),
)


@st.composite
def whole_stories(draw: st.DrawFn, base: Order) -> OrderStory:
    """A story with everything in it that somebody wrote, all of it drawn anew; the rest is the same every time."""
    words = {name: draw(texts) for name in ("note", "transaction_id", "payment_title", "payment_method", "status")}
    names = [position.model_copy(update={"name": draw(texts)}) for position in base.positions]
    coupons = (Coupon(code=draw(texts), discount=Decimal(1)),)
    person = {"billing": draw(persons), "shipping": draw(persons), "coupons": coupons, "positions": tuple(names)}
    return story_about(base.model_copy(update={**words, **person}), draw)


def story_about(told: Order, draw: st.DrawFn) -> OrderStory:
    refund = Refund(id="R", reference="WC-REFUND-1", created_at=START, amount=Decimal(1), reason=draw(texts))
    refunds = OrderRefunds(id="1", order_number="1", currency="EUR", order_total=Decimal(9), refunds=(refund,))
    package = Package(id="P", tracking_number=draw(texts), url=draw(texts), shipped_at=START, delivery_note=draw(texts))
    sent = Fulfilment(id="D", document_number="S-1", stage=FulfilmentStage.SHIPPED, packages=(package,))
    step = {"before": "received", "after": "checked", "by": "trueup", "sentence": None}
    there = Place(connection_id=1, connection="ERP", system="x", remote="D", document="S-1", how="created", since=START)
    story = Story(
        key=(2, "order", told.id),
        label=told.number,
        leader="Shop",
        records=tuple(row_of(leader, record) for leader, record in ((2, told), (1, sent), (2, refunds))),
        places=(there,),
        owed=(),
        sent=(Sent(follower="ERP", row=transfer(draw(texts))),),
        entries=(entry(draw(texts), draw(texts), draw(texts), draw(texts)),),
        intents=(),
        related=(),
    )
    return OrderStory(
        story=story,
        order=told,
        life=life(draw(texts), draw(texts)),
        moves=(MoveRow(id=1, leader_id=2, ref="1", at=START, **step),),  # type: ignore[arg-type] # as the table says
        changes=(ChangeRow(id=1, leader_id=2, ref="1", what=(("line", draw(texts)), ("note", "")), at=START),),
        promises=(promise(),),
        matches=(("ERP", match(draw(texts), draw(texts), draw(texts))),),
        names={1: "ERP", 2: "Shop"},
    )


def row_of(leader_id: int, record: Record) -> RecordRow:
    times = {"changed_at": START, "first_seen_at": START, "stored_at": START}
    key = {"leader_id": leader_id, "kind": record.kind.value, "ref": record.id, "label": record.label}
    return RecordRow(**key, payload=record.payload(), hash="h", **times)  # type: ignore[arg-type] # as the tables say


def entry(sentence: str, field: str, by: str, reason: str) -> QuarantineRow:
    key = {"id": 1, "flow_id": 1, "leader_id": 2, "follower_id": 1, "kind": "order", "ref": "1", "label": "1001"}
    said = {"field": field, "error": "locked", "sentence": sentence, "raw": sentence, "hash": "h", "state": "skipped"}
    over = {"times": 1, "opened_at": START, "closed_at": START, "closed_by": by, "reason": reason}
    return QuarantineRow(**key, **said, **over)  # type: ignore[arg-type] # as above


def life(by: str, reason: str) -> LifeRow:
    where = {"leader_id": 2, "ref": "1", "number": "1001", "state": "checked", "stage": "placed", "units": None}
    no = {"refused": "x", "sentence": "it must not be.", "refused_at": START, "settled_by": by, "reason": reason}
    return LifeRow(**where, **no, began_at=START, moved_at=START, settled_at=START)  # type: ignore[arg-type] # as above


def match(reason: str, name: str, by: str) -> MatchRow:
    key = {"follower_id": 1, "leader_id": 2, "ref": "1", "state": "linked", "remote": "C-1"}
    said = {"reason": reason, "candidates": [{"name": name}], "decided_by": by}
    return MatchRow(**key, **said, asked_at=START, decided_at=START)  # type: ignore[arg-type] # as above


def promise() -> Promise:
    what = {"shop_id": 2, "order_ref": "1", "line": "10", "number": "1001", "product": "88", "sku": "MUG-1"}
    return Promise(**what, quantity=Decimal(1), stage="placed", promised_at=START)  # type: ignore[arg-type] # as above


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_that_a_person_wrote_makes_any_difference_to_what_is_shared(data: st.DataObject) -> None:
    """Stronger than to look for each value: two stories that differ in nothing but persons are shared as one text."""
    one, other = data.draw(whole_stories(placed())), data.draw(whole_stories(placed()))
    now = START + timedelta(days=1)
    assert as_text(shared(one)) == as_text(shared(other))
    assert shared_page(one, now) == shared_page(other, now)


def test_the_proof_above_would_notice_what_is_not_left_out() -> None:
    """With the private part of the story, two persons are told apart."""

    @settings(max_examples=20, deadline=None, database=None)
    @given(data=st.data())
    def told_alike(data: st.DataObject) -> None:
        one, other = data.draw(whole_stories(placed())), data.draw(whole_stories(placed()))
        assert as_text(shared(one, private=True)) == as_text(shared(other, private=True))

    with pytest.raises(AssertionError):
        told_alike()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), number=st.integers(0, 100))
def test_recorded_orders_are_shared_without_their_customers(data: st.DataObject, number: int) -> None:
    golden = RECORDED[number % len(RECORDED)]
    one, other = data.draw(whole_stories(golden)), data.draw(whole_stories(golden))
    assert as_text(shared(one)) == as_text(shared(other))


def recorded() -> list[Order]:
    found = []
    for golden in list(golden_orders())[::5]:
        connected = ShopSettings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x")
        context = OrderContext(connected, golden.decimals, golden.at_subtotal)
        found.append(order_from_woo(golden.row, context))
    return found


RECORDED = recorded()


def test_of_the_address_only_the_country_is_told() -> None:
    @settings(max_examples=1, database=None)
    @given(data=st.data())
    def told(data: st.DataObject) -> None:
        one = data.draw(whole_stories(placed()))
        here = replace(one, order=one.order.model_copy(update={"shipping": HOME.model_copy(update={"country": "AT"})}))
        assert "Goes to: AT." in as_text(shared(here))

    told()
