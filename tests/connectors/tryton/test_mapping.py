"""Tryton's answers as records, without a server: recorded rows, and the odd cases that a sound database has not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import Answer
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.tryton import answers, codec
from trueup.connectors.tryton.addresses import address_to_tryton, matching
from trueup.connectors.tryton.mapping import ArticleReader, option_text, price_from_tryton
from trueup.connectors.tryton.premises import AttributeType, Tax, one
from trueup.connectors.tryton.sale_lines import Line, amount, lines_for, predicted_tax, predicted_total
from trueup.connectors.tryton.settings import Settings
from trueup.domain.customer import Address
from trueup.domain.product import Product

CENT = Decimal("0.01")
VARIANT = """{"code": "SKU-0000-RED-S", "id": 4, "name": "Shirt 0000", "type": "goods", "description": null,
 "attributes": {"size": "S", "color": "red"}, "weight": 0.25, "weight_uom.": {"factor": 1.0, "id": 4},
 "default_uom.": {"symbol": "u", "id": 1}, "identifiers.": [{"type": "ean", "code": "4006381333931", "id": 1}],
 "account_category.": {"customer_taxes_used": [1], "id": 1},
 "template.": {"code": "SKU-0000", "name": "Shirt 0000", "id": 4, "write_date": null}}"""
READER = ArticleReader(
    {name: AttributeType(name=name, label=name.title(), labels={}) for name in ("color", "size")},
    {1: Decimal("0.19"), 2: Decimal("0.07")},
    {"19": "standard"},
)


def row(**changes: Any) -> codec.Row:
    """A variant as Tryton 8.2 answers it."""
    recorded: codec.Row = codec.loads(VARIANT)
    return {**recorded, **changes}


def article(*rows: codec.Row) -> list[Product]:
    items = READER.articles_from_tryton(rows, None)
    assert all(isinstance(item, Change) for item in items), items
    return [item.record for item in items if isinstance(item, Change) and isinstance(item.record, Product)]


class TestArticles:
    def test_a_recorded_variant_alone_is_simple_with_its_properties_as_attributes(self) -> None:
        (shirt,) = article(row())
        assert (shirt.id, shirt.sku, shirt.gtin, shirt.weight_kg, shirt.unit, shirt.tax_class) == (
            "4",
            "SKU-0000-RED-S",
            "4006381333931",
            Decimal("0.25"),
            "u",
            "standard",
        )
        assert [(a.name, a.options, a.for_variants) for a in shirt.attributes] == [
            ("Color", ("red",), False),
            ("Size", ("S",), False),
        ]

    def test_an_attribute_that_is_not_filled_is_no_option(self) -> None:
        parent, small, _ = article(row(), row(id=5, code="SKU-0000-M", attributes={"size": "M", "color": ""}))
        assert [(a.name, a.options) for a in parent.attributes] == [("Color", ("red",)), ("Size", ("S", "M"))]
        assert [choice.option for choice in small.choices] == ["red", "S"]

    def test_a_variant_without_a_code_is_told_and_its_sister_is_not_held_up(self) -> None:
        parent, good, bad = READER.articles_from_tryton([row(), row(id=5, code=None)], None)
        assert isinstance(parent, Change)
        assert isinstance(good, Change)
        assert isinstance(bad, Unreadable)
        assert bad.problems[0].field == "code"
        assert bad.raw is not None

    @pytest.mark.parametrize(
        ("ids", "expected"),
        [([], None), ([1], "standard"), ([99], None)],
        ids=["no taxes", "one", "a tax that is no percentage"],
    )
    def test_the_tax_class_follows_the_customer_tax(self, ids: list[int], expected: str | None) -> None:
        (found,) = article(row(account_category={"customer_taxes_used": ids}))
        assert found.tax_class == expected

    def test_an_article_without_a_category_has_no_tax_class(self) -> None:
        (found,) = article(row(account_category=None))
        assert found.tax_class is None

    def test_two_taxes_at_once_cannot_be_one_tax_class(self) -> None:
        (bad,) = READER.articles_from_tryton([row(account_category={"customer_taxes_used": [1, 2]})], None)
        assert isinstance(bad, Unreadable)
        assert "no tax class stands for 19 % and 7 %" in bad.problems[0].sentence

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (True, "Yes"),
            (False, "No"),
            (Decimal("2.50"), "2.5"),
            (3, "3"),
            (date(2026, 3, 1), "2026-03-01"),
            (["a", "b"], "Ash, Birch"),
            ("a", "Ash"),
        ],
    )
    def test_an_option_reads_as_people_write_it(self, value: Any, text: str) -> None:
        assert option_text(value, {"a": "Ash", "b": "Birch"}) == text

    def test_a_price_keeps_its_four_decimals(self) -> None:
        recorded = codec.loads(
            '{"id": 4, "code": "MUG", "sale_price_uom": {"__class__": "Decimal", "decimal": "5.5225"}}'
        )
        found = price_from_tryton(recorded, currency="EUR", includes_tax=True, changed_at=None)
        assert isinstance(found, Change)
        assert found.record.model_dump(include={"regular", "currency", "includes_tax"}) == {
            "regular": "5.5225",
            "currency": "EUR",
            "includes_tax": True,
        }


class TestJson:
    @pytest.mark.parametrize(
        "value",
        [
            Decimal("5.90"),
            datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=UTC),
            date(2026, 3, 1),
            timedelta(hours=2),
            [None, True, 3, "x", {"a": [Decimal(1)]}],
        ],
    )
    def test_what_is_sent_comes_back(self, value: Any) -> None:
        import json

        assert codec.loads(json.dumps(codec.plain(value))) == value

    def test_a_time_of_another_zone_is_sent_as_utc(self) -> None:
        moment = datetime.fromisoformat("2026-03-01T13:30:00+01:00")
        assert codec.plain(moment)["hour"] == 12

    def test_bytes_are_read_and_numbers_with_a_point_lose_nothing(self) -> None:
        read = codec.loads('{"image": {"__class__": "bytes", "base64": "QUI="}, "quantity": 0.1}')
        assert read == {"image": b"AB", "quantity": Decimal("0.1")}

    def test_what_tryton_has_no_json_for_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(TypeError):
            codec.plain(object())

    @pytest.mark.parametrize(("text", "id"), [("12", 12), ("template-5", 0), ("", 0), ("-1", 0), ("²", 0)])
    def test_an_id_that_is_none_finds_nothing(self, text: str, id: int) -> None:
        assert codec.id_from(text) == id


class TestRpcErrors:
    @pytest.mark.parametrize(
        ("error", "kind", "says"),
        [
            (["UserError", ["The web ID must be unique.", "", None]], Rejected, "The web ID must be unique."),
            (["UserWarning", ["name_1", "Too little stock.", ""]], Rejected, "Too little stock."),
            (["ConcurrencyException", "modified"], TryLater, "at the same time"),
            (["LoginException", []], Misconfigured, "login again"),
            (["'web_shop'", "Traceback"], Misconfigured, "does not know 'web_shop'"),
            (["division by zero", "Traceback (most recent call last)"], TryLater, "its log tells why"),
        ],
    )
    def test_are_told_apart_by_their_names(self, error: list[Any], kind: type[OutsideError], says: str) -> None:
        import json

        content = json.dumps({"id": 1, "error": error}).encode()
        answer = Answer(status=200, headers={}, content=content, request_id="r1", seconds=0.1, system="Tryton")
        with pytest.raises(kind, match=says) as told:
            answers.rpc_result(answer, writing=True)
        assert "Traceback" not in told.value.sentence
        assert getattr(told.value, "unknown_outcome", False) == (error[0] == "division by zero")


class TestAddresses:
    ADDRESS = Address(company="Ltd", first_name="A", last_name="B", street="Road 1", city="Kiel", country="DE")

    def test_the_region_is_found_by_its_code_and_left_out_if_unknown(self) -> None:
        bavarian = self.ADDRESS.model_copy(update={"state": "BY"})
        assert address_to_tryton(bavarian, {"DE": 1}, {"DE-BY": 7})["subdivision"] == 7
        assert address_to_tryton(bavarian, {"DE": 1}, {})["subdivision"] is None

    def test_case_and_spaces_make_no_other_address_but_a_number_does(self) -> None:
        wanted = address_to_tryton(self.ADDRESS, {"DE": 1}, {})
        shouted = {**wanted, "id": 9, "city": " KIEL", "street": "road  1"}
        assert matching(wanted, [{**shouted, "id": 12}, shouted]) == 9
        assert matching(wanted, [{**shouted, "street": "Road 11"}]) is None

    def test_an_address_without_a_country_is_kept_without_one(self) -> None:
        assert address_to_tryton(Address(city="Kiel"), {}, {})["country"] is None


class TestLines:
    LINE = Line(product=1, unit=1, quantity=Decimal(3), price=Decimal(0))

    @pytest.mark.parametrize(
        ("quantity", "total"),
        [
            ("3", "10.00"),
            ("300", "100.00"),
            ("7", "-19.99"),
            ("1", "8.394958"),
            ("12000", "0.05"),
            ("999", "1234.567891"),
            ("1", "0.125"),
            ("2", "0.125"),
            ("3", "-0.045"),
        ],
    )
    def test_whatever_the_price_the_amount_holds(self, quantity: str, total: str) -> None:
        line = Line(product=1, unit=1, quantity=Decimal(quantity), price=Decimal(0))
        lines = list(lines_for(line, Decimal(total), Decimal(total), CENT))
        assert sum(amount(one, CENT) for one in lines) == Decimal(total).quantize(CENT, "ROUND_HALF_UP")
        assert sum(one.quantity for one in lines) == Decimal(quantity)
        assert all(one.price == one.price.quantize(Decimal("0.0001")) for one in lines)

    def test_the_price_before_a_coupon_is_shown_only_if_there_was_one(self) -> None:
        (plain,) = lines_for(self.LINE, Decimal(9), Decimal(9), CENT)
        (reduced,) = lines_for(self.LINE, Decimal(9), Decimal(12), CENT)
        assert (plain.base_price, reduced.base_price) == (None, 4)

    def test_tryton_rounds_taxes_over_the_document_or_per_line_as_it_is_set(self) -> None:
        tax = Tax(id=1, name="VAT", rate=Decimal("0.07"))
        lines = [Line(product=1, unit=1, quantity=Decimal(1), price=Decimal("10.06"), taxes=(tax,))] * 3
        assert predicted_tax(lines, CENT, "document") == Decimal("2.11")
        assert predicted_tax(lines, CENT, "line") == Decimal("2.10")
        assert predicted_total(lines, CENT, "document") == Decimal("32.29")


class TestChoosing:
    ROWS = ({"id": 1, "name": "Main", "code": "WH"}, {"id": 2, "name": "Outlet", "code": "WH2"})

    @pytest.mark.parametrize("name", ["Outlet", "WH2"])
    def test_by_name_or_by_code(self, name: str) -> None:
        assert one(self.ROWS, name, "warehouse", "")["id"] == 2

    def test_the_only_one_needs_no_name_and_one_of_several_does(self) -> None:
        assert one(self.ROWS[:1], None, "warehouse", "")["id"] == 1
        with pytest.raises(Misconfigured, match='several warehouses in Tryton: "Main", "Outlet"'):
            one(self.ROWS, None, "warehouse", "")
        with pytest.raises(Misconfigured, match=r"no warehouse in Tryton\. Create one"):
            one((), None, "warehouse", "Create one.")


def test_percentages_in_the_settings_may_be_written_in_any_way() -> None:
    settings = Settings(
        url="https://erp.example/", database="erp", key=SecretStr("k"), tax_classes={"19.00": "standard"}
    )
    assert settings.tax_classes == {"19": "standard"}
    assert settings.url == "https://erp.example"
