"""Transports: bytes to and from a peer, and what is known about the peer once it has gone."""

from __future__ import annotations

from ._byte_streams import byte_streams as byte_streams
from ._command import RunningCommand as RunningCommand
from ._command import run_command as run_command
from ._descriptors import file_descriptors as file_descriptors
from ._errors import ConnectionClosed as ConnectionClosed
from ._errors import ConnectionLost as ConnectionLost
from ._errors import HandshakeFailed as HandshakeFailed
from ._in_process import Component as Component
from ._in_process import as_transport as as_transport
from ._in_process import in_process as in_process
from ._lines import lines as lines
from ._memory import memory_pair as memory_pair
from ._process import process as process
from ._recorder import record_jsonl as record_jsonl
from ._stdio import stdio as stdio
from ._tap import TappedFrame as TappedFrame
from ._tap import tap as tap
from ._transport import LastWords as LastWords
from ._transport import Link as Link
from ._transport import Transport as Transport

__all__ = [
    "Component",
    "ConnectionClosed",
    "ConnectionLost",
    "HandshakeFailed",
    "LastWords",
    "Link",
    "RunningCommand",
    "TappedFrame",
    "Transport",
    "as_transport",
    "byte_streams",
    "file_descriptors",
    "in_process",
    "lines",
    "memory_pair",
    "process",
    "record_jsonl",
    "run_command",
    "stdio",
    "tap",
]
