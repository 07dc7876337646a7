"""What one reader of a session has not taken yet: updates as received, and the answer that ends a turn.

Owns the bound in bytes and the order. The dispatch loop puts, one reader takes; putting never waits. The answer has a
place of its own: it is delivered however full the inbox is.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar, final

import trio

from ..connection import LOOK_EVERY, Doorbell, Laggards, Slice, check_may_wait
from ..jsonrpc import AcpError, LocalMisuse

_LEEWAY = 8  # an inbox may be full to one part in so many before its reader counts as behind

End_co = TypeVar("End_co", covariant=True)


@final
class SessionOverrun(AcpError):
    """A session's updates were not read for so long that they no longer fit; that session is over, nothing else is."""


class Inbox(Generic[End_co]):
    """One reader's updates, oldest first.

    Attributes:
      taken: how many of them the reader has, or will never get.
    """

    def __init__(self, maximum: int, laggards: Laggards) -> None:
        self._maximum = maximum
        self._mark = maximum // _LEEWAY
        self._laggards = laggards
        self._updates: deque[bytes] = deque()
        self._size = 0
        self._end: Any = None
        self._error: AcpError | None = None
        self._doorbell = Doorbell()
        self._marks: deque[tuple[int, trio.Event]] = deque()
        self._received = 0
        self.taken: int = 0
        self._reading = False
        self._slice = Slice()

    @property
    def ended(self) -> bool:
        """Whether what comes behind all updates is there."""
        return self._end is not None

    @property
    def lag(self) -> float:
        """How much of what is above the mark is full; nothing, or less, for a reader that keeps up."""
        return (self._size - self._mark) / (self._maximum - self._mark)

    def put(self, update: bytes) -> bool:
        """Add one update; False if it no longer fits, or the reader is gone."""
        if self._error is not None:
            return False
        self._size += len(update)
        if self._size > self._mark:
            if self._size > self._maximum:
                return False
            self._laggards.add(self)
        self._updates.append(update)
        self._received += 1
        if self._reading:
            self._doorbell.ring()
        return True

    def end(self, end: End_co | AcpError) -> None:
        """Add what comes behind all updates; an error is raised there."""
        self._end = end
        self._doorbell.ring()

    def fail(self, error: AcpError) -> None:
        """Drop everything: the reader gets `error`."""
        self._error = error
        self._updates.clear()
        self._size = 0
        self._doorbell.ring()
        self._let_all_go_on()

    def take_nowait(self) -> bytes | None:
        """Return the next update if one is there and the reader need not let other tasks run first, else None."""
        if not self._updates or self._reading:
            return None
        if not (self.taken + 1) % LOOK_EVERY and self._slice.is_over():
            return None
        return self._pop()

    async def take(self) -> bytes | End_co:
        """Return the next update, or the end when all were taken.

        Raises what `fail` was given, DispatchLoopHeld if it had to wait while the caller holds a dispatch loop.
        Checkpoints; cancelling it loses nothing.
        """
        if self._reading:
            raise LocalMisuse("two tasks read the updates of one session")
        await self._wait_readable()
        if self._error is not None:
            raise self._error.with_traceback(None)  # it may be raised again and again
        if self._updates:
            return self._pop()
        if isinstance(self._end, AcpError):
            raise self._end.with_traceback(None)  # as above
        end: End_co = self._end
        return end

    def _pop(self) -> bytes:
        update = self._updates.popleft()
        self._size -= len(update)
        self.taken += 1
        while self._marks and self._marks[0][0] <= self.taken:
            self._marks.popleft()[1].set()
        return update

    async def caught_up(self) -> None:
        """Wait until the reader has taken every update received so far. Checkpoints only if it waits.

        The reader goes on to its next checkpoint before whoever waited does.
        """
        if self.taken < self._received and self._error is None:
            event = trio.Event()
            self._marks.append((self._received, event))
            await event.wait()

    def close(self, left: str) -> None:
        """The block has been left: whoever waits for its reader goes on, whoever reads on gets LocalMisuse."""
        self.fail(LocalMisuse(f"{left} has been left"))

    async def _wait_readable(self) -> None:
        if self._is_readable:
            await trio.lowlevel.checkpoint()
            self._slice.begin()
        if self._is_readable:
            return
        check_may_wait("the next update")
        self._reading = True
        try:
            while not self._is_readable:
                await self._doorbell.wait()
            self._slice.begin()
        finally:
            self._reading = False

    @property
    def _is_readable(self) -> bool:
        return bool(self._updates) or self._end is not None or self._error is not None

    def _let_all_go_on(self) -> None:
        self.taken = self._received
        while self._marks:
            self._marks.popleft()[1].set()
