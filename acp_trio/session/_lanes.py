"""Jobs that run one at a time for each session id, in the order in which they came, each in a context of its own.

It knows nothing of what the jobs do; a job must not raise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from ..connection import in_own_context

Job = Callable[[], Coroutine[Any, Any, None]]
Abandon = Callable[[], None]


class Lanes:
    """A lane exists while it has jobs."""

    def __init__(self, start_soon: Callable[..., None]) -> None:
        self._start_soon = start_soon
        self._waiting: dict[str, deque[tuple[Job, Abandon]]] = {}

    def is_busy(self, session_id: str) -> bool:
        """Whether a job runs or waits for this id."""
        return session_id in self._waiting

    def submit(self, session_id: str, job: Job, abandon: Abandon) -> None:
        """Run `job` when those before it are done; `abandon` is called if that will never be."""
        waiting = self._waiting.get(session_id)
        if waiting is not None:
            waiting.append((job, abandon))
        else:
            self._start_soon(self.open(session_id, job, abandon))

    def open(self, session_id: str, job: Job, abandon: Abandon) -> Callable[[], Awaitable[None]]:
        """Begin a lane; what is returned does `job` and those that come behind it, and must be run, in any task."""
        self._waiting[session_id] = deque([(job, abandon)])
        return partial(self._run, session_id)

    async def _run(self, session_id: str) -> None:
        waiting = self._waiting[session_id]
        try:
            while waiting:
                job, _ = waiting.popleft()
                await in_own_context(job())
        finally:
            del self._waiting[session_id]
            for _, abandon in waiting:
                abandon()
