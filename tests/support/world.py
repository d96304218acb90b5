"""A small world for engine tests: a back office and a shop (test systems), a hub between them, and a clock in hand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import select

from trueup.app import work_off
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Ref
from trueup.store import connections, flows, quarantine
from trueup.store.database import Database
from trueup.store.flows import FlowRow
from trueup.store.quarantine import QuarantineRow
from trueup.store.secrets import Seal
from trueup.store.tables import delivery
from trueup.sync import arrange
from trueup.sync.hub import Connectors, Hub
from trueup.sync.jobs import do_work, find_work

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class Time:
    """A clock that goes when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class World:
    """`erp` leads products, prices and stock; `shop` leads orders. Every flow is enabled when it is made."""

    hub: Hub
    time: Time
    erp: MemorySystem
    shop: MemorySystem
    ids: dict[str, int] = field(default_factory=dict)

    def connect(self, name: str, path: Path, **settings: Any) -> None:
        values = {"path": str(path), **settings}
        with self.hub.database.write() as tx:
            self.ids[name] = connections.add(
                tx, name=name, system="memory", settings=values, sealed=None, now=self.time.now
            )

    def flow(self, kind: Kind, leader: str = "ERP", *followers: str) -> FlowRow:
        with self.hub.database.read() as tx:
            rows = {row.name: row for row in connections.everyone(tx)}
        chosen = [rows[name] for name in followers or ("Shop",)]
        name = f"{kind.value} {leader} {' '.join(row.name for row in chosen)}"
        arrange.add_flow(self.hub, name=name, kind=kind, leader=rows[leader], followers=chosen)
        arrange.enable(self.hub, self.flow_row(name))
        return self.flow_row(name)

    def flow_row(self, name: str) -> FlowRow:
        with self.hub.database.read() as tx:
            row = flows.by_name(tx, name)
        assert row is not None
        return row

    def settle(self) -> int:
        """Everything that can be done at this moment is done; the number of jobs."""
        return work_off(self.hub)

    def later(self, **by: float) -> int:
        """Time passes (15 minutes, unless said otherwise), then everything is done."""
        self.time.passes(**(by or {"minutes": 15, "seconds": 1}))
        return self.settle()

    def runs(self, name: str) -> None:
        do_work(self.hub, name)

    def work(self) -> list[str]:
        return find_work(self.hub)

    def owed(self, state: str | None = None) -> list[Any]:
        query = select(delivery).order_by(delivery.c.id)
        with self.hub.database.read() as tx:
            return list(tx.execute(query if state is None else query.where(delivery.c.state == state)))

    def quarantined(self, state: str = quarantine.OPEN) -> list[QuarantineRow]:
        with self.hub.database.read() as tx:
            return quarantine.entries(tx, state=state)


@contextmanager
def new_world(url: str, folder: Path, *, lease: timedelta = timedelta(seconds=60), **shop: Any) -> Iterator[World]:
    time, database = Time(), Database(url)
    seal = Seal(Fernet.generate_key().decode())
    executor, connectors = ThreadPoolExecutor(8), Connectors(seal)
    hub = Hub(
        database=database, seal=seal, connectors=connectors, executor=executor, owner="test", clock=time, lease=lease
    )
    erp, web = folder / "erp.sqlite", folder / "shop.sqlite"
    world = World(hub, time, MemorySystem(erp, time), MemorySystem(web, time))
    world.connect("ERP", erp)
    world.connect("Shop", web, **shop)
    try:
        yield world
    finally:
        executor.shutdown()
        connectors.close()
        database.close()


def mug(number: int = 1, **changes: Any) -> Product:
    return Product(id=f"A{number}", sku=f"MUG-{number}", name=f"Mug {number}", **changes)


def price(number: int = 1, regular: str = "12.50") -> Price:
    return Price(id=f"A{number}", sku=f"MUG-{number}", regular=Decimal(regular))


def stock(number: int = 1, quantity: int = 10) -> Stock:
    return Stock(id=f"A{number}", sku=f"MUG-{number}", quantity=Decimal(quantity))


def shirt(*sizes: str) -> list[Product]:
    """A variable product and its variants."""
    choices = Attribute(name="Size", options=sizes, for_variants=True)
    parent = Product(id="SHIRT", sku="SHIRT", name="Shirt", type=ProductType.VARIABLE, attributes=(choices,))
    variants = [
        Product(
            id=f"SHIRT-{size}",
            sku=f"SHIRT-{size}",
            name=f"Shirt {size}",
            type=ProductType.VARIANT,
            parent="SHIRT",
            choices=(Choice(name="Size", option=size),),
        )
        for size in sizes
    ]
    return [parent, *variants]


def customer(number: int = 1) -> Customer:
    return Customer(id=str(number), name="Ada", reference=f"WC-CUSTOMER-{number}", billing=Address(first_name="Ada"))


def order(number: int, *lines: tuple[str, str], status: str = "processing", note: str | None = None) -> Order:
    """An order of one piece per (shop's product id, SKU), 10.00 net and 19 % tax each."""
    positions = tuple(
        Position(
            id=f"{number}{place}",
            type=PositionType.GOODS,
            name=sku,
            product=Ref(kind=Kind.PRODUCT, id=product),
            sku=sku,
            subtotal=Decimal(10),
            total=Decimal(10),
            taxes=(TaxPart(rate="1", amount=Decimal("1.90")),),
        )
        for place, (product, sku) in enumerate(lines)
    )
    tax = Decimal("1.90") * len(positions)
    rate = TaxRate(id="1", name="VAT", percent=Decimal(19), tax=tax, shipping_tax=Decimal(0))
    return Order(
        id=str(number),
        number=str(1000 + number),
        status=status,
        currency="EUR",
        created_at=START,
        customer=Ref(kind=Kind.CUSTOMER, id="1"),
        billing=Address(first_name="Ada"),
        shipping=Address(first_name="Ada"),
        positions=positions,
        rates=(rate,),
        total=Decimal(10) * len(positions) + tax,
        total_tax=tax,
        note=note,
        reference=f"WC-ORDER-{number}",
    )
