"""Any pair of trio byte streams as a transport: sockets, TLS, a stapled stream, memory streams.

Owns the streams from the moment it is opened. It refuses to be opened twice, because a closed stream stays closed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

from ..jsonrpc import LocalMisuse
from ._transport import CHUNK, Link, Transport

_LEAVING = 5.0
"""Seconds that a polite close may take when nobody said."""


def byte_streams(send_stream: trio.abc.SendStream, receive_stream: trio.abc.ReceiveStream) -> Transport:
    """Make a transport over two streams, which may be the two faces of one.

    Opening takes them over and leaving closes them, forcefully once the time of `Link.close_by` is up. Opening it a
    second time raises `LocalMisuse`. No checkpoint.
    """
    return _StreamTransport(send_stream, receive_stream)


class _StreamTransport(Transport):
    def __init__(self, send_stream: trio.abc.SendStream, receive_stream: trio.abc.ReceiveStream) -> None:
        self._streams = (send_stream, receive_stream)
        self._opened = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        if self._opened:
            raise LocalMisuse("a transport over trio streams can be opened once: its streams are closed on leaving")
        self._opened = True
        link = _StreamLink(*self._streams)
        try:
            yield link
        finally:
            await link.close()  # noqa: ASYNC102 -- it shields itself


class _StreamLink(Link):
    name = "byte streams"

    def __init__(self, send_stream: trio.abc.SendStream, receive_stream: trio.abc.ReceiveStream) -> None:
        self._send = send_stream
        self._receive = receive_stream
        self._close_by: float | None = None

    async def receive(self) -> bytes:
        return bytes(await self._receive.receive_some(CHUNK))

    async def write(self, data: bytes | memoryview) -> None:
        await self._send.send_all(data)

    def close_by(self, deadline: float) -> None:
        self._close_by = deadline

    async def close(self) -> None:
        deadline = trio.current_time() + _LEAVING if self._close_by is None else self._close_by
        with trio.CancelScope(deadline=deadline, shield=True):
            # Cancelled, aclose closes all the same, without the courtesies.
            try:
                await self._send.aclose()
            finally:
                await self._receive.aclose()
