"""Holding the shop in the box to recordings of a real WooCommerce.

``python -m trueup.sandbox.replay tests/recordings`` asks every recorded request again, in the order they were asked,
and says how many answers are the recorded ones: status, error code, keys, types and values; ids, moments and nonces
are translated. What does not hold is listed with the difference.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from trueup.sandbox.auth import ApiKey
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.comparing import COLLECTIONS, Comparison, Ids, inner_kind, kind_of, meta_of, moments, plain
from trueup.sandbox.features import switch
from trueup.sandbox.front_door import answer, open_shop
from trueup.sandbox.recorded_shop import RECORDED_SHOP
from trueup.sandbox.replay_auth import signed
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import ImageRefused, Shop, image_by_name
from trueup.sandbox.webhooks import ping_answered
from trueup.sandbox.wire import WireAnswer, WireRequest, query_text

Exchange = dict[str, Any]
ORDER = (
    "auth", "taxonomies", "products", "variations", "products_batch", "orders", "order_notes", "refunds",
    "orders_deleted", "orders_product_gone", "customers", "coupons", "taxes", "shipping",
    "settings_gateways_data_status", "webhooks",
)  # fmt: skip
ALONE = ("fulfillments", "checkout")
"""Recorded in shops of their own, not in the one of the other files."""
STARTS = {
    "fulfillments": datetime(2026, 11, 21, 21, 2, 17, tzinfo=UTC),
    "checkout": datetime(2026, 11, 21, 21, 13, 46, tzinfo=UTC),
}
UNORDERED = {"checkout": ("meta_data",)}
"""Lists whose order is left out: a database with few rows reads custom fields by id, with more by key."""
HEADERS = ("x-wp-total", "x-wp-totalpages", "location", "allow")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One exchange asked again; ``problems`` is empty if the answer held."""

    file: str
    id: str
    problems: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not self.problems

    @property
    def name(self) -> str:
        return f"{self.file}:{self.id}"


class Session:
    """One shop that the recorded requests are asked, one after the other."""

    def __init__(self, start: datetime, settings: ShopSettings = RECORDED_SHOP) -> None:
        self.clock = ShopClock()
        self.clock.hold(start)
        self.shop: Shop = open_shop(settings, self.clock)
        self.shop.image_source = _recorded_images
        self.shop.subscribers.append(_recorded_pings)
        self.keys: dict[str, ApiKey] = {p: self.shop.add_key(p) for p in ("read_write", "read", "write")}
        self.ids = Ids()
        self.last: WireRequest | None = None
        self.cart_token = ""

    def ask(self, file: str, exchange: Exchange) -> Outcome:
        """Ask one recorded request and compare."""
        request, recorded = exchange["request"], exchange["response"]
        self._set_clock(exchange)
        wire = self._wire(exchange)
        here = answer(self.shop, wire)
        self.last = wire
        if "cart-token" not in wire.headers:
            self.cart_token = here.headers.get("cart-token", self.cart_token)
        problems = [*_status_problems(recorded, here), *self._header_problems(recorded, here)]
        if request["method"] != "HEAD" and not problems[:1]:
            problems += self._body_problems(request, recorded, here, UNORDERED.get(file, ()))
        return Outcome(file=file, id=exchange["id"], problems=tuple(problems))

    def prepare(self, step: Exchange) -> None:
        """Do what was done in the shop unrecorded: a request, or features switched."""
        if "features" in step:
            switch(self.shop, step["features"])
        else:
            self.ask("prepare", step)

    def _set_clock(self, exchange: Exchange) -> None:
        """The shop's time is the newest moment in the answer to a write, if that is plausible."""
        now = self.clock.now()
        stamp = exchange["request"].get("query", {}).get("oauth_timestamp")
        if stamp and exchange["id"] in ("oauth_ok", "oauth_over_https"):
            self.clock.hold(datetime.fromtimestamp(int(stamp), UTC))
            return
        if exchange["request"]["method"] in WRITES:
            seen = [datetime.fromisoformat(m).replace(tzinfo=UTC) for m in moments(exchange["response"]["body"])]
            later = [moment for moment in seen if now < moment < now + timedelta(hours=2)]
            self.clock.hold(max(later) if later else now)

    def _wire(self, exchange: Exchange) -> WireRequest:
        request = exchange["request"]
        parts = urlsplit(self._path(request["path"]))
        asked = _pairs(request.get("query") or {})
        query = [(name, self._query_value(name, value, request["path"])) for name, value in asked]
        text = "&".join(part for part in (parts.query, query_text(query)) if part)
        body, kind = self._body(request.get("body"), request["path"])
        headers = {"content-type": kind} if kind else {}
        headers |= {name.lower(): value for name, value in (request.get("headers") or {}).items()}
        if "cart-token" in headers:
            headers["cart-token"] = self.cart_token
        wire = WireRequest(method=request["method"], path=parts.path, query_string=text, headers=headers, body=body)
        return signed(wire, exchange, self.keys, int(self.clock.now().timestamp()), self.last)

    def _path(self, path: str) -> str:
        parts = path.split("/")
        for at, part in enumerate(parts):
            if part.isdigit() and at and parts[at - 1] in COLLECTIONS:
                parts[at] = str(self.ids.here(COLLECTIONS[parts[at - 1]], int(part)))
        return "/".join(parts)

    def _query_value(self, name: str, value: str, path: str) -> str:
        kind = COLLECTIONS.get(name.partition("[")[0])
        if name == "search" and value.isdigit():
            kind = kind_of(path)
        if kind is None:
            return value
        return re.sub(r"\d+", lambda found: str(self.ids.here(kind, int(found.group()))), value)

    def _body(self, body: Any, path: str) -> tuple[bytes, str]:
        if body is None:
            return b"", ""
        if isinstance(body, dict) and set(body) == {"_raw"}:
            raw = body["_raw"]
            if isinstance(raw, dict):
                return query_text(_pairs(raw)).encode(), "application/x-www-form-urlencoded"
            return str(raw).encode(), "application/json"
        return orjson.dumps(self._translated(body, kind_of(path), meta_of(path))), "application/json"

    def _translated(self, body: Any, kind: str | None, meta: str, name: str = "") -> Any:
        """A body with the recorded ids replaced by what they are here."""
        if isinstance(body, dict):
            kinds = {key: "tax" if key == "refund_tax" else inner_kind(key, kind, meta) for key in body}
            return {key: self._translated(value, kinds[key], meta, key) for key, value in body.items()}
        if isinstance(body, list):
            return [self._translated(value, kind, meta, name) for value in body]
        numbered = name in ("id", "delete") or name in COLLECTIONS
        if not kind or not numbered or isinstance(body, bool):
            return body
        if isinstance(body, str) and body.isdigit():
            return str(self.ids.here(kind, int(body)))
        return self.ids.here(kind, body) if isinstance(body, int) else body

    def _header_problems(self, recorded: Exchange, here: WireAnswer) -> Iterator[str]:
        if "headers" not in recorded:
            return
        for name in HEADERS:
            old, new = recorded["headers"].get(name), here.headers.get(name)
            if plain(old or "") != plain(new or ""):
                yield f"header {name}: recorded {old!r}, here {new!r}"
        old, new = recorded["headers"].get("link", ""), here.headers.get("link", "")
        paged = any(rel in f"{old}{new}" for rel in ('rel="next"', 'rel="prev"'))
        if paged and plain(old) != plain(new):
            yield f"header link: recorded {old!r}, here {new!r}"

    def _body_problems(
        self, request: Exchange, recorded: Exchange, here: WireAnswer, unordered: Sequence[str]
    ) -> list[str]:
        old = recorded["body"]
        if isinstance(old, dict) and set(old) == {"_raw"}:
            return []
        new = json.loads(here.body) if here.body else None
        if recorded["status"] == 500 and isinstance(old, dict) and old.get("code") == "internal_server_error":
            old, new = _without_trace(old), _without_trace(new)
        if request["method"] == "OPTIONS":
            old, new = _methods_only(old or {}), _methods_only(new or {})
        if isinstance(old, dict) and "routes_with_fulfillment" in old:
            old, new = {"routes": old["routes_with_fulfillment"]}, {"routes": _fulfilment_routes(new)}
        kind = kind_of(request["path"])
        return Comparison(self.ids, meta_of(request["path"]), unordered).differences(old, new, kind)


def _without_trace(body: Any) -> Any:
    """A crash without PHP's stack trace."""
    return {name: value for name, value in body.items() if name != "data"}


def _fulfilment_routes(index: Any) -> list[str]:
    """The recordings of a namespace's index name only these."""
    return [name for name in index["routes"] if "fulfillment" in name]


def _methods_only(body: dict[str, Any]) -> Any:
    """Of the answer to OPTIONS only what can be done; the schema's descriptions are no part of the shop in the box."""
    endpoints = [endpoint["methods"] for endpoint in body.get("endpoints", [])]
    return {"namespace": body.get("namespace"), "methods": body.get("methods"), "endpoints": endpoints}


def _status_problems(recorded: Exchange, here: WireAnswer) -> list[str]:
    if recorded["status"] == here.status:
        return []
    return [f"status: recorded {recorded['status']}, here {here.status} {here.body[:300].decode()}"]


def _pairs(params: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in params.items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _recorded_images(src: str) -> str:
    if src.endswith("/none"):
        raise ImageRefused(f"Error getting remote image {src}. Error: Not Found")
    return image_by_name(src)


def _recorded_pings(shop: Shop, topic: str, id_: int) -> None:
    """The hub of the recordings answered the pings of new webhooks, but not at every address."""
    webhook = shop.store.get("webhook", id_) if topic == "webhook.pinged" else None
    if webhook is not None and "/fail/" not in webhook["delivery_url"] and "unreachable" not in webhook["delivery_url"]:
        ping_answered(shop, id_)


def exchanges_of(folder: Path, name: str) -> list[Exchange]:
    found: list[Exchange] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["exchanges"]
    return found


def replay(folder: Path, names: Sequence[str] = (*ORDER, *ALONE)) -> list[Outcome]:
    """Ask everything that was recorded under these names, in order: most of it of one shop, some of its own."""
    present = [name for name in names if (folder / f"{name}.json").exists()]
    together = [name for name in present if name not in ALONE]
    outcomes = _play(folder, Session(datetime(2026, 11, 21, 19, 32, 45, tzinfo=UTC)), together)
    for name in ALONE:
        if name in present:
            outcomes += _play(folder, alone(name), [name])
    return outcomes


def alone(name: str) -> Session:
    """The shop that a file of ``ALONE`` was recorded in."""
    return Session(STARTS[name], replace(RECORDED_SHOP, title="Example Shop"))


def _play(folder: Path, session: Session, names: Sequence[str]) -> list[Outcome]:
    preparations = _preparations(folder)
    outcomes: list[Outcome] = []
    for name in names:
        steps = preparations.get(name, [])
        for exchange in exchanges_of(folder, name):
            for step in steps_before(steps, exchange, first=not outcomes or outcomes[-1].file != name):
                session.prepare(step)
            outcomes.append(session.ask(name, exchange))
    session.shop.store.close()
    return outcomes


def steps_before(steps: list[Exchange], exchange: Exchange, *, first: bool) -> list[Exchange]:
    """The unrecorded steps before an exchange; those that name none come before the first."""
    wanted = (None, exchange["id"]) if first else (exchange["id"],)
    return [step for step in steps if step.get("before") in wanted]


def _preparations(folder: Path) -> dict[str, list[Exchange]]:
    """What was done in the shop before a file was recorded, or between: ``prepare.json``, exchanges per file."""
    file = folder / "prepare.json"
    found: dict[str, list[Exchange]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def known_misses(folder: Path) -> dict[str, str]:
    """Exchanges that do not hold, with the reason: ``misses.json``."""
    file = folder / "misses.json"
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def report(outcomes: list[Outcome], reasons: dict[str, str]) -> Iterator[str]:
    """``held n of m`` per file and in total, and every miss with its reason or its difference."""
    for name in dict.fromkeys(outcome.file for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.file == name]
        yield f"{name}: held {sum(o.held for o in mine)} of {len(mine)}"
    for outcome in outcomes:
        if not outcome.held:
            yield f"  {outcome.name}: {reasons.get(outcome.name, 'NO REASON GIVEN')}"
            yield from (f"      {problem}" for problem in outcome.problems[:6])
    yield f"held {sum(o.held for o in outcomes)} of {len(outcomes)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Replay a folder of recordings; 1 if something does not hold that no reason is given for."""
    parser = argparse.ArgumentParser(prog="python -m trueup.sandbox.replay", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only these files, without .json")
    args = parser.parse_args(argv)
    outcomes = replay(args.folder, args.names or (*ORDER, *ALONE))
    reasons = known_misses(args.folder)
    print("\n".join(report(outcomes, reasons)))
    return int(any(not outcome.held and outcome.name not in reasons for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
