"""The picture of the data's way: systems as boxes, flows as arrows between them. Geometry only; a template draws it.

Back offices stand on the left, shops on the right. Every arrow has a port of its own at both boxes, in an order that
crosses as few others as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind
from trueup.store.views import ConnectionStatus, FlowStatus, Overview
from trueup.web.verdict import Tone

TO_SHOPS = (Kind.PRODUCT, Kind.PRICE, Kind.STOCK, Kind.FULFILMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """In units of the drawing; `letters` fit into a box's width."""

    width: int
    box: int
    row: int
    gap: int
    letters: int


WIDE = Measures(width=960, box=220, row=64, gap=28, letters=22)
NARROW = Measures(width=340, box=98, row=62, gap=20, letters=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    connection: ConnectionStatus
    label: str
    system: str
    tone: Tone
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From (x1, y1) to (x2, y2); `way` is the drawn line, `head` its point. `owed` counts what this follower gets,
    `known` the records of the flow's kind that its leader has."""

    flow: FlowStatus
    follower: str
    tone: Tone
    owed: int
    known: int
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def way(self) -> str:
        reach = (self.x2 - self.x1) * 0.45
        end = self.x2 - (9 if self.x2 > self.x1 else -9)
        return (
            f"M{self.x1:g} {self.y1:g}C{self.x1 + reach:g} {self.y1:g} {end - reach:g} {self.y2:g} {end:g} {self.y2:g}"
        )

    @property
    def head(self) -> str:
        back = -10 if self.x2 > self.x1 else 10
        return f"M{self.x2:g} {self.y2:g}l{back} -6v12z"

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    width: int
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


Way = tuple[FlowStatus, int]
"""A flow and one of its followers."""


def picture(view: Overview, owed: Mapping[tuple[int, int], int], measures: Measures) -> Picture:
    """`owed` is what each (flow id, follower id) has still to get."""
    sides = _sides(view)
    order = {connection.id: place for side in sides for place, connection in enumerate(side)}
    ways = [(flow, follower) for flow in view.flows for follower in flow.flow.followers]
    ports = {c.id: _ports(c.id, ways, order) for side in sides for c in side}
    heights = [_height([len(ports[c.id]) for c in side], measures) for side in sides]
    height = max(heights)
    boxes = [box for side in (0, 1) for box in _column(sides[side], side, ports, height - heights[side], measures)]
    placed = {box.connection.id: box for box in boxes}
    arrows = [_arrow(way, placed, ports, owed.get((way[0].flow.id, way[1]), 0), measures) for way in ways]
    return Picture(width=measures.width, height=height, boxes=tuple(boxes), arrows=tuple(arrows))


def tone_of(flow: FlowStatus, owed: int) -> Tone:
    if not flow.flow.active:
        return Tone.QUIET
    if flow.pauses or (flow.last_run is not None and flow.last_run.state == "failed"):
        return Tone.TROUBLE
    if flow.quarantined:
        return Tone.PERSON
    return Tone.MOVING if owed or flow.state == "running" or flow.last_success_at is None else Tone.GOOD


def box_tone(connection: ConnectionStatus) -> Tone:
    return {"ready": Tone.GOOD, "unverified": Tone.QUIET}.get(connection.state, Tone.TROUBLE)


def _sides(view: Overview) -> tuple[list[ConnectionStatus], list[ConnectionStatus]]:
    sides: tuple[list[ConnectionStatus], list[ConnectionStatus]] = ([], [])
    for connection in view.connections:
        sides[_is_shop(connection, view.flows)].append(connection)
    return sides


def _is_shop(connection: ConnectionStatus, flows: Iterable[FlowStatus]) -> bool:
    """By its role; a system without one is a shop if it gets articles, prices, stock or parcels, or leads orders."""
    role = SYSTEMS[connection.system].role
    if role in ("shop", "back office"):
        return role == "shop"
    told = any(connection.id in flow.flow.followers and flow.flow.kind in TO_SHOPS for flow in flows)
    return told or any(connection.id == flow.flow.leader_id and flow.flow.kind == Kind.ORDER for flow in flows)


def _ports(connection_id: int, ways: Sequence[Way], order: Mapping[int, int]) -> list[Way]:
    """The ways that begin or end at this box, from top to bottom."""
    mine = [way for way in ways if connection_id in (way[0].flow.leader_id, way[1])]
    return sorted(mine, key=lambda way: order[_other(way, connection_id)])


def _other(way: Way, connection_id: int) -> int:
    return way[1] if way[0].flow.leader_id == connection_id else way[0].flow.leader_id


def _box_height(ports: int, measures: Measures) -> float:
    return max(112, ports * measures.row + 20)


def _height(ports: Sequence[int], measures: Measures) -> float:
    return sum(_box_height(count, measures) + measures.gap for count in ports) - measures.gap + 4 if ports else 0


def _column(
    side: Sequence[ConnectionStatus], place: int, ports: Mapping[int, list[Way]], spare: float, measures: Measures
) -> Iterable[Box]:
    y = spare / 2 + 2
    for connection in side:
        height = _box_height(len(ports[connection.id]), measures)
        yield Box(
            connection=connection,
            label=_shortened(connection.name, measures.letters),
            system=_shortened(SYSTEMS[connection.system].label.partition(" (")[0], measures.letters + 3),
            tone=box_tone(connection),
            x=2 if place == 0 else measures.width - measures.box - 2,
            y=y,
            width=measures.box,
            height=height,
        )
        y += height + measures.gap


def _arrow(way: Way, placed: Mapping[int, Box], ports: Mapping[int, list[Way]], owed: int, measures: Measures) -> Arrow:
    flow, follower = way
    start, end = placed[flow.flow.leader_id], placed[follower]
    return Arrow(
        flow=flow,
        follower=end.connection.name,
        tone=tone_of(flow, owed),
        owed=owed,
        known=start.connection.led.get(flow.flow.kind, 0),
        x1=_edge(start),
        y1=_port(start, ports[start.connection.id].index(way), len(ports[start.connection.id]), measures),
        x2=_edge(end),
        y2=_port(end, ports[end.connection.id].index(way), len(ports[end.connection.id]), measures),
    )


def _edge(box: Box) -> float:
    """The side of the box that faces the other column."""
    return box.x + box.width if box.x <= 2 else box.x


def _port(box: Box, place: int, of: int, measures: Measures) -> float:
    return box.middle + (place - (of - 1) / 2) * measures.row + 2


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
