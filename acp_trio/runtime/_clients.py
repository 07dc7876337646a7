"""The clients that see a session: one, or, where sessions outlive their connection, none or several.

Owns that each of them is told everything from the step in which it was added, and whom a question goes to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar, final

import trio

from ..jsonrpc import LocalMisuse
from ..schema import Request, v1
from ..session import AgentSession, cancelled_results
from ..transports import ConnectionClosed, ConnectionLost

A = TypeVar("A")

logger = logging.getLogger("acp_trio.runtime")


@final
class Clients:
    """The open ends of one session, in the order in which they came."""

    def __init__(self) -> None:
        self._open: list[AgentSession] = []

    def add(self, client: AgentSession) -> None:
        """Tell it everything from here on. No checkpoint."""
        self._open.append(client)

    def remove(self, client: AgentSession) -> None:
        """Tell it nothing more. No checkpoint."""
        self._open.remove(client)

    def end(self, reason: str) -> None:
        """End it for all of them. No checkpoint."""
        for client in list(self._open):
            client.end(reason)

    @property
    def latest(self) -> AgentSession | None:
        """The one that came last."""
        return self._open[-1] if self._open else None

    async def update(self, *updates: v1.SessionUpdate, but: AgentSession | None = None) -> None:
        """Tell those that are here now, or all but one; each is waited for that has no room. Checkpoints as `notify`.

        Who comes while others are waited for is not told, and who goes is told no more.
        """
        told = [client for client in self._open if client is not but]
        await trio.lowlevel.checkpoint_if_cancelled()  # to yield at each would tear a stream into single writes
        for update in updates:
            for client in told:
                if client not in self._open:
                    continue
                try:
                    await tell(client, update)
                except (ConnectionClosed, ConnectionLost):
                    continue  # it is being removed; the others are told

    def update_nowait(self, update: v1.SessionUpdate, *, but: AgentSession | None = None) -> None:
        """Tell all of them, or all but one, past senders that wait for room. No checkpoint."""
        for client in self._open:
            if client is not but and not client.connection.is_closed:
                tell_nowait(client, update)

    def asked(self, asker: AgentSession) -> AgentSession | None:
        """Whom to ask for a turn: the client that prompted while it is here, then the latest."""
        return asker if asker in self._open else self.latest

    def who_can(self, fits: Callable[[AgentSession], bool], asker: AgentSession | None) -> AgentSession | None:
        """The first that fits: the one that prompted while it is here, then the others, the latest first."""
        first = [client for client in self._open if client is asker]
        return next((client for client in [*first, *reversed(self._open)] if fits(client)), None)

    async def ask(self, request: Request[A], asker: AgentSession) -> A:
        """Ask for a turn.

        A permission and a form are answered `cancelled` when there is nobody to ask, or nobody any more. Raises as
        `Connection.request`, and ConnectionLost where nobody can do what is wanted. Checkpoints.
        """
        client = self.asked(asker)
        if client is None:
            await trio.lowlevel.checkpoint()
            return _unasked(request)
        try:
            return await client.ask(request)
        except (ConnectionClosed, ConnectionLost):
            return _unasked(request)


async def tell(client: AgentSession, update: v1.SessionUpdate) -> None:
    """Tell one client. What is too long, or holds what JSON cannot, is lost alone. Checkpoints as `notify`."""
    try:
        await client.update(update)
    except (LocalMisuse, TypeError, ValueError, RecursionError) as exc:
        logger.error("session %s: an update cannot be sent: %s", client.session_id, exc)  # noqa: TRY400


def tell_nowait(client: AgentSession, update: v1.SessionUpdate) -> None:
    """Tell one client, without waiting for room. No checkpoint."""
    client.connection.notify_nowait(v1.SessionNotification(session_id=client.session_id, update=update))


def _unasked(request: Request[A]) -> A:
    answer: A | None = cancelled_results().get(request.method)
    if answer is None:
        raise ConnectionLost(f"no client is there for {request.method}")
    return answer
