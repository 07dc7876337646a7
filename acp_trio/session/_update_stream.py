"""A session's updates outside of its turns, as one reader takes them.

It reads an inbox that the session fills; opening and ending it belong to the session.
"""

from __future__ import annotations

from typing import final

from ..schema import v1
from ._inbox import Inbox
from ._prompt_turn import decode_update


@final
class UpdateStream:
    """The updates of a session outside of its turns, while its block lasts. Iterate it; it ends with the session."""

    def __init__(self, inbox: Inbox[bool]) -> None:
        self._inbox = inbox

    def __aiter__(self) -> UpdateStream:
        return self

    async def __anext__(self) -> v1.SessionUpdate:
        """The next update. Checkpoints as a turn does. Raises SessionOverrun if they were not taken for too long."""
        while True:
            item = await self._inbox.take()
            if not isinstance(item, bytes):
                raise StopAsyncIteration
            if (update := decode_update(item)) is not None:
                return update
