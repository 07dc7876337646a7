"""A wire without an operating system: two ends in one process, joined by memory channels of byte chunks.

Owns the channels and their bound, so that a writer feels back pressure as on a pipe. It refuses to merge or to split
what fits in one chunk: a write arrives as it was made, which tests rely on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

from ._transport import CHUNK, Link, Transport

_CHUNKS_IN_FLIGHT = 16


def memory_pair() -> tuple[Transport, Transport]:
    """Make two transports that reach each other.

    Either end may be opened first. Leaving one end's block is the end of the stream at the other, after what was
    written before; writing to an end that has left raises trio.BrokenResourceError. At most 16 chunks wait in each
    direction. Opened again, both ends get a fresh wire. No checkpoint.
    """
    exchange = _Exchange()
    return _MemoryTransport(exchange, 0), _MemoryTransport(exchange, 1)


class _Exchange:
    """Pairs the n-th opening of one end with the n-th opening of the other."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[MemoryLink], deque[MemoryLink]] = (deque(), deque())

    def take(self, side: int) -> MemoryLink:
        if self._waiting[side]:
            return self._waiting[side].popleft()
        mine, other = memory_links()
        self._waiting[1 - side].append(other)
        return mine


def memory_links() -> tuple[MemoryLink, MemoryLink]:
    """Both ends of a fresh wire, open."""
    left_send, right_receive = trio.open_memory_channel[bytes](_CHUNKS_IN_FLIGHT)
    right_send, left_receive = trio.open_memory_channel[bytes](_CHUNKS_IN_FLIGHT)
    return MemoryLink(left_send, left_receive), MemoryLink(right_send, right_receive)


class _MemoryTransport(Transport):
    def __init__(self, exchange: _Exchange, side: int) -> None:
        self._exchange = exchange
        self._side = side

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        link = self._exchange.take(self._side)
        try:
            yield link
        finally:
            link.close()


class MemoryLink(Link):
    """One end."""

    name = "memory"

    def __init__(self, send: trio.MemorySendChannel[bytes], receive: trio.MemoryReceiveChannel[bytes]) -> None:
        self._send = send
        self._receive = receive

    async def receive(self) -> bytes:
        try:
            return await self._receive.receive()
        except trio.EndOfChannel:
            return b""

    def write_nowait(self, data: bytes | memoryview) -> int:
        written = 0
        while written < len(data):
            chunk = data[written : written + CHUNK]
            try:
                self._send.send_nowait(bytes(chunk))
            except trio.WouldBlock:
                break
            written += len(chunk)
        return written

    async def write(self, data: bytes | memoryview) -> None:
        if not data:
            # Reason: nothing to send is no excuse for not being a checkpoint.
            await trio.lowlevel.checkpoint()
        for start in range(0, len(data), CHUNK):
            await self._send.send(bytes(data[start : start + CHUNK]))

    def close(self) -> None:
        """Close both directions. Idempotent."""
        self._send.close()
        self._receive.close()
