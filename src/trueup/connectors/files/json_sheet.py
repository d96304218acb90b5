"""JSON: one array of objects, or one object per line; read a piece at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from trueup.connectors.files.cells import Cell
from trueup.connectors.files.sheet import RefusedFile, Row, Sheet

_PIECE = 1 << 16
_LONGEST = 1 << 22  # characters of one object
_DECODER = json.JSONDecoder(
    parse_float=Decimal,
    parse_int=lambda digits: int(digits) if len(digits) < 19 else Decimal(digits),
    parse_constant=str,  # NaN is no number; it is told as the text that it is
)
_IN_ARRAY = re.compile(r"[\s,]*")
_IN_LINES = re.compile(r"\s*")
_GROUPS = {"attributes": "attribute", "variant": "variant", "variants": "variant"}


def open_json(path: Path) -> Sheet:
    """Raises RefusedFile, at once or while the rows are read."""
    sheet = Sheet(rows=iter(()))
    sheet.rows = _rows(path, sheet.names)
    return sheet


def _rows(path: Path, names: list[str]) -> Iterator[Row]:
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig") as text:
            for number, value in enumerate(_values(text, path), start=1):
                row = _row(number, value)
                names += [name for name in row.cells if name not in seen]
                seen.update(row.cells)
                yield row
    except UnicodeDecodeError as wrong:
        raise RefusedFile(f"{path.name} is not written in UTF-8 (byte {wrong.start}). Export it as UTF-8.") from wrong


def _row(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(line=number, cells={}, fault="it is not an object with named fields.")
    try:
        return Row(line=number, cells=_cells(value))
    except ValueError as wrong:
        return Row(line=number, cells={}, fault=str(wrong))


def _cells(value: dict[str, Any]) -> dict[str, Cell]:
    """`{"attributes": {"Color": "Red"}}` is the column `attribute:Color`; a list of texts is "Red|Blue"."""
    cells: dict[str, Cell] = {}
    for name, content in value.items():
        if not _is_text(name):
            raise ValueError("the name of a field holds broken characters. Send whole Unicode texts.")
        if name in _GROUPS and isinstance(content, dict):
            cells |= {f"{_GROUPS[name]}:{key}": _cell(key, inner) for key, inner in content.items()}
        else:
            cells[name] = _cell(name, content)
    return cells


def _cell(name: str, content: Any) -> Cell:
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "|".join(content)
    if isinstance(content, dict | list):
        raise ValueError(f'the field "{name}" holds more than one value. Send a text, a number, true or false.')
    if isinstance(content, str) and not _is_text(content):
        raise ValueError(f'the field "{name}" holds broken characters. Send whole Unicode texts.')
    cell: Cell = content
    return cell


def _is_text(content: str) -> bool:
    """Half of a surrogate pair and a NUL can be written in JSON, but not stored or sent everywhere."""
    try:
        content.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in content


def _values(text: TextIO, path: Path) -> Iterator[Any]:
    """Every value of the array, or of the lines. A broken or cut-off file raises when its end is reached."""
    buffer = text.read(_PIECE).lstrip()
    in_array = buffer.startswith("[")
    between = _IN_ARRAY if in_array else _IN_LINES
    position = int(in_array)
    while True:
        position = _end_of(between, buffer, position)
        if in_array and buffer.startswith("]", position):
            _refuse_more(text, path, buffer[position + 1 :])
            return
        value, end = _decoded(buffer, position)
        if end:
            yield value
            position = end
            continue
        piece = text.read(_PIECE)
        if not piece and not in_array and position == len(buffer):
            return
        if not piece or len(buffer) - position > _LONGEST:
            raise _broken(path, in_array, buffer[position:])
        buffer, position = buffer[position:] + piece, 0


def _refuse_more(text: TextIO, path: Path, rest: str) -> None:
    """What stands behind the array would be lost in silence."""
    while rest or (rest := text.read(_PIECE)):
        if rest.strip():
            raise RefusedFile(
                f"{path.name} goes on behind its closing bracket: {json.dumps(rest.strip()[:40], ensure_ascii=False)}. "
                "Send one array of objects."
            )
        rest = ""


def _end_of(pattern: re.Pattern[str], buffer: str, position: int) -> int:
    match = pattern.match(buffer, position)
    return match.end() if match else position


def _decoded(buffer: str, position: int) -> tuple[Any, int]:
    """The value at the position and where it ends; 0 if it is not complete (a number may go on in the next piece)."""
    try:
        value, end = _DECODER.raw_decode(buffer, position)
    except (json.JSONDecodeError, RecursionError):
        return None, 0
    return (None, 0) if end == len(buffer) and not isinstance(value, dict | list) else (value, end)


def _broken(path: Path, in_array: bool, rest: str) -> RefusedFile:
    if in_array and not rest:
        return RefusedFile(f"{path.name} ends in the middle: the closing bracket is missing. Send it again.")
    return RefusedFile(
        f"{path.name} is not valid JSON from {json.dumps(rest[:40], ensure_ascii=False)} on. "
        "Send one array of objects, or one object per line."
    )
