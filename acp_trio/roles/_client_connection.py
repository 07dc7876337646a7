"""What a client holds: the agent on the other end, initialized.

Owns the calls that the agent must have advertised: they raise `LocalMisuse` before anything is sent where it did not
(https://agentclientprotocol.com/protocol/initialization).
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any, TypeAlias, final

import trio

from ..connection import Block, Connection, Hooks, Limits
from ..jsonrpc import LocalMisuse
from ..schema import v1
from ..session import Attached, Attachment, ClientSession, ClientSessions
from ..transports import Link

StrPath: TypeAlias = str | PathLike[str]


@final
class ClientConnection(Connection):
    """A client's connection to an agent.

    Attributes:
      agent_info: the agent's name and version, if it gave them.
      agent_capabilities: what it advertised.
      auth_methods: the ways to authenticate that it offers.
      protocol_version: the version both sides speak.
      sessions: the open sessions.
    """

    def __init__(self, link: Link, hooks: Hooks, limits: Limits, grace: float) -> None:
        super().__init__(link, hooks, limits, grace)
        self.agent_info: v1.Implementation | None = None
        self.agent_capabilities: v1.AgentCapabilities = v1.AgentCapabilities()
        self.auth_methods: Sequence[v1.AuthMethod] = ()
        self.protocol_version: int = 1
        self._attached = Attached(self, ready=trio.lowlevel.checkpoint)
        self.sessions: ClientSessions = ClientSessions(
            self, may_close=lambda: self._session_capabilities.close is not None, attached=self._attached
        )

    def take_initialized(self, response: v1.InitializeResponse) -> None:
        """Keep what the agent said about itself."""
        self.protocol_version = response.protocol_version
        self.agent_info = response.agent_info
        self.agent_capabilities = response.agent_capabilities
        self.auth_methods = response.auth_methods

    @property
    def peer(self) -> str:
        """The agent's name, or whom the transport reaches."""
        return self.agent_info.name if self.agent_info is not None else super().peer

    # Sessions

    def open_session(
        self,
        cwd: StrPath,
        *,
        mcp_servers: Sequence[v1.McpServer] = (),
        additional_directories: Sequence[StrPath] = (),
        attachments: Sequence[Attachment] = (),
        keep: bool = False,
    ) -> Block[ClientSession]:
        """Open a new session in an `async with`.

        Args:
          cwd: the absolute directory it works in.
          mcp_servers: MCP servers for the agent to use; over HTTP or SSE where the agent advertised that it takes them.
          additional_directories: more roots, absolute, where the agent advertised that it takes them.
          attachments: what serves the session from this side for as long as it lasts, such as an MCP server.
          keep: do not close it at the agent at the end of the block, so that it can be loaded again.

        Raises LocalMisuse for what the agent did not advertise.

        Entering raises PeerError if the agent refuses (with code -32000 it wants `authenticate` first), ConnectionLost
        or ConnectionClosed, DispatchLoopHeld if the caller holds a dispatch loop. Leaving cancels and awaits whatever
        runs for it; the body's exception leaves as itself.

        Example:
            async with agent.open_session("/work") as session:
                print(await session.ask("hello"))
        """
        request = v1.NewSessionRequest(
            cwd=_absolute(cwd),
            mcp_servers=self._servers(mcp_servers),
            additional_directories=self._directories(additional_directories),
        )
        return self.sessions.open(request, keep=keep, attachments=attachments)

    async def run_session(
        self,
        cwd: StrPath,
        *,
        mcp_servers: Sequence[v1.McpServer] = (),
        additional_directories: Sequence[StrPath] = (),
        attachments: Sequence[Attachment] = (),
        keep: bool = False,
        task_status: trio.TaskStatus[ClientSession] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Open a session without a block at the call site: `session = await nursery.start(agent.run_session, cwd)`.

        It lives in that nursery until `session.close()`, or the nursery is cancelled, or the connection closes.
        Arguments and errors are those of `open_session`; an error on opening is raised at `nursery.start`.
        """
        block = self.open_session(
            cwd,
            mcp_servers=mcp_servers,
            additional_directories=additional_directories,
            attachments=attachments,
            keep=keep,
        )
        async with block as session:
            task_status.started(session)
            del task_status  # it keeps the nursery that `nursery.start` has made, a fifth of what a session takes
            await session.run_until_closed()

    def open_session_with(
        self,
        request: Any,
        *,
        session_id: str | None = None,
        attachments: Sequence[Attachment] = (),
        keep: bool = False,
    ) -> Block[ClientSession]:
        """Open a session with a setup request of your own, sent as it is.

        Its response must have a `session_id`, unless you give it.
        """
        return self.sessions.open(request, session_id=session_id, keep=keep, attachments=attachments)

    def load_session(
        self,
        session_id: str,
        cwd: StrPath,
        *,
        mcp_servers: Sequence[v1.McpServer] = (),
        additional_directories: Sequence[StrPath] = (),
        attachments: Sequence[Attachment] = (),
        keep: bool = False,
    ) -> Block[ClientSession]:
        """Open a session that the agent keeps; the conversation so far is in `session.replay`.

        Entering and leaving raise as `open_session` does, and LocalMisuse where the agent cannot load sessions.
        """
        self._need("loadSession", offered=self.agent_capabilities.load_session)
        request = v1.LoadSessionRequest(
            session_id=session_id,
            cwd=_absolute(cwd),
            mcp_servers=self._servers(mcp_servers),
            additional_directories=self._directories(additional_directories),
        )
        return self.sessions.open(request, session_id=session_id, keep=keep, attachments=attachments)

    def resume_session(
        self,
        session_id: str,
        cwd: StrPath,
        *,
        mcp_servers: Sequence[v1.McpServer] = (),
        additional_directories: Sequence[StrPath] = (),
        attachments: Sequence[Attachment] = (),
        keep: bool = False,
    ) -> Block[ClientSession]:
        """Open a session that the agent keeps, without its conversation.

        Entering and leaving raise as `open_session` does, and LocalMisuse where the agent cannot resume sessions.
        """
        self._need("sessionCapabilities.resume", offered=self._session_capabilities.resume is not None)
        request = v1.ResumeSessionRequest(
            session_id=session_id,
            cwd=_absolute(cwd),
            mcp_servers=self._servers(mcp_servers),
            additional_directories=self._directories(additional_directories),
        )
        return self.sessions.open(request, session_id=session_id, keep=keep, attachments=attachments)

    def attach(self, attachment: Attachment) -> Block[None]:
        """Give every session that is opened during an `async with` something besides, such as an MCP server.

        Sessions have it for as long as the block lasts; it is one thing that they share. Entering and leaving raise
        what the attachment raises. For one session alone there is `attachments=` of `open_session`.

        Example:
            async with agent.attach(server), agent.open_session("/work") as session:
                await session.ask("use it")
        """
        return self._attached.attach(attachment)

    async def list_sessions(self, cwd: StrPath | None = None) -> list[v1.SessionInfo]:
        """All sessions that the agent keeps, page by page to the last.

        Raises LocalMisuse where the agent lists none, PeerError, ConnectionLost. Checkpoints.
        """
        self._need("sessionCapabilities.list", offered=self._session_capabilities.list is not None)
        where = None if cwd is None else _absolute(cwd)
        found: list[v1.SessionInfo] = []
        page = await self.request(v1.ListSessionsRequest(cwd=where))
        found += page.sessions
        while page.next_cursor is not None:
            page = await self.request(v1.ListSessionsRequest(cwd=where, cursor=page.next_cursor))
            found += page.sessions
        return found

    async def delete_session(self, session_id: str) -> None:
        """Have the agent forget a session. Raises LocalMisuse where it cannot, PeerError. Checkpoints."""
        self._need("sessionCapabilities.delete", offered=self._session_capabilities.delete is not None)
        await self.request(v1.DeleteSessionRequest(session_id=session_id))

    # Authentication

    async def authenticate(self, method_id: str) -> None:
        """Authenticate by one of the agent's methods.

        Raises LocalMisuse for a method that it does not offer, or that runs in a terminal; PeerError if it refuses.
        Checkpoints.
        """
        method = next((method for method in self.auth_methods if getattr(method, "id", None) == method_id), None)
        if method is None:
            offered = ", ".join(str(getattr(method, "id", "?")) for method in self.auth_methods) or "none"
            raise LocalMisuse(f"the agent has no authentication method {method_id!r}; it has: {offered}")
        if isinstance(method, v1.AuthMethodTerminal):
            raise LocalMisuse(f"{method_id!r} runs the agent itself in a terminal; it cannot be asked for")
        await self.request(v1.AuthenticateRequest(method_id=method_id))

    async def logout(self) -> None:
        """End the authenticated state. Raises LocalMisuse where the agent cannot, PeerError. Checkpoints."""
        self._need("auth.logout", offered=self.agent_capabilities.auth.logout is not None)
        await self.request(v1.LogoutRequest())

    @property
    def _session_capabilities(self) -> v1.SessionCapabilities:
        return self.agent_capabilities.session_capabilities

    def _directories(self, directories: Sequence[StrPath]) -> list[str]:
        if directories:
            offered = self._session_capabilities.additional_directories is not None
            self._need("sessionCapabilities.additionalDirectories", offered=offered)
        return [_absolute(directory) for directory in directories]

    def _servers(self, servers: Sequence[v1.McpServer]) -> list[v1.McpServer]:
        offered = self.agent_capabilities.mcp_capabilities
        for server in servers:
            if isinstance(server, v1.McpServerHttp):
                self._need(f"mcpCapabilities.http, which the MCP server {server.name!r} wants", offered=offered.http)
            elif isinstance(server, v1.McpServerSse):
                self._need(f"mcpCapabilities.sse, which the MCP server {server.name!r} wants", offered=offered.sse)
        return list(servers)

    def _need(self, what: str, *, offered: bool) -> None:
        if not offered:
            raise LocalMisuse(f"the agent does not offer {what}")


def _absolute(path: StrPath) -> str:
    """The path as text. Raises LocalMisuse for a relative one: the agent would resolve it from somewhere else."""
    text = fspath(path)
    windows_drive = len(text) > 2 and text[1] == ":" and text[2] in "\\/"
    if not text.startswith(("/", "\\\\")) and not windows_drive:
        raise LocalMisuse(f"ACP wants absolute paths, not {text!r}")
    return text
