"""Rehearsing in a shop of one's own: never in a live one unawares, never beside flows that are at work, and cleaned up
afterwards as far as the systems allow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trueup.clock import utc_now
from trueup.domain.record import Kind
from trueup.rehearse.case import Case
from trueup.rehearse.fitting import why_not
from trueup.rehearse.offices import files_offices, office_with
from trueup.rehearse.outcome import CaseResult, Report, Verdict
from trueup.rehearse.playing import Stage, play
from trueup.rehearse.run import Say, Script, Tell, told
from trueup.rehearse.scene import Office
from trueup.rehearse.setups import SETUPS
from trueup.rehearse.shop import MARK, ShopSide, open_shop
from trueup.rehearse.stage import Wiring, connect, enable, hub_at, stage_of
from trueup.rehearse.sweeping import sweep
from trueup.store import connections, flows
from trueup.store.connections import ConnectionRow
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub, settings_of

RECENT = timedelta(days=30)
SETUP = "german"
"""The setup whose cases most shops can play."""


class LooksLive(Refused):
    """A shop in which people buy. `host` is what somebody has to type to say that it is none."""

    def __init__(self, sentence: str, host: str) -> None:
        super().__init__(sentence)
        self.host = host


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Connections of this installation, by name; without an office a folder of files is used. `not_live`: somebody has
    said that this is no live shop."""

    shop: str
    office: str | None = None
    not_live: bool = False


def in_ones_own(hub: Hub, own: Own, script: Script, *, say: Say, tell: Tell = lambda result: None) -> Report:
    """Rehearse with connections of this installation, by a hub apart. Raises Refused, LooksLive and NoSuchCase."""
    began, started = utc_now(), time.monotonic()
    cases, shop_row = script.chosen(), _row(hub, own.shop, "woocommerce")
    office_row = _row(hub, own.office, "tryton") if own.office else None
    _refuse_in_use(hub, [shop_row, *([office_row] if office_row else [])])
    with tempfile.TemporaryDirectory(prefix="trueup-rehearsal-") as folder, _opened(hub, shop_row) as shop:
        if not own.not_live:
            _refuse_live(shop, shop_row)
        say(f"Rehearsing in {shop_row.settings['url']} ...")
        with _staged(hub, shop, shop_row, office_row, Path(folder)) as stage:
            stage.full = script.full
            try:
                results = list(told(_acts(stage, shop, cases, full=script.full), tell))
            finally:
                left = sweep(stage, began)
    named = office_row.name if office_row else "files in a folder"
    seconds = time.monotonic() - started
    return Report(shop=shop_row.name, office=named, began_at=began, seconds=seconds, cases=results, left=left)


def _row(hub: Hub, name: str, system: str) -> ConnectionRow:
    with hub.database.read() as tx:
        row = connections.by_name(tx, name)
    if row is None:
        raise Refused(f"There is no connection called {name}. See them with: trueup connection list")
    if row.system != system:
        raise Refused(f"{name} is a connection to {row.system}; here one to {system} is needed.")
    return row


def _refuse_in_use(hub: Hub, rows: Sequence[ConnectionRow]) -> None:
    """An active flow would carry what is rehearsed on to the systems of the daily business."""
    ids = {row.id for row in rows}
    with hub.database.read() as tx:
        active = [flow for flow in flows.everyone(tx) if flow.active and ids & {flow.leader_id, *flow.followers}]
    if active:
        names = ", ".join(flow.name for flow in active)
        raise Refused(
            f"These flows are active and would carry the rehearsal's orders on: {names}. Pause them first: "
            "trueup flow disable --all. Or add the staging shop as a connection of its own."
        )


def _refuse_live(shop: ShopSide, row: ConnectionRow) -> None:
    after = (utc_now() - RECENT).strftime("%Y-%m-%dT%H:%M:%S")
    query = {"after": after, "dates_are_gmt": "true", "per_page": 100, "_fields": "id,meta_data"}
    found = shop.call("GET", "/orders", **query)
    others = [doc for doc in found if not any(meta["key"] == MARK for meta in doc["meta_data"])]
    if others:
        many = "1 order was" if len(others) == 1 else f"{len(others)} orders or more were"
        raise LooksLive(
            f"{row.name} looks like a live shop: {many} placed in the last 30 days. Rehearse in a staging "
            "shop. If it is one, say so with --this-is-not-a-live-shop.",
            urlsplit(row.settings["url"]).netloc,
        )


@contextmanager
def _opened(hub: Hub, row: ConnectionRow) -> Iterator[ShopSide]:
    settings: Any = settings_of(row, hub.seal)
    if not settings.is_https:
        raise Refused(f"{row.name} is reached by http. Rehearse in a shop with https, as the keys travel to it.")
    secret = settings.consumer_secret.get_secret_value()
    ca_file = Path(settings.ca_file) if settings.ca_file else None
    side = open_shop(settings.url, settings.consumer_key, secret, label=row.name, ca_file=ca_file)
    yield side
    side.close()


@contextmanager
def _staged(
    hub: Hub, shop: ShopSide, shop_row: ConnectionRow, office_row: ConnectionRow | None, home: Path
) -> Iterator[Stage]:
    """A hub apart, with connections of the same settings: it begins now, and takes over nothing that was there."""
    values = {**shop_row.settings, **hub.seal.open(shop_row.sealed)}
    now = utc_now().replace(microsecond=0).isoformat()
    with hub_at(home / "hub") as (apart, clock), _office(hub, office_row, home) as (office, wiring):
        fresh = {"order_start": now, "reference_prefix": "REHEARSAL", "test_orders": "take"}
        connect(apart, Wiring(system="woocommerce", values={**values, **fresh}), wiring)
        enable(apart, without=set())
        _begin_now(apart, only_changes=office_row is not None)
        yield stage_of(apart, clock, shop, office, None, prefix="REHEARSAL")


def _begin_now(hub: Hub, *, only_changes: bool) -> None:
    """What a back office had before is not copied into the shop."""
    with hub.database.write() as tx:
        for flow in flows.everyone(tx):
            if only_changes and flow.kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
                flows.move_cursor(tx, flow.id, hub.clock() + timedelta(minutes=5))


@contextmanager
def _office(hub: Hub, row: ConnectionRow | None, home: Path) -> Iterator[tuple[Office, Wiring]]:
    if row is None:
        with files_offices(home) as opener:
            yield opener(SETUP, SETUPS[SETUP])
        return
    values = {**row.settings, **hub.seal.open(row.sealed)}
    office = office_with(values, label=row.name)
    yield office, Wiring(system="tryton", values=values)
    office.close()


def _acts(stage: Stage, shop: ShopSide, cases: Sequence[Case], *, full: bool) -> Iterator[CaseResult]:
    """Those that the shop can play; of the others, why it cannot."""
    reasons = {case.id: why_not(shop, case, full=full) for case in cases}
    yield from play(stage, [case for case in cases if reasons[case.id] is None])
    for case in cases:
        if reason := reasons[case.id]:
            told_of: dict[str, Any] = {
                "id": case.id,
                "row": case.row,
                "title": case.title,
                "why": case.why,
                "reason": reason,
            }
            yield CaseResult(**told_of, verdict=Verdict.NOT_OFFERED)
