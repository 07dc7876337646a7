"""The sessions of an agent that runs agents: how they are opened, found again, set and ended.

Owns the handlers of an `Agent` for all of it, and which capabilities follow: without a store nothing is kept, and
nothing about keeping is advertised.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import final

import trio

from ..connection import GRACE, Block
from ..jsonrpc import LocalMisuse
from ..roles import Agent
from ..schema import v1
from ..session import AgentSession, Turn
from ._commands import Command
from ._factory import McpRuntimes, RuntimeFactory
from ._hosted_session import HostedSession
from ._kept_sessions import KeptSessions
from ._record import Record
from ._relay import RELAY_CAPACITY
from ._running_sessions import RunningSessions
from ._runtime import AgentSpec
from ._session_life import attend
from ._session_plan import OnEvent, SessionPlan, refuse_contradictions
from ._settings import Choice, Mode
from ._store import SessionMeta, SessionStore

logger = logging.getLogger("acp_trio.runtime")


@final
class SessionHost:
    """Runs agents in the sessions of an `Agent`.

    Args:
      specs: the agents; the first one is active in a new session.
      factory: how they are opened; with real MCP servers, if not given.
      store: where conversations are kept; without one they end with their session.
      modes: what `session/set_mode` offers; if not given and there are several agents, one mode for each.
      options: what `session/set_config_option` offers.
      commands: slash commands besides the prompts of the MCP servers.
      on_event: sees what agents and their servers tell besides updates.
      relay_capacity: how many events of a session wait for its client; more wait at the agent.

    Raises ValueError for two agents, modes or options of one name, for a mode with an agent or a setting that is not
    there, and for no capacity; TypeError for what is no sequence of agents, and no store.

    Example:
        agent = Agent("planner")
        SessionHost([AgentSpec(name="planner", loop=plan)], store=JsonLinesStore(directory)).install(agent)
        trio.run(agent.serve, stdio())
    """

    def __init__(
        self,
        specs: Sequence[AgentSpec],
        *,
        factory: RuntimeFactory | None = None,
        store: SessionStore | None = None,
        modes: Sequence[Mode] = (),
        options: Sequence[Choice] = (),
        commands: Sequence[Command] = (),
        on_event: OnEvent | None = None,
        relay_capacity: int = RELAY_CAPACITY,
    ) -> None:
        _check_kinds(specs, store)
        if not specs:
            raise ValueError("a host needs an agent")
        if relay_capacity < 1:
            raise ValueError(f"a relay has room for one event at least, not {relay_capacity}")
        modes = modes or [
            Mode(id=spec.name, name=spec.title or spec.name, agent=spec.name, description=spec.description)
            for spec in specs
        ]
        refuse_contradictions(specs, modes, options)
        self._plan = SessionPlan(
            specs={spec.name: spec for spec in specs},
            factory=factory or McpRuntimes(),
            store=store,
            modes=modes,
            choices=options,
            commands=commands,
            on_event=on_event,
            relay_capacity=relay_capacity,
        )
        self.sessions: RunningSessions = RunningSessions(self._plan)

    def open(self) -> Block[None]:
        """Have sessions outlive their connections, until the block is left; then all of them end.

        A client that loads or resumes a session that runs is attached to it: it gets what was said, if it loads, and
        then what is said, with nothing missing and nothing twice. A turn goes on when its client is gone; what it asks
        then is answered `cancelled`. Several clients may be attached at a time; the one that prompted is asked, or
        when it is gone the one that came last, and each can cancel what runs. One that does not read holds up what the
        others are told. MCP servers that a client serves over ACP itself are lost with the connection that named them.

        Example:
            async with host.open():
                await trio.serve_tcp(serve_one_client, 4000)
        """
        return self.sessions.open()

    def install(self, agent: Agent) -> None:
        """Register the handlers of sessions and prompts, and advertise which MCP servers they reach.

        Raises LocalMisuse for handlers that `agent` has already.
        """
        agent.reach_mcp(self._plan.factory.mcp_capabilities)
        agent.on_new_session(self._new)
        agent.on_prompt(self._prompt)
        agent.on_close_session(self._close)
        if len(self._plan.modes) > 1:
            agent.on_set_mode(self._set_mode)
        if self._plan.choices:
            agent.on_set_config_option(self._set_option)
        if self._plan.store is not None:
            KeptSessions(self.sessions, self._plan.store).install(agent)

    async def _new(
        self,
        request: v1.NewSessionRequest,
        session: AgentSession,
        *,
        task_status: trio.TaskStatus[v1.NewSessionResponse],
    ) -> None:
        meta = SessionMeta(
            session_id=session.session_id,
            cwd=request.cwd,
            additional_directories=request.additional_directories,
        )
        async with self.sessions.opening(meta.session_id):  # whoever finds it in the store waits until it runs
            hosted = await self._started(session, meta)
        response = partial(v1.NewSessionResponse, session_id=meta.session_id)
        await attend(hosted, session, response=response, task_status=task_status)

    async def _started(self, session: AgentSession, meta: SessionMeta) -> HostedSession:
        store = self._plan.store
        if store is not None:
            await store.create(meta)
        try:
            return await self.sessions.start(session, Record(meta, store))
        except BaseException:
            if store is not None:
                await _forget(store, meta.session_id)  # noqa: ASYNC102  # it shields itself, by the grace
            raise

    async def _prompt(self, turn: Turn) -> v1.StopReason | v1.PromptResponse:
        return await hosted_session(turn.session).prompt(turn)

    async def _close(self, request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        await self.sessions.end(request.session_id)
        return v1.CloseSessionResponse()

    async def _set_mode(self, request: v1.SetSessionModeRequest, session: AgentSession) -> v1.SetSessionModeResponse:
        await hosted_session(session).switching.set_mode(request.mode_id, by=session)
        return v1.SetSessionModeResponse()

    async def _set_option(
        self, request: v1.SetSessionConfigOptionRequest, session: AgentSession
    ) -> v1.SetSessionConfigOptionResponse:
        hosted = hosted_session(session)
        await hosted.switching.set_option(request.config_id, request.value, by=session)
        return v1.SetSessionConfigOptionResponse(config_options=hosted.settings.shown_options() or ())


def hosted_session(session: AgentSession) -> HostedSession:
    """What a host keeps with a session. Raises LocalMisuse for a session of no host."""
    if not isinstance(session.state, HostedSession):
        raise LocalMisuse(f"{session!r} belongs to no SessionHost")
    return session.state


def _check_kinds(specs: object, store: object) -> None:
    if not isinstance(specs, Sequence):
        raise TypeError(f"a host takes a sequence of agents, not {type(specs).__name__}")
    if store is not None and not isinstance(store, SessionStore):
        raise TypeError(f"{store!r} is no SessionStore")


async def _forget(store: SessionStore, session_id: str) -> None:
    """Take a session out of its store that did not come about: nobody knows its id."""
    with trio.move_on_after(GRACE, shield=True):
        try:
            await store.delete(session_id)
        except Exception:  # why it did not come about is what is told
            logger.warning("session %s, which did not start, is kept", session_id, exc_info=True)
