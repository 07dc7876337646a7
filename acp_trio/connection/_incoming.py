"""The incoming actor: the dispatch loop, which hands over messages one by one in the order of the wire.

Owns that order: who is tried first, what waits for what, and what a cancel reaches. It reads nothing and writes
nothing itself, and it knows no method by name but `$/cancel_request`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio
from msgspec import UNSET, UnsetType

from ..codec import InvalidValue
from ..jsonrpc import (
    Envelope,
    ErrorCode,
    Frame,
    JSONInvalid,
    RequestError,
    RequestId,
    as_object,
    is_request_id,
    loads,
)
from ._gong import Gong
from ._handlers import Handler, Meeting
from ._hold import Hold
from ._hooks import Hooks
from ._on_close import OnClose
from ._outgoing import Outgoing
from ._passage import Passage
from ._receiver import Batch, Receiver
from ._registry import ChainsBySender
from ._rejections import Rejections, reject_params
from ._responder import InFlight, Responder
from ._response_router import ResponseRouter
from ._runs import LoopScope, Run, begin_in_loop, run_in_task
from ._sent_request import Held
from ._sent_requests import SentRequests
from ._slice import LOOK_EVERY, SLICE
from ._tasks import Tasks
from ._waiting_cancels import WaitingCancels

if TYPE_CHECKING:
    from ._connection import Connection

logger = logging.getLogger("acp_trio.connection")

Waiting: TypeAlias = Coroutine[Any, Any, None] | None  # for what the loop waits before it goes on, mostly nothing


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
        self._explained = explained
        self._on_end = on_end
        self._abandoned = False
        self._scope = LoopScope()
        self._receiver: Receiver | None = None
        self._batch: Sequence[Frame] = ()
        self._next = 0  # the first frame of the batch that was not dispatched
        self._cancels = WaitingCancels()
        self.run_of_loop: Run | None = None  # the handler that holds the loop
        self._block: Hold | None = None  # the block on an answer that holds it
        self.closing = False
        self._handler_ended = Gong()  # for the one that holds the loop
        self.ended = trio.Event()
        self.received = 0
        self.chains = ChainsBySender(hooks.handlers)
        self.on_close = OnClose(hooks.handlers.closers, tasks)
        self.rejections = Rejections(outgoing, sent, hooks, on_broken)

    async def run(self, receiver: Receiver) -> None:
        """Dispatch until the stream ends, then wait to be cancelled."""
        self._receiver = receiver
        with self._scope:
            batch = await receiver.next_batch()
            while not batch.ended:
                await self._dispatch_batch(batch)
                if self._hooks.laggards:
                    await self._hooks.laggards.catch_up()
                batch = await receiver.next_batch()
            await self._dispatch_batch(batch)
        await self._explained()
        await self._sent.waiters_ran()  # what the end has woken comes before what is told of it
        if not self.closing:
            await self.on_close.run(self._connection)
        self.abandon()
        await trio.sleep_forever()

    def abandon(self) -> None:
        """Nothing more is dispatched: the peer has ended, or it is given up. Whoever waits for that goes on."""
        self._abandoned = True
        if not self.ended.is_set():
            self.ended.set()
            self._on_end()

    async def handler_ended(self) -> None:
        """Wait until no handler holds the loop. Checkpoints only if it waits."""
        while self.run_of_loop is not None:
            await self._handler_ended.wait()

    @property
    def hold(self) -> Hold | None:
        """Who holds the loop."""
        return self.run_of_loop.hold if self.run_of_loop is not None else self._block

    @property
    def _ends(self) -> bool:
        """Whether no handler may start any more."""
        return self.closing or self._abandoned or self._tasks.stopped

    def is_urgent(self, method: str) -> bool:
        """Whether such notifications are acted on when they are received, besides being dispatched in their order."""
        return method == "$/cancel_request" or method in self._hooks.urgent or self._hooks.addressing is not None

    def urgent(self, frame: Envelope) -> None:
        """Act on a notification that overtakes."""
        envelope = frame
        if self._hooks.addressing is not None:  # a cancel may be wrapped, and names a request by its id out here
            envelope = Envelope(method=envelope.method, params=envelope.params)
            self._hooks.addressing.unwrap(envelope)
        try:
            params: Any = loads(envelope.params) if not isinstance(envelope.params, UnsetType) else {}
        except JSONInvalid:
            return  # its turn in the loop will log it
        if envelope.method == "$/cancel_request":
            request_id = (as_object(params) or {}).get("requestId")
            if is_request_id(request_id):  # the peer may use an id twice: one runs, the other waits
                self._in_flight.cancel(request_id, "the peer sent $/cancel_request")
                self._cancels.received(frame, request_id)
        elif act := self._hooks.urgent.get(str(envelope.method)):
            act(params)

    def undispatched(self) -> Iterator[Frame]:
        """What was received and did not have its turn yet, oldest first."""
        assert self._receiver is not None
        yield from self._batch[self._next :]
        yield from self._receiver.waiting_frames()

    async def _dispatch_batch(self, batch: Batch) -> None:
        self._batch = batch.frames
        self._outgoing.cork()
        slice_end = time.perf_counter() + SLICE if len(batch.frames) > LOOK_EVERY else 0.0
        for index, frame in enumerate(batch.frames, 1):
            if not index % LOOK_EVERY and time.perf_counter() > slice_end:
                await self._yield()  # this one is still to come
                slice_end = time.perf_counter() + SLICE
            self._next = index
            if type(frame) is not Envelope:
                self.rejections.reject(frame)
                continue
            self.received += 1
            if (waiting := self._dispatch(frame)) is not None:
                await waiting
        self._outgoing.uncork()
        self._batch = ()
        self._next = 0

    async def _yield(self) -> None:
        self._outgoing.uncork()
        await trio.lowlevel.checkpoint()
        await self._hooks.laggards.catch_up()
        self._outgoing.cork()

    def _dispatch(self, envelope: Envelope) -> Waiting:
        """Hand over one message. What is returned, the loop waits for before the next one."""
        method = envelope.method
        if method is UNSET:
            return self._answer(envelope)
        if self._sent.delivered:
            return self._dispatch_later(envelope)
        request_id = envelope.id
        if request_id is UNSET or request_id is None:
            return self._notify(envelope, method)
        return self._request(envelope, request_id, method)

    async def _dispatch_later(self, envelope: Envelope) -> None:
        """Tasks that an earlier answer woke run first: what they set up may be meant for this message."""
        self._outgoing.uncork()
        self._next -= 1  # it is still to come
        await self._sent.waiters_ran()
        self._next += 1
        self._outgoing.cork()
        waiting = self._dispatch(envelope)
        if waiting is not None:
            await waiting

    def _answer(self, envelope: Envelope) -> Waiting:
        sent = self._sent.take(envelope.id)
        if sent is None:
            logger.debug("an answer to %r came late or to nothing", envelope.id)
            return None
        chain = self.chains[sent.peer].for_responses
        if chain and not self._ends:
            self._sent.intercept(sent)
            return self._proceed(Passage(envelope, iter(chain), None, ResponseRouter(sent, envelope), sent.peer))
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
        if self._cancels.waiting:
            self._cancels.take(envelope)
        if self._ends or (hooks.gate is not None and hooks.gate(method) is not None):
            return None
        sender = hooks.counterpart
        if hooks.addressing is not None:
            sender = hooks.addressing.unwrap(envelope)
            method = str(envelope.method)
        chain = self.chains[sender].for_notification(method)
        if chain:
            return self._proceed(Passage(envelope, iter(chain), None, None, sender))
        if self._offer(envelope, None) or (hooks.through is not None and hooks.through(envelope, sender)):
            return None  # the way of most updates
        return self._proceed(Passage(envelope, iter(()), None, None, sender, offered=True))

    def _request(self, envelope: Envelope, request_id: RequestId, method: str) -> Waiting:
        if self._cancels.reach(request_id):
            if self._hooks.addressing is not None:
                self._hooks.addressing.unwrap(envelope)
                method = str(envelope.method)
            unrun = self._in_flight.add(request_id, method)
            unrun.cancel("the peer sent $/cancel_request")
            unrun.refuse_cancelled()
            return None
        hooks, in_flight = self._hooks, self._in_flight
        refusal = None if hooks.gate is None else hooks.gate(method)
        if refusal is None and in_flight.full:
            refusal = RequestError(ErrorCode.INTERNAL_ERROR, f"{len(in_flight)} requests are in flight already")
        if refusal is not None:
            self.rejections.refuse(request_id, refusal)
            return None
        sender = hooks.counterpart
        if hooks.addressing is not None:
            sender = hooks.addressing.unwrap(envelope)
            method = str(envelope.method)
        responder = in_flight.add(request_id, method)
        if self._ends:
            responder.refuse_cancelled()
            return None
        chain = self.chains[sender].for_request(method)
        passage = Passage(envelope, iter(chain), responder, None, sender)
        if chain and (enter := hooks.entering.get(method)) is not None:
            passage.admission = enter(envelope, responder)
            if responder.cancelled and responder.has_cancelled_result:  # a handler that never waits would not notice
                responder.refuse_cancelled()
                responder.done()
                return None
        return self._proceed(passage)

    def _proceed(self, passage: Passage) -> Waiting:
        """Try the handlers whose turn has not been yet, one after the other, until one has the message."""
        while (handler := next(passage.rest, None) or self._last_handler(passage)) is not None:
            run = self._run_of(handler, passage)
            if run is None:
                return None
            match handler.meeting:
                case Meeting.RETURNS:
                    self.run_of_loop = run
                    rest = begin_in_loop(run, self._scope)
                    if rest is not None:
                        return self._wait_for_handler(rest, run, passage)
                    self.run_of_loop = None
                case Meeting.STARTED:
                    self.run_of_loop = run
                    return self._wait_for_handler(self._start(run), run, passage)
                case Meeting.AT_ONCE:
                    self._tasks.nursery.start_soon(self.run_beside, run, passage, name=handler.name)
                    return None
            if not run.declined:
                break
        return None if passage.router is None else self._after_router(passage)

    def _last_handler(self, passage: Passage) -> Handler | None:
        """No handler took it: the layer above does, or the role's own handler, which is returned, or nobody."""
        responder = passage.responder
        if passage.router is not None:
            passage.router.pass_on_undelivered()
            return None
        if not passage.offered and self._offer(passage.envelope, responder):
            return None
        if self._hooks.otherwise is not None and not passage.unclaimed:
            passage.unclaimed = passage.offered = True
            return self._hooks.otherwise
        if responder is not None:
            responder.refuse(RequestError.method_not_found(responder.method))
            responder.done()
        return None

    def _run_of(self, handler: Handler, passage: Passage) -> Run | None:
        """What calls a handler; None for a message that does not fit it, which is answered or dropped here."""
        try:
            message = passage.message_for(handler)
        except (InvalidValue, JSONInvalid) as exc:
            reject_params(passage.envelope, passage.responder, exc)
            return None
        responder = passage.responder
        scope = self._scope.enter() if handler.meeting is Meeting.RETURNS else trio.CancelScope()
        hold = Hold(handler.name, active=handler.meeting is not Meeting.AT_ONCE)
        if responder is not None:
            responder.work_in(scope)
        return Run(handler, message, self._connection, responder, scope, hold, passage)

    async def _start(self, run: Run) -> None:
        with self._tasks.starting():
            await self._tasks.nursery.start(run_in_task, run, name=run.handler.name)

    async def run_beside(self, run: Run, passage: Passage) -> None:
        """Run a handler that does not hold the loop; if it declines, the next ones too do not."""
        before = copy_context()
        await run_in_task(run)
        if not run.declined:
            return
        if self._ends:
            passage.abandon()
            return
        handler = next(passage.rest, None) or self._last_handler(passage)
        following = handler and self._run_of(attrs.evolve(handler, meeting=Meeting.AT_ONCE), passage)
        if following:  # in a task of its own: what this one set in its context is not for the next
            before.run(self._tasks.nursery.start_soon, self.run_beside, following, passage)

    async def _wait_for_handler(self, handler: Coroutine[Any, Any, None], run: Run, passage: Passage) -> None:
        self._suspend()
        try:
            await handler
        finally:
            self.run_of_loop = None
            self._handler_ended.strike()
        self._outgoing.cork()
        if run.declined and self._ends:
            passage.abandon()
            return
        waiting = self._proceed(passage) if run.declined else self._after_router(passage)
        if waiting is not None:
            await waiting

    def _after_router(self, passage: Passage) -> Waiting:
        """A handler has routed an answer: whoever waits for it may hold the loop."""
        held = None if passage.router is None else passage.router.held
        return None if held is None else self._wait_for_block(held)

    def _offer(self, envelope: Envelope, responder: Responder[Any] | None) -> bool:
        """Whether a layer above took the message."""
        taker = self._hooks.takers.get(str(envelope.method))
        try:
            taken = taker is not None and taker(envelope, responder)
            if responder is not None and responder.answered:
                responder.done()
            return taken
        except JSONInvalid as exc:  # the envelope was read without its params: these are too deep, or a number too long
            reject_params(envelope, responder, exc)
            return True

    def _suspend(self) -> None:
        """The loop is about to wait for a handler: let the replies out and keep reading."""
        assert self._receiver is not None
        self._outgoing.uncork()
        self._receiver.read_ahead()
        hold = self.hold
        if hold is not None:
            hold.since = trio.current_time()
            self._tasks.watch(hold)
