"""Where the updates and questions of a hosted turn go, in place of straight to its client."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar, final

import trio

from ..schema import Request, v1
from ..session import AgentSession
from ._clients import Clients
from ._conversation import Prompted
from ._relay import Relay, RuntimeEvent

A = TypeVar("A")


@final
class TurnOutlet:
    """The `Outlet` of one turn: into the relay, with its agent's name and its number; questions go behind it."""

    def __init__(self, relay: Relay, clients: Clients, asker: AgentSession, agent: str, number: int) -> None:
        self._relay = relay
        self._clients = clients
        self._asker = asker
        self._agent = agent
        self._number = number

    async def send(self, update: v1.SessionUpdate) -> None:
        """As every outlet."""
        await self._relay.send(RuntimeEvent(self._agent, self._number, update))

    def send_nowait(self, update: v1.SessionUpdate) -> None:
        """As every outlet."""
        self._put(update)

    async def flush(self) -> None:
        """As every outlet."""
        await self._relay.flush(self._number)

    @property
    def asked(self) -> AgentSession | None:
        """As every outlet."""
        return self._clients.asked(self._asker)

    async def ask(self, request: Request[A]) -> A:
        """As every outlet."""
        await self.flush()
        return await self._clients.ask(request, self._asker)

    def take_in(self, prompt: Sequence[v1.ContentBlock]) -> None:
        """As every outlet."""
        self._put(Prompted(prompt))

    def _put(self, what: v1.SessionUpdate | Prompted) -> None:
        with suppress(trio.BrokenResourceError):  # the session ends, and nobody is told of it any more
            self._relay.send_nowait(RuntimeEvent(self._agent, self._number, what))
