"""Open connections by the client's address, so that a fault can cut one."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

OPEN: dict[tuple[str, int], asyncio.BaseTransport] = {}


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be cut from outside."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client is not None:
            OPEN[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            OPEN.pop(self.client, None)
        super().connection_lost(exc)


def cut(client: tuple[str, int]) -> None:
    """Close a connection at once, without an answer."""
    transport = OPEN.get(client)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
