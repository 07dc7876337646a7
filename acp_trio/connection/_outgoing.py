"""The outgoing actor: messages as encoded lines, in order, with as few writes as possible.

Owns the queue of lines and both marks. Whoever sends encodes first, so that an object may change once it was sent and
a cancelled sender has sent a whole message or nothing. A lone message goes out at once from its sender's own task;
a burst, and the replies of one batch of frames, go out together. It knows nothing of what the lines mean.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..jsonrpc import LocalMisuse
from ..transports import ConnectionClosed, ConnectionLost, Link
from ._doorbell import Doorbell
from ._hold import current_hold
from ._limits import Limits

_NEWLINE = b"\n"


class Outgoing:
    """The queue of one connection's outgoing lines, and the actor that writes them."""

    def __init__(self, link: Link, limits: Limits, on_failure: Callable[[Exception], None]) -> None:
        self._link = link
        self._longest = limits.maximum_frame
        self._soft = limits.outgoing_soft
        self._hard = limits.outgoing_hard
        self._on_failure = on_failure
        self._queue: list[bytes] = []
        self._unwritten = 0  # bytes, those being written included
        self._corked = False  # the dispatch loop is in a batch: its replies wait for the end of it
        self._bursting = False  # something was sent since the actor last slept: more may come, so let it gather
        self._rest: memoryview | None = None  # a write that the link took only in part: the actor's, before all else
        self._doorbell = Doorbell()
        # One sender at a time waits for room: released together they would run in any order, and overrun the mark.
        self._senders = trio.StrictFIFOLock()
        self._room = Doorbell()
        self._emptied: trio.Event | None = None
        self.failure: Exception | None = None
        self.closed: bool = False
        self.messages: int = 0

    @property
    def unwritten(self) -> int:
        """Bytes that are queued or being written."""
        return self._unwritten

    def send(self, text: bytes) -> None:
        """Queue one message. It is written in this very step if nothing else is under way, else at the next wake-up.

        Raises LocalMisuse if it is longer than the maximum frame. After a failure it does nothing.
        """
        self._append(text)
        if self._corked:
            return
        if self._bursting:
            self._doorbell.ring()
        else:
            self._bursting = True
            self.flush()

    @property
    def has_room(self) -> bool:
        """Whether a sender may queue a message at once."""
        return self._unwritten <= self._soft and not self._senders.locked()

    async def wait_for_room(self, *, relayed: bool = False) -> None:
        """Wait until less than the soft mark is queued. Checkpoints only if it waits.

        A holder of the loop does not wait, but for what it only relays: then whoever sends to it has to wait.

        Raises ConnectionLost if the connection fails meanwhile, ConnectionClosed if this side closes it.
        """
        if self.has_room:
            return
        if self.failure is None and (relayed or current_hold() is None):
            async with self._senders:
                while self._unwritten > self._soft and not self.closed:
                    await self._room.wait()
        if self.failure is not None:
            raise ConnectionLost("the peer takes no more messages") from self.failure
        if self.closed:
            raise ConnectionClosed("this connection is closed")

    def cork(self) -> None:
        """Gather what is sent from now on."""
        self._corked = True
        self._bursting = False

    def uncork(self) -> None:
        """Write what was gathered."""
        self._corked = False
        if self._queue:
            self.flush()

    def flush(self) -> None:
        """Write what can be written without waiting; the actor does the rest."""
        if self._rest is not None or not self._queue or self.failure is not None:
            return
        data = self._take()
        try:
            written = self._link.write_nowait(data)
        except trio.BrokenResourceError as exc:
            self._fail(exc)
            return
        self._unwritten -= written
        if written != len(data):
            self._rest = memoryview(data)[written:]
            self._doorbell.ring()
        self._release()

    async def drained(self) -> None:
        """Wait until everything is written, or nothing can be any more. Checkpoints only if it waits."""
        while self._unwritten and self.failure is None and not self.closed:
            self._doorbell.ring()
            if self._emptied is None:
                self._emptied = trio.Event()
            await self._emptied.wait()

    def close(self) -> None:
        """Nobody will write any more: let go everybody who waits for that."""
        self.closed = True
        self._release_all()

    async def run(self) -> None:
        """Write whatever the senders left. Runs until cancelled."""
        while self.failure is None:
            self._bursting = False
            await self._doorbell.wait()
            while self._queue or self._rest is not None:
                self.flush()
                await self._write_rest()
        await trio.sleep_forever()

    async def _write_rest(self) -> None:
        rest = self._rest
        if rest is None:
            return
        try:
            await self._link.write(rest)
        except trio.BrokenResourceError as exc:
            self._fail(exc)
        else:
            if self.failure is None:
                self._rest = None
                self._unwritten -= len(rest)
                self._release()

    def _append(self, text: bytes) -> None:
        size = len(text) + 1
        if size > self._longest:
            raise LocalMisuse(f"a message of {size} bytes is longer than maximum_frame ({self._longest})")
        if self.failure is not None:
            return
        self._queue.append(text)
        self.messages += 1
        self._unwritten += size
        if self._unwritten > self._hard:
            self._fail(trio.BrokenResourceError(f"the peer stopped reading with {self._unwritten} bytes unsent"))

    def _take(self) -> bytes:
        queue = self._queue
        queue.append(b"")
        data = _NEWLINE.join(queue)
        queue.clear()
        return data

    def _release(self) -> None:
        """Every path that shrinks the queue ends here, or a parked sender is forgotten."""
        if self._unwritten <= self._soft // 2:
            self._room.ring()
        if self._emptied is not None and not self._unwritten:
            self._release_all()

    def _release_all(self) -> None:
        self._room.ring()
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None

    def _fail(self, failure: Exception) -> None:
        self.failure = failure
        self._queue.clear()
        self._rest = None
        self._unwritten = 0
        self._release_all()
        self._on_failure(failure)
