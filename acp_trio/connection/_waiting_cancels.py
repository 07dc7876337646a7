"""Cancels that were received and have not had their turn yet: which requests they stop before those run.

A cancel reaches what came before it and nothing else. Whatever has its turn while a cancel waits for its own, came
before it. So the ids that waiting cancels name are all that is kept: no queue is searched, and nothing is remembered
once they have had their turn.
"""

from __future__ import annotations

from collections import Counter

from ..jsonrpc import Envelope, RequestId


class WaitingCancels:
    """The cancels of one connection.

    Attributes:
      waiting: whom each of them names.
    """

    def __init__(self) -> None:
        self.waiting: dict[int, RequestId] = {}  # by id() of the cancel's frame, which lives until it has had its turn
        self._count: Counter[RequestId] = Counter()

    def received(self, cancel: Envelope, request_id: RequestId) -> None:
        """A cancel of this request waits for its turn."""
        self.waiting[id(cancel)] = request_id
        self._count[request_id] += 1

    def take(self, notification: Envelope) -> None:
        """A notification has its turn: if it is a cancel, that waits no more."""
        request_id = self.waiting.pop(id(notification), None)
        if request_id is not None:
            self._count[request_id] -= 1
            if not self._count[request_id]:
                del self._count[request_id]

    def reach(self, request_id: RequestId) -> bool:
        """Whether a request whose turn it is was cancelled while it waited."""
        return request_id in self._count
