"""Bad input: one clear sentence naming the record, the field and what to do; nothing else stops, nothing is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.shared_folder import SharedFolder, records_of, sentences, take_in
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.domain.product import Price, Product, Stock
from trueup.domain.record import Kind

GOOD = "sku,name,price,stock\nMUG,Mug,12.50,7\n"


@pytest.mark.parametrize(
    ("row", "kind", "field", "sentence"),
    [
        (
            "CUP,Cup,on request,3",
            Kind.PRICE,
            "price",
            'in line 3 of articles.csv, the price "on request" is not a number. Send digits only, such as 12.50.',
        ),
        (
            "CUP,Cup,1.234,3",
            Kind.PRICE,
            "price",
            None,  # the file itself proves the decimal point
        ),
        ("CUP,Cup,-1,3", Kind.PRICE, "regular", "in line 3 of articles.csv, the price -1 is negative. Send 0 or more."),
        (
            "CUP,Cup,9.90,abc",
            Kind.STOCK,
            "stock",
            'in line 3 of articles.csv, the stock "abc" is not a number. Send digits only, such as 12.50.',
        ),
        ("CUP,Cup,9.90,2.5", Kind.STOCK, "stock", None),  # goods by weight: a shop that cannot hold it refuses it
        (
            "CUP,,9.90,3",
            Kind.PRODUCT,
            "name",
            "in line 3 of articles.csv, the name is missing. Give the article a name.",
        ),
        (
            ",Cup,9.90,3",
            Kind.PRODUCT,
            "sku",
            "in line 3 of articles.csv, the SKU is missing. Give every article one.",
        ),
        (
            "4.7E+12,Cup,9.90,3",
            Kind.PRODUCT,
            "row",
            'in line 3 of articles.csv, "4.7E+12" was shortened by a spreadsheet. '
            "Format the column as text and export it again.",
        ),
        (
            "CUP,Cup,12,50,3",
            Kind.PRICE,
            "row",
            "in line 3 of articles.csv, the row has 5 columns, the first line has 4. Put texts and numbers that "
            "contain the delimiter into quotes, and send all columns.",
        ),
        (
            "CUP,Cup,9.",
            Kind.PRODUCT,
            "row",
            "in line 3 of articles.csv, the row has 3 columns, the first line has 4. Put texts and numbers that "
            "contain the delimiter into quotes, and send all columns.",
        ),
    ],
)
def test_one_bad_row_is_told_and_the_others_flow(
    folder: SharedFolder, row: str, kind: Kind, field: str, sentence: str | None
) -> None:
    folder.drop("articles.csv", f"{GOOD}{row}\nPOT,Pot,30,1\n")
    items = take_in(folder.connect(), kind)
    good = [item.record.id for item in items if isinstance(item, Change)]
    bad = [item for item in items if isinstance(item, Unreadable)]
    if sentence is None:
        assert good == ["MUG", "CUP", "POT"]
        assert bad == []
    else:
        assert good == ["MUG", "POT"]
        assert [(p.field, p.sentence) for item in bad for p in item.problems] == [(field, sentence)]
        assert bad[0].raw is not None


def test_what_could_not_be_read_is_kept_as_it_was(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku,price\nMUG,abc\n")
    (item,) = take_in(folder.connect(), Kind.PRICE)
    assert isinstance(item, Unreadable)
    assert (item.id, item.label) == ("MUG", "MUG")
    assert item.raw == {"file": "prices.csv", "line": 2, "cells": {"sku": "MUG", "price": "abc"}}


def test_everything_wrong_with_a_row_is_told_at_once(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku;price;sale_price;sale_from\nMUG;x;y;03/04/2026\n")
    (item,) = take_in(folder.connect(), Kind.PRICE)
    assert isinstance(item, Unreadable)
    assert [problem.field for problem in item.problems] == ["price", "sale_price", "sale_from"]


def test_a_sku_that_is_there_twice_is_used_from_neither_line(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\nCUP,2\nMUG,3\nPOT,4\n")
    items = take_in(folder.connect(), Kind.STOCK)
    assert [item.record.id for item in items if isinstance(item, Change)] == ["CUP", "POT"]
    assert sentences(items) == ["the SKU MUG is in lines 2 and 4 of stock.csv. Keep one of them: none was used."]


def test_a_sku_that_is_everywhere_is_told_briefly(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\n" + "MUG,1\n" * 1000)
    (told,) = sentences(take_in(folder.connect(), Kind.STOCK))
    assert told == ("the SKU MUG is in lines 2, 3, 4, 5 and 996 more of stock.csv. Keep one of them: none was used.")


def test_hostile_numbers_in_json_cost_nothing_and_stop_nothing(folder: SharedFolder) -> None:
    rows = '[{"sku":"A","stock":1e99999999},{"sku":"B","stock":' + "9" * 4000 + '},{"sku":"C","stock":NaN},'
    folder.drop("stock.json", rows + '{"sku":1e99999999,"stock":1},{"sku":"E","stock":5}]')
    items = take_in(folder.connect(), Kind.STOCK)
    assert [item.record.id for item in items if isinstance(item, Change)] == ["E"]
    assert len(sentences(items)) == 4


@pytest.mark.parametrize(
    ("name", "content", "settings", "sentence"),
    [
        (
            "articles.csv",
            "sku;name;price\nMUG;Mug;12,50\n",
            {"delimiter": ","},
            "The columns of articles.csv are separated by semicolons, but the connection expects commas. "
            "Change the delimiter of the connection, or the file.",
        ),
        (
            "articles.csv",
            "sku:name:price\nMUG:Mug:12\n",
            {},
            'The first line of articles.csv names no column that is known here: "sku:name:price". Put the column names '
            "(sku, name, price, stock ...) into the first line, or add your names to the column settings.",
        ),
        (
            "articles.csv",
            "MUG,Blue mug,12.50\nCUP,Cup,9\n",
            {},
            'The first line of articles.csv names no column that is known here: "MUG,Blue mug,12.50". Put the column '
            "names (sku, name, price, stock ...) into the first line, or add your names to the column settings.",
        ),
        (
            "prices.csv",
            "sku,price,price\nMUG,12,13\n",
            {},
            'prices.csv has two columns for one field: "price" and "price". Keep one, or map the other to "".',
        ),
        ("articles.csv", "\n\n", {}, "articles.csv is empty. It needs a first line with the column names."),
        (
            "articles.csv",
            "name,price\nMug,12\n",
            {},
            "articles.csv has no column with the SKU. Add one called sku, or say in the column settings which it is.",
        ),
        (
            "prices.csv",
            "sku,name\nMUG,Mug\n",
            {},
            "prices.csv has no column for price. Add one, or name it in the column settings.",
        ),
        (
            "articles.csv",
            "sku,name,price,Preis\nMUG,Mug,12,13\n",
            {},
            'articles.csv has two columns for one field: "price" and "Preis". Keep one, or map the other to "".',
        ),
        (
            "articles.csv",
            'sku,name\nMUG,Mug\nCUP,"Cup\nPOT,Pot\n',
            {},
            "articles.csv cannot be read from line 3 on: a quote is opened and never closed. Correct that line.",
        ),
        (
            "articles.csv",
            b"sku,name\nMUG,M\xf6gg\n",
            {"encoding": "utf-8"},
            "articles.csv is not written in UTF-8 (byte 14). Export it as UTF-8, or change the encoding of the "
            "connection.",
        ),
        (
            "articles.json",
            '[{"sku": "MUG", "name": "Mug"}, {"sku": "CU',
            {},
            'articles.json is not valid JSON from "{\\"sku\\": \\"CU" on. Send one array of objects, or one object per '
            "line.",
        ),
        (
            "articles.json",
            '[{"sku": "MUG", "name": "Mug"}',
            {},
            "articles.json ends in the middle: the closing bracket is missing. Send it again.",
        ),
        (
            "articles.xlsx",
            "this is no workbook",
            {},
            "articles.xlsx is not a readable Excel file. Save it again as .xlsx.",
        ),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_put_aside_with_the_reason(
    folder: SharedFolder, name: str, content: str | bytes, settings: dict[str, str], sentence: str
) -> None:
    folder.drop(name, content)
    folder.drop("stock.csv", "sku,stock\nMUG,5\n")
    connector = folder.connect(**settings)
    kind = Kind.PRICE if name.startswith("prices") else Kind.PRODUCT
    items = take_in(connector, kind)
    assert sentences(items) == [sentence]
    assert [item.label for item in items if isinstance(item, Unreadable)] == [name]
    assert folder.names("in/refused") == [name, f"{name}.txt"]
    reason = next((folder.path / "in/refused").glob("*.txt"))
    assert reason.read_text() == f"{sentence}\n"
    assert take_in(connector, kind) == [], "it is told once"


def test_a_refused_file_stops_no_other_file(folder: SharedFolder) -> None:
    folder.drop("articles-1.csv", "garbage\n")
    folder.drop("articles-2.csv", GOOD)
    items = take_in(folder.connect(), Kind.PRODUCT)
    assert [item.record.id for item in items if isinstance(item, Change)] == ["MUG"]
    assert folder.names("in/refused") == ["articles-1.csv", "articles-1.csv.txt"]


def test_a_refused_file_stays_where_it_is_until_the_refusal_is_stored(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "garbage\n")
    connector = folder.connect()
    (page,) = connector.changes(Kind.PRODUCT, None)
    assert folder.names("in/taken") == ["articles.csv"]
    page.acknowledge()
    page.acknowledge()
    assert folder.names("in/refused") == ["articles.csv", "articles.csv.txt"]


def test_an_unknown_column_is_named_once_and_everything_else_flows(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name,Colour,price,Shelf\nMUG,Mug,blue,12.50,A7\nCUP,Cup,red,9,A8\n")
    connector = folder.connect()
    items = take_in(connector, Kind.PRODUCT)
    assert sentences(items) == [
        'articles.csv has columns that are not known here: "Colour", "Shelf". Everything else was read. Say in the '
        'column settings what they mean, or map them to "" to leave them out.'
    ]
    assert [item.record.id for item in items if isinstance(item, Change)] == ["MUG", "CUP"]
    assert sentences(take_in(connector, Kind.PRICE)) == [], "one kind tells it, not all three"


def test_a_column_that_is_mapped_to_nothing_is_left_out_in_silence(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name,Shelf\nMUG,Mug,A7\n")
    connector = folder.connect(columns={"Shelf": ""})
    assert [record.id for record in records_of(connector, Kind.PRODUCT)] == ["MUG"]


def test_with_the_wrong_decimal_sign_no_price_is_taken(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku;price\nMUG;12,50\nCUP;8\n")
    items = take_in(folder.connect(decimal="."), Kind.PRICE)
    assert [item.record.id for item in items if isinstance(item, Change)] == ["CUP"]
    assert sentences(items) == [
        'in line 2 of prices.csv, the price "12,50" is written with a comma, but this connection expects a decimal '
        "point. Change the setting, or the file."
    ]


def test_a_number_with_two_readings_is_read_as_the_rest_of_the_file_is_written(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku;price\nMUG;1.234\nCUP;8,50\n")
    prices = records_of(folder.connect(), Kind.PRICE)
    assert [price.regular for price in prices if isinstance(price, Price)] == [Decimal(1234), Decimal("8.5")]


def test_a_number_with_two_readings_in_a_file_that_proves_neither_is_asked_about(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku;price\nMUG;1.234\nCUP;8\n")
    items = take_in(folder.connect(), Kind.PRICE)
    assert sentences(items) == [
        'in line 2 of prices.csv, the price "1.234" can mean 1.234 or 1234. Set the decimal sign of the connection, '
        "or send two decimals."
    ]
    assert [item.record.id for item in items if isinstance(item, Change)] == ["CUP"]


@pytest.mark.parametrize(
    ("price", "sale", "sentence"),
    [
        ("10", "12", "is not below the regular price"),
        ("10", "x", 'the sale price "x" is not a number'),
        ("", "5", "the price is missing. Send digits such as 12.50, or 0 if it is free."),
    ],
)
def test_a_price_that_makes_no_sense_is_told(folder: SharedFolder, price: str, sale: str, sentence: str) -> None:
    folder.drop("prices.csv", f"sku;price;sale_price\nMUG;{price};{sale}\n")
    (told,) = sentences(take_in(folder.connect(), Kind.PRICE))
    assert sentence in told


def test_empty_rows_are_nothing(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\n\nMUG,1\n,\n\n , \nCUP,2\n\n")
    assert [record.id for record in records_of(folder.connect(), Kind.STOCK)] == ["MUG", "CUP"]


def test_wrong_cells_of_a_spreadsheet_are_told_by_their_row(folder: SharedFolder) -> None:
    folder.drop_xlsx("stock.xlsx", [["SKU", "Stock"], ["MUG", "#N/A"], [None, None], ["CUP", True], ["POT", 3]])
    items = take_in(folder.connect(), Kind.STOCK)
    assert [told.partition(",")[0] for told in sentences(items)] == [
        "in line 2 of stock.xlsx",
        "in line 4 of stock.xlsx",
    ]
    assert [item.record for item in items if isinstance(item, Change)] == [
        Stock(id="POT", sku="POT", quantity=Decimal(3))
    ]


def test_json_that_is_no_row_is_told_by_its_number(folder: SharedFolder) -> None:
    rows = [7, {"sku": "CUP", "name": {"en": "Cup"}}, {"sku": "POT", "name": "Pot"}, {"sku": "\ud800", "name": "Pan"}]
    folder.drop_json("articles.json", rows)
    items = take_in(folder.connect(), Kind.PRODUCT)
    assert sentences(items) == [
        "in line 1 of articles.json, it is not an object with named fields.",
        'in line 2 of articles.json, the field "name" holds more than one value. Send a text, a number, true or false.',
        'in line 4 of articles.json, the field "sku" holds broken characters. Send whole Unicode texts.',
    ]
    assert [item.record for item in items if isinstance(item, Change)] == [Product(id="POT", sku="POT", name="Pot")]


def test_a_sku_is_asked_for_again_and_told_the_same_until_a_better_file_comes(folder: SharedFolder) -> None:
    connector = folder.connect()
    folder.drop("prices.csv", "sku,price\nMUG,abc\n")
    (told,) = take_in(connector, Kind.PRICE)
    assert list(connector.fetch(Kind.PRICE, ["MUG", "NEVER"])) == [told]
    folder.drop("prices.csv", "sku,price\nMUG,10\n")
    take_in(connector, Kind.PRICE)
    assert list(connector.fetch(Kind.PRICE, ["MUG"])) == [
        Change(record=Price(id="MUG", sku="MUG", regular=Decimal(10)))
    ]
