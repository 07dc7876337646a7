"""Handlers for the time of a block.

Owns that nobody outlives it: leaving the block cancels the handlers of its route that still run, and waits for them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio

from ._answers import CANCELLED
from ._body import CarriedError, block
from ._handlers import Function, Handled
from ._registry import DispatchHandler, Handlers

if TYPE_CHECKING:
    from ._connection import Connection

Routed: TypeAlias = "Handlers | DispatchHandler | Callable[..., Coroutine[Any, Any, Handled | None]]"
"""What a route hands messages to: a registry, a handler object, or a function as `on_dispatch` takes it."""


class _Route:
    def __init__(self, routed: Routed) -> None:
        self.handlers = Handlers()
        self._running: set[trio.CancelScope] = set()
        self._all_done = trio.Event()
        for handler in _registry(routed):
            self.handlers.add(attrs.evolve(handler, function=self._tracked(handler.function)))

    def _tracked(self, function: Function) -> Function:
        @wraps(function)
        async def run(*args: Any, **kwargs: Any) -> Any:
            with trio.CancelScope() as scope:
                self._running.add(scope)
                try:
                    return await function(*args, **kwargs)
                finally:
                    self._running.discard(scope)
                    self._all_done.set()
            raise CANCELLED.with_traceback(None)  # the block was left

        return run

    async def end(self) -> None:
        for scope in self._running:
            scope.cancel("the route's block is left")
        while self._running:
            self._all_done = trio.Event()
            await self._all_done.wait()


@block
async def route_block(connection: Connection, routed: Routed) -> AsyncGenerator[None]:
    """Have messages handled by `routed` for the time of the block."""
    route = _Route(routed)
    connection.dispatch_loop.add_route(route.handlers)
    carried = CarriedError()
    with carried:
        yield
    connection.dispatch_loop.remove_route(route.handlers)
    with connection.leaving(carried.error):
        await route.end()
    carried.release()


def _registry(routed: Routed) -> Handlers:
    if isinstance(routed, Handlers):
        return routed
    handlers = Handlers()
    if isinstance(routed, DispatchHandler):
        handlers.with_handler(routed)
    else:
        handlers.on_dispatch(routed)
    return handlers
