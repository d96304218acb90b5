"""CSV files as programs really write them: delimiters, quotes, encodings, file names."""

from __future__ import annotations

import codecs
import csv
import io
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.shared_folder import SharedFolder, records_of, take_in
from trueup.connectors.files.csv_sheet import DELIMITERS, open_csv
from trueup.connectors.files.sheet import RefusedFile, Row
from trueup.connectors.kit.ports import Change, Level, Unreadable
from trueup.domain.product import Stock
from trueup.domain.record import Kind

MUG = Stock(id="MUG", sku="MUG", quantity=Decimal(3))


def stocks(folder: SharedFolder, name: str, content: str | bytes, **more: Any) -> list[tuple[str, Decimal]]:
    folder.drop(name, content)
    records = records_of(folder.connect(**more), Kind.STOCK)
    return [(record.id, record.quantity) for record in records if isinstance(record, Stock)]


def csv_rows(path: Path, content: str | bytes, *, delimiter: str = "auto", encoding: str = "auto") -> list[Row]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(open_csv(path, delimiter=delimiter, encoding=encoding, own_names={}).rows)


def refusal_of(path: Path, content: str | bytes, **more: str) -> str:
    with pytest.raises(RefusedFile) as refused:
        csv_rows(path, content, **more)
    return str(refused.value)


class TestCsv:
    @pytest.mark.parametrize(
        "content",
        [
            "sku,stock\nMUG,3\n",
            "sku;stock\r\nMUG;3\r\n",
            "sku\tstock\nMUG\t3",
            "sku|stock\nMUG|3\n",
            "sku,stock\rMUG,3\r",
            '"sku","stock"\n"MUG","3"\n',
            "\ufeffsku,stock\nMUG,3\n",
            '\ufeff"sku";"stock"\nMUG;3\n',
            "sep=;\nsku;stock\nMUG;3\n",
            "sep=\t\r\nsku\tstock\r\nMUG\t3\r\n",
            "\n\n;;\nsku;stock\nMUG;3\n",
            "sku,stock,\nMUG,3,\n",
            "sku,stock\nMUG,3,\n",
            " SKU , Stock \n MUG , 3 \n",
            "stock;name;sku\n3;a, b;MUG\n",
            'sku,stock,name\nMUG,3,"say ""hi"""\n',
            "sku,stock\n\n\nMUG,3\n\n",
        ],
    )
    def test_is_read_however_it_is_written(self, folder: SharedFolder, content: str) -> None:
        assert stocks(folder, "stock.csv", content) == [("MUG", 3)]

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-15"]
    )
    def test_is_read_in_the_encodings_of_old_and_new_programs(self, folder: SharedFolder, encoding: str) -> None:
        assert stocks(folder, "stock.csv", "sku;stock\nJÖN-ÄÅß;3\n".encode(encoding)) == [("JÖN-ÄÅß", 3)]

    def test_with_a_mark_is_read_by_it_whatever_the_settings_say(self, folder: SharedFolder) -> None:
        content = codecs.BOM_UTF8 + "sku;stock\nÖL;3\n".encode()
        assert stocks(folder, "stock.csv", content, encoding="cp1252") == [("ÖL", 3)]

    @pytest.mark.parametrize(
        ("content", "encoding", "sentence"),
        [
            (
                b"sku;stock\nM\x81G;1\n",
                "auto",
                "x.csv is not written in Windows-1252 (byte 11). Export it as UTF-8, or change the encoding of the "
                "connection.",
            ),
            (
                b"sku;stock\nM\xd6G;1\n",
                "utf-8",
                "x.csv is not written in UTF-8 (byte 11). Export it as UTF-8, or change the encoding",
            ),
            (b"s\xd6;stock\n", "utf-8", "x.csv is not written in UTF-8 (byte 1)."),
            (b"", "auto", "x.csv is empty."),
            (b"\n;;;\n  \n", "auto", "x.csv is empty."),
            (b"sep=;\n", "auto", "x.csv is empty."),
            (b"sku\x00;stock\n", "auto", "x.csv is no CSV file: its first line is no text. Export it again as CSV."),
            (b"PK\x03\x04\x14\x00\x06\x00", "auto", "x.csv is no CSV file"),
            (b"sku" * 100_000, "auto", "x.csv is no CSV file: its first line is no text."),
            (b'sku,stock\n"' + b"x" * 140_000, "auto", "x.csv cannot be read from line 2 on: a cell is longer than"),
            (b'sku,stock\n"MUG"3,1\n', "auto", "x.csv cannot be read from line 2 on: its quotes do not match."),
            (b'sku,stock\nA,1\n"B,2\nC,3\n', "auto", "from line 3 on: a quote is opened and never closed."),
        ],
    )
    def test_that_is_none_is_refused_with_the_place(
        self, tmp_path: Path, content: bytes, encoding: str, sentence: str
    ) -> None:
        assert sentence in refusal_of(tmp_path / "x.csv", content, encoding=encoding)

    @pytest.mark.parametrize(
        ("delimiter", "content", "sentence"),
        [
            (",", "sku;stock\nMUG;3\n", "are separated by semicolons, but the connection expects commas."),
            ("tab", "sku|stock\nMUG|3\n", "are separated by bars, but the connection expects tabs."),
            (";", "sku\tstock\nMUG\t3\n", "are separated by tabs, but the connection expects semicolons."),
            ("auto", "sku;x,stock\nMUG;x,3\n", "It is not certain what separates the columns"),
            ("auto", "a;b;c\n1;2;3\n", "names no column that is known here"),
        ],
    )
    def test_whose_delimiter_is_another_or_not_certain_is_refused(
        self, tmp_path: Path, delimiter: str, content: str, sentence: str
    ) -> None:
        assert sentence in refusal_of(tmp_path / "x.csv", content, delimiter=delimiter)

    def test_with_one_column_needs_no_delimiter(self, tmp_path: Path) -> None:
        rows = csv_rows(tmp_path / "x.csv", "sku\nMUG\n", delimiter=";")
        assert [row.cells for row in rows] == [{"sku": "MUG"}]

    @pytest.mark.parametrize(
        ("row", "fault"),
        [
            ("MUG", "the row has 1 column, the first line has 2."),
            ("MUG,3,4", "the row has 3 columns, the first line has 2."),
            ("MUG,3, ,x", "the row has 4 columns, the first line has 2."),
            ("M\x00G,3", "the row holds broken characters. Export it again as text."),
        ],
    )
    def test_has_rows_that_cannot_be_used_and_says_why(self, tmp_path: Path, row: str, fault: str) -> None:
        good, bad, last = csv_rows(tmp_path / "x.csv", f"sku,stock\nA,1\n{row}\nB,2\n")
        assert (good.fault, last.fault) == (None, None)
        assert bad.line == 3
        assert (bad.fault or "").startswith(fault)

    def test_a_character_that_no_database_keeps_does_not_leave_the_file(self, folder: SharedFolder) -> None:
        """PostgreSQL refuses a NUL in any text, and would refuse the whole page for it."""
        folder.drop("stock.csv", "sku,stock\nM\x00G,1\nMUG,3\n")
        items = take_in(folder.connect(), Kind.STOCK)
        assert [item.record for item in items if isinstance(item, Change)] == [MUG]
        [bad] = [item for item in items if isinstance(item, Unreadable)]
        assert "\x00" not in bad.id + bad.label + bad.problems[0].sentence

    def test_lines_are_counted_as_an_editor_shows_them(self, tmp_path: Path) -> None:
        content = 'sep=;\r\n\r\nsku;name\r\nA;"two\r\nlines"\r\n\r\nB;x\r\nC;"three\n\nlines"\r\nD;x\r\n'
        assert [row.line for row in csv_rows(tmp_path / "x.csv", content)] == [4, 7, 8, 11]

    cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)

    @given(
        rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=5),
        delimiter=st.sampled_from(DELIMITERS),
        quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    )
    @settings(max_examples=60, deadline=None)
    def test_whatever_stands_in_the_cells_comes_back(
        self, tmp_path_factory: pytest.TempPathFactory, rows: Any, delimiter: str, quoting: Any, encoding: str
    ) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([("sku", "name", "stock"), *rows])
        path = tmp_path_factory.getbasetemp() / "any.csv"
        read = csv_rows(path, text.getvalue().encode(encoding))
        kept = [row for row in rows if any(cell.strip() for cell in row)]
        assert [tuple(row.cells.values()) for row in read] == kept
        assert [row.fault for row in read] == [None] * len(kept)

    @given(content=st.binary(max_size=60) | st.text("sku,;\t|\"'\r\n\x00 =aä", max_size=40).map(str.encode))
    @settings(max_examples=120, deadline=None)
    def test_no_bytes_at_all_make_it_crash(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        path = tmp_path_factory.getbasetemp() / "bytes.csv"
        said = ""
        try:
            csv_rows(path, content)
        except RefusedFile as refused:
            said = str(refused)
        assert said.endswith(".") or not said
        assert "\x00" not in said


class TestNames:
    OLD = b"stock-J\xf6nk\xf6ping.csv"

    def drop_old(self, folder: SharedFolder, name: bytes) -> None:
        path = folder.path / "in" / os.fsdecode(name)
        try:
            path.write_text("sku,stock\nMUG,3\n")
        except OSError:
            pytest.skip("this file system takes no such names")
        folder.touch(path)

    def test_in_an_old_encoding_are_read_as_they_were_meant(self, folder: SharedFolder) -> None:
        self.drop_old(folder, self.OLD)
        assert [item.record for item in take_in(folder.connect(), Kind.STOCK) if isinstance(item, Change)] == [MUG]
        assert folder.names("in/done") == ["stock-Jönköping.csv"]
        assert folder.names("in") == []

    def test_in_an_old_encoding_are_told_as_they_were_meant(self, folder: SharedFolder) -> None:
        self.drop_old(folder, b"lager-J\xf6n.csv")
        [found] = [one for one in folder.connect().verify() if one.level is Level.YELLOW]
        assert (
            found.sentence == "lager-Jön.csv is not read: its name fits neither articles, prices, stock nor shipments."
        )

    def test_in_an_old_encoding_rest_like_any_other(self, folder: SharedFolder) -> None:
        self.drop_old(folder, self.OLD)
        folder.touch(folder.path / "in" / os.fsdecode(self.OLD), seconds_ago=-3600)
        connector = folder.connect()
        assert take_in(connector, Kind.STOCK) == []
        folder.now += timedelta(seconds=31)
        assert len(take_in(connector, Kind.STOCK)) == 1
