"""Read the members at the head of a message whose tail was dropped.

Owns one question, asked of a frame above the maximum: whose is it? It reads the top level only, member by member, and
stops at the first value that does not end within the bytes kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ._frames import Oversize
from ._ids import is_request_id

_CUT = object()
_ENDS = frozenset(",} \t\r\n")  # what may follow a number
_decoder = json.JSONDecoder()


def oversize_frame(prefix: bytes, size: int) -> Oversize:
    """Tell what can be told of a frame of `size` bytes that starts with `prefix`."""
    members = dict(_top_level(prefix.decode("utf-8", "replace")))
    request_id = members.get("id")
    kind = True if "method" in members else False if members.keys() & {"result", "error"} else None
    return Oversize(size=size, request_id=request_id if is_request_id(request_id) else None, is_request=kind)


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
