"""The incoming side of the folder: which files are complete, taking them, and putting them away.

    in/articles.csv -> in/taken/20260302-120000-000017-articles.csv -> in/done/...  (or in/refused/... and ....txt)

A file is taken by renaming it, so that the ERP may drop the next one of the same name at once; it is done when every
kind that it holds has been read from it and acknowledged.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path

from trueup.connectors.files.book import FINISHED, Book
from trueup.connectors.files.disk import move, told, write_durably
from trueup.connectors.files.settings import Settings
from trueup.domain.record import Kind

READABLE = (".csv", ".txt", ".xlsx", ".json", ".jsonl")
_UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".crdownload", ".partial", ".swp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file that is ours now. `name` is what the ERP called it; `group` is articles, prices, stock or shipments."""

    path: Path
    name: str
    group: str


class Tray:
    """`in/` and the folders in it. Nothing is deleted, except the empty marker files."""

    def __init__(self, settings: Settings, book: Book) -> None:
        self._settings = settings
        self._book = book
        self.inbox = settings.folder / "in"
        self.taken_folder = self.inbox / "taken"

    def take(self, now: datetime) -> None:
        """Rename every complete file that we read into in/taken/, oldest first."""
        self.inbox.mkdir(exist_ok=True)
        for marker in self.abandoned_markers():
            marker.unlink(missing_ok=True)
        for path in self.complete(now):
            name = readable(path.name)
            taken = f"{now:%Y%m%d-%H%M%S}-{self._book.next_number():06}-{name}"
            if move(path, self.taken_folder / taken):
                self._book.forget_look(name)
                self._marker(path).unlink(missing_ok=True)

    def abandoned_markers(self) -> list[Path]:
        """Markers whose file was taken before a crash: they would declare the next file of that name complete."""
        suffix = self._settings.marker
        if suffix is None:
            return []
        marked = {path: path.name.removesuffix(suffix) for path in self.waiting() if path.name.endswith(suffix)}
        return [path for path, name in marked.items() if self.group_of(name) and not path.with_name(name).exists()]

    def complete(self, now: datetime) -> list[Path]:
        """Files that nobody is writing any more, oldest first."""
        files = [path for path in self.waiting() if self.group_of(path.name)]
        looks = [(path, stat) for path in files if (stat := look_at(path))]
        found = [(stat.st_mtime_ns, path.name, path) for path, stat in looks if self._is_complete(path, stat, now)]
        return [path for _, _, path in sorted(found)]

    def waiting(self) -> list[Path]:
        """What lies in in/, finished or not, without names that mean "still being written"."""
        if not self.inbox.is_dir():
            return []
        return sorted(path for path in self.inbox.iterdir() if path.is_file() and not _is_unfinished(path.name))

    def taken(self) -> list[Taken]:
        """Files that are taken and not yet put away, in the order in which they were taken."""
        if not self.taken_folder.is_dir():
            return []
        files = sorted(path for path in self.taken_folder.iterdir() if path.is_file())
        names = [(path, path.name.split("-", 3)[-1]) for path in files]
        return [Taken(path=path, name=name, group=self.group_of(name) or "articles") for path, name in names]

    def group_of(self, name: str) -> str | None:
        """articles, prices, stock or shipments, by the name; None for a file that is not read."""
        if not name.lower().endswith(READABLE):
            return None
        known = self._settings
        patterns = {
            "articles": known.articles,
            "prices": known.prices,
            "stock": known.stock,
            "shipments": known.shipments,
        }
        return next((group for group, pattern in patterns.items() if fnmatch(name.lower(), pattern.lower())), None)

    def is_read_by(self, file: Taken, kind: Kind) -> bool:
        """A finished file that is still here was left by a crash, and is put away now."""
        readers = self._book.read_by(file.path.name)
        if FINISHED in readers:
            self._put_away(file)
        return FINISHED in readers or kind in readers

    def acknowledge(self, file: Taken, kind: Kind, holds: Sequence[Kind] | frozenset[Kind]) -> None:
        """`kind` has been read from the file for good. The last kind puts it away. Repeating does no harm."""
        with told(self._settings.folder):
            if self._book.note_read(file.path.name, kind, frozenset(holds) & self._settings.reads):
                self._put_away(file)

    def _put_away(self, file: Taken) -> None:
        move(file.path, self.inbox / "done" / file.path.name)

    def refuse(self, file: Taken, sentence: str) -> None:
        """Put the file aside with the reason beside it. Repeating does no harm."""
        refused = self.inbox / "refused" / file.path.name
        with told(self._settings.folder):
            if file.path.exists():
                write_durably(refused.with_name(refused.name + ".txt"), f"{sentence}\n".encode())
                move(file.path, refused)

    def _is_complete(self, path: Path, stat: os.stat_result, now: datetime) -> bool:
        """With a marker, the marker says so. Otherwise the file has rested: by its own time, or, where that is not to
        be trusted (a clock ahead of ours), by having looked the same for as long as that."""
        if self._settings.marker is not None:
            return self._marker(path).exists()
        rest = self._settings.settle_seconds
        if 0 <= now.timestamp() - stat.st_mtime >= rest:
            return True
        seen = self._book.seen_before(readable(path.name), stat.st_size, stat.st_mtime_ns, now.timestamp())
        return now.timestamp() - seen >= rest

    def _marker(self, path: Path) -> Path:
        return path.with_name(path.name + (self._settings.marker or ".done"))


def look_at(path: Path) -> os.stat_result | None:
    """None if it is not there: another worker may have put it away since it was listed."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def readable(name: str) -> str:
    """A file name that an old program wrote in Windows-1252 (`stock-Jönköping.csv`) as the text that it was."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", errors="replace")
    return name


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)
