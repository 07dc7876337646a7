"""Transports: bytes to and from a peer, and what is known about the peer once it has gone."""

from __future__ import annotations

from ._errors import ConnectionClosed as ConnectionClosed
from ._errors import ConnectionLost as ConnectionLost
from ._errors import HandshakeFailed as HandshakeFailed
from ._memory import memory_pair as memory_pair
from ._transport import LastWords as LastWords
from ._transport import Link as Link
from ._transport import Transport as Transport

__all__ = [
    "ConnectionClosed",
    "ConnectionLost",
    "HandshakeFailed",
    "LastWords",
    "Link",
    "Transport",
    "memory_pair",
]
