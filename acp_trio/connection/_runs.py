"""One run of one handler: how it is called, and what its result, its failure or its cancellation answers.

Owns the rule that a request is answered exactly once, whatever its handler does, and the two ways to run one: in the
dispatch loop's own task, or in a task of its own with or without the loop waiting for `task_status.started()`.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from contextlib import ExitStack
from contextvars import Context, copy_context
from types import TracebackType
from typing import Any, Self, final

import attrs
import trio

from ..codec import InvalidValue
from ..jsonrpc import AcpError, LocalMisuse, RequestError
from ..transports import ConnectionClosed, ConnectionLost
from ._answers import invalid_params, refusal_of
from ._groups import split_failures
from ._handlers import Handled, Handler, Meeting
from ._hold import Hold, begin_hold
from ._own_context import go_on
from ._passage import Passage
from ._responder import Responder
from ._response_router import ResponseRouter

logger = logging.getLogger("acp_trio.connection")


@attrs.define(eq=False)
class Run:
    """A handler with the message it got."""

    handler: Handler
    message: Any
    connection: Any
    responder: Responder[Any] | None
    scope: trio.CancelScope
    hold: Hold
    passage: Passage | None = None
    """Where it stands in the chain; None for a handler that is the only one."""
    declined: bool = False
    """Whether the handler left the message to the next one."""
    if_stopped: RequestError | None = None
    """Answers a request that nobody cancelled, if its handler was stopped all the same; None: as if somebody had."""

    @classmethod
    def in_own_task(cls, handler: Handler, message: Any, connection: Any, responder: Responder[Any]) -> Run:
        """A run that does not hold the loop."""
        return cls(handler, message, connection, responder, responder.scope, Hold(handler.name, active=False))

    def begin(self) -> None:
        """The handler is about to be called in the current task."""
        begin_hold(self.hold)
        if self.responder is not None:
            self.responder.begin()

    def call(self, **more: Any) -> Coroutine[Any, Any, Any]:
        """Make the handler's coroutine."""
        handler = self.handler
        if handler.takes_connection:
            return handler.function(self.message, self.connection, **more)
        return handler.function(self.message, **more)

    def conclude(self, result: Any) -> None:
        """The handler returned: answer with its result, if it is one."""
        if type(result) is Handled:
            self._decline(result)
        elif self.handler.takes_dispatch:
            self._conclude_dispatch(result)
        elif self.responder is None:
            return
        elif self.responder.answered:
            if result is not None:
                logger.error("%s returned %r after its answer was given", self.handler.name, type(result).__name__)
        else:
            check_result(self.handler, result)
            self.responder.respond(result)

    @property
    def router(self) -> ResponseRouter[Any] | None:
        """Of a response: what brings it to whoever waits."""
        return None if self.passage is None else self.passage.router

    def _decline(self, declined: Handled) -> None:
        if self.passage is None:
            raise LocalMisuse(f"{self.handler.name} declined, and there is nobody behind it")
        done = self.responder is not None and (self.responder.answered or self.responder.kept)
        if done or (self.router is not None and (self.router.routed or self.router.kept)):
            raise LocalMisuse(f"{self.handler.name} has seen to the message, and declined it")
        if self.handler.meeting is Meeting.STARTED and not self.hold.active:
            raise LocalMisuse(f"{self.handler.name} let the loop go on, and then declined: nothing could be in order")
        self.passage.pass_on(declined)
        self.declined = True

    def _conclude_dispatch(self, result: Any) -> None:
        if result is not None:
            raise LocalMisuse(f"{self.handler.name} must return None or Handled.no(), not {type(result).__name__}")
        responder, router = self.responder, self.router
        if responder is not None and not (responder.answered or responder.kept):
            raise LocalMisuse(f"{self.handler.name} neither answered {responder.method} nor declined it")
        if router is not None and not (router.routed or router.kept):
            raise LocalMisuse(f"{self.handler.name} dropped the answer to {router.method}")

    def fail(self, error: Exception) -> None:
        """The handler raised: answer with what the peer may know of it."""
        if self.router is not None:
            self._fail_awaiter(self.router, error)
            return
        responder = self.responder
        method = responder.method if responder is not None else str(self.handler.method)
        if isinstance(error, InvalidValue) and self.handler.takes_dispatch:
            refusal = invalid_params(method, error)  # it was looked at as what it is not
        else:
            refusal = refusal_of(error, method)
        if responder is None or responder.answered:
            # With a connection every message that was on its way is lost, and that is said elsewhere.
            level = logging.DEBUG if isinstance(error, ConnectionLost | ConnectionClosed) else logging.WARNING
            known = "nobody is told" if responder is None else "the request has its answer"
            logger.log(level, "%s failed, and %s: %s", self.handler.name, known, refusal)
            return
        if responder.cancelled and responder.has_cancelled_result:
            responder.refuse_cancelled()
        else:
            responder.refuse(refusal)

    def _fail_awaiter(self, router: ResponseRouter[Any], error: Exception) -> None:
        if router.is_done:
            logger.error("%s failed", self.handler.name, exc_info=error)
            return
        what = f"{self.handler.name} failed on the answer to {router.method}: {type(error).__name__}"
        failure = LocalMisuse(what)
        failure.__cause__ = error
        router.fail(error if isinstance(error, AcpError) else failure)

    def fail_in_part(self, group: BaseExceptionGroup[BaseException]) -> None:
        """The handler was cancelled and failed besides: the failure ends here, the rest goes on."""
        failure, rest = split_failures(group)
        if failure is not None:
            self.fail(failure)
        if rest is not None:
            raise rest

    def settle(self) -> None:
        """The run is over. A request that is still open was cancelled."""
        self.hold.active = False
        responder = self.responder
        if self.declined:
            if responder is not None:
                responder.work_in(None)  # the scope may be the loop's, which the next handler gets
            return
        if responder is None:
            self._settle_router()
            return
        if not responder.answered:
            if responder.kept:
                responder.work_in(None)
            elif responder.cancelled or self.if_stopped is None:
                responder.refuse_cancelled()
            else:
                responder.refuse(self.if_stopped)
        responder.done()

    def _settle_router(self) -> None:
        if self.router is None:
            return
        if self.router.kept:
            self.router.fail_if_lost()
        else:
            self.router.pass_on_undelivered()  # cancelled on the way: it is no fault of whoever waits


def check_result(handler: Handler, result: Any) -> None:
    """Raise LocalMisuse if `result` is not what the method answers with."""
    expected = handler.response
    if expected is not Any and isinstance(expected, type) and not isinstance(result, expected):
        raise LocalMisuse(f"{handler.name} must answer with {expected.__name__}, not {type(result).__name__}")


class LoopScope:
    """The cancel scope around handlers in the loop's task.

    A scope must be opened before a handler's first step: opened by a suspended task it would corrupt the scope stack.
    But most handlers take no second step, so one is opened ahead and serves them one after the other; who is suspended
    takes it away. (To open and close one costs a third of all that is done for a small request.)
    """

    def __init__(self) -> None:
        self._open: trio.CancelScope | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        scope, self._open = self._open, None
        return None if scope is None else scope.__exit__(kind, error, trace)

    def enter(self) -> trio.CancelScope:
        """The scope for the next handler, open."""
        if self._open is None:
            self._open = trio.CancelScope()
            self._open.__enter__()
        return self._open

    def drop(self) -> None:
        """Somebody has cancelled it: the next handler gets another one."""
        self.__exit__(None, None, None)

    def take_away(self) -> None:
        """The handler is suspended: the scope is its own from now on, and it closes it."""
        self._open = None


def begin_in_loop(run: Run, loop_scope: LoopScope) -> Coroutine[Any, Any, None] | None:
    """Take a handler's first step in the loop's task; what is returned, the loop awaits next: the rest of the run.

    Most handlers take no second step, and the loop must know before it waits.
    """
    context = copy_context()  # what the handler sets must not leak into the next one
    try:
        begun = context.run(_first_step, run)
        if isinstance(begun, _Suspended):
            loop_scope.take_away()
            return _finish_in_loop(run, begun.coroutine, context, begun.trap)
        run.conclude(begun)
    except Exception as exc:  # noqa: BLE001  # whatever it is, it is answered and logged
        run.fail(exc)
    except BaseException:
        run.settle()
        raise
    run.settle()
    if run.responder is not None and run.responder.cancelled:
        loop_scope.drop()
    return None


class _Suspended:
    """A handler that waits for something: its coroutine, and what it has yielded to trio."""

    __slots__ = ("coroutine", "trap")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], trap: Any) -> None:
        self.coroutine = coroutine
        self.trap = trap


def _first_step(run: Run) -> Any:
    """What the handler returned, or that it waits."""
    run.begin()
    coroutine = run.call()
    try:
        trap = coroutine.send(None)
    except StopIteration as done:
        return done.value
    return _Suspended(coroutine, trap)


async def _finish_in_loop(run: Run, coroutine: Coroutine[Any, Any, Any], context: Context, trap: Any) -> None:
    try:
        with ExitStack() as stack:
            stack.push(run.scope)  # it is open already
            run.conclude(await go_on(coroutine, context, trap))
    except Exception as exc:  # noqa: BLE001  # whatever it is, it is answered and logged
        run.fail(exc)
    except BaseExceptionGroup as group:
        run.fail_in_part(group)
    finally:
        run.settle()


async def run_in_task(run: Run, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Run a handler in this task, which is its own."""
    run.begin()
    status = LoopStatus(run, task_status)
    more = {"task_status": status} if run.handler.takes_task_status else {}
    try:
        with run.scope:
            await _admitted(run)
            run.conclude(await run.call(**more))
    except Exception as exc:  # noqa: BLE001  # whatever it is, it is answered and logged
        run.fail(exc)
    except BaseExceptionGroup as group:
        run.fail_in_part(group)
    finally:
        run.settle()
        status.release()


async def _admitted(run: Run) -> None:
    if run.responder is not None and run.responder.cancelled:
        await trio.lowlevel.checkpoint()  # cancelled before it began: raises Cancelled, the handler is not run
    if run.passage is not None and run.passage.admission is not None:
        await run.passage.admission()


@final
class LoopStatus(trio.TaskStatus[Any]):
    """The `task_status` of a handler: `started()` lets the loop go on, `started(response)` answers as well."""

    def __init__(self, run: Run, task_status: trio.TaskStatus[None]) -> None:
        self._run = run
        self._task_status = task_status
        self._called = False
        self._released = False

    def started(self, value: Any = None) -> None:
        """Let the dispatch loop go on; with a response, answer the request and live on.

        Raises LocalMisuse if the request is answered already, or by the wrong type.
        """
        responder = self._run.responder
        if value is not None:
            if responder is None:
                raise LocalMisuse(f"{self._run.handler.name} got a notification: there is nothing to answer")
            check_result(self._run.handler, value)
            responder.respond(value)
        elif self._called:
            raise LocalMisuse(f"{self._run.handler.name} called started() twice")
        self._called = True
        self.release()

    def release(self) -> None:
        """Let the loop go on, once."""
        self._run.hold.active = False
        if not self._released:
            self._released = True
            self._task_status.started()
