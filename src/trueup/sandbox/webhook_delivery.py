"""Telling the subscribers: a queue of events, and the courier that carries them out.

As in the real shop: events on one resource collapse into one delivery per webhook until the queue runs; the body is
built when it runs, so it shows the resource as it is then, or the error that it is gone; it is signed with the
webhook's secret; 200 to 302 count as delivered and redirects are not followed; nothing is tried twice; the seventh
failure in a row disables the webhook. An unsigned, form-encoded ping goes out when a webhook is made, when its address
changes, and after every failure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx2

from trueup.sandbox.errors import WooError
from trueup.sandbox.front_door import ROUTER
from trueup.sandbox.router import API, Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.webhook_queue import PING, enqueue
from trueup.sandbox.webhooks import ping_answered

AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"
TIMEOUT_SECONDS = 60.0
FAILURES_ALLOWED = 5
WITHOUT_ARG = ("woocommerce_low_stock", "woocommerce_no_stock")

Post = Callable[[str, dict[str, str], bytes], int]
"""Sends a body to an address and returns the status; raises httpx2.HTTPError if nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One try; ``status`` 0 means that nobody answered."""

    webhook_id: int
    topic: str
    resource_id: int
    url: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def delivered(self) -> bool:
        return 200 <= self.status <= 302

    @property
    def is_ping(self) -> bool:
        return self.topic == PING


@dataclass(slots=True)
class Courier:
    """Carries the events of one shop to its webhooks. ``base`` is the shop's address in links, over http."""

    shop: Shop
    base: str = "http://localhost"
    sent: list[Sent] = field(default_factory=list)
    """What was tried so far, oldest first; the last thousand."""
    post: Post | None = None
    _client: httpx2.Client | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _running: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """Start noting the shop's events."""
        self.shop.subscribers.append(self._note)

    def start(self, period: float) -> None:
        """Run the queue every ``period`` seconds in a thread: 60 in the real shop, a few in a demo."""
        self._thread = threading.Thread(target=self._tick, args=(period,), name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._client is not None:
            self._client.close()
            self._client = None

    def _tick(self, period: float) -> None:
        while not self._stop.wait(period):
            self.flush()

    # -- the queue ------------------------------------------------------------------------------------------------

    def _note(self, shop: Shop, topic: str, resource_id: int) -> None:
        """Queue an event for every active webhook of its topic; what waits already stays where it is."""
        if topic == PING:
            enqueue(shop, resource_id, PING, resource_id, shop.now())
            return
        for webhook in shop.store.select("webhook", "status = 'active' AND topic = ?", (topic,)):
            late = timedelta(seconds=shop.faults.webhooks.late_seconds)
            enqueue(shop, webhook["id"], topic, resource_id, shop.now() + late)

    def waiting(self) -> int:
        """How many deliveries are queued."""
        return self.shop.store.count("webhook_queue")

    def flush(self) -> list[Sent]:
        """Deliver everything that is due, one after the other. Returns what was tried; failures do not raise."""
        with self._running:
            tried: list[Sent] = []
            while row := self._next_due():
                tried += self._deliver(row)
            self.sent = [*self.sent, *tried][-1000:]
            return tried

    def _next_due(self) -> Doc | None:
        store = self.shop.store
        with store.writing():
            due = store.select("webhook_queue", "due <= ?", (self.shop.now_iso(),), limit=1)
            if not due:
                return None
            store.delete("webhook_queue", due[0]["id"])
            return due[0]

    # -- one delivery ---------------------------------------------------------------------------------------------

    def _deliver(self, row: Doc) -> list[Sent]:
        webhook = self.shop.store.get("webhook", row["webhook_id"])
        if webhook is None:
            return []
        if row["topic"] == PING:
            ping = self._ping(webhook)
            if ping.delivered:
                ping_answered(self.shop, webhook["id"])
            return [ping]
        faults = self.shop.faults
        if webhook["status"] != "active" or faults.chance(faults.webhooks.lost):
            return []
        body, headers = self._letter(webhook, row)
        tried = [self._send(webhook, row["topic"], row["resource_id"], headers, body)]
        if faults.chance(faults.webhooks.repeated):
            tried.append(self._send(webhook, row["topic"], row["resource_id"], headers, body))
        return tried + self._record(webhook, tried[-1])

    def _letter(self, webhook: Doc, row: Doc) -> tuple[bytes, dict[str, str]]:
        with self.shop.store.writing():
            body = php_json(payload(self.shop, row["topic"], row["resource_id"], self.base))
        return body, signed_headers(webhook, body, self.base, self.shop.now())

    def _ping(self, webhook: Doc) -> Sent:
        headers = {"User-Agent": AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        body = f"webhook_id={webhook['id']}".encode()
        return self._send(webhook, PING, webhook["id"], headers, body)

    def _send(self, webhook: Doc, topic: str, resource_id: int, headers: dict[str, str], body: bytes) -> Sent:
        url = webhook["delivery_url"]
        try:
            status = (self.post or self._post)(url, headers, body)
        except httpx2.HTTPError:
            status = 0
        return Sent(
            webhook_id=webhook["id"],
            topic=topic,
            resource_id=resource_id,
            url=url,
            headers=headers,
            body=body,
            status=status,
        )

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Send for real; redirects are not followed."""
        if self._client is None:
            self._client = httpx2.Client(
                follow_redirects=False, timeout=TIMEOUT_SECONDS, trust_env=False, verify=known_authorities()
            )
        return self._client.post(url, headers=headers, content=body).status_code

    def _record(self, webhook: Doc, sent: Sent) -> list[Sent]:
        """Count failures in a row; the seventh disables the webhook, the others are followed by a ping."""
        with self.shop.store.writing():
            before = self.shop.store.get("webhook", webhook["id"])
            if before is None:
                return []
            doc = {**before, **_after(before, sent.delivered)}
            if doc != before:
                self.shop.store.update("webhook", {**doc, "modified": self.shop.now_iso()}, before)
        return [] if sent.delivered or doc["status"] == "disabled" else [self._ping(webhook)]


@cache
def known_authorities() -> ssl.SSLContext:
    """The machine's certificate authorities, read once: that takes longer than a delivery."""
    return ssl.create_default_context()


def _after(webhook: Doc, delivered: bool) -> Doc:
    if delivered:
        return {"failures": 0}
    if webhook["failures"] > FAILURES_ALLOWED:
        return {"status": "disabled"}
    return {"failures": webhook["failures"] + 1}


# -- what is in a letter ------------------------------------------------------------------------------------------


def payload(shop: Shop, topic: str, resource_id: int, base: str) -> Any:
    """The body of a delivery, as it is now: the resource, its error if it is gone, or only its id if it was deleted."""
    resource, _, event = topic.partition(".")
    if resource == "action":
        return {"action": event, "arg": [] if event in WITHOUT_ARG else resource_id}
    if event == "deleted":
        return {"id": resource_id}
    path = f"{API}/{resource}s/{resource_id}"
    call = Call(method="GET", path=path, scheme="http", base=base, permission="read_write")
    route, args = ROUTER.find("GET", path)
    try:
        return route.handler(shop, call, *args).body
    except WooError as error:
        return error.envelope()


def php_json(value: Any) -> bytes:
    """JSON as PHP writes it: slashes escaped, everything beyond ASCII as ``\\u`` escapes, no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    """base64 of HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def signed_headers(webhook: Doc, body: bytes, base: str, now: datetime) -> dict[str, str]:
    resource, _, event = webhook["topic"].partition(".")
    return {
        "User-Agent": AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "deflate, gzip, br, zstd",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"{base}/",
        "X-WC-Webhook-Topic": webhook["topic"],
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": signature(webhook["secret"], body),
        "X-WC-Webhook-ID": str(webhook["id"]),
        "X-WC-Webhook-Delivery-ID": delivery_id(webhook["id"], now),
        "Connection": "close",
    }


def delivery_id(webhook_id: int, now: datetime) -> str:
    """Made of webhook and second: two deliveries of one webhook in one second share it."""
    text = f"{webhook_id}{int(now.timestamp())}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
