"""What one end of a one-way byte channel of the operating system can do.

Owns the two interfaces that links over file descriptors are made of. It refuses to say how one waits: readiness
(`_poll_ends`) or threads (`_thread_ends`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod


class ReadEnd(ABC):
    """A descriptor that this process reads and owns."""

    @abstractmethod
    async def receive(self) -> bytes:
        """As `Link.receive`; raises trio.ClosedResourceError after, or at, `close`."""

    @abstractmethod
    def close(self) -> None:
        """Close the descriptor and wake who waits for it. Idempotent."""


class WriteEnd(ABC):
    """A descriptor that this process writes and owns."""

    def write_nowait(self, data: bytes | memoryview) -> int:
        """As `Link.write_nowait`; raises trio.ClosedResourceError after `close`."""
        return 0

    @abstractmethod
    async def write(self, data: bytes | memoryview) -> None:
        """As `Link.write`; raises trio.ClosedResourceError after, or at, `close`."""

    @abstractmethod
    def close(self) -> None:
        """Close the descriptor and wake who waits for it. Idempotent."""
