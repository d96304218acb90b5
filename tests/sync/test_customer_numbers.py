"""The number by which the back office knows a customer goes back to the account in the shop; guests have none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.office import ada, buys, customers_of, known, new_office
from support.world import World, new_world
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.product import Product
from trueup.domain.record import Kind


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_office(database_url, tmp_path) as world:
        yield world


def numbers(world: World) -> dict[str, tuple[str, str]]:
    found: Any = world.shop.records(Kind.CUSTOMER_NUMBER)
    return {record.id: (record.number, record.system) for record in found}


def test_the_number_of_a_customer_goes_back_to_the_account(office: World) -> None:
    office.erp.put(known("P-7"))
    buys(office, 1, ada())
    office.settle()
    assert numbers(office) == {"1": ("C-7", "Office")}


def test_a_number_goes_back_once(office: World) -> None:
    buys(office, 1, ada())
    office.settle()
    buys(office, 2, ada(phone="0431 123456"))
    office.later()
    assert len(office.shop.writes(Kind.CUSTOMER)) == 1


def test_a_guest_has_no_account_to_write_a_number_to(office: World) -> None:
    buys(office, 1, ada("guest-77", guest=True))
    office.settle()
    assert numbers(office) == {}
    assert not [row for row in office.owed() if row.kind == Kind.CUSTOMER_NUMBER]


def test_a_shop_that_cannot_take_numbers_is_owed_none(database_url: str, tmp_path: Path) -> None:
    takes = [kind for kind in Kind if kind is not Kind.CUSTOMER_NUMBER]
    with new_world(database_url, tmp_path, writes=takes) as world:
        world.connect("Office", tmp_path / "office.sqlite", customer_numbers=True)
        MemorySystem(tmp_path / "office.sqlite", world.time).put(Product(id="A1", sku="MUG-1", name="Mug"))
        world.flow(Kind.ORDER, "Shop", "Office")
        buys(world, 1, ada())
        world.settle()
        assert not [row for row in world.owed() if row.kind == Kind.CUSTOMER_NUMBER]
        assert [row.kind for row in world.owed() if row.kind == Kind.RECEIPT] == ["receipt"]


def test_two_accounts_of_one_person_both_get_the_number(office: World) -> None:
    office.erp.put(known("P-7"))
    buys(office, 1, ada("1"))
    buys(office, 2, ada("2"))
    office.settle()
    assert customers_of(office) == ["P-7"]
    assert numbers(office) == {"1": ("C-7", "Office"), "2": ("C-7", "Office")}
