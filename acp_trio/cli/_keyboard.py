"""One line from the keyboard, without blocking the loop and without leaving a thread behind."""

from __future__ import annotations

import os
import sys

import trio

from ._standard_streams import input_is_terminal, messages_are_terminal


def is_terminal() -> bool:
    """Whether somebody can be asked: questions go to standard error, answers come from standard input."""
    return input_is_terminal() and messages_are_terminal()


async def read_line() -> str:
    """Wait for a line, with its newline; it has none if Ctrl-D ended it. Checkpoints; cancelling it loses nothing."""
    descriptor = sys.stdin.fileno()
    # A terminal is readable when a whole line is there, so the read does not block.
    await trio.lowlevel.wait_readable(descriptor)
    return os.read(descriptor, 4096).decode(errors="replace")
