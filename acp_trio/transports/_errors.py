"""How a wire fails: it could not be had, it went away, or we closed it. The words are for the person who must act."""

from __future__ import annotations

import signal
from typing import final

import trio

from ..jsonrpc import AcpError
from ._transport import LastWords

_STDERR_LINE = 200


class _WireFailure(AcpError):
    def __init__(self, reason: str, last_words: LastWords | None = None) -> None:
        super().__init__(reason, last_words)
        self.reason = reason
        self.last_words: LastWords = last_words or LastWords()

    def __str__(self) -> str:
        return _one_line(self.reason, self.last_words)


class HandshakeFailed(_WireFailure):
    """The peer could not be started, or it does not speak ACP.

    Attributes:
      reason: what went wrong, in one clause.
      last_words: argv, exit status and the end of stderr, as far as known.
    """


@final
class ConnectionClosed(AcpError, trio.ClosedResourceError):
    """This side closed the connection."""


@final
class ConnectionLost(_WireFailure, trio.BrokenResourceError):
    """The connection went away; `__cause__` says how where there was an exception.

    Attributes:
      reason: what happened, in one clause.
      last_words: argv, exit status and the end of stderr, as far as known.
    """


def _one_line(reason: str, last_words: LastWords) -> str:
    """Reason, how the process ended, and its last line on stderr."""
    parts = [reason]
    if last_words.exit_status is not None:
        parts.append(_ending(last_words.exit_status))
    if line := last_stderr_line(last_words.stderr):
        parts.append(f"stderr: {line}")
    return "; ".join(parts)


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def last_stderr_line(stderr: bytes) -> str:
    """The last non-empty line, readable on a terminal and at most 200 characters."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if not lines:
        return ""
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in lines[-1])
    return printable[:_STDERR_LINE]
