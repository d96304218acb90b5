"""One thing's story: found by any of its names, told in plain language, orders with their money to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.world import customer, mug, order, price, shirt, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.customer import Address
from trueup.domain.order import Coupon, Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Kind, Ref

from .conftest import Desk


@pytest.fixture
def catalogue(desk: Desk) -> Desk:
    """Mugs and a shirt flow to the shop."""
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        desk.world.flow(kind)
    return desk


@pytest.fixture
def orders(catalogue: Desk) -> Desk:
    """Orders flow back."""
    catalogue.world.flow(Kind.ORDER, "Shop", "ERP")
    catalogue.world.erp.put(mug(1), price(1), stock(1))
    catalogue.world.settle()
    return catalogue


def goods(sku: str, product: str, net: str, rate: str, tax: str, quantity: int = 1) -> Position:
    return Position(
        id=f"{sku}-{rate}",
        type=PositionType.GOODS,
        name=f"Name of {sku}",
        product=Ref(kind=Kind.PRODUCT, id=product),
        sku=sku,
        quantity=Decimal(quantity),
        subtotal=Decimal(net),
        total=Decimal(net),
        taxes=(TaxPart(rate=rate, amount=Decimal(tax)),),
    )


def two_rates(total: str = "168.61") -> Order:
    """A mug at 19 %, a book at 7 %, and shipping; 168.61 in all."""
    address = Address(
        first_name="Ada", last_name="Byron", street="Main Street 1", postcode="10115", city="Berlin", country="DE"
    )
    ship = Position(
        id="ship",
        type=PositionType.SHIPPING,
        name="Flat rate",
        subtotal=Decimal("4.90"),
        total=Decimal("4.90"),
        taxes=(TaxPart(rate="1", amount=Decimal("0.931")),),
    )
    return order(2).model_copy(
        update={
            "positions": (
                goods("MUG-1", "product-000001", "100", "1", "19", 2),
                goods("BOOK", "product-000001", "40", "2", "2.8"),
                ship,
            ),
            "rates": (
                TaxRate(id="1", name="VAT", percent=Decimal(19), tax=Decimal("19.00"), shipping_tax=Decimal("0.93")),
                TaxRate(id="2", name="VAT 7 %", percent=Decimal(7), tax=Decimal("2.80"), shipping_tax=Decimal(0)),
            ),
            "coupons": (Coupon(code="SPRING", discount=Decimal(5)),),
            "total": Decimal(total),
            "total_tax": Decimal("22.73"),
            "billing": address,
            "shipping": address,
            "payment_title": "Card",
        }
    )


# Search


@pytest.mark.parametrize("text", ["MUG-1", "mug-1", "  MUG-1 ", "A1", "product-000001"])
def test_an_article_is_found_by_any_of_its_names(catalogue: Desk, text: str) -> None:
    catalogue.world.erp.put(mug(1), mug(11))
    catalogue.world.settle()
    landed = catalogue.browser.get("/search", params={"q": text})
    assert (landed.url.path, landed.url.query) == ("/records/1/product", b"ref=A1")


@pytest.mark.parametrize("text", ["1001", "SO-00002"])
def test_an_order_is_found_by_its_number_and_by_its_document(orders: Desk, text: str) -> None:
    orders.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    orders.world.later()
    landed = orders.browser.get("/search", params={"q": text})
    assert (landed.url.path, landed.url.query) == ("/records/2/order", b"ref=1")


def test_several_hits_are_listed(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), mug(11), mug(2))
    catalogue.world.settle()
    text = catalogue.page("/search?q=MUG")
    assert "MUG-1 article · ERP" in text
    assert "MUG-11 article · ERP" in text
    assert "MUG-2 article · ERP" in text


def test_nothing_found_says_what_to_do(catalogue: Desk) -> None:
    text = catalogue.page("/search?q=TEAPOT")
    assert "Nothing is known under this name." in text
    assert "start its flow now" in text


def test_an_empty_search_says_what_can_be_searched(catalogue: Desk) -> None:
    assert "Type a SKU, an order number" in catalogue.page("/search?q=")


@pytest.mark.parametrize("text", ["%", "_", "'", '"', "\\", "%' OR 1=1 --", "💥", "a" * 5000])
def test_a_search_is_never_taken_for_anything_else(catalogue: Desk, text: str) -> None:
    catalogue.world.erp.put(mug(1))
    catalogue.world.settle()
    answer = catalogue.browser.get("/search", params={"q": text})
    assert answer.status_code == 200
    assert "Nothing is known under this name." in answer.text


# An article


def test_an_articles_story_from_reading_to_the_shop(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1), stock(1))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    steps = [
        "Linked: Shop calls it product-000001",
        "Created in Shop: article, price, stock. HTTP 201",
        "Owed to Shop: article, price, stock.",
        "Read from ERP for the first time: article, price, stock.",
    ]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)
    assert "Everything agrees: nothing of this is owed to anybody." in text


def test_what_each_system_calls_it(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1))
    catalogue.world.settle()
    assert "ERP A1 leads it Shop product-000001 created by trueup" in catalogue.page("/records/1/product?ref=A1")


def test_what_was_there_already_is_told_as_adopted(catalogue: Desk) -> None:
    catalogue.world.shop.put(mug(1).model_copy(update={"id": "old"}))
    catalogue.world.erp.put(mug(1))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    assert "Found in Shop, adopted and brought up to date: article." in text
    assert "Shop old was there already, adopted" in text


def test_the_records_data_stands_beside_it(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1, manufacturer="Potter"), price(1, "12.50"), stock(1, 1234))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    assert "manufacturer Potter" in text
    assert "regular 12.5" in text
    assert "quantity 1,234" in text


def test_a_later_change_is_part_of_the_story(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1))
    catalogue.world.settle()
    catalogue.world.time.passes(hours=2)
    catalogue.world.erp.put(price(1, "13.00"))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    assert "The price had changed in ERP and was read again." in text
    assert "ERP says it changed just now" in text
    assert "Updated in Shop: price." in text
    assert text.index("Updated in Shop: price.") < text.index("Created in Shop")


def test_what_is_owed_says_since_when_and_when_it_is_tried_next(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1))
    catalogue.world.shop.fault(Fault(trouble=Trouble.BUSY, label="MUG-1", times=None))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    assert "The article is owed to Shop since just now . Next try: just now" in text
    assert "Sent to Shop: article. Not answered:" in text


def test_a_variant_waits_for_its_parent(catalogue: Desk) -> None:
    catalogue.world.erp.put(*shirt("S"))
    catalogue.world.shop.fault(Fault(trouble=Trouble.REFUSED, label="SHIRT", times=None))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=SHIRT-S")
    assert "The article waits until Shop has article SHIRT." in text
    parent = catalogue.page("/records/1/product?ref=SHIRT")
    assert "Set aside:" in parent
    assert "Go to quarantine" in parent


def test_a_parent_and_its_variants_lead_to_each_other(catalogue: Desk) -> None:
    catalogue.world.erp.put(*shirt("S", "M"))
    catalogue.world.settle()
    html = catalogue.browser.get("/records/1/product?ref=SHIRT").text
    assert 'href="/records/1/product?ref=SHIRT-S"' in html
    assert 'href="/records/1/product?ref=SHIRT-M"' in html
    assert 'href="/records/1/product?ref=SHIRT"' in catalogue.browser.get("/records/1/product?ref=SHIRT-S").text


def test_what_stands_in_quarantine_only_has_a_story_too(catalogue: Desk) -> None:
    catalogue.world.erp.put(price(7, "-1"))
    catalogue.world.settle()
    text = catalogue.page("/search?q=MUG-7")
    assert "Price MUG-7: the price -1 is negative. Send 0 or more." in text
    assert "Set aside:" in text


def test_what_was_mended_and_what_was_skipped_is_told(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1), price(1, "-1"), mug(2), price(2, "-1"))
    catalogue.world.settle()
    first, second = sorted(catalogue.world.quarantined(), key=lambda entry: entry.label)
    catalogue.post(f"/quarantine/{second.id}/skip", reason="a sample")
    catalogue.world.erp.put(price(1, "5"))
    catalogue.world.later()
    assert "What was wrong is mended; it left quarantine." in catalogue.page(f"/records/1/product?ref={first.ref}")
    assert "Skipped by ada: a sample" in catalogue.page(f"/records/1/product?ref={second.ref}")


def test_a_creation_that_was_begun_and_not_confirmed_is_told(catalogue: Desk) -> None:
    catalogue.world.erp.put(mug(1))
    catalogue.world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER))
    catalogue.world.settle()
    text = catalogue.page("/records/1/product?ref=A1")
    assert "Its creation in Shop was begun and is not confirmed. Shop is asked for it before anything is sent" in text


@pytest.mark.parametrize("ref", ["88/91", "a b", "ö&=?#", "..", "100%", "+"])
def test_ids_are_opaque_whatever_is_in_them(catalogue: Desk, ref: str) -> None:
    catalogue.world.erp.put(mug(1).model_copy(update={"id": ref}))
    catalogue.world.settle()
    landed = catalogue.browser.get("/search", params={"q": "MUG-1"})
    assert landed.status_code == 200
    assert "Everything agrees" in landed.text


# An order


def test_an_orders_lines_and_its_proof_per_rate(orders: Desk) -> None:
    orders.world.shop.put(two_rates("167.63"), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/records/2/order?ref=2")
    assert "Order 1002 transferred processing Share without personal data €167.63, Card, placed 15 minutes ago" in text
    assert "Name of MUG-1 MUG-1 2 €100.00 €19.00" in text
    assert "Name of BOOK BOOK 1 €40.00 €2.80" in text
    assert "Flat rate shipping 1 €4.90 €0.931" in text
    assert "VAT 19 % €104.90 €19.93 €19.93" in text
    assert "VAT 7 % €40.00 €2.80 €2.80" in text
    assert "Net and tax €144.90 €167.63 €167.63" in text
    assert "It adds up to the cent, rate by rate. Taxes are rounded line by line." in text
    assert "Coupons, contained in the lines: SPRING (€5.00)" in text


def test_an_order_knows_its_customer_and_its_articles(orders: Desk) -> None:
    orders.world.shop.put(two_rates("167.63"), companions=[customer(1)])
    orders.world.later()
    html = orders.browser.get("/records/2/order?ref=2").text
    assert 'href="/records/2/customer?ref=1">Ada</a>' in html
    assert 'href="/records/1/product?ref=A1">Name of MUG-1</a>' in html
    assert "Main Street 1" in html


def test_an_orders_document_number_and_that_it_is_written_back(orders: Desk) -> None:
    orders.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/records/2/order?ref=1")
    assert "ERP has it as SO-00002 . The number is written back to the order in Shop, just now ." in text
    assert "Its document number was written to the order in Shop." in text


def test_a_document_number_on_its_way_back(orders: Desk) -> None:
    orders.world.shop.fault(Fault(trouble=Trouble.BUSY, kind=Kind.ORDER, label="SO-00002", times=None))
    orders.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/records/2/order?ref=1")
    assert "The number is on its way back to the order in Shop." in text
    assert "The document number is owed to Shop since just now" in text


def test_an_order_that_nobody_has_yet(orders: Desk) -> None:
    orders.world.erp.fault(Fault(trouble=Trouble.DOWN, times=None))
    orders.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/records/2/order?ref=1")
    assert "No system behind the shop has this order yet." in text
    assert "The order waits until ERP has customer Ada." in text
    assert "The customer is owed to ERP since just now" in orders.page("/records/2/customer?ref=1")


def test_an_order_that_does_not_add_up_says_what_is_wrong(orders: Desk) -> None:
    """It is set aside at reading, so the page shows the sentence, not a record."""
    orders.world.shop.put(two_rates("167.64"), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/search?q=1002")
    assert "it does not add up: positions and taxes make 167.63 EUR, the order says 167.64 EUR" in text
    assert "Go to its entry in quarantine" in text


def test_a_customers_story(orders: Desk) -> None:
    orders.world.shop.put(order(1, ("product-000001", "MUG-1")), companions=[customer(1)])
    orders.world.later()
    text = orders.page("/records/2/customer?ref=1")
    assert "customer · Shop Ada" in text
    assert "Created in ERP: customer." in text
