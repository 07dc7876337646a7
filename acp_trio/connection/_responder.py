"""One request of the peer, from its arrival to its one answer.

Owns the request's state, its cancel scope and the table of requests in flight. An answer is queued in the same step in
which the request leaves the table: a cancel that comes later names nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, final

import trio

from ..codec import CODEC
from ..jsonrpc import (
    ErrorCode,
    Event,
    IncomingState,
    LocalMisuse,
    RequestError,
    RequestId,
    error_text,
    incoming_after,
    result_text,
)
from ._answers import CANCELLED
from ._outgoing import Outgoing

logger = logging.getLogger("acp_trio.connection")


@final
class Responder:
    """Answers one request, exactly once.

    Attributes:
      id: the id on the wire.
      method: the method called.
      cancelled: whether the peer, or our closing, asked to cancel it before it was answered.
      on_cancel: called in the same step, for a request that waits in a queue.
      on_done: called when its handler has finished, which may be long after the answer.
    """

    __slots__ = ("_in_flight", "_scope", "_state", "cancelled", "id", "method", "on_cancel", "on_done")

    def __init__(self, in_flight: InFlight, request_id: RequestId, method: str) -> None:
        self.id: RequestId = request_id
        self.method: str = method
        self.cancelled: bool = False
        self.on_cancel: Callable[[], None] | None = None
        self.on_done: Callable[[], None] | None = None
        self._in_flight = in_flight
        self._scope: trio.CancelScope | None = None
        self._state = IncomingState.RECEIVED

    def __repr__(self) -> str:
        return f"<Responder {self.id!r} {self.method} {self._state.name.lower()}>"

    @property
    def answered(self) -> bool:
        """Whether the answer was given."""
        return self._state is IncomingState.ANSWERED

    @property
    def scope(self) -> trio.CancelScope:
        """The cancel scope of whoever works on it; `$/cancel_request` cancels it."""
        if self._scope is None:
            self._scope = trio.CancelScope()
        return self._scope

    def work_in(self, scope: trio.CancelScope) -> None:
        """Whoever works on it does so in this scope."""
        self._scope = scope

    def begin(self) -> None:
        """Its handler begins, unless it was cancelled before."""
        if self._state is IncomingState.RECEIVED:
            self._state = incoming_after(self._state, Event.DISPATCH)

    def respond(self, result: Any) -> None:
        """Answer with a result: a message object, or what JSON can hold. No checkpoint; it never waits for room.

        Raises LocalMisuse if the request is answered already.
        """
        try:
            text = result_text(self.id, CODEC.encode(result))
        except (TypeError, ValueError) as exc:
            self.refuse(RequestError(ErrorCode.INTERNAL_ERROR, "internal error", {"type": type(exc).__name__}))
            raise LocalMisuse(f"the result of {self.method} cannot be encoded: {exc}") from exc
        self._finish(text)

    def refuse(self, error: RequestError) -> None:
        """Answer with an error. Raises LocalMisuse if the request is answered already."""
        self._finish(error_text(self.id, error.code, error.message, error.data))

    def refuse_cancelled(self) -> None:
        """Answer as a cancelled request of this method does, unless it is answered."""
        if self.answered:
            return
        result = self._in_flight.cancelled_results.get(self.method)
        if result is None:
            self.refuse(CANCELLED)
        else:
            self.respond(result)

    @property
    def has_cancelled_result(self) -> bool:
        """Whether cancelling this request is a result, not an error."""
        return self.method in self._in_flight.cancelled_results

    def cancel(self, reason: str) -> None:
        """The peer, or our closing, wants it to stop. After the answer this is nothing."""
        if not self.answered:
            self._state = incoming_after(self._state, Event.CANCEL)
            self.cancelled = True
            self.scope.cancel(reason)
            if self.on_cancel is not None:
                self.on_cancel()

    def _finish(self, text: bytes) -> None:
        self._state = incoming_after(self._state, Event.ANSWER)
        self._in_flight.answer(self, text)


class InFlight:
    """The peer's requests that are not answered."""

    def __init__(self, outgoing: Outgoing, maximum: int, cancelled_results: Mapping[str, Any]) -> None:
        self.cancelled_results = cancelled_results
        self._outgoing = outgoing
        self._maximum = maximum
        self._by_id: dict[RequestId, Responder] = {}
        # The peer may use an id twice: both requests run, both are answered, a cancel reaches both.
        self._twins: list[Responder] = []
        self._emptied: trio.Event | None = None

    def __len__(self) -> int:
        return len(self._by_id) + len(self._twins)

    @property
    def full(self) -> bool:
        """Whether one more request must be refused unrun."""
        return len(self._by_id) + len(self._twins) >= self._maximum

    async def emptied(self) -> None:
        """Wait until every request is answered. Checkpoints only if it waits."""
        while len(self):
            if self._emptied is None:
                self._emptied = trio.Event()
            await self._emptied.wait()

    def add(self, request_id: RequestId, method: str) -> Responder:
        """Enter a request that is being dispatched."""
        responder = Responder(self, request_id, method)
        if request_id in self._by_id:
            self._twins.append(responder)
        else:
            self._by_id[request_id] = responder
        return responder

    def cancel(self, request_id: RequestId, reason: str) -> None:
        """Cancel what this id names, if anything."""
        for responder in [self._by_id.get(request_id), *self._twins]:
            if responder is not None and responder.id == request_id:
                responder.cancel(reason)

    def answer(self, responder: Responder, text: bytes) -> None:
        """Queue the answer and forget the request, in one step."""
        if self._by_id.get(responder.id) is responder:
            del self._by_id[responder.id]
        else:
            self._twins.remove(responder)
        if self._emptied is not None and not len(self):
            self._emptied.set()
            self._emptied = None
        try:
            self._outgoing.send(text)
        except LocalMisuse as exc:
            logger.error("the answer to %s is not sent: %s", responder.method, exc)  # noqa: TRY400  # all is said
            self._outgoing.send(error_text(responder.id, ErrorCode.INTERNAL_ERROR, "the answer is too long to send"))
