"""Paging by offset in a shop that never stands still: whatever comes and goes between pages, what was there all the
time is read exactly once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Misconfigured, Rejected, TryLater
from trueup.connectors.woocommerce.client import WooClient, chunks
from trueup.sandbox import RunningShop, ShopSettings, running_shop

from .conftest import settings_of

PER_PAGE = 4


@pytest.fixture(scope="module")
def plain_shop() -> Iterator[RunningShop]:
    with running_shop(ShopSettings()) as running:
        yield running


@pytest.fixture(scope="module")
def small_pages(plain_shop: RunningShop) -> Iterator[WooClient]:
    client = WooClient(settings_of(plain_shop), per_page=PER_PAGE)
    yield client
    client.close()


def fresh(client: WooClient, count: int) -> list[int]:
    """Exactly `count` tags in the shop, by ascending id."""
    before = [row["id"] for page in client.by_id("products/tags") for row in page.rows]
    for start in range(0, len(before), 100):
        client.send("POST", "products/tags/batch", {"delete": before[start : start + 100]})
    if not count:
        return []
    names = [{"name": f"tag {number}"} for number in range(count)]
    data, _ = client.send("POST", "products/tags/batch", {"create": names})
    return [row["id"] for row in data["create"]]


def delete(client: WooClient, ids: list[int]) -> None:
    client.send("POST", "products/tags/batch", {"delete": ids})


moments = st.lists(st.sets(st.integers(0, 19), max_size=8), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 20), deletions=moments)
@example(count=20, deletions=[{0, 1, 2, 3}])
@example(count=20, deletions=[{3}])
@example(count=20, deletions=[set(range(8))])
@example(count=7, deletions=[set(), {0}])
@example(count=8, deletions=[{4, 5, 6, 7}])
@example(count=9, deletions=[{0}, {1}, {2}, {3}, {4}, {5}])
def test_deletions_between_pages_hide_nothing(small_pages: WooClient, count: int, deletions: list[set[int]]) -> None:
    ids = fresh(small_pages, count)
    gone: set[int] = set()
    read: list[int] = []
    steps = iter(deletions)
    for page in small_pages.by_id("products/tags"):
        read += [row["id"] for row in page.rows]
        now = {ids[place] for place in next(steps, ()) if place < count} - gone
        if now:
            delete(small_pages, sorted(now))
            gone |= now
    assert len(read) == len(set(read)), "something was read twice"
    assert set(ids) - gone <= set(read), "something that was there all the time was skipped"
    assert read == sorted(read)


@pytest.mark.parametrize("count", range(0, 14))
def test_every_number_of_things_fits_the_pages(small_pages: WooClient, count: int) -> None:
    ids = fresh(small_pages, count)
    pages = list(small_pages.by_id("products/tags"))
    assert [row["id"] for page in pages for row in page.rows] == ids
    assert pages, "even nothing is a page: it says when it was asked"


def test_what_is_added_meanwhile_comes_at_the_end(small_pages: WooClient) -> None:
    ids = fresh(small_pages, 6)
    pages = small_pages.by_id("products/tags")
    read = [row["id"] for row in next(pages).rows]
    added, _ = small_pages.send("POST", "products/tags", {"name": "late"})
    read += [row["id"] for page in pages for row in page.rows]
    assert read == [*ids, added["id"]]


def test_a_shop_that_ignores_paging_is_told_about_and_does_not_hang(small_pages: WooClient) -> None:
    fresh(small_pages, 6)
    with pytest.raises(Misconfigured, match="the same page again and again"):
        list(StuckClient(small_pages).by_id("products/tags"))


class StuckClient(WooClient):
    """A shop behind a cache that looks at the path only: every page is the first one."""

    def __init__(self, other: WooClient) -> None:
        super().__init__(other._settings, per_page=PER_PAGE)

    def _page(self, params: object, offset: int) -> dict[str, str]:
        return {"orderby": "id", "order": "asc", "per_page": str(PER_PAGE), "offset": "0"}


@pytest.mark.parametrize(
    ("fault", "meaning"), [("ok_with_error", TryLater), ("html", Misconfigured), ("forbidden", Misconfigured)]
)
def test_a_list_that_is_none_is_no_empty_list(
    plain_shop: RunningShop, small_pages: WooClient, fault: str, meaning: type[Exception]
) -> None:
    fresh(small_pages, 3)
    plain_shop.faults.add(fault, method="GET", route="/products/tags")
    try:
        with pytest.raises(meaning):
            list(small_pages.by_id("products/tags"))
    finally:
        plain_shop.faults.clear()


def test_rows_without_an_id_stop_the_read(small_pages: WooClient) -> None:
    fresh(small_pages, 2)
    with pytest.raises(Rejected, match="without an id"):
        list(small_pages.by_id("products/tags", _fields="name"))


@pytest.mark.parametrize(
    ("keys", "most", "characters", "groups"),
    [
        ([], 2, 10, []),
        (["a", "b", "c"], 2, 10, [["a", "b"], ["c"]]),
        (["aaaa", "bbbb", "cc"], 9, 8, [["aaaa", "bbbb"], ["cc"]]),
        (["x" * 50], 9, 8, [["x" * 50]]),
    ],
)
def test_keys_are_asked_for_in_groups_that_fit_an_address(
    keys: list[str], most: int, characters: int, groups: list[list[str]]
) -> None:
    assert list(chunks(keys, most, characters)) == groups


def test_the_shops_settings_are_read_once_a_minute(plain_shop: RunningShop) -> None:
    client = WooClient(settings_of(plain_shop))
    plain_shop.log.clear()
    facts = [client.facts() for _ in range(5)]
    client.close()
    assert len(set(facts)) == 1
    assert plain_shop.log.total == 3
