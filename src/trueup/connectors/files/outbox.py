"""The outgoing side of the folder: each document appears whole, and an order appears once.

A document is written beside (`.trueup/outbox`), then noted in the book, then moved into place by a rename. After a
crash the note and the document beside tell which step was reached: a note with the document still beside it means
that the move is due; a note without it means that the document is out, even if the ERP has taken it since.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from trueup.connectors.files.book import Book
from trueup.connectors.files.disk import move, write_durably
from trueup.domain.record import Kind

_FOLDERS = {Kind.ORDER: "orders", Kind.CUSTOMER: "customers", Kind.REFUND: "refunds"}
_FORBIDDEN = set('<>:"/\\|?*%')


class Document(NamedTuple):
    """What is to be written: `content` under a name made of `reference`; `hash` of what must not change unnoticed."""

    kind: Kind
    reference: str
    suffix: str
    content: bytes
    hash: str


class Outbox:
    def __init__(self, folder: Path, book: Book) -> None:
        self._out = folder / "out"
        self._beside = folder / ".trueup" / "outbox"
        self._book = book

    def hash_of(self, kind: Kind, reference: str) -> str | None:
        """The hash of what was written for this reference, "" if only the file is known, None if nothing was."""
        if written := self._book.written(kind, reference):
            self._publish(kind, *written)
            return written[1]
        return "" if self._lies_in_out(kind, reference) else None

    def write(self, document: Document) -> None:
        """Publish it, in place of what was written for the reference before. Exactly once for one content."""
        name = file_name(document.reference) + document.suffix
        beside = self._beside / _beside_name(name, document.hash)
        self._book.note_written(
            document.kind, document.reference, name, document.hash, lambda: write_durably(beside, document.content)
        )
        self._publish(document.kind, name, document.hash)

    def _publish(self, kind: Kind, name: str, hash: str) -> None:
        """The last step, if it is due; after it nothing remembers a copy that could be published again."""
        move(self._beside / _beside_name(name, hash), self._out / _FOLDERS[kind] / name)

    def _lies_in_out(self, kind: Kind, reference: str) -> bool:
        """Written by an earlier installation whose book is lost: the file itself is the proof."""
        places = (self._out / _FOLDERS[kind], self._out / _FOLDERS[kind] / "done", self._out / "done")
        names = [file_name(reference) + suffix for suffix in (".json", ".csv")]
        return any((place / name).exists() for place in places for name in names)


def file_name(reference: str) -> str:
    """The reference as a file name on every system; different references have different names."""
    safe = "".join(f"%{ord(c):02X}" if c in _FORBIDDEN or ord(c) < 32 else c for c in reference)
    return safe if not safe.startswith((".", "~")) else f"%{ord(safe[0]):02X}{safe[1:]}"


def _beside_name(name: str, hash: str) -> str:
    return f"{name}.{hash}"
