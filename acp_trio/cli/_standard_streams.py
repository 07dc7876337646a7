"""The command line's standard streams, which may be closed, full, or read by nobody any more.

Owns what happens then: output that is lost ends a command, messages that are lost do not, and the interpreter finds
nothing left to write, and to fail at, on its way out.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

_STDERR = 2
_DESCRIPTORS = (0, 1, _STDERR)


class StreamLost(Exception):
    """Standard input, standard output or a trace is of no use.

    `complaint` is None where whoever read our output has gone: no failure.
    """

    def __init__(self, complaint: str | None) -> None:
        super().__init__(complaint)
        self.complaint = complaint


@contextmanager
def standard_streams() -> Generator[None]:
    """Make the standard streams safe to use for the time of a command."""
    _fill_closed_descriptors()
    # Text of an agent may hold what cannot be encoded: half a surrogate pair, or anything at all with an old locale.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        yield
    finally:
        _flush_or_discard()


def require_output() -> None:
    """Raise StreamLost if the process was started without standard output."""
    if sys.stdout is None:
        raise StreamLost("standard output is closed")


def write_output(text: str) -> None:
    """Write to standard output, at once. Raises StreamLost the first time that it fails; the rest goes nowhere."""
    require_output()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout.fileno())
        raise StreamLost(None) from None
    except OSError as exc:
        _discard(sys.stdout.fileno())
        raise StreamLost(f"cannot write to standard output: {exc.strerror}") from exc


def write_message(text: str) -> None:
    """Write to standard error, at once. Where nobody takes messages there is nobody to tell, and the answer counts."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr.fileno())


def read_input() -> str:
    """Read all of standard input, without the newline that ends it. Blocks. Raises StreamLost if it cannot be read."""
    if sys.stdin is None:
        raise StreamLost("standard input is closed")
    try:
        text = sys.stdin.read().removesuffix("\n")
        text.encode()  # with some locales, bytes that are no text are read as half surrogate pairs
    except UnicodeError as exc:
        raise StreamLost(f"standard input is no text: {exc}") from exc
    except OSError as exc:
        raise StreamLost(f"cannot read standard input: {exc.strerror}") from exc
    return text


def input_is_terminal() -> bool:
    """Whether somebody types standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def output_is_terminal() -> bool:
    """Whether somebody sees standard output."""
    return sys.stdout is not None and sys.stdout.isatty()


def messages_are_terminal() -> bool:
    """Whether somebody sees standard error."""
    return sys.stderr.isatty()


def _fill_closed_descriptors() -> None:
    """No descriptor that is opened later may come to be number 0, 1 or 2, and somebody's standard stream."""
    for number in _DESCRIPTORS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if sys.stderr is None:
        sys.stderr = open(_STDERR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- for all the process


def _flush_or_discard() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            _discard(stream.fileno())


def _discard(descriptor: int) -> None:
    """What is still buffered, and what is written from now on, goes nowhere; else the interpreter complains at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
