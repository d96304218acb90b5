"""How a request proves who we are: Basic over https, OAuth 1.0a (HMAC-SHA256) over http, where Basic is ignored.

Over http the keys themselves never travel: only the consumer key, a signature and a nonce do. Query keys are not used.
"""

from __future__ import annotations

import base64
from typing import Any

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client

from trueup.clock import Clock
from trueup.connectors.kit.http import Signer
from trueup.connectors.woocommerce.settings import Settings


def signer(settings: Settings, clock: Clock) -> Signer:
    return oauth_signer(settings, clock) if settings.signs_with_oauth else basic_signer(settings)


def basic_signer(settings: Settings) -> Signer:
    pair = f"{settings.consumer_key.strip()}:{settings.consumer_secret.get_secret_value().strip()}"
    headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return lambda method, url: (url, headers)


def oauth_signer(settings: Settings, clock: Clock) -> Signer:
    """Each request is signed anew: the shop takes a nonce once, and a time stamp for 15 minutes. The body is not
    part of the signature, every query parameter is."""
    key, secret = settings.consumer_key.strip(), settings.consumer_secret.get_secret_value().strip()

    def sign(method: str, url: str) -> tuple[str, dict[str, str]]:
        client: Any = Client(
            key,
            client_secret=secret,
            signature_method=SIGNATURE_HMAC_SHA256,
            signature_type=SIGNATURE_TYPE_QUERY,
            timestamp=str(int(clock().timestamp())),
        )
        signed, _, _ = client.sign(url, http_method=method)
        return str(signed), {}

    return sign
