"""A pseudo-terminal with a person at it. Owns what the person sees and types; starts no program itself."""

from __future__ import annotations

import os
import pty
from types import TracebackType
from typing import Self

import trio


class Terminal:
    """Pass `descriptor` to a program; everything that it shows is in `seen`."""

    def __init__(self) -> None:
        self._keyboard, self.descriptor = pty.openpty()
        self.seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._keyboard)
        os.close(self.descriptor)

    async def sees(self, text: str, times: int = 1) -> None:
        """Wait until the text is on the screen."""
        while self.seen.count(text) < times:
            await trio.lowlevel.wait_readable(self._keyboard)
            self.seen += os.read(self._keyboard, 4096).decode(errors="replace")

    def types(self, keys: str) -> None:
        """Press keys; Enter is a newline, Ctrl-D is "\\x04"."""
        os.write(self._keyboard, keys.encode())
