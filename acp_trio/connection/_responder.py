"""One request of the peer, from its arrival to its one answer.

Owns the request's state, its cancel scope and the table of requests in flight. An answer is queued in the same step in
which the request leaves the table: a cancel that comes later names nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
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


_CANCELLED = (IncomingState.CANCELLING, IncomingState.DOOMED)


@final
class Responder:
    """Answers one request, exactly once.

    Attributes:
      id: the id on the wire.
      method: the method called.
      scope: the cancel scope of whoever works on it; `$/cancel_request` cancels it.
      on_cancel: called in the same step, for a request that waits in a queue.
      on_done: called when its handler has finished, which may be long after the answer.
    """

    __slots__ = ("_in_flight", "_state", "id", "method", "on_cancel", "on_done", "scope")

    def __init__(self, in_flight: InFlight, request_id: RequestId, method: str) -> None:
        self.id: RequestId = request_id
        self.method: str = method
        self.scope: trio.CancelScope = trio.CancelScope()
        self.on_cancel: Callable[[], None] | None = None
        self.on_done: Callable[[], None] | None = None
        self._in_flight = in_flight
        self._state = IncomingState.RECEIVED

    def __repr__(self) -> str:
        return f"<Responder {self.id!r} {self.method} {self._state.name.lower()}>"

    @property
    def answered(self) -> bool:
        """Whether the answer was given."""
        return self._state is IncomingState.ANSWERED

    @property
    def cancelled(self) -> bool:
        """Whether the peer asked to cancel it before it was answered."""
        return self._state in _CANCELLED

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
        # The peer may use an id twice: both requests run, both are answered, a cancel reaches both.
        self._by_id: dict[RequestId, list[Responder]] = {}
        self._count = 0
        self._emptied: trio.Event | None = None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Responder]:
        return iter([responder for twins in self._by_id.values() for responder in twins])

    @property
    def full(self) -> bool:
        """Whether one more request must be refused unrun."""
        return self._count >= self._maximum

    async def emptied(self) -> None:
        """Wait until every request is answered. Checkpoints only if it waits."""
        while self._count:
            self._emptied = self._emptied or trio.Event()
            await self._emptied.wait()

    def add(self, request_id: RequestId, method: str) -> Responder:
        """Enter a request that is being dispatched."""
        responder = Responder(self, request_id, method)
        self._by_id.setdefault(request_id, []).append(responder)
        self._count += 1
        return responder

    def cancel(self, request_id: RequestId, reason: str) -> bool:
        """Cancel what this id names; whether there was anything."""
        twins = self._by_id.get(request_id, ())
        for responder in list(twins):
            responder.cancel(reason)
        return bool(twins)

    def answer(self, responder: Responder, text: bytes) -> None:
        """Queue the answer and forget the request, in one step."""
        twins = self._by_id[responder.id]
        twins.remove(responder)
        if not twins:
            del self._by_id[responder.id]
        self._count -= 1
        if self._emptied is not None and not self._count:
            self._emptied.set()
            self._emptied = None
        try:
            self._outgoing.send(text)
        except LocalMisuse as exc:
            logger.error("the answer to %s is not sent: %s", responder.method, exc)  # noqa: TRY400  # all is said
            self._outgoing.send(error_text(responder.id, ErrorCode.INTERNAL_ERROR, "the answer is too long to send"))
