"""The demo on stage: everything is started, kept busy for a while, and brought to rest."""

from __future__ import annotations

import random
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import uvicorn

from trueup.app import Engine, Place, engine, opened, place, prepare
from trueup.demo.agreement import Agreement, compare
from trueup.demo.assortment import assortment
from trueup.demo.office import FilesOffice, Office
from trueup.demo.shopfront import Shopfront
from trueup.demo.tryton_office import tryton_office
from trueup.sandbox import ShopProcess, shop_process
from trueup.store import connections, deliveries, flows, users
from trueup.sync import arrange
from trueup.sync.announcing import subscribe
from trueup.sync.connecting import add_connection
from trueup.sync.hub import Hub
from trueup.web.application import build

Say = Callable[[str], None]
USER = "demo"
BEAT = 3.0
"""Seconds between two things that somebody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played: how many articles, how long people are busy (None: until Ctrl-C), where the pages are."""

    articles: int = 500
    erp: str = "files"
    seconds: float | None = None
    port: int = 8425
    faults: bool = True


@dataclass
class Stage:
    """The running demo. `settle` is true when nothing more is done to disturb it."""

    hub: Hub
    engine: Engine
    office: Office
    front: Shopfront
    say: Say
    chance: random.Random = field(default_factory=lambda: random.Random(11))
    _ended: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        self._ended.set()

    def play(self, script: Script) -> bool:
        """People are busy for the script's time; then everything comes to rest. Whether the systems agree."""
        self._open_the_shop()
        until = None if script.seconds is None else time.monotonic() + script.seconds
        beat = 0
        while not self._ended.is_set() and (until is None or time.monotonic() < until):
            beat += 1
            self._one_beat(beat, faults=script.faults)
            self._ended.wait(BEAT)
        return self._come_to_rest()

    def _open_the_shop(self) -> None:
        self._start_all()
        self._wait_until_quiet("The articles travel to the shop")
        self.say(f"The merchant publishes {self.front.publish_drafts()} drafts.")

    def _one_beat(self, beat: int, *, faults: bool) -> None:
        did = self.front.shop_once()
        if did:
            self.say(f"Shopper: {did}")
        if beat % 2 == 0:
            self.say(f"Employee: {self.office.edit()}")
        if faults and beat % 9 == 5:
            self._something_goes_wrong(beat)
        if beat % 5 == 0:
            self.say(self._state())
        self.office.take_orders()
        self._start_all()

    def _something_goes_wrong(self, beat: int) -> None:
        if beat % 2:
            self.say(f"Employee: {self.office.blunder()} (it will be refused, and mended)")
            return
        kind = self.chance.choice(("done_then_error", "error", "too_many"))
        self.front.fault(kind=kind, times=1, seconds=3)
        self.say(f"Fault: the shop answers the next request with trouble ({kind.replace('_', ' ')})")

    def _start_all(self) -> None:
        """As if somebody pressed "start now" on each flow: a demo does not wait a quarter of an hour."""
        with self.hub.database.read() as tx:
            active = [flow for flow in flows.everyone(tx) if flow.active]
        for flow in active:
            arrange.start_now(self.hub, flow)
        self.engine.nudge()

    def _owed(self) -> int:
        with self.hub.database.read() as tx:
            counted = deliveries.counts(tx)
        return sum(number for (_, _, state), number in counted.items() if state in ("due", "waiting"))

    def _is_quiet(self) -> bool:
        with self.hub.database.read() as tx:
            wanted = any(flow.wanted_at is not None for flow in flows.everyone(tx))
        return not wanted and self._owed() == 0

    def _wait_until_quiet(self, what: str) -> None:
        last = -1
        while not self._is_quiet() and not self._ended.is_set():
            owed = self._owed()
            if owed != last and owed:
                self.say(f"{what}: {owed} still on their way")
            last = owed
            self._ended.wait(1)

    def _state(self) -> str:
        owed = self._owed()
        return "Nothing is owed." if owed == 0 else f"{owed} changes are on their way."

    def _come_to_rest(self) -> bool:
        """Nobody disturbs it any more: the mistake is mended, the last orders are taken in, then both are compared."""
        self.say("Everybody pauses. Do the systems agree?")
        self.office.edit()
        self._ended.clear()
        for _ in range(30):
            self.office.take_orders()
            self._start_all()
            self._wait_until_quiet("Settling")
            agreement = self.compare()
            if not agreement.differences:
                break
            self._ended.wait(1)
        self.say(agreement.sentence())
        return not agreement.differences

    def compare(self) -> Agreement:
        office = self.office
        return compare(office.books(), self.front.articles(), self.front.orders(), office.documents())


def run(script: Script, *, home: Path | None = None, say: Say = print) -> int:
    """Play the demo; 0 if the systems agreed at its end. Ctrl-C brings it to rest first."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trueup-demo-")))
        stage = stack.enter_context(_staged(script, folder, say))
        try:
            return 0 if stage.play(script) else 1
        except KeyboardInterrupt:
            return 0 if stage.play(Script(articles=script.articles, seconds=0)) else 1


@contextmanager
def _staged(script: Script, folder: Path, say: Say) -> Iterator[Stage]:
    port = free_port(script.port)
    with ExitStack() as stack:
        say("Opening the shop in the box ...")
        shop = stack.enter_context(shop_process("--https", "--webhook-seconds", "2"))
        front = Shopfront(shop)
        stack.callback(front.close)
        office = stack.enter_context(_office(script, folder, say))
        where = Place(home=folder / "hub", database=place(home=folder / "hub").database)
        prepare(where)
        hub = stack.enter_context(opened(where))
        _connect(hub, shop, office)
        running = engine(hub, idle=0.5)
        running.start()
        stack.callback(running.stop)
        stack.enter_context(pages(hub, running, port))
        _invite(hub, port, say)
        _listen(hub, port)
        yield Stage(hub=hub, engine=running, office=office, front=front, say=say)


@contextmanager
def _office(script: Script, folder: Path, say: Say) -> Iterator[Office]:
    if script.erp == "files":
        yield FilesOffice(folder / "till", assortment(script.articles))
        return
    with tryton_office(script.articles, say=say) as office:
        yield office


def _connect(hub: Hub, shop: ShopProcess, office: Office) -> None:
    values = {"url": shop.url, "consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
    values["ca_file"] = str(shop.ca_file)
    system, settings = office.settings()
    add_connection(hub, name="Shop", system="woocommerce", values=values)
    add_connection(hub, name="Back office", system=system, values=settings)
    arrange.add_usual_flows(hub)
    with hub.database.read() as tx:
        everything = flows.everyone(tx)
    for flow in everything:
        arrange.enable(hub, flow)


@contextmanager
def pages(hub: Hub, running: Engine, port: int) -> Iterator[None]:
    """The pages and the webhook intake, in a thread of this process, until the block ends."""
    config = uvicorn.Config(build(hub, nudge=running.nudge), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield
    server.should_exit = True
    thread.join(timeout=10)


def _invite(hub: Hub, port: int, say: Say) -> None:
    password = secrets.token_urlsafe(9)
    with hub.database.write() as tx:
        users.add(tx, name=USER, password=password, now=hub.clock())
    say("")
    say(f"  Look at it:  http://127.0.0.1:{port}/   user {USER}, password {password}")
    say("  Ctrl-C ends the demo.")
    say("")


def _listen(hub: Hub, port: int) -> None:
    """The shop calls when an order comes in."""
    with hub.database.read() as tx:
        shop = connections.by_name(tx, "Shop")
    if shop is not None:
        subscribe(hub, shop, f"http://127.0.0.1:{port}")


def free_port(wanted: int) -> int:
    """The wanted port, or another if somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("there is no free port on 127.0.0.1")
