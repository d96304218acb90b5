"""What stands in front of real shops: a server that takes the sign-in away, WordPress with plain permalinks, WordPress
without WooCommerce, and an old one."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.verify import verify
from trueup.domain.record import Kind
from trueup.sandbox import ShopSettings, running_shop
from trueup.sandbox.certificates import make_certificate

Reply = tuple[int, str, bytes]
Answerer = Callable[[str, str, dict[str, str], bytes], Reply]


@contextmanager
def server(answer: Answerer, certificate: tuple[Path, Path] | None = None) -> Iterator[int]:
    """Whatever `answer(method, path, headers, body)` says, on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, content = answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = reply

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield listening.server_port
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(5)


def connector(url: str, **changes: Any) -> WooCommerce:
    keys = {"consumer_key": "ck_" + "0" * 40, "consumer_secret": "cs_" + "0" * 40}
    return WooCommerce(Settings.model_validate({"url": url, **keys, **changes}))


def red(findings: list[Finding] | Any) -> Finding:
    (found,) = (finding for finding in findings if finding.level is Level.RED)
    return found


class Stripping:
    """A server that hands everything on to the shop except the Authorization header, as many hosts do."""

    def __init__(self) -> None:
        self.shop_url = ""

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        kept = {name: value for name, value in headers.items() if name not in ("Authorization", "Host", "Connection")}
        request = Request(self.shop_url + path, data=body or None, headers=kept, method=method)
        try:
            with urlopen(request) as answer:
                return answer.status, answer.headers["content-type"], answer.read()
        except HTTPError as error:
            return error.code, error.headers["content-type"], error.read()


def test_a_server_that_takes_the_sign_in_away_is_told_and_oauth_gets_past_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    certificate = make_certificate(tmp_path_factory.mktemp("proxy"))
    stripping = Stripping()
    with server(stripping, certificate) as port:
        url = f"https://127.0.0.1:{port}"
        with running_shop(ShopSettings(home=url, behind_https=True)) as shop:
            stripping.shop_url = shop.http_url
            keys = {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
            woo = connector(url, ca_file=str(certificate[0]), **keys)
            trouble = red(woo.verify())
            woo.close()
            assert trouble.check == "keys"
            assert "takes the sign-in out of our requests" in trouble.sentence
            assert "Set auth to oauth1" in trouble.fix
            mended = connector(url, ca_file=str(certificate[0]), auth="oauth1", **keys)
            assert {finding.level for finding in mended.verify()} == {Level.GREEN}
            assert mended.find(Kind.PRODUCT, ["X"]) == {}
            mended.close()


def page(text: str, status: int = 404) -> Reply:
    return status, "text/html", f"<!DOCTYPE html><html><body>{text}</body></html>".encode()


def data(body: object) -> Reply:
    return 200, "application/json", json.dumps(body).encode()


def test_plain_permalinks_are_recognised_and_the_way_to_change_them_is_told() -> None:
    def wordpress(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        return data({"name": "Shop", "namespaces": ["wc/v3"]}) if "rest_route" in path else page("Not found")

    with server(wordpress) as port:
        woo = connector(f"http://127.0.0.1:{port}")
        trouble = red(woo.verify())
        woo.close()
    assert trouble.check == "permalinks"
    assert 'permalinks are set to "Plain"' in trouble.sentence
    assert "Settings > Permalinks" in trouble.fix


def test_a_site_that_is_no_wordpress_is_told() -> None:
    with server(lambda method, path, headers, body: page("Hello", 200)) as port:
        woo = connector(f"http://127.0.0.1:{port}")
        trouble = red(woo.verify())
        woo.close()
    assert trouble.check == "shop"
    assert "a web page where data was expected" in trouble.sentence


@pytest.mark.parametrize("namespaces", [["wp/v2"], ["wc/v1", "wc/v2"], None])
def test_a_wordpress_without_a_new_enough_woocommerce_is_told(namespaces: list[str] | None) -> None:
    with server(lambda method, path, headers, body: data({"name": "Blog", "namespaces": namespaces})) as port:
        woo = connector(f"http://127.0.0.1:{port}")
        trouble = red(woo.verify())
        woo.close()
    assert trouble.check == "shop"
    assert "There is no WooCommerce wc/v3 at 127.0.0.1" in trouble.sentence
    assert "3.5" in trouble.fix


def settings_page(path: str) -> Reply:
    general = {"woocommerce_currency": "SEK", "woocommerce_price_num_decimals": "2", "woocommerce_calc_taxes": "yes"}
    if "settings/general" in path:
        return data([{"id": id, "value": value} for id, value in general.items()])
    return data([])


@pytest.mark.parametrize(("version", "level"), [("3.4.8", Level.RED), ("3.5.0", Level.GREEN), ("10.5.0", Level.GREEN)])
def test_the_version_decides_whether_it_can_work(version: str, level: Level) -> None:
    def wordpress(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if "system_status" in path:
            return data({"environment": {"version": version}, "settings": {"HPOS_enabled": False}})
        if "settings" in path:
            return settings_page(path)
        return data([]) if "wc/v3" in path else data({"name": "Shop", "namespaces": ["wc/v3"], "gmt_offset": 5.5})

    with server(wordpress) as port:
        woo = connector(f"http://127.0.0.1:{port}")
        findings = {finding.check: finding for finding in verify(woo._client, woo._settings, woo._clock)}
        woo.close()
    assert findings["version"].level is level
    assert version in findings["version"].sentence
    assert "as WordPress posts" in findings["order storage"].sentence
    assert "UTC+5.5" in findings["time zone"].sentence


def test_a_user_who_may_not_see_settings_is_told_to_be_a_shop_manager() -> None:
    refusal = {"code": "woocommerce_rest_cannot_view", "message": "No.", "data": {"status": 403}}

    def wordpress(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if "settings" in path:
            return 403, "application/json", json.dumps(refusal).encode()
        return data([]) if "wc/v3" in path else data({"name": "Shop", "namespaces": ["wc/v3"]})

    with server(wordpress) as port:
        woo = connector(f"http://127.0.0.1:{port}")
        trouble = red(woo.verify())
        woo.close()
    assert trouble.check == "settings"
    assert "shop manager" in trouble.fix
