"""The shop as an ASGI application, with everything that can go wrong on the way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

import orjson

from trueup.sandbox import control
from trueup.sandbox.connections import cut
from trueup.sandbox.costs import REQUEST_MS, CostModel, Work, milliseconds
from trueup.sandbox.faults import Fault
from trueup.sandbox.front_door import ROUTER, answer
from trueup.sandbox.shop import Shop
from trueup.sandbox.slices import joined, slices_of
from trueup.sandbox.webhook_delivery import Courier
from trueup.sandbox.wire import JSON_TYPE, WireAnswer, WireRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LOG = logging.getLogger("trueup.sandbox")
PAGE = b"<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1></body></html>"
TITLES = {
    "html": b"Briefly unavailable for scheduled maintenance.",
    "forbidden": b"Access denied by the web application firewall",
}


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class ShopApp:
    """Answers HTTP for one shop; requests under ``/_sandbox/`` control it."""

    def __init__(
        self, shop: Shop, costs: CostModel | None = None, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.shop = shop
        self.costs = costs
        self._sleep = sleep
        self.webhooks: Courier | None = None
        self._workers: asyncio.Semaphore | None = None
        self._cores: asyncio.Semaphore | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _request(scope, receive)
        if request.path.startswith("/_sandbox/"):
            await _send(send, control.answer(self, request))
            return
        try:
            reply = await self._reply(request, receive)
        except Dropped:
            cut(tuple(scope["client"]))
            return
        await _send(send, reply)

    async def _reply(self, request: WireRequest, receive: Receive) -> WireAnswer:
        route = ROUTER.kind(request.path.rstrip("/"))
        self.shop.log.note(request.method, route, _items_in(request))
        fault = self.shop.faults.strike(request.method, route)
        if fault is not None and not fault.after_work:
            return _instead(fault, request)
        reply = await self._work(request, route)
        return reply if fault is None else await _afterwards(fault, reply, receive)

    async def _work(self, request: WireRequest, route: str) -> WireAnswer:
        if self.costs is None:
            return _answer(self.shop, request)
        if self._workers is None or self._cores is None:
            self._workers, self._cores = asyncio.Semaphore(self.costs.workers), asyncio.Semaphore(self.costs.cores)
        async with self._workers, self._cores:
            answers: list[WireAnswer] = []
            for part in slices_of(request):
                reply, seconds = await self._slice(self.costs, part, route, first=not answers)
                answers.append(reply)
                await self._sleep(seconds)
                if reply.status != 200:
                    break
            return joined(answers)

    async def _slice(self, costs: CostModel, part: WireRequest, route: str, *, first: bool) -> tuple[WireAnswer, float]:
        """One part of the work, and how many seconds it goes on keeping a core busy."""
        start = REQUEST_MS / 2 if first else 0.0
        if start:
            await self._sleep(start * costs.scale / 1000)
        reply = _answer(self.shop, part)
        cost = milliseconds(_work_of(part, route, reply))
        spent = start if first else REQUEST_MS
        return reply, max(0.0, cost - spent) * costs.scale / 1000


def _answer(shop: Shop, request: WireRequest) -> WireAnswer:
    try:
        return answer(shop, request)
    except Exception:
        LOG.exception("the shop in the box failed on %s %s", request.method, request.path)
        body = {"code": "sandbox_bug", "message": "The shop in the box failed; see its log.", "data": {"status": 500}}
        return WireAnswer(status=500, headers={"content-type": JSON_TYPE}, body=orjson.dumps(body))


async def _request(scope: MutableMapping[str, Any], receive: Receive) -> WireRequest:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return WireRequest(
        method=scope["method"],
        path=unquote(scope["path"]),
        query_string=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"".join(chunks),
        scheme=scope["scheme"],
    )


async def _send(send: Send, reply: WireAnswer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _items_in(request: WireRequest) -> int:
    """How many things a batch carries, 1 for everything else."""
    if not request.path.rstrip("/").endswith("/batch"):
        return 1
    return sum(_batch_sizes(request).values())


def _batch_sizes(request: WireRequest) -> dict[str, int]:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(body, dict):
        return {}
    return {verb: len(body[verb]) for verb in ("create", "update", "delete") if isinstance(body.get(verb), list)}


def _work_of(request: WireRequest, route: str, reply: WireAnswer) -> Work:
    sizes = _batch_sizes(request) if route.endswith("/batch") else {}
    read = reply.body.count(b'{"id":') if request.method == "GET" and "x-wp-total" in reply.headers else 0
    return Work(
        method=request.method,
        route=route,
        items_read=read and _length(reply.body),
        with_fields="_fields=" in request.query_string,
        created=sizes.get("create", 0),
        updated=sizes.get("update", 0),
        deleted=sizes.get("delete", 0),
        with_price=request.body.count(b'"regular_price"') if sizes.get("update") else 0,
    )


def _length(body: bytes) -> int:
    found = orjson.loads(body)
    return len(found) if isinstance(found, list) else 0


def _instead(fault: Fault, request: WireRequest) -> WireAnswer:
    """The answer of a call that never reached the shop. Raises Dropped."""
    match fault.kind:
        case "drop":
            raise Dropped
        case "redirect":
            return _plain(
                fault.status or 301, {"location": fault.location or f"https://www.shop.example{request.path}"}
            )
        case "html" | "forbidden":
            return _page(fault.status or (200 if fault.kind == "html" else 403), TITLES[fault.kind])
        case "ok_with_error":
            return _error(200, "internal_server_error", "The shop answered 200, but nothing was done.")
        case "too_many":
            reply = _error(429, "too_many_requests", "Too many requests.")
            reply.headers["retry-after"] = str(max(1, round(fault.seconds)))
            return reply
        case _:
            return _page(fault.status or 503, b"Service Unavailable")


async def _afterwards(fault: Fault, reply: WireAnswer, receive: Receive) -> WireAnswer:
    """What becomes of the answer of a call that was done. Raises Dropped."""
    match fault.kind:
        case "done_then_error":
            return _page(fault.status or 502, b"Bad Gateway")
        case "slow":
            await asyncio.sleep(fault.seconds)
            return reply
        case "timeout":
            await _until_gone(receive, fault.seconds)
            raise Dropped
        case "cut_short":
            return WireAnswer(status=reply.status, headers=reply.headers, body=reply.body[: len(reply.body) // 2])
        case _:
            raise Dropped


async def _until_gone(receive: Receive, seconds: float) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


def _plain(status: int, headers: dict[str, str]) -> WireAnswer:
    return WireAnswer(status=status, headers={"content-type": "text/html; charset=UTF-8", **headers}, body=b"")


def _page(status: int, title: bytes) -> WireAnswer:
    return WireAnswer(status=status, headers={"content-type": "text/html; charset=UTF-8"}, body=PAGE % (title, title))


def _error(status: int, code: str, message: str) -> WireAnswer:
    body = {"code": code, "message": message, "data": {"status": 500 if status == 200 else status}}
    return WireAnswer(status=status, headers={"content-type": JSON_TYPE}, body=orjson.dumps(body))
