"""A day of trading over three shops, as a model: what people, shops and a back office do, and what must hold at rest.

The model knows nothing of the ledger. It reckons from what lies in the four systems: what the back office counts, which
orders it has booked, and what the orders in the shops still want.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from support.sharing import SHOPS, Sharing
from support.world import World
from trueup.connectors.memory.faults import Aborted, Fault, Trouble
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.order import Order, Stage
from trueup.domain.product import Stock
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.domain.refund import OrderRefunds, Refund, RefundLine
from trueup.store import hints, records
from trueup.store.quarantine import QuarantineRow
from trueup.sync import decisions
from trueup.sync.jobs import do_work, find_work

SKUS = ("MUG-1", "MUG-2", "MUG-3")
BEGIN_WITH = 6
OVER = (Stage.CANCELLED, Stage.FAILED, Stage.REFUNDED)


@dataclass
class Placed:
    """One order as its shop has it."""

    shop: str
    order: Order
    sku: str
    refunds: tuple[Refund, ...] = ()

    @property
    def units(self) -> Decimal:
        return self.order.positions[0].quantity

    @property
    def given_back(self) -> Decimal:
        return sum((line.quantity for refund in self.refunds for line in refund.lines), Decimal(0))

    @property
    def key(self) -> str:
        return f"{self.shop}:{self.order.id}"


@dataclass
class Trading:
    """Everything that happens goes through here; `check` says what must hold when nothing is left to do."""

    sharing: Sharing
    orders: dict[str, Placed] = field(default_factory=dict)
    on_hand: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(SKUS, Decimal(BEGIN_WITH)))
    shipped: dict[str, Decimal] = field(default_factory=dict)
    sales: Counter[str] = field(default_factory=Counter)
    disturbed: set[str] = field(default_factory=set)
    oversold: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(SKUS, Decimal(0)))
    numbers: int = 0
    unheard: bool = False
    """Something happened since the last rest that the hub can only find when its flows are due."""

    @property
    def world(self) -> World:
        return self.sharing.world

    def close(self) -> None:
        self.world.hub.executor.shutdown()
        self.world.hub.connectors.close()
        self.world.hub.database.close()

    # What shoppers and shop staff do

    def sells(self, shop: str, sku: str, units: int, stage: Stage, *, heard: bool) -> None:
        """A shopper orders, if the shop shows that many. `heard`: the webhook was not lost."""
        if self.sharing.shows(shop, sku) < units:
            return
        self.numbers += 1
        reference = f"{shop}:WC-ORDER-{self.numbers}"
        now = self.world.time.now
        made = self.sharing.places(
            shop, self.numbers, sku, units=units, stage=stage, created_at=now, reference=reference
        )
        self.orders[f"{shop}:{made.id}"] = Placed(shop, made, sku)
        if stage is not Stage.UNPAID:
            self._sold(sku)
        self._heard(shop, made, heard)

    def changes(self, key: str, *, heard: bool, stage: Stage | None = None, units: int | None = None) -> None:
        """The order is paid, held, cancelled, completed or edited in the shop, which moves its own number."""
        placed = self.orders[key]
        was = placed.order
        stage = stage or was.stage
        quantity = placed.units if units is None else Decimal(units)
        more = _taken(stage, quantity) - _taken(was.stage, placed.units)
        if more > 0 and self.sharing.shows(placed.shop, placed.sku) < more:
            return
        line = was.positions[0].model_copy(update={"quantity": quantity})
        ready = stage in (Stage.PLACED, Stage.COMPLETED)
        changed = {"stage": stage, "ready": ready, "positions": (line,)}
        placed.order = self.sharing.becomes(placed.shop, was, **changed)
        if more > 0:
            self._sold(placed.sku)
        if stage is Stage.REFUNDED:  # WooCommerce then refunds the rest by itself
            self._refunded(placed, int(placed.units - placed.given_back))
        self._heard(placed.shop, placed.order, heard)

    def refunds(self, key: str, units: int, *, restock: bool, heard: bool) -> None:
        """Shop staff give units back; the shop may put them on sale again at once."""
        placed = self.orders[key]
        units = int(min(Decimal(units), placed.units - placed.given_back))
        if units <= 0:
            return
        self._refunded(placed, units)
        if restock and placed.order.stage not in (*OVER, Stage.UNPAID):
            self._shop_gets(placed.shop, placed.sku, units)
        self._heard(placed.shop, placed.order, heard)

    def _refunded(self, placed: Placed, units: int) -> None:
        if units <= 0:
            return
        number = len(placed.refunds) + 1
        line = RefundLine(
            line=placed.order.positions[0].id,
            product=placed.order.positions[0].product,
            sku=placed.sku,
            quantity=Decimal(units),
            total=Decimal(0),
        )
        reference = f"{placed.shop}:WC-REFUND-{placed.order.id}-{number}"
        placed.refunds += (
            Refund(id=f"{placed.key}-{number}", reference=reference, amount=Decimal("0.10"), lines=(line,)),
        )
        shop = self.sharing.shops[placed.shop]
        shop.put(
            OrderRefunds(
                id=placed.order.id,
                order_number=placed.order.number,
                currency="EUR",
                order_total=placed.order.total,
                refunds=placed.refunds,
            )
        )

    # What the back office does

    def counts_anew(self, sku: str, units: int) -> None:
        self.on_hand[sku] = max(Decimal(0), self.on_hand[sku] + units)
        if units < 0:
            self.disturbed.add(sku)
            self.unheard = True
        self.books()

    def ships(self, document: str) -> None:
        """All of an order leaves; from now on the document takes no change."""
        known = {order.id: order for order in self._booked_orders()}
        order = known.get(document)
        if order is None or document in self.shipped:
            return
        units, sku = self._booked(order), str(order.positions[0].sku)
        self.shipped[document] = units
        self.on_hand[sku] -= units
        self.world.erp.lock(document)
        line = ShippedLine(product=order.positions[0].product, sku=sku, quantity=max(units, Decimal(1)))
        package = Package(id=f"P-{document}", lines=(line,), tracking_number=f"T-{document}")
        stage = FulfilmentStage.SHIPPED
        self.world.erp.put(Fulfilment(id=document, document_number=document, stage=stage, packages=(package,)))
        self.books()

    def begins_work(self, document: str) -> None:
        self.world.erp.lock(document)

    def books(self) -> None:
        """Its number is always without the goods of the orders that it has."""
        booked: Counter[str] = Counter()
        for order in self._booked_orders():
            if order.id not in self.shipped:
                booked[str(order.positions[0].sku)] += int(self._booked(order))
        for place, sku in enumerate(SKUS, 1):
            known = self.world.erp.record(Kind.STOCK, f"A{place}")
            assert isinstance(known, Stock)
            free = self.on_hand[sku] - booked[sku]
            if known.quantity != free:
                self.world.erp.put(known.model_copy(update={"quantity": free}))

    # What the hub does, and what befalls it

    def works(self, jobs: int, pick: int) -> int:
        """Some of the jobs that could be done now, one after another, in any order; how many."""
        for done in range(jobs):
            names = find_work(self.world.hub)
            if not names:
                return done
            self._does(names[pick % len(names)])
        return jobs

    def _does(self, name: str) -> None:
        with suppress(Aborted):
            do_work(self.world.hub, name)
        self.books()

    def catches_up(self) -> bool:
        """Everything that can be done at this moment is done. Whether the hub can know of everything that happened."""
        self._works_everything_off()
        return not self.unheard and self.world.quarantined() == []

    def nothing_is_offered_twice(self) -> None:
        """Between reading, telling and booking, a unit may be counted twice for a moment, but never by nobody."""
        for place, sku in enumerate(SKUS, 1):
            free = self._free(f"A{place}", sku)
            for shop in SHOPS:
                shows, told = self.sharing.shows(shop, sku), self.sharing.told(shop, sku)
                assert shows <= max(0, free), f"{shop} offers {shows} of {sku}; {free} are free: {told.sentence}"

    def misfortune(self, system: str, trouble: Trouble) -> None:
        self.unheard = True
        where = self.world.erp if system == "ERP" else self.sharing.shops[system]
        where.fault(Fault(trouble=trouble, op="changes" if trouble is Trouble.SLOW else "push"))

    # At rest

    def comes_to_rest(self) -> None:
        """Everything works again, time passes, people see to what was set aside, until nothing is left to do."""
        for system in (self.world.erp, *self.sharing.shops.values()):
            system.lift()
        for _ in range(3):
            self.world.time.passes(minutes=31, seconds=1)
            self._works_everything_off()
        self.unheard = False

    def _works_everything_off(self) -> None:
        for _ in range(200):
            if not self.works(1, 0):
                return
        raise AssertionError("it never comes to rest: " + ", ".join(find_work(self.world.hub)))

    def check(self) -> None:
        """What must hold when nothing is left to do."""
        self._each_document_exists_once()
        for place, sku in enumerate(SKUS, 1):
            free = self._free(f"A{place}", sku)
            for shop in SHOPS:
                self._shop_shows_what_it_may_sell(shop, sku, free)
            self._nothing_was_sold_that_was_not_there(sku, free)
        self.sales.clear()
        self.disturbed.clear()

    def _free(self, article: str, sku: str) -> Decimal:
        """What the back office counts, less what the orders want and its number is not without."""
        known = self.world.erp.record(Kind.STOCK, article)
        assert isinstance(known, Stock)
        orders = [one for one in self.orders.values() if one.sku == sku]
        return known.quantity - sum((self._unknown_to_the_back_office(one) for one in orders), Decimal(0))

    def _shop_shows_what_it_may_sell(self, shop: str, sku: str, free: Decimal) -> None:
        told = self.sharing.told(shop, sku)
        shows = self.sharing.shows(shop, sku)
        assert sum((part.quantity for part in told.parts), Decimal(0)) == told.number, told.sentence
        assert told.number == shows, f"{shop} was told {told.sentence}, and shows {shows} of {sku}"
        assert shows == max(0, free), f"{shop} shows {shows} of {sku}; {free} are free. It was told {told.sentence}"

    def _each_document_exists_once(self) -> None:
        assert self.world.erp.doubles(Kind.ORDER) == {}
        known = {thing.reference for thing in self.world.erp.things(Kind.ORDER)}
        owed = {one.order.reference for one in self.orders.values() if one.order.ready and not one.order.is_cancelled}
        assert owed <= known, f"never arrived: {sorted(owed - known)}"
        strangers = known - {one.order.reference for one in self.orders.values()}
        assert not strangers, f"nobody ordered {sorted(str(one) for one in strangers)}"

    def _nothing_was_sold_that_was_not_there(self, sku: str, free: Decimal) -> None:
        """The window: two sales of one article, or the back office counting less, before every shop was told."""
        now = max(Decimal(0), -free)
        if self.sales[sku] <= 1 and sku not in self.disturbed:
            assert now <= self.oversold[sku], (
                f"{now} of {sku} are sold and not there, with one sale since the last rest"
            )
        self.oversold[sku] = now

    def _unknown_to_the_back_office(self, placed: Placed) -> Decimal:
        """Units that the order wants, and that the back office's number is not without."""
        [booked] = [self._booked(one) for one in self._booked_orders() if one.reference == placed.order.reference] or [
            Decimal(0)
        ]
        return max(Decimal(0), self._wanted(placed) - booked)

    def _wanted(self, placed: Placed) -> Decimal:
        order = placed.order
        unpaid_too_long = (
            order.stage is Stage.UNPAID and order.created_at + timedelta(minutes=60) <= self.world.time.now
        )
        if order.stage in OVER or unpaid_too_long:
            return Decimal(0)
        return max(Decimal(0), placed.units - placed.given_back)

    def _booked_orders(self) -> list[Order]:
        return [found for found in self.world.erp.records(Kind.ORDER) if isinstance(found, Order)]

    def _booked(self, order: Order) -> Decimal:
        """Units that the back office set aside, or sent, for this order of its own."""
        if order.id in self.shipped:
            return self.shipped[order.id]
        if order.is_cancelled:
            return Decimal(0)
        refunds = self.world.erp.record(Kind.REFUND, order.id)
        back = refunds.refunds if isinstance(refunds, OrderRefunds) else ()
        given_back = sum((line.quantity for refund in back for line in refund.lines), Decimal(0))
        return max(Decimal(0), order.positions[0].quantity - given_back)

    def _sold(self, sku: str) -> None:
        self.sales[sku] += 1

    def _shop_gets(self, shop: str, sku: str, units: int) -> None:
        [thing] = self.sharing.shops[shop].by_reference(Kind.PRODUCT, sku)
        known = self.sharing.shops[shop].record(Kind.STOCK, thing.id)
        assert isinstance(known, Stock)
        self.sharing.shops[shop].put(known.model_copy(update={"quantity": known.quantity + units}))

    def _heard(self, shop: str, order: Order, heard: bool) -> None:
        self.unheard = self.unheard or not heard
        if heard:
            with self.world.hub.database.write() as tx:
                for kind in (Kind.ORDER, Kind.REFUND):
                    hints.note(tx, self.world.ids[shop], kind.value, order.id, self.world.time.now)

    def sees_to_tasks(self) -> None:
        """People make by hand, in the back office, the change that came too late; then they say so with a reason."""
        for entry in self.world.quarantined():
            if entry.error in ("locked", "conflict"):
                self._made_by_hand(entry)
                decisions.skip(self.world.hub, entry, by="Ada", reason="made by hand")
        self.books()

    def _made_by_hand(self, entry: QuarantineRow) -> None:
        with self.world.hub.database.read() as tx:
            [row] = records.of(tx, [(entry.leader_id, entry.kind, entry.ref)]).values()
        wanted = record_from(row.kind, row.payload)
        assert isinstance(wanted, Order)
        [there] = [one for one in self._booked_orders() if one.reference == wanted.reference]
        line = there.positions[0].model_copy(update={"quantity": wanted.positions[0].quantity})
        self.world.erp.put(there.model_copy(update={"stage": wanted.stage, "positions": (line,)}))
        self.disturbed.add(str(line.sku))
        self.unheard = True
        if there.id in self.shipped:
            sent = Decimal(0) if wanted.is_cancelled else line.quantity
            self.on_hand[str(line.sku)] -= sent - self.shipped[there.id]
            self.shipped[there.id] = sent


def _taken(stage: Stage, units: Decimal) -> Decimal:
    """Units that a shop takes off its own number for an order in this status."""
    return units if stage in (Stage.ON_HOLD, Stage.PLACED, Stage.COMPLETED) else Decimal(0)
