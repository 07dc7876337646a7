"""What a child process writes to standard error: always read, the end of it kept.

Owns the tail and whoever else wants to see it as it comes. It refuses to wait for the end of the pipe: a grandchild may
hold it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from ._poll_ends import PollReader

_KEPT = 8192

_logger = logging.getLogger("acp_trio.transports")


class StderrTail:
    """Reads a pipe and keeps its last 8 KiB.

    Args:
      reader: the pipe.
      observer: is called with each chunk of bytes as it comes. If it raises, that is logged and it is not called again.
    """

    def __init__(self, reader: PollReader, observer: Callable[[bytes], None] | None) -> None:
        self._reader = reader
        self._observer = observer
        self._tail = bytearray()

    def __bytes__(self) -> bytes:
        return bytes(self._tail)

    async def drain(self) -> None:
        """Read until the end of the pipe."""
        try:
            while data := await self._reader.receive():
                self._take(data)
        except trio.BrokenResourceError as error:
            _logger.warning("standard error of a child process is lost", exc_info=error)

    def drain_nowait(self) -> None:
        """Read what is there."""
        self._reader.drain_nowait(self._take)

    def _take(self, data: bytes) -> None:
        self._tail += data
        del self._tail[:-_KEPT]
        if self._observer is None:
            return
        try:
            self._observer(data)
        except Exception:
            _logger.exception("the observer of a child's standard error failed and is not called again")
            self._observer = None

    def close(self) -> None:
        self._reader.close()
