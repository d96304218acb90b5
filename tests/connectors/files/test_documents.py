"""Orders and customers as files, without a folder: every field, every cent, and no formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.connectors.files.documents import customer_document, order_document
from trueup.connectors.files.outbox import file_name
from trueup.connectors.kit.errors import MissingLink
from trueup.connectors.kit.samples import sample_customer, sample_order
from trueup.domain.customer import Address
from trueup.domain.order import Order, Position, PositionType, TaxPart
from trueup.domain.record import Kind, Ref

PAGE = (Path(__file__).parents[3] / "docs" / "files-format.md").read_text()
ORDER = sample_order(1)
LINKS = {Ref(kind=Kind.CUSTOMER, id="9001"): "WC-CUSTOMER-9001", Ref(kind=Kind.PRODUCT, id="SAMPLE-1"): "SAMPLE-1"}


def body(order: Order = ORDER) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(order_document(order, LINKS).content)
    return found


def rows(order: Order = ORDER, *, delimiter: str = ",", decimal: str = ".") -> list[dict[str, str]]:
    content = order_document(order, LINKS, form="csv", delimiter=delimiter, decimal=decimal).content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def with_lines(*positions: Position) -> Order:
    return ORDER.model_copy(update={"positions": positions})


def shipping(total: str, *taxes: tuple[str, str]) -> Position:
    parts = tuple(TaxPart(rate=rate, amount=Decimal(amount)) for rate, amount in taxes)
    return Position(
        id="2", type=PositionType.SHIPPING, name="Post", subtotal=Decimal(total), total=Decimal(total), taxes=parts
    )


class TestJson:
    def test_has_the_fields_of_the_page_in_their_order(self) -> None:
        shown = json.loads(PAGE.split("```json\n")[1].split("```")[0])
        assert list(body()) == list(shown)
        assert list(body()["lines"][0]) == list(shown["lines"][0])
        assert list(body()["billing"]) == list(shown["billing"])

    @pytest.mark.parametrize(
        ("amount", "text"), [("30", "30"), ("30.00", "30"), ("0.10", "0.1"), ("4.716981", "4.716981"), ("-0.5", "-0.5")]
    )
    def test_writes_amounts_as_exact_texts(self, amount: str, text: str) -> None:
        order = Order(**{**ORDER.model_dump(), "total": Decimal(amount)})
        assert body(order)["total"] == text

    @pytest.mark.parametrize("zone", [timezone(timedelta(hours=2)), timezone(timedelta(hours=-5)), UTC])
    def test_writes_moments_in_any_zone_as_the_same_moment(self, zone: timezone) -> None:
        moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC).astimezone(zone)
        written = body(ORDER.model_copy(update={"paid_at": moment}))["paid_at"]
        assert datetime.fromisoformat(written) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def test_is_read_by_people_too(self) -> None:
        text = order_document(ORDER, LINKS).content.decode()
        assert "Jönköping" in text, "no \\u escapes"
        assert text.endswith("}\n")
        assert "\n  " in text

    def test_of_a_guest_without_a_customer_says_null(self) -> None:
        assert body(ORDER.model_copy(update={"customer": None}))["customer"] is None

    @pytest.mark.parametrize("missing", list(LINKS))
    @pytest.mark.parametrize("form", ["json", "csv"])
    def test_waits_for_what_it_refers_to(self, missing: Ref, form: str) -> None:
        links = {ref: id for ref, id in LINKS.items() if ref != missing}
        with pytest.raises(MissingLink) as waiting:
            order_document(ORDER, links, form=form)
        assert waiting.value.ref == missing

    def test_names_articles_by_their_link_and_not_by_what_the_shop_calls_them(self) -> None:
        renamed = {**LINKS, Ref(kind=Kind.PRODUCT, id="SAMPLE-1"): "ERP-1"}
        [line] = json.loads(order_document(ORDER, renamed).content)["lines"]
        assert (line["sku"], line["article"]) == ("SAMPLE-1", "ERP-1")


class TestCsv:
    COLUMNS = (
        *("reference", "number", "status", "created_at", "currency", "order_total", "order_tax", "payment_method"),
        *("note", "customer"),
        *(f"{prefix}_{name}" for prefix in ("billing", "shipping") for name in Address.model_fields),
        *("line", "type", "sku", "article", "name", "quantity", "net_before_discount", "net", "tax", "tax_by_rate"),
        *("tax_class", "method"),
    )

    def test_has_one_row_per_line_with_the_order_repeated_in_each(self) -> None:
        first, second = rows(with_lines(*ORDER.positions, shipping("4.9", ("1", "0.93"))))
        assert tuple(first) == self.COLUMNS
        own = self.COLUMNS[self.COLUMNS.index("line") :]
        assert {name for name in self.COLUMNS if first[name] != second[name]} <= set(own)
        assert (first["type"], second["type"], second["article"]) == ("goods", "shipping", "")

    def test_begins_with_the_mark_by_which_spreadsheets_know_utf_8(self) -> None:
        assert order_document(ORDER, LINKS, form="csv").content.startswith(b"\xef\xbb\xbfreference")

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize(("decimal", "net"), [(".", "4.716981"), (",", "4,716981")])
    def test_uses_the_signs_of_the_settings(self, delimiter: str, decimal: str, net: str) -> None:
        [row] = rows(with_lines(shipping("4.716981")), delimiter=delimiter, decimal=decimal)
        assert row["net"] == net

    def test_lists_every_rate_with_its_tax(self) -> None:
        [row] = rows(with_lines(shipping("10", ("1", "1.25"), ("unknown", "0.6"))))
        assert (row["tax"], row["tax_by_rate"]) == ("1.85", "25%=1.25 0%=0.6")

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd", "'+cmd"),
            ("-cmd", "'-cmd"),
            ("\t=1", "'\t=1"),
            ("+46 36-10 50 00", "+46 36-10 50 00"),
            ("+49 (0) 431/1", "+49 (0) 431/1"),
            ("-", "-"),
            ("+", "+"),
            ("+1+cmd", "'+1+cmd"),
            ("Mug = cup", "Mug = cup"),
            ("'quoted", "'quoted"),
            ("", ""),
        ],
    )
    def test_has_no_text_that_a_spreadsheet_would_run(self, text: str, written: str) -> None:
        [row] = rows(ORDER.model_copy(update={"note": text}))
        assert row["note"] == written

    def test_a_negative_amount_is_a_number_and_no_formula(self) -> None:
        [row] = rows(with_lines(shipping("-5.5")), decimal=",")
        assert row["net"] == "-5,5"

    notes = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=20)

    @given(note=notes, delimiter=st.sampled_from([",", ";", "\t", "|"]))
    @settings(max_examples=50, deadline=None)
    def test_whatever_a_shopper_writes_stays_in_its_cell(self, note: str, delimiter: str) -> None:
        [row] = rows(ORDER.model_copy(update={"note": note}), delimiter=delimiter)
        assert row["note"].removeprefix("'") == note.removeprefix("'")
        assert row["sku"] == "SAMPLE-1"
        assert row["note"][:1] not in ("=", "@", "\t")


class TestWhatCountsAsAChange:
    def hash(self, **changes: Any) -> str:
        return order_document(ORDER.model_copy(update=changes), LINKS).hash

    @pytest.mark.parametrize(
        "changes", [{"status": "completed"}, {"paid_at": datetime(2026, 3, 2, tzinfo=UTC)}, {"total": Decimal("25.00")}]
    )
    def test_not_a_status_nor_a_payment_nor_another_way_of_writing_a_number(self, changes: dict[str, Any]) -> None:
        changed = Order(**{**ORDER.model_dump(), **changes})
        assert order_document(changed, LINKS).hash == self.hash()

    @pytest.mark.parametrize(
        "changes",
        [
            {"total": Decimal(26)},
            {"note": "gift"},
            {"billing": ORDER.billing.model_copy(update={"city": "Bankeryd"})},
            {"positions": (*ORDER.positions, shipping("1"))},
            {"positions": (ORDER.positions[0].model_copy(update={"quantity": Decimal(3)}),)},
        ],
    )
    def test_but_everything_that_was_ordered(self, changes: dict[str, Any]) -> None:
        assert self.hash(**changes) != self.hash()

    def test_nor_the_form_of_the_file(self) -> None:
        hashes = {
            order_document(ORDER, LINKS, form=form, delimiter=delimiter, decimal=decimal).hash
            for form, delimiter, decimal in [("json", ",", "."), ("csv", ",", "."), ("csv", ";", ",")]
        }
        assert len(hashes) == 1

    def test_anything_of_a_customer(self) -> None:
        customer = sample_customer(1)
        named = customer.model_copy(update={"name": "Other"})
        assert customer_document(customer).hash != customer_document(named).hash
        assert customer_document(customer) == customer_document(customer.model_copy(update={"id": "another"}))


class TestFileNames:
    @given(st.lists(st.text(max_size=8), min_size=2, max_size=2, unique=True))
    @settings(max_examples=80, deadline=None)
    def test_of_two_references_differ(self, references: list[str]) -> None:
        first, second = references
        assert file_name(first) != file_name(second)

    @given(st.text(min_size=1, max_size=12))
    @settings(max_examples=80, deadline=None)
    def test_are_never_a_way_out_of_the_folder(self, reference: str) -> None:
        name = file_name(reference)
        assert not set('<>:"/\\|?*') & set(name)
        assert not name.startswith((".", "~"))
        assert all(ord(character) >= 32 for character in name)
