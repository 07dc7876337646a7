"""The link to a child process.

Owns its three pipes and what serves them from behind: one task that watches for the exit, one that reads standard
error, one that keeps the output flowing while the process is told to leave. It refuses to start or to signal anything
itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import trio

from ._background import Service
from ._descriptors import DescriptorLink
from ._poll_ends import PollReader, PollWriter
from ._process_group import ProcessGroup
from ._stderr import StderrTail
from ._transport import LastWords

_LEAVING = 5.0
"""Seconds that leaving may take when nobody said."""


class ProcessLink(DescriptorLink):
    """A child process. `pid` is its process id, and its process group's."""

    def __init__(
        self,
        command: tuple[str, ...],
        child: subprocess.Popen[bytes],
        stderr_observer: Callable[[bytes], None] | None,
        exit_patience: float,
    ) -> None:
        self._input = _writer(child.stdin)
        self._output = _reader(child.stdout)
        super().__init__(f"process {Path(command[0]).name!r}", self._output, self._input)
        self._stderr = StderrTail(_reader(child.stderr), stderr_observer) if child.stderr is not None else None
        self._group = ProcessGroup(child)
        self.pid = child.pid
        self._command = command
        self._exit_patience = exit_patience
        self._exited = trio.Event()
        self._exit_status: int | None = None
        self._leaving = trio.Event()
        self._close_by: float | None = None

    def close_by(self, deadline: float) -> None:
        self._close_by = deadline

    async def last_words(self) -> LastWords:
        if not self._exited.is_set():
            with trio.move_on_after(self._exit_patience, shield=True):
                await self._exited.wait()
        tail = b"" if self._stderr is None else bytes(self._stderr)
        return LastWords(command=self._command, exit_status=self._exit_status, stderr=tail)

    def services(self) -> list[Service]:
        """What must run in the background while the link is open."""
        services: list[Service] = [self._watch_exit, self._discard_while_leaving]
        if self._stderr is not None:
            services.append(self._stderr.drain)
        return services

    async def leave(self) -> None:
        """Tell the process to go and see it gone. The caller shields it."""
        self._input.close()
        self._leaving.set()
        deadline = trio.current_time() + _LEAVING if self._close_by is None else self._close_by
        await self._group.end(deadline)

    def close(self) -> None:
        """Kill what is left and close the pipes, without a checkpoint. Idempotent."""
        self._group.kill_nowait()
        super().close()
        self._output.close()
        if self._stderr is not None:
            self._stderr.close()

    async def _watch_exit(self) -> None:
        self._exit_status = await self._group.leader_exit()
        if self._stderr is not None:
            self._stderr.drain_nowait()
        self._exited.set()
        # A grandchild may hold the pipe for as long as it likes; what this process wrote is in it.
        self._output.expect_no_more()

    async def _discard_while_leaving(self) -> None:
        """Read what nobody else will: a process that cannot get rid of its output cannot exit."""
        await self._leaving.wait()
        self._output = self._output.taken_over()
        try:
            while await self._output.receive():
                pass
        except trio.BrokenResourceError:
            return


def _reader(pipe: IO[bytes] | None) -> PollReader:
    assert pipe is not None
    return PollReader.owning(pipe.fileno(), pipe.close)


def _writer(pipe: IO[bytes] | None) -> PollWriter:
    assert pipe is not None
    return PollWriter.owning(pipe.fileno(), pipe.close)
