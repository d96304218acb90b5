"""Stages in the box: a fresh shop, a back office of files or a real Tryton, and a hub of its own between them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from trueup.app import Place, opened, prepare, work_off
from trueup.domain.record import Kind
from trueup.rehearse.hub_side import OFFICE, SHOP, HubSide, Later
from trueup.rehearse.playing import Stage
from trueup.rehearse.scene import Office, Scene
from trueup.rehearse.setups import Setup
from trueup.rehearse.shop import open_shop
from trueup.sandbox import running_shop
from trueup.store import flows
from trueup.sync import arrange
from trueup.sync.announcing import subscribe
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub
from trueup.web.application import build

SECRET = "hook"
TOPIC = {
    "x-wc-webhook-topic": "order.updated",
    "x-wc-webhook-resource": "order",
    "x-wc-webhook-event": "updated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The system's name and the settings of a connection."""

    system: str
    values: Mapping[str, Any]


@contextmanager
def boxed(
    setup: Setup, office: Office, wiring: Wiring, *, home: Path, prefix: str = "", full: bool = False
) -> Iterator[Stage]:
    """A shop in the box as `setup` says, with this back office behind it."""
    with running_shop(setup.shop, https=True) as shop, hub_at(home) as (hub, clock), pages(hub) as address:
        keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
        more = {"ca_file": str(shop.ca_file), "reference_prefix": prefix}
        connect(hub, Wiring(system="woocommerce", values={"url": shop.url, **keys, **more}), wiring)
        enable(hub, without={Kind.PRICE} if setup.own_prices else set())
        side = open_shop(
            shop.url, shop.consumer_key, shop.consumer_secret, label="Shop", ca_file=shop.ca_file, switch=shop.http_url
        )
        yield stage_of(hub, clock, side, office, address, own_prices=setup.own_prices, prefix=prefix, full=full)
        side.close()


def stage_of(hub: Hub, clock: Later, side: Any, office: Office, address: str | None, **more: Any) -> Stage:
    """`address` is where the shop can call the hub, if it can."""
    hub_side = HubSide(hub, clock)
    if address is not None:
        hub_side.calls = partial(call, hub_side, address)
    return Stage(secrets.token_hex(2).upper(), side, hub_side, office, partial(work, hub), **more)


@contextmanager
def hub_at(home: Path) -> Iterator[tuple[Hub, Later]]:
    """A hub of its own, with a database of its own, that nobody else works for."""
    clock = Later()
    where = Place(home=home, database=f"sqlite:///{home / 'rehearsal.sqlite'}")
    prepare(where)
    with opened(where, clock=clock) as hub:
        yield hub, clock


def connect(hub: Hub, shop: Wiring, office: Wiring) -> None:
    add_connection(hub, name=SHOP, system=shop.system, values=shop.values)
    add_connection(hub, name=OFFICE, system=office.system, values=office.values)
    arrange.add_usual_flows(hub)


def enable(hub: Hub, *, without: set[Kind]) -> None:
    with hub.database.read() as tx:
        everything = flows.everyone(tx)
    for flow in everything:
        if flow.kind not in without:
            arrange.enable(hub, flow)


def work(hub: Hub) -> None:
    """As if somebody pressed "start now" on every flow; then everything that can be done is done."""
    with hub.database.read() as tx:
        active = [flow for flow in flows.everyone(tx) if flow.active]
    for flow in active:
        arrange.start_now(hub, flow)
    work_off(hub)


@contextmanager
def pages(hub: Hub) -> Iterator[str]:
    """The hub's own web server, where webhooks arrive; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(build(hub, nudge=_nothing), log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), name="pages", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _nothing() -> None:
    """Nobody has to be told: the rehearsal has the hub work when it is time."""


def call(side: HubSide, address: str, scene: Scene, times: int) -> None:
    """The same webhook arrives so many times at once, signed as the shop signs; then the hub works on what it was told,
    and on nothing else."""
    row = side.connection(SHOP)
    subscribe(side.hub, row, address)
    row = side.connection(SHOP)
    secret = side.hub.seal.open(row.hook_secret)[SECRET]
    body = json.dumps({"id": max(scene.orders.values()), "status": "processing"}).encode()
    signature = b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {**TOPIC, "x-wc-webhook-signature": signature}
    with ThreadPoolExecutor(times) as callers:
        url, kind = f"{address}/hooks/{row.id}", {"content-type": "application/json"}
        calls = [callers.submit(httpx2.post, url, content=body, headers={**headers, **kind}) for _ in range(times)]
        for one in calls:
            one.result().raise_for_status()
    work_off(side.hub)
