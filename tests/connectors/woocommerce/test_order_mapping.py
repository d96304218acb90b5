"""Recorded orders, REST and storefront, as the back office gets them; and answers that nobody can read."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.customer_mapping import customer_change, customer_id
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.customer import Customer
from trueup.domain.order import Order, PositionType
from trueup.domain.record import Kind, Ref

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "recordings" / "order_answers.json").read_text(encoding="utf-8")
)["answers"]


def settings(**changes: Any) -> Settings:
    return Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x", **changes)


def change_of(row: dict[str, Any], **changes: Any) -> Change:
    change = order_change(row, OrderContext(settings(**changes), 2, False))
    assert isinstance(change, Change), change
    return change


def order_of(name: str, **changes: Any) -> Order:
    record = change_of(ANSWERS[name], **changes).record
    assert isinstance(record, Order)
    return record


def test_a_full_order_keeps_everything_a_back_office_needs() -> None:
    order = order_of("create_full")
    assert (order.id, order.number, order.reference) == ("133", "133", "WC-ORDER-133")
    assert (order.currency, order.status, order.total, order.total_tax) == (
        "EUR",
        "processing",
        Decimal("51.51"),
        Decimal("7.32"),
    )
    assert order.created_at == datetime(2026, 11, 21, 19, 37, 35, tzinfo=UTC)
    assert order.customer == Ref(kind=Kind.CUSTOMER, id="3")
    kinds = [position.type for position in order.positions]
    assert kinds.count(PositionType.GOODS) == 3
    assert kinds.count(PositionType.SHIPPING) == 1
    assert kinds.count(PositionType.FEE) == 1
    assert [coupon.discount for coupon in order.coupons]
    assert [(rate.id, rate.percent) for rate in order.rates] == [("1", Decimal(19)), ("2", Decimal(7))]
    assert (order.payment_method, order.payment_title, order.transaction_id) == ("bacs", "Überweisung", None)
    assert order.problems() == []


def test_a_variation_is_the_article_that_was_bought_and_not_its_parent() -> None:
    goods = [p for p in order_of("create_variation_only").positions if p.type is PositionType.GOODS]
    row = ANSWERS["create_variation_only"]["line_items"][0]
    assert goods[0].product == Ref(kind=Kind.PRODUCT, id=f"{row['product_id']}/{row['variation_id']}")
    parent = order_of("create_variable_parent").positions[0]
    assert parent.product is not None
    assert "/" not in parent.product.id


def test_an_article_that_was_deleted_later_is_told_about_by_its_line() -> None:
    order = order_of("order_with_deleted_product")
    gone = next(position for position in order.positions if position.product is None)
    assert gone.sku is None
    (problem,) = order.problems()
    assert 'the article of line "Item without SKU" no longer exists in the shop' in problem.sentence


def test_an_unknown_article_leaves_an_empty_line_that_does_not_pass() -> None:
    problems = order_of("create_product_missing").problems()
    assert [problem.field.startswith("line ") for problem in problems] == [True]


def test_an_order_without_lines_does_not_pass() -> None:
    assert [problem.field for problem in order_of("create_empty").problems()] == ["lines"]


def test_an_article_without_sku_has_none_and_not_an_empty_one() -> None:
    assert order_of("create_no_sku_item").positions[0].sku is None


def test_an_exempt_order_has_no_taxes() -> None:
    order = order_of("create_vat_exempt_meta")
    assert (order.rates, order.total_tax) == ((), Decimal(0))


def test_storefront_texts_lose_their_html_and_states_their_country() -> None:
    order = order_of("storefront_bacs_order")
    assert order.billing.company == "Müller & Söhne GmbH"
    assert order.billing.name == "Müller & Söhne GmbH"
    assert order_of("create_full").billing.state == "NW"
    assert "&amp;" not in order.model_dump_json()


def test_an_empty_delivery_address_is_the_billing_address() -> None:
    row = {**ANSWERS["create_full"], "shipping": dict.fromkeys(ANSWERS["create_full"]["shipping"], "")}
    order = change_of(row).record
    assert isinstance(order, Order)
    assert order.shipping == order.billing


def test_several_shops_have_references_of_their_own() -> None:
    assert order_of("create_full", reference_prefix="JKPG").reference == "JKPG:WC-ORDER-133"


def test_tax_classes_come_back_under_the_back_offices_names() -> None:
    classes = {"standard": "", "lower": "reduced-rate"}
    named = {p.tax_class for p in order_of("create_full", tax_classes=classes).positions if p.tax_class}
    assert named == {"standard", "lower"}


# Whose order it is


def buyer(row: dict[str, Any], **changes: Any) -> Customer:
    (customer,) = change_of(row, **changes).companions
    assert isinstance(customer, Customer)
    return customer


def test_the_customer_comes_with_the_order() -> None:
    customer = buyer(ANSWERS["create_full"])
    assert (customer.id, customer.reference, customer.guest) == ("3", "WC-CUSTOMER-3", False)
    assert (customer.name, customer.email) == ("Müller & Söhne GmbH", "eva@example.test")
    assert customer.problems() == []


def guest(email: str, id: int = 7) -> dict[str, Any]:
    row = copy.deepcopy(ANSWERS["storefront_bacs_order"])
    row |= {"id": id, "customer_id": 0}
    row["billing"]["email"] = email
    return row


def test_a_guest_is_one_customer_per_address_whatever_its_case() -> None:
    first, second, other = (buyer(guest(e)) for e in ("Eva@Example.test", "eva@example.test ", "max@example.test"))
    assert first.id == second.id != other.id
    assert first.id.startswith("guest-")
    assert "eva" not in first.id
    assert first.guest
    assert change_of(guest("eva@example.test")).record.refs()[0].id == first.id


def test_a_guest_can_be_one_customer_per_order() -> None:
    ids = [customer_id(guest("eva@example.test", n), settings(guests="per_order")) for n in (7, 8)]
    assert ids == ["guest-order-7", "guest-order-8"]
    assert customer_id(guest("", 9), settings()) == "guest-order-9"


def test_all_guests_can_be_one_customer_that_knows_nobodys_address() -> None:
    buyers = [buyer(guest(email), guests="one_account") for email in ("eva@example.test", "max@example.test", "")]
    assert len(set(buyers)) == 1, "the customer is the same record for every order, so it is sent once"
    (everybody,) = set(buyers)
    assert (everybody.id, everybody.name, everybody.email) == ("guest-all", "Web shop guests", None)
    assert everybody.guest
    assert everybody.billing.is_empty
    order = change_of(guest("eva@example.test"), guests="one_account").record
    assert isinstance(order, Order)
    assert order.customer == everybody.ref
    assert (order.billing.email, order.billing.is_empty) == ("eva@example.test", False), "the order keeps its addresses"


def test_a_guest_of_one_order_and_all_guests_together_are_nobody_else() -> None:
    row = guest("eva@example.test")
    apart = {policy: buyer(row, guests=policy).apart for policy in ("per_email", "per_order", "one_account")}
    assert apart == {"per_email": False, "per_order": True, "one_account": True}
    assert not buyer(ANSWERS["create_full"], guests="per_order").apart


def test_a_company_is_kept_beside_the_name() -> None:
    assert buyer(ANSWERS["create_full"]).company == "Müller & Söhne GmbH"


def test_a_vat_id_that_is_none_is_kept_apart_and_stops_nothing() -> None:
    row = {**ANSWERS["create_full"], "meta_data": [{"id": 1, "key": "vat_number", "value": "DE 000"}]}
    customer = buyer(row)
    assert (customer.vat_id, customer.wrong_vat_id) == (None, "DE 000")
    assert customer.problems() == []


def test_a_delivery_address_that_is_only_a_name_is_the_billing_address_for_that_person() -> None:
    row = copy.deepcopy(ANSWERS["create_full"])
    row["shipping"] = {"first_name": "Ada", "last_name": "Ek", "country": "DE"}
    order = change_of(row).record
    assert isinstance(order, Order)
    assert (order.shipping.person, order.shipping.street) == ("Ada Ek", order.billing.street)
    assert buyer(row).shipping is None


def test_who_has_an_account_is_never_one_of_the_guests() -> None:
    assert buyer(ANSWERS["create_full"], guests="one_account").id == "3"


@pytest.mark.parametrize("key", ["_billing_vat_number", "vat_number", "_vat_id", "_b2b_vat_id"])
def test_the_vat_id_is_found_where_plugins_keep_it(key: str) -> None:
    row = {**ANSWERS["create_full"], "meta_data": [{"id": 1, "key": key, "value": " DE136695976 "}]}
    assert buyer(row).vat_id == "DE136695976"


def test_the_first_filled_field_of_the_list_tells_the_vat_id() -> None:
    rows = [("_ours", "DE136695976"), ("vat_number", "DE129273398"), ("_billing_vat_number", ""), ("_else", ["x"])]
    meta = [{"id": n, "key": key, "value": value} for n, (key, value) in enumerate(rows, start=1)]
    row = {**ANSWERS["create_full"], "meta_data": meta}
    assert buyer(row).vat_id == "DE129273398"
    assert buyer(row, vat_keys=("_else", "_ours", "vat_number")).vat_id == "DE136695976"
    assert buyer(row, vat_keys=()).vat_id is None
    assert buyer({**row, "meta_data": None}).vat_id is None


def test_an_account_without_any_name_has_its_address_as_name() -> None:
    row = {
        "id": 5,
        "email": "eva@example.test",
        "billing": {},
        "shipping": {},
        "date_modified_gmt": "2026-11-21T19:37:35",
    }
    change = customer_change(row, settings())
    assert isinstance(change, Change)
    assert isinstance(change.record, Customer)
    assert (change.record.name, change.record.shipping) == ("eva@example.test", None)
    assert change.changed_at == datetime(2026, 11, 21, 19, 37, 35, tzinfo=UTC)


# Answers that nobody can read

BROKEN: list[tuple[str, Any, str, str]] = [
    ("currency", None, "currency", "which cannot be read"),
    ("total", "abc", "total", 'the field total holds "abc", which cannot be read'),
    ("total", None, "total", "which cannot be read"),
    ("total_tax", [], "total_tax", "which cannot be read"),
    ("date_created_gmt", None, "date_created_gmt", "has no usable date_created_gmt"),
    ("date_created_gmt", "yesterday", "date_created_gmt", "has no usable date_created_gmt"),
    ("line_items", None, "line_items", "lacks line_items"),
    ("line_items", ["x"], "line_items", "lacks line_items"),
    ("tax_lines", {}, "tax_lines", "lacks tax_lines"),
    ("billing", "nobody", "billing", "the shop's answer for billing is not an address"),
    ("billing", {"city": ["Köln"]}, "text", "something else than a text"),
    ("id", "133", "id", "has no id"),
    ("prices_include_tax", "maybe", "prices_include_tax", "which cannot be read"),
]


@pytest.mark.parametrize(("field", "value", "named", "told"), BROKEN)
def test_what_cannot_be_read_is_kept_and_told_about(field: str, value: Any, named: str, told: str) -> None:
    row = {**ANSWERS["create_full"], field: value}
    unreadable = order_change(row, OrderContext(settings(), 2, False))
    assert isinstance(unreadable, Unreadable)
    assert unreadable.raw == row
    assert unreadable.label == "133"
    assert unreadable.changed_at is not None
    assert [problem.field for problem in unreadable.problems] == [named]
    assert told in unreadable.problems[0].sentence


def test_every_broken_field_of_an_order_is_told_at_once() -> None:
    row = copy.deepcopy(ANSWERS["create_full"]) | {"total": "abc", "currency": None}
    row["line_items"][1]["total"] = "1,5"
    unreadable = order_change(row, OrderContext(settings(), 2, False))
    assert isinstance(unreadable, Unreadable)
    assert {p.field for p in unreadable.problems} >= {"currency", "total", "positions 2 total"}
