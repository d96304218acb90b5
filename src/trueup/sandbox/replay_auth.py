"""Signing recorded requests again: their keys, nonces and signatures were taken out."""

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qsl, quote

from trueup.sandbox.auth import ApiKey, flatten, signature_base
from trueup.sandbox.wire import WireRequest, php_params, query_text

Pairs = list[tuple[str, str]]
OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature_method", "oauth_signature")
BASE = {"http": "http://shop.example", "https": "https://shop.example"}


def signed(
    wire: WireRequest, exchange: dict[str, Any], keys: dict[str, ApiKey], now: int, last: WireRequest | None
) -> WireRequest:
    """The request with the credentials the recording says it had, right or wrong."""
    auth, id_ = str(exchange.get("auth") or "basic-https"), str(exchange["id"])
    wire.scheme = "http" if "http" in auth.replace("https", "") else "https"
    wire.headers.setdefault("host", "shop.example")
    if id_ == "oauth_replayed_nonce" and last is not None:
        return last
    if id_ in ("rest_route_form_no_auth",) or auth in ("none", "https:", "http:"):
        return wire
    if auth.startswith("oauth"):
        return _by_oauth(wire, exchange, keys["read_write"], now)
    if auth.startswith("query string"):
        return _by_query(wire, keys["read_write"])
    name, secret = _basic(id_, auth, keys)
    wire.headers["authorization"] = f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"
    return wire


def _basic(id_: str, auth: str, keys: dict[str, ApiKey]) -> tuple[str, str]:
    permission = "read_write"
    if id_.startswith("read_key") or "read-only" in auth:
        permission = "read"
    elif id_.startswith("write_key"):
        permission = "write"
    key = keys[permission]
    wrong = {
        "wrong_key": (f"ck_{'0' * 40}", key.consumer_secret),
        "wrong_secret": (key.consumer_key, f"cs_{'0' * 40}"),
        "wp_user_password_basic": ("admin", "password"),
    }
    return wrong.get(id_, (key.consumer_key, key.consumer_secret))


def _by_query(wire: WireRequest, key: ApiKey) -> WireRequest:
    pairs = [pair for pair in parse_qsl(wire.query_string) if not pair[0].startswith("consumer_")]
    pairs += [("consumer_key", key.consumer_key), ("consumer_secret", key.consumer_secret)]
    wire.query_string = query_text(pairs)
    return wire


def _by_oauth(wire: WireRequest, exchange: dict[str, Any], key: ApiKey, now: int) -> WireRequest:
    id_, asked = exchange["id"], parse_qsl(wire.query_string, keep_blank_values=True)
    given = dict(asked)
    method = given.get("oauth_signature_method", "HMAC-SHA256")
    oauth = {
        "oauth_consumer_key": f"ck_{'0' * 40}" if id_ == "oauth_unknown_key" else key.consumer_key,
        "oauth_timestamp": given.get("oauth_timestamp", str(now)),
        "oauth_nonce": secrets.token_hex(8),
        "oauth_signature_method": method,
    }
    left_out = {name for name in OAUTH if name not in given} if given.keys() & set(OAUTH) else set()
    late = {"orderby"} if id_ == "oauth_unsigned_extra_param" else set()
    plain = [pair for pair in asked if pair[0] not in OAUTH]
    pairs = [pair for pair in plain if pair[0] not in late] + [p for p in oauth.items() if p[0] not in left_out]
    secret = f"cs_{'0' * 40}" if id_ == "oauth_wrong_secret" else key.consumer_secret
    signature = _signature(wire, pairs, secret)
    if id_ == "oauth_bad_signature":
        signature = f"A{signature[1:]}" if signature[0] != "A" else f"B{signature[1:]}"
    return _placed(wire, exchange, plain, pairs, late, "" if "oauth_signature" in left_out else signature)


def _signature(wire: WireRequest, pairs: Pairs, secret: str) -> str:
    text = signature_base(wire.method, f"{BASE[wire.scheme]}{wire.path}", flatten(php_params(pairs)))
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()).decode()


def _placed(
    wire: WireRequest, exchange: dict[str, Any], plain: Pairs, pairs: Pairs, late: set[str], signature: str
) -> WireRequest:
    full = [*pairs, ("oauth_signature", signature)] if signature else pairs
    if "header" in str(exchange["auth"]):
        wire.headers["authorization"] = "OAuth " + ", ".join(f'{n}="{quote(v, safe="")}"' for n, v in full)
        wire.query_string = query_text(plain)
        return wire
    wire.query_string = query_text([*full, *(pair for pair in plain if pair[0] in late)])
    return wire
