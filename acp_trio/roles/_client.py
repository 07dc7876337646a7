"""The client's role: connect to an agent, initialize, answer what agents ask.

Owns the client's handshake and the capabilities that follow from its handlers
(https://agentclientprotocol.com/protocol/initialization). It spawns nothing and shows nothing by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeVar, final

import trio

from ..connection import GRACE, Block, Hooks, Limits, Peer, check_grace, hold_open, open_connection
from ..jsonrpc import AcpError, LocalMisuse, Malformed, PeerError, ProtocolViolation
from ..schema import v1
from ..transports import Component, ConnectionLost, HandshakeFailed, Link, Transport
from ._client_connection import ClientConnection
from ._endpoint import Endpoint
from ._errors import VersionMismatch
from ._peers import AGENT

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])

PROTOCOL_VERSION = 1
"""The latest version this client speaks."""

_PATIENCE = 100  # lines that are no message, before the answer to initialize: more are no banner
_SHOWN = 120


@final
class Client(Endpoint):
    """An ACP client: its handlers, and `connect`.

    Args:
      name: told to agents.
      version: told to agents.
      title: for people, told to agents.
      capabilities: what to advertise, in place of what follows from the handlers.
      limits: bounds of each connection.
      grace: seconds that closing a connection may take, all of it together.

    Example:
        client = Client("my-editor")
        async with client.connect(process(["my-agent"])) as agent:
            async with agent.open_session("/work") as session:
                print(await session.ask("hello"))
    """

    def __init__(
        self,
        name: str,
        *,
        version: str = "0",
        title: str | None = None,
        capabilities: v1.ClientCapabilities | None = None,
        limits: Limits | None = None,
        grace: float = GRACE,
    ) -> None:
        super().__init__(name, version=version, title=title)
        self._capabilities = capabilities
        self._limits = limits or Limits()
        self._grace = check_grace(grace)

    peers: ClassVar[Sequence[Peer]] = (AGENT,)
    owned: ClassVar[Mapping[str, str]] = {
        "session/update": "iterate the turn, or session.updates() between turns",
    }

    # Handlers

    def on_permission(self, function: F) -> F:
        """Register `async def permission(request, agent) -> v1.RequestPermissionResponse`; without one, `cancelled`.

        It starts when the session's reader has taken every update before it, and is cancelled with the turn.
        """
        return self._register(v1.RequestPermissionRequest, function)

    def on_elicitation(self, function: F) -> F:
        """Register `async def elicit(request, agent) -> v1.CreateElicitationResponse`; advertises forms."""
        return self._register(v1.CreateElicitationRequest, function)

    def on_read_text_file(self, function: F) -> F:
        """Register `async def read(request, agent) -> v1.ReadTextFileResponse`; advertises it."""
        return self._register(v1.ReadTextFileRequest, function)

    def on_write_text_file(self, function: F) -> F:
        """Register `async def write(request, agent) -> v1.WriteTextFileResponse`; advertises it."""
        return self._register(v1.WriteTextFileRequest, function)

    # Handlers that are ready-made

    def serve_files(self, *, write: bool = False, limit: int = 16 * 1024 * 1024) -> None:
        """Serve text files from the disk, below the directories of each session; advertises it.

        A path must be absolute and lead into the session's `cwd` or additional directories once symbolic links are
        followed; otherwise the agent gets -32602. What does not exist is answered -32002, what is no regular file or
        no UTF-8 -32602. Nothing is translated: line ends and a byte order mark stay as they are.

        Reading from `line` (0 is the first as 1 is) returns whole lines with their ends, so that pieces read one after
        the other make up the file; behind the last line there is only "". Writing replaces the file in one step and
        keeps its permissions (a symbolic link stays one, a hard link does not), or creates it; it creates no directory.
        A request that is cancelled has written nothing.

        Args:
          write: serve writing too.
          limit: bytes that one read may return; asked for more, -32602 says to ask for fewer lines.

        Raises NotImplementedError on Windows, LocalMisuse after the first connection.
        """
        _check_posix("serve_files")
        from ._files import DiskFiles  # a client without it starts faster

        files = DiskFiles(limit)
        self.on_read_text_file(files.read)
        if write:
            self.on_write_text_file(files.write)

    def serve_terminals(
        self, *, allow: Callable[[v1.CreateTerminalRequest], bool] | None = None, grace: float = 1.0
    ) -> None:
        """Run commands for agents, in the directories of each session; advertises it.

        A command is run as it is given, without a shell and without a pseudo-terminal; its input is empty, its standard
        output and error are one stream. The end of that is kept: as much as the agent asks for, 1 MiB if it does not
        say, never more than 8 MiB. Releasing a terminal, killing it and leaving the session's block end everything in
        the process group of the command. Only `cwd` is checked: an agent that runs commands can do what you can.

        Args:
          allow: says for each request whether it may run (without it, all may); if not, the agent gets -32602.
          grace: seconds between SIGTERM and SIGKILL.

        Raises TypeError for an `allow` that is no plain function, NotImplementedError on Windows, LocalMisuse after the
        first connection.

        Example: `client.serve_terminals(allow=lambda request: request.command in {"make", "git"})`.
        """
        _check_posix("serve_terminals")
        from ._terminals import SessionTerminals  # a client without it starts faster

        terminals = SessionTerminals(allow, grace)
        self._register(v1.CreateTerminalRequest, terminals.create)
        self._register(v1.TerminalOutputRequest, terminals.output)
        self._register(v1.WaitForTerminalExitRequest, terminals.wait_for_exit)
        self._register(v1.KillTerminalRequest, terminals.kill)
        self._register(v1.ReleaseTerminalRequest, terminals.release)

    def permissions(
        self, policy: Literal["allow", "deny"] | Callable[[v1.RequestPermissionRequest], Awaitable[str | None]]
    ) -> None:
        """Answer permission requests by a policy.

        "allow" picks the option that allows once, or else the one that allows always; "deny" the one that rejects once,
        or else always; both answer `cancelled` where there is none. A function `async def ask(request)` returns the id
        of an option, or None for `cancelled`; an id that was not offered is logged, and the agent gets -32603.

        Raises TypeError for anything else, LocalMisuse after the first connection.
        """
        from ._permissions import permission_handler  # a client without it starts faster

        self.on_permission(permission_handler(policy))

    @property
    def capabilities(self) -> v1.ClientCapabilities:
        """What `initialize` advertises: what was given, or else what the handlers can do."""
        if self._capabilities is not None:
            return self._capabilities
        handled = self.handles
        files = v1.FileSystemCapabilities(
            read_text_file=handled("fs/read_text_file"), write_text_file=handled("fs/write_text_file")
        )
        forms = v1.ElicitationCapabilities(form=v1.ElicitationFormCapabilities())
        return v1.ClientCapabilities(
            fs=files,
            terminal=handled("terminal/create"),
            elicitation=forms if handled("elicitation/create") else None,
        )

    # Connecting

    def connect(self, transport: Transport | Component) -> Block[ClientConnection]:
        """Connect to an agent and initialize, in an `async with`.

        Entering raises HandshakeFailed if the agent cannot be started, ends, refuses `initialize`, or speaks no ACP;
        VersionMismatch if it speaks another version. There is no time limit but the caller's. Leaving closes
        everything within the grace; the body's exception leaves as itself.
        """
        self.freeze()
        return open_connection(transport, self._make, self._initialize)

    async def run(
        self,
        transport: Transport | Component,
        *,
        task_status: trio.TaskStatus[ClientConnection] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Connect without a block at the call site: `agent = await nursery.start(client.run, process([...]))`.

        The connection lives in that nursery until the agent ends it or the nursery is cancelled. An error on connecting
        is raised at `nursery.start`.
        """
        await hold_open(self, transport, task_status=task_status)

    def _make(self, link: Link) -> ClientConnection:
        hooks = Hooks(handlers=self, answers_malformed=False, counterpart=AGENT)
        connection = ClientConnection(link, hooks, self._limits, self._grace)
        hooks.takers["session/request_permission"] = _answer_cancelled
        return connection

    async def _initialize(self, connection: ClientConnection) -> None:
        hooks = connection.hooks
        noise = _Noise(connection.give_up)
        hooks.on_malformed = noise.note
        request = v1.InitializeRequest(
            protocol_version=PROTOCOL_VERSION, client_capabilities=self.capabilities, client_info=self.info
        )
        try:
            response = await connection.request(request)
        except PeerError as exc:
            words = await connection.last_words()  # noqa: ASYNC120  # it shields itself
            raise HandshakeFailed(f"the agent refused to initialize: {exc.refusal}", words) from exc
        except ConnectionLost as exc:
            raise HandshakeFailed(f"no answer to initialize: {exc.reason}{noise}", exc.last_words) from exc
        except LocalMisuse:
            raise
        except AcpError as exc:
            words = await connection.last_words()  # noqa: ASYNC120  # it shields itself
            raise HandshakeFailed(str(exc), words) from exc
        if response.protocol_version != PROTOCOL_VERSION:
            raise VersionMismatch(PROTOCOL_VERSION, response.protocol_version)
        hooks.on_malformed = _not_counted
        connection.take_initialized(response)


def _check_posix(what: str) -> None:
    if sys.platform == "win32":
        raise NotImplementedError(f"{what} is not supported on Windows")


class _Noise:
    """What a program says before it answers `initialize`: a banner is skipped, a flood is no agent."""

    def __init__(self, give_up: Callable[[Exception], None]) -> None:
        self._give_up = give_up
        self._lines = 0
        self._first = b""

    def note(self, line: Malformed) -> None:
        self._lines += 1
        self._first = self._first or line.line
        if self._lines == _PATIENCE:
            self._give_up(ProtocolViolation("it does not speak ACP"))

    def __str__(self) -> str:
        if not self._lines:
            return ""
        first = self._first[:_SHOWN].decode("utf-8", "replace").strip()
        lines = "1 line that is no message" if self._lines == 1 else f"{self._lines} lines that are no messages"
        return f"; it wrote {lines}, the first: {first!r}"


def _not_counted(_line: Malformed) -> None:
    return None


def _answer_cancelled(_envelope: Any, responder: Any) -> bool:
    """A client that handles no permissions grants none."""
    if responder is not None:
        responder.refuse_cancelled()
    return responder is not None
