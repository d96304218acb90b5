"""Workbooks and JSON as programs really write them, of every shape and cut off anywhere."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.shared_folder import SharedFolder, records_of, sentences, take_in
from trueup.connectors.files.json_sheet import open_json
from trueup.connectors.files.sheet import RefusedFile
from trueup.connectors.files.xlsx_sheet import open_xlsx
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.domain.product import Stock
from trueup.domain.record import Kind

MUG = Stock(id="MUG", sku="MUG", quantity=Decimal(3))


def stocks(folder: SharedFolder, name: str, content: str | bytes, **more: Any) -> list[tuple[str, Decimal]]:
    folder.drop(name, content)
    records = records_of(folder.connect(**more), Kind.STOCK)
    return [(record.id, record.quantity) for record in records if isinstance(record, Stock)]


class TestXlsx:
    def drop(self, folder: SharedFolder, *rows: list[Any]) -> list[Any]:
        folder.drop_xlsx("stock.xlsx", rows)
        return take_in(folder.connect(), Kind.STOCK)

    @pytest.mark.parametrize(
        ("sku", "stock", "expected"),
        [
            ("MUG", 3, ("MUG", "3")),
            (4711, 3.0, ("4711", "3")),
            (4711.0, "3", ("4711", "3")),
            ("0815", "3,5", ("0815", "3.5")),
            (7350012345678, 0.1 + 0.2, ("7350012345678", "0.3")),
            ("MUG", -0.0, ("MUG", "0")),
        ],
    )
    def test_cells_are_what_the_spreadsheet_shows(
        self, folder: SharedFolder, sku: Any, stock: Any, expected: tuple[str, str]
    ) -> None:
        [item] = self.drop(folder, ["sku", "stock"], [sku, stock])
        assert (item.record.id, item.record.model_dump(mode="json")["quantity"]) == expected

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            ("#N/A", "#N/A"),
            ("#REF!", "#REF!"),
            (True, "yes"),
            (date(2026, 3, 1), "2026-03-01"),
            (datetime(2026, 3, 1, 8, 30), "2026-03-01"),  # noqa: DTZ001 - a spreadsheet knows no zones
            (time(8, 30), "08:30:00"),
            (timedelta(hours=30), "1 day, 6:00:00"),
        ],
    )
    def test_a_cell_of_another_kind_is_told_as_it_looks(self, folder: SharedFolder, cell: Any, shown: str) -> None:
        [bad] = self.drop(folder, ["sku", "stock"], ["MUG", cell])
        assert isinstance(bad, Unreadable)
        assert shown in bad.problems[0].sentence
        assert "is not a number" in bad.problems[0].sentence

    def test_columns_without_a_name_and_rows_without_a_cell_are_nothing(self, folder: SharedFolder) -> None:
        found = self.drop(
            folder, [None, None], ["sku", None, "stock"], ["MUG", "x", 3], [None, None, None], [" ", "", ""]
        )
        assert [item.record for item in found] == [MUG]

    def test_a_formula_that_was_never_computed_is_an_empty_cell(self, folder: SharedFolder) -> None:
        [bad] = self.drop(folder, ["sku", "stock"], ["MUG", "=1+2"])
        assert "the stock is missing" in bad.problems[0].sentence

    def test_rows_are_counted_as_the_sheet_counts_them(self, folder: SharedFolder) -> None:
        found = self.drop(folder, [None], ["sku", "stock"], [None, None], ["MUG", "x"])
        assert sentences(found)[0].startswith("in line 4 of stock.xlsx")

    @pytest.mark.parametrize("rows", [[], [[None, None]], [[" ", ""]]])
    def test_an_empty_sheet_is_told(self, folder: SharedFolder, rows: list[list[Any]]) -> None:
        [told] = sentences(self.drop(folder, *rows))
        assert told == "stock.xlsx is empty. Its first sheet needs a first row with the column names."

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 200, b"sku;stock\n"])
    def test_what_is_no_workbook_is_told(self, tmp_path: Path, content: bytes) -> None:
        """An encrypted workbook and an old .xls begin with d0 cf 11 e0."""
        path = tmp_path / "x.xlsx"
        path.write_bytes(content)
        with pytest.raises(RefusedFile, match=r"^x\.xlsx is not a readable Excel file\. Save it again as \.xlsx\.$"):
            open_xlsx(path)

    def test_a_workbook_that_was_cut_off_anywhere_is_refused(self, folder: SharedFolder, tmp_path: Path) -> None:
        whole = folder.drop_xlsx("stock.xlsx", [["sku", "stock"], ["MUG", 3]]).read_bytes()
        path = tmp_path / "cut.xlsx"
        for end in range(0, len(whole), 400):
            path.write_bytes(whole[:end])
            with pytest.raises(RefusedFile):
                list(open_xlsx(path).rows)


class TestJson:
    @pytest.mark.parametrize(
        "content",
        [
            '[{"sku": "MUG", "stock": 3}]',
            '{"sku": "MUG", "stock": 3}',
            '\n\n{"sku": "MUG", "stock": 3}\n\n',
            '\ufeff[{"sku": "MUG", "stock": 3}]\n\n ',
            '[{"sku": "MUG", "stock": "3"}]',
            '[{"sku": "MUG", "stock": 3.0, "name": null}]',
            '[{"SKU": " MUG ", "Bestand": "3,0"}]',
            '[ {"sku": "MUG", "stock": 3} , ]',
        ],
    )
    @pytest.mark.parametrize("name", ["stock.json", "stock.jsonl", "STOCK.JSON"])
    def test_is_an_array_or_lines(self, folder: SharedFolder, name: str, content: str) -> None:
        assert stocks(folder, name, content, stock="stock*") == [("MUG", 3)]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ("null", 'stock.json is not valid JSON from "null" on.'),
            ('"x"', 'stock.json is not valid JSON from "\\"x\\"" on.'),
            ('[{"sku": "A"}] and more', 'stock.json goes on behind its closing bracket: "and more".'),
            ('[{"sku":"A"}][{"sku":"B"}]', "stock.json goes on behind its closing bracket:"),
            ('[{"sku":"A"}', "stock.json ends in the middle: the closing bracket is missing. Send it again."),
            ("[", "stock.json ends in the middle"),
            ('{"sku":"A"}\nnot json', 'stock.json is not valid JSON from "not json" on.'),
            ("[" * 3000, "stock.json is not valid JSON"),
            (
                '{"items": [{"sku": "A", "stock": 1}]}',
                'stock.json holds nothing that can be read: in line 1 of stock.json, the field "items" holds more than '
                "one value.",
            ),
            ("[1, 2, 3]", "stock.json holds nothing that can be read: in line 1 of stock.json, it is not an object"),
            (
                '[{"sku": "A\\u0000", "stock": 1}]',
                'stock.json holds nothing that can be read: in line 1 of stock.json, the field "sku" holds broken',
            ),
        ],
    )
    def test_of_which_nothing_or_only_a_part_can_be_read_is_put_aside_with_the_reason(
        self, folder: SharedFolder, content: str, sentence: str
    ) -> None:
        """What was dropped in silence would be missed by nobody until a customer asks."""
        folder.drop("stock.json", content)
        [told] = sentences(take_in(folder.connect(), Kind.STOCK))
        assert told.startswith(sentence)
        assert folder.names("in/refused") == ["stock.json", "stock.json.txt"]

    def test_space_behind_the_array_may_be_as_long_as_it_likes(self, folder: SharedFolder) -> None:
        assert stocks(folder, "stock.json", '[{"sku":"MUG","stock":3}]' + " \n" * 50_000) == [("MUG", 3)]

    @pytest.mark.parametrize("behind", ["x", "]", "{}"])
    def test_something_behind_a_lot_of_space_is_found_all_the_same(self, folder: SharedFolder, behind: str) -> None:
        folder.drop("stock.json", '[{"sku":"MUG","stock":3}]' + " " * 100_000 + behind)
        [told] = sentences(take_in(folder.connect(), Kind.STOCK))
        assert "goes on behind its closing bracket" in told

    def test_one_bad_object_stops_no_other(self, folder: SharedFolder) -> None:
        folder.drop_json("stock.json", [7, {"sku": "A", "stock": {"x": 1}}, {"sku": "MUG", "stock": 3}, {"\x00": 1}])
        items = take_in(folder.connect(), Kind.STOCK)
        assert [item.record for item in items if isinstance(item, Change)] == [MUG]
        assert len(sentences(items)) == 3

    @pytest.mark.parametrize("content", ["[]", " [ ] ", "", "\n"])
    def test_without_any_object_says_nothing(self, folder: SharedFolder, content: str) -> None:
        folder.drop("stock.json", content)
        assert take_in(folder.connect(), Kind.STOCK) == []
        assert folder.names("in/done") == ["stock.json"]

    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
    objects = st.dictionaries(
        texts.filter(lambda name: name not in ("attributes", "variant", "variants")),
        st.none() | st.booleans() | texts | st.integers(-(10**15), 10**15),
        max_size=4,
    )

    @given(rows=st.lists(objects, max_size=5), indent=st.sampled_from([None, 1]), in_lines=st.booleans())
    @settings(max_examples=60, deadline=None)
    def test_whatever_stands_in_it_comes_back(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], indent: int | None, in_lines: bool
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "any.json"
        text = "\n".join(map(json.dumps, rows)) if in_lines else json.dumps(rows, indent=indent)
        path.write_text(text)
        assert [dict(row.cells) for row in open_json(path).rows] == rows

    @given(rows=st.lists(objects, min_size=1, max_size=3), data=st.data())
    @settings(max_examples=50, deadline=None)
    def test_cut_off_anywhere_it_is_refused(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], data: st.DataObject
    ) -> None:
        text = json.dumps(rows)
        path = tmp_path_factory.getbasetemp() / "cut.json"
        path.write_text(text[: data.draw(st.integers(1, len(text) - 1))])
        with pytest.raises(RefusedFile):
            list(open_json(path).rows)
