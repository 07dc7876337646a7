"""Sessions that were kept: opening one again, with or without its conversation, listing them, deleting one.

Owns the handlers that need a store. A session that is loaded goes on where it was: agent, settings, history.
"""

from __future__ import annotations

from typing import final

import attrs
import trio

from ..jsonrpc import RequestError
from ..roles import Agent
from ..schema import v1
from ..session import AgentSession
from ._hosted_session import HostedSession
from ._record import Record
from ._running_sessions import RunningSessions
from ._session_life import attend
from ._store import SessionMeta, SessionStore


@final
class KeptSessions:
    """The part of a host that has to do with its store."""

    def __init__(self, sessions: RunningSessions, store: SessionStore) -> None:
        self._sessions = sessions
        self._store = store

    def install(self, agent: Agent) -> None:
        """Register the handlers."""
        agent.on_load_session(self._load)
        agent.on_resume_session(self._resume)
        agent.on_list_sessions(self._list)
        agent.on_delete_session(self._delete)

    async def _load(
        self,
        request: v1.LoadSessionRequest,
        session: AgentSession,
        *,
        task_status: trio.TaskStatus[v1.LoadSessionResponse],
    ) -> None:
        hosted = await self._found(session)
        await attend(hosted, session, response=v1.LoadSessionResponse, task_status=task_status, replayed=True)

    async def _resume(
        self,
        request: v1.ResumeSessionRequest,
        session: AgentSession,
        *,
        task_status: trio.TaskStatus[v1.ResumeSessionResponse],
    ) -> None:
        hosted = await self._found(session)
        await attend(hosted, session, response=v1.ResumeSessionResponse, task_status=task_status)

    async def _list(self, request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        return await self._store.list(cwd=request.cwd, cursor=request.cursor)

    async def _delete(self, request: v1.DeleteSessionRequest) -> v1.DeleteSessionResponse:
        async with self._sessions.opening(request.session_id):
            await self._sessions.end(request.session_id)
            await self._store.delete(request.session_id)
        return v1.DeleteSessionResponse()

    async def _found(self, session: AgentSession) -> HostedSession:
        """The session that a client wants to go on with: the one that runs, or what was kept of it, started."""
        async with self._sessions.opening(session.session_id):
            running = await self._sessions.find(session.session_id)
            if running is not None:
                return running
            stored = await self._store.load(session.session_id)
            if stored is None:
                raise RequestError.session_not_found(session.session_id)
            record = Record(_at_home(stored.meta, session), self._store, stored.entries)
            hosted = await self._sessions.start(session, record)
            if record.meta != stored.meta:
                record.save(record.meta)
            return hosted


def _at_home(meta: SessionMeta, session: AgentSession) -> SessionMeta:
    """In the directory that the client names now."""
    roots = session.request.additional_directories
    return attrs.evolve(meta, cwd=session.cwd, additional_directories=roots)
