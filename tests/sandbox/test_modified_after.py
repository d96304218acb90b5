"""All the ways to write a moment in ``modified_after``, with what a real shop in Berlin found by each.

The shop is an hour ahead of UTC. One thing changed at 12:00:30 UTC, 98 others half an hour before; asked is for changes
after 12:00:00 UTC.
"""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.filling import fill

from .conftest import Api

RIGHT, TOO_MANY, MISSED = "correct", "too many", "misses the change"
FORMS = {
    "UTC": "2026-03-10T12:00:00",
    "local": "2026-03-10T13:00:00",
    "UTC with Z": "2026-03-10T12:00:00Z",
    "UTC with +00:00": "2026-03-10T12:00:00+00:00",
    "local with +01:00": "2026-03-10T13:00:00+01:00",
    "UTC with .000Z": "2026-03-10T12:00:00.000Z",
}
SEEN = [
    ("UTC", True, RIGHT),
    ("UTC", False, TOO_MANY),
    ("UTC", None, TOO_MANY),
    ("local", True, MISSED),
    ("local", False, RIGHT),
    ("local", None, RIGHT),
    ("UTC with Z", True, MISSED),
    ("UTC with Z", False, RIGHT),
    ("UTC with Z", None, RIGHT),
    ("UTC with +00:00", True, MISSED),
    ("UTC with +00:00", False, RIGHT),
    ("UTC with +00:00", None, RIGHT),
    ("local with +01:00", True, MISSED),
    ("local with +01:00", False, RIGHT),
    ("local with +01:00", None, RIGHT),
    ("UTC with .000Z", True, MISSED),
    ("UTC with .000Z", False, RIGHT),
    ("UTC with .000Z", None, RIGHT),
]


def shirt(number: int) -> dict[str, Any]:
    sizes = ("S", "M", "L")
    return {
        "name": f"Shirt {number}",
        "type": "variable",
        "attributes": [{"name": "Size", "options": list(sizes), "variation": True}],
        "variations": [{"regular_price": "9", "attributes": [{"name": "Size", "option": size}]} for size in sizes],
    }


@pytest.fixture
def changed(api: Api, clock: ShopClock) -> dict[str, int]:
    """The one product, and the one variation, that changed."""
    clock.advance(-1800)
    products = fill(api.shop, [shirt(number) for number in range(20)])
    variations = api.shop.store.ids("product", "parent_id = ?", (products[0],))
    clock.advance(1830)
    api.put(f"/products/{products[0]}/variations/{variations[0]}", {"regular_price": "8"})
    return {"/products": products[0], "/variations": variations[0]}


@pytest.mark.parametrize("path", ["/products", "/variations"])
@pytest.mark.parametrize(("form", "gmt", "seen"), SEEN, ids=[f"{form}, {gmt}" for form, gmt, _ in SEEN])
def test_what_is_found(api: Api, changed: dict[str, int], path: str, form: str, gmt: bool | None, seen: str) -> None:
    query: dict[str, Any] = {"modified_after": FORMS[form], "per_page": 100}
    if gmt is not None:
        query["dates_are_gmt"] = gmt
    found = api.get(path, **query).ids
    expected = {RIGHT: found == [changed[path]], TOO_MANY: len(found) > 1, MISSED: found == []}
    assert expected[seen], found


@pytest.mark.parametrize("path", ["/products", "/variations"])
@pytest.mark.parametrize("orderby", ["date", "modified", "id", "title", "menu_order", "price", "popularity", "slug"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_paging_a_quiet_shop_repeats_and_misses_nothing(
    api: Api, changed: dict[str, int], path: str, orderby: str, order: str
) -> None:
    total = int(api.get(path).headers["x-wp-total"])
    pages = range(1, total // 10 + 2)
    read = [id_ for page in pages for id_ in api.get(path, page=page, orderby=orderby, order=order, _fields="id").ids]
    assert len(read) == len(set(read)) == total
