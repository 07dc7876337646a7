"""The table of our requests that wait for an answer.

Owns our ids, which request an answer belongs to, and that every request ends when the connection does. It also knows
who was woken and has not run yet: the next message waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import trio

from ..jsonrpc import AcpError, IdCounter, RequestId
from ._peers import Peer
from ._sent_request import SentRequest
from ._slice import LOOK_EVERY, Slice


class SentRequests:
    """The requests of one connection that wait for an answer."""

    def __init__(self, send_cancel: Callable[[SentRequest[Any]], None]) -> None:
        self.send_cancel = send_cancel
        self._ids = IdCounter()
        self._waiting: dict[object, SentRequest[Any]] = {}
        self._intercepted: set[SentRequest[Any]] = set()
        self.failure: Callable[[], AcpError] | None = None
        self.delivered: int = 0
        """Waiters that were woken and did not run yet: the next request or notification waits for them."""
        self._all_ran: trio.lowlevel.Task | None = None
        self._taken = 0
        self._slice = Slice()
        self.answers: int = 0
        self.late: int = 0
        self.unknown: int = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._intercepted)

    def awaits_any(self, methods: Container[str]) -> bool:
        """Whether a request of one of these methods is not answered."""
        unanswered = (*self._waiting.values(), *self._intercepted)
        return any(sent.method in methods for sent in unanswered)

    def add(self, method: str, response: Any, peer: Peer | None = None) -> SentRequest[Any]:
        """Make the entry of a request that is about to be sent."""
        sent: SentRequest[Any] = SentRequest(self, self._ids.allocate(), method, response, peer)
        self._waiting[sent.id] = sent
        return sent

    def take(self, request_id: object) -> SentRequest[Any] | None:
        """Remove and return the request that an answer names; None, and counted, if it is late or was never ours."""
        sent = self._waiting.pop(request_id, None)
        if sent is None:
            if self._ids.was_ours(request_id):
                self.late += 1
            else:
                self.unknown += 1
        else:
            self.answers += 1
        return sent

    def intercept(self, sent: SentRequest[Any]) -> None:
        """The answer goes through the handlers first: until it is delivered, the end of the connection finds it."""
        sent.arrive()
        self._intercepted.add(sent)

    def settle(self, sent: SentRequest[Any]) -> None:
        """An answer that was intercepted is delivered."""
        self._intercepted.discard(sent)

    def forget(self, request_id: RequestId) -> None:
        """Nobody wants this answer any more."""
        self._waiting.pop(request_id, None)

    def fail(
        self, error: Callable[[], AcpError], *, keep: frozenset[object] = frozenset(), finally_: bool = False
    ) -> None:
        """Answer every waiting request with an error of its own, but for the ids to `keep`.

        An answer that is in the hands of a handler which still runs has come before: it fails `finally_` only.
        """
        self.failure = error
        for request_id in [waiting for waiting in self._waiting if waiting not in keep]:
            sent = self._waiting.pop(request_id, None)
            if sent is not None:  # what was called about another one may have let go of it
                sent.deliver(error())
        for sent in list(self._intercepted):
            if (finally_ or sent.kept) and not sent.is_answered:
                sent.deliver(error())

    async def checkpoint(self) -> None:
        """What waiting for an answer costs that is there already."""
        self._taken += 1
        if not self._taken % LOOK_EVERY and self._slice.is_over():
            await trio.lowlevel.checkpoint()
            self._slice.begin()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()  # a full one for each would cost more than the answer

    def acknowledge(self) -> None:
        """A waiter that was woken runs. Every waiting path ends here, or the loop stands still."""
        self.delivered -= 1
        if not self.delivered and self._all_ran is not None:
            loop, self._all_ran = self._all_ran, None
            trio.lowlevel.reschedule(loop)  # the loop parked itself in `waiters_ran`

    async def waiters_ran(self) -> None:
        """Wait until each woken waiter has run to its next checkpoint: it may set up what the next message needs."""
        if self.delivered:
            self._all_ran = trio.lowlevel.current_task()  # woken by the last `acknowledge`
            await trio.lowlevel.wait_task_rescheduled(self._stop_waiting)

    def _stop_waiting(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._all_ran = None
        return trio.lowlevel.Abort.SUCCEEDED
