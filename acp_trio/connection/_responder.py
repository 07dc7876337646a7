"""One request of the peer, from its arrival to its one answer.

Owns the request's state, its cancel scope and the table of requests in flight. An answer is queued in the same step in
which the request leaves the table: a cancel that comes later names nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, cast, final

import trio

from ..codec import CODEC
from ..jsonrpc import (
    Envelope,
    ErrorCode,
    Event,
    IncomingState,
    LocalMisuse,
    RequestError,
    RequestId,
    answer_text,
    error_text,
    incoming_after,
    result_text,
)
from ._answers import CANCELLED
from ._outgoing import Outgoing

T_contra = TypeVar("T_contra", contravariant=True)
U = TypeVar("U")

logger = logging.getLogger("acp_trio.connection")

_UNENCODABLE = (TypeError, ValueError, RecursionError)  # what the JSON writer raises for values of other kinds


@final
class Responder(Generic[T_contra]):
    """Answers one request, exactly once.

    Attributes:
      id: the id on the wire.
      method: the method called.
      cancelled: whether the peer, or our closing, asked to cancel it before it was answered.
      kept: whether it outlives the handler that got it.
      on_cancel: called in the same step, for a request that waits in a queue or was forwarded.
      on_done: called when its handler has finished, which may be long after the answer.
    """

    __slots__ = ("_in_flight", "_scope", "_state", "_wrap", "cancelled", "id", "kept", "method", "on_cancel", "on_done")

    def __init__(self, in_flight: InFlight, request_id: RequestId, method: str) -> None:
        self.id: RequestId = request_id
        self.method: str = method
        self.cancelled: bool = False
        self.kept: bool = False
        self.on_cancel: Callable[[], None] | None = None
        self.on_done: Callable[[], None] | None = None
        self._in_flight = in_flight
        self._scope: trio.CancelScope | None = None
        self._wrap: Callable[[Any], Any] | None = None
        self._state = IncomingState.RECEIVED

    def __repr__(self) -> str:
        return f"<Responder {self.id!r} {self.method!r} {self._state.name.lower()}>"

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

    def work_in(self, scope: trio.CancelScope | None) -> None:
        """Whoever works on it does so in this scope; None when nobody does any more."""
        self._scope = scope
        if self.cancelled and scope is not None:
            scope.cancel("the request was cancelled before")

    @property
    def is_wrapped(self) -> bool:
        """Whether `wrap` or `map` was called."""
        return self._wrap is not None

    def keep(self) -> None:
        """Let the handler end before this is answered; who keeps it answers, or the end of the connection does."""
        self.kept = True

    def wrap(self, function: Callable[[Any], Any], *, method: str | None = None) -> Responder[Any]:
        """Have `function` turn whatever is responded or refused into what is sent; returns this same responder.

        It gets the result, or the RequestError, and returns a result or raises RequestError. `method` is how errors and
        logs call the request from now on.
        """
        inner = self._wrap
        self._wrap = function if inner is None else lambda outcome: inner(_outcome(function, outcome))
        self.method = method or self.method
        return self

    def map(self, function: Callable[[U], T_contra]) -> Responder[U]:
        """Have `function` make the result of what is responded; refusals stay. Returns this same responder."""
        self.wrap(lambda outcome: outcome if isinstance(outcome, RequestError) else function(outcome))
        return cast("Responder[U]", self)

    def cast(self, _result: type[U]) -> Responder[U]:
        """The same responder, for type checkers one of another result; `Any` erases its type."""
        return cast("Responder[U]", self)

    def begin(self) -> None:
        """Its handler begins, unless it was cancelled before."""
        if self._state is IncomingState.RECEIVED:
            self._state = incoming_after(self._state, Event.DISPATCH)

    def done(self) -> None:
        """No handler works on it any more."""
        if self.on_done is not None:
            self.on_done()

    def respond(self, result: T_contra) -> None:
        """Answer with a result: a message object, or what JSON can hold. No checkpoint; it never waits for room.

        Raises LocalMisuse if the request is answered already.
        """
        outcome = result if self._wrap is None else _outcome(self._wrap, result)
        if isinstance(outcome, RequestError):
            self._refuse(outcome)
        else:
            self._respond(outcome)

    def refuse(self, error: RequestError) -> None:
        """Answer with an error. Raises LocalMisuse if the request is answered already."""
        outcome = error if self._wrap is None else _outcome(self._wrap, error)
        if isinstance(outcome, RequestError):
            self._refuse(outcome)
        else:
            self._respond(outcome)

    def pass_on(self, answer: Envelope) -> None:
        """Answer with what another request was answered, byte for byte, past `wrap` and `map`.

        Raises as `respond` does.
        """
        self._finish(answer_text(self.id, answer))

    def _respond(self, result: Any) -> None:
        try:
            text = result_text(self.id, CODEC.encode(result))
        except _UNENCODABLE as exc:
            self._refuse(RequestError(ErrorCode.INTERNAL_ERROR, "internal error", {"type": type(exc).__name__}))
            raise LocalMisuse(f"the result of {self.method} cannot be encoded: {exc}") from exc
        self._finish(text)

    def _refuse(self, error: RequestError) -> None:
        try:
            text = error_text(self.id, error.code, error.message, error.data)
        except _UNENCODABLE as exc:
            logger.error("the data of the error that answers %r is left out: %s", self.method, exc)  # noqa: TRY400
            text = error_text(self.id, error.code, error.message)
        self._finish(text)

    def refuse_cancelled(self) -> None:
        """Answer as a cancelled request of this method does, unless it is answered."""
        if self.answered:
            return
        result = self._in_flight.cancelled_results.get(self.method)
        if result is None:
            self._refuse(CANCELLED)
        else:
            self._respond(result)

    @property
    def has_cancelled_result(self) -> bool:
        """Whether cancelling this request is a result, not an error."""
        return self.method in self._in_flight.cancelled_results

    def cancel(self, reason: str) -> None:
        """The peer, or our closing, wants it to stop. After the answer, and a second time, this is nothing."""
        if not (self.answered or self.cancelled):
            self._state = incoming_after(self._state, Event.CANCEL)
            self.cancelled = True
            self.scope.cancel(reason)
            if self.on_cancel is not None:
                self.on_cancel()

    def _finish(self, text: bytes) -> None:
        self._state = incoming_after(self._state, Event.ANSWER)
        self._in_flight.answer(self, text)


def _outcome(function: Callable[[Any], Any], outcome: Any) -> Any:
    try:
        return function(outcome)
    except RequestError as refusal:
        return refusal
    except Exception as exc:
        logger.exception("what was to make the answer out of %r failed", outcome)
        return RequestError(ErrorCode.INTERNAL_ERROR, "internal error", {"type": type(exc).__name__})


class InFlight:
    """The peer's requests that are not answered."""

    def __init__(self, outgoing: Outgoing, maximum: int, cancelled_results: Mapping[str, Any]) -> None:
        self.cancelled_results = cancelled_results
        self._outgoing = outgoing
        self._maximum = maximum
        self._by_id: dict[RequestId, Responder[Any]] = {}
        # The peer may use an id twice: both requests run, both are answered, a cancel reaches both.
        self._twins: dict[RequestId, dict[Responder[Any], None]] = {}
        self._count = 0
        self._answered: trio.Event | None = None  # while somebody waits for that

    def __len__(self) -> int:
        return self._count

    @property
    def full(self) -> bool:
        """Whether one more request must be refused unrun."""
        return self._count >= self._maximum

    async def answered_so_far(self) -> None:
        """Wait until every request that is here now is answered. Checkpoints only if it waits."""
        for responder in self._all():
            while not responder.answered:
                if self._answered is None:
                    self._answered = trio.Event()
                await self._answered.wait()

    def add(self, request_id: RequestId, method: str) -> Responder[Any]:
        """Enter a request that is being dispatched."""
        responder: Responder[Any] = Responder(self, request_id, method)
        if request_id in self._by_id:
            self._twins.setdefault(request_id, {})[responder] = None
        else:
            self._by_id[request_id] = responder
        self._count += 1
        return responder

    def refuse_all(self) -> None:
        """Nobody will answer them any more: those whose handlers kept the responder."""
        for responder in self._all():
            responder.cancel("the connection is closing")  # so that what was forwarded is cancelled too
            responder.refuse_cancelled()

    def cancel(self, request_id: RequestId, reason: str) -> None:
        """Cancel what this id names, if anything."""
        for responder in [self._by_id.get(request_id), *self._twins.get(request_id, ())]:
            if responder is not None and not responder.cancelled:
                responder.cancel(reason)

    def answer(self, responder: Responder[Any], text: bytes) -> None:
        """Queue the answer and forget the request, in one step."""
        if self._by_id.get(responder.id) is responder:
            del self._by_id[responder.id]
        else:
            self._forget_twin(responder)
        self._count -= 1
        if self._answered is not None:
            self._answered.set()
            self._answered = None
        try:
            self._outgoing.send(text)
        except LocalMisuse as exc:
            logger.error("the answer to %r is not sent: %s", responder.method, exc)  # noqa: TRY400  # all is said
            self._outgoing.send(error_text(responder.id, ErrorCode.INTERNAL_ERROR, "the answer is too long to send"))

    def _all(self) -> Sequence[Responder[Any]]:
        return [*self._by_id.values(), *chain.from_iterable(self._twins.values())]

    def _forget_twin(self, responder: Responder[Any]) -> None:
        twins = self._twins[responder.id]
        del twins[responder]
        if not twins:
            del self._twins[responder.id]
