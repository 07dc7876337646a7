"""One line from the keyboard, without blocking the loop and without leaving a thread behind."""

from __future__ import annotations

import os
import sys

import trio


def is_terminal() -> bool:
    """Whether somebody can be asked: questions go to standard error, answers come from standard input."""
    return sys.stdin.isatty() and sys.stderr.isatty()


async def read_line() -> str:
    """Wait for a line, without its newline; empty at the end of input. Checkpoints; cancelling it loses nothing."""
    descriptor = sys.stdin.fileno()
    # A terminal is readable when a whole line is there, so the read does not block.
    await trio.lowlevel.wait_readable(descriptor)
    return os.read(descriptor, 4096).decode(errors="replace").strip()
