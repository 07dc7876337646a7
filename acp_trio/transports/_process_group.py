"""A child process and everything that stayed in its process group.

Owns the leader's process id until nothing can be sent to it any more. The leader is not reaped before the last signal
went out: a zombie keeps the number of the group from being given to a stranger. It refuses to follow a descendant
that made a session of its own.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys

import trio

_MOMENT = 0.02
_FOR_SIGKILL = 1.0
"""Seconds a killed group gets to be gone; the kernel needs milliseconds."""

_logger = logging.getLogger("acp_trio.transports")


class ProcessGroup:
    """The group led by a child that was started with `start_new_session`."""

    def __init__(self, leader: subprocess.Popen[bytes]) -> None:
        self._leader = leader
        self.pid = leader.pid

    @property
    def gone(self) -> bool:
        """Whether the leader has been reaped: nothing may be sent to this group any more."""
        return self._leader.returncode is not None

    async def leader_exit(self) -> int | None:
        """Wait until the leader has exited, without reaping it. Returns its status, None if someone else reaped it."""
        while True:
            try:
                ended = _ended(self._leader)
            except ChildProcessError:
                return None
            if ended is not None:
                return ended
            await _end_of(self.pid)

    async def empty(self) -> None:
        """Wait until nobody in the group runs."""
        await self.leader_exit()
        while members := _members(self.pid):
            await _end_of(members[0])

    async def end(self, deadline: float) -> None:
        """End a group that was told to leave: half of the time to do so, a quarter after SIGTERM, then SIGKILL.

        Returns as soon as the group is empty, and a second after SIGKILL at the latest. The caller shields it.
        """
        start = trio.current_time()
        left = max(0.0, deadline - start)
        if not await self._empty_by(start + left / 2):
            await self._stop(start + left * 3 / 4, deadline)
        self.kill_nowait()

    async def terminate(self, grace: float) -> None:
        """End a group that was not told yet: SIGTERM, and after `grace` seconds SIGKILL. Otherwise like `end`."""
        if not self.gone:
            await self._stop(trio.current_time() + grace, 0.0)
            self.kill_nowait()

    async def _stop(self, kill_at: float, deadline: float) -> None:
        self._send(signal.SIGTERM)
        # A stopped process takes SIGTERM only when it goes on.
        self._send(signal.SIGCONT)
        if not await self._empty_by(kill_at):
            self._send(signal.SIGKILL)
            await self._empty_by(max(deadline, trio.current_time() + _FOR_SIGKILL))

    def kill_nowait(self) -> None:
        """Kill the group and reap the leader, without a checkpoint; nothing if that has been done."""
        if self.gone:
            return
        self._send(signal.SIGKILL)
        try:
            self._leader.wait(_FOR_SIGKILL)
        except subprocess.TimeoutExpired:
            _logger.warning("process %d did not end after SIGKILL", self.pid)

    async def _empty_by(self, deadline: float) -> bool:
        with trio.move_on_at(deadline):
            await self.empty()
            return True
        return False

    def _send(self, number: signal.Signals) -> None:
        if sys.platform == "win32":
            raise NotImplementedError("process groups are not supported on Windows")
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            # Nobody is left, or only those that took another user's identity: out of our reach.
            return


def _ended(leader: subprocess.Popen[bytes]) -> int | None:
    """The leader's exit status, None while it runs; raises ChildProcessError if it was reaped behind our back."""
    if leader.returncode is not None or not hasattr(os, "waitid"):
        return leader.poll()
    result = os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if result is None:
        return None
    return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status


async def _end_of(pid: int) -> None:
    """Wait until a process ends; where the system cannot tell, only for a moment. Look again and call again."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        # Reason: the caller loops.
        await trio.lowlevel.checkpoint()
        return
    except (AttributeError, OSError):
        await trio.sleep(_MOMENT)
        return
    try:
        # Reason: trio waits for its own Process only, and reaps it.
        await trio.lowlevel.wait_readable(pidfd)
    finally:
        os.close(pidfd)


def _members(group: int) -> list[int]:
    """Who runs in the group, zombies excepted. Where there is no /proc nobody is found, and the group gets no grace."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 -- a hundred paths for a hundred numbers
    except OSError:
        return []
    return [int(name) for name in names if name.isdecimal() and _runs_in(group, name)]


def _runs_in(group: int, pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 -- once per process of the machine
            state, _parent, its_group = file.read(512).rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        # It ended meanwhile.
        return False
    return int(its_group) == group and state not in {b"Z", b"X"}
