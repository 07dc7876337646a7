"""A value that tasks can wait on: only the latest counts.

Owns that nobody misses the last change and nobody is made to see each one. Setting never waits, whoever watches.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar, final

import trio

from ..connection import Gong

T = TypeVar("T")


@final
class Watch(Generic[T]):
    """One value, read now or waited on, by any number of tasks.

    Args:
      value: the first one.

    Example:
        statuses = Watch({})
        statuses.update(lambda now: {**now, "files": "connected"})
        await statuses.wait_value(lambda now: now.get("files") == "connected")
    """

    def __init__(self, value: T) -> None:
        self._value = value
        self._version = 0
        self._changed = Gong()

    def __repr__(self) -> str:
        return f"<Watch {self._value!r:.80}>"

    @property
    def value(self) -> T:
        """The latest value."""
        return self._value

    def set(self, value: T) -> None:
        """Replace the value and wake who waits, also for an equal one. No checkpoint."""
        self._value = value
        self._version += 1
        self._changed.strike()

    def update(self, function: Callable[[T], T]) -> T:
        """Replace the value by what `function` makes of it, and return that. No checkpoint."""
        self.set(function(self._value))
        return self._value

    async def wait_change(self) -> T:
        """Wait until the value is set the next time, and return the latest. Checkpoints."""
        await self._changed.wait()
        return self._value

    async def wait_value(self, wanted: Callable[[T], bool]) -> T:
        """Wait until `wanted` is true of the value, and return it. Checkpoints.

        A value that was replaced before this task ran is not looked at.
        """
        await trio.lowlevel.checkpoint()
        while not wanted(self._value):
            await self._changed.wait()
        return self._value

    def changes(self) -> AsyncIterator[T]:
        """Iterate over the value as it is now and as it becomes.

        An iterator that is not asked for a while skips what came between: it always gives the latest. It never ends by
        itself. Each step checkpoints.

        Example:
            async for details in watch.changes():
                show(details)
        """
        return _Changes(self)

    async def _wait_beyond(self, version: int) -> tuple[int, T]:
        await trio.lowlevel.checkpoint()
        while self._version == version:
            await self._changed.wait()
        return self._version, self._value


class _Changes(Generic[T]):
    def __init__(self, watch: Watch[T]) -> None:
        self._watch = watch
        self._seen = -1

    def __aiter__(self) -> _Changes[T]:
        return self

    async def __anext__(self) -> T:
        self._seen, value = await self._watch._wait_beyond(self._seen)
        return value
