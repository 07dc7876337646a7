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
from ._conversation import replay
from ._hosted_session import SessionPlan
from ._record import Record
from ._session_life import live
from ._store import SessionStore, StoredSession


@final
class KeptSessions:
    """The part of a host that has to do with its store."""

    def __init__(self, plan: SessionPlan, store: SessionStore) -> None:
        self._plan = plan
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
        stored = await self._stored(session)
        await live(
            self._plan,
            session,
            self._record(stored),
            response=v1.LoadSessionResponse,
            task_status=task_status,
            replayed=replay(stored.entries),
        )

    async def _resume(
        self,
        request: v1.ResumeSessionRequest,
        session: AgentSession,
        *,
        task_status: trio.TaskStatus[v1.ResumeSessionResponse],
    ) -> None:
        stored = await self._stored(session)
        await live(
            self._plan, session, self._record(stored), response=v1.ResumeSessionResponse, task_status=task_status
        )

    async def _list(self, request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        return await self._store.list(cwd=request.cwd, cursor=request.cursor)

    async def _delete(self, request: v1.DeleteSessionRequest) -> v1.DeleteSessionResponse:
        await self._store.delete(request.session_id)
        return v1.DeleteSessionResponse()

    async def _stored(self, session: AgentSession) -> StoredSession:
        """What was kept of it, at home in the directory that the client names now."""
        stored = await self._store.load(session.session_id)
        if stored is None:
            raise RequestError.session_not_found(session.session_id)
        meta = attrs.evolve(stored.meta, cwd=session.cwd, additional_directories=session.request.additional_directories)
        if meta != stored.meta:
            await self._store.save(meta)
        return attrs.evolve(stored, meta=meta)

    def _record(self, stored: StoredSession) -> Record:
        return Record(stored.meta, self._store, stored.entries)
