"""The incoming actor: the dispatch loop, which hands over messages one by one in the order of the wire.

Owns that order: who is tried first, what waits for what, and what a cancel reaches. It reads nothing and writes
nothing itself, and it knows no method by name but `$/cancel_request`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import trio
from msgspec import UNSET, UnsetType

from ..codec import CODEC, InvalidValue
from ..jsonrpc import (
    Envelope,
    ErrorCode,
    Frame,
    JSONInvalid,
    Junk,
    LocalMisuse,
    Malformed,
    Oversize,
    ProtocolViolation,
    RequestError,
    RequestId,
    as_object,
    error_text,
    is_request_id,
    loads,
)
from ._answers import invalid_params
from ._handlers import Handler, Meeting
from ._hold import Hold
from ._hooks import Hooks
from ._outgoing import Outgoing
from ._receiver import Batch, Receiver
from ._responder import InFlight, Responder
from ._runs import LoopScope, Run, begin_in_loop, run_in_task
from ._sent_request import Held, SentRequests
from ._tasks import Tasks

if TYPE_CHECKING:
    from ._connection import Connection

logger = logging.getLogger("acp_trio.connection")

SLICE = 0.001
"""Seconds of uninterrupted dispatch: then other tasks get a turn."""
Waiting: TypeAlias = Coroutine[Any, Any, None] | None
"""What the loop waits for before it goes on: most messages need nothing."""

_SHOWN_MALFORMED = 10  # lines that are no message, before the log has seen enough of them

_LOOK_EVERY = 8  # messages between two looks at the clock


class DispatchLoop:
    """One connection's dispatch loop."""

    def __init__(  # noqa: PLR0917  # the parts of one connection, wired in one place
        self,
        connection: Connection,
        hooks: Hooks,
        outgoing: Outgoing,
        sent: SentRequests,
        in_flight: InFlight,
        tasks: Tasks,
        *,
        on_broken: Callable[[Exception], None],
        explained: Callable[[], Awaitable[None]],
        on_end: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._hooks = hooks
        self._outgoing = outgoing
        self._sent = sent
        self._in_flight = in_flight
        self._tasks = tasks
        self._on_broken = on_broken
        self._explained = explained
        self._on_end = on_end
        self._abandoned = False
        self._scope = LoopScope()
        self._receiver: Receiver | None = None
        self._batch: Sequence[Frame] = ()
        self._next = 0  # the first frame of the batch that was not dispatched
        self._doomed: set[int] = set()  # id() of requests that were cancelled before their turn
        self.run_of_loop: Run | None = None  # the handler that holds the loop
        self._block: Hold | None = None  # the block on an answer that holds it
        self.closing = False
        self.ended = trio.Event()
        self.received = 0
        self.malformed = 0

    async def run(self, receiver: Receiver) -> None:
        """Dispatch until the stream ends, then wait to be cancelled."""
        self._receiver = receiver
        with self._scope:
            batch = await receiver.next_batch()
            while not batch.ended:
                await self._dispatch_batch(batch)
                batch = await receiver.next_batch()
            await self._dispatch_batch(batch)
        await self._explained()
        self.abandon()
        await trio.sleep_forever()

    def abandon(self) -> None:
        """Nothing more is dispatched: the peer has ended, or it is given up. Whoever waits for that goes on."""
        self._abandoned = True
        if not self.ended.is_set():
            self.ended.set()
            self._on_end()

    @property
    def hold(self) -> Hold | None:
        """Who holds the loop."""
        return self.run_of_loop.hold if self.run_of_loop is not None else self._block

    @property
    def _ends(self) -> bool:
        """Whether no handler may start: the connection closes or is over, or a task of the application failed."""
        return self.closing or self._abandoned or self._tasks.stopped

    def is_urgent(self, method: str) -> bool:
        """Whether such notifications are acted on when they are received, besides being dispatched in their order."""
        return method == "$/cancel_request" or method in self._hooks.urgent

    def urgent(self, envelope: Envelope, before: Sequence[Frame]) -> None:
        """Act on a notification that overtakes: `before` are the frames received in the same batch before it."""
        try:
            params: Any = loads(envelope.params) if not isinstance(envelope.params, UnsetType) else {}
        except JSONInvalid:
            return  # its turn in the loop will log it
        if envelope.method == "$/cancel_request":
            request_id = (as_object(params) or {}).get("requestId")
            if is_request_id(request_id):  # the peer may use an id twice: one runs, the other waits
                self._in_flight.cancel(request_id, "the peer sent $/cancel_request")
                self._doom(request_id, before)
        elif act := self._hooks.urgent.get(str(envelope.method)):
            act(params)

    def undispatched(self) -> Iterator[Frame]:
        """What was received and did not have its turn yet, oldest first."""
        assert self._receiver is not None
        yield from self._batch[self._next :]
        yield from self._receiver.waiting_frames()

    def _doom(self, request_id: RequestId, before: Sequence[Frame]) -> None:
        for frame in [*self.undispatched(), *before]:
            if isinstance(frame, Envelope) and frame.method is not UNSET and frame.id == request_id:
                self._doomed.add(id(frame))

    async def _dispatch_batch(self, batch: Batch) -> None:
        self._batch = batch.frames
        self._outgoing.cork()
        slice_end = time.perf_counter() + SLICE if len(batch.frames) > _LOOK_EVERY else 0.0
        for index, frame in enumerate(batch.frames, 1):
            self._next = index - 1  # while the loop yields, this one is still to come
            if not index % _LOOK_EVERY and time.perf_counter() > slice_end:
                await self._yield()
                slice_end = time.perf_counter() + SLICE
            self._next = index
            if type(frame) is not Envelope:
                self._reject(frame)
            elif (waiting := self._dispatch(frame)) is not None:
                await waiting
        self._outgoing.uncork()
        self._batch = ()
        self._next = 0

    async def _yield(self) -> None:
        self._outgoing.uncork()
        await trio.lowlevel.checkpoint()
        self._outgoing.cork()

    def _dispatch(self, envelope: Envelope) -> Waiting:
        """Hand over one message. What is returned, the loop waits for before the next one."""
        self.received += 1
        method = envelope.method
        if method is UNSET:
            return self._answer(envelope)
        if self._sent.delivered:
            return self._hand_over_later(envelope, method)
        return self._hand_over(envelope, method)

    def _hand_over(self, envelope: Envelope, method: str) -> Waiting:
        request_id = envelope.id
        if request_id is UNSET or request_id is None:
            return self._notify(envelope, method)
        return self._request(envelope, request_id, method)

    async def _hand_over_later(self, envelope: Envelope, method: str) -> None:
        """Tasks that an earlier answer woke run first: what they set up may be meant for this message."""
        self._outgoing.uncork()
        self._next -= 1  # it is still to come
        await self._sent.waiters_ran()
        self._next += 1
        self._outgoing.cork()
        waiting = self._hand_over(envelope, method)
        if waiting is not None:
            await waiting

    def _answer(self, envelope: Envelope) -> Waiting:
        sent = self._sent.take(envelope.id)
        if sent is None:
            logger.debug("an answer to %r came late or to nothing", envelope.id)
            return None
        held = sent.deliver(envelope)
        return None if held is None else self._wait_for_block(held)

    async def _wait_for_block(self, held: Held) -> None:
        self._block = held.hold
        self._suspend()
        await held.done.wait()
        self._block = None
        self._outgoing.cork()

    def _notify(self, envelope: Envelope, method: str) -> Waiting:
        hooks = self._hooks
        if self._ends or (hooks.gate is not None and hooks.gate(method) is not None):
            return None
        handler = hooks.handlers.get(method)
        if handler is None or handler.response is not None:  # a request's method, where nobody waits for its answer
            self._offer(envelope, None, method)
            return None
        try:
            message = _message(handler, envelope)
        except (InvalidValue, JSONInvalid) as exc:
            logger.warning("the notification %s is not valid and was dropped: %s", method, exc)
            return None
        return self._run(handler, message, None)

    def _request(self, envelope: Envelope, request_id: RequestId, method: str) -> Waiting:
        if self._doomed and id(envelope) in self._doomed:
            self._doomed.discard(id(envelope))
            doomed = self._in_flight.add(request_id, method)
            doomed.cancel("the peer sent $/cancel_request")
            doomed.refuse_cancelled()
            return None
        refusal = None if self._hooks.gate is None else self._hooks.gate(method)
        if refusal is None and self._in_flight.full:
            refusal = RequestError(ErrorCode.INTERNAL_ERROR, f"{len(self._in_flight)} requests are in flight already")
        if refusal is not None:
            self._refuse(request_id, refusal)
            return None
        responder = self._in_flight.add(request_id, method)
        if self._ends:
            responder.refuse_cancelled()
            return None
        handler = self._hooks.handlers.get(method)
        if handler is None or handler.response is None:  # a notification's method, which has no answer
            if not self._offer(envelope, responder, method):
                responder.refuse(RequestError.method_not_found(method))
            return None
        try:
            message = _message(handler, envelope)
        except InvalidValue as exc:
            responder.refuse(invalid_params(method, exc))
        except JSONInvalid as exc:
            responder.refuse(RequestError(ErrorCode.PARSE_ERROR, str(exc)))
        else:
            return self._run(handler, message, responder)
        return None

    def _offer(self, envelope: Envelope, responder: Responder | None, method: str) -> bool:
        """Whether a layer above took the message."""
        taker = self._hooks.takers.get(method)
        try:
            return taker is not None and taker(envelope, responder)
        except JSONInvalid as exc:  # the envelope was read without its params: these are too deep, or a number too long
            if responder is None:
                logger.warning("the notification %s is not valid and was dropped: %s", method, exc)
            else:
                responder.refuse(RequestError(ErrorCode.PARSE_ERROR, str(exc)))
            return True

    def _run(self, handler: Handler, message: Any, responder: Responder | None) -> Waiting:
        scope = self._scope.enter() if handler.meeting is Meeting.RETURNS else trio.CancelScope()
        run = Run(handler, message, self._connection, responder, scope, Hold(handler.name))
        if responder is not None:
            responder.work_in(scope)
        if responder is not None and (enter := self._hooks.entering.get(handler.method)):
            run.admission = enter(message, responder)
        match handler.meeting:
            case Meeting.RETURNS:
                self.run_of_loop = run
                rest = begin_in_loop(run, self._scope)
                if rest is not None:
                    return self._wait_for_handler(rest)
                self.run_of_loop = None
            case Meeting.STARTED:
                self.run_of_loop = run
                return self._wait_for_handler(self._start(run))
            case Meeting.AT_ONCE:
                run.hold.active = False
                self._tasks.nursery.start_soon(run_in_task, run, name=handler.name)
        return None

    async def _start(self, run: Run) -> None:
        with self._tasks.starting():
            await self._tasks.nursery.start(run_in_task, run, name=run.handler.name)

    async def _wait_for_handler(self, handler: Coroutine[Any, Any, None]) -> None:
        self._suspend()
        try:
            await handler
        finally:
            self.run_of_loop = None
        self._outgoing.cork()

    def _suspend(self) -> None:
        """The loop is about to wait for a handler: let the replies out and keep reading."""
        assert self._receiver is not None
        self._outgoing.uncork()
        self._receiver.read_ahead()
        hold = self.hold
        if hold is not None:
            hold.since = trio.current_time()
            self._tasks.watch(hold)

    def _reject(self, frame: Frame) -> None:
        match frame:
            case Junk(request_id=request_id, reason=reason) if request_id is not None:
                self._break(request_id, f"the peer's answer is {reason}")
            case Malformed():
                self._reject_malformed(frame)
            case Oversize():
                self._reject_oversize(frame)
            case _:
                logger.debug("ignored %r", frame)

    def _reject_malformed(self, frame: Malformed) -> None:
        self.malformed += 1
        level = logging.WARNING if self.malformed <= _SHOWN_MALFORMED else logging.DEBUG
        logger.log(level, "not a message (%s): %r", frame.reason, frame.line)
        self._hooks.on_malformed(frame)
        if frame.request_id is not None and not frame.is_call and self._break(frame.request_id, frame.reason):
            return
        if frame.request_id is not None or self._hooks.answers_malformed:
            self._refuse(frame.request_id, RequestError(frame.code, frame.reason))

    def _reject_oversize(self, frame: Oversize) -> None:
        self.malformed += 1
        reason = f"a message of {frame.size} bytes is longer than the maximum"
        logger.warning("%s and was dropped", reason)
        if frame.is_request is not True and frame.request_id is not None and self._break(frame.request_id, reason):
            return
        if frame.is_request is False and frame.request_id is not None:
            return  # an answer that nobody waits for
        if frame.is_request is not True and frame.request_id is None and len(self._sent):
            self._on_broken(ProtocolViolation(f"{reason}, and it may have been an answer"))
        elif frame.is_request is not None or self._hooks.answers_malformed:
            self._refuse(frame.request_id, RequestError(ErrorCode.INVALID_REQUEST, reason))

    def _break(self, request_id: RequestId, reason: str) -> bool:
        """Fail the request of ours that this was meant to answer; whether there was one."""
        sent = self._sent.take(request_id)
        if sent is None:
            return False
        sent.deliver(ProtocolViolation(f"{sent.method}: {reason}"))
        return True

    def _refuse(self, request_id: RequestId | None, error: RequestError) -> None:
        try:
            self._outgoing.send(error_text(request_id, error.code, error.message, error.data))
        except LocalMisuse as exc:
            logger.error("the refusal is not sent: %s", exc)  # noqa: TRY400  # it says it all


def _message(handler: Handler, envelope: Envelope) -> Any:
    params = None if isinstance(envelope.params, UnsetType) else loads(envelope.params)
    return params if handler.message is None else CODEC.decode(handler.message, params)
