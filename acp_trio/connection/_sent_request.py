"""A request of ours: the handle to wait for its answer with, to cancel it, to let go of it.

Owns what becomes of an answer, which is delivered once, and the one `$/cancel_request` that a given-up request sends
(https://agentclientprotocol.com/protocol/cancellation).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, final

import trio
from msgspec import UNSET

from ..codec import CODEC, InvalidValue
from ..jsonrpc import (
    AcpError,
    Envelope,
    Event,
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

if TYPE_CHECKING:
    from ._sent_requests import SentRequests

logger = logging.getLogger("acp_trio.connection")

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

    @property
    def loss(self) -> AcpError | None:
        """Why no answer can come any more; None while one can."""
        return None if self._table.failure is None else self._table.failure()

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
            try:
                function(self)
            except Exception:  # whoever waits, and the next request, are to have their answers all the same
                logger.exception("a function that %r called on its answer failed", self)
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
        self._table.acknowledge()

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


def _peer_error(method: str, error: Any) -> AcpError:
    match error:
        case {"code": int(code), "message": str(message)} if not isinstance(code, bool):
            return PeerError(method, code, message, error.get("data"))
        case _:
            return ProtocolViolation(f"the peer refused {method} with a malformed error: {error!r:.200}")
