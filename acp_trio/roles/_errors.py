"""How a handshake ends that does not lead to a connection."""

from __future__ import annotations

from typing import final

from ..transports import HandshakeFailed


@final
class VersionMismatch(HandshakeFailed):
    """The agent answered `initialize` with a protocol version that this side does not speak.

    Attributes:
      offered: the version we asked for.
      answered: the version it wants.
    """

    def __init__(self, offered: int, answered: int) -> None:
        super().__init__(f"the agent speaks ACP version {answered}, this client version {offered}")
        self.offered = offered
        self.answered = answered
