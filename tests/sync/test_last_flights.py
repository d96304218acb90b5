"""Towards the end what is left is shared out, so that none flies alone for long."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from support.hubs import Desk, with_systems
from support.world import World, mug, price, stock
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.domain.record import Kind


def sizes(world: World, articles: int, *, kinds: Sequence[Kind] = (Kind.PRODUCT,)) -> list[int]:
    """How many parcels each push carried; two may fly at a time."""
    for kind in kinds:
        world.flow(kind)
    numbers = range(articles)
    world.erp.put(*[mug(number) for number in numbers])
    world.erp.put(*[price(number) for number in numbers], *[stock(number) for number in numbers])
    for name in [name for name in world.work() if name.startswith("collect")]:
        world.runs(name)
    desk = Desk(taken)
    with_systems(world, Shop=desk)
    world.settle()
    return [len(parcels) for parcels in desk.pushed]


def taken(parcels: Sequence[Parcel]) -> list[Outcome]:
    return [Done(remote=f"shop {parcel.ref.id}", created=parcel.remote is None) for parcel in parcels]


@pytest.mark.parametrize(("articles", "pushed"), [(80, [40, 20, 20]), (50, [25, 20, 5]), (100, [50, 25, 20, 5])])
def test_each_push_takes_its_share_of_what_is_left(one_world: World, articles: int, pushed: list[int]) -> None:
    assert sizes(one_world, articles) == pushed


@pytest.mark.parametrize("articles", [1, 7, 20])
def test_a_handful_is_not_split(one_world: World, articles: int) -> None:
    assert sizes(one_world, articles) == [articles]


def test_price_and_stock_beside_a_product_count_as_one_thing(one_world: World) -> None:
    assert sizes(one_world, 80, kinds=(Kind.PRODUCT, Kind.PRICE, Kind.STOCK)) == [40, 20, 20]
