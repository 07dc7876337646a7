"""Terminals for agents: what `Client.serve_terminals` registers.

Owns the terminals of all sessions: each is a task of its session's nursery that runs one command and ends with the
session, or before it when the agent releases it. A terminal is a pipe, not a pseudo-terminal, and never a shell
(https://agentclientprotocol.com/protocol/terminals).
"""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable
from itertools import count
from typing import cast

import trio

from ..jsonrpc import ErrorCode, LocalMisuse, RequestError
from ..schema import v1
from ..session import ClientSession
from ..transports import HandshakeFailed, RunningCommand, run_command
from ._client_connection import ClientConnection
from ._roots import directory_inside, session_of
from ._terminal_output import TerminalOutput

_DEFAULT_OUTPUT = 1024 * 1024
_MOST_OUTPUT = 8 * 1024 * 1024  # even when JSON needs six bytes for each, the answer fits into a frame

Allow = Callable[[v1.CreateTerminalRequest], bool]


class _Terminal:
    command: RunningCommand

    def __init__(self, session: ClientSession, terminal_id: str, limit: int) -> None:
        self.session = session
        self.id = terminal_id
        self.output = TerminalOutput(limit)
        self.released = trio.CancelScope()
        self.gone = trio.Event()

    @property
    def ending(self) -> tuple[int | None, str | None]:
        """Exit code and signal of a command that has exited: one of them, or neither if nobody knows."""
        status = self.command.exit_status
        if status is None or status >= 0:
            return status, None
        return None, _signal_name(-status)


class SessionTerminals:
    """The five handlers.

    Args:
      allow: says for each command whether it may run; None allows all.
      grace: seconds between SIGTERM and SIGKILL.
    """

    def __init__(self, allow: Allow | None, grace: float) -> None:
        if inspect.iscoroutinefunction(allow):
            raise TypeError(f"allow must be a plain function that returns a bool, not the async {allow.__qualname__!r}")
        if not (allow is None or callable(allow)):
            raise TypeError(f"allow must be a plain function that returns a bool, not {allow!r}")
        self._allow = allow
        self._grace = grace
        self._ids = count(1)
        self._terminals: dict[tuple[ClientSession, str], _Terminal] = {}

    async def create(self, request: v1.CreateTerminalRequest, agent: ClientConnection) -> v1.CreateTerminalResponse:
        """Answer `terminal/create`."""
        session = session_of(agent, request.session_id)
        self._check_allowed(request)
        terminal_id: str = await session.nursery.start(self._run, session, request, name=f"terminal {request.command}")
        return v1.CreateTerminalResponse(terminal_id=terminal_id)

    async def output(self, request: v1.TerminalOutputRequest, agent: ClientConnection) -> v1.TerminalOutputResponse:
        """Answer `terminal/output`."""
        terminal = self._terminal(agent, request.session_id, request.terminal_id)
        exit_status: v1.TerminalExitStatus | None = None
        if terminal.command.has_exited:
            exit_code, signal_name = terminal.ending
            exit_status = v1.TerminalExitStatus(exit_code=exit_code, signal=signal_name)
        return v1.TerminalOutputResponse(
            output=str(terminal.output), truncated=terminal.output.truncated, exit_status=exit_status
        )

    async def wait_for_exit(
        self, request: v1.WaitForTerminalExitRequest, agent: ClientConnection
    ) -> v1.WaitForTerminalExitResponse:
        """Answer `terminal/wait_for_exit`; also when the terminal is released or the session ends meanwhile."""
        terminal = self._terminal(agent, request.session_id, request.terminal_id)
        await terminal.command.wait()
        exit_code, signal_name = terminal.ending
        return v1.WaitForTerminalExitResponse(exit_code=exit_code, signal=signal_name)

    async def kill(self, request: v1.KillTerminalRequest, agent: ClientConnection) -> v1.KillTerminalResponse:
        """Answer `terminal/kill` when nobody of the command's group runs any more."""
        await self._terminal(agent, request.session_id, request.terminal_id).command.terminate(self._grace)
        return v1.KillTerminalResponse()

    async def release(self, request: v1.ReleaseTerminalRequest, agent: ClientConnection) -> v1.ReleaseTerminalResponse:
        """Answer `terminal/release` when nobody of the command's group runs any more; the id is invalid at once."""
        terminal = self._terminal(agent, request.session_id, request.terminal_id)
        self._forget(terminal)
        terminal.released.cancel("the agent released the terminal")
        await terminal.gone.wait()
        return v1.ReleaseTerminalResponse()

    async def _run(
        self, session: ClientSession, request: v1.CreateTerminalRequest, *, task_status: trio.TaskStatus[str]
    ) -> None:
        cwd = await _working_directory(session, request)
        terminal = _Terminal(session, f"terminal-{next(self._ids)}", _output_limit(request))
        running = run_command(
            [request.command, *request.args],
            take=terminal.output.take,
            env={variable.name: variable.value for variable in request.env},
            cwd=cwd,
            grace=self._grace,
        )
        try:
            async with running as terminal.command:
                self._terminals[session, terminal.id] = terminal
                with terminal.released:
                    task_status.started(terminal.id)
                    await trio.sleep_forever()
        except HandshakeFailed as exc:
            raise RequestError.invalid_params(exc.reason, {"command": request.command}) from exc
        finally:
            self._forget(terminal)
            terminal.gone.set()

    def _check_allowed(self, request: v1.CreateTerminalRequest) -> None:
        if self._allow is None:
            return
        # A lambda around an async function gives a coroutine, which is true.
        verdict = cast("object", self._allow(request))
        if not isinstance(verdict, bool):
            raise LocalMisuse(f"allow must return a bool, not {type(verdict).__name__}")
        if not verdict:
            raise RequestError.invalid_params(f"not allowed here: {request.command}", {"command": request.command})

    def _terminal(self, agent: ClientConnection, session_id: str, terminal_id: str) -> _Terminal:
        terminal = self._terminals.get((session_of(agent, session_id), terminal_id))
        if terminal is None:
            message = f"no such terminal: {terminal_id}"
            raise RequestError(ErrorCode.RESOURCE_NOT_FOUND, message, {"terminalId": terminal_id})
        return terminal

    def _forget(self, terminal: _Terminal) -> None:
        self._terminals.pop((terminal.session, terminal.id), None)


async def _working_directory(session: ClientSession, request: v1.CreateTerminalRequest) -> str:
    if request.cwd is None and not session.directories:
        raise RequestError.invalid_params("this session has no directory; name one in cwd")
    path = session.directories[0] if request.cwd is None else request.cwd
    return str(await trio.to_thread.run_sync(directory_inside, session.directories, path))


def _output_limit(request: v1.CreateTerminalRequest) -> int:
    asked = _DEFAULT_OUTPUT if request.output_byte_limit is None else request.output_byte_limit
    return min(asked, _MOST_OUTPUT)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
