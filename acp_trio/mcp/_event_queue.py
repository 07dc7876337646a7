"""What has happened at the servers and was not taken yet.

Owns that telling never waits and that what waits is bounded: of states only the latest is kept, a question is taken
back when nobody waits for its answer any more.
"""

from __future__ import annotations

from collections.abc import Hashable

import trio

from ..connection import Gong
from ._events import (
    AuthenticationFailed,
    Elicitation,
    InstructionsChanged,
    McpEvent,
    UrlElicitationComplete,
)


class EventQueue:
    """An async iterator over events; one task iterates."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, McpEvent] = {}
        self._closed = False
        self._changed = Gong()

    def tell(self, event: McpEvent) -> None:
        """Add an event at the end, in place of an earlier one that it makes void. No checkpoint."""
        key = _subject(event)
        self._waiting.pop(key, None)
        self._waiting[key] = event
        self._wake()

    def withdraw(self, question: Elicitation) -> None:
        """Take back a question, if nobody has taken it yet."""
        self._waiting.pop(_subject(question), None)

    def close(self) -> None:
        """What waits is still given, then the iteration ends."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._changed.strike()

    def __aiter__(self) -> EventQueue:
        return self

    async def __anext__(self) -> McpEvent:
        await trio.lowlevel.checkpoint()
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            await self._changed.wait()
        return self._waiting.pop(next(iter(self._waiting)))


def _subject(event: McpEvent) -> Hashable:
    """What an event speaks of: two of the same subject are one piece of news."""
    match event:
        case Elicitation():
            return id(event)
        case UrlElicitationComplete():
            return type(event), event.server, event.elicitation_id
        case InstructionsChanged() | AuthenticationFailed():
            return type(event), event.server
        case _:
            return event.__class__.__name__
