"""A file survives being dropped by the reader at any step: it is read by every kind, and put away once."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.shared_folder import SharedFolder, take_in
from trueup.connectors.kit.ports import Change
from trueup.domain.record import Kind

KINDS = (Kind.STOCK, Kind.PRICE, Kind.PRODUCT)
TOUCHING = {"open", "os.rename", "os.mkdir", "os.remove", "sqlite3.connect"}


class PowerCut(BaseException):
    """Nothing of ours may take it for an error of the folder."""


class _Fuse:
    """An audit hook cannot be taken away again, so one stays, and blows only while a test wants it to."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.step = 0
        self.steps = itertools.count(1)
        sys.addaudithook(self._watch)

    def _watch(self, event: str, args: tuple[object, ...]) -> None:
        if self.folder is None or event not in TOUCHING or str(self.folder) not in str(args[0]):
            return
        if next(self.steps) == self.step:
            self.folder = None
            raise PowerCut

    @contextmanager
    def blowing(self, folder: Path, step: int) -> Iterator[None]:
        self.folder, self.step, self.steps = folder, step, itertools.count(1)
        try:
            yield
        finally:
            self.folder = None


@pytest.fixture(scope="module")
def fuse() -> _Fuse:
    return _Fuse()


def read_by_all(folder: SharedFolder, seen: dict[Kind, list[str]]) -> None:
    """As three flows do it: each stores what it read, then acknowledges."""
    for kind in KINDS:
        for page in folder.connect(marker=".done", page_size=1).changes(kind, None):
            seen[kind] += [item.record.id for item in page.items if isinstance(item, Change)]
            page.acknowledge()


def interrupted(folder: SharedFolder, fuse: _Fuse, step: int, seen: dict[Kind, list[str]]) -> bool:
    try:
        with fuse.blowing(folder.path, step):
            read_by_all(folder, seen)
    except PowerCut:
        return True
    return False


def test_interrupted_at_any_step_every_kind_reads_every_row_and_the_file_is_put_away_once(
    tmp_path: Path, fuse: _Fuse
) -> None:
    for step in itertools.count(1):
        folder = SharedFolder(tmp_path / str(step))
        folder.drop("articles.csv", "sku,name,price,stock\nMUG,Mug,12.50,7\nCUP,Cup,9,8\n")
        folder.drop("articles.csv.done", "")
        seen: dict[Kind, list[str]] = {kind: [] for kind in KINDS}
        cut = interrupted(folder, fuse, step, seen)
        read_by_all(folder, seen)
        for kind in KINDS:
            assert set(seen[kind]) == {"MUG", "CUP"}, f"{kind}, interrupted before step {step}"
        assert folder.names("in/done") == ["articles.csv"], f"interrupted before step {step}"
        assert folder.names("in/taken") == []
        assert set(folder.names("in")) <= {"articles.csv.done"}, "a marker without its file does no harm"
        if not cut:
            break
    assert step > 20, "it was interrupted while taking, reading, noting and putting away"


def test_interrupted_at_any_step_a_refused_file_is_told_and_lies_beside_its_reason(tmp_path: Path, fuse: _Fuse) -> None:
    for step in itertools.count(1):
        folder = SharedFolder(tmp_path / str(step))
        folder.drop("stock.csv", "garbage\n")
        told = []
        cut = False
        try:
            with fuse.blowing(folder.path, step):
                told += take_in(folder.connect(), Kind.STOCK)
        except PowerCut:
            cut = True
        told += take_in(folder.connect(), Kind.STOCK)
        assert len(told) in ((0, 1) if cut else (1,))
        assert folder.names("in/refused") == ["stock.csv", "stock.csv.txt"], f"interrupted before step {step}"
        reason = next((folder.path / "in/refused").glob("*.txt"))
        assert "names no column that is known here" in reason.read_text()
        if not cut:
            break
    assert step > 6


def test_the_next_file_of_the_name_waits_for_its_own_marker_after_an_interruption(tmp_path: Path, fuse: _Fuse) -> None:
    """A marker that was left behind must not let a half-written file in: the one real danger of markers."""
    left = []
    for step in itertools.count(1):
        folder = SharedFolder(tmp_path / str(step))
        folder.drop("stock.csv", "sku,stock\nMUG,1\n")
        folder.drop("stock.csv.done", "")
        try:
            with fuse.blowing(folder.path, step):
                take_in(folder.connect(marker=".done"), Kind.STOCK)
        except PowerCut:
            take_in(folder.connect(marker=".done"), Kind.STOCK)
            left.append((folder.path / "in/stock.csv.done").exists())
            continue
        break
    assert not any(left), f"left behind after steps {[n for n, found in enumerate(left, 1) if found]}"
