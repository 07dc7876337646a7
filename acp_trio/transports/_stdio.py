"""Standard input and output as the wire of this process, for agents that an editor starts.

Owns descriptors 0 and 1 and `sys.stdout` for the time of a block: what prints, in Python, in C or in a child process,
reaches standard error, and what reads standard input reads nothing. It refuses a second user at the same time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import trio

from ..jsonrpc import LocalMisuse
from ._descriptors import open_descriptors
from ._errors import HandshakeFailed
from ._transport import Link, Transport

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def stdio() -> Transport:
    """Make a transport of this process's standard input and output.

    While it is open, descriptor 0 is the null device, descriptor 1 is standard error, and `sys.stdout` is
    `sys.stderr`, so nothing but the transport can write to the wire or read from it; child processes inherit these
    and not the wire. Pipes, sockets, terminals and regular files all work. Everything is put back on leaving.

    Opening raises `HandshakeFailed` if either descriptor is closed or on Windows, and `LocalMisuse` if the process's
    standard input and output are in use by another block. No checkpoint.
    """
    return _StdioTransport()


class _StdioTransport(Transport):
    # Reason: Ctrl-C between two steps must not leave the process without its standard streams.
    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
    async def open(self) -> AsyncGenerator[Link]:
        with ExitStack() as stack:
            _require_streams()
            stack.enter_context(_sole_user())
            stack.enter_context(_some_stderr())
            link = open_descriptors("stdio", _STDIN, _STDOUT)
            stack.callback(link.close)
            stack.enter_context(_replaced(_STDIN, os.devnull))
            stack.enter_context(_replaced(_STDOUT, _where_to_print()))
            stack.enter_context(_printing_to_stderr())
            yield link


def _require_streams() -> None:
    """Refuse a process that was started without: numbers 0 and 1 have since become something else, perhaps trio's."""
    for name, stream in (("input", sys.__stdin__), ("output", sys.__stdout__)):
        if stream is None:
            raise HandshakeFailed(f"cannot use stdio: this process was started without standard {name}")


_in_use = False


@contextmanager
def _sole_user() -> Generator[None]:
    global _in_use  # noqa: PLW0603 -- a process has one standard input
    if _in_use:
        raise LocalMisuse("standard input and output are already a transport of this process")
    _in_use = True
    try:
        yield
    finally:
        _in_use = False


@contextmanager
def _replaced(descriptor: int, by: int | str) -> Generator[None]:
    """Let `descriptor` be another open descriptor, or a file opened for both ways, for the time of the block."""
    saved = os.dup(descriptor)
    try:
        _point(descriptor, by)
        try:
            yield
        finally:
            os.dup2(saved, descriptor)
    finally:
        os.close(saved)


def _point(descriptor: int, target: int | str) -> None:
    if isinstance(target, int):
        os.dup2(target, descriptor)
        return
    opened = os.open(target, os.O_RDWR)
    try:
        os.dup2(opened, descriptor)
    finally:
        os.close(opened)


def _where_to_print() -> int | str:
    # Started without standard error, Python has none, and number 2 has since become something else of this process.
    return os.devnull if sys.__stderr__ is None else _STDERR


@contextmanager
def _some_stderr() -> Generator[None]:
    """Where standard error is closed, let it be the null device: no descriptor of ours may come to be number 2."""
    try:
        os.fstat(_STDERR)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        os.dup2(opened, _STDERR)
        if opened != _STDERR:
            os.close(opened)
        try:
            yield
        finally:
            os.close(_STDERR)
    else:
        yield


@contextmanager
def _printing_to_stderr() -> Generator[None]:
    """Let `print` reach standard error, and with it what was printed before and still waits in a buffer."""
    original, replacement = sys.stdout, sys.stderr
    _flush(original)
    sys.stdout = replacement
    try:
        yield
    finally:
        # Whoever kept the original and printed to it must not do so on the wire after all.
        _flush(original)
        if sys.stdout is replacement:
            sys.stdout = original


def _flush(stream: object) -> None:
    """Flush what may be missing (pythonw), closed, or broken: none of that is a reason not to serve."""
    flush = getattr(stream, "flush", None)
    if flush is not None:
        try:
            flush()
        except (OSError, ValueError):
            return
