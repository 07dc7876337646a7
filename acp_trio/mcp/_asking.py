"""Questions of servers to the user.

Owns every question of one server that is open, so that nobody waits for an answer that cannot come: a question ends
with the request that asked it, with the connection to its server, and with the block.
"""

from __future__ import annotations

from uuid import uuid4

from ..schema import v1
from ._event_queue import EventQueue
from ._events import Elicitation, UrlElicitationComplete

_REMEMBERED = 1000
"""Links whose completion is waited for; a server that opens more of them has forgotten the first."""


class Asking:
    """What one server asks the user."""

    def __init__(self, server: str, events: EventQueue) -> None:
        self._server = server
        self._events = events
        self._open: set[Elicitation] = set()
        self._links: dict[str, None] = {}

    async def ask(self, message: str, mode: v1.ElicitationMode) -> v1.ElicitationAction:
        """Tell of a question and wait for its answer. Cancelled, the question is taken back."""
        if isinstance(mode, v1.ElicitationUrlMode):
            self._remember(mode.elicitation_id)
        elicitation = Elicitation(self._server, message, mode)
        self._open.add(elicitation)
        self._events.tell(elicitation)
        try:
            return await elicitation.wait()
        finally:
            self._end(elicitation)

    def complete(self, elicitation_id: str) -> None:
        """The user is done with a link; one that was never shown is not spoken of."""
        if elicitation_id in self._links:
            del self._links[elicitation_id]
            self._events.tell(UrlElicitationComplete(self._server, elicitation_id))

    def release(self) -> None:
        """Dismiss every open question: the server does not wait for it any more."""
        for elicitation in list(self._open):
            self._end(elicitation)

    def _end(self, elicitation: Elicitation) -> None:
        elicitation.dismiss()
        self._events.withdraw(elicitation)
        self._open.discard(elicitation)

    def _remember(self, elicitation_id: str) -> None:
        self._links[elicitation_id] = None
        if len(self._links) > _REMEMBERED:
            del self._links[next(iter(self._links))]


def link(url: str, elicitation_id: str | None = None) -> v1.ElicitationUrlMode:
    """The mode of a question to visit a URL; with an id of our own where the server gave none."""
    return v1.ElicitationUrlMode(elicitation_id=elicitation_id or str(uuid4()), url=url)
