"""Which flows there are between a shop and a back office, and switching them on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from trueup.connectors.kit.ports import Capabilities
from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind
from trueup.runtime.schedule import Schedule
from trueup.store import connections, flows
from trueup.store.connections import ConnectionRow
from trueup.store.flows import FlowRow
from trueup.sync.connecting import Refused
from trueup.sync.flow import FlowSettings
from trueup.sync.hub import Hub

NAMES: Mapping[Kind, str] = {
    Kind.PRODUCT: "products",
    Kind.PRICE: "prices",
    Kind.STOCK: "stock",
    Kind.ORDER: "orders",
    Kind.FULFILMENT: "fulfilments",
    Kind.REFUND: "refunds",
}
TO_SHOP = (Kind.PRODUCT, Kind.PRICE, Kind.STOCK, Kind.FULFILMENT)

ORDERS_ONLY = frozenset({"min_age_minutes", "write_back"})
"""Policies that mean something for orders only."""


def add_usual_flows(hub: Hub) -> list[str]:
    """The flows that a shop and a back office usually have, for every such pair that has none yet: products, prices
    stock and fulfilments to the shop, orders with their customers, and refunds, to the back office. All of them
    inactive. Their names. Where returns begin in the back office, its refund flow is added the other way round."""
    with hub.database.read() as tx:
        rows, known = connections.everyone(tx), flows.everyone(tx)
    shops = [row for row in rows if SYSTEMS[row.system].role == "shop"]
    offices = [row for row in rows if SYSTEMS[row.system].role == "back office"]
    several = len(shops) * len(offices) > 1
    added = []
    for shop in shops:
        for office in offices:
            for kind in NAMES:
                leader, follower = (office, shop) if kind in TO_SHOP else (shop, office)
                if _can(hub, leader, follower, kind) and not _exists(known, leader, follower, kind):
                    name = f"{NAMES[kind]} {shop.name}" if several else NAMES[kind]
                    added.append(add_flow(hub, name=name, kind=kind, leader=leader, followers=[follower]))
    return added


def _can(hub: Hub, leader: ConnectionRow, follower: ConnectionRow, kind: Kind) -> bool:
    reads: Capabilities = hub.connectors.of(leader).capabilities
    writes: Capabilities = hub.connectors.of(follower).capabilities
    return kind in reads.reads and kind in writes.writes


def _exists(known: Sequence[FlowRow], leader: ConnectionRow, follower: ConnectionRow, kind: Kind) -> bool:
    return any(f.kind == kind and f.leader_id == leader.id and follower.id in f.followers for f in known)


def add_flow(hub: Hub, *, name: str, kind: Kind, leader: ConnectionRow, followers: Sequence[ConnectionRow]) -> str:
    """A new, inactive flow; its name. Refused if a follower already gets this kind from another leader, or cannot."""
    for follower in followers:
        if not _can(hub, leader, follower, kind):
            raise Refused(f"{kind.capitalize()} records cannot flow from {leader.name} to {follower.name}.")
    now = hub.clock()
    with hub.database.write() as tx:
        _check_one_leader(tx, kind, leader, followers)
        if flows.by_name(tx, name) is not None:
            raise Refused(f"There is a flow called {name} already. Choose another name.")
        settings = FlowSettings(write_back=kind == Kind.ORDER).model_dump()
        schedule = Schedule().model_dump(mode="json")
        ids = [follower.id for follower in followers]
        flows.add(
            tx, name=name, kind=kind, leader_id=leader.id, followers=ids, schedule=schedule, settings=settings, now=now
        )
    return name


def turn(hub: Hub, flow: FlowRow) -> ConnectionRow:
    """Let the other side lead, as where a return begins: that is decided once, before anything flowed. The new leader.

    Refused while the flow is active, when it has moved anything, and where the two connections cannot do it.
    """
    with hub.database.write() as tx:
        rows = {row.id: row for row in connections.everyone(tx)}
        followers = [rows[id] for id in flow.followers]
        if flow.active:
            raise Refused(f"{flow.name} is active. Pause it first: trueup flow disable {flow.name!r}")
        if len(followers) > 1:
            raise Refused(f"{flow.name} has {len(followers)} followers; only one could lead. Add flows instead.")
        if flows.has_moved_anything(tx, flow.id):
            raise Refused(f"{flow.name} has moved records already. Which side leads is decided before the first one.")
        leader, follower = followers[0], rows[flow.leader_id]
        if not _can(hub, leader, follower, Kind(flow.kind)):
            raise Refused(f"{Kind(flow.kind).capitalize()} records cannot flow from {leader.name} to {follower.name}.")
        flows.turn(tx, flow.id, leader.id, follower.id)
    return leader


def _check_one_leader(tx: Connection, kind: Kind, leader: ConnectionRow, followers: Sequence[ConnectionRow]) -> None:
    """Orders and refunds may come to one back office from several shops; everything else reaches a follower from one
    leader."""
    alike = [flow for flow in flows.everyone(tx) if flow.kind == kind]
    ids = {follower.id for follower in followers}
    if leader.id in ids:
        raise Refused(f"{leader.name} cannot follow itself. Choose another follower.")
    for flow in alike:
        if ids & set(flow.followers) and (kind in TO_SHOP or flow.leader_id == leader.id):
            raise Refused(f"The flow {flow.name} already leads {kind} there. One kind has one leader.")
    if (back := _way_to(leader.id, ids, alike)) is not None:
        raise Refused(f"The flow {back.name} already leads {kind} the other way round. One kind has one leader.")


def _way_to(target: int, starts: set[int], alike: Sequence[FlowRow]) -> FlowRow | None:
    """The flow by which records that reach `starts` come back to `target`, over however many systems."""
    reached: set[int] = set()
    while starts - reached:
        reached |= starts
        onward = [flow for flow in alike if flow.leader_id in reached]
        starts = {follower for flow in onward for follower in flow.followers}
        if target in starts:
            return next(flow for flow in onward if target in flow.followers)
    return None


def enable(hub: Hub, flow: FlowRow, schedule: Mapping[str, Any] | None = None) -> Schedule:
    """Switch a flow on; its first run is due at once if its window is open. Refused if the schedule cannot be read, or
    never comes."""
    given = schedule if schedule is not None else flow.schedule
    try:
        planned = Schedule.model_validate(dict(given))
    except ValidationError as error:
        raise Refused(" ".join(str(e["msg"]).removeprefix("Value error, ") for e in error.errors())) from None
    try:
        due = planned.first_start(hub.clock())
    except ValueError as error:
        raise Refused(str(error)) from None
    with hub.database.write() as tx:
        flows.change(tx, flow.id, active=True, schedule=planned.model_dump(mode="json"), due_at=due)
    return planned


def set_schedule(hub: Hub, flow: FlowRow, planned: Schedule) -> None:
    """Change when a flow runs, not whether: its next start follows the new schedule. Refused if that never comes."""
    try:
        due = planned.next_start(hub.clock())
    except ValueError as error:
        raise Refused(str(error)) from None
    with hub.database.write() as tx:
        flows.change(tx, flow.id, schedule=planned.model_dump(mode="json"), due_at=due if flow.active else flow.due_at)


def set_policies(hub: Hub, flow: FlowRow, given: Mapping[str, Any]) -> FlowSettings:
    """Change these policies of a flow; what is not given stays. Refused with a sentence for what cannot be read."""
    if flow.kind != Kind.ORDER and (alien := ORDERS_ONLY & given.keys()):
        raise Refused(f"{flow.name} moves {flow.kind} records; {', '.join(sorted(alien))} is a policy of orders.")
    try:
        settings = FlowSettings.model_validate({**flow.settings, **given})
    except ValidationError as error:
        raise Refused(" ".join(f"{e['loc'][0]}: {e['msg']}." for e in error.errors())) from None
    with hub.database.write() as tx:
        flows.change(tx, flow.id, settings={**flow.settings, **settings.model_dump(mode="json")})
    return settings


def disable(hub: Hub, flow: FlowRow) -> None:
    """Pause a flow: nothing is read and nothing is sent; what is owed stays owed, the cursor stays where it is."""
    with hub.database.write() as tx:
        flows.change(tx, flow.id, active=False, wanted_at=None)


def start_now(hub: Hub, flow: FlowRow) -> None:
    """Ask for a run at once, also outside its window. Refused while the flow is inactive."""
    if not flow.active:
        raise Refused(f"The flow {flow.name} is inactive. Enable it first: trueup flow enable {flow.name!r}.")
    with hub.database.write() as tx:
        flows.want(tx, flow.id, hub.clock())
