"""CSV: find the delimiter for certain or say why not, and stream the rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from trueup.connectors.files.columns import NAMES, understand
from trueup.connectors.files.sheet import RefusedFile, Row, Sheet

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def open_csv(path: Path, *, delimiter: str, encoding: str, own_names: Mapping[str, str]) -> Sheet:
    """`delimiter` and `encoding` as in the settings. Raises RefusedFile, at once or while the rows are read."""
    text = path.open(encoding=_encoding_of(path, encoding), newline="")
    try:
        skipped, first = _first_line(text, path)
        _refuse_no_text(first, path)
        cut = "\t" if delimiter == "tab" else delimiter
        sign = _delimiter_of(first, own_names, path) if cut == "auto" else _checked(cut, first, own_names, path)
        names = [name.strip() for name in _split(first, sign)]
    except BaseException:
        text.close()
        raise
    return Sheet(rows=_rows(text, path, names, sign, skipped), names=names)


def _encoding_of(path: Path, encoding: str) -> str:
    """The byte order mark decides; without one it is UTF-8 if every byte agrees, else Windows-1252."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if encoding != "auto":
            return encoding
        if start[1::2] == b"\0\0" or start[::2] == b"\0\0":  # every other byte: UTF-16 whose mark was forgotten
            return "utf-16-le" if start[1::2] == b"\0\0" else "utf-16-be"
        file.seek(0)
        return "utf-8" if _is_utf8(iter(lambda: file.read(1 << 16), b"")) else "cp1252"


def _is_utf8(chunks: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _first_line(text: TextIO, path: Path) -> tuple[int, str]:
    """The line with the column names and how many stand before it: empty ones, or Excel's `sep=;`."""
    try:
        for skipped, line in enumerate(text):
            if line.strip(" \t\r\n;,|") and not line.casefold().startswith("sep="):
                return skipped, line
    except UnicodeDecodeError as wrong:
        raise _undecodable(path, wrong) from wrong
    raise RefusedFile(f"{path.name} is empty. It needs a first line with the column names.")


def _refuse_no_text(first: str, path: Path) -> None:
    if "\0" in first or len(first) > csv.field_size_limit():
        raise RefusedFile(f"{path.name} is no CSV file: its first line is no text. Export it again as CSV.")


def _delimiter_of(first: str, own_names: Mapping[str, str], path: Path) -> str:
    scores = {sign: _score(first, sign, own_names) for sign in DELIMITERS}
    best = max(scores.values())
    winners = [sign for sign, score in scores.items() if score == best]
    if best == (0, 0):
        raise RefusedFile(
            f"The first line of {path.name} names no column that is known here: {_short(first)}. Put the column names "
            "(sku, name, price, stock ...) into the first line, or add your names to the column settings."
        )
    if len(winners) > 1:
        raise RefusedFile(
            f"It is not certain what separates the columns of {path.name}: {_short(first)}. "
            "Set the delimiter of the connection."
        )
    return winners[0]


def _checked(sign: str, first: str, own_names: Mapping[str, str], path: Path) -> str:
    """The delimiter of the settings, unless another one obviously is the file's."""
    found = max(DELIMITERS, key=lambda other: _score(first, other, own_names))
    if _score(first, found, own_names) > _score(first, sign, own_names):
        raise RefusedFile(
            f"The columns of {path.name} are separated by {_NAMES[found]}, but the connection expects {_NAMES[sign]}. "
            "Change the delimiter of the connection, or the file."
        )
    return sign


def _score(first: str, sign: str, own_names: Mapping[str, str]) -> tuple[int, int]:
    """How many columns this delimiter makes that we know; all columns break a tie, if any is known."""
    names = _split(first, sign)
    known = max(len(understand(names, own_names, group).fields) for group in NAMES)
    return known, len(names) if known else 0


def _split(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign), [])


def _rows(text: TextIO, path: Path, names: Sequence[str], sign: str, skipped: int) -> Iterator[Row]:
    offset = skipped + 1
    reader = csv.reader(text, delimiter=sign, strict=True)
    line = offset + 1
    with text:
        try:
            for fields in reader:
                if any(field.strip() for field in fields):
                    yield _row(line, names, fields)
                line = offset + reader.line_num + 1
        except csv.Error as wrong:
            raise RefusedFile(
                f"{path.name} cannot be read from line {line} on: {_plain(wrong)} Correct that line."
            ) from wrong
        except UnicodeDecodeError as wrong:
            raise _undecodable(path, wrong) from wrong


def _row(line: int, names: Sequence[str], fields: Sequence[str]) -> Row:
    if any("\0" in field for field in fields):
        return Row(line=line, cells={}, fault="the row holds broken characters. Export it again as text.")
    surplus = any(field.strip() for field in fields[len(names) :])
    fault = None
    if surplus or len(fields) < len(names):
        fault = (
            f"the row has {_columns(len(fields))}, the first line has {len(names)}. Put texts and numbers that contain "
            "the delimiter into quotes, and send all columns."
        )
    return Row(line=line, cells=dict(zip(names, fields, strict=False)), fault=fault)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _plain(wrong: csv.Error) -> str:
    if "unexpected end" in str(wrong):
        return "a quote is opened and never closed."
    if "field larger" in str(wrong):
        return "a cell is longer than 131,072 characters; maybe a quote is not closed."
    return "its quotes do not match."


def _undecodable(path: Path, wrong: UnicodeDecodeError) -> RefusedFile:
    encoding = "Windows-1252" if wrong.encoding == "charmap" else wrong.encoding.upper()
    return RefusedFile(
        f"{path.name} is not written in {encoding} (byte {wrong.start}). Export it as UTF-8, "
        "or change the encoding of the connection."
    )


def _short(line: str) -> str:
    line = line.strip()
    return f'"{line[:80]}…"' if len(line) > 80 else f'"{line}"'
