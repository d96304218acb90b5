"""The picture of the data's way: boxes on their sides, arrows that meet them, nothing on top of anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from trueup.store.flows import FlowRow, RunRow
from trueup.store.views import ConnectionStatus, FlowStatus, Overview, Pause
from trueup.web.picture import NARROW, WIDE, Box, Measures, Picture, picture, tone_of
from trueup.web.verdict import Tone

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SIZES = pytest.mark.parametrize("measures", [WIDE, NARROW], ids=["wide", "narrow"])


def connection(id: int, system: str, name: str = "", **changes: Any) -> ConnectionStatus:
    values: dict[str, Any] = {
        **{"id": id, "name": name or f"{system} {id}", "system": system, "state": "ready", "sentence": None},
        **{"paused_until": None, "failures": 0, "verified_at": NOW, "last_ok_at": NOW, "findings": ()},
        **{"owed": 0, "led": {"stock": 7}},
    }
    return ConnectionStatus(**{**values, **changes})


def flow(id: int, leader: int, *followers: int, kind: str = "stock", active: bool = True, **changes: Any) -> FlowStatus:
    row = FlowRow(
        **{name: None for name in ("cursor_at", "due_at", "wanted_at", "read_at") if name in FlowRow.__annotations__},
        id=id,
        name=f"flow {id}",
        kind=kind,
        leader_id=leader,
        followers=followers,
        active=active,
        schedule={},
        settings={},
        writes_seen=0,
        created_at=NOW,
    )
    numbers = {name: 0 for name, kind in FlowStatus.__annotations__.items() if kind == "int"}
    times = {name: None for name, kind in FlowStatus.__annotations__.items() if "None" in str(kind)}
    known: dict[str, Any] = {"flow": row, "leader": "L", "followers": ("F",), "state": "waiting", "pauses": ()}
    return FlowStatus(**{**numbers, **times, **known, "last_success_at": NOW, **changes})


def overview(connections: list[ConnectionStatus], flows: list[FlowStatus]) -> Overview:
    return Overview(
        connections=tuple(connections), flows=tuple(flows), transfers={}, oldest_owed_at=None, last_run=None
    )


def usual(shops: int = 1, offices: int = 1) -> Overview:
    """Every office leads three kinds to every shop, and gets the orders."""
    left = [connection(number, "tryton") for number in range(1, offices + 1)]
    right = [connection(number, "woocommerce") for number in range(offices + 1, offices + shops + 1)]
    pairs = [(office.id, shop.id) for office in left for shop in right]
    ways = [(kind, *pair) for pair in pairs for kind in ("product", "price", "stock")]
    ways += [("order", shop, office) for office, shop in pairs]
    return overview(
        [*right, *left], [flow(n, leader, follower, kind=kind) for n, (kind, leader, follower) in enumerate(ways)]
    )


def drawn(view: Overview, measures: Measures = WIDE, owed: dict[tuple[int, int], int] | None = None) -> Picture:
    return picture(view, owed or {}, measures)


def on_the_left(box: Box, measures: Measures) -> bool:
    return box.x + box.width < measures.width / 2


@SIZES
@pytest.mark.parametrize(("shops", "offices"), [(1, 1), (3, 1), (1, 2), (3, 2)])
def test_back_offices_stand_left_and_shops_right(measures: Measures, shops: int, offices: int) -> None:
    boxes = drawn(usual(shops, offices), measures).boxes
    assert {box.connection.system for box in boxes if on_the_left(box, measures)} == {"tryton"}
    assert {box.connection.system for box in boxes if not on_the_left(box, measures)} == {"woocommerce"}


@SIZES
@pytest.mark.parametrize(("shops", "offices"), [(1, 1), (3, 1), (1, 2), (3, 2)])
def test_nothing_lies_on_top_of_anything_else_or_outside(measures: Measures, shops: int, offices: int) -> None:
    found = drawn(usual(shops, offices), measures)
    for one, other in combinations(found.boxes, 2):
        same_column = one.x == other.x
        assert not same_column or one.y + one.height < other.y or other.y + other.height < one.y
    for box in found.boxes:
        assert box.x >= 0
        assert box.x + box.width <= found.width
        assert box.y >= 0
        assert box.y + box.height <= found.height


@SIZES
@pytest.mark.parametrize(("shops", "offices"), [(1, 1), (3, 1), (3, 2)])
def test_every_arrow_begins_at_its_leader_and_ends_at_its_follower(
    measures: Measures, shops: int, offices: int
) -> None:
    found = drawn(usual(shops, offices), measures)
    boxes = {box.connection.id: box for box in found.boxes}
    for arrow in found.arrows:
        start, end = boxes[arrow.flow.flow.leader_id], boxes[arrow.flow.flow.followers[0]]
        assert arrow.x1 in (start.x, start.x + start.width)
        assert arrow.x2 in (end.x, end.x + end.width)
        assert start.y < arrow.y1 < start.y + start.height
        assert end.y < arrow.y2 < end.y + end.height


@SIZES
def test_arrows_share_no_port(measures: Measures) -> None:
    found = drawn(usual(3, 2), measures)
    ports = [(arrow.x1, arrow.y1) for arrow in found.arrows] + [(arrow.x2, arrow.y2) for arrow in found.arrows]
    assert len(set(ports)) == len(ports)


def test_between_two_systems_arrows_are_straight_and_in_the_order_of_their_flows() -> None:
    arrows = drawn(usual()).arrows
    assert [arrow.y1 for arrow in arrows] == [arrow.y2 for arrow in arrows]
    assert [arrow.y1 for arrow in arrows] == sorted(arrow.y1 for arrow in arrows)


def test_arrows_of_one_office_to_several_shops_do_not_cross() -> None:
    arrows = drawn(usual(shops=4)).arrows
    heights = [(arrow.y1, arrow.y2) if arrow.x1 < arrow.x2 else (arrow.y2, arrow.y1) for arrow in arrows]
    assert [right for _, right in sorted(heights)] == sorted(right for _, right in heights)


def test_orders_point_to_the_left() -> None:
    *catalogue, orders = drawn(usual()).arrows
    assert all(arrow.x1 < arrow.x2 for arrow in catalogue)
    assert orders.x1 > orders.x2
    assert "l10 -6v12z" in orders.head
    assert "l-10 -6v12z" in catalogue[0].head


def test_a_flow_to_two_shops_is_two_arrows_each_with_what_it_owes() -> None:
    shops = [connection(2, "woocommerce"), connection(3, "woocommerce")]
    view = overview([connection(1, "tryton"), *shops], [flow(9, 1, 2, 3)])
    arrows = drawn(view, owed={(9, 2): 0, (9, 3): 41}).arrows
    assert [(arrow.follower, arrow.owed, arrow.tone) for arrow in arrows] == [
        ("woocommerce 2", 0, Tone.GOOD),
        ("woocommerce 3", 41, Tone.MOVING),
    ]


def test_an_arrow_knows_how_many_records_its_leader_has() -> None:
    assert drawn(usual()).arrows[2].known == 7


def test_systems_without_a_role_stand_by_what_they_get() -> None:
    view = overview([connection(1, "memory"), connection(2, "memory")], [flow(1, 1, 2, kind="stock")])
    first, second = drawn(view).boxes
    assert on_the_left(first, WIDE)
    assert not on_the_left(second, WIDE)


def test_two_back_offices_can_be_joined_too() -> None:
    view = overview([connection(1, "tryton"), connection(2, "files")], [flow(1, 1, 2, kind="order")])
    (arrow,) = drawn(view).arrows
    assert arrow.x1 == arrow.x2
    assert arrow.y1 != arrow.y2


def test_a_connection_without_a_flow_is_drawn_alone() -> None:
    assert len(drawn(overview([connection(1, "tryton")], [])).boxes) == 1


@pytest.mark.parametrize(
    ("name", "wide", "narrow"),
    [
        ("Shop", "Shop", "Shop"),
        ("WooCommerce Jönköping", "WooCommerce Jönköping", "WooCommerce…"),
        ("The one with the very long name", "The one with the very…", "The one wit…"),
    ],
)
def test_long_names_are_shortened_to_their_box(name: str, wide: str, narrow: str) -> None:
    view = overview([connection(1, "tryton", name)], [])
    assert drawn(view, WIDE).boxes[0].label == wide
    assert drawn(view, NARROW).boxes[0].label == narrow


def run(state: str) -> RunRow:
    values = {"id": 1, "flow_id": 1, "cause": "schedule", "state": state, "read": 0, "changed": 0, "quarantined": 0}
    return RunRow(**values, sentence=None, started_at=NOW, ended_at=NOW)  # type: ignore[arg-type] # as the table says


PAUSE = Pause(connection="Shop", until=NOW, sentence="down")


@pytest.mark.parametrize(
    ("changes", "owed", "tone"),
    [
        ({}, 0, Tone.GOOD),
        ({}, 3, Tone.MOVING),
        ({"state": "running"}, 0, Tone.MOVING),
        ({"last_success_at": None}, 0, Tone.MOVING),
        ({"quarantined": 2}, 0, Tone.PERSON),
        ({"quarantined": 2}, 3, Tone.PERSON),
        ({"pauses": (PAUSE,), "quarantined": 2}, 3, Tone.TROUBLE),
        ({"last_run": run("failed")}, 0, Tone.TROUBLE),
        ({"last_run": run("done")}, 0, Tone.GOOD),
        ({"active": False, "pauses": (PAUSE,)}, 3, Tone.QUIET),
    ],
)
def test_the_tone_of_a_flow_is_its_most_pressing_state(changes: dict[str, Any], owed: int, tone: Tone) -> None:
    assert tone_of(flow(1, 1, 2, **changes), owed) is tone


@pytest.mark.parametrize(
    ("state", "tone"),
    [("ready", Tone.GOOD), ("unverified", Tone.QUIET), ("paused", Tone.TROUBLE), ("red", Tone.TROUBLE)],
)
def test_the_tone_of_a_box(state: str, tone: Tone) -> None:
    assert drawn(overview([connection(1, "tryton", state=state)], [])).boxes[0].tone is tone
