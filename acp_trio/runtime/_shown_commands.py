"""The slash commands that a session's clients are shown: the application's own, and the prompts of the active agent.

Owns when they are told: whenever they have changed, by a task of its own, since it waits for servers and clients.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import final

import trio

from ..jsonrpc import AcpError
from ..mcp import McpPrompt
from ..schema import v1
from ._clients import Clients
from ._commands import Command, shown_commands
from ._session_agents import SessionAgents
from ._watch import Watch

logger = logging.getLogger("acp_trio.runtime")


@final
class ShownCommands:
    """The commands of one session."""

    def __init__(self, session_id: str, own: Sequence[Command], agents: SessionAgents, clients: Clients) -> None:
        self._session_id = session_id
        self._own = own
        self._agents = agents
        self._clients = clients
        self._changes: Watch[int] = Watch(0)
        self._commands: Sequence[v1.AvailableCommand] = []
        self._listing: trio.CancelScope | None = None

    def changed(self) -> None:
        """The active agent's servers may have other prompts now. No checkpoint."""
        self._changes.update(lambda count: count + 1)

    def switched(self) -> None:
        """Another agent is active: nobody waits for the servers of the one before. No checkpoint."""
        if self._listing is not None:
            self._listing.cancel("another agent is active")
        self.changed()

    def updates(self) -> Sequence[v1.SessionUpdate]:
        """What tells a client of the commands as they are; nothing while there are none. No checkpoint."""
        return [v1.AvailableCommandsUpdate(available_commands=self._commands)] if self._commands else []

    async def publish(self) -> None:
        """Tell the clients, now and whenever the commands have changed, until cancelled."""
        async for _ in self._changes.changes():
            prompts: Sequence[McpPrompt] | None = None
            with trio.CancelScope() as self._listing:
                prompts = await self._prompts()
            if prompts is None:
                continue
            commands = shown_commands(self._own, prompts)
            if commands != self._commands:
                self._commands = commands
                await self._clients.update(v1.AvailableCommandsUpdate(available_commands=commands))

    async def _prompts(self) -> Sequence[McpPrompt]:
        try:
            return await self._agents.active.list_prompts()
        except AcpError as exc:
            logger.warning("session %s: no prompts of servers: %s", self._session_id, exc)
            return ()
