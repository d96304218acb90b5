"""`flow run`: the work is done here, or watched; what stands in the way is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.command import Command
from support.world import customer, mug, order, price, stock
from trueup.app import engine
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import lanes


@contextmanager
def server(command: Command) -> Iterator[None]:
    """The engine of `trueup serve`, in a hub of its own."""
    with command.hub() as hub:
        working = engine(hub, idle=0.05)
        working.start()
        try:
            yield
        finally:
            working.stop()


def test_a_catalogue_reaches_the_shop_and_an_order_the_erp(anywhere: Command) -> None:
    anywhere.flow("product", "price", "stock", "order")
    anywhere.erp.put(mug(1), mug(2), price(1), price(2), stock(1), stock(2))
    said = anywhere.done("flow", "run", "--all")
    assert "products: read 2, changed 2, delivered 2, left 0, quarantined 0." in said
    assert "stock: read 2, changed 2, delivered 2, left 0, quarantined 0." in said
    [first, _] = anywhere.shop.things(Kind.PRODUCT)
    anywhere.shop.put(order(5, (first.id, "MUG-1")), companions=[customer(1)])
    said = anywhere.done("flow", "run", "orders")
    assert "orders: read 2, changed 1, delivered 3, left 0, quarantined 0." in said
    assert [thing.reference for thing in anywhere.erp.things(Kind.ORDER)] == ["WC-ORDER-5"]


def test_a_second_run_sends_nothing(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1), mug(2))
    trueup.done("flow", "run", "products")
    trueup.shop.forget_counts()
    assert "products: read 2, changed 0, delivered 0, left 0" in trueup.done("flow", "run", "products")
    assert trueup.shop.writes() == []


def test_an_inactive_flow_is_not_run_and_the_remedy_is_named(trueup: Command) -> None:
    trueup.flow("product")
    trueup.done("flow", "disable", "products")
    assert "trueup flow enable" in trueup.refused("flow", "run", "products")
    assert "trueup flow enable" in trueup.refused("flow", "run", "--all")


def test_what_is_set_aside_is_counted_and_the_next_command_is_named(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1), mug(2))
    trueup.erp.spoil(Kind.PRODUCT, "A1")
    said = trueup.done("flow", "run", "products")
    assert "products: read 2, changed 1, delivered 1, left 0, quarantined 1." in said
    assert "trueup quarantine list" in said


def test_a_leader_that_does_not_answer_ends_the_run_with_its_sentence(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.fault(Fault(trouble=Trouble.DOWN, op="changes", times=3))
    result = trueup.call("flow", "run", "products")
    assert result.exit_code == 1
    assert "products: read 0" in result.stdout
    assert result.stderr.startswith("ERP is paused until ")


def test_a_follower_that_does_not_answer_leaves_the_deliveries_owed(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    trueup.shop.fault(
        Fault(trouble=Trouble.DOWN, op="push", times=50), Fault(trouble=Trouble.DOWN, op="find", times=50)
    )
    result = trueup.call("flow", "run", "products")
    assert result.exit_code == 1
    assert "left 1" in result.stdout
    assert "Shop is paused until " in result.stderr


def test_what_is_tried_again_later_is_told_with_the_time(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    trueup.shop.fault(Fault(trouble=Trouble.BUSY, op="push", label="MUG-1", times=1))
    said = trueup.done("flow", "run", "products")
    assert "left 1" in said
    assert "1 are tried again from " in said


def test_while_a_server_has_the_lanes_the_run_watches_it_to_the_end(anywhere: Command) -> None:
    anywhere.flow("product")
    anywhere.erp.put(*[mug(number) for number in range(40)])
    with server(anywhere):
        said = anywhere.done("flow", "run", "products")
    assert "left 0" in said
    assert len(anywhere.shop.things(Kind.PRODUCT)) == 40
    assert anywhere.shop.doubles(Kind.PRODUCT) == {}


def test_a_lane_that_another_process_holds_is_waited_for(trueup: Command) -> None:
    trueup.flow("product")
    trueup.erp.put(mug(1))
    with trueup.hub() as hub:
        with hub.database.write() as tx:
            lease = lanes.take(tx, "collect:1", owner="another process", now=hub.clock())
        assert lease is not None

        def leave() -> None:
            with hub.database.write() as tx:
                lanes.leave(tx, lease)

        timer = threading.Timer(0.5, leave)
        timer.start()
        said = trueup.done("flow", "run", "products")
        timer.join()
    assert "read 1, changed 1, delivered 1, left 0" in said


@pytest.mark.parametrize("words", [["flow", "run", "products"], ["--debug", "flow", "run", "products"]])
def test_log_lines_are_shown_with_debug_only(trueup: Command, words: list[str]) -> None:
    trueup.flow("product")
    result = trueup.call(*words)
    assert ("event='run.done'" in result.stderr) == ("--debug" in words)
    assert "event=" not in result.stdout
