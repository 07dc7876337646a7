"""A lock for each session, for what must happen one at a time for one id and may happen at once for others."""

from __future__ import annotations

from typing import final
from weakref import WeakValueDictionary

import trio


@final
class SessionLocks:
    """The locks, by session id. One exists as long as somebody holds it, waits for it, or keeps it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, trio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._locks)

    def of(self, session_id: str) -> trio.Lock:
        """The lock of a session. First come, first served."""
        return self._locks.setdefault(session_id, trio.Lock())
