"""Longer stories: pushes at random into a shop that fails at random, and several pushes at a time. In the end every
SKU is in the shop once, with what was pushed last."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from trueup.connectors.kit.errors import Gone, OutsideError, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop, ShopSettings, running_shop

from .conftest import settings_of
from .parcels import done, parcel, price, product, shirt, stock, variant

SKUS = [f"S-{number}" for number in range(6)]
FAULTS = ["error", "done_then_error", "drop", "done_then_drop", "cut_short", "too_many", "ok_with_error"]


class Hub:
    """What the engine knows of each article: its id in the shop, what it was last to be, and what is still owed."""

    def __init__(self, woo: WooCommerce) -> None:
        self.woo = woo
        self.links: dict[str, str] = {}
        self.owed: dict[str, tuple[int, str]] = {}
        self.settled: dict[str, tuple[int, str]] = {}

    def push(self, skus: list[str]) -> None:
        """Asks for those that are not linked, then writes; what fails stays owed."""
        missing = [sku for sku in skus if sku not in self.links]
        try:
            for sku, ids in self.woo.find(Kind.PRODUCT, missing).items():
                (self.links[sku],) = ids
            outcomes = self.woo.push([self._parcel(sku) for sku in skus])
        except OutsideError:
            return
        for sku, outcome in zip(skus, outcomes, strict=True):
            self._take(sku, outcome)

    def _take(self, sku: str, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            self.links[sku] = outcome.remote
            self.settled[sku] = self.owed.pop(sku)
        elif isinstance(outcome, Gone):
            del self.links[sku]
        else:
            assert isinstance(outcome, TryLater), outcome

    def _parcel(self, sku: str) -> Parcel:
        pieces, amount = self.owed[sku]
        return parcel(product(sku), price(sku, amount), stock(sku, str(pieces)), remote=self.links.get(sku))


class ShopStory(RuleBasedStateMachine):
    """Random changes, pushes, faults and deletions."""

    shop: RunningShop
    api: WooClient
    woo: WooCommerce

    def __init__(self) -> None:
        super().__init__()
        self.shop.faults.clear()
        rows = self.api.rows("products", status="any", per_page="100", _fields="id")
        if rows:
            self.api.send("POST", "products/batch", {"delete": [row["id"] for row in rows]})
        self.hub = Hub(self.woo)

    @rule(sku=st.sampled_from(SKUS), pieces=st.integers(-5, 500), cents=st.integers(1, 99_999))
    def change(self, sku: str, pieces: int, cents: int) -> None:
        self.hub.owed[sku] = (pieces, f"{Decimal(cents) / 100:f}")

    @precondition(lambda self: self.hub.owed)
    @rule(data=st.data())
    def push_some(self, data: st.DataObject) -> None:
        self.hub.push(data.draw(st.lists(st.sampled_from(sorted(self.hub.owed)), min_size=1, unique=True)))

    @rule(kind=st.sampled_from(FAULTS), skip=st.integers(0, 1))
    def fail_next(self, kind: str, skip: int) -> None:
        self.shop.faults.add(kind, route="/products/batch", skip=skip, times=1)

    @precondition(lambda self: self.hub.links)
    @rule(data=st.data())
    def delete_for_good(self, data: st.DataObject) -> None:
        sku = data.draw(st.sampled_from(sorted(self.hub.links)))
        self.api.send("DELETE", f"products/{self.hub.links[sku]}?force=true", None)
        self.hub.links.pop(sku)
        if sku in self.hub.settled:
            self.hub.owed.setdefault(sku, self.hub.settled.pop(sku))

    @invariant()
    def no_sku_is_there_twice(self) -> None:
        rows = self.api.rows("products", status="any", per_page="100", _fields="sku")
        assert max(Counter(row["sku"] for row in rows).values(), default=0) <= 1

    def teardown(self) -> None:
        """The shop is well again: one push, and both sides agree."""
        self.shop.faults.clear()
        if self.hub.owed:
            self.hub.push(sorted(self.hub.owed))
        assert self.hub.owed == {}
        rows = {row["sku"]: row for row in self.api.rows("products", status="any", per_page="100")}
        for sku, (pieces, amount) in self.hub.settled.items():
            assert (rows[sku]["stock_quantity"], Decimal(rows[sku]["regular_price"])) == (pieces, Decimal(amount))
            assert str(rows[sku]["id"]) == self.hub.links[sku]
            assert rows[sku]["status"] == "draft"


@pytest.fixture(scope="module")
def story() -> Iterator[type[ShopStory]]:
    with running_shop(ShopSettings()) as shop:
        ShopStory.shop = shop
        ShopStory.api = WooClient(settings_of(shop))
        ShopStory.woo = open_connector(settings_of(shop))
        yield ShopStory
        ShopStory.api.close()
        ShopStory.woo.close()


def test_whatever_fails_in_whatever_order_the_shop_ends_as_it_was_told(story: type[ShopStory]) -> None:
    checks = list(HealthCheck)
    run_state_machine_as_test(
        story, settings=settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=checks)
    )


def test_four_pushes_of_the_same_articles_at_a_time_make_each_once(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    parcels = [parcel(product(f"P-{n}"), stock(f"P-{n}", str(n))) for n in range(40)]
    results: list[list[Outcome]] = []
    started = threading.Barrier(4)

    def push() -> None:
        started.wait(10)
        results.append(list(woo.push(parcels)))

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 4
    remotes = [[done(outcome).remote for outcome in outcomes] for outcomes in results]
    assert remotes[0] == remotes[1] == remotes[2] == remotes[3]
    assert sum(done(outcome).created for outcomes in results for outcome in outcomes) == 40
    assert len([row for page in api.by_id("products", status="any") for row in page.rows]) == 40


def test_a_first_load_of_parents_variants_and_articles_takes_few_calls_and_a_second_changes_nothing(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    parents = [shirt().model_copy(update={"id": f"erp-T{n}", "sku": f"T{n}"}) for n in range(5)]
    links = {
        made.id: done(outcome).remote
        for made, outcome in zip(parents, woo.push([parcel(p) for p in parents]), strict=True)
    }
    children = [
        variant(size, parent=f"erp-T{n}").model_copy(update={"id": f"erp-T{n}-{size}", "sku": f"T{n}-{size}"})
        for n in range(5)
        for size in "SML"
    ]
    singles = [product(f"A{n}") for n in range(85)]
    facets = [(p, price(p.sku or ""), stock(p.sku or "")) for p in [*children, *singles]]
    shop.log.clear()
    outcomes = woo.push([parcel(*entry, links=links) for entry in facets])
    assert all(done(outcome).created for outcome in outcomes)
    assert shop.log.writes == 6, "one for the articles, one for each parent's variants"
    assert shop.log.counts["GET /products"] == 1, "the parents' attributes are read together"
    rows = {row["id"]: row for page in api.by_id("products", status="any") for row in page.rows}
    again = woo.push(
        [parcel(*entry, links=links, remote=done(o).remote) for entry, o in zip(facets, outcomes, strict=True)]
    )
    assert [done(outcome).remote for outcome in again] == [done(outcome).remote for outcome in outcomes]
    after = {row["id"]: row for page in api.by_id("products", status="any") for row in page.rows}
    moving = {"date_modified", "date_modified_gmt"}
    assert {id: {k: v for k, v in row.items() if k not in moving} for id, row in after.items()} == {
        id: {k: v for k, v in row.items() if k not in moving} for id, row in rows.items()
    }
