"""Who shares whose stock: one leader of stock, the shops that follow it, and how the leader learns of their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.kit.ports import Capabilities, Contains
from trueup.domain.allocation import Holding
from trueup.domain.order import Order, Stage
from trueup.domain.record import Kind
from trueup.domain.sellable import StockPolicy
from trueup.store import connections, flows
from trueup.store.flows import FlowRow
from trueup.sync.flow import settings_of
from trueup.sync.hub import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The stock of one leader and everybody who shares it.

    `policies` by shop, from the flow that it follows. `tells` are the shops whose orders an active flow brings to the
    leader, `reports` those that the leader's fulfilments come to. `names` are those of all shops. `tells_all`: what a
    full read does not bring is as it was.
    """

    leader_id: int
    contains: Contains
    tells_all: bool
    policies: Mapping[int, StockPolicy]
    tells: frozenset[int]
    reports: frozenset[int]
    names: Mapping[int, str]

    @property
    def shops(self) -> frozenset[int]:
        return frozenset(self.policies)

    def holding(self, shop_id: int) -> Holding:
        policy = self.policies[shop_id]
        on_hold = None if policy.on_hold_days is None else timedelta(days=policy.on_hold_days)
        return Holding(unpaid=timedelta(minutes=policy.unpaid_minutes), on_hold=on_hold)

    def ends_with_the_shop(self, shop_id: int, order: Order) -> bool:
        """Whether a completed order is the last that anybody says of it: neither will the leader acknowledge it, nor
        report that it was shipped. Then whoever completed it has sent the goods."""
        if order.stage is not Stage.COMPLETED:
            return False
        if self.contains is Contains.ACKNOWLEDGEMENT:
            return shop_id not in self.tells or not order.ready
        return shop_id not in self.reports


def keepings(hub: Hub, tx: Connection) -> list[Keeping]:
    """One for each leader of stock. Inactive stock flows count: what is promised meanwhile is kept."""
    everyone = flows.everyone(tx)
    stock = [flow for flow in everyone if flow.kind == Kind.STOCK]
    names = {row.id: row.name for row in connections.everyone(tx)} if stock else {}
    return [_keeping(hub, tx, leader_id, everyone, names) for leader_id in sorted({flow.leader_id for flow in stock})]


def shared_by(found: Sequence[Keeping], shop_id: int) -> Keeping | None:
    """The stock that this shop follows; there is one leader of a kind for each follower."""
    return next((keeping for keeping in found if shop_id in keeping.policies), None)


def led_by(found: Sequence[Keeping], leader_id: int) -> Keeping | None:
    return next((keeping for keeping in found if keeping.leader_id == leader_id), None)


def concerned(found: Sequence[Keeping], flow: FlowRow) -> Keeping | None:
    """The stock that the records of this flow have to do with: its leader's own, or that which its leader shares."""
    if flow.kind in (Kind.STOCK, Kind.FULFILMENT):
        return led_by(found, flow.leader_id)
    return shared_by(found, flow.leader_id) if flow.kind in (Kind.ORDER, Kind.REFUND) else None


def _keeping(
    hub: Hub, tx: Connection, leader_id: int, everyone: Sequence[FlowRow], names: Mapping[int, str]
) -> Keeping:
    mine = [flow for flow in everyone if flow.kind == Kind.STOCK and flow.leader_id == leader_id]
    policies = {shop_id: settings_of(flow.settings).stock for flow in mine for shop_id in flow.followers}
    active = [flow for flow in everyone if flow.active]
    tells = (f.leader_id for f in active if f.kind == Kind.ORDER and leader_id in f.followers)
    reports = (id for f in active if f.kind == Kind.FULFILMENT and f.leader_id == leader_id for id in f.followers)
    said = _said(hub, tx, leader_id)
    return Keeping(
        leader_id=leader_id,
        contains=_contains(policies, said),
        tells_all=said.tells_all,
        policies=policies,
        tells=frozenset(tells),
        reports=frozenset(reports),
        names={id: names[id] for id in policies},
    )


def _said(hub: Hub, tx: Connection, leader_id: int) -> Capabilities:
    row = connections.by_id(tx, leader_id)
    assert row is not None  # its flow refers to it
    try:
        offers: Capabilities = hub.connectors.of(row).capabilities
    except OutsideError:  # its settings cannot be used at the moment; its own lanes say so
        return Capabilities()
    return offers


def _contains(policies: Mapping[int, StockPolicy], said: Capabilities) -> Contains:
    """As somebody decided, else as the leader's connection says, else as soon as the leader has the order."""
    decided = next((policy.contains for policy in policies.values() if policy.contains), None)
    return Contains(decided) if decided else said.stock_contains or Contains.ACKNOWLEDGEMENT
