"""The sessions that run, and whose nursery they run in: their connection's, or the host's own.

Owns which of the two it is, and that of one id there is one session, whoever asks for it at the same time: two would
write into one conversation.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import final

import trio

from ..connection import Block, CarriedError, block, members, what_leaves
from ..jsonrpc import LocalMisuse
from ..session import AgentSession
from ._hosted_session import HostedSession
from ._record import Record
from ._session_life import live
from ._session_locks import SessionLocks
from ._session_plan import SessionPlan
from ._starts import Starts


@final
class RunningSessions:
    """The sessions of one host."""

    def __init__(self, plan: SessionPlan) -> None:
        self._plan = plan
        self._nursery: trio.Nursery | None = None
        self._running: dict[str, HostedSession] = {}
        self._opening = SessionLocks()
        self.starts: Starts = Starts()

    def opening(self, session_id: str) -> trio.Lock:
        """What is held by who looks for a session of this id, starts it if it does not run, or deletes it."""
        return self._opening.of(session_id)

    async def find(self, session_id: str) -> HostedSession | None:
        """The session of this id, if one more client can be attached to it.

        One that ends, or belongs to another connection, is ended first. Checkpoints.
        """
        await trio.lowlevel.checkpoint()
        hosted = self._running.get(session_id)
        if hosted is not None and hosted.outlives and hosted.states.is_open:
            return hosted
        await self.end(session_id)
        return None

    async def start(self, origin: AgentSession, record: Record) -> HostedSession:
        """Run a session that a client asked for. Raises what starting its agent raises. Checkpoints."""
        begin = partial(live, self._plan, origin, record, outlives=self._nursery is not None, on_end=self._forget)
        nursery = self._nursery or origin.nursery
        hosted: HostedSession = await self.starts.run(partial(nursery.start, begin, name=f"hosted {origin.session_id}"))
        if hosted.states.phase.value != "closed":
            self._running[hosted.session_id] = hosted
        return hosted

    async def end(self, session_id: str) -> None:
        """End the session of this id, if it runs, and wait for that. Checkpoints."""
        await trio.lowlevel.checkpoint()
        if (hosted := self._running.get(session_id)) is not None:
            hosted.end()
            await hosted.states.phase.wait_value(lambda phase: phase == "closed")

    def open(self) -> Block[None]:
        """See `SessionHost.open`."""
        if self._nursery is not None:
            raise LocalMisuse("the host is open already")
        return _open_block(self)

    def run_in(self, nursery: trio.Nursery | None) -> None:
        """From here on sessions start in this nursery; in their connections', if it is None."""
        self._nursery = nursery

    def _forget(self, hosted: HostedSession) -> None:
        if self._running.get(hosted.session_id) is hosted:
            del self._running[hosted.session_id]


@block
async def _open_block(sessions: RunningSessions) -> AsyncGenerator[None]:
    carried = CarriedError()
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            sessions.run_in(nursery)
            with carried:
                yield
            sessions.run_in(None)
            sessions.starts.end("the host's block is left")
            nursery.cancel_scope.cancel("the host's block is left")
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    carried.release()
