"""A child process as a transport.

Owns the order in which a process is started, served and ended, whatever happens in between. What its link can do is
in `_process_link`, how a group ends in `_process_group`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal

import trio

from ._background import background
from ._errors import HandshakeFailed
from ._process_link import ProcessLink
from ._spawn import Program, spawn
from ._transport import Transport


def process(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stderr: Literal["capture", "inherit"] | Callable[[bytes], None] = "capture",
    exit_patience: float = 0.2,
) -> Transport:
    """Make a transport that starts a program and talks to it over its standard input and output.

    The program gets a session and a process group of its own, so a Ctrl-C in the terminal does not reach it. Its
    output ends when the pipe does, or when the program has exited and what it wrote has been read, even if a
    grandchild still holds the pipe.

    Leaving closes its standard input; half of the time until `Link.close_by` it may use to exit, a quarter more after
    SIGTERM to the group, and then the group is killed. It ends as soon as nobody in the group runs, and never later
    than a second after the kill. A descendant that makes a session of its own is out of reach.

    Args:
      command: argv; the first is searched for on PATH, a relative path is relative to `cwd`.
      env: added to this process's environment.
      cwd: the working directory, by default ours.
      stderr: where standard error goes. It is always read, and its last 8 KiB are in `Link.last_words()`, except when
        it is inherited from this process. A callable gets every chunk as it comes, and must not block.
      exit_patience: seconds that `Link.last_words()` waits for the exit.

    Opening raises `HandshakeFailed` if the program cannot be started; it checkpoints, and cancelled it has started
    nothing. The links have the attribute `pid`.
    """
    if isinstance(command, str) or not command or any(isinstance(part, bytes) for part in command):
        raise TypeError(f"command is a non-empty sequence of strings, such as ['gemini', '--acp'], not {command!r}")
    program = Program(command=tuple(command), env=env, cwd=None if cwd is None else os.fspath(cwd))
    return _ProcessTransport(program, stderr, exit_patience)


class _ProcessTransport(Transport):
    def __init__(
        self, program: Program, stderr: Literal["capture", "inherit"] | Callable[[bytes], None], exit_patience: float
    ) -> None:
        self._program = program
        self._stderr = stderr
        self._exit_patience = exit_patience

    # Reason: Ctrl-C may only arrive where something is awaited, so that no process goes unaccounted for.
    @asynccontextmanager
    @trio.lowlevel.enable_ki_protection
    async def open(self) -> AsyncGenerator[ProcessLink]:
        if sys.platform == "win32":
            raise HandshakeFailed("child processes are not supported on Windows")
        start = partial(spawn, self._program, capture_stderr=self._stderr != "inherit")
        child = await trio.to_thread.run_sync(start)
        observer = self._stderr if callable(self._stderr) else None
        link = ProcessLink(self._program.command, child, observer, self._exit_patience)
        try:
            async with background(*link.services()):
                try:
                    yield link
                finally:
                    with trio.CancelScope(shield=True):
                        await link.leave()
        finally:
            link.close()
