"""Jobs that run one at a time for each session id, in the order in which they came.

It knows nothing of what the jobs do; a job must not raise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

Job = Callable[[], Awaitable[None]]


class Lanes:
    """A lane exists while it has jobs."""

    def __init__(self, start_soon: Callable[[Callable[[str], Awaitable[None]], str], None]) -> None:
        self._start_soon = start_soon
        self._jobs: dict[str, deque[Job]] = {}

    def is_busy(self, session_id: str) -> bool:
        """Whether a job runs or waits for this id."""
        return session_id in self._jobs

    def submit(self, session_id: str, job: Job) -> None:
        """Run `job` when those before it are done."""
        jobs = self._jobs.get(session_id)
        if jobs is not None:
            jobs.append(job)
            return
        self._jobs[session_id] = deque([job])
        self._start_soon(self._run, session_id)

    async def _run(self, session_id: str) -> None:
        jobs = self._jobs[session_id]
        try:
            while jobs:
                await jobs[0]()
                jobs.popleft()
        finally:
            del self._jobs[session_id]
