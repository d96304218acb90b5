"""Three shops that share the stock of one back office, each moving its own number as a shop does when it sells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.world import World, customer, mug, order, stock
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.order import Order, Stage
from trueup.domain.product import Stock
from trueup.domain.record import Kind, Ref
from trueup.domain.sellable import Explanation
from trueup.store import flows
from trueup.sync.counting import Number, explained

SHOPS = ("Shop", "Malmö", "Lund")
REDUCES = frozenset({Stage.ON_HOLD, Stage.PLACED, Stage.COMPLETED})
"""In these statuses a shop has taken an order's goods off its own number."""


@dataclass
class Sharing:
    """`sells`, `becomes` and `shows` are about one shop; `has` is what the back office counts."""

    world: World
    shops: dict[str, MemorySystem]

    def has(self, units: int, number: int = 1, **more: Any) -> None:
        """The back office counts anew."""
        self.world.erp.put(stock(number, units).model_copy(update=more))

    def shows(self, shop: str = "Shop", sku: str = "MUG-1") -> int:
        return int(self._stock(shop, sku).quantity)

    def all_show(self, sku: str = "MUG-1") -> list[int]:
        return [self.shows(shop, sku) for shop in self.shops]

    def places(
        self, shop: str, number: int, *skus: str, units: int = 1, stage: Stage = Stage.PLACED, **more: Any
    ) -> Order:
        """An order comes in, and the shop takes its goods off its own number."""
        lines = [(self._product(shop, sku), sku) for sku in skus or ("MUG-1",)]
        made = _of(order(number, *lines), units).model_copy(
            update={"stage": stage, "ready": stage in (Stage.PLACED, Stage.COMPLETED), **more}
        )
        self._save(shop, made)
        return made

    def becomes(self, shop: str, was: Order, **changes: Any) -> Order:
        """The order changes, and the shop moves its own number by as much."""
        now = was.model_copy(update=changes)
        self._save(shop, now, was)
        return now

    def _save(self, shop: str, now: Order, was: Order | None = None) -> None:
        taken = {
            ref: _taken(now, ref) - (_taken(was, ref) if was else 0) for ref in now.refs() if ref.kind == "product"
        }
        for ref, units in taken.items():
            known = self.shops[shop].record(Kind.STOCK, ref.id)
            if isinstance(known, Stock) and units:
                self.shops[shop].put(known.model_copy(update={"quantity": known.quantity - units}))
        self.shops[shop].put(now, companions=[customer()])

    def number(self, shop: str = "Shop", sku: str = "MUG-1") -> Number:
        [found] = explained(self.world.hub, sku, shop)
        return found

    def told(self, shop: str = "Shop", sku: str = "MUG-1") -> Explanation:
        """The sum that the shop was told last."""
        told = self.number(shop, sku).told
        assert told is not None
        return told

    def policy(self, **values: Any) -> None:
        """Change how the stock flow is shared."""
        flow = self.world.flow_row("stock ERP Shop Malmö Lund")
        with self.world.hub.database.write() as tx:
            flows.change(tx, flow.id, settings={**flow.settings, "stock": values})

    def written(self, shop: str) -> int:
        """How often something was written to articles of this shop."""
        return len(self.shops[shop].writes(Kind.PRODUCT))

    def _stock(self, shop: str, sku: str) -> Stock:
        found = self.shops[shop].record(Kind.STOCK, self._product(shop, sku))
        assert isinstance(found, Stock)
        return found

    def _product(self, shop: str, sku: str) -> str:
        [thing] = self.shops[shop].by_reference(Kind.PRODUCT, sku)
        return thing.id


def sharing(world: World, folder: Path, units: int = 10, *, mugs: int = 1, **flows_: bool) -> Sharing:
    """The back office has so many of each mug, and every shop shows that."""
    shops = {"Shop": world.shop}
    for place, name in enumerate(SHOPS[1:]):
        path = folder / f"shop-{place}.sqlite"
        world.connect(name, path)
        shops[name] = MemorySystem(path, world.time)
    world.flow(Kind.PRODUCT, "ERP", *SHOPS)
    world.flow(Kind.STOCK, "ERP", *SHOPS)
    if flows_.get("fulfilments"):
        world.flow(Kind.FULFILMENT, "ERP", *SHOPS)
    for shop in SHOPS:
        world.flow(Kind.ORDER, shop, "ERP")
        if flows_.get("refunds"):
            world.flow(Kind.REFUND, shop, "ERP")
    world.erp.put(*[record for number in range(1, mugs + 1) for record in (mug(number), stock(number, units))])
    world.settle()
    world.later()
    return Sharing(world, shops)


def _of(made: Order, units: int) -> Order:
    """So many of each line; the money stays what it is, for it has to add up."""
    positions = tuple(one.model_copy(update={"quantity": Decimal(units)}) for one in made.positions)
    return made.model_copy(update={"positions": positions})


def _taken(made: Order, ref: Ref) -> Decimal:
    if made.stage not in REDUCES:
        return Decimal(0)
    return sum((one.quantity for one in made.positions if one.product == ref), Decimal(0))
