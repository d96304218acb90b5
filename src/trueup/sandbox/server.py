"""Running a shop: in a thread of this process, or in a process of its own."""

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from trueup.sandbox.asgi import ShopApp
from trueup.sandbox.auth import ApiKey
from trueup.sandbox.certificates import make_certificate
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.connections import CuttableProtocol
from trueup.sandbox.costs import CostModel
from trueup.sandbox.faults import Faults
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import RequestLog, Shop
from trueup.sandbox.webhook_delivery import Courier


@dataclass(slots=True, kw_only=True)
class RunningShop:
    """A shop that answers. ``url`` is https if asked for, ``http_url`` always plain; trust ``ca_file`` for https."""

    shop: Shop
    app: ShopApp
    url: str
    http_url: str
    key: ApiKey
    webhooks: Courier
    ca_file: Path | None = None

    @property
    def consumer_key(self) -> str:
        return self.key.consumer_key

    @property
    def consumer_secret(self) -> str:
        return self.key.consumer_secret

    @property
    def faults(self) -> Faults:
        return self.shop.faults

    @property
    def log(self) -> RequestLog:
        return self.shop.log

    @property
    def clock(self) -> ShopClock:
        return self.shop.clock


@dataclass(slots=True)
class _Servers:
    servers: list[uvicorn.Server] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    def add(self, app: ShopApp, port: int, certificate: tuple[Path, Path] | None = None) -> int:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        config = uvicorn.Config(
            app,
            http=CuttableProtocol,
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        config.load()
        if certificate is not None:
            config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            config.ssl.load_cert_chain(*certificate)
        self.servers.append(uvicorn.Server(config))
        self.sockets.append(listening)
        return int(listening.getsockname()[1])

    async def serve(self) -> None:
        pairs = zip(self.servers, self.sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[listening]) for server, listening in pairs))

    def stop(self) -> None:
        for server in self.servers:
            server.should_exit = True


@contextmanager
def running_shop(
    settings: ShopSettings | None = None,
    *,
    clock: ShopClock | None = None,
    https: bool = False,
    costs: CostModel | None = None,
    port: int = 0,
    https_port: int = 0,
    webhook_period: float | None = None,
) -> Iterator[RunningShop]:
    """A shop on 127.0.0.1, in a thread of this process, until the block ends.

    Port 0 takes a free one. ``costs`` makes it as slow as the real one. Webhooks are delivered every
    ``webhook_period`` seconds (60 in the real shop), or only on ``webhooks.flush()`` if that is left out.
    """
    folder = Path(tempfile.mkdtemp(prefix="shop-"))
    shop = open_shop(settings, clock)
    app = ShopApp(shop, costs)
    servers = _Servers()
    try:
        http_url = f"http://127.0.0.1:{servers.add(app, port)}"
        courier = _courier(app, http_url, webhook_period)
        certificate = make_certificate(folder) if https else None
        url = f"https://127.0.0.1:{servers.add(app, https_port, certificate)}" if certificate else http_url
        known = next((key for key in shop.keys.all() if key.permission == "read_write"), None)
        ca_file = certificate[0] if certificate else None
        running = RunningShop(
            shop=shop,
            app=app,
            url=url,
            http_url=http_url,
            key=known or shop.add_key(),
            webhooks=courier,
            ca_file=ca_file,
        )
        thread = threading.Thread(target=lambda: asyncio.run(servers.serve()), name="shop", daemon=True)
        thread.start()
        yield running
        courier.stop()
        servers.stop()
        thread.join(timeout=10)
    finally:
        servers.stop()
        shop.store.close()
        shutil.rmtree(folder, ignore_errors=True)


def _courier(app: ShopApp, base: str, period: float | None) -> Courier:
    courier = Courier(app.shop, base=app.shop.settings.home or base)
    app.webhooks = courier
    courier.listen()
    if period is not None:
        courier.start(period)
    return courier


@dataclass(slots=True, kw_only=True)
class ShopProcess:
    """A shop in its own process; its switches are under ``{http_url}/_sandbox/``."""

    url: str
    http_url: str
    consumer_key: str
    consumer_secret: str
    ca_file: Path | None
    pid: int


@contextmanager
def shop_process(*args: str) -> Iterator[ShopProcess]:
    """``python -m trueup.sandbox`` with these arguments, until the block ends."""
    command = [sys.executable, "-m", "trueup.sandbox", "--json", *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the shop in the box did not start")
        facts: dict[str, Any] = json.loads(line)
        facts["ca_file"] = Path(facts["ca_file"]) if facts["ca_file"] else None
        yield ShopProcess(**facts, pid=process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)
