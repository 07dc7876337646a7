"""Lines of text as a transport: what a WebSocket, a queue or a log offers.

Owns the way between lines and bytes, and one task that takes lines from the source, so that a cancelled `receive`
never reaches into it. It refuses to interpret a line.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import trio

from ._background import background, failure_of
from ._transport import CHUNK, Link, Transport

SendLine = Callable[[str], Awaitable[object]]

_CLOSING = 1.0
"""Seconds a source that is an async generator has for its `finally`."""


def lines(send_line: SendLine, receive_lines: AsyncIterable[str]) -> Transport:
    """Make a transport from a function that sends one line and an iterable of received ones.

    Lines go out without their newline. They come in with or without one; a newline inside a line (a WebSocket message
    with pretty-printed JSON) becomes a space, which JSON does not mind. What either of them raises is a broken
    transport; the end of the iterable is the end of the stream. An async generator is closed on leaving, anything else
    is left alone. One line is taken ahead. No checkpoint.
    """
    return _LineTransport(send_line, receive_lines)


class _LineTransport(Transport):
    def __init__(self, send_line: SendLine, receive_lines: AsyncIterable[str]) -> None:
        self._send_line = send_line
        self._receive_lines = receive_lines

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        source = _Source(self._receive_lines)
        link = _LineLink(self._send_line, source)
        async with background(source.take_all):
            try:
                yield link
            finally:
                link.close()


class _Source:
    """Takes lines one by one into a channel, and keeps why there are no more."""

    def __init__(self, receive_lines: AsyncIterable[str]) -> None:
        self._lines = receive_lines
        self._put, self._get = trio.open_memory_channel[str](0)
        self._failure: Exception | None = None

    async def take_all(self) -> None:
        with self._put:
            try:
                await self._take_all()
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 -- kept for the reader
                self._failure = failure_of(error)

    async def _take_all(self) -> None:
        iterator = aiter(self._lines)
        try:
            async for line in iterator:
                await self._put.send(line)
        finally:
            await _close(iterator)  # noqa: ASYNC102 -- it shields itself

    async def next(self) -> str | None:
        try:
            return await self._get.receive()
        except trio.EndOfChannel:
            if self._failure is None:
                return None
            raise trio.BrokenResourceError(f"cannot receive: {self._failure}") from self._failure

    def close(self) -> None:
        self._get.close()


async def _close(iterator: AsyncIterator[str]) -> None:
    if isinstance(iterator, AsyncGenerator):
        with trio.move_on_after(_CLOSING, shield=True):
            await cast("AsyncGenerator[str, Any]", iterator).aclose()


class _LineLink(Link):
    name = "lines"

    def __init__(self, send_line: SendLine, source: _Source) -> None:
        self._send_line = send_line
        self._source = source
        self._received = b""
        self._returned = 0  # of it
        self._unfinished = bytearray()
        self._sending = trio.CancelScope()
        self._closed = False

    async def receive(self) -> bytes:
        if self._returned < len(self._received):
            # Reason: the rest of a long line is here already.
            await trio.lowlevel.checkpoint()
        elif (line := await self._source.next()) is None:
            return b""
        else:
            self._received, self._returned = _framed(line), 0
        chunk = self._received[self._returned : self._returned + CHUNK]
        self._returned += len(chunk)
        if self._returned == len(self._received):
            self._received, self._returned = b"", 0
        return chunk

    async def write(self, data: bytes | memoryview) -> None:
        # Reason: half a line sends nothing, and is a checkpoint still.
        await trio.lowlevel.checkpoint()
        if self._closed:
            raise trio.ClosedResourceError
        *complete, rest = bytes(data).split(b"\n")
        for line in complete:
            whole = bytes(self._unfinished) + line
            self._unfinished.clear()
            await self._send(whole.decode())
        self._unfinished += rest

    def close(self) -> None:
        self._closed = True
        self._sending.cancel()
        self._source.close()

    async def _send(self, line: str) -> None:
        with trio.CancelScope() as self._sending:
            try:
                await self._send_line(line)
            except Exception as error:
                raise trio.BrokenResourceError(f"cannot send: {error}") from error
        if self._sending.cancelled_caught:
            raise trio.ClosedResourceError


def _framed(line: str) -> bytes:
    """One line for the wire. A lone surrogate is passed on as it is: what is not UTF-8 is for the codec to refuse."""
    text = line.rstrip("\r\n").replace("\n", " ")
    return text.encode("utf-8", "surrogatepass") + b"\n"
