"""What an agent asks about one session: permissions, elicitations, files, terminals.

Owns when a question starts (its session's reader has taken every update before it), and its end: a cancelled turn
answers what is open `cancelled`, and leaving the session ends its handlers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from ..connection import Gong, Responder
from ._inbox import Inbox

_ANSWERED_CANCELLED = ("session/request_permission", "elicitation/create")


class Questions:
    """The open questions of one session."""

    def __init__(self) -> None:
        self._open: dict[Responder[Any], None] = {}  # whose handlers have not finished, in the order of their coming
        self._stopping = False  # the agent was told to cancel and has not answered
        self._all_done = Gong()
        self._leaving = False

    def enter(
        self, responder: Responder[Any], readers: Sequence[Inbox[Any]], *, over: bool
    ) -> Callable[[], Awaitable[None]] | None:
        """The agent asks something: what is returned, its handler waits for. `over`: the session cannot go on."""
        if responder.method in _ANSWERED_CANCELLED and (self._stopping or over):
            responder.cancel("the turn was cancelled")
            return None
        if self._leaving:
            responder.cancel("the session's block is left")
            return None
        self._open[responder] = None
        responder.on_done = partial(self._done, responder)
        return partial(_all_caught_up, readers) if readers else None

    def stop(self) -> None:
        """The turn is cancelled: answer `cancelled` what is open, and what crosses the cancel on its way."""
        self._stopping = True
        self._answer_cancelled()

    def go_on(self) -> None:
        """The cancelled turn was answered."""
        self._stopping = False

    def end_now(self, reason: str) -> None:
        """The session cannot go on: answer everything and stop the handlers."""
        for responder in list(self._open):
            if not responder.answered:
                responder.refuse_cancelled()
                responder.scope.cancel(reason)

    async def end(self) -> None:
        """Cancel the handlers of all questions, and wait until they have finished."""
        self._leaving = True
        self._answer_cancelled()
        for responder in list(self._open):
            responder.cancel("the session's block is left")
            responder.scope.cancel("the session's block is left")  # it may have answered, and live on
        while self._open:
            await self._all_done.wait()

    def _answer_cancelled(self) -> None:
        for responder in list(self._open):
            if responder.method in _ANSWERED_CANCELLED and not responder.answered:
                responder.refuse_cancelled()
                responder.scope.cancel("the turn was cancelled")

    def _done(self, responder: Responder[Any]) -> None:
        self._open.pop(responder, None)
        if not self._open:
            self._all_done.strike()


async def _all_caught_up(readers: Sequence[Inbox[Any]]) -> None:
    for reader in readers:
        await reader.caught_up()
