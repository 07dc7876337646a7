"""What an endpoint does when its peer has ended a connection.

Owns that all of its functions run, one after the other, whichever fails, and that closing waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import trio

from ._tasks import Tasks

logger = logging.getLogger("acp_trio.connection")


class OnClose:
    """The `on_close` functions of one connection."""

    def __init__(self, functions: Sequence[Callable[[Any], Awaitable[None]]], tasks: Tasks) -> None:
        self._functions = functions
        self._tasks = tasks
        self._finished: trio.Event | None = None

    async def run(self, connection: Any) -> None:
        """Call them. The first failure becomes a failed task of the connection."""
        finished = self._finished = trio.Event()
        failures: list[Exception] = []
        try:
            for function in self._functions:
                try:
                    await function(connection)
                except Exception as exc:  # noqa: BLE001  # it is raised below, when the others have run
                    failures.append(exc)
        finally:
            finished.set()
        for later in failures[1:]:
            logger.error("a function of on_close() failed after another one had", exc_info=later)
        if failures and self._tasks.takes_none:
            logger.error("a function of on_close() failed while the connection closed", exc_info=failures[0])
        elif failures:
            self._tasks.nursery.start_soon(_raise, failures[0])

    async def wait(self) -> None:
        """Wait until they have run, if they were called at all. Checkpoints only if it waits."""
        if self._finished is not None:
            await self._finished.wait()


async def _raise(error: Exception) -> None:
    raise error
