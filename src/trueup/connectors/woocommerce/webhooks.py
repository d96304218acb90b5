"""Webhooks: hints that an order may have changed. The shop never repeats a lost one and switches a webhook off at the
seventh failure in a row, so subscribing again mends what is wrong, and sweeps find what was lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Finding, Hint, Level
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.domain.record import Kind

TOPICS = ("order.created", "order.updated", "order.deleted")
"""The shop calls an order deleted that goes into the bin; one that is deleted for good it does not tell about."""
NAME = "trueup"
_KINDS = dict.fromkeys(TOPICS, Kind.ORDER)


def subscribe(client: WooClient, url: str, secret: str) -> list[Finding]:
    """Exactly one active webhook per topic that calls `url` with this secret; more of them are deleted."""
    if len(secret) < 16:
        raise Rejected("The secret of the webhooks is too short. Use 16 characters or more.")
    known = [row for page in client.by_id("webhooks", status="all") for row in page.rows]
    findings = [_subscribed(client, topic, known, url, secret) for topic in TOPICS]
    if urlsplit(url).scheme != "https":
        sentence = "The shop calls us over http: whoever listens on the way reads the orders' contents."
        findings.append(Finding(check="webhook address", level=Level.YELLOW, sentence=sentence, fix="Use https."))
    return findings


def _subscribed(client: WooClient, topic: str, known: Sequence[Row], url: str, secret: str) -> Finding:
    ours = [row for row in known if row.get("topic") == topic and row.get("delivery_url") == url]
    wanted = {"name": f"{NAME} {topic}", "topic": topic, "delivery_url": url, "secret": secret}
    for extra in ours[1:]:
        client.send("DELETE", f"webhooks/{extra['id']}?force=true", None)
    if not ours:
        client.send("POST", "webhooks", wanted)
        return _finding(topic, Level.GREEN, f"The shop now calls us at {topic}.")
    status = ours[0].get("status")
    # The secret cannot be read back, so it is written each time.
    client.send("PUT", f"webhooks/{ours[0]['id']}", {"secret": secret, "status": "active"})
    if status == "active":
        return _finding(topic, Level.GREEN, f"The shop calls us at {topic}.")
    sentence = f"The shop had stopped calling us at {topic} ({status}), and calls again."
    fix = "Check why we could not be reached. Changes of that time are found by the next sweep."
    return _finding(topic, Level.YELLOW, sentence, fix)


def _finding(topic: str, level: Level, sentence: str, fix: str = "") -> Finding:
    return Finding(check=f"webhook {topic}", level=level, sentence=sentence, fix=fix)


def hint(headers: Mapping[str, str], body: bytes, secret: str) -> Hint | None:
    """What a call told. None for the unsigned ping, a topic that nobody follows, and an object that is gone already
    (the shop then signs an error message). Raises Rejected on a bad signature."""
    lower = {name.lower(): value for name, value in headers.items()}
    if "x-wc-webhook-topic" not in lower and body.startswith(b"webhook_id="):
        return None
    _verify(lower.get("x-wc-webhook-signature", ""), body, secret)
    kind = _KINDS.get(lower.get("x-wc-webhook-topic", ""))
    id = _id_in(body)
    return Hint(kind=kind, id=str(id)) if kind and id else None


def _verify(signature: str, body: bytes, secret: str) -> None:
    right = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(right, signature.encode("utf-8", "replace")):
        raise Rejected("The call is not signed with the secret of this connection.", code="bad_signature")


def _id_in(body: bytes) -> int | None:
    try:
        data: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    id = data.get("id") if isinstance(data, dict) else None
    return id if isinstance(id, int) and id > 0 else None
