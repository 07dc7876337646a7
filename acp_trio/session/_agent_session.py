"""A session as the agent holds it: where it works, what it keeps, and the nursery of its tasks.

Owns the session's life: everything that runs for it is a child of its nursery, and a task of it that fails ends this
session alone. Its place among the other sessions belongs to `AgentSessions`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context, copy_context
from typing import Any, TypeAlias, TypeVarTuple, final

import trio

from ..connection import Connection, Doorbell, in_own_context
from ..schema import v1
from ._facilities import ClientOffer, Facilities

Ts = TypeVarTuple("Ts")

SetupRequest: TypeAlias = "v1.NewSessionRequest | v1.LoadSessionRequest | v1.ResumeSessionRequest"
"""What opens a session at an agent."""

logger = logging.getLogger("acp_trio.session")


@final
class AgentSession(Facilities):
    """One session with a client.

    Attributes:
      session_id: its id; a setup handler that answers with another one changes it.
      request: what opened it: `session/new`, load or resume.
      state: whatever the agent wants to keep with it.
      nursery: runs tasks until the session ends.
      on_cancel: called for each `session/cancel` of it, for work that is no turn of this connection.
    """

    nursery: trio.Nursery

    def __init__(self, connection: Connection, offer: ClientOffer, session_id: str, request: SetupRequest) -> None:
        self.connection = connection
        self.offer = offer
        self.session_id = session_id
        self.request = request
        self.state: Any = None
        self.on_cancel: Callable[[], None] | None = None
        self.ended: trio.Event = trio.Event()
        self.context: Context = copy_context()
        self.afterwards: Callable[[], Awaitable[None]] | None = None  # what its task does when nothing of it runs
        self._is_closed = False
        self._doorbell = Doorbell()  # rung when it is

    def __repr__(self) -> str:
        return f"<AgentSession {self.session_id!r} on {self.connection!r}>"

    @property
    def cwd(self) -> str:
        """The absolute directory it works in."""
        return self.request.cwd

    @property
    def mcp_servers(self) -> Sequence[v1.McpServer]:
        """The MCP servers the client wants it to use."""
        return self.request.mcp_servers

    @property
    def directories(self) -> Sequence[str]:
        """All its roots, `cwd` first."""
        return [self.request.cwd, *self.request.additional_directories]

    def start_soon(self, function: Callable[[*Ts], Awaitable[object]], *args: *Ts, name: object = None) -> None:
        """Run a task until the session ends. If it fails, the failure is logged and the session ends."""
        self.nursery.start_soon(function, *args, name=name)

    def end(self, reason: str) -> None:
        """Cancel everything that runs for it."""
        self.nursery.cancel_scope.cancel(reason)

    def end_idle(self, afterwards: Callable[[], Awaitable[None]]) -> None:
        """End a session that has no tasks but its own: that one does `afterwards` when it has left the nursery.

        It is woken for that, not cancelled, which would take longer.
        """
        self.afterwards = afterwards
        self._is_closed = True
        self._doorbell.ring()

    @property
    def is_ending(self) -> bool:
        """Whether nothing of it begins any more."""
        return self.nursery.cancel_scope.cancel_called or self._is_closed

    async def live(
        self,
        set_up: Callable[[], Coroutine[Any, Any, None]],
        on_end: Callable[[AgentSession], None],
        task_status: trio.TaskStatus[None],
    ) -> None:
        """Be set up, which is when the task has started, and hold the nursery open until it ends."""
        try:
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                self.nursery = nursery
                try:
                    await in_own_context(set_up())
                finally:
                    task_status.started()
                await self._doorbell.wait()
                self.end("the session is closed")  # whoever comes, or is being started
        except* Exception as failures:  # a session's failure is its own: it is logged, whole
            logger.exception("session %r ends: one of its tasks failed", self.session_id, exc_info=failures)
        finally:
            self.ended.set()
            on_end(self)
