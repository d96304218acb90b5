"""What `verify` looks at, in order: first that there is a shop, then that the keys are good, then how it is set up.

Nothing is written: that the keys may write is found with an empty batch, which the shop answers with an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from trueup.clock import Clock
from trueup.connectors.kit.errors import Misconfigured, OutsideError
from trueup.connectors.kit.http import Answer
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.woocommerce.client import CLOCKS_APART, OAUTH_WINDOW, ShopFacts, WooClient
from trueup.connectors.woocommerce.errors import KEY_HELP
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.signing import oauth_signer
from trueup.connectors.woocommerce.verify_orders import verify_orders

NAMESPACE = "wc/v3"
OLDEST = (3, 5)
NOTICEABLE = timedelta(minutes=2)
SET_CLOCKS = "Let both machines set their clocks by NTP."
UNKNOWN_KEY = "woocommerce_rest_cannot_view"

RED, YELLOW, GREEN = Level.RED, Level.YELLOW, Level.GREEN


def verify(client: WooClient, settings: Settings, clock: Clock) -> list[Finding]:
    findings = [_transport(settings)]
    index = _index(client, findings)
    if index is None:
        return findings
    answer, site = index
    findings += [_clock_skew(answer, settings, clock), _time_zone(site)]
    if not _signed_in(client, settings, clock, findings):
        return findings
    findings += [_orders(client), _may_write(client)]
    return findings + _set_up(client) + verify_orders(client, settings)


def _transport(settings: Settings) -> Finding:
    if settings.is_https:
        return Finding(check="https", level=GREEN, sentence="The connection is encrypted (https).")
    return Finding(
        check="https",
        level=YELLOW,
        sentence="The connection is not encrypted: customers' data travel in the clear (the secret key does not).",
        fix="Get a certificate for the shop, and enter its address with https.",
    )


def _index(client: WooClient, findings: list[Finding]) -> tuple[Answer, dict[str, Any]] | None:
    """The shop's public index; None, with a red finding, if there is none."""
    try:
        answer = client.http.request("GET", "wp-json/", anonymous=True)
        site = answer.json()
    except OutsideError as error:
        findings.append(_no_index(client, error))
        return None
    namespaces = site.get("namespaces") if isinstance(site, dict) else None
    if not isinstance(namespaces, list) or NAMESPACE not in namespaces:
        sentence = f"There is no WooCommerce {NAMESPACE} at {client.http.host}."
        fix = "Check the address, and that WooCommerce 3.5 or newer is switched on there."
        findings.append(Finding(check="shop", level=RED, sentence=sentence, fix=fix))
        return None
    name = site.get("name") or client.http.host
    findings.append(Finding(check="shop", level=GREEN, sentence=f'The shop "{name}" answers.'))
    return answer, site


def _no_index(client: WooClient, error: OutsideError) -> Finding:
    is_missing = isinstance(error, Misconfigured) or error.status == 404
    if is_missing and not _redirects(error) and _plain_permalinks(client):
        return Finding(
            check="permalinks",
            level=RED,
            sentence='The shop\'s permalinks are set to "Plain", which switches its API off.',
            fix="In WordPress choose Settings > Permalinks > Post name, and save.",
        )
    fix = "Enter the address that it names." if _redirects(error) else "Open the address in a browser: is it the shop?"
    return Finding(check="shop", level=RED, sentence=error.sentence, fix=fix)


def _redirects(error: OutsideError) -> bool:
    return error.status is not None and 300 <= error.status < 400


def _plain_permalinks(client: WooClient) -> bool:
    try:
        site = client.http.request("GET", "", params={"rest_route": "/"}, anonymous=True).json()
    except OutsideError:
        return False
    return isinstance(site, dict) and "namespaces" in site


def _clock_skew(answer: Answer, settings: Settings, clock: Clock) -> Finding:
    if answer.date is None:
        sentence = "The shop does not tell its time, so its clock cannot be compared with ours."
        return Finding(check="clock", level=YELLOW, sentence=sentence, fix="Nothing to do if its clock is right.")
    skew = abs(clock() - answer.date)
    minutes = int(skew.total_seconds() // 60)
    if skew <= NOTICEABLE:
        return Finding(check="clock", level=GREEN, sentence="The shop's clock and ours agree.")
    level = RED if settings.signs_with_oauth and skew >= OAUTH_WINDOW else YELLOW
    sentence = f"The shop's clock and ours are {minutes} minutes apart."
    return Finding(check="clock", level=level, sentence=sentence, fix=SET_CLOCKS)


def _time_zone(site: dict[str, Any]) -> Finding:
    zone, offset = site.get("timezone_string"), site.get("gmt_offset")
    told = zone or f"UTC{offset:+g}" if zone or isinstance(offset, int | float) else "unknown"
    sentence = f"The shop's time zone is {told}; times are read as UTC."
    return Finding(check="time zone", level=GREEN, sentence=sentence)


def _signed_in(client: WooClient, settings: Settings, clock: Clock, findings: list[Finding]) -> bool:
    try:
        client.get("products", per_page="1", _fields="id")
    except OutsideError as error:
        findings.append(_bad_keys(settings, clock, error))
        return False
    findings.append(Finding(check="keys", level=GREEN, sentence="The keys are accepted, and may read."))
    return True


def _bad_keys(settings: Settings, clock: Clock, error: OutsideError) -> Finding:
    if not isinstance(error, Misconfigured):
        return Finding(check="keys", level=RED, sentence=error.sentence, fix="Try again when the shop answers.")
    if error.code == UNKNOWN_KEY and not settings.signs_with_oauth and _oauth_works(settings, clock):
        return Finding(
            check="keys",
            level=RED,
            sentence="The shop's server takes the sign-in out of our requests before WooCommerce sees it.",
            fix="Set auth to oauth1 in this connection, or let the server pass the Authorization header on.",
        )
    fix = SET_CLOCKS if error.code == CLOCKS_APART else KEY_HELP
    return Finding(check="keys", level=RED, sentence=error.sentence, fix=fix)


def _oauth_works(settings: Settings, clock: Clock) -> bool:
    other = WooClient(settings, clock=clock, sign=oauth_signer(settings, clock))
    try:
        other.get("products", per_page="1", _fields="id")
    except OutsideError:
        return False
    finally:
        other.close()
    return True


def _orders(client: WooClient) -> Finding:
    return _allowed("orders", "Orders can be read.", lambda: client.get("orders", per_page="1", _fields="id"))


def _may_write(client: WooClient) -> Finding:
    sentence = "The keys may write products and stock."
    return _allowed("write access", sentence, lambda: client.send("POST", "products/batch", {}))


def _allowed(check: str, sentence: str, ask: Callable[[], object]) -> Finding:
    try:
        ask()
    except OutsideError as error:
        return Finding(check=check, level=RED, sentence=error.sentence, fix=KEY_HELP)
    return Finding(check=check, level=GREEN, sentence=sentence)


def _set_up(client: WooClient) -> list[Finding]:
    try:
        facts = client.facts()
    except OutsideError as error:
        fix = "Let the user of the key be a shop manager: amounts mean nothing without the shop's settings."
        return [Finding(check="settings", level=RED, sentence=error.sentence, fix=fix)]
    return [_money(facts), _taxes(facts), *_versions(client)]


def _money(facts: ShopFacts) -> Finding:
    sentence = f"The shop sells in {facts.currency} with {facts.decimals} decimals."
    return Finding(check="currency", level=GREEN, sentence=sentence)


def _taxes(facts: ShopFacts) -> Finding:
    if not facts.taxes:
        sentence = "The shop does not calculate taxes, so orders carry none."
        fix = "Switch taxes on under WooCommerce > Settings > General, if the back office needs them."
        return Finding(check="taxes", level=YELLOW, sentence=sentence, fix=fix)
    prices = "including" if facts.prices_include_tax else "without"
    rounding = "at subtotal" if facts.round_at_subtotal else "per line"
    sentence = f"Prices are kept {prices} tax, and taxes are rounded {rounding}."
    return Finding(check="taxes", level=GREEN, sentence=sentence)


def _versions(client: WooClient) -> list[Finding]:
    try:
        status = client.get("system_status", _fields="environment.version,settings.HPOS_enabled")
    except OutsideError:
        sentence = "The user of the key may not see the shop's system status, so its version is not checked."
        return [Finding(check="version", level=YELLOW, sentence=sentence, fix="Let the user be a shop manager.")]
    version = str(_inside(status, "environment", "version") or "")
    hpos = _inside(status, "settings", "HPOS_enabled")
    return [_version(version), _order_storage(hpos)]


def _inside(body: Any, *path: str) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _version(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < OLDEST:
        sentence = f"WooCommerce {version} is too old."
        return Finding(check="version", level=RED, sentence=sentence, fix="Update WooCommerce to 3.5 or newer.")
    return Finding(check="version", level=GREEN, sentence=f"WooCommerce {version or '(version not told)'}.")


def _order_storage(hpos: Any) -> Finding:
    kept = "in their own tables (HPOS)" if hpos else "as WordPress posts"
    return Finding(check="order storage", level=GREEN, sentence=f"Orders are kept {kept}; both are read the same way.")
