"""The test system keeps the contract that it is there to stand in for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from trueup.connectors.kit import samples
from trueup.connectors.kit.contract import ConnectorContract, Outside
from trueup.connectors.memory.connector import MemoryConnector
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.settings import Settings
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.record import Kind, Record


class MemoryOutside:
    """A person at the test system's own screen."""

    def __init__(self, system: MemorySystem) -> None:
        self.system = system
        self.edits: Iterator[int] = count(1)

    def save(self, kind: Kind, n: int) -> str:
        record = self._edited(kind, n)
        self.system.put(record)
        return record.id

    def spoil(self, kind: Kind, n: int) -> str:
        id = self.save(kind, n)
        self.system.spoil(kind, id)
        return id

    def remove(self, kind: Kind, id: str) -> None:
        self.system.remove(kind, id)

    def count(self, kind: Kind) -> int:
        return len(self.system.things(kind))

    def break_down(self) -> None:
        self.system.fault(Fault(trouble=Trouble.DOWN, op=None, times=None))

    def _edited(self, kind: Kind, n: int) -> Record:
        edit = next(self.edits)
        records: dict[Kind, Record] = {
            Kind.PRODUCT: samples.sample_product(n).model_copy(update={"description": f"Edit {edit}"}),
            Kind.PRICE: samples.sample_price(n).model_copy(update={"regular": Decimal(edit)}),
            Kind.STOCK: samples.sample_stock(n).model_copy(update={"quantity": Decimal(edit)}),
            Kind.CUSTOMER: samples.sample_customer(n).model_copy(update={"phone": f"+46 {edit}"}),
            Kind.ORDER: samples.sample_order(n).model_copy(update={"note": f"Edit {edit}"}),
            Kind.FULFILMENT: samples.sample_fulfilment(n).model_copy(update={"invoices": (f"I-{edit}",)}),
            Kind.REFUND: samples.sample_refunds(n).model_copy(update={"order_number": f"Edit {edit}"}),
        }
        return records[kind]


class TestMemoryConnector(ConnectorContract):
    @pytest.fixture
    def system(self, tmp_path: Path) -> MemorySystem:
        return MemorySystem(tmp_path / "system.sqlite")

    @pytest.fixture
    def connector(self, system: MemorySystem) -> MemoryConnector:
        return MemoryConnector(Settings(path=system.database.path, matches=True), system)

    @pytest.fixture
    def outside(self, system: MemorySystem) -> Outside:
        return MemoryOutside(system)


class TestMemoryConnectorWithOneRecordPerCall(TestMemoryConnector):
    """The same, for a system that knows neither batches nor long pages."""

    @pytest.fixture
    def connector(self, system: MemorySystem) -> MemoryConnector:
        return MemoryConnector(Settings(path=system.database.path, batch=1, page_size=1, matches=True), system)
