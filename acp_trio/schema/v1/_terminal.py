"""Commands that the client runs for the agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .._message import MetaRecord, Request, Side, record
from .._wire import U32, U64, field, lenient
from ._environment import EnvVariable
from ._ids import SessionId, TerminalId


@record
class TerminalExitStatus(MetaRecord):
    """How a command ended.

    Attributes:
      exit_code: None when a signal ended it.
      signal: the signal's name; None when it exited by itself.
    """

    exit_code: U32 | None = lenient(default=None)
    signal: str | None = lenient(default=None)


@record
class CreateTerminalResponse(MetaRecord):
    """The command has been started."""

    terminal_id: TerminalId


@record
class CreateTerminalRequest(Request[CreateTerminalResponse]):
    """Start a command.

    Attributes:
      cwd: absolute.
      output_byte_limit: how many bytes of output to keep; the oldest go first.
    """

    method = "terminal/create"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    command: str
    args: Sequence[str] = field(default=(), on_null=True)
    env: Sequence[EnvVariable] = field(default=(), on_null=True)
    cwd: str | None = None
    output_byte_limit: U64 | None = None


@record
class TerminalOutputResponse(MetaRecord):
    """The command's output so far.

    Attributes:
      truncated: the oldest output was dropped.
      exit_status: None while the command runs.
    """

    output: str
    truncated: bool
    exit_status: TerminalExitStatus | None = lenient(default=None)


@record
class TerminalOutputRequest(Request[TerminalOutputResponse]):
    """Read the output without waiting."""

    method = "terminal/output"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    terminal_id: TerminalId


@record
class WaitForTerminalExitResponse(MetaRecord):
    """The command has ended.

    Attributes:
      exit_code: None when a signal ended it.
      signal: the signal's name; None when it exited by itself.
    """

    exit_code: U32 | None = lenient(default=None)
    signal: str | None = lenient(default=None)


@record
class WaitForTerminalExitRequest(Request[WaitForTerminalExitResponse]):
    """Wait until the command ends."""

    method = "terminal/wait_for_exit"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    terminal_id: TerminalId


@record
class KillTerminalResponse(MetaRecord):
    """The command has been killed; its output can still be read."""


@record
class KillTerminalRequest(Request[KillTerminalResponse]):
    """Kill the command and keep its output."""

    method = "terminal/kill"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    terminal_id: TerminalId


@record
class ReleaseTerminalResponse(MetaRecord):
    """The terminal is gone."""


@record
class ReleaseTerminalRequest(Request[ReleaseTerminalResponse]):
    """Give the terminal back: the command is killed if it still runs, and the id is no longer valid."""

    method = "terminal/release"
    side: ClassVar[Side] = "client"

    session_id: SessionId
    terminal_id: TerminalId
