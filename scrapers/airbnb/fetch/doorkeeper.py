"""The browser's only way out: a proxy on this computer that leads to Airbnb's hosts and nowhere else.

Whatever a page does, in whichever window, frame, worker or socket, its browser has no other way to the network
than this proxy; the computer itself and its neighbours are no hosts of Airbnb, whatever name leads to them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scrapers.airbnb.urls import HostPolicy

_MAX_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
_HEAD_S, _CONNECT_S = 15.0, 15.0
_TLS_PORT = 443
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_AWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
#: headers between a browser and its proxy
_FOR_THE_PROXY = (b"proxy-", b"connection:", b"keep-alive:")


#: how a connection ends that does not end by itself; the last one when the browser is closed
_BROKEN_OFF = (
    OSError,
    TimeoutError,
    ValueError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    asyncio.CancelledError,
)


@dataclass
class Doorkeeper:
    """A proxy that is running.

    Attributes:
        hosts: where it leads to.
        port: of 127.0.0.1.
        refused: where it did not lead to, in order.
    """

    hosts: HostPolicy
    port: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """For the browser."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser."""
        with suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError
        ):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_S)
            await self._answer(head, reader, writer)
        writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        goal = self._tunnel(target) if method == "CONNECT" else self._plain(target)
        if goal is None:
            self.refused.append(target)
            writer.write(_REFUSED)
            await writer.drain()
            return
        try:
            onward, back = await asyncio.wait_for(self._connect(*goal), _CONNECT_S)
        except (OSError, TimeoutError):
            if method == "CONNECT":
                writer.write(_AWAY)
                await writer.drain()
            return  # without an answer: a failure of the network, not a page
        if method == "CONNECT":
            writer.write(_OPEN)
        else:
            back.write(_for_the_origin(head, target))
        await asyncio.gather(_pump(reader, back), _pump(onward, writer))

    def _tunnel(self, target: str) -> tuple[str, int] | None:
        """Host and port of an encrypted connection, if it may be."""
        parts = urlsplit(f"//{target}")
        host, port = parts.hostname or "", parts.port
        if self.hosts.replica == f"http://{target}" and port is not None:
            return host, port
        address = f"https://{host}/"
        allowed = self.hosts.allows_page(address) or self.hosts.allows_media(address)
        return (host, _TLS_PORT) if port == _TLS_PORT and allowed else None

    def _plain(self, target: str) -> tuple[str, int] | None:
        """Host and port of an unencrypted request, if it may be: only the replica's may."""
        parts = urlsplit(target)
        if parts.hostname is None or parts.port is None or not self.hosts.allows_page(target):
            return None
        return parts.hostname, parts.port

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to a host, not to what its name may lead to on this computer or beside it."""
        if self.hosts.replica == f"http://{host}:{port}":
            return await asyncio.open_connection(host, port)
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        places = [str(place[4][0]) for place in found if ipaddress.ip_address(place[4][0]).is_global]
        for place in places[:-1]:
            with suppress(OSError):
                return await asyncio.open_connection(place, port)
        if not places:
            raise OSError(f"{host} leads to no public address")
        return await asyncio.open_connection(places[-1], port)


@asynccontextmanager
async def doorkeeper(hosts: HostPolicy) -> AsyncIterator[Doorkeeper]:
    """A proxy that leads to ``hosts`` only, while the context lasts."""
    keeper = Doorkeeper(hosts)
    server = await asyncio.start_server(keeper.serve, "127.0.0.1", 0, limit=_MAX_HEAD_BYTES)
    keeper.port = int(server.sockets[0].getsockname()[1])
    try:
        yield keeper
    finally:
        server.close()


def _for_the_origin(head: bytes, target: str) -> bytes:
    """The request as the site itself is asked, for one answer only."""
    line, _, rest = head.partition(b"\r\n")
    method, _, version = line.split(b" ")
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [name for name in rest.split(b"\r\n") if name and not name.lower().startswith(_FOR_THE_PROXY)]
    return b"\r\n".join(
        [b" ".join([method, path.encode("latin-1"), version]), *kept, b"Connection: close", b"", b""]
    )


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends."""
    with suppress(OSError):
        while data := await source.read(_CHUNK_BYTES):
            sink.write(data)
            await sink.drain()
    with suppress(OSError, RuntimeError):
        if sink.can_write_eof():
            sink.write_eof()
        else:
            sink.close()
