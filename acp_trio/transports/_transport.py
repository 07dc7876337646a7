"""What a transport is: bytes in, bytes out, and what is known once it has ended.

Owns the two interfaces every transport implements and the record of a peer's end. It knows nothing of lines, JSON or
messages, and has no task: whoever opens a transport decides who reads and who writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

import attrs

CHUNK = 65536
"""Bytes one `receive` returns at most."""


@attrs.frozen(kw_only=True)
class LastWords:
    """What is known about a peer that went away."""

    command: tuple[str, ...] = ()
    """argv of the process, empty where there is none."""
    exit_status: int | None = None
    """Its exit status, negative for a signal, None while it runs or where there is none."""
    stderr: bytes = b""
    """The last 8 KiB it wrote to standard error."""


class Link(ABC):
    """An open transport. One task reads, one task writes; the two may be different tasks.

    Once its block has begun to leave, reading and writing raise trio.ClosedResourceError, also in who waits already.
    """

    name: str
    """Whom this reaches, for `repr` and errors: `process 'gemini'`, `stdio`, `memory`."""

    @abstractmethod
    async def receive(self) -> bytes:
        """Return the next bytes, at most `CHUNK`, or `b""` at the end.

        Raises trio.BrokenResourceError (from the cause) if the transport broke, and nothing else for I/O. Cancelling
        it loses no byte. Checkpoints.
        """

    def write_nowait(self, data: bytes | memoryview) -> int:
        """Write what can go out without waiting and return how many bytes that was (0: use `write`).

        Raises trio.BrokenResourceError if the transport broke. No checkpoint.
        """
        return 0

    @abstractmethod
    async def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`. Cancelled half way, the frame is torn: only a closing connection may do that.

        Raises trio.BrokenResourceError if the transport broke. Checkpoints.
        """

    def close_by(self, deadline: float) -> None:
        """Say when (on trio's clock) leaving the block must be over. Without it leaving takes at most five seconds."""

    async def last_words(self) -> LastWords:
        """Return what is known about the peer's end, after a short bounded wait for more.

        Never raises. The wait is shielded, so it can be asked for while cancelled; it may not checkpoint.
        """
        return LastWords()


class Transport(ABC):
    """How to reach a peer. Reusable: each `open()` is a new link."""

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Link]:
        """Open the transport for the time of a block.

        Entering raises `HandshakeFailed` if the peer cannot be reached (a command that is not found). Leaving closes
        everything the link owns, also when cancelled: shielded, bounded by `Link.close_by`, and safe to do from an
        exception. Enter and leave it in one task.
        """
