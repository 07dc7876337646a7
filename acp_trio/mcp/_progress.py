"""Progress of one call, on its way to whoever is told.

Owns that it arrives in order, never after the call has returned, and that a slow listener holds up nobody else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio
from mcp.shared.dispatcher import ProgressFnT

from ..connection import CarriedError
from ._events import OnProgress

T = TypeVar("T")

_MOST_WAITING = 64
"""Reports kept for a slow listener; of more the oldest are left out."""


class _Reports:
    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._waiting: deque[tuple[float, float | None, str | None]] = deque(maxlen=_MOST_WAITING)
        self._more = trio.Event()
        self._complete = False
        self.failure: Exception | None = None

    async def take(self, progress: float, total: float | None, message: str | None) -> None:
        """What the package calls for each report; it keeps their order only if nothing is awaited here."""
        self._waiting.append((progress, total, message))
        self._more.set()

    def complete(self) -> None:
        self._complete = True
        self._more.set()

    async def deliver(self, call: trio.CancelScope) -> None:
        try:
            while self._waiting or not self._complete:
                await self._more.wait()
                self._more = trio.Event()
                while self._waiting:
                    await self._on_progress(*self._waiting.popleft())
        except Exception as error:  # noqa: BLE001 -- the caller's own, and raised to the caller
            self.failure = error
            call.cancel("on_progress failed")


async def call_with_progress(call: Callable[[ProgressFnT], Awaitable[T]], on_progress: OnProgress) -> T:
    """Await `call`, given what takes its progress. What `on_progress` raises ends the call and is raised."""
    reports = _Reports(on_progress)
    results: list[T] = []
    carried = CarriedError()
    async with trio.open_nursery(strict_exception_groups=True) as nursery:
        nursery.start_soon(reports.deliver, nursery.cancel_scope)
        with carried:
            results.append(await call(reports.take))
        if results:
            reports.complete()
        else:
            nursery.cancel_scope.cancel("the call has failed")
    carried.error = reports.failure or carried.error
    carried.release()
    return results[0]
