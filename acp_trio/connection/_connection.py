"""One JSON-RPC connection: the handle that users hold, and the start and the end of its actors.

Owns the connection's state, what sending raises once the peer is gone, and the order of closing: body, held handlers,
sessions, handler tasks, what is queued, the actors, the transport; all of it by one deadline. It knows JSON-RPC, not
ACP: roles and sessions build on its hooks.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from threading import get_ident
from typing import Any, Protocol, TypeVar, TypeVarTuple

import trio
from msgspec import UNSET

from ..jsonrpc import AcpError, ConnectionState, Envelope, Event, LocalMisuse, connection_after
from ..transports import Component, ConnectionClosed, ConnectionLost, LastWords, Link, Transport
from ._actors import Actors
from ._body import Block
from ._grace import GracePeriod
from ._handlers import Handled
from ._hold import check_may_wait, outside_holds
from ._hooks import Hooks
from ._incoming import DispatchLoop
from ._limits import Limits
from ._messaging import Messaging
from ._outgoing import Outgoing
from ._receiver import Receiver
from ._registry import DispatchHandler, Handlers
from ._responder import InFlight
from ._routes import route_block
from ._statistics import ConnectionStatistics
from ._tasks import Tasks

Ts = TypeVarTuple("Ts")
C = TypeVar("C", bound="Connection")
C_co = TypeVar("C_co", bound="Connection", covariant=True)

logger = logging.getLogger("acp_trio.connection")

GRACE = 5.0
"""Seconds that closing a connection takes at most, all of it together."""
_PATIENCE = 0.25  # seconds after a failed write in which an answer that is on its way may still arrive


class Connects(Protocol[C_co]):
    """What connects to a peer for the time of a block: a client, an agent, a proxy."""

    def connect(self, transport: Transport | Component, /) -> AbstractAsyncContextManager[C_co]:
        """Open a connection."""
        ...


class Connection(Messaging):
    """A connection to a peer, for as long as its block lasts.

    Made by `open_connection`; roles hand out subclasses. All methods belong to the thread of the trio run: a request
    from another one raises LocalMisuse, and anything else does harm.
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
        self._thread = get_ident()
        self._actors: Actors
        super().__init__(Outgoing(link, limits, self._write_failed), hooks.counterpart, hooks.addressing)
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

    def route(
        self, routed: Handlers | DispatchHandler | Callable[..., Coroutine[Any, Any, Handled | None]]
    ) -> Block[None]:
        """Have messages handled for the time of an `async with`, by those who are asked behind all other handlers.

        Routes are tried in the order in which they were opened. A route is live from the step that enters its block:
        entered with no checkpoint behind an answer, or while `hold()` holds the loop, it misses nothing that came after
        that answer. Leaving the block cancels its handlers that still run, and waits for them within the grace.

        Args:
          routed: a `Handlers`, an object with `async def handle(dispatch, connection)`, or a function with those
            parameters, as `on_dispatch` takes it.

        Example:
            async with conn.route(watch):
                await conn.request(v1.PromptRequest(...))
        """
        return route_block(self, self._loop, routed)

    async def open_connection(self, endpoint: Connects[C], transport: Transport | Component) -> C:
        """Connect another endpoint for the time of this connection, as a task of it; returns its connection.

        It is closed when this one closes, or ends when its own peer does. If it fails, this connection ends, as with
        `start_soon`. An error on connecting is raised here. Raises DispatchLoopHeld if the caller holds a dispatch
        loop. Checkpoints.

        Example: `backend = await conn.open_connection(client, process(["my-agent"]))`.
        """
        check_may_wait("another connection to open")
        opened: C = await self.start(hold_open, endpoint, transport)
        return opened

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

    async def wait_answered(self) -> None:
        """Wait until every request that the peer has sent so far is answered. Raises DispatchLoopHeld. Checkpoints."""
        check_may_wait("the answers to all requests")
        await trio.lowlevel.checkpoint()
        await self._in_flight.answered_so_far()

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
            malformed=self._loop.rejections.malformed,
            answers_late=self._sent.late,
            answers_unknown=self._sent.unknown,
            held_by=held.what if held is not None else None,
            held_seconds=trio.current_time() - held.since if held is not None else 0.0,
        )

    async def last_words(self) -> LastWords:
        """What is known about the peer's process, after a short bounded wait for more. Never raises."""
        return await self._link.last_words()

    # What may be sent

    def _check_open(self) -> None:
        if get_ident() != self._thread:
            raise LocalMisuse("this connection is another thread's; trio.from_thread.run gets there")
        if self._loss is not None:
            raise self._loss()
        self._check_sendable()

    @property
    def _is_over(self) -> bool:
        return self._state is ConnectionState.CLOSED

    def _check_not_closed(self) -> None:
        if self._state is ConnectionState.CLOSED:
            raise ConnectionClosed("this connection is closed")

    def _check_takes_tasks(self) -> None:
        if self._tasks.takes_none:  # while closing: what is sent may still go out
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
        if self._state is not ConnectionState.PEER_DONE:  # then the loop ends by itself, behind on_close
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

    def start_work(self) -> None:
        """Start the tasks of the endpoint's `on_start`: the peer is ready for them."""
        for work in self.hooks.handlers.starters:
            self.start_soon(work, self)

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
            self._sent.fail(self._loss, finally_=True)
            self._in_flight.refuse_all()  # again: it may have been cut off before
            self._outgoing.close()
            self._loop.abandon()
            self._grace.forget()

    async def _close_in_order(self) -> None:
        self._loop.closing = True
        if self._loop.run_of_loop is not None:
            self._loop.run_of_loop.scope.cancel("the connection is closing")
        await self._loop.on_close.wait()
        for closer in self._closers:
            await closer()
        if self._loop.ended.is_set():
            # The peer waits for nothing but the answers to what it sent before it ended its side.
            with trio.move_on_after(self.grace / 2):
                await self._in_flight.answered_so_far()
        self._tasks.stop("the connection is closing")
        await self._tasks.finished.wait()
        await self._loop.handler_ended()
        self._in_flight.refuse_all()
        await self._outgoing.drained()


async def hold_open(
    endpoint: Connects[C], transport: Transport | Component, *, task_status: trio.TaskStatus[C]
) -> None:
    """Connect, and keep the connection until the peer ends it, for who has no block. For roles; raises as `connect`."""
    async with endpoint.connect(transport) as connection:
        task_status.started(connection)
        await connection.wait_closed()
