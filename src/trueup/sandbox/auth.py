"""Who is calling: consumer keys by Basic or query over https, one-legged OAuth 1.0a over http."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from trueup.sandbox.errors import WooError
from trueup.sandbox.router import Call

WINDOW = 15 * 60
REQUIRED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
NEEDED = {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "write"}


@dataclass(slots=True, kw_only=True)
class ApiKey:
    """A consumer key and what it may do: ``read``, ``write`` or ``read_write``."""

    id: int
    consumer_key: str
    consumer_secret: str
    permission: str


def new_key(id_: int, permission: str) -> ApiKey:
    return ApiKey(
        id=id_,
        consumer_key=f"ck_{secrets.token_hex(20)}",
        consumer_secret=f"cs_{secrets.token_hex(20)}",
        permission=permission,
    )


class Keys:
    """The consumer keys of a shop and the nonces they have used."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._nonces: dict[tuple[str, str], int] = {}

    def add(self, permission: str = "read_write") -> ApiKey:
        key = new_key(len(self._keys) + 1, permission)
        self._keys[key.consumer_key] = key
        return key

    def keep(self, key: ApiKey) -> None:
        """Take in a key made elsewhere, so that a shop that restarts knows its clients again."""
        self._keys[key.consumer_key] = key

    def remove(self, consumer_key: str) -> None:
        self._keys.pop(consumer_key, None)

    def all(self) -> list[ApiKey]:
        return list(self._keys.values())

    def authenticate(self, call: Call, now: int) -> ApiKey | None:
        """The key that signed the call, None for an anonymous one. Raises WooError 401 for a wrong one."""
        key = self._basic(call) if call.scheme == "https" else None
        key = key or self._oauth(call, now)
        if key is not None:
            _check_permission(key, call.method)
        return key

    def _basic(self, call: Call) -> ApiKey | None:
        name, secret = _credentials(call)
        key = self._keys.get(name)
        if key is None:
            return None
        if not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return key

    def _oauth(self, call: Call, now: int) -> ApiKey | None:
        params = _oauth_params(call)
        if not any(name in params for name in REQUIRED):
            return None
        missing = [name for name in REQUIRED if not params.get(name)]
        if missing:
            text = f"Missing OAuth parameter{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            raise WooError(401, "woocommerce_rest_authentication_missing_parameter", text, allow=False)
        key = self._keys.get(params["oauth_consumer_key"])
        if key is None:
            raise _refused("Consumer key is invalid.")
        _check_signature(call, params, key.consumer_secret)
        self._check_nonce(key, params, now)
        return key

    def _check_nonce(self, key: ApiKey, params: dict[str, str], now: int) -> None:
        stamp = params["oauth_timestamp"]
        if not stamp.isdigit() or abs(now - int(stamp)) > WINDOW:
            raise _refused("Invalid timestamp.")
        used = (key.consumer_key, params["oauth_nonce"])
        if used in self._nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        if len(self._nonces) > 50_000:
            self._nonces = {nonce: at for nonce, at in self._nonces.items() if now - at <= 2 * WINDOW}
        self._nonces[used] = now


def _refused(message: str) -> WooError:
    return WooError(401, "woocommerce_rest_authentication_error", message, allow=False)


def _check_permission(key: ApiKey, method: str) -> None:
    needed = NEEDED.get(method)
    if needed is not None and needed not in key.permission:
        raise _refused(f"The API key provided does not have {needed} permissions.")


def _credentials(call: Call) -> tuple[str, str]:
    if call.query.get("consumer_key") and call.query.get("consumer_secret"):
        return str(call.query["consumer_key"]), str(call.query["consumer_secret"])
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(token).decode("utf-8", "replace").partition(":")
    except ValueError:
        return "", ""
    return name, secret


def _oauth_params(call: Call) -> dict[str, str]:
    """The query, form and header parameters a signature covers."""
    params = flatten(call.query)
    if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params.update(flatten(call.body))
    header = call.headers.get("authorization", "")
    if header.startswith("OAuth "):
        for part in header[6:].split(","):
            name, _, value = part.strip().partition("=")
            if name != "realm":
                params[unquote(name)] = unquote(value.strip('"'))
    return params


def flatten(params: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """``{"include": {"0": "1"}}`` as PHP names it again: ``{"include[0]": "1"}``."""
    flat: dict[str, str] = {}
    for name, value in params.items():
        full = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, list):
            flat.update(flatten({str(n): item for n, item in enumerate(value)}, full))
        elif isinstance(value, dict):
            flat.update(flatten(value, full))
        else:
            flat[full] = str(value)
    return flat


def signature_base(method: str, url: str, params: dict[str, str]) -> str:
    """The text OAuth 1.0a signs: method, address without query, and every parameter but the signature, sorted."""
    pairs = sorted((_encode(name), _encode(value)) for name, value in params.items() if name != "oauth_signature")
    return "&".join((method.upper(), _encode(url), _encode("&".join(f"{name}={value}" for name, value in pairs))))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _check_signature(call: Call, params: dict[str, str], secret: str) -> None:
    digest = DIGESTS.get(params["oauth_signature_method"])
    if digest is None:
        raise _refused("Invalid signature - signature method is invalid.")
    text = signature_base(call.wire_method, f"{call.base}{call.path}", params)
    expected = base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), digest).digest()).decode()
    given = unquote(params["oauth_signature"]).replace(" ", "+")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise _refused("Invalid signature - provided signature does not match.")
