"""Wake everybody who waits at this moment.

An event stays set, and another one would have to be made for every time; here nothing is made while nobody waits.
"""

from __future__ import annotations

import trio


class Gong:
    """Struck again and again. Whoever waits looks first, and again afterwards, at what it waits for."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: trio.Event | None = None

    def strike(self) -> None:
        """Wake those who wait."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        """Wait for the next time. Checkpoints."""
        if self._event is None:
            self._event = trio.Event()
        await self._event.wait()
