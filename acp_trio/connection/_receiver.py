"""The transport actor: chunks of bytes to batches of frames, read ahead while a handler holds the dispatch loop.

Owns the reading side of the link and the queue of what was received. While the loop runs, it reads for itself and no
task switch is paid; while it is suspended, the actor reads on, so that a cancel and the end of the stream are noticed,
up to a bound in bytes. It acts on nothing: urgent frames and the end are handed to whoever asked for them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import attrs
import trio
from msgspec import UNSET

from ..jsonrpc import Envelope, Frame, FrameSplitter
from ..transports import Link
from ._doorbell import Doorbell
from ._limits import Limits
from ._slice import LOOK_EVERY, Slice

_FRAME = 200  # bytes that a frame takes besides its text: many small ones take more than they say


@attrs.define(eq=False)
class Batch:
    """The frames that one chunk completed."""

    frames: list[Frame]
    size: int
    """Bytes that it takes in memory, about."""
    ended: bool = False
    """The stream ends behind these frames."""
    cause: Exception | None = None
    """The error that ended it, None for a proper end."""


class Receiver:
    """One connection's reading side."""

    def __init__(
        self,
        link: Link,
        limits: Limits,
        is_urgent: Callable[[str], bool],
        on_urgent: Callable[[Envelope], None],
        *,
        on_end: Callable[[Exception | None], Awaitable[None]],
    ) -> None:
        self._link = link
        self._limit = limits.received
        self._splitter = FrameSplitter(limits.maximum_frame)
        self._is_urgent = is_urgent
        self._on_urgent = on_urgent
        self._on_end = on_end
        self._send, self._receive = trio.open_memory_channel[Batch](math.inf)
        self._queue: deque[Batch] = deque()  # what is in the channel, for those who must look without taking
        self.queued = 0
        self._taken = 0
        self._slice = Slice()
        self._reading_ahead = False
        self._loop_waits = False
        self._doorbell = Doorbell()
        self._room = Doorbell()

    def next_batch(self) -> Coroutine[Any, Any, Batch]:
        """Return the next batch; the dispatch loop awaits it. Checkpoints unless one is there."""
        return self._next_queued() if self._queue or self._reading_ahead else self._read_for_the_loop()

    async def _read_for_the_loop(self) -> Batch:
        batch = await self._read()
        if batch.ended:
            self._queue.append(batch)
            await self._on_end(batch.cause)
            self._queue.clear()
        return batch

    async def _next_queued(self) -> Batch:
        if self._queue:
            self._taken += 1
            if not self._taken % LOOK_EVERY and self._slice.is_over():
                await trio.lowlevel.checkpoint()
                self._slice.begin()
            return self._took(self._receive.receive_nowait())
        self._loop_waits = True
        try:
            return self._took(await self._receive.receive())
        finally:
            self._loop_waits = False

    def read_ahead(self) -> None:
        """The loop is about to be suspended: from now on the actor reads, until the loop asks for more."""
        if not self._reading_ahead:
            self._reading_ahead = True
            self._doorbell.ring()

    def waiting_frames(self) -> Iterator[Frame]:
        """What was received and not taken by the loop, oldest first."""
        for batch in self._queue:
            yield from batch.frames

    async def run(self) -> None:
        """Read ahead whenever asked to. Runs until cancelled."""
        while True:
            await self._doorbell.wait()
            if await self._read_until_the_loop_waits():
                await trio.sleep_forever()

    async def _read_until_the_loop_waits(self) -> bool:
        """Whether the stream has ended."""
        while True:
            batch = await self._read()
            self.queued += batch.size
            self._queue.append(batch)
            self._send.send_nowait(batch)
            if batch.ended:
                await self._on_end(batch.cause)
                return True
            if self._loop_waits:
                self._reading_ahead = False
                return False
            while self.queued > self._limit:
                await self._room.wait()

    def _took(self, batch: Batch) -> Batch:
        self._queue.popleft()
        self.queued -= batch.size
        if self._reading_ahead:
            self._room.ring()
        return batch

    async def _read(self) -> Batch:
        try:
            chunk = await self._link.receive()
        except trio.BrokenResourceError as exc:
            return Batch([], 0, ended=True, cause=exc)
        if not chunk:
            return Batch(self._splitter.finish(), 0, ended=True)
        goes_on = self._splitter.is_within_line
        frames = self._splitter.feed(chunk)
        if b"cancel" in chunk:
            self._hand_over_urgent(frames, len(frames))
        elif goes_on:  # the word may stand in an earlier chunk, or across the two
            self._hand_over_urgent(frames, 1)
        return Batch(frames, len(chunk) + _FRAME * len(frames))

    def _hand_over_urgent(self, frames: list[Frame], suspects: int) -> None:
        for frame in frames[:suspects]:
            if isinstance(frame, Envelope) and frame.id is UNSET and self._is_urgent(str(frame.method)):
                self._on_urgent(frame)
