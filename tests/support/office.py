"""A shop, and a back office that can be asked whom it has and numbers its customers; Ada buys mugs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.world import World, new_world, order
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order
from trueup.domain.product import Product
from trueup.domain.record import Kind, Ref
from trueup.store.quarantine import QuarantineRow

HOME = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


@contextmanager
def new_office(url: str, folder: Path) -> Iterator[World]:
    """Orders flow from the shop to the office, which is `erp` here."""
    with new_world(url, folder) as world:
        path = folder / "office.sqlite"
        world.connect("Office", path, matches=True, customer_numbers=True)
        world.erp = MemorySystem(path, world.time)
        world.erp.put(Product(id="A1", sku="MUG-1", name="Mug"))
        world.flow(Kind.ORDER, "Shop", "Office")
        yield world


def ada(id: str = "1", **changes: Any) -> Customer:
    fields = {"id": id, "name": "Ada Lovelace", "reference": f"WC-CUSTOMER-{id}", "email": "ada@mill.example"}
    return Customer.model_validate({**fields, "billing": HOME, **changes})


def known(id: str, **changes: Any) -> Customer:
    """Somebody whom the office has already, under a reference of its own."""
    return ada(id, reference=f"K-{id}", **changes)


def buys(world: World, number: int, who: Customer) -> None:
    placed = order(number, ("88", "MUG-1"))
    ref = Ref(kind=Kind.CUSTOMER, id=who.id)
    world.shop.put(placed.model_copy(update={"customer": ref, "billing": who.billing}), companions=[who])
    if not who.guest:
        world.shop.put(who)


def customers_of(world: World) -> list[str]:
    return [thing.id for thing in world.erp.things(Kind.CUSTOMER)]


def buyers(world: World) -> dict[str, str]:
    """Order number -> id of its customer in the office."""
    arrived = [found for found in world.erp.records(Kind.ORDER) if isinstance(found, Order)]
    return {found.number: found.customer.id for found in arrived if found.customer}


def asked(world: World) -> QuarantineRow:
    [entry] = world.quarantined()
    return entry
