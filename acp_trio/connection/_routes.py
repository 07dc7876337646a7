"""Handlers for the time of a block.

Owns that nobody outlives it: leaving the block cancels the handlers of its route that still run, and waits for them. A
route that opens gets first what came too early for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio

from ..codec import InvalidValue
from ..jsonrpc import Envelope, JSONInvalid, LocalMisuse
from ._answers import CANCELLED
from ._body import CarriedError, block
from ._dispatch import RequestDispatch, ResponseDispatch
from ._gong import Gong
from ._handlers import Function, Handled, Meeting
from ._hold import Hold
from ._passage import Passage
from ._registry import Chains, DispatchHandler, Handlers
from ._rejections import reject_params
from ._runs import Run, run_in_task
from ._shelf import Shelf

if TYPE_CHECKING:
    from ._connection import Connection
    from ._incoming import DispatchLoop

Routed: TypeAlias = "Handlers | DispatchHandler | Callable[..., Coroutine[Any, Any, Handled | None]]"
"""What a route hands messages to: a registry, a handler object, or a function as `on_dispatch` takes it."""


class _Route:
    def __init__(self, routed: Routed) -> None:
        self.handlers = Handlers()
        self._running: set[trio.CancelScope] = set()
        self._done = Gong()
        self._left = False
        self._filling: trio.Event | None = None
        self._fillers: set[trio.lowlevel.Task] = set()
        for handler in _registry(routed):
            self.handlers.add(attrs.evolve(handler, function=self._tracked(handler.function)))

    def _tracked(self, function: Function) -> Function:
        @wraps(function)
        async def run(*args: Any, **kwargs: Any) -> Any:
            begun = False
            with trio.CancelScope() as scope:
                self._running.add(scope)
                try:
                    if self._filling is not None and trio.lowlevel.current_task() not in self._fillers:
                        await self._filling.wait()  # what was on the shelf comes first
                    if not self._left:
                        begun = True
                        return await function(*args, **kwargs)
                finally:
                    self._running.discard(scope)
                    self._done.strike()
            return _given_up(args[0]) if begun else Handled.no()  # the next one behind the route may have it

        return run

    async def fill(self, connection: Connection, loop: DispatchLoop, shelf: Shelf) -> None:
        """Hand over what was there before: one by one, while the loop waits with what comes next."""
        chains = Chains(self.handlers, connection.hooks.counterpart)
        filling = self._filling = trio.Event()
        taken: list[Envelope] = []
        try:
            for envelope in shelf.waiting():
                passage = Passage(envelope, iter(chains.for_notification(str(envelope.method))))
                if await self._hand_over(connection, loop, passage):
                    taken.append(envelope)
        finally:
            shelf.discard(taken)
            self._filling = None
            filling.set()

    async def _hand_over(self, connection: Connection, loop: DispatchLoop, passage: Passage) -> bool:
        for handler in passage.rest:
            try:
                message = passage.message_for(handler)
            except (InvalidValue, JSONInvalid) as exc:
                reject_params(passage.envelope, None, exc)
                return True
            concurrent = handler.meeting is Meeting.AT_ONCE
            hold = Hold(handler.name, active=not concurrent)
            run = Run(handler, message, connection, None, trio.CancelScope(), hold, passage)
            if concurrent:
                connection.start_soon(loop.run_beside, run, passage)
                return True
            await connection.start(self._run, run)
            if not run.declined:
                return True
        return False

    async def _run(self, run: Run, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        # Told from the loop's own runs, which wait for these, by its task.
        task = trio.lowlevel.current_task()
        self._fillers.add(task)
        try:
            await run_in_task(run, task_status=task_status)
        finally:
            self._fillers.discard(task)

    async def end(self) -> None:
        """Nothing is handed over any more: cancel what runs, and wait for it."""
        self._left = True
        for scope in self._running:
            scope.cancel("the route's block is left")
        while self._running:
            await self._done.wait()


@block
async def route_block(connection: Connection, loop: DispatchLoop, routed: Routed) -> AsyncGenerator[None]:
    """Have messages handled by `routed` for the time of the block."""
    route = _Route(routed)
    loop.chains.add_route(route.handlers)
    shelf = connection.hooks.shelf
    carried = CarriedError()
    with carried:
        if shelf:
            await route.fill(connection, loop, shelf)
        yield
    loop.chains.remove_route(route.handlers)
    with connection.leaving(carried.error):
        await route.end()
    carried.release()


def _given_up(message: Any) -> None:
    """The block was left while a handler had this: an answer goes on its way, anything else is cancelled."""
    if isinstance(message, RequestDispatch) and (message.responder.kept or message.responder.answered):
        return  # somebody else has it
    if not isinstance(message, ResponseDispatch):
        raise CANCELLED.with_traceback(None)
    message.router.pass_on_undelivered()


def _registry(routed: Routed) -> Handlers:
    if isinstance(routed, Handlers):
        if routed.starters or routed.closers:
            raise LocalMisuse("on_start and on_close are for a connection: a route's block has a start and an end")
        return routed
    handlers = Handlers()
    if isinstance(routed, DispatchHandler):
        handlers.with_handler(routed)
    else:
        handlers.on_dispatch(routed)
    return handlers
