"""A shop in the box and a real Tryton, connected to a hub as a user would; every flow enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueup.sandbox import RunningShop
from trueup.store import flows
from trueup.sync import arrange
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub

if TYPE_CHECKING:
    from trueup.sandbox.tryton import TrytonServer


def connect_both(hub: Hub, shop: RunningShop, tryton: TrytonServer) -> None:
    keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
    add_connection(
        hub, name="Shop", system="woocommerce", values={"url": shop.url, "ca_file": str(shop.ca_file), **keys}
    )
    login = {"user": tryton.user, "password": tryton.password}
    values = {"url": tryton.url, "database": tryton.database, "key": tryton.rest_key, **login}
    add_connection(hub, name="Tryton", system="tryton", values=values)
    arrange.add_usual_flows(hub)
    with hub.database.read() as tx:
        everything = flows.everyone(tx)
    for flow in everything:
        arrange.enable(hub, flow)
