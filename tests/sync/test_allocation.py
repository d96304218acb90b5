"""Promise 8: what a shop shows is the leader's number less what open orders of all shops hold, and nothing is lost on
the way: no sale, no release, no crash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.sharing import Sharing, sharing
from support.world import START, World, customer, mug, order, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.order import Stage
from trueup.domain.product import Stock
from trueup.domain.record import Kind
from trueup.store import hints
from trueup.sync import decisions
from trueup.sync.flow import collect_lane


@pytest.fixture
def shared(world: World, tmp_path: Path) -> Sharing:
    """Ten mugs in the back office; three shops show ten each."""
    return sharing(world, tmp_path)


@pytest.fixture
def one_shared(one_world: World, tmp_path: Path) -> Sharing:
    """The same on SQLite only, for what the database plays no part in."""
    return sharing(one_world, tmp_path)


def test_promise_8_what_one_shop_sells_the_others_do_not_sell_again(shared: Sharing) -> None:
    assert shared.all_show() == [10, 10, 10]
    shared.places("Malmö", 1, units=3)
    shared.world.later()
    assert shared.all_show() == [7, 7, 7]
    assert shared.told("Lund").sentence == "10 in stock − 3 open web orders (#1001 ×3 in Malmö) − 0 buffer = 7"
    assert shared.told("Malmö").sentence == "10 in stock − 3 open web orders (#1001 ×3) − 0 buffer = 7"


def test_the_shop_that_sold_is_looked_at_and_not_written_to(shared: Sharing) -> None:
    before = shared.written("Malmö")
    shared.places("Malmö", 1)
    shared.world.later()
    assert shared.written("Malmö") == before
    assert shared.number("Malmö").state == "done"


def test_a_promise_counts_until_the_number_was_read_after_the_leader_had_the_order(shared: Sharing) -> None:
    shared.places("Shop", 1)
    shared.world.later()
    assert len(shared.world.erp.things(Kind.ORDER)) == 1, "the leader has it"
    assert shared.all_show() == [9, 9, 9], "its number was read before, or in the same moment"
    shared.has(9)
    before = {shop: shared.written(shop) for shop in shared.shops}
    shared.world.later()
    assert shared.all_show() == [9, 9, 9]
    assert shared.told().sentence == "9 in stock − 0 open web orders − 0 buffer = 9"
    assert {shop: shared.written(shop) for shop in shared.shops} == before, "every shop showed it already"


def test_a_number_that_did_not_change_counts_as_read_too(shared: Sharing) -> None:
    """One was sold, one came in: the leader says ten again, and it contains the order by now."""
    shared.places("Shop", 1)
    shared.world.later()
    assert shared.all_show() == [9, 9, 9]
    shared.world.later()
    assert shared.all_show() == [10, 10, 10]


def test_an_order_that_nobody_can_transfer_stays_promised(shared: Sharing) -> None:
    """It does not add up; a person has to look at it, and its goods wait for that (row 127, 149)."""
    placed = shared.places("Shop", 1)
    shared.becomes("Shop", placed, total=placed.total + 1)
    for _ in range(3):
        shared.world.later()
    assert [entry.label for entry in shared.world.quarantined()] == ["1001"]
    assert shared.all_show() == [9, 9, 9]


def test_an_order_that_the_leader_refuses_stays_promised_until_it_takes_it(shared: Sharing) -> None:
    shared.world.erp.fault(Fault(trouble=Trouble.REFUSED, label="1001", times=None))
    shared.places("Shop", 1)
    for _ in range(3):
        shared.world.later()
    assert shared.all_show() == [9, 9, 9]


@pytest.mark.parametrize("stage", [Stage.UNPAID, Stage.ON_HOLD])
def test_what_is_not_paid_yet_is_promised_and_transferred_to_nobody(one_shared: Sharing, stage: Stage) -> None:
    one_shared.places("Lund", 1, units=2, stage=stage, created_at=one_shared.world.time.now)
    one_shared.world.later()
    assert one_shared.all_show() == [8, 8, 8]
    assert one_shared.world.erp.things(Kind.ORDER) == []


def test_an_unpaid_order_holds_its_goods_for_an_hour(one_shared: Sharing) -> None:
    one_shared.places("Lund", 1, stage=Stage.UNPAID, created_at=one_shared.world.time.now)
    one_shared.world.later(minutes=59)
    assert one_shared.all_show() == [9, 9, 9]
    one_shared.world.later(minutes=16)
    assert one_shared.all_show() == [10, 10, 10]


def test_an_unpaid_order_that_is_paid_after_all_is_promised_again(one_shared: Sharing) -> None:
    placed = one_shared.places("Lund", 1, stage=Stage.UNPAID, created_at=one_shared.world.time.now)
    one_shared.world.later(minutes=90)
    assert one_shared.all_show() == [10, 10, 10]
    one_shared.becomes("Lund", placed, stage=Stage.PLACED, ready=True)
    one_shared.world.later()
    assert one_shared.all_show() == [9, 9, 9]


def test_on_hold_waits_for_the_shop_unless_it_is_said_how_long(one_shared: Sharing) -> None:
    one_shared.places("Lund", 1, stage=Stage.ON_HOLD, created_at=one_shared.world.time.now)
    one_shared.world.later(days=20)
    assert one_shared.all_show() == [9, 9, 9]
    one_shared.policy(on_hold_days=14)
    one_shared.places("Lund", 2, stage=Stage.ON_HOLD, created_at=one_shared.world.time.now)
    one_shared.world.later()
    assert one_shared.all_show() == [9, 9, 9], "the first one was read again, and has been on hold for 20 days"
    one_shared.world.later(days=15)
    assert one_shared.all_show() == [10, 10, 10]


@pytest.mark.parametrize("stage", [Stage.CANCELLED, Stage.FAILED])
def test_a_cancelled_order_gives_its_goods_back_at_once(shared: Sharing, stage: Stage) -> None:
    placed = shared.places("Shop", 1, units=4, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    assert shared.all_show() == [6, 6, 6]
    before = shared.written("Shop")
    shared.becomes("Shop", placed, stage=stage)
    shared.world.later()
    assert shared.all_show() == [10, 10, 10]
    assert shared.written("Shop") == before, "the shop gave them back by itself"


def test_a_shop_that_does_not_give_back_what_it_refunded_is_corrected(shared: Sharing) -> None:
    placed = shared.places("Shop", 1, units=4, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    shared.world.shop.put(placed.model_copy(update={"stage": Stage.REFUNDED}))
    shared.world.later()
    assert shared.all_show() == [10, 10, 10]


def test_an_order_that_grows_after_its_transfer_promises_the_rest(shared: Sharing) -> None:
    placed = shared.places("Shop", 1)
    shared.world.later()
    shared.has(9)
    shared.world.later()
    shared.world.erp.fault(Fault(trouble=Trouble.DOWN, kind=Kind.ORDER, times=None))
    more = tuple(one.model_copy(update={"quantity": one.quantity + 2}) for one in placed.positions)
    shared.becomes("Shop", placed, positions=more)
    shared.world.later()
    assert shared.all_show() == [7, 7, 7]
    assert shared.told("Lund").sentence == "9 in stock − 2 open web orders (#1001 ×2 in Shop) − 0 buffer = 7"


def test_a_line_that_is_taken_off_promises_nothing_more(shared: Sharing) -> None:
    placed = shared.places("Shop", 1, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    shared.world.shop.put(placed.model_copy(update={"positions": ()}))
    shared.world.later()
    assert shared.all_show() == [10, 10, 10]


def test_promise_8_an_order_of_an_article_that_nothing_links_yet_is_held_by_its_sku(
    world: World, tmp_path: Path
) -> None:
    """Orders were there before the articles: they are found when the numbers are counted for the first time."""
    world.shop.put(mug().model_copy(update={"id": "88"}), order(1, ("88", "mug-1 ")), companions=[customer()])
    world.erp.fault(Fault(trouble=Trouble.DOWN, kind=Kind.ORDER, times=None))
    world.flow(Kind.PRODUCT)
    world.flow(Kind.STOCK)
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.erp.put(mug(), stock(1, 5))
    world.settle()
    [shown] = world.shop.records(Kind.STOCK)
    assert isinstance(shown, Stock)
    assert shown.quantity == 4, "the orders are read before stock is written for the first time"


def test_an_order_that_is_gone_from_the_shop_promises_nothing(shared: Sharing) -> None:
    shared.places("Shop", 1, stage=Stage.ON_HOLD, created_at=shared.world.time.now)
    shared.world.later()
    assert shared.all_show() == [9, 9, 9]
    shared.world.shop.remove(Kind.ORDER, "1")
    with shared.world.hub.database.write() as tx:
        hints.note(tx, shared.world.ids["Shop"], "order", "1", shared.world.time.now)
    shared.world.settle()
    assert shared.all_show() == [10, 10, 10]


def test_who_skips_an_order_has_seen_to_its_goods(shared: Sharing) -> None:
    shared.world.erp.fault(Fault(trouble=Trouble.REFUSED, label="1001", times=None))
    shared.places("Shop", 1)
    shared.world.later()
    [entry] = shared.world.quarantined()
    decisions.skip(shared.world.hub, entry, by="Ada", reason="entered by hand")
    shared.has(9)
    shared.world.later()
    assert shared.all_show() == [9, 9, 9]
    assert shared.told().sentence == "9 in stock − 0 open web orders − 0 buffer = 9"


def test_buffer_and_share_belong_to_a_shop(one_shared: Sharing) -> None:
    ids = one_shared.world.ids
    one_shared.policy(
        shops={str(ids["Malmö"]): {"buffer": 2}, str(ids["Lund"]): {"percent": 50, "buffer": 1}}, buffers={}
    )
    one_shared.has(9)
    one_shared.world.later()
    assert one_shared.all_show() == [9, 7, 4]
    assert one_shared.told("Lund").sentence == ("9 in stock − 0 open web orders − 1 buffer − 4 for other shops = 4")
    one_shared.policy(buffers={"mug-1": 9})
    one_shared.has(10)
    one_shared.world.later()
    assert one_shared.all_show() == [1, 1, 1]


def test_nothing_below_zero_is_shown_unless_backorders_are_allowed(one_shared: Sharing) -> None:
    one_shared.has(1)
    one_shared.world.later()
    one_shared.places("Shop", 1, units=3, stage=Stage.ON_HOLD, created_at=one_shared.world.time.now)
    one_shared.world.later()
    assert one_shared.all_show() == [0, 0, 0]
    assert one_shared.told("Lund").sentence == (
        "1 in stock − 3 open web orders (#1001 ×3 in Shop) − 0 buffer + 2 not shown below 0 = 0"
    )
    one_shared.has(1, backorders=True)
    one_shared.world.later()
    assert one_shared.all_show() == [-2, -2, -2]


def test_what_is_on_the_shelves_and_what_is_sold_there_is_told_apart(one_shared: Sharing) -> None:
    one_shared.has(7, on_hand=10)
    one_shared.places("Shop", 41, units=1, stage=Stage.ON_HOLD, created_at=one_shared.world.time.now)
    one_shared.places("Shop", 43, units=2, stage=Stage.ON_HOLD, created_at=one_shared.world.time.now)
    one_shared.world.later()
    assert one_shared.told().sentence == (
        "10 on hand − 3 sold in store or reserved − 3 open web orders (#1041 ×1, #1043 ×2) − 0 buffer = 4"
    )


def test_a_push_of_which_nobody_knows_the_outcome_is_looked_at_before_it_is_believed(one_shared: Sharing) -> None:
    """Nine arrives, the answer does not; the leader says ten again. The shop is not believed to show ten still."""
    one_shared.world.shop.fault(Fault(trouble=Trouble.LOST_ANSWER, kind=Kind.PRODUCT))
    one_shared.has(9)
    one_shared.world.time.passes(minutes=16)
    one_shared.world.runs(collect_lane(one_shared.world.flow_row("stock ERP Shop Malmö Lund").id))
    one_shared.world.runs(f"deliver:{one_shared.world.ids['Shop']}:catalogue")
    assert one_shared.shows() == 9
    one_shared.has(10)
    one_shared.world.later()
    one_shared.world.later()
    assert one_shared.all_show() == [10, 10, 10]


def test_nothing_new_is_sold_nothing_is_written(one_shared: Sharing) -> None:
    for shop in one_shared.shops.values():
        shop.forget_counts()
    for _ in range(4):
        one_shared.world.later()
    assert [shop.calls("push") for shop in one_shared.shops.values()] == [0, 0, 0]


def test_before_stock_is_written_the_orders_of_the_shop_are_read(one_shared: Sharing) -> None:
    """An hour of sales would be overwritten otherwise; after the push they are read once more."""
    one_shared.places("Shop", 1, units=4)
    one_shared.world.time.passes(minutes=16)
    one_shared.has(20)
    one_shared.world.runs(collect_lane(one_shared.world.flow_row("stock ERP Shop Malmö Lund").id))
    one_shared.world.shop.forget_counts()
    one_shared.world.runs(f"deliver:{one_shared.world.ids['Shop']}:catalogue")
    assert one_shared.shows() == 16
    assert one_shared.world.shop.calls("changes", Kind.ORDER) == 1
    one_shared.world.settle()
    assert one_shared.all_show() == [16, 16, 16]
    assert one_shared.world.shop.calls("changes", Kind.ORDER) == 2


def test_promise_8_a_sale_during_a_push_is_found_and_corrected_in_the_same_cycle(one_shared: Sharing) -> None:
    """The push stands still, a shopper buys, the push overwrites his purchase."""
    world = one_shared.world
    world.shop.fault(Fault(trouble=Trouble.HELD, kind=Kind.PRODUCT))
    one_shared.has(20)
    world.time.passes(minutes=15, seconds=1)
    with ThreadPoolExecutor(1) as pool:
        cycle = pool.submit(world.settle)
        while not world.shop.held():
            assert not cycle.done()
        one_shared.places("Shop", 1, units=5, created_at=START)
        world.shop.lift()
        cycle.result(timeout=60)
    assert one_shared.all_show() == [15, 15, 15]
