"""A file of any size passes in pages, in memory that does not grow with it."""

from __future__ import annotations

import json
import multiprocessing
import resource
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from openpyxl import Workbook

from support.shared_folder import SharedFolder
from trueup.connectors.kit.ports import Change
from trueup.domain.record import Kind

MEGABYTE = 1 << 20


def a_csv(path: Path, rows: int) -> None:
    with path.open("w") as file:
        file.write("sku,parent_sku,name,variant:Size,price,stock,description\n")
        for n in range(rows):
            parent = f"P{n // 10 * 10}" if n % 10 else ""
            file.write(f"P{n},{parent},Article {n},{n % 10 if parent else ''},{n}.50,{n},{'text ' * 20}\n")


def a_json_array(path: Path, rows: int) -> None:
    with path.open("w") as file:
        file.write("[")
        for n in range(rows):
            row = {"sku": f"P{n}", "name": f"Article {n}", "price": n, "stock": n, "description": "text " * 20}
            file.write(("," if n else "") + json.dumps(row))
        file.write("]")


def a_workbook(path: Path, rows: int) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["sku", "name", "price", "stock"])
    for n in range(rows):
        sheet.append([f"P{n}", f"Article {n}", n + 0.5, n])
    book.save(path)


def peak_of_reading(folder: SharedFolder, kind: Kind, expected: int) -> int:
    """The most bytes held at a time while the engine takes in everything."""
    connector = folder.connect()
    tracemalloc.start()
    try:
        seen = 0
        for page in connector.changes(kind, None):
            assert len(page.items) <= 500
            seen += sum(isinstance(item, Change) for item in page.items)
            page.acknowledge()
        assert seen == expected
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_100_000_articles_with_variants_pass_in_flat_memory(folder: SharedFolder) -> None:
    """In a process of its own: the resident memory is that of the reading alone, SQLite's included."""
    peaks = []
    for rows in (5_000, 100_000):
        a_csv(folder.path / "in/articles.csv", rows)
        folder.touch(folder.path / "in/articles.csv")
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            peaks.append(pool.submit(resident_after_reading, folder, rows).result())
    print(f"resident memory with 5,000 and 100,000 articles: {peaks[0] / 1024:.0f} and {peaks[1] / 1024:.0f} MB")
    assert peaks[1] < peaks[0] + 24 * 1024


def resident_after_reading(folder: SharedFolder, rows: int) -> int:
    """The most kilobytes that this process ever held."""
    seen = 0
    for page in folder.connect().changes(Kind.PRODUCT, None):
        seen += len(page.items)
        page.acknowledge()
    assert seen == rows
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize(
    ("name", "make", "limit"),
    [("stock.json", a_json_array, 12), ("stock.xlsx", a_workbook, 16), ("stock.csv", a_csv, 12)],
)
def test_ten_times_the_rows_need_no_more_memory(
    folder: SharedFolder, name: str, make: Callable[[Path, int], None], limit: int
) -> None:
    peaks = []
    for rows in (1000, 10_000):
        make(folder.path / "in" / name, rows)
        folder.touch(folder.path / "in" / name)
        # Of the articles with variants one in ten is a parent, which has no stock of its own.
        expected = rows * 9 // 10 if make is a_csv else rows
        peaks.append(peak_of_reading(folder, Kind.STOCK, expected))
    assert peaks[1] < limit * MEGABYTE
    assert peaks[1] < peaks[0] * 2 + MEGABYTE
