"""Seeing the traffic: every frame of a transport, both ways, with its time.

Owns the cutting of chunks into frames for the observer. It refuses to touch the wire: bytes pass as they are, and a
failing observer is a line in the log.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Literal

import attrs
import trio

from ._transport import LastWords, Link, Transport

Direction = Literal["in", "out"]

_MAXIMUM_FRAME = 64 * 1024 * 1024

_logger = logging.getLogger("acp_trio.transports")


@attrs.frozen(kw_only=True)
class TappedFrame:
    """One line of the wire, as this side saw it."""

    direction: Direction
    """`in`: the peer sent it; `out`: this side did."""
    data: bytes
    """The line without its newline."""
    complete: bool
    """False if the wire ended inside the line, or if it is longer than the tap keeps."""
    time: float
    """When its last byte passed, on trio's clock."""
    wall_time: float
    """The same moment in seconds since 1970."""


Observer = Callable[[TappedFrame], object]


def tap(transport: Transport, observer: Observer, *, maximum_frame: int = _MAXIMUM_FRAME) -> Transport:
    """Make a transport that shows `observer` every frame of another one.

    The observer is a plain function, called while the frame passes: an incoming frame before the connection has it, an
    outgoing one before or while it is written. It must not block. If it raises, the first time is logged and the wire
    goes on. Blank lines are not shown.

    Args:
      transport: the transport to watch.
      observer: is called with each frame, in the order of the wire.
      maximum_frame: bytes of one frame that are kept for the observer; of a longer one it sees the beginning.
    """
    return _TapTransport(transport, observer, maximum_frame)


class _TapTransport(Transport):
    def __init__(self, transport: Transport, observer: Observer, maximum_frame: int) -> None:
        self._transport = transport
        self._observer = observer
        self._maximum_frame = maximum_frame

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        async with self._transport.open() as link:
            show = _Careful(self._observer)
            incoming = _Frames("in", show, self._maximum_frame)
            outgoing = _Frames("out", show, self._maximum_frame)
            try:
                yield _TappedLink(link, incoming, outgoing)
            finally:
                incoming.end()
                outgoing.end()


class _TappedLink(Link):
    def __init__(self, link: Link, incoming: _Frames, outgoing: _Frames) -> None:
        self.name = link.name
        self._link = link
        self._incoming = incoming
        self._outgoing = outgoing

    async def receive(self) -> bytes:
        data = await self._link.receive()
        self._incoming.feed(data)
        return data

    def write_nowait(self, data: bytes | memoryview) -> int:
        written = self._link.write_nowait(data)
        if written:
            self._outgoing.feed(data[:written])
        return written

    async def write(self, data: bytes | memoryview) -> None:
        # Before, so that a request is always seen before its answer.
        self._outgoing.feed(data)
        await self._link.write(data)

    def close_by(self, deadline: float) -> None:
        self._link.close_by(deadline)

    async def last_words(self) -> LastWords:
        return await self._link.last_words()


class _Careful:
    """Calls an observer and survives it."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._failed = False

    def __call__(self, frame: TappedFrame) -> None:
        try:
            self._observer(frame)
        except Exception:
            if not self._failed:
                self._failed = True
                _logger.exception("the observer of a tap failed; further failures are not logged")


class _Frames:
    """Puts the frames of one direction together again."""

    def __init__(self, direction: Direction, show: Callable[[TappedFrame], None], maximum_frame: int) -> None:
        self._direction: Direction = direction
        self._show = show
        self._maximum = maximum_frame
        self._begun = bytearray()
        self._cut = False

    def feed(self, data: bytes | memoryview) -> None:
        data = bytes(data)
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._keep(data[start:end])
            self._finish(complete=not self._cut)
            start = end + 1
        self._keep(data[start:])

    def end(self) -> None:
        """The wire has ended; what has begun will not be finished."""
        self._finish(complete=False)

    def _keep(self, part: bytes) -> None:
        room = self._maximum - len(self._begun)
        self._begun += part[:room]
        self._cut = self._cut or len(part) > room

    def _finish(self, *, complete: bool) -> None:
        frame = bytes(self._begun)
        self._begun.clear()
        self._cut = False
        if frame.strip():
            now = trio.current_time()
            self._show(
                TappedFrame(direction=self._direction, data=frame, complete=complete, time=now, wall_time=time.time())
            )
