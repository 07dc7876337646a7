"""What is being started in a nursery by somebody outside of it.

Until it has started it is under the cancellation of whoever starts it alone, and keeps the nursery open all the same:
what ends the nursery must end the starts, too. Owns that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from ..jsonrpc import ErrorCode, RequestError

T = TypeVar("T")


class Starts:
    """Those of one nursery."""

    def __init__(self) -> None:
        self._scopes: set[trio.CancelScope] = set()

    async def run(self, start: Callable[[], Awaitable[T]]) -> T:
        """Start something. Raises what that raises, and RequestError if `end` comes first."""
        started: list[T] = []
        with trio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                started.append(await start())
            finally:
                self._scopes.discard(scope)
        if not started:
            raise RequestError(ErrorCode.INTERNAL_ERROR, "it has ended before it was started")
        return started[0]

    def end(self, reason: str) -> None:
        """Cancel what has not started. No checkpoint."""
        for scope in self._scopes:
            scope.cancel(reason)
