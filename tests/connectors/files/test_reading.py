"""Articles, prices and stock out of CSV, XLSX and JSON, in three languages, in any number of files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from support.shared_folder import SharedFolder, records_of, take_in
from trueup.connectors.files.settings import Settings
from trueup.connectors.kit.errors import Misconfigured
from trueup.connectors.kit.ports import Change
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind

MUG = Product(
    id="MUG",
    sku="MUG",
    name="Blå mugg",
    tax_class="standard",
    description="Rymmer 3 dl",
    gtin="7350012345678",
    weight_kg=Decimal("0.35"),
    manufacturer="Porslin AB",
    attributes=(Attribute(name="Färg", options=("Blå", "Vit")),),
)
HEADER = ["sku", "name", "tax_class", "description", "gtin", "weight", "manufacturer", "attribute:Färg"]
ROW = ["MUG", "Blå mugg", "standard", "Rymmer 3 dl", "7350012345678", "0.350", "Porslin AB", "Blå|Vit"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_is_read_however_it_was_exported(folder: SharedFolder, delimiter: str, encoding: str, end: str) -> None:
    row = [f'"{cell}"' if delimiter in cell else cell for cell in ROW]
    text = end.join((delimiter.join(HEADER), delimiter.join(row), ""))
    folder.drop("articles.csv", text.encode(encoding))
    assert records_of(folder.connect(), Kind.PRODUCT) == [MUG]


def test_the_same_article_out_of_a_spreadsheet(folder: SharedFolder) -> None:
    row: list[Any] = [*ROW]
    row[4], row[5] = 7350012345678, 0.35
    folder.drop_xlsx("Articles March.xlsx", [[], HEADER, row])
    assert records_of(folder.connect(), Kind.PRODUCT) == [MUG]


def test_the_same_article_out_of_json(folder: SharedFolder) -> None:
    article = dict(zip(HEADER[:-1], ROW[:-1], strict=True)) | {"weight": 0.35, "attributes": {"Färg": ["Blå", "Vit"]}}
    folder.drop_json("articles.json", [article])
    assert records_of(folder.connect(), Kind.PRODUCT) == [MUG]
    assert len(take_in(folder.connect(), Kind.PRODUCT)) == 1
    folder.drop("articles.jsonl", json.dumps(article) + "\n\n" + json.dumps({**article, "sku": "CUP"}) + "\n")
    assert [record.id for record in records_of(folder.connect(), Kind.PRODUCT)] == ["MUG", "CUP"]


@pytest.mark.parametrize(
    "header",
    [
        "Artikelnummer;Bezeichnung;Preis;Bestand;Steuerklasse",
        "artikel-nr;benämning;pris;lagersaldo;skatteklass",
        "Article No.;Title;Regular_Price;On hand;VAT class",
        "SKU;NAME;Unit price;Qty;Tax Class",
    ],
)
def test_column_names_are_understood_in_three_languages(folder: SharedFolder, header: str) -> None:
    folder.drop("articles.csv", f"{header}\nMUG;Mug;12,50;7;reduced\n")
    connector = folder.connect()
    product = Product(id="MUG", sku="MUG", name="Mug", tax_class="reduced")
    assert records_of(connector, Kind.PRODUCT) == [product]
    assert records_of(connector, Kind.PRICE) == [Price(id="MUG", sku="MUG", regular=Decimal("12.5"))]
    assert records_of(connector, Kind.STOCK) == [Stock(id="MUG", sku="MUG", quantity=Decimal(7))]


def test_own_column_names_win(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "Nr;VK brutto;Preis\nMUG;12,50;9,99\n")
    connector = folder.connect(columns={"Nr": "sku", "VK brutto": "price", "preis": ""})
    assert records_of(connector, Kind.PRICE) == [Price(id="MUG", sku="MUG", regular=Decimal("12.5"))]


def test_a_price_with_its_sale_currency_and_dates(folder: SharedFolder) -> None:
    folder.drop(
        "prices.csv",
        "sku;price;sale_price;sale_from;sale_to;currency\nMUG;100,00;80,00;01.03.2026;31.03.2026;EUR\nCUP;5;;;;\n",
    )
    connector = folder.connect(time_zone="Europe/Stockholm", currency="SEK", prices_include_tax=True)
    assert records_of(connector, Kind.PRICE) == [
        Price(
            id="MUG",
            sku="MUG",
            regular=Decimal(100),
            sale=Decimal(80),
            sale_from=datetime(2026, 2, 28, 23, tzinfo=UTC),
            sale_to=datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC),
            currency="EUR",
            includes_tax=True,
        ),
        Price(id="CUP", sku="CUP", regular=Decimal(5), currency="SEK", includes_tax=True),
    ]


def test_weights_in_grams_are_kilograms(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name,weight\nMUG,Mug,350\n")
    (mug,) = records_of(folder.connect(weight_unit="g"), Kind.PRODUCT)
    assert isinstance(mug, Product)
    assert mug.weight_kg == Decimal("0.35")


def test_an_empty_price_of_an_article_says_nothing_and_0_says_0(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name,price,stock\nMUG,Mug,,\nCUP,Cup,0,0\n")
    connector = folder.connect()
    assert records_of(connector, Kind.PRICE) == [Price(id="CUP", sku="CUP", regular=Decimal(0))]
    assert records_of(connector, Kind.STOCK) == [Stock(id="CUP", sku="CUP", quantity=Decimal(0))]


def test_excels_own_first_line_is_no_header(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sep=;\nsku;stock\nMUG;3\n")
    assert records_of(folder.connect(), Kind.STOCK) == [Stock(id="MUG", sku="MUG", quantity=Decimal(3))]


def test_a_text_over_two_lines_does_not_shift_the_line_numbers(folder: SharedFolder) -> None:
    folder.drop("articles.csv", 'sku,name,description\nMUG,Mug,"two\nlines"\nCUP,,x\n')
    (told,) = [item for item in take_in(folder.connect(), Kind.PRODUCT) if not isinstance(item, Change)]
    assert told.problems[0].sentence.startswith("in line 4 of articles.csv")


SHIRTS = """sku;parent_sku;name;price;variant:Size;variant:Color
SHIRT-S;SHIRT;Shirt S;199;S;Red
SHIRT;;Shirt;;M|S;
SHIRT-M;SHIRT;;199;M;Red
"""


def test_a_parent_knows_all_options_of_its_variants_and_variants_their_parent(folder: SharedFolder) -> None:
    folder.drop("articles.csv", SHIRTS)
    connector = folder.connect()
    small, shirt, medium = records_of(connector, Kind.PRODUCT)
    assert shirt == Product(
        id="SHIRT",
        sku="SHIRT",
        name="Shirt",
        type=ProductType.VARIABLE,
        attributes=(
            Attribute(name="Size", options=("M", "S"), for_variants=True),
            Attribute(name="Color", options=("Red",), for_variants=True),
        ),
    )
    assert small == Product(
        id="SHIRT-S",
        sku="SHIRT-S",
        name="Shirt S",
        type=ProductType.VARIANT,
        parent="SHIRT",
        choices=(Choice(name="Size", option="S"), Choice(name="Color", option="Red")),
    )
    assert isinstance(medium, Product)
    assert medium.name == "Shirt", "a variant without a name is called as its parent"
    assert [price.id for price in records_of(connector, Kind.PRICE)] == ["SHIRT-S", "SHIRT-M"]


def test_skus_that_json_writes_as_numbers_find_their_parent(folder: SharedFolder) -> None:
    rows = [{"sku": 4711, "name": "Shirt"}, {"sku": 4712, "parent_sku": 4711.0, "variant": {"Size": "S"}}]
    folder.drop_json("articles.json", rows)
    shirt, small = records_of(folder.connect(), Kind.PRODUCT)
    assert (shirt.id, small.id) == ("4711", "4712")
    assert isinstance(small, Product)
    assert (small.parent, small.name) == ("4711", "Shirt")


def test_a_later_file_with_one_more_variant_adds_its_option_and_loses_none(folder: SharedFolder) -> None:
    connector = folder.connect()
    folder.drop("articles.csv", SHIRTS)
    take_in(connector, Kind.PRODUCT)
    folder.drop("articles.csv", "sku,parent_sku,name,variant:Size,variant:Color\nSHIRT-L,SHIRT,,L,Blue\n")
    shirt, large = records_of(connector, Kind.PRODUCT)
    assert isinstance(shirt, Product)
    assert (shirt.id, shirt.name, shirt.type) == ("SHIRT", "Shirt", ProductType.VARIABLE)
    assert [attribute.options for attribute in shirt.attributes] == [("S", "M", "L"), ("Red", "Blue")]
    assert isinstance(large, Product)
    assert (large.parent, large.name) == ("SHIRT", "Shirt")


def test_a_later_file_with_the_parent_alone_leaves_it_a_parent(folder: SharedFolder) -> None:
    connector = folder.connect()
    folder.drop("articles.csv", SHIRTS)
    take_in(connector, Kind.PRODUCT)
    folder.drop("articles.csv", "sku,name\nSHIRT,Shirt, organic\n".replace(", o", " o"))
    (shirt,) = records_of(connector, Kind.PRODUCT)
    assert isinstance(shirt, Product)
    assert (shirt.name, shirt.type) == ("Shirt organic", ProductType.VARIABLE)
    assert shirt.attributes[0].options == ("S", "M")


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["Polo red", "Polo blue"], "Polo"),
        (["Polo - S", "Polo - M"], "Polo"),
        (["Polo", "Polo XL"], "Polo"),
        (["Polo shirt redbrown", "Polo shirt red"], "Polo shirt"),
        (["Polo, red", "Polo, rose"], "Polo"),
        (["Red", "Blue"], "Red"),
        (["", ""], "POLO"),
    ],
)
def test_a_parent_without_a_row_is_made_from_its_variants(folder: SharedFolder, names: list[str], shared: str) -> None:
    rows = [f'POLO-{n},POLO,"{name}",{n}' for n, name in enumerate(names)]
    folder.drop("articles.csv", "\n".join(("sku,parent_sku,name,variant:Size", *rows, "")))
    polo = next(
        item.record
        for item in take_in(folder.connect(), Kind.PRODUCT)
        if isinstance(item, Change) and item.record.id == "POLO"
    )
    assert polo == Product(
        id="POLO",
        sku="POLO",
        name=shared,
        type=ProductType.VARIABLE,
        attributes=(Attribute(name="Size", options=("0", "1"), for_variants=True),),
    )


def test_fetch_gives_every_article_as_the_last_file_told_it(folder: SharedFolder) -> None:
    connector = folder.connect()
    folder.drop("stock.csv", "sku,stock\nMUG,1\nCUP,2\n")
    take_in(connector, Kind.STOCK)
    folder.drop("stock.csv", "sku,stock\nMUG,5\n")
    take_in(connector, Kind.STOCK)
    items = connector.fetch(Kind.STOCK, ["CUP", "NEVER", "MUG"])
    stocks = {item.record.id: item.record for item in items if isinstance(item, Change)}
    assert stocks == {
        "MUG": Stock(id="MUG", sku="MUG", quantity=Decimal(5)),
        "CUP": Stock(id="CUP", sku="CUP", quantity=Decimal(2)),
    }


def test_articles_are_found_by_a_sku_that_a_file_has_named(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n")
    connector = folder.connect()
    take_in(connector, Kind.STOCK)
    assert connector.find(Kind.PRODUCT, ["MUG", "NEVER"]) == {"MUG": ("MUG",)}
    assert folder.connect(reads=[]).find(Kind.PRODUCT, ["NEVER"]) == {"NEVER": ("NEVER",)}


def test_an_empty_json_says_nothing_and_is_put_away(folder: SharedFolder) -> None:
    folder.drop("articles.json", "[]")
    assert take_in(folder.connect(), Kind.PRODUCT) == []
    assert folder.names("in/done") == ["articles.json"]


def test_json_is_read_across_the_borders_of_its_pieces(folder: SharedFolder) -> None:
    rows = [{"sku": f"S{n}", "stock": n, "unit": "x" * (n % 97) * 7} for n in range(3000)]
    folder.drop("stock.json", json.dumps(rows, indent=1))
    stocks = records_of(folder.connect(), Kind.STOCK)
    assert [stock.id for stock in stocks] == [row["sku"] for row in rows]
    assert [stock.quantity for stock in stocks if isinstance(stock, Stock)] == [Decimal(n) for n in range(3000)]


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ({"time_zone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
        ({"columns": {"X": "prize"}}, "unknown field 'prize'"),
        ({"reads": ["order"]}, "a folder can lead product, price, stock and fulfilment"),
        ({"writes": ["product"]}, "a folder can follow customer, order and refund"),
        ({"delimiter": "x"}, "Input should be"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused(folder: SharedFolder, setting: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings(folder=folder.path, **setting)


def test_a_kind_that_is_switched_off_is_not_read(folder: SharedFolder) -> None:
    with pytest.raises(Misconfigured, match="not set up to lead records of kind price"):
        list(folder.connect(reads=["stock"]).changes(Kind.PRICE, None))
