"""Read the members at the head of a message that cannot be read whole: its tail was dropped, or is no JSON.

Owns one question: whose is it? It reads the top level only, member by member, and stops at the first value that does
not end within the bytes given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs

from ._ids import RequestId, is_request_id

HEAD_SIZE = 65536
"""Bytes of a line that are looked at."""

_CUT = object()
_ENDS = frozenset(",} \t\r\n")  # what may follow a number
_decoder = json.JSONDecoder()


@attrs.frozen(kw_only=True)
class Head:
    """What the first members tell."""

    request_id: RequestId | None
    """The id, where it is among them."""
    is_request: bool | None
    """True if a method or params were seen, False if a result or an error was, None if none of these."""


def read_head(line: bytes) -> Head:
    """Tell what can be told of a message by its first bytes."""
    members = dict(_top_level(line[:HEAD_SIZE].decode("utf-8", "replace")))
    request_id = members.get("id")
    is_call, is_answer = members.keys() & {"method", "params"}, members.keys() & {"result", "error"}
    return Head(
        request_id=request_id if is_request_id(request_id) else None,
        is_request=True if is_call else False if is_answer else None,
    )


def _top_level(text: str) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each member; the value that was cut off comes last, as a marker."""
    position = _after(text, 0, "{")
    while position:
        try:
            name, position = _decoder.raw_decode(text, _skip_blanks(text, position))
        except (ValueError, RecursionError):
            return
        position = _after(text, position, ":")
        if not position or not isinstance(name, str):
            return
        try:
            value, position = _decoder.raw_decode(text, _skip_blanks(text, position))
        except (ValueError, RecursionError):
            yield name, _CUT
            return
        if type(value) in (int, float) and text[position : position + 1] not in _ENDS:
            # More of the number may have been dropped.
            yield name, _CUT
            return
        yield name, value
        position = _after(text, position, ",")


def _after(text: str, position: int, mark: str) -> int:
    """The position behind `mark`, or 0 where something else stands."""
    position = _skip_blanks(text, position)
    return position + 1 if text.startswith(mark, position) else 0


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
