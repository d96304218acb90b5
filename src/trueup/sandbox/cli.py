"""The command line of the shop in the box: ``python -m trueup.sandbox``."""

import argparse
import json
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from trueup.sandbox.costs import CostModel
from trueup.sandbox.features import KNOWN
from trueup.sandbox.server import RunningShop, running_shop
from trueup.sandbox.settings import SeedRate, ShopSettings

GERMAN_RATES = (
    SeedRate(country="DE", rate="19.0000", name="MwSt. 19 %"),
    SeedRate(country="DE", rate="7.0000", name="MwSt. 7 %", tax_class="reduced-rate"),
)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="trueup sandbox shop", description="An emulated WooCommerce shop on 127.0.0.1."
    )
    found.add_argument("--port", type=int, default=0, help="port for http, 0 takes a free one")
    found.add_argument("--https-port", type=int, default=0, help="port for https, 0 takes a free one")
    found.add_argument("--https", action="store_true", help="also answer https, with a certificate made at start")
    found.add_argument("--behind-https", action="store_true", help="treat http as https, as behind a TLS-ending proxy")
    found.add_argument("--file", type=Path, help="keep the shop in this SQLite file")
    found.add_argument("--time-zone", default="Europe/Berlin")
    found.add_argument("--currency", default="EUR")
    found.add_argument("--prices-include-tax", action="store_true")
    found.add_argument(
        "--feature",
        action="append",
        default=[],
        choices=KNOWN,
        help="a core feature or plug-in to switch on; may repeat",
    )
    found.add_argument(
        "--order-status",
        action="append",
        default=[],
        metavar="SLUG=NAME",
        help="an order status of a plug-in; may repeat",
    )
    found.add_argument(
        "--speed", type=float, default=0.0, help="as slow as the real shop: 1 its speed, 10 ten times faster"
    )
    found.add_argument(
        "--webhook-seconds", type=float, default=60.0, help="how often queued webhooks are delivered; the real shop: 60"
    )
    found.add_argument("--json", action="store_true", help="print address and keys as one line of JSON")
    return found


def settings_from(args: argparse.Namespace) -> ShopSettings:
    return ShopSettings(
        file=args.file,
        behind_https=args.behind_https,
        time_zone=args.time_zone,
        currency=args.currency,
        prices_include_tax=args.prices_include_tax,
        rates=GERMAN_RATES,
        features=tuple(args.feature),
        order_statuses=tuple((slug, name or slug) for slug, _, name in (s.partition("=") for s in args.order_status)),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run a shop until SIGINT or SIGTERM; prints its address and keys first."""
    args = parser().parse_args(argv)
    costs = CostModel(scale=1 / args.speed) if args.speed else None
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = settings_from(args)
    ports = {"port": args.port, "https_port": args.https_port}
    with running_shop(settings, https=args.https, costs=costs, webhook_period=args.webhook_seconds, **ports) as running:
        print(described(running, as_json=args.json), flush=True)
        stop.wait()
    return 0


def described(running: RunningShop, *, as_json: bool) -> str:
    facts = {
        "url": running.url,
        "http_url": running.http_url,
        "consumer_key": running.consumer_key,
        "consumer_secret": running.consumer_secret,
        "ca_file": str(running.ca_file) if running.ca_file else None,
    }
    if as_json:
        return json.dumps(facts)
    lines = [f"{name.replace('_', ' '):16} {value}" for name, value in facts.items() if value]
    return "\n".join([f"The shop in the box is open (process {os.getpid()}). End it with Ctrl-C.", *lines])
