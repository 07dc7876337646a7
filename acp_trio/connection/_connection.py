"""One JSON-RPC connection: the handle that users hold, and the start and the end of its actors.

Owns the connection's state, what sending raises once the peer is gone, and the order of closing: body, held handlers,
sessions, handler tasks, what is queued, the actors, the transport; all of it by one deadline. It knows JSON-RPC, not
ACP: roles and sessions build on its hooks.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar, TypeVarTuple, overload

import trio
from msgspec import UNSET

from ..jsonrpc import (
    AcpError,
    ConnectionState,
    Envelope,
    Event,
    LocalMisuse,
    RequestId,
    connection_after,
    notification_text,
    request_text,
)
from ..schema import Notification, Request
from ..transports import ConnectionClosed, ConnectionLost, LastWords, Link
from ._actors import Actors
from ._calls import method_and_params
from ._grace import GracePeriod
from ._hold import check_may_wait, current_hold, outside_holds
from ._hooks import Hooks
from ._incoming import DispatchLoop
from ._limits import Limits
from ._outgoing import Outgoing
from ._receiver import Receiver
from ._responder import InFlight
from ._sent_request import SentRequest, SentRequests
from ._statistics import ConnectionStatistics
from ._tasks import Tasks

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

logger = logging.getLogger("acp_trio.connection")

GRACE = 5.0
"""Seconds that closing a connection takes at most, all of it together."""
_PATIENCE = 0.25  # seconds after a failed write in which an answer that is on its way may still arrive
_YIELD_EVERY = 64  # notifications between two checkpoints of a sender


class Connection:
    """A connection to a peer, for as long as its block lasts.

    Made by `open_connection`; roles hand out subclasses. All methods belong to the thread of the trio run.
    """

    def __init__(self, link: Link, hooks: Hooks, limits: Limits, grace: float = GRACE) -> None:
        self.limits = limits
        self.hooks = hooks
        self.grace = grace
        self._link = link
        self._state = ConnectionState.OPEN
        self._loss: Callable[[], AcpError] | None = None
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._enders: list[Callable[[AcpError], None]] = []
        self._grace = GracePeriod(grace, lambda: self._sent.answers)
        self._end_explained = trio.Event()
        self._sends = 0
        self._actors: Actors
        self._outgoing = Outgoing(link, limits, self._write_failed)
        self._sent = SentRequests(self._send_cancel)
        self._in_flight = InFlight(self._outgoing, limits.requests_in_flight, hooks.cancelled_results)
        self._tasks = Tasks()
        self._loop = DispatchLoop(
            self,
            hooks,
            self._outgoing,
            self._sent,
            self._in_flight,
            self._tasks,
            on_broken=self.give_up,
            explained=self._end_explained.wait,
            on_end=self._run_enders,
        )
        self._receiver = Receiver(link, limits, self._loop.is_urgent, self._loop.urgent, on_end=self._peer_ended)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self.peer}, {self._state.name.lower()}>"

    @property
    def peer(self) -> str:
        """Whom the transport reaches."""
        return self._link.name

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be asked of the peer."""
        return self._state is not ConnectionState.OPEN or self._loss is not None or self._outgoing.failure is not None

    # Asking

    @overload
    async def request(self, request: Request[T], /) -> T: ...

    @overload
    async def request(self, request: str, params: Any = ..., /) -> Any: ...

    async def request(self, request: Request[Any] | str, params: Any = UNSET, /) -> Any:
        """Send a request and wait for its answer.

        Args:
          request: a message of the schema (or of yours), or the name of a method.
          params: what JSON can hold, for a method given by name.

        Raises PeerError if the peer refuses, ProtocolViolation if its answer makes no sense, ConnectionLost or
        ConnectionClosed if none can come, DispatchLoopHeld if the caller holds a dispatch loop. Checkpoints. Cancelled
        before it was queued it sends nothing, afterwards `$/cancel_request`.

        Example: `response = await conn.request(v1.ListSessionsRequest())`.
        """
        if current_hold() is not None:
            check_may_wait(f"the answer to {request if isinstance(request, str) else request.method}")
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent
        if not self._outgoing.has_room:
            await self._outgoing.wait_for_room()
        return await self._send(request, params).answer()

    @overload
    def send_request(self, request: Request[T], /) -> SentRequest[T]: ...

    @overload
    def send_request(self, request: str, params: Any = ..., /) -> SentRequest[Any]: ...

    def send_request(self, request: Request[Any] | str, params: Any = UNSET, /) -> SentRequest[Any]:
        """Send a request and return at once with the handle to wait for its answer, hold the loop on it, or cancel it.

        Never waits for room. Raises ConnectionLost or ConnectionClosed.
        """
        return self._send(request, params)

    def request_held(self, request: Request[T], /) -> AbstractAsyncContextManager[T]:
        """Send a request in an `async with` whose block holds the dispatch loop from the answer to its end.

        What the peer sent after the answer is dispatched when the block has ended. Raises as `request` does.
        """
        return self._request_held(request)

    async def notify(self, notification: Notification | str, params: Any = UNSET, /) -> None:
        """Send a notification.

        Waits while too much is queued, unless the caller holds a dispatch loop. Checks for cancellation on every call,
        lets other tasks run on every 64th; cancelled, it sent nothing. Raises ConnectionLost or ConnectionClosed.
        """
        # A full checkpoint for each update would cost more than the update.
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self._outgoing.has_room:
            await self._outgoing.wait_for_room()
        self._check_sendable()
        if isinstance(notification, Request):
            raise LocalMisuse(f"{notification.method} is a request, and its answer would be lost; use request()")
        method, encoded = method_and_params(notification, params)
        self._outgoing.send(notification_text(method, encoded))
        self._sends += 1
        if not self._sends % _YIELD_EVERY:
            # The message is sent: to be cancelled now would say that it was not.
            await trio.lowlevel.cancel_shielded_checkpoint()

    def notify_nowait(self, notification: Notification) -> None:
        """Queue a notification from a place that cannot wait. After the peer is gone it does nothing. No checkpoint."""
        if self._state is not ConnectionState.CLOSED:
            method, encoded = method_and_params(notification)
            self._outgoing.send(notification_text(method, encoded))

    async def wait_for_room(self) -> None:
        """Wait until less than the soft mark is queued for writing. Checkpoints only if it waits."""
        await self._outgoing.wait_for_room()

    # Tasks

    def start_soon(self, function: Callable[[*Ts], Awaitable[object]], *args: *Ts, name: object = None) -> None:
        """Run a task until the connection closes. If it fails, the connection ends and its block raises the group.

        It may wait for the peer, also when a handler that holds the loop starts it.
        """
        self._check_takes_tasks()
        outside_holds(self._tasks.nursery.start_soon, function, *args, name=name)

    async def start(self, function: Callable[..., Awaitable[object]], *args: Any, name: object = None) -> Any:
        """Like `start_soon`, and wait for its `task_status.started(value)`; returns the value. Checkpoints.

        Raises ConnectionClosed, and cancels the task, if the connection closes before it has started.
        """
        self._check_takes_tasks()
        with self._tasks.starting():
            return await self._tasks.nursery.start(function, *args, name=name)
        raise ConnectionClosed("this connection is closed")

    async def wait_closed(self) -> None:
        """Wait until the peer has ended the connection and everything received before was dispatched, or this side has.

        Checkpoints.

        Raises DispatchLoopHeld if the caller holds the dispatch loop.
        """
        check_may_wait("the end of the connection")
        await self._loop.ended.wait()

    def call_on_closing(self, function: Callable[[], Awaitable[None]]) -> None:
        """Have `function` awaited when the connection begins to close, after its body has left, within the grace."""
        self._closers.append(function)

    def call_on_end(self, function: Callable[[AcpError], None]) -> None:
        """Have `function` called when everything the peer sent was dispatched and nothing more can come.

        It is called at once if that is so already.
        """
        self._enders.append(function)
        if self._loop.ended.is_set():
            self._run_enders()

    def leaving(self, error: BaseException | None) -> AbstractContextManager[trio.CancelScope]:
        """A shielded scope for the clean-up of a block that is left with `error`, bounded by the grace.

        Blocks that the same exception leaves one after the other share one deadline; once a peer has used one up,
        later blocks do not wait for it again.
        """
        return self._grace.leaving(error)

    async def flush(self) -> None:
        """Wait until everything that was sent is written. Checkpoints. Raises ConnectionLost or ConnectionClosed."""
        await trio.lowlevel.checkpoint()
        await self._outgoing.drained()
        self._check_sendable()

    def statistics(self) -> ConnectionStatistics:
        """A snapshot of the connection's numbers."""
        hold = self._loop.hold
        held = hold if hold is not None and hold.active else None
        return ConnectionStatistics(
            state=self._state.name.lower(),
            requests_waiting=len(self._sent),
            requests_in_flight=len(self._in_flight),
            bytes_unwritten=self._outgoing.unwritten,
            bytes_received=self._receiver.queued,
            messages_sent=self._outgoing.messages,
            messages_received=self._loop.received,
            malformed=self._loop.malformed,
            answers_late=self._sent.late,
            answers_unknown=self._sent.unknown,
            held_by=held.what if held is not None else None,
            held_seconds=trio.current_time() - held.since if held is not None else 0.0,
        )

    async def last_words(self) -> LastWords:
        """What is known about the peer's process, after a short bounded wait for more. Never raises."""
        return await self._link.last_words()

    # Sending

    def _send(self, request: Request[Any] | str, params: Any) -> SentRequest[Any]:
        self._check_open()
        if isinstance(request, Notification):
            raise LocalMisuse(f"{request.method} is a notification: nobody answers it; use notify()")
        method, encoded = method_and_params(request, params)
        sent = self._sent.add(method, Any if isinstance(request, str) else request.response)
        try:
            self._outgoing.send(request_text(sent.id, method, encoded))
        except BaseException:
            self._sent.forget(sent.id)
            raise
        return sent

    @asynccontextmanager
    async def _request_held(self, request: Request[T]) -> AsyncGenerator[T]:
        check_may_wait(f"the answer to {request.method}")
        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent
        await self._outgoing.wait_for_room()
        async with self.send_request(request).hold() as answer:
            yield answer

    def _send_cancel(self, request_id: RequestId) -> None:
        if self._state is not ConnectionState.CLOSED:
            self._outgoing.send(notification_text("$/cancel_request", {"requestId": request_id}))

    def _check_open(self) -> None:
        """Raise unless the peer may still answer."""
        if self._loss is not None:
            raise self._loss()
        self._check_sendable()

    def _check_not_closed(self) -> None:
        if self._state is ConnectionState.CLOSED:
            raise ConnectionClosed("this connection is closed")

    def _check_takes_tasks(self) -> None:
        if self._tasks.finished.is_set():  # while closing: what is sent may still go out
            raise ConnectionClosed("this connection is closed")

    def _check_sendable(self) -> None:
        self._check_not_closed()
        if self._outgoing.failure is not None:
            error = ConnectionLost("the peer takes no more messages")
            raise error from self._outgoing.failure

    # The end

    async def _peer_ended(self, cause: Exception | None) -> None:
        """The stream has ended: fail what cannot be answered any more."""
        self._state = connection_after(self._state, Event.END_OF_STREAM)
        words = await self._link.last_words()
        reason = "the peer closed the connection" if cause is None else f"the connection broke: {cause}"
        received = (frame for frame in self._loop.undispatched() if isinstance(frame, Envelope))
        answered = frozenset(frame.id for frame in received if frame.method is UNSET)
        self._lose(reason, words, cause, keep=answered)
        self._end_explained.set()

    def _run_enders(self) -> None:
        assert self._loss is not None  # whoever ends the loop has said why
        while self._enders:
            self._enders.pop(0)(self._loss())

    def _lose(
        self, reason: str, words: LastWords, cause: Exception | None, *, keep: frozenset[object] = frozenset()
    ) -> None:
        def lost() -> ConnectionLost:
            error = ConnectionLost(reason, words)
            error.__cause__ = cause
            return error

        if self._loss is None:
            self._loss = lost
        self._sent.fail(self._loss, keep=keep)

    def _write_failed(self, failure: Exception) -> None:
        self._actors.start_soon("burial", self._bury, failure)

    async def _bury(self, failure: Exception) -> None:
        """Nothing can be sent any more: what was answered already is on its way, the rest never will be."""
        with trio.move_on_after(_PATIENCE):
            await self._loop.ended.wait()
        self._lose(f"the peer takes no more messages: {failure}", await self._link.last_words(), failure)
        self._loop.abandon()

    def give_up(self, cause: Exception) -> None:
        """The peer broke the protocol beyond repair: this connection is over, ConnectionLost from `cause`."""
        self._lose(str(cause), LastWords(), cause)
        self._loop.abandon()

    # Ctrl-C may only come where something is awaited, or shielded actors would never be stopped.
    @trio.lowlevel.enable_ki_protection
    async def run_actors(self, nursery: trio.Nursery) -> None:
        """Start the four actors. Checkpoints, shielded."""
        self._actors = Actors(nursery)
        try:
            await self._actors.start("task", self._tasks.run, self._tasks.opened)
        except BaseException:  # Ctrl-C: nobody will close what has begun
            self._actors.stop()
            raise
        self._actors.start_soon("outgoing", self._outgoing.run)
        self._actors.start_soon("transport", self._receiver.run)
        self._actors.start_soon("incoming", self._loop.run, self._receiver)

    @trio.lowlevel.enable_ki_protection  # as above
    async def close(self, error: BaseException | None) -> None:
        """Close in order, within the grace: the body has left, with `error` if there was one."""
        try:
            deadline = self._grace.deadline(error)
            self._link.close_by(deadline)
            self._state = connection_after(self._state, Event.CLOSE)
            with trio.CancelScope(shield=True, deadline=deadline) as scope:
                await self._close_in_order()
            if scope.cancelled_caught:
                logger.warning("%r did not close in %g seconds; it is cut off", self, self.grace)
        finally:  # whatever happened, Ctrl-C through the shield too: the actors end by nothing else
            self._actors.stop()
            self._state = connection_after(self._state, Event.CLOSED)
            self._loss = self._loss or (lambda: ConnectionClosed("this connection is closed"))
            self._sent.fail(self._loss)
            self._outgoing.close()
            self._loop.abandon()
            self._grace.forget()

    async def _close_in_order(self) -> None:
        self._loop.closing = True
        if self._loop.run_of_loop is not None:
            self._loop.run_of_loop.scope.cancel("the connection is closing")
        for closer in self._closers:
            await closer()
        if self._loop.ended.is_set():
            # The peer waits for nothing but the answers to what it sent before it ended its side.
            with trio.move_on_after(self.grace / 2):
                await self._in_flight.emptied()
        self._tasks.stop("the connection is closing")
        await self._tasks.finished.wait()
        await self._outgoing.drained()
