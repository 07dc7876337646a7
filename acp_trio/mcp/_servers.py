"""The MCP servers of one agent session: the block, and what an agent does with them.

Owns the nursery of the tasks that look after the servers, and which of them a qualified name means.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, final

import trio

from ..connection import GRACE, CarriedError, block, check_grace
from ..jsonrpc import LocalMisuse
from ..schema import v1
from ._board import Board
from ._errors import McpError, McpNotInstalled
from ._events import McpEvent, McpTools, OnProgress
from ._restart import RestartPolicy
from ._supervised import SupervisedServer
from ._surface import SEPARATOR, McpPrompt, McpPromptMessage, McpSnapshot, McpToolResult
from ._surroundings import OverAcp, Surroundings, TokenStorageOf


@final
class McpServers(McpTools):
    """The MCP servers of one agent session, from `connect_servers`. What happens at them is told by `events`."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __repr__(self) -> str:
        states = ", ".join(f"{server.name}: {server.status.state}" for server in self._board.servers)
        return f"<McpServers {states}>"

    @property
    def snapshot(self) -> McpSnapshot:
        """Everything the servers offer now, and how they are doing."""
        return self._board.snapshot

    def events(self) -> AsyncIterator[McpEvent]:
        """What happens, in order; it ends when the servers are left. One task iterates.

        Nobody who waits long misses a question; of states only the latest is told.
        """
        return self._board.events

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any], *, on_progress: OnProgress | None = None
    ) -> McpToolResult:
        """Call a tool by its qualified name. Checkpoints.

        A tool that failed gives a result that says so (`is_error`), for the model; so does one that wants the user to
        visit a page first, once the user has been asked. Cancelling it cancels the call at the server. Deadlines are
        the caller's.

        Args:
          name: as in `McpTool.name`.
          arguments: as the tool's schema wants them.
          on_progress: is awaited for each report, in order; what it raises ends the call and is raised here.

        Raises:
          McpError: the server refuses, breaks the protocol, or is gone; there is no such tool.
        """
        await trio.lowlevel.checkpoint()
        server = self._server_of_tool(name)
        return await server.connected().call_tool(name.removeprefix(server.name + SEPARATOR), arguments, on_progress)

    async def list_prompts(self) -> Sequence[McpPrompt]:
        """The prompts of all connected servers, in their order. A server that fails to tell has none. Checkpoints."""
        await trio.lowlevel.checkpoint()
        found: dict[SupervisedServer, Sequence[McpPrompt]] = {}

        async def ask(server: SupervisedServer) -> None:
            try:
                found[server] = await server.connected().list_prompts()
            except McpError:
                found[server] = ()

        async with trio.open_nursery() as nursery:
            for server in self._board.servers:
                nursery.start_soon(ask, server)
        return [prompt for server in self._board.servers for prompt in found[server]]

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> Sequence[McpPromptMessage]:
        """The messages of a prompt, by its qualified name. Checkpoints.

        Raises:
          McpError: the server refuses, breaks the protocol, or is gone.
        """
        await trio.lowlevel.checkpoint()
        server = _first(self._board.owners(name), name)
        return await server.connected().get_prompt(name.removeprefix(server.name + SEPARATOR), arguments)

    def authenticate(self, server: str) -> None:
        """Start to authenticate with a server that needs it. No checkpoint.

        The user is asked by an `Elicitation` to visit a page; how it went comes as events.

        Raises:
          LocalMisuse: there is no such server, or it does not need it.
        """
        for one in self._board.servers:
            if one.name == server:
                return one.authenticate()
        raise LocalMisuse(f"there is no MCP server {server!r}")

    def _server_of_tool(self, name: str) -> SupervisedServer:
        owners = self._board.owners(name)
        for server in owners:
            if any(tool.name == name for tool in server.tools):
                return server
        server = _first(owners, name)
        server.connected()
        raise McpError(f"the MCP server {server.name!r} has no tool {name.removeprefix(server.name + SEPARATOR)!r}")


def _first(owners: Sequence[SupervisedServer], name: str) -> SupervisedServer:
    if not owners:
        raise McpError(f"no MCP server has anything of the name {name!r}")
    return owners[0]


# Ctrl-C may only come where something is awaited, or the servers would never be left.
@block
@trio.lowlevel.enable_ki_protection
async def connect_servers(
    declarations: Sequence[v1.McpServer],
    *,
    cwd: str | os.PathLike[str] | None = None,
    restart: RestartPolicy | None = None,
    over_acp: OverAcp | None = None,
    token_storage: TokenStorageOf | None = None,
    sign_in_patience: float = 300.0,
    grace: float = GRACE,
) -> AsyncGenerator[McpServers]:
    """Connect to the MCP servers that a session names, for the time of a block.

    Entering waits for none of them: `session/new` is answered at once, and `ConnectionReady` comes as an event when
    each has been connected or has failed. A server that fails touches no other; it is tried again as `restart` says.
    Of two servers with the same name the second fails.

    Leaving closes every connection and ends every program with its process group, within `grace` seconds, whatever is
    cancelled around it; calls that still wait raise McpError, questions to the user are dismissed.

    Args:
      declarations: as they are in `session/new`.
      cwd: where programs are started, by default here. They inherit this process's environment.
      restart: by default `RestartPolicy()`.
      over_acp: makes the transport of servers of type `acp`; without it those fail.
      token_storage: gives, by a server's URL, where the official package keeps tokens; by default in memory.
      sign_in_patience: seconds in which a user must have authenticated, once asked.
      grace: seconds for leaving.

    Entering raises McpNotInstalled without the official package.

    Example:
        async with connect_servers(request.mcp_servers, cwd=request.cwd) as servers:
            async for event in servers.events():
                print(event)
    """
    check_grace(grace)
    if find_spec("mcp") is None:
        raise McpNotInstalled
    surroundings = Surroundings(
        cwd=cwd,
        grace=grace,
        over_acp=over_acp,
        token_storage=token_storage,
        sign_in_patience=sign_in_patience,
    )
    board = Board()
    for declaration in declarations:
        board.servers.append(SupervisedServer(declaration, surroundings, restart or RestartPolicy(), board))
    carried = CarriedError()
    async with trio.open_nursery(strict_exception_groups=True) as nursery:
        scope = trio.CancelScope(shield=True)
        nursery.start_soon(_look_after, board, scope)
        with carried:
            yield McpServers(board)
        board.close()
        for server in board.servers:
            server.leave()
        scope.deadline = trio.current_time() + grace
    carried.release()


async def _look_after(board: Board, scope: trio.CancelScope) -> None:
    """Run the servers' tasks, shielded: they leave politely whatever cancels the block."""
    names: set[str] = set()
    with scope:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            nursery.start_soon(board.tell_ready)
            for server in board.servers:
                if server.name in names:
                    server.refuse("another server of this session has the same name")
                else:
                    names.add(server.name)
                    nursery.start_soon(server.run, name=f"MCP server {server.name}")
