"""Questions of an agent's servers to the user: each in a task of its own, so that nothing else waits for an answer.

Owns that every question is answered: by the user, or with `cancel` where nobody can be asked.
"""

from __future__ import annotations

import logging
from typing import final

import trio

from ..jsonrpc import AcpError
from ..mcp import Elicitation
from ..session import AgentSession
from ._clients import Clients

logger = logging.getLogger("acp_trio.runtime")


@final
class Questions:
    """The open questions of one session."""

    def __init__(self, clients: Clients, nursery: trio.Nursery) -> None:
        self._clients = clients
        self._nursery = nursery
        self._open: set[Elicitation] = set()

    def start(self, question: Elicitation, asker: AgentSession | None) -> None:
        """Ask the user, beside everything else; `cancel` if no client can. No checkpoint.

        Args:
          question: what a server wants to know.
          asker: the client whose turn runs, if one does: it is the first to be asked.
        """
        client = self._clients.who_can(lambda client: client.can_elicit(question.mode), asker)
        if client is None:
            question.dismiss()
            return
        self._open.add(question)
        self._nursery.start_soon(self._ask, question, client)

    async def _ask(self, question: Elicitation, client: AgentSession) -> None:
        try:
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                nursery.start_soon(_stop_when_answered, question, nursery.cancel_scope)
                await _ask_client(question, client)
                nursery.cancel_scope.cancel("the user has answered")
        finally:
            self._open.discard(question)
            question.dismiss()


async def _ask_client(question: Elicitation, client: AgentSession) -> None:
    try:
        answer = await client.ask_user(f"{question.server}: {question.message}", question.mode)
    except AcpError as exc:
        logger.warning("a question of %s got no answer: %s", question.server, exc)
        return
    if not question.is_answered:
        question.answer(answer)


async def _stop_when_answered(question: Elicitation, scope: trio.CancelScope) -> None:
    """The server may withdraw its question, or be gone."""
    await question.wait()
    scope.cancel("the question needs no answer any more")
