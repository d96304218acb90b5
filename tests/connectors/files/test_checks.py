"""Verifying a folder: everything that a flow will need is tried, nothing is written."""

from __future__ import annotations

import pytest

from support.shared_folder import SharedFolder, take_in
from trueup.connectors.kit.ports import Finding, Level
from trueup.domain.record import Kind


def finding(folder: SharedFolder, check: str, **settings: object) -> Finding:
    (found,) = [found for found in folder.connect(**settings).verify() if found.check == check]
    return found


def test_an_empty_folder_is_fine_and_says_what_it_waits_for(folder: SharedFolder) -> None:
    assert [found.level for found in folder.connect().verify()] == [Level.GREEN, Level.GREEN]
    assert "articles*, prices*, stock* and shipments*" in finding(folder, "columns").sentence


def test_a_missing_folder_is_red_and_is_not_made(folder: SharedFolder) -> None:
    folder.path.rename(folder.path.with_name("elsewhere"))
    assert finding(folder, "folder").level is Level.RED
    assert not folder.path.exists()


def test_the_columns_of_the_newest_file_are_told(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku;name;Preis\nMUG;Mug;12,50\n")
    found = finding(folder, "columns")
    assert found.level is Level.GREEN
    assert found.sentence == "articles.csv holds price, product: the columns sku, name, Preis are understood."


@pytest.mark.parametrize("read_first", [False, True])
def test_an_unknown_column_is_yellow_with_a_way_out(folder: SharedFolder, read_first: bool) -> None:
    folder.drop("stock.csv", "sku,stock,Shelf\nMUG,3,A7\n")
    if read_first:
        take_in(folder.connect(), Kind.STOCK)
    found = finding(folder, "columns")
    assert (found.level, found.fix) == (Level.YELLOW, "Complete the column settings.")
    assert '"Shelf"' in found.sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [("stock.csv", "one column\n1\n"), ("stock.xlsx", "no workbook"), ("stock.json", "[{")],
)
def test_a_file_that_will_be_refused_is_told_before(folder: SharedFolder, name: str, content: str) -> None:
    folder.drop(name, content)
    found = finding(folder, "columns")
    assert found.level is Level.YELLOW
    assert name in found.sentence
    assert found.fix
    assert folder.names("in") == [name], "looking is not taking"


def test_json_columns_are_told_as_well(folder: SharedFolder) -> None:
    folder.drop_json("stock.json", [{"sku": "MUG", "stock": 3}])
    assert finding(folder, "columns").sentence == "stock.json holds stock: the columns sku, stock are understood."


def test_a_file_whose_name_fits_nothing_is_told(folder: SharedFolder) -> None:
    folder.drop("lager.csv", "sku,stock\nMUG,3\n")
    found = finding(folder, "file names")
    assert found.level is Level.YELLOW
    assert found.sentence.startswith("lager.csv is not read")


def test_files_that_wait_for_a_kind_that_nobody_reads_are_told_after_a_day(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name,stock\nMUG,Mug,3\n", seconds_ago=90_000)
    take_in(folder.connect(), Kind.STOCK)
    found = finding(folder, "waiting files")
    assert found.level is Level.YELLOW
    assert "the oldest is articles.csv" in found.sentence
    assert "Enable the flows" in found.fix
