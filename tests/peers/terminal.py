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

    async def sees(self, text: str) -> None:
        """Wait until the text is on the screen."""
        while text not in self.seen:
            await trio.lowlevel.wait_readable(self._keyboard)
            self.seen += os.read(self._keyboard, 4096).decode()

    def types(self, line: str) -> None:
        """Type a line and press Enter."""
        os.write(self._keyboard, line.encode() + b"\n")
