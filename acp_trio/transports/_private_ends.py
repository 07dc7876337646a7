"""Private ends of descriptors that others have open too: whatever standard input and output happen to be.

Owns the choice. O_NONBLOCK belongs to the open file, which a shell, a parent or a child shares, and it outlives a
SIGKILL; so it is only ever set on an open file of our own, and the last resort puts it back. It refuses to touch the
descriptor it is given: that stays the caller's.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from functools import partial

from ._end import ReadEnd, WriteEnd
from ._poll_ends import PollReader, PollWriter
from ._thread_ends import ThreadReader, ThreadWriter
from ._transport import CHUNK

_PTMX = (5, 2)
"""Device number of the file that makes Linux's pseudo-terminals."""


def private_reader(descriptor: int) -> ReadEnd:
    """Make a reader of what `descriptor` is open for. Raises OSError, in particular if it is not open."""
    if _is_socket(descriptor):
        return _socket_reader(_socket(descriptor))
    own = _reopened(descriptor, os.O_RDONLY)
    if own is not None:
        return PollReader.owning(own)
    duplicate = os.dup(descriptor)
    if _is_pipe(duplicate):
        restore = _made_nonblocking(duplicate)
        return PollReader(duplicate, partial(os.read, duplicate, CHUNK), restore)
    return ThreadReader(duplicate)


def private_writer(descriptor: int) -> WriteEnd:
    """Make a writer of what `descriptor` is open for. Raises OSError, in particular if it is not open."""
    if _is_socket(descriptor):
        return _socket_writer(_socket(descriptor))
    own = _reopened(descriptor, os.O_WRONLY)
    if own is not None:
        return PollWriter.owning(own)
    duplicate = os.dup(descriptor)
    if _is_pipe(duplicate):
        restore = _made_nonblocking(duplicate)
        return PollWriter(duplicate, partial(os.write, duplicate), restore)
    return ThreadWriter(duplicate)


def _is_socket(descriptor: int) -> bool:
    return stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def _is_pipe(descriptor: int) -> bool:
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _reopened(descriptor: int, mode: int) -> int | None:
    """The same pipe or terminal as an open file of our own, or None where that cannot be had."""
    if sys.platform != "linux" or not (_is_pipe(descriptor) or _is_terminal(descriptor)):
        return None
    try:
        return os.open(f"/proc/self/fd/{descriptor}", mode | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        # Another user's pipe or terminal, one whose readers have gone, or no /proc.
        return None


def _is_terminal(descriptor: int) -> bool:
    """Whether it is one, and not the controlling side: opening that one makes another terminal."""
    device = os.fstat(descriptor).st_rdev
    return os.isatty(descriptor) and (os.major(device), os.minor(device)) != _PTMX


def _made_nonblocking(duplicate: int) -> Callable[[], None]:
    """Make it non-blocking; returns what makes it as it was, and closes it."""
    was_blocking = os.get_blocking(duplicate)
    os.set_blocking(duplicate, False)

    def restore() -> None:
        os.set_blocking(duplicate, was_blocking)
        os.close(duplicate)

    return restore


def _socket(descriptor: int) -> socket.socket:
    was_blocking = os.get_blocking(descriptor)
    own = socket.socket(fileno=os.dup(descriptor))
    if own.gettimeout() is not None:
        # `socket.setdefaulttimeout` made it non-blocking, for all who have it, and would have our calls wait.
        own.settimeout(None)
        os.set_blocking(descriptor, was_blocking)
    return own


# A socket needs no flag at all: each call can say that it must not wait.
def _socket_reader(own: socket.socket) -> ReadEnd:
    return PollReader(own.fileno(), partial(own.recv, CHUNK, socket.MSG_DONTWAIT), own.close)


def _socket_writer(own: socket.socket) -> WriteEnd:
    return PollWriter(own.fileno(), lambda data: own.send(data, socket.MSG_DONTWAIT), own.close)
