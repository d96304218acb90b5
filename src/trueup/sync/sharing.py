"""How several shops share one stock, as somebody set it: buffers, shares, and for how long orders hold their goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trueup.domain.allocation import folded
from trueup.domain.record import Kind
from trueup.domain.sellable import StockPolicy
from trueup.store import connections, deliveries, flows
from trueup.store.connections import ConnectionRow
from trueup.store.flows import FlowRow
from trueup.sync.connecting import Refused
from trueup.sync.flow import settings_of
from trueup.sync.hub import Hub


class Moment(StrEnum):
    """When a back office's number is without an order's goods."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RESERVATION = "reservation"
    SHIPMENT = "shipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopShare:
    """What one shop gets of the stock of one leader."""

    shop: str
    leader: str
    flow: str
    buffer: int
    percent: int


def shares(hub: Hub) -> list[ShopShare]:
    """Every shop that gets stock."""
    with hub.database.read() as tx:
        everyone = [flow for flow in flows.everyone(tx) if flow.kind == Kind.STOCK]
        names = {row.id: row.name for row in connections.everyone(tx)}
    return [_share(flow, shop_id, names) for flow in everyone for shop_id in flow.followers]


def _share(flow: FlowRow, shop_id: int, names: Mapping[int, str]) -> ShopShare:
    share = settings_of(flow.settings).stock.share(shop_id, None)
    return ShopShare(
        shop=names[shop_id], leader=names[flow.leader_id], flow=flow.name, buffer=share.buffer, percent=share.percent
    )


def set_share(hub: Hub, shop: ConnectionRow, *, buffer: int | None, percent: int | None) -> None:
    """Change what one shop gets; what is None stays. Its numbers are counted anew. Refused if it gets no stock."""
    with hub.database.read() as tx:
        mine = [flow for flow in flows.everyone(tx) if flow.kind == Kind.STOCK and shop.id in flow.followers]
    if not mine:
        raise Refused(f"{shop.name} gets no stock. Add a flow for it first: trueup flow add stock")
    policy = settings_of(mine[0].settings).stock
    known = policy.share(shop.id, None).model_dump()
    asked = {name: value for name, value in (("buffer", buffer), ("percent", percent)) if value is not None}
    changed = {id: share.model_dump() for id, share in policy.shops.items()} | {str(shop.id): {**known, **asked}}
    _change(hub, mine[0], {"shops": changed})


def set_policy(
    hub: Hub, leader_id: int | None, values: Mapping[str, Any], *, sku: str | None, buffer: int | None
) -> list[str]:
    """Change the policy of every stock flow of this leader; the names of these flows. Refused if there is none, or if
    there are several leaders and none is named."""
    with hub.database.read() as tx:
        everyone = [flow for flow in flows.everyone(tx) if flow.kind == Kind.STOCK]
    mine = [flow for flow in everyone if leader_id in (None, flow.leader_id)]
    if not mine:
        raise Refused("No stock flows from there. See which flows there are: trueup flow list")
    if len({flow.leader_id for flow in mine}) > 1:
        raise Refused("Several back offices lead stock. Name one of them with --leader.")
    if (sku is None) != (buffer is None):
        raise Refused("A buffer of its own needs the article and the number: --sku MUG-1 --buffer 2.")
    for flow in mine:
        _change(hub, flow, {**values, **_buffers(flow, sku, buffer)})
    return [flow.name for flow in mine]


def _buffers(flow: FlowRow, sku: str | None, buffer: int | None) -> dict[str, Any]:
    if sku is None:
        return {}
    known = settings_of(flow.settings).stock.buffers
    return {"buffers": {**{key: units for key, units in known.items() if folded(key) != folded(sku)}, sku: buffer}}


def _change(hub: Hub, flow: FlowRow, values: Mapping[str, Any]) -> None:
    """The settings change, and with them every number that they are in: these are counted anew."""
    with hub.database.write() as tx:
        latest = flows.by_id(tx, flow.id) or flow
        known = settings_of(latest.settings)
        policy = StockPolicy.model_validate({**known.stock.model_dump(mode="json"), **values})
        changed = known.model_copy(update={"stock": policy})
        flows.change(tx, flow.id, settings=changed.model_dump(mode="json"))
        deliveries.recount_all(tx, flow.id, hub.clock())
