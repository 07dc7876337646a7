"""The outgoing actor: messages as encoded lines, in order, with as few writes as possible.

Owns the queue of lines, both marks, and the line of senders that wait for room. Whoever sends encodes first, so that an
object may change once it was sent and a cancelled sender has sent a whole message or nothing. A lone message goes out
at once from its sender's own task; a burst, and the replies of one batch of frames, go out together. It knows nothing
of what the lines mean.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import attrs
import trio

from ..jsonrpc import LocalMisuse
from ..transports import ConnectionClosed, ConnectionLost, Link
from ._doorbell import Doorbell
from ._gong import Gong
from ._hold import current_hold
from ._limits import Limits

_NEWLINE = b"\n"


@attrs.define(eq=False)
class _Waiting:
    """A sender in the line."""

    text: bytes | None
    """What is sent for it when its turn comes; None if it sends for itself then."""
    task: trio.lowlevel.Task
    is_awake: bool = False

    def wake(self) -> None:
        if not self.is_awake:
            self.is_awake = True
            trio.lowlevel.reschedule(self.task)  # the counterpart of `_stand_in_line`, see there


class Outgoing:
    """The queue of one connection's outgoing lines, and the actor that writes them."""

    def __init__(self, link: Link, limits: Limits, on_failure: Callable[[Exception], None]) -> None:
        self._link = link
        self._longest = limits.maximum_frame
        self._soft = min(limits.outgoing_soft, limits.maximum_frame)  # or the hard mark would come first
        self._hard = limits.outgoing_hard
        self._on_failure = on_failure
        self._queue: list[bytes] = []
        self._unwritten = 0  # bytes, those being written included
        self._written = 0  # bytes, ever
        self._corked = False  # the dispatch loop is in a batch: its replies wait for the end of it
        self._bursting = False  # something was sent since the actor last slept: more may come, so let it gather
        self._rest: memoryview | None = None  # a write that the link took only in part: the actor's, before all else
        self._doorbell = Doorbell()
        self._line: OrderedDict[_Waiting, None] = OrderedDict()  # of senders, the first in front
        self._progress = Gong()
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
        return self._unwritten <= self._soft and not self._line

    async def wait_for_room(self, *, relayed: bool = False) -> None:
        """Wait until less than the soft mark is queued. Checkpoints only if it waits.

        A holder of the loop does not wait, but for what it only relays: then whoever sends to it has to wait.

        Raises ConnectionLost if the connection fails meanwhile, ConnectionClosed if this side closes it.
        """
        if self.has_room:
            return
        if self.failure is None and (relayed or current_hold() is None):
            await self._stand_in_line(None)
        else:
            self._check_open()

    async def send_in_turn(self, text: bytes) -> None:
        """Queue one message when there is room for it and for those before it. Checkpoints only if it waits.

        A holder of the loop does not wait. Cancelled, it sent nothing. Raises as `send` and `wait_for_room` do.
        """
        self._check_open()
        if self.has_room or current_hold() is not None:
            self.send(text)
        else:
            self._size_of(text)
            await self._stand_in_line(text)

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
        if written != len(data):
            self._rest = memoryview(data)[written:]
            self._doorbell.ring()
        self._note_written(written)

    async def drained(self) -> None:
        """Wait until what is queued now is written, or nothing can be any more. Checkpoints only if it waits."""
        mark = self._written + self._unwritten
        while self._written < mark and self.failure is None and not self.closed:
            self._doorbell.ring()
            await self._progress.wait()

    def close(self) -> None:
        """Nobody will write any more: let go everybody who waits for that."""
        self.closed = True
        self._release_all()

    async def run(self) -> None:
        """Write whatever the senders left. Runs until cancelled."""
        while self.failure is None:
            self._bursting = False
            await self._doorbell.wait()
            self._let_in()
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
                self._note_written(len(rest))

    # Ctrl-C between these lines would leave somebody in the line who does not wait.
    @trio.lowlevel.enable_ki_protection
    async def _stand_in_line(self, text: bytes | None) -> None:
        """Until there is room for it and for all before it; a text is sent then, without one the caller sends."""
        # An event would tell of a cancellation a step late: by then the text may have been sent.
        waiting = _Waiting(text, trio.lowlevel.current_task())
        self._line[waiting] = None
        await trio.lowlevel.wait_task_rescheduled(lambda _: self._leave_line(waiting))
        if waiting in self._line:
            self._leave_line(waiting)
            self._check_open()

    def _leave_line(self, waiting: _Waiting) -> trio.lowlevel.Abort:
        del self._line[waiting]
        self._doorbell.ring()  # those behind it, once it has sent
        return trio.lowlevel.Abort.SUCCEEDED

    def _let_in(self) -> None:
        """Those in front of the line, as many as there is room for."""
        while self._line and self._unwritten <= self._soft and self.failure is None:
            first = next(iter(self._line))
            first.wake()
            if first.text is None:
                return  # it stays in front until it has sent
            del self._line[first]
            self._append(first.text)

    def _check_open(self) -> None:
        if self.failure is not None:
            raise ConnectionLost("the peer takes no more messages") from self.failure
        if self.closed:
            raise ConnectionClosed("this connection is closed")

    def _size_of(self, text: bytes) -> int:
        size = len(text)
        if size > self._longest:
            raise LocalMisuse(f"a message of {size} bytes is longer than maximum_frame ({self._longest})")
        return size + len(_NEWLINE)

    def _append(self, text: bytes) -> None:
        unwritten = self._unwritten + self._size_of(text)
        if self.failure is not None:
            return
        self._queue.append(text)
        self.messages += 1
        self._unwritten = unwritten
        if unwritten > self._hard:
            self._fail(trio.BrokenResourceError(f"the peer stopped reading with {unwritten} bytes unsent"))

    def _take(self) -> bytes:
        queue = self._queue
        queue.append(b"")
        data = _NEWLINE.join(queue)
        queue.clear()
        return data

    def _note_written(self, size: int) -> None:
        """Every path that shrinks the queue ends here, or the line is forgotten."""
        self._written += size
        self._unwritten -= size
        if self._line and self._unwritten <= self._soft // 2:
            self._let_in()
            self._doorbell.ring()
        self._progress.strike()

    def _release_all(self) -> None:
        """It is over: nobody waits any more, neither in the line nor for its end."""
        for waiting in self._line:
            waiting.wake()
        self._progress.strike()

    def _fail(self, failure: Exception) -> None:
        self.failure = failure
        self._queue.clear()
        self._rest = None
        self._unwritten = 0
        self._release_all()
        self._on_failure(failure)
