"""A program that is run for what it says: nothing to read, one stream of output, an exit status.

Owns the order in which such a program is started, watched and ended. It refuses to keep its output: whoever runs it
is given every piece. How a group ends is in `_process_group`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

import trio

from ._background import background
from ._errors import HandshakeFailed
from ._poll_ends import PollReader
from ._process_group import ProcessGroup
from ._spawn import Program, spawn_for_output


class RunningCommand:
    """A program that was started by `run_command`.

    Attributes:
      pid: its process id, and its process group's.
      exit_status: once it has exited: negative for a signal, None if it cannot be known.
    """

    def __init__(self, child: subprocess.Popen[bytes], take: Callable[[bytes], None]) -> None:
        assert child.stdout is not None
        self._reader = PollReader.owning(child.stdout.fileno(), child.stdout.close)
        self._group = ProcessGroup(child)
        self._take = take
        self._exited = trio.Event()
        self.pid: int = child.pid
        self.exit_status: int | None = None

    @property
    def has_exited(self) -> bool:
        """Whether the program has exited; what it started may still run."""
        return self._exited.is_set()

    async def wait(self) -> None:
        """Wait until the program has exited and what it wrote was handed over. Checkpoints."""
        await self._exited.wait()

    async def terminate(self, grace: float) -> None:
        """End everything in its process group: SIGTERM, and after `grace` seconds SIGKILL.

        Returns when nobody runs, a second after SIGKILL at the latest. Cancelled, it leaves alone what still runs.
        """
        await self._group.terminate(grace)
        if self._group.gone:
            await self._exited.wait()

    async def read(self) -> None:
        """Hand over what the program writes, until the end of the pipe."""
        try:
            while data := await self._reader.receive():
                self._take(data)
        except trio.BrokenResourceError:
            return

    async def watch(self) -> None:
        """Wait for the exit. Never for the end of the pipe: a grandchild may hold it for as long as it likes."""
        self.exit_status = await self._group.leader_exit()
        self._reader.drain_nowait(self._take)
        self._exited.set()

    def close(self) -> None:
        """Kill what is left and close the pipe, without a checkpoint."""
        self._group.kill_nowait()
        self._reader.close()
        self._exited.set()


# Reason: Ctrl-C may only arrive where something is awaited, so that no process goes unaccounted for.
@asynccontextmanager
@trio.lowlevel.enable_ki_protection
async def run_command(
    command: Sequence[str],
    *,
    take: Callable[[bytes], None],
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    grace: float = 1.0,
) -> AsyncGenerator[RunningCommand]:
    """Run a program for the time of a block, without a shell, in a session and a process group of its own.

    Its standard input is empty. Its standard output and error are one pipe, so what it writes stays in order. Leaving
    ends everything in the group as `RunningCommand.terminate` does, shielded, and reaps the program. A descendant that
    makes a session of its own is out of reach.

    Args:
      command: argv; the first is searched for on PATH, a relative path is relative to `cwd`.
      take: is called with every piece of its output as it comes; it must not block or raise.
      env: added to this process's environment.
      cwd: the working directory, by default ours.
      grace: seconds between SIGTERM and SIGKILL.

    Entering raises `HandshakeFailed` if the program cannot be started; it checkpoints, and cancelled it has started
    nothing.
    """
    if sys.platform == "win32":
        raise HandshakeFailed("child processes are not supported on Windows")
    program = Program(command=tuple(command), env=env, cwd=None if cwd is None else os.fspath(cwd))
    child = await trio.to_thread.run_sync(partial(spawn_for_output, program))
    running = RunningCommand(child, take)
    try:
        async with background(running.read, running.watch):
            try:
                yield running
            finally:
                with trio.CancelScope(shield=True):
                    await running.terminate(grace)
    finally:
        running.close()
