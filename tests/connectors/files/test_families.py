"""Parents and variants over several files, and which column means what."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.shared_folder import SharedFolder, sentences, take_in
from trueup.connectors.files.cells import BadCell, Cell, code_of, moment_of, number_of, text_of, yes_or_no
from trueup.connectors.files.columns import NAMES, is_field, plain, understand
from trueup.connectors.files.connector import FilesConnector
from trueup.connectors.kit.ports import Change
from trueup.domain.product import Product, ProductType
from trueup.domain.record import Kind

HEAD = "sku,parent_sku,name,variant:Size\n"


def products(connector: FilesConnector) -> dict[str, Product]:
    items = take_in(connector, Kind.PRODUCT)
    records = [item.record for item in items if isinstance(item, Change)]
    return {record.id: record for record in records if isinstance(record, Product)}


def sizes(product: Product) -> tuple[str, ...]:
    return next((one.options for one in product.attributes if one.for_variants), ())


class TestFamilies:
    @pytest.mark.parametrize(
        "rows",
        [
            "SHIRT,,Shirt,\nS,SHIRT,,S\nM,SHIRT,,M\n",
            "S,SHIRT,,S\nM,SHIRT,,M\nSHIRT,,Shirt,\n",
            "S,SHIRT,,S\nSHIRT,,Shirt,\nM,SHIRT,,M\n",
        ],
    )
    def test_are_one_in_whatever_order_their_rows_stand(self, folder: SharedFolder, rows: str) -> None:
        folder.drop("articles.csv", HEAD + rows)
        found = products(folder.connect())
        assert sizes(found["SHIRT"]) == ("S", "M")
        assert {found[sku].name for sku in ("S", "M")} == {"Shirt"}
        assert (found["SHIRT"].type, found["S"].parent) == (ProductType.VARIABLE, "SHIRT")

    def test_whose_variant_has_two_values_of_one_attribute_are_told(self, folder: SharedFolder) -> None:
        """One row for two sizes would have been the first of them, and the other one nowhere."""
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nSM,SHIRT,,S|M\nL,SHIRT,,L\n")
        connector = folder.connect()
        items = take_in(connector, Kind.PRODUCT)
        assert sentences(items) == [
            "in line 3 of articles.csv, the variant has 2 values for Size: S, M. Send one row for each."
        ]
        found = {item.record.id: item.record for item in items if isinstance(item, Change)}
        shirt = found["SHIRT"]
        assert isinstance(shirt, Product)
        assert sizes(shirt) == ("L",)

    def test_lose_a_variant_that_stands_alone_later(self, folder: SharedFolder) -> None:
        connector = folder.connect()
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nS,SHIRT,,S\nM,SHIRT,,M\n")
        products(connector)
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nM,,Shirt M,\n")
        found = products(connector)
        assert sizes(found["SHIRT"]) == ("S",)
        assert (found["M"].type, found["M"].parent) == (ProductType.SIMPLE, None)

    def test_take_over_a_variant_that_moves_to_another_parent(self, folder: SharedFolder) -> None:
        connector = folder.connect()
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nPOLO,,Polo,\nS,SHIRT,,S\nM,SHIRT,,M\n")
        products(connector)
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nPOLO,,Polo,\nM,POLO,,M\n")
        found = products(connector)
        assert (sizes(found["SHIRT"]), sizes(found["POLO"])) == (("S",), ("M",))

    def test_follow_a_value_that_was_corrected(self, folder: SharedFolder) -> None:
        connector = folder.connect()
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nS,SHIRT,,Smal\n")
        products(connector)
        folder.drop("articles.csv", HEAD + "S,SHIRT,,Small\n")
        assert sizes(products(connector)["SHIRT"]) == ("Small",)

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            ("S,SHIRT,Shirt S,", "it is a variant without options such as size or colour."),
            ("S,S,Shirt S,S", "it is its own parent. Name another article as the parent."),
        ],
    )
    def test_that_make_no_sense_are_told(self, folder: SharedFolder, row: str, sentence: str) -> None:
        folder.drop("articles.csv", f"{HEAD}MUG,,Mug,\n{row}\n")
        told = sentences(take_in(folder.connect(), Kind.PRODUCT))
        assert f"in line 3 of articles.csv, {sentence}" in told

    def test_keep_the_parent_s_own_properties_beside_the_choices(self, folder: SharedFolder) -> None:
        folder.drop(
            "articles.csv",
            "sku,parent_sku,name,variant:Size,attribute:Care\nSHIRT,,Shirt,,Wash|Iron\nS,SHIRT,,S,\n",
        )
        shirt = products(folder.connect())["SHIRT"]
        assert [(one.name, one.options, one.for_variants) for one in shirt.attributes] == [
            ("Size", ("S",), True),
            ("Care", ("Wash", "Iron"), False),
        ]

    def test_with_a_variant_in_two_rows_use_neither(self, folder: SharedFolder) -> None:
        folder.drop("articles.csv", HEAD + "SHIRT,,Shirt,\nS,SHIRT,,S\nS,SHIRT,,M\nL,SHIRT,,L\n")
        assert sizes(products(folder.connect())["SHIRT"]) == ("L",)


class TestColumns:
    @pytest.mark.parametrize("group", NAMES)
    def test_are_known_by_our_own_name_in_any_writing(self, group: str) -> None:
        for field in NAMES[group]:
            for written in (field, field.upper(), f" {field} ", field.replace("_", "-"), field.replace("_", " ")):
                assert understand([written], {}, group).fields == {written: field}

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("variant:Size", "variant:Size"),
            ("Variante: Größe ", "variant:Größe"),
            ("MERKMAL:Farbe", "attribute:Farbe"),
            ("egenskap:färg", "attribute:färg"),
            ("attribute:", None),
            ("colour:Red", None),
            (":Red", None),
        ],
    )
    def test_of_attributes_keep_the_attribute_s_own_writing(self, name: str, field: str | None) -> None:
        assert understand([name], {}).fields.get(name) == field
        assert understand([name], {}).unknown == (() if field else (name,))

    def test_of_the_settings_win_over_ours(self) -> None:
        found = understand(["Preis", "VK", "Regal"], {"preis": "stock", "REGAL": "", "vk": "price"})
        assert found.fields == {"Preis": "stock", "VK": "price"}
        assert (found.unknown, found.twice) == ((), ())

    def test_that_mean_the_same_are_told_with_the_first_of_them(self) -> None:
        found = understand(["sku", "Artikelnr", "price", "art nr"], {})
        assert found.twice == (("sku", "Artikelnr"), ("sku", "art nr"))
        assert found.known == {"sku", "price"}

    @pytest.mark.parametrize(
        ("name", "known"),
        [
            ("sku", True),
            ("attribute:Color", True),
            ("variant:x", True),
            ("variant:", False),
            ("SKU", False),
            ("", False),
        ],
    )
    def test_of_the_settings_may_name_only_fields_that_there_are(self, name: str, known: bool) -> None:
        assert is_field(name) is known

    @given(st.lists(st.text(max_size=8), max_size=6))
    @settings(max_examples=60, deadline=None)
    def test_are_each_understood_unknown_double_or_empty(self, names: list[str]) -> None:
        found = understand(names, {})
        told = [*found.fields, *found.unknown, *(second for _, second in found.twice)]
        assert sorted(told) == sorted(name for name in names if name.strip())
        assert plain(plain("A_b - C")) == plain("a.B c")


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "zone", "end_of_day"),
        [
            ("0001-01-01", "Europe/Berlin", False),
            ("0001-01-01", "Asia/Tokyo", False),
            ("9999-12-31", "America/New_York", True),
            ("31.12.9999 23:30", "America/New_York", False),
            (datetime(1, 1, 1), "Europe/Berlin", False),  # noqa: DTZ001 - as a spreadsheet gives it
        ],
    )
    def test_a_date_at_the_end_of_the_world_is_told_and_stops_nothing(
        self, cell: Cell, zone: str, end_of_day: bool
    ) -> None:
        """Many programs write "none" like that."""
        with pytest.raises(BadCell, match=r"is too far away\. Leave the cell empty if there is no such date\."):
            moment_of(cell, zone, end_of_day=end_of_day)

    def test_a_price_that_is_valid_for_ever_is_read(self) -> None:
        assert moment_of("9999-12-31", "Europe/Berlin", end_of_day=True) == datetime(
            9999, 12, 31, 22, 59, 59, tzinfo=UTC
        )

    @pytest.mark.parametrize(
        "cell",
        ["31.03.26", "2026-03-31 24:00", "2026-13-01", "2026-02-30", "20260331083000", "31.3", "1.1.1.1", "-", "0"],
    )
    def test_what_is_nearly_a_date_is_none(self, cell: str) -> None:
        with pytest.raises(BadCell, match=r"is not a date\. Send it as 2026-03-31 or 31\.03\.2026\."):
            moment_of(cell, "UTC")

    @given(text=st.text(max_size=20) | st.from_regex(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2})?)?"))
    @settings(max_examples=100, deadline=None)
    def test_no_text_makes_date_reading_crash(self, text: str) -> None:
        found: datetime | None = None
        try:
            found = moment_of(text, "America/New_York", end_of_day=True)
        except BadCell as bad:
            assert str(bad).endswith(".")  # noqa: PT017 - both ways are fine, a crash is not
        assert found is None or found.tzinfo is UTC

    @pytest.mark.parametrize("cell", ["-0", "-0.0", "-0,00", -0.0, Decimal("-0.00"), 0, "0", "+0"])
    def test_there_is_only_one_0(self, cell: Cell) -> None:
        """A spreadsheet's -0 would look like a change, and be written into a shop as "-0"."""
        number = number_of(cell)
        assert number is not None
        assert not number
        assert not number.is_signed()

    @pytest.mark.parametrize(
        ("cell", "refused"),
        [
            ("4.7E+12", True),
            ("4,7e+12", True),
            ("1E+5", True),
            ("4.7E12", False),
            ("4E5", False),
            ("E+12", False),
            ("MUG+1", False),
            ("1+E5", False),
        ],
    )
    def test_a_code_is_refused_only_if_a_spreadsheet_shortened_it(self, cell: str, refused: bool) -> None:
        if refused:
            with pytest.raises(BadCell, match="was shortened by a spreadsheet"):
                code_of(cell)
        else:
            assert code_of(cell) == cell

    @pytest.mark.parametrize(
        ("cell", "answer"),
        [(1.0, True), (0.0, False), (Decimal(1), True), ("X", True), ("sant", True), ("FALSKT", False), (" ", None)],
    )
    def test_yes_and_no_in_the_ways_of_spreadsheets(self, cell: Cell, answer: bool | None) -> None:
        assert yes_or_no(cell) is answer

    @given(st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9).map(lambda number: round(number, 2)))
    @settings(max_examples=80, deadline=None)
    def test_a_number_of_a_spreadsheet_reads_as_its_text(self, number: float) -> None:
        text: Any = text_of(number)
        assert number_of(text, ".") == number_of(number)
