"""A file as rows: what the readers of CSV, XLSX and JSON have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from trueup.connectors.files.cells import Cell


class RefusedFile(Exception):
    """A file of which nothing can be read. The text is a sentence for the person who sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row by column name. `line` is the line of the text file, the row of the sheet, or the object of the JSON.
    `fault` says why the whole row cannot be used."""

    line: int
    cells: Mapping[str, Cell]
    fault: str | None = None


@dataclass(slots=True)
class Sheet:
    """An open file. `names` are the columns; of a JSON file they are complete once the rows have been read."""

    rows: Iterator[Row]
    names: list[str] = field(default_factory=list)
