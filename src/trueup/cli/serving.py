"""The server of `trueup serve`: pages and webhooks in this process, and the engine beside them."""

from __future__ import annotations

import signal
import socket

import uvicorn

from trueup.app import Engine
from trueup.cli.output import say
from trueup.store import users
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub
from trueup.web.application import build


def run_server(hub: Hub, engine: Engine, *, host: str, port: int, secure_cookies: bool) -> None:
    """Until SIGINT or SIGTERM; the engine then ends what it has in hand. Raises Refused if the port is taken."""
    listening = _listening(host, port)
    app = build(hub, nudge=engine.nudge, secure_cookies=secure_cookies)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning", access_log=False))
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them once more after its end: nothing is left to do
        signal.signal(number, lambda *_: None)
    engine.start()
    try:
        _tell_where(hub, listening)
        server.run(sockets=[listening])
    finally:
        engine.stop()
    say("trueup has ended. What is owed goes on at the next start.")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Refused(f"trueup cannot listen on {host} port {port}: {error.strerror}. Choose another --port.") from None


def _tell_where(hub: Hub, listening: socket.socket) -> None:
    address, port = listening.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    with hub.database.read() as tx:
        nobody = users.count(tx) == 0
    say(f"trueup runs at http://{shown}:{port}. Ctrl-C ends it.", "bold")
    if nobody:
        say("Nobody can sign in yet. Add a user, in another terminal, with: trueup user add NAME", "yellow")
