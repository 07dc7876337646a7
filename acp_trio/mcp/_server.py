"""An MCP server written in Python, next to the state that its tools are about.

Owns what it offers: tools, prompts, and which of the tools are enabled. How it is reached, the agent decides: inside of
ACP, by HTTP on this machine, or, where it is a program of its own, by its standard streams.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self, TypeVar, final, overload

import trio

from ..connection import Block, Connection, block
from ..jsonrpc import LocalMisuse
from ..roles import ClientConnection, ProxyConnection
from ..schema import v1
from ._call import Origin
from ._enabled import EnabledTools
from ._errors import McpNotInstalled
from ._over_acp_messages import takes_acp
from ._serves import Serves

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.prompts import Prompt
    from mcp.server.mcpserver.tools import Tool

F = TypeVar("F", bound=Callable[..., Any])


@final
class McpServer:
    """An MCP server whose tools are functions of this program.

    It is an attachment: a session that is opened with it can call the tools for as long as its block lasts, and what
    they close over is the state of that block. Needs the extra: `pip install 'acp_trio[mcp]'`.

    Args:
      name: what it is declared as.
      version: told to agents.
      instructions: what the model should know to use it.

    Raises McpNotInstalled.

    Example:
        notes: list[str] = []
        server = McpServer("notes", instructions="Keep what is worth remembering.")

        @server.tool
        async def remember(text: str) -> int:
            '''Remember a text; returns how many there are.'''
            notes.append(text)
            return len(notes)

        async with agent.open_session("/work", attachments=[server]) as session:
            await session.ask("Read README.md and remember what it is about.")
        print(notes)
    """

    def __init__(self, name: str, *, version: str = "0", instructions: str | None = None) -> None:
        _check_installed()
        self.name: str = name
        self.version: str = version
        self.instructions: str | None = instructions
        self._tools: dict[str, Tool] = {}
        self._prompts: dict[str, Prompt] = {}
        self._enabled = EnabledTools()
        self._foreign: Server[Any] | None = None

    def __repr__(self) -> str:
        return f"<McpServer {self.name!r}>"

    @classmethod
    def from_mcp(cls, server: MCPServer | Server[Any], *, name: str | None = None) -> Self:
        """Attach a server of the official package as it is.

        Its tools, and which there are, are its own affair. Each attachment begins and ends its lifespan.

        Args:
          server: theirs.
          name: what it is declared as, in place of its own name.
        """
        from mcp.server.mcpserver import MCPServer  # an extra, and slow to import

        # The package has no public way to a server's inner one.
        lowlevel = server._lowlevel_server if isinstance(server, MCPServer) else server
        wrapped = cls(name or lowlevel.name)
        wrapped._foreign = lowlevel
        return wrapped

    # What it offers

    @overload
    def tool(self, function: F, /) -> F: ...
    @overload
    def tool(
        self,
        /,
        *,
        name: str | None = ...,
        title: str | None = ...,
        description: str | None = ...,
        concurrent: bool = ...,
    ) -> Callable[[F], F]: ...

    def tool(
        self,
        function: F | None = None,
        /,
        *,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        concurrent: bool = False,
    ) -> F | Callable[[F], F]:
        """Register a function as a tool.

        The official package makes its schema of the annotations, its description of the docstring, and its result of
        what is returned: text, numbers, dicts and lists, dataclasses and pydantic models, content blocks. A parameter
        annotated `McpCall` is told about the call. A plain function runs in the trio thread, as an async one does: what
        takes long belongs in `trio.to_thread.run_sync`.

        A `ToolError` is told to the model; any other exception is logged, and the model told which tool failed. An
        agent that cancels a call cancels the function.

        Args:
          function: it, where the decorator has no arguments.
          name: in place of the function's own.
          title: for people.
          description: for the model, in place of the docstring.
          concurrent: let calls overlap. Otherwise one runs at a time, and others wait in order.

        Raises TypeError for a function that no schema can be made for, LocalMisuse for a name that is taken and for a
        server that was made by `from_mcp`.

        Example:
            @server.tool(concurrent=True)
            async def fetch(url: str, call: McpCall) -> str:
                await call.report_progress(1, 3)
                ...
        """

        def register(function: F) -> F:
            from ._functions import make_tool  # the mcp package is slow to import

            self._check_own()
            tool = make_tool(function, name=name, title=title, description=description, concurrent=concurrent)
            if tool.name in self._tools:
                raise LocalMisuse(f"{self!r} has a tool {tool.name!r} already")
            self._tools[tool.name] = tool
            self._enabled.changed()
            return function

        return register if function is None else register(function)

    @overload
    def prompt(self, function: F, /) -> F: ...
    @overload
    def prompt(
        self, /, *, name: str | None = ..., title: str | None = ..., description: str | None = ...
    ) -> Callable[[F], F]: ...

    def prompt(
        self,
        function: F | None = None,
        /,
        *,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
    ) -> F | Callable[[F], F]:
        """Register a function that makes a prompt: it returns text, or messages of the official package.

        Arguments and errors are as for `tool`. Prompts are registered before the server is attached.
        """

        def register(function: F) -> F:
            from ._functions import make_prompt  # the mcp package is slow to import

            self._check_own()
            prompt = make_prompt(function, name=name, title=title, description=description)
            if prompt.name in self._prompts:
                raise LocalMisuse(f"{self!r} has a prompt {prompt.name!r} already")
            self._prompts[prompt.name] = prompt
            return function

        return register if function is None else register(function)

    # Which tools there are now

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that are enabled, in the order of their registration."""
        return tuple(name for name in self._tools if name in self._enabled)

    def disable(self, *names: str) -> None:
        """Hide tools: they are not listed, and a call is refused. Calls that run go on. Connected agents are told."""
        self._check_own()
        self._enabled.disable(self._known(names))

    def enable(self, *names: str) -> None:
        """Undo `disable`; where only some tools are allowed, allow these, too. Connected agents are told."""
        self._check_own()
        self._enabled.enable(self._known(names))

    def allow_only(self, *names: str) -> None:
        """Hide all other tools, those that are registered later among them. Connected agents are told."""
        self._check_own()
        self._enabled.allow_only(self._known(names))

    def allow_all(self) -> None:
        """Undo `allow_only`. What was disabled by name stays so. Connected agents are told."""
        self._check_own()
        self._enabled.allow_only(None)

    # How it is reached

    def attach(self, connection: Connection, /) -> Block[v1.McpServer]:
        """Serve the agent at the other end of a connection in an `async with`; gives what its setup request declares.

        `open_session(..., attachments=[server])` calls it for one session, `connection.attach(server)` for all. An
        agent that advertises `mcpCapabilities.acp` gets a server inside of ACP, one that advertises `http` a listener
        on the loopback interface behind a secret path and token. Leaving the block cancels the calls that run.

        Raises LocalMisuse on a connection to no agent, and for an agent that takes neither: it could only start a
        program, and the functions of this one are out of its reach.
        """
        return _attached(self, connection)

    async def serve_stdio(self) -> None:
        """Be a program of its own: serve one client on standard input and output until it ends. Checkpoints."""
        from mcp.server.stdio import stdio_server  # the mcp package is slow to import

        serving = self.serving(Origin(reached="stdio"))
        async with stdio_server() as streams, trio.open_nursery() as nursery:
            nursery.start_soon(serving.announce)
            read, write = streams
            await serving.lowlevel.run(read, write, serving.lowlevel.create_initialization_options())
            nursery.cancel_scope.cancel("the client has ended")

    def serving(self, origin: Origin, /) -> Serves:
        """For the ways to reach it: serve the calls that come from there."""
        from ._lowlevel import Foreign, Serving  # the mcp package is slow to import

        if self._foreign is not None:
            return Foreign(self._foreign)
        return Serving(
            name=self.name,
            version=self.version,
            instructions=self.instructions,
            tools=self._tools,
            prompts=self._prompts,
            enabled=self._enabled,
            origin=origin,
        )

    def _known(self, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in self._tools]
        if unknown:
            raise LocalMisuse(f"{self!r} has no tool {unknown[0]!r}")
        return names

    def _check_own(self) -> None:
        if self._foreign is not None:
            raise LocalMisuse(f"what {self!r} offers is said at the server that it was made from")


@block
async def _attached(server: McpServer, connection: Connection) -> AsyncGenerator[v1.McpServer]:
    async with _way_to(server, connection) as declaration:
        yield declaration


def _way_to(server: McpServer, connection: Connection) -> AbstractAsyncContextManager[v1.McpServer]:
    if not isinstance(connection, ClientConnection | ProxyConnection):
        raise LocalMisuse(f"{server!r} is attached to a connection to an agent, not to {connection!r}")
    offered = connection.agent_capabilities.mcp_capabilities
    if takes_acp(offered):
        from ._over_acp_provider import provided_over_acp  # the mcp package is slow to import

        return provided_over_acp(server, connection)
    if offered.http:
        from ._bridge import bridged  # as above

        return bridged(server, connection)
    raise LocalMisuse(
        f"the agent takes MCP servers neither inside of ACP nor by HTTP: it would start a program, "
        f"and {server!r} is functions of this one"
    )


def _check_installed() -> None:
    if find_spec("mcp") is None or find_spec("hypercorn") is None:
        raise McpNotInstalled
