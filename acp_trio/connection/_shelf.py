"""Notifications that came before anybody could know what they are about.

Owns the bound in bytes and the order. What fills it, and when it is emptied, is said by whoever knows the sessions; a
route that opens takes from it what its handlers do not decline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import final

import attrs

from ..jsonrpc import Envelope, UntypedMessage


@attrs.frozen(eq=False)
class _Shelved:
    envelope: Envelope
    key: str
    size: int


@final
class Shelf:
    """Messages in the order of their coming, as many as there is room for.

    Args:
      limit: bytes of params.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._messages: deque[_Shelved] = deque()
        self._size = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, envelope: Envelope, key: str) -> bool:
        """Put a message on it, if there is room; whether there was."""
        message = _Shelved(envelope, key, UntypedMessage.of(envelope).size)
        if self._size + message.size > self._limit:
            return False
        self._messages.append(message)
        self._size += message.size
        return True

    def take(self, key: str) -> list[Envelope]:
        """Take what was put on it under this key, oldest first."""
        found = [message for message in self._messages if message.key == key]
        if found:
            self._keep([message for message in self._messages if message.key != key])
        return [message.envelope for message in found]

    def waiting(self) -> list[Envelope]:
        """What is on it, oldest first."""
        return [message.envelope for message in self._messages]

    def discard(self, envelopes: Sequence[Envelope]) -> None:
        """Somebody has these now."""
        gone = {id(envelope) for envelope in envelopes}
        self._keep([message for message in self._messages if id(message.envelope) not in gone])

    def clear(self) -> None:
        """Nobody will ever want it."""
        self._messages.clear()
        self._size = 0

    def _keep(self, messages: Sequence[_Shelved]) -> None:
        self._messages = deque(messages)
        self._size = sum(message.size for message in messages)
