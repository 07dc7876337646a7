"""Ends that only a thread can read or write: regular files, and terminals that cannot be had for ourselves.

Such a descriptor must stay blocking, because its flags belong to everybody who has the file open. Waiting happens in
the kernel where it offers that, so that a thread is only asked to do what is about to succeed; what a thread has
begun is waited for, even when cancelled, so that no byte is lost and no descriptor is closed under it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from ._end import ReadEnd, WriteEnd
from ._transport import CHUNK

T = TypeVar("T")

# A terminal with room takes at least this much without making the thread wait for its reader.
_PIECE = 256


class ThreadReader(ReadEnd):
    """Reads a blocking descriptor, which it owns, in a thread."""

    def __init__(self, descriptor: int) -> None:
        self._blocking = _Blocking(descriptor)

    async def receive(self) -> bytes:
        await self._blocking.ready(trio.lowlevel.wait_readable)
        try:
            return await self._blocking.call(lambda descriptor: os.read(descriptor, CHUNK))
        except OSError as error:
            if error.errno == errno.EIO:
                # That is how a terminal says that the other side hung up.
                return b""
            raise trio.BrokenResourceError(f"cannot read: {error.strerror}") from error

    def close(self) -> None:
        self._blocking.close()


class ThreadWriter(WriteEnd):
    """Writes a blocking descriptor, which it owns, in a thread."""

    def __init__(self, descriptor: int) -> None:
        self._blocking = _Blocking(descriptor)

    async def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while True:
            await self._blocking.ready(trio.lowlevel.wait_writable)
            rest = rest[await self._write_some(rest) :]
            if not rest:
                return

    async def _write_some(self, data: memoryview) -> int:
        piece = data[:_PIECE] if self._blocking.pollable else data
        try:
            return await self._blocking.call(lambda descriptor: os.write(descriptor, piece))
        except OSError as error:
            raise trio.BrokenResourceError(f"cannot write: {error.strerror}") from error

    def close(self) -> None:
        self._blocking.close()


class _Blocking:
    """A blocking descriptor that is closed once no thread uses it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._busy = False
        self._closed = False
        self.pollable = True

    async def ready(self, wait: Callable[[int], Awaitable[None]]) -> None:
        """Wait as far as the kernel offers it."""
        if self._closed:
            raise trio.ClosedResourceError
        if self.pollable:
            try:
                await wait(self._descriptor)
            except PermissionError:
                # epoll's word for a file that is always ready.
                self.pollable = False

    async def call(self, function: Callable[[int], T]) -> T:
        if self._closed:
            # Closed between its readiness and our turn: the number may be another file's by now.
            raise trio.ClosedResourceError
        self._busy = True
        try:
            return await trio.to_thread.run_sync(function, self._descriptor)
        finally:
            self._busy = False
            if self._closed:
                os.close(self._descriptor)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        # Reason: a task that waits for a closed descriptor would wait for ever.
        trio.lowlevel.notify_closing(self._descriptor)
        if not self._busy:
            os.close(self._descriptor)
