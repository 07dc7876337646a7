"""A tap's observer that writes JSON lines.

Owns the form of a recording: `{"t": seconds, "dir": "in" | "out", "msg": ...}`, and `"raw"` with the text in place of
`"msg"` for a line that is not JSON. It refuses to record what its redaction failed on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from ._tap import Observer, TappedFrame

Redact = Callable[[Any], Any]

_encode = msgspec.json.encode
_decode = msgspec.json.decode


@contextmanager
def record_jsonl(path: str | os.PathLike[str], *, redact: Redact | None = None) -> Generator[Observer]:
    """Open a file for the time of a block and yield the observer, for `tap`, that records every frame in it.

    `t` is in seconds since 1970, `dir` as in `TappedFrame`. Each line is on its way to the disk when the observer
    returns, so a recording of a program that died is complete. The file is created for its owner's eyes only, or
    emptied; raises OSError if that fails.

    Args:
      path: the file.
      redact: is called with every decoded message (or with the text of a line that is not JSON) and returns what to
        record in its place. It may change its argument. If it raises, the frame is not recorded.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 -- it is a descriptor

        def record(frame: TappedFrame) -> None:
            file.write(_line(frame, redact))

        yield record


def _line(frame: TappedFrame, redact: Redact | None) -> bytes:
    key, value = _content(frame.data, redact)
    return b'{"t":%.6f,"dir":"%s","%s":%s}\n' % (frame.wall_time, frame.direction.encode(), key, value)


def _content(data: bytes, redact: Redact | None) -> tuple[bytes, bytes]:
    try:
        # A message is recorded byte for byte; this only makes sure that it is JSON, and UTF-8.
        data.decode()
        if redact is None:
            _decode(data, type=msgspec.Raw)
            # A carriage return is only ever space between two tokens, and ends a line for some readers.
            return b"msg", data.strip().replace(b"\r", b" ")
        message = _decode(data)
    except (ValueError, RecursionError):
        text = data.decode("utf-8", "replace")
        return b"raw", _encode(text if redact is None else redact(text))
    return b"msg", _encode(redact(message))
