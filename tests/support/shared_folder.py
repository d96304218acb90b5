"""A folder that a POS shares with the hub, and a clock that stands where the test puts it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from trueup.connectors.files.connector import FilesConnector
from trueup.connectors.files.settings import Settings
from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.domain.record import Kind, Record


class SharedFolder:
    """What the people on the other side do with the folder, and what they see there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        (path / "in").mkdir(parents=True)

    def connect(self, **settings: Any) -> FilesConnector:
        return FilesConnector(Settings(folder=self.path, **settings), lambda: self.now)

    def drop(self, name: str, content: str | bytes, *, seconds_ago: float = 60) -> Path:
        path = self.path / "in" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.touch(path, seconds_ago=seconds_ago)

    def drop_json(self, name: str, rows: Sequence[Any]) -> Path:
        return self.drop(name, json.dumps(list(rows)))

    def drop_xlsx(self, name: str, rows: Sequence[Sequence[Any]]) -> Path:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(list(row))
        path = self.path / "in" / name
        book.save(path)
        return self.touch(path)

    def touch(self, path: Path, *, seconds_ago: float = 60) -> Path:
        moment = (self.now - timedelta(seconds=seconds_ago)).timestamp()
        os.utime(path, (moment, moment))
        return path

    def names(self, folder: str) -> list[str]:
        """The files there, without the time at which they were taken."""
        where = self.path / folder
        files = sorted(path.name for path in where.iterdir() if path.is_file()) if where.is_dir() else []
        return [name.split("-", 3)[-1] if name[:8].isdigit() else name for name in files]


def items_of(pages: Sequence[Page]) -> list[Change | Unreadable]:
    return [item for page in pages for item in page.items]


def records_of(connector: FilesConnector, kind: Kind) -> list[Record]:
    """Everything that is there to read of `kind`; it must all be readable. Nothing is acknowledged."""
    items = items_of(list(connector.changes(kind, None)))
    assert [item for item in items if isinstance(item, Unreadable)] == []
    return [item.record for item in items if isinstance(item, Change)]


def take_in(connector: FilesConnector, kind: Kind) -> list[Change | Unreadable]:
    """Read as the engine does: a page is stored, then acknowledged, then the next is read."""
    items: list[Change | Unreadable] = []
    for page in connector.changes(kind, None):
        items += page.items
        page.acknowledge()
    return items


def sentences(items: Sequence[Change | Unreadable]) -> list[str]:
    return [problem.sentence for item in items if isinstance(item, Unreadable) for problem in item.problems]
