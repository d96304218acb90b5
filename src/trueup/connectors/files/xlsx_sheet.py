"""XLSX: the first sheet, row by row, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from trueup.connectors.files.sheet import RefusedFile, Row, Sheet


def open_xlsx(path: Path) -> Sheet:
    """Values, not formulas. The first row that is not empty holds the column names. Raises RefusedFile."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        page = book.worksheets[0]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError) as wrong:
        if isinstance(wrong, FileNotFoundError):
            raise
        raise RefusedFile(f"{path.name} is not a readable Excel file. Save it again as .xlsx.") from wrong
    page.reset_dimensions()
    rows = _filled(page.iter_rows(values_only=True))
    try:
        start, header = next(rows, (0, ()))
    except (BadZipFile, KeyError, ValueError, SyntaxError) as wrong:
        raise RefusedFile(f"{path.name} is not a readable Excel file. Save it again as .xlsx.") from wrong
    if not start:
        book.close()
        raise RefusedFile(f"{path.name} is empty. Its first sheet needs a first row with the column names.")
    names = ["" if name is None else str(name).strip() for name in header]
    return Sheet(rows=_rows(book, path, names, rows), names=names)


def _filled(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for number, values in enumerate(rows, start=1):
        if any(value is not None and str(value).strip() for value in values):
            yield number, values


def _rows(book: Any, path: Path, names: Sequence[str], rows: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Row]:
    try:
        for number, values in rows:
            yield Row(line=number, cells={n: v for n, v in zip(names, values, strict=False) if n})
    except (BadZipFile, KeyError, ValueError, SyntaxError) as wrong:
        raise RefusedFile(f"{path.name} is a damaged Excel file. Save it again as .xlsx.") from wrong
    finally:
        book.close()
