"""A folder keeps the contract of every connector."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest

from trueup.connectors.files.book import Book
from trueup.connectors.files.connector import FilesConnector, open_connector
from trueup.connectors.files.settings import Settings
from trueup.connectors.kit.contract import ConnectorContract, Outside
from trueup.domain.record import Kind


class FolderOutside:
    """A POS that drops files, and an ERP that looks into the out folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edits = count(1)

    def save(self, kind: Kind, n: int) -> str:
        edit = next(self.edits)
        if kind is Kind.FULFILMENT:
            self._wrote_order(n)
        rows = {
            Kind.PRODUCT: ("articles", {"name": f"Mug, edit {edit}"}),
            Kind.PRICE: ("prices", {"price": f"{edit}.50"}),
            Kind.STOCK: ("stock", {"stock": str(edit)}),
            Kind.FULFILMENT: ("shipments", {"tracking_number": f"TRACK-{edit}", "package": "1"}),
        }
        return self._drop(*rows[kind], n)

    def _wrote_order(self, n: int) -> None:
        """Shipments are told of orders that lie in the folder."""
        book = Book(self.folder / ".trueup" / "book.sqlite")
        book.note_written(Kind.ORDER, f"SAMPLE-{n}", f"SAMPLE-{n}.json", "hash")

    def spoil(self, kind: Kind, n: int) -> str:
        rows = {
            Kind.PRODUCT: ("articles", {"name": ""}),
            Kind.PRICE: ("prices", {"price": "on request"}),
            Kind.STOCK: ("stock", {"stock": "abc"}),
            Kind.FULFILMENT: ("shipments", {"quantity": "abc"}),
        }
        return self._drop(*rows[kind], n)

    def remove(self, kind: Kind, id: str) -> None:
        raise AssertionError("nobody deletes anything in a folder")

    def count(self, kind: Kind) -> int:
        folders = {Kind.ORDER: "out/orders", Kind.CUSTOMER: "out/customers"}
        return len(list(self.folder.glob(f"{folders.get(kind, 'in/done')}/*")))

    def break_down(self) -> None:
        self.folder.rename(self.folder.with_name("unplugged"))

    def _drop(self, group: str, cells: dict[str, str], n: int) -> str:
        inbox = self.folder / "in"
        inbox.mkdir(exist_ok=True)
        path = inbox / f"{group}-{next(self.edits):04}.json"
        row = {"order": f"SAMPLE-{n}"} if group == "shipments" else {}
        path.write_text(json.dumps([{**row, "sku": f"SAMPLE-{n}", **cells}]))
        return f"SAMPLE-{n}"


class TestFilesConnector(ConnectorContract):
    exempt: ClassVar[dict[str, str]] = {
        "test_what_was_deleted_is_not_fetched": "files tell what there is, never what is gone",
        "test_what_vanished_is_gone": "a file that is not there any more was taken by the ERP, which is its purpose",
    }

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "erp"
        folder.mkdir()
        return folder

    @pytest.fixture
    def connector(self, folder: Path) -> FilesConnector:
        return open_connector(Settings(folder=folder, settle_seconds=0))

    @pytest.fixture
    def outside(self, folder: Path) -> Outside:
        return FolderOutside(folder)


class TestFilesConnectorThatWritesCsv(TestFilesConnector):
    @pytest.fixture
    def connector(self, folder: Path) -> FilesConnector:
        return open_connector(Settings(folder=folder, settle_seconds=0, order_format="csv", delimiter=";"))
