"""Ends the kernel can wait for: pipes, sockets, terminals.

Owns the hot path of every real wire: wait, then one system call that must not block. Trio's own streams try the call
first, after a checkpoint, which costs a ping-pong twice the time. It refuses to decide how the call is kept from
blocking: it is given that call.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial

import trio

from ._end import ReadEnd, WriteEnd
from ._transport import CHUNK

# One pipe holds 64 KiB; more than this at once comes from a grandchild that goes on writing.
_READS_AT_MOST = 16


class PollReader(ReadEnd):
    """Reads when the kernel says there is something.

    Args:
      descriptor: what to wait for.
      read: returns at most `CHUNK` bytes, or raises BlockingIOError instead of waiting.
      release: closes the descriptor.
    """

    def __init__(self, descriptor: int, read: Callable[[], bytes], release: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._read = read
        self._release = release
        self._no_more_writers = False
        self._closed = False

    @classmethod
    def owning(cls, descriptor: int, release: Callable[[], None] | None = None) -> PollReader:
        """Read from an open file that nobody else has, so that making it non-blocking bothers no one."""
        os.set_blocking(descriptor, False)
        return cls(descriptor, partial(os.read, descriptor, CHUNK), release or partial(os.close, descriptor))

    async def receive(self) -> bytes:
        while True:
            if self._closed:
                raise trio.ClosedResourceError
            try:
                if self._no_more_writers:
                    # Reason: there is nothing to wait for, and an empty pipe would be waited for in vain.
                    await trio.lowlevel.checkpoint()
                else:
                    # Reason: a trio stream pays for a checkpoint before each read.
                    await trio.lowlevel.wait_readable(self._descriptor)
            except trio.ClosedResourceError:
                # Woken by us, to close or to look again.
                if self._closed:
                    raise
            try:
                return self.receive_nowait()
            except trio.WouldBlock:
                if self._no_more_writers:
                    return b""

    def receive_nowait(self) -> bytes:
        """What is there now; raises trio.WouldBlock if that is nothing."""
        if self._closed:
            raise trio.ClosedResourceError
        try:
            return self._read()
        except BlockingIOError:
            raise trio.WouldBlock from None
        except OSError as error:
            if error.errno == errno.EIO:
                # That is how a terminal says that the other side hung up.
                return b""
            raise trio.BrokenResourceError(f"cannot read: {error.strerror}") from error

    def drain_nowait(self, take: Callable[[bytes], None]) -> None:
        """Hand over what is there, but not for as long as someone goes on writing. A broken pipe holds nothing."""
        try:
            for _ in range(_READS_AT_MOST):
                if not (data := self.receive_nowait()):
                    return
                take(data)
        except (trio.WouldBlock, trio.BrokenResourceError):
            return

    def expect_no_more(self) -> None:
        """Take an empty pipe for its end from now on, whoever may still hold its other end open."""
        self._no_more_writers = True
        self._wake()

    def taken_over(self) -> PollReader:
        """Close this reader without the descriptor, and return the reader that has it from now on."""
        self._closed = True
        self._wake()
        return PollReader(self._descriptor, self._read, self._release)

    def _wake(self) -> None:
        # Reason: the only way to reach a task that waits for a descriptor.
        trio.lowlevel.notify_closing(self._descriptor)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._wake()
            self._release()


class PollWriter(WriteEnd):
    """Writes when the kernel says there is room.

    Args:
      descriptor: what to wait for.
      write: writes some of the data and returns how much, or raises BlockingIOError instead of waiting.
      release: closes the descriptor.
    """

    def __init__(
        self, descriptor: int, write: Callable[[bytes | memoryview], int], release: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._write = write
        self._release = release
        self._closed = False

    @classmethod
    def owning(cls, descriptor: int, release: Callable[[], None] | None = None) -> PollWriter:
        """Write to an open file that nobody else has, so that making it non-blocking bothers no one."""
        os.set_blocking(descriptor, False)
        return cls(descriptor, partial(os.write, descriptor), release or partial(os.close, descriptor))

    def write_nowait(self, data: bytes | memoryview) -> int:
        if self._closed:
            raise trio.ClosedResourceError
        try:
            return self._write(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise trio.BrokenResourceError(f"cannot write: {error.strerror}") from error

    async def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while True:
            if self._closed:
                raise trio.ClosedResourceError
            # Reason: a trio stream pays for a checkpoint before each write.
            await trio.lowlevel.wait_writable(self._descriptor)
            rest = rest[self.write_nowait(rest) :]
            if not rest:
                return

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            # Reason: a task that waits for a closed descriptor would wait for ever.
            trio.lowlevel.notify_closing(self._descriptor)
            self._release()
