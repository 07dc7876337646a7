"""Requests of ours: the table of those that wait for an answer, and the handle of one.

Owns our ids, what becomes of an answer, and the one `$/cancel_request` that a given-up request sends
(https://agentclientprotocol.com/protocol/cancellation). An answer is delivered once; a late one is counted and dropped.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Container
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, TypeVar, cast, final

import trio
from msgspec import UNSET

from ..codec import CODEC, InvalidValue
from ..jsonrpc import (
    AcpError,
    Envelope,
    Event,
    IdCounter,
    JSONInvalid,
    LocalMisuse,
    OutgoingState,
    PeerError,
    ProtocolViolation,
    RequestId,
    loads,
    outgoing_after,
)
from ._body import CarriedError
from ._hold import Hold, begin_hold, check_may_wait, end_hold
from ._passing_on import pass_on
from ._peers import Peer
from ._responder import Responder
from ._slice import LOOK_EVERY, Slice

T = TypeVar("T")
U = TypeVar("U")


@final
class SentRequest(Generic[T]):
    """A request on its way. Wait for its answer, or hold the loop while you act on it.

    Attributes:
      id: the id on the wire.
      method: the method called.
      peer: to whom it went, where a connection reaches several.
      kept: whether a handler has kept its answer to deliver it later.
    """

    __slots__ = (
        "_answer",
        "_given_up",
        "_held",
        "_map",
        "_mapped",
        "_on_answer",
        "_response",
        "_state",
        "_table",
        "_waiter",
        "id",
        "kept",
        "method",
        "peer",
    )

    def __init__(
        self, table: SentRequests, request_id: RequestId, method: str, response: Any, peer: Peer | None
    ) -> None:
        self.id: RequestId = request_id
        self.method: str = method
        self.peer: Peer | None = peer
        self._table = table
        self._response = response
        self._state = OutgoingState.WAITING
        self._answer: Envelope | AcpError | None = None
        self._waiter: trio.lowlevel.Task | None = None
        self._on_answer: tuple[Callable[[SentRequest[T]], None], ...] = ()
        self._held: Held | None = None
        self.kept: bool = False
        self._map: Callable[[Any], Any] | None = None
        self._mapped: Any = UNSET
        self._given_up = False

    def __repr__(self) -> str:
        return f"<SentRequest {self.id!r} {self.method} {self._state.name.lower()}>"

    async def wait(self) -> T:
        """Wait for the answer and return it.

        Raises PeerError if the peer refused, ProtocolViolation if its answer makes no sense, ConnectionLost or
        ConnectionClosed if it can no longer come, DispatchLoopHeld if the caller holds a dispatch loop. Checkpoints if
        it waits; for an answer that is there it checks for cancellation, and lets other tasks run now and then.
        Cancelling it sends `$/cancel_request` and gives the answer up.
        """
        if self._answer is not None:
            await self._table.checkpoint()
            return self.result()
        check_may_wait(f"the answer to {self.method}")
        return await self.answer()

    async def answer(self) -> T:
        """As `wait`, for a caller that was just allowed to wait."""
        await self._park()
        self._table.acknowledge()
        return self.result()

    def result(self) -> T:
        """The answer, decoded, once it is there. Raises as `wait` does, and LocalMisuse before it came."""
        answer = self._answer
        if answer is None:
            raise LocalMisuse(f"{self.method} is not answered yet")
        if isinstance(answer, AcpError):
            raise answer.with_traceback(None)  # it may be asked for again and again
        if self._map is None:
            result: T = self.result_of(answer)
            return result
        if self._mapped is UNSET:
            self._mapped = self._map(self.result_of(answer))
        mapped: T = self._mapped
        return mapped

    @property
    def raw_answer(self) -> Envelope | None:
        """The answer as it came, if one came and nothing is to be made of it."""
        return self._answer if isinstance(self._answer, Envelope) and self._map is None else None

    @property
    def is_untyped(self) -> bool:
        """Whether nobody said what class the result is."""
        return self._response is Any

    def result_of(self, answer: Envelope, cls: Any = None) -> Any:
        """What `answer` says to this request, decoded, if need be to `cls`. Raises PeerError, ProtocolViolation."""
        try:
            if answer.error is not UNSET:
                raise _peer_error(self.method, loads(answer.error))
            assert answer.result is not UNSET
            return CODEC.decode(cls or self._response, loads(answer.result))
        except (InvalidValue, JSONInvalid) as exc:
            raise ProtocolViolation(f"the answer to {self.method} is not valid: {exc}") from exc

    @property
    def is_answered(self) -> bool:
        """Whether the answer, or the reason why there is none, is there."""
        return self._answer is not None

    @property
    def succeeded(self) -> bool:
        """Whether the peer answered with a result."""
        return isinstance(self._answer, Envelope) and self._answer.error is UNSET

    @property
    def is_awaited(self) -> bool:
        """Whether a task waits for the answer; in the function of `call_on_answer`: whether one will get it."""
        return self._waiter is not None

    def hold(self) -> AbstractAsyncContextManager[T]:
        """Wait for the answer in an `async with` and hold the dispatch loop until its block ends.

        Nothing that the peer sent after the answer is dispatched meanwhile. Enter it in the step that sends, before any
        checkpoint, or the answer may have been dispatched already: that raises LocalMisuse. Raises as `wait` does.
        Cancelled while waiting, it gives the request up; the loop is let go on every way out. Where a concurrent
        `on_dispatch` handler has responses, the answer leaves the order of the wire, and nothing is held.
        """
        return self._hold()

    def cancel(self) -> None:
        """Ask the peer to cancel, once; the answer still counts. After the answer it does nothing."""
        if self._state is OutgoingState.WAITING:
            self._table.send_cancel(self)
        self._state = outgoing_after(self._state, Event.CANCEL)

    def map(self, function: Callable[[T], U]) -> SentRequest[U]:
        """Have `function` make another value of the result, once, when it is taken; returns this same handle."""
        inner = self._map
        self._map = function if inner is None else lambda result: function(inner(result))
        return cast("SentRequest[U]", self)

    def cast(self, result: type[U]) -> SentRequest[U]:
        """Have the result decoded to another class; returns this same handle. For an untyped request; `Any` erases."""
        self._response = result
        return cast("SentRequest[U]", self)

    def detach(self) -> None:
        """Let go: nobody wants the answer any more, and the peer is not told. Raises LocalMisuse if a task waits."""
        if self._waiter is not None:
            raise LocalMisuse(f"a task waits for the answer to {self.method}")
        self._table.forget(self.id)
        self._given_up = True
        self._state = outgoing_after(self._state, Event.CANCEL)

    def forward_to(self, responder: Responder[Any]) -> None:
        """Answer a request of a peer with the answer to this one, as it came, in the step that takes it.

        A cancellation of theirs becomes one of ours, under this request's id; whatever is answered then is passed on.
        If no answer can come any more, theirs is answered -32603. No checkpoint.
        """
        responder.keep()
        responder.on_cancel = self.cancel
        self.call_on_answer(lambda sent: pass_on(sent, responder))
        if self._answer is not None:
            pass_on(self, responder)
        elif responder.cancelled:
            self.cancel()

    def arrive(self) -> None:
        """The answer is here, on its way through the handlers: there is nothing to cancel any more."""
        self._state = outgoing_after(self._state, Event.ANSWER)

    def deliver(self, answer: Envelope | AcpError) -> Held | None:
        """Take the answer; what is returned, the loop must wait for before it dispatches the next message."""
        if self._state is OutgoingState.ANSWERED:
            self._table.settle(self)
        else:
            lost = isinstance(answer, AcpError) and not isinstance(answer, ProtocolViolation)
            self._state = outgoing_after(self._state, Event.END_OF_STREAM if lost else Event.ANSWER)
        self._answer = answer
        for function in self._on_answer:
            function(self)
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            self._table.delivered += 1
            # Wake exactly the task that waits; see Doorbell.
            trio.lowlevel.reschedule(waiter)
            return self._held
        return None

    def call_on_answer(self, function: Callable[[SentRequest[T]], None]) -> None:
        """Have the dispatch loop call `function` with this request, synchronously, in the order of the wire.

        It is called for an answer that nobody waits for any more, too: what that brought may have to be given back.
        """
        self._on_answer += (function,)

    @asynccontextmanager
    async def _hold(self) -> AsyncGenerator[T]:
        if self._answer is not None or self._waiter is not None:
            raise LocalMisuse(f"the answer to {self.method} was dispatched before hold(): enter it right after sending")
        check_may_wait(f"the answer to {self.method}")
        held = self._held = Held(f"the block that holds the answer to {self.method}")
        try:
            await self._park()
            self._table.acknowledge()
            token = begin_hold(held.hold)
            carried = CarriedError()
            try:
                result = self.result()
                with carried:
                    yield result
            finally:
                end_hold(held.hold, token)
            carried.release()
        finally:
            held.done.set()

    # Ctrl-C between these lines would leave a waiter that nobody wakes.
    @trio.lowlevel.enable_ki_protection
    async def _park(self) -> None:
        if self._waiter is not None:
            raise LocalMisuse(f"two tasks wait for the answer to {self.method}")
        if self._given_up:
            raise LocalMisuse(f"the answer to {self.method} was given up: a wait was cancelled, or detach() called")
        self._waiter = trio.lowlevel.current_task()  # woken by `deliver`
        try:
            await trio.lowlevel.wait_task_rescheduled(self._stop_waiting)
        except BaseException:  # Ctrl-C arrives here as KeyboardInterrupt
            self._give_up()
            raise

    def _stop_waiting(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._waiter = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _give_up(self) -> None:
        self._given_up = True
        self.cancel()
        if not self._on_answer:
            self._table.forget(self.id)


class Held:
    """The loop waits on `done` while the block under `hold` runs."""

    def __init__(self, what: str) -> None:
        self.hold: Hold = Hold(what, is_block=True)
        self.done: trio.Event = trio.Event()


class SentRequests:
    """The requests of one connection that wait for an answer."""

    def __init__(self, send_cancel: Callable[[SentRequest[Any]], None]) -> None:
        self.send_cancel = send_cancel
        self._ids = IdCounter()
        self._waiting: dict[object, SentRequest[Any]] = {}
        self._intercepted: set[SentRequest[Any]] = set()
        self._failure: AcpError | None = None
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
        for request_id in [waiting for waiting in self._waiting if waiting not in keep]:
            self._waiting.pop(request_id).deliver(error())
        for sent in list(self._intercepted):
            if finally_ or sent.kept:
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


def _peer_error(method: str, error: Any) -> AcpError:
    match error:
        case {"code": int(code), "message": str(message)} if not isinstance(code, bool):
            return PeerError(method, code, message, error.get("data"))
        case _:
            return ProtocolViolation(f"the peer refused {method} with a malformed error: {error!r:.200}")
