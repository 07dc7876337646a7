"""Request ids: which values are ids, and how our own are counted.

Owns the rule that an id is a 64-bit int or a string of at most 1 KiB, that an int and a string are never equal, and
that a bool is no int. Each direction of a connection has ids of its own.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeGuard

RequestId: TypeAlias = int | str

LONGEST_ID = 1024
"""Bytes of the longest string that may be an id."""

_INT64 = range(-(2**63), 2**63)


def is_request_id(value: Any) -> TypeGuard[RequestId]:
    """Whether `value`, as decoded from JSON, may identify a request."""
    if type(value) is int:
        return value in _INT64
    return type(value) is str and len(value) <= LONGEST_ID and (value.isascii() or _fits(value))


def _fits(value: str) -> bool:
    return len(value.encode("utf-8", "surrogatepass")) <= LONGEST_ID


class IdCounter:
    """Our own ids: 1, 2, 3, ... An id below the next one that is not pending was answered or given up: it is late."""

    def __init__(self) -> None:
        self._next = 1

    def allocate(self) -> int:
        """Return an id that this connection never used before."""
        allocated = self._next
        self._next += 1
        return allocated

    def was_ours(self, request_id: object) -> bool:
        """Whether `request_id` was ever allocated here."""
        return type(request_id) is int and 0 < request_id < self._next
