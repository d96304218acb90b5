"""The settings of a connection, and what stands in the database around the records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from trueup.connectors.kit.errors import Misconfigured
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import Premises, one
from trueup.connectors.tryton.settings import Settings, percent_text

from .furnishing import company, named
from .window import Window


class TestChoosing:
    @pytest.mark.parametrize(
        ("thing", "many"), [("company", "companies"), ("warehouse", "warehouses"), ("price list", "price lists")]
    )
    def test_one_of_several_names_them_all(self, thing: str, many: str) -> None:
        with pytest.raises(Misconfigured) as told:
            one([named(1, "A"), named(2, "B")], None, thing, "")
        assert told.value.sentence == f'There are several {many} in Tryton: "A", "B". Enter the name of one.'
        assert told.value.field == thing

    def test_two_of_one_name_are_several(self) -> None:
        with pytest.raises(Misconfigured, match="several"):
            one([named(1, "A"), named(2, "A")], "A", "carrier", "")


class TestPremises:
    def premises(self, window: Window, **more: Any) -> Premises:
        return Premises(TrytonClient(window.settings(**more)), window.settings(**more))

    def test_are_asked_for_once(self, window: Window) -> None:
        here = self.premises(window)
        for _ in range(3):
            assert (here.web_shop, here.currency.code, [tax.percent for tax in here.taxes]) == (2, "EUR", ["19", "7"])
            here.fields_of("sale.sale")
        assert len(window.paths()) == len(set(window.paths()))

    @pytest.mark.parametrize(
        ("zone", "name"), [("Europe/Berlin", "Europe/Berlin"), (None, "UTC"), ("", "UTC"), ("Mars/Base", "UTC")]
    )
    def test_know_in_which_zone_the_company_s_days_end(self, window: Window, zone: str | None, name: str) -> None:
        window.rows["company.company"] = [company(1, "A", zone)]
        assert str(self.premises(window).zone) == name

    def test_are_read_anew_once_they_were_forgotten(self, window: Window) -> None:
        """A tax that a person enters after an order was refused is there at the next try."""
        premises = self.premises(window)
        assert "10" not in [tax.percent for tax in premises.taxes]
        window.rows["account.tax"].append({"id": 9, "name": "VAT 10", "rate": Decimal("0.10")})
        assert "10" not in [tax.percent for tax in premises.taxes]
        premises.forget()
        assert "10" in [tax.percent for tax in premises.taxes]

    def test_without_the_module_for_attributes_know_none(self, window: Window) -> None:
        assert self.premises(window).attributes == {}
        assert "product.attribute/search_read" not in window.paths()

    def test_read_the_texts_of_a_selection(self, window: Window) -> None:
        window.fields["product.product"] += ("attributes",)
        window.rows["product.attribute"] = [
            {"id": 1, "name": "wood", "string": "Wood", "selection_json": '[["a", "Ash"], ["b", "Birch"]]'},
            {"id": 2, "name": "size", "string": "Size", "selection_json": None},
        ]
        found = self.premises(window).attributes
        assert (found["wood"].label, found["wood"].labels) == ("Wood", {"a": "Ash", "b": "Birch"})
        assert found["size"].labels == {}

    @pytest.mark.parametrize(
        ("field", "model", "thing"),
        [("carrier", "carrier", "carrier"), ("payment_term", "account.invoice.payment_term", "payment term")],
    )
    def test_find_what_is_named_and_nothing_otherwise(self, window: Window, field: str, model: str, thing: str) -> None:
        assert getattr(self.premises(window), field) is None
        window.rows[model] = [{"id": 9, "rec_name": "Fast", "party.": {"id": 3, "name": "Fast"}}]
        assert getattr(self.premises(window, **{field: "Fast"}), field) == 9
        window.rows[model] = []
        with pytest.raises(Misconfigured, match=f'There is no {thing} "Slow" in Tryton'):
            getattr(self.premises(window, **{field: "Slow"}), field)

    def test_deliver_orders_from_the_first_warehouse_unless_one_is_named(self, window: Window) -> None:
        window.rows["stock.location"] = [named(4, "Main", code="WH"), named(5, "Outlet", code="OUT")]
        assert self.premises(window).order_warehouse == 4
        assert self.premises(window, order_warehouse="OUT").order_warehouse == 5
        assert self.premises(window, warehouses=("Outlet", "WH")).order_warehouse == 5

    @pytest.mark.parametrize(("rows", "rounding"), [([], "document"), ([{"id": 1, "tax_rounding": "line"}], "line")])
    def test_know_where_tryton_rounds_taxes(self, window: Window, rows: list[Row], rounding: str) -> None:
        window.rows["account.configuration"] = rows
        assert self.premises(window).tax_rounding == rounding


class TestSettings:
    BASE: ClassVar[dict[str, Any]] = {"url": "https://erp.example", "database": "erp", "key": SecretStr("hush-key")}

    @pytest.mark.parametrize("percent", ["19%", "19,0", "", "x", "NaN", "Infinity", "-1", "101", "1 9"])
    @pytest.mark.parametrize("field", ["tax_classes", "taxes"])
    def test_a_percentage_that_is_none_is_refused_with_a_sentence(self, field: str, percent: str) -> None:
        with pytest.raises(ValidationError, match=r"is no percentage; write it as digits, such as 19 or 5\.5"):
            Settings(**self.BASE, **{field: {percent: "standard"}})

    @pytest.mark.parametrize(
        ("written", "kept"), [("19", "19"), ("19.00", "19"), (" 7 ", "7"), ("5.50", "5.5"), ("0", "0"), ("1E1", "10")]
    )
    def test_a_percentage_is_kept_in_one_way(self, written: str, kept: str) -> None:
        assert Settings(**self.BASE, tax_classes={written: "x"}).tax_classes == {kept: "x"}

    @pytest.mark.parametrize("url", ["erp.example", "ftp://erp.example", "", "//erp.example"])
    def test_an_address_without_a_scheme_is_refused(self, url: str) -> None:
        with pytest.raises(ValidationError, match="must begin with https:// or http://"):
            Settings(**{**self.BASE, "url": url})

    @pytest.mark.parametrize("wrong", [{"timeout": 0}, {"rounding_limit": -1}, {"advance": "shipped"}, {"colour": 1}])
    def test_what_makes_no_sense_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Settings(**{**self.BASE, **wrong})

    def test_secrets_are_not_shown(self) -> None:
        found = Settings(**self.BASE, user="hub", password=SecretStr("hush-word"))
        assert "hush" not in repr(found) + str(found) + found.model_dump_json()

    @pytest.mark.parametrize(("percent", "text"), [("19.0", "19"), ("100", "100"), ("0.00", "0"), ("5.5", "5.5")])
    def test_percentages_are_shown_without_needless_digits(self, percent: str, text: str) -> None:
        assert percent_text(Decimal(percent)) == text
