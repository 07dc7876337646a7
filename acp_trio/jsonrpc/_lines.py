"""From chunks of bytes to lines, in linear time and bounded memory.

Owns the newline rule of ACP's stdio transport (https://agentclientprotocol.com/protocol/transports) and the maximum
size of a frame: of a longer line only the first 64 KiB are kept, long enough to tell whose request it was.
"""

from __future__ import annotations

from ._frames import Frame, Oversize, parse_line
from ._prefix import HEAD_SIZE, read_head


class FrameSplitter:
    """Feed it chunks as they arrive; it returns the frames they complete."""

    def __init__(self, maximum_frame: int) -> None:
        self._maximum = maximum_frame
        self._parts: list[bytes] = []
        self._size = 0
        self._overflowing = False

    @property
    def is_within_line(self) -> bool:
        """Whether the next chunk goes on with a line that has begun."""
        return bool(self._parts)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that `chunk` completes, in order."""
        first_newline = chunk.find(b"\n")  # memchr: a long line costs nothing until its end
        if first_newline < 0:
            self._keep(chunk)
            return []
        if first_newline == len(chunk) - 1 and not self._parts and len(chunk) <= self._maximum:
            frame = parse_line(chunk[:-1])  # the common chunk between two that wait for each other
            return [] if frame is None else [frame]
        first, *lines = chunk.split(b"\n")
        self._keep(first)
        rest = lines.pop()
        frames = [self._complete()]
        frames += [
            parse_line(line) if len(line) <= self._maximum else self._too_long(line, len(line)) for line in lines
        ]
        if rest:
            self._keep(rest)
        return [frame for frame in frames if frame is not None]

    def finish(self) -> list[Frame]:
        """The stream has ended: return the frame of an unterminated last line, if there is one."""
        frame = self._complete()
        return [] if frame is None else [frame]

    def _keep(self, part: bytes) -> None:
        kept = self._size
        self._size += len(part)
        if self._overflowing:
            # Not how the line was cut into chunks, only its bytes may decide whose it is.
            if kept < HEAD_SIZE:
                self._parts.append(part[: HEAD_SIZE - kept])
            return
        self._parts.append(part)
        if self._size > self._maximum:
            self._overflowing = True
            self._parts = [b"".join(self._parts)[:HEAD_SIZE]]

    def _complete(self) -> Frame | None:
        line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        size, too_long = self._size, self._overflowing
        self._parts = []
        self._size = 0
        self._overflowing = False
        return self._too_long(line, size) if too_long else parse_line(line)

    def _too_long(self, line: bytes, size: int) -> Oversize:
        head = read_head(line)
        return Oversize(size=size, request_id=head.request_id, is_request=head.is_request)
