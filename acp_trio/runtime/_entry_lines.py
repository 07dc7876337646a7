"""Entries of a conversation as lines of JSON, without loss.

Owns the form of a line: `{"kind": ..., ...}`, where what stands beside the kind is as ACP writes it. It reads no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..codec import CODEC
from ..jsonrpc import as_object, dumps, loads
from ._conversation import AgentSwitched, Entry, Prompted, TurnEnded, Updated

_KINDS: Final[Mapping[str, type[Entry]]] = {
    "prompted": Prompted,
    "updated": Updated,
    "agent_switched": AgentSwitched,
    "turn_ended": TurnEnded,
}
_NAMES: Final = {cls: kind for kind, cls in _KINDS.items()}


class LineUnreadable(ValueError):
    """A line is no entry that this version knows; the message says why, and nothing of what is in it."""


def encode_entry(entry: Entry) -> bytes:
    """An entry as a line with its end."""
    return dumps({"kind": _NAMES[type(entry)], **CODEC.encode(entry)}) + b"\n"


def decode_entry(line: bytes) -> Entry:
    """The entry of a line. Raises LineUnreadable."""
    try:
        value = as_object(loads(line))
    except ValueError as error:
        raise LineUnreadable("not JSON") from error
    kind: Any = None if value is None else value.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise LineUnreadable("of a kind that this version does not know")
    try:
        return CODEC.decode(_KINDS[kind], value)
    except ValueError as error:
        raise LineUnreadable(str(error)) from error
