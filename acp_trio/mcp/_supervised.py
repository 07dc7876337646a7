"""One server and the task that looks after it: connected, tried again, authenticated, left.

Owns how it is doing, and what it offers, from entering the block to leaving it. Its failures end here: they become a
status with a reason, and touch no other server.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeGuard

import trio

from ..jsonrpc import LocalMisuse
from ..schema import v1
from ._asking import Asking
from ._board import Board
from ._ending import Ending
from ._errors import McpError
from ._events import AuthenticationFailed, InstructionsChanged, PromptsChanged
from ._restart import Attempts, RestartPolicy
from ._surface import McpServerState, McpServerStatus, McpTool
from ._surroundings import Surroundings

if TYPE_CHECKING:  # see _import_package
    import httpx2

    from ._live import LiveServer
    from ._oauth import Authentication

_MODULES = ("_live", "_transports", "_oauth")
"""Those that import the official package."""

_logger = logging.getLogger("acp_trio.mcp")


class SupervisedServer:
    """A server of a block.

    Attributes:
      name: as declared.
      status: how it is doing.
      tools: what it offers while it is connected.
      instructions: what it wants the model to know while it is connected.
      live: the connection, while there is one.
      settled: is set once it has been connected or has failed for the first time.
    """

    def __init__(
        self, declaration: v1.McpServer, surroundings: Surroundings, restart: RestartPolicy, board: Board
    ) -> None:
        self.name: str = name_of(declaration)
        self.status: McpServerStatus = McpServerStatus(name=self.name, state="connecting")
        self.tools: Sequence[McpTool] = ()
        self.instructions: str | None = None
        self.live: LiveServer | None = None
        self.settled: trio.Event = trio.Event()
        self._declaration = declaration
        self._surroundings = surroundings
        self._attempts = Attempts(restart)
        self._board = board
        self._asking = Asking(self.name, board.events)
        self._authentication: Authentication | None = None
        self._user_is_there = trio.Event()
        self._ending = Ending(declaration)
        self._up_since: float | None = None
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Look after it until it is left, or failed for good."""
        try:
            with self._scope:
                while (again := await self._serve()) is not None:
                    await trio.sleep(again)
                    self._set_state("connecting")
        finally:
            self.settled.set()

    def refuse(self, reason: str) -> None:
        """Never connect it."""
        self._set_state("failed", reason)

    def leave(self) -> None:
        """Close the connection, if there is one, and end the task. No checkpoint."""
        if self.live is None:
            self._scope.cancel("the MCP servers are left")
        else:
            self._ending.tell("the MCP servers are left", is_final=True)

    def connected(self) -> LiveServer:
        """The connection. Raises McpError if there is none."""
        if self.live is None:
            why = f": {self.status.reason}" if self.status.reason else ""
            raise McpError(f"the MCP server {self.name!r} is not connected, but {self.status.state}{why}")
        return self.live

    def authenticate(self) -> None:
        """Let the task authenticate with it."""
        if self.status.state != "needs_authentication":
            raise LocalMisuse(f"the MCP server {self.name!r} needs no authentication, it is {self.status.state}")
        self._set_state("authenticating")
        self._user_is_there.set()

    async def _serve(self) -> float | None:
        """Connect it and wait for the end. Returns seconds until it is tried again, None for never."""
        while (ending := await self._one_connection()).needs_user:
            self._set_state("needs_authentication", ending.reason)
            await self._authenticate_when_asked()
        self._set_state("failed", ending.reason)
        return None if ending.is_final else self._attempts.delay_after(self._seconds_up())

    async def _one_connection(self) -> Ending:
        ending = self._ending = Ending(self._declaration)
        self._up_since = None
        try:
            if f"{__package__}.{_MODULES[-1]}" not in sys.modules:
                await trio.to_thread.run_sync(_import_package)
            await self._connect_and_stay(ending)
        except Exception as error:  # noqa: BLE001 -- whatever the package and its transports raise ends here
            ending.tell(ending.explain(error))
            _logger.debug("the connection to the MCP server %r ended: %s", self.name, ending.reason)
        except BaseExceptionGroup as group:
            # Failures beside a cancellation: only that must go on.
            _, rest = group.split(Exception)
            assert rest is not None
            raise rest from None
        finally:
            self._go_down()
        return ending

    async def _connect_and_stay(self, ending: Ending) -> None:
        from ._live import live_server  # see _import_package
        from ._transports import transport_to

        sign_in = self._sign_in()
        auth = sign_in.gate(ending) if sign_in is not None else None
        transport = transport_to(self._declaration, self._surroundings, auth, ending)
        async with live_server(self.name, transport, self._asking, ending) as live:
            self._come_up(live, await live.list_tools())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(live.listen)
                nursery.start_soon(self._follow, live)
                await ending.happened.wait()
                nursery.cancel_scope.cancel("the connection has ended")

    async def _follow(self, live: LiveServer) -> None:
        """Keep the list of tools as the server says it is."""
        while True:
            if await live.wait_changed():
                self._board.tell(PromptsChanged())
            try:
                tools = await live.list_tools()
            except McpError as error:
                _logger.warning("%s", error)
                continue
            if tools != self.tools:
                self.tools = tools
                self._board.tell_tools()

    def _come_up(self, live: LiveServer, tools: Sequence[McpTool]) -> None:
        self._up_since = trio.current_time()
        self.live = live
        self.tools = tools
        self.instructions = live.instructions
        self._set_state("connected")
        if self.instructions is not None:
            self._board.tell(InstructionsChanged(self.name, self.instructions))
        if tools:
            self._board.tell_tools()

    def _go_down(self) -> None:
        self._asking.release()
        self.live = None
        had_tools, self.tools = bool(self.tools), ()
        had_instructions, self.instructions = self.instructions is not None, None
        if had_instructions:
            self._board.tell(InstructionsChanged(self.name, None))
        if had_tools:
            self._board.tell_tools()

    def _seconds_up(self) -> float:
        return 0.0 if self._up_since is None else trio.current_time() - self._up_since

    def _set_state(self, state: McpServerState, reason: str = "") -> None:
        self.status = McpServerStatus(name=self.name, state=state, reason=reason)
        self._board.tell_statuses()
        if state not in {"connecting", "authenticating"}:
            self.settled.set()

    def _sign_in(self) -> Authentication | None:
        """How a user authenticates with a server over HTTP; None if the client gave it credentials."""
        if self._authentication is None and _may_sign_in(self._declaration):
            from ._oauth import Authentication  # see _import_package

            self._authentication = Authentication(self._declaration.url, self._surroundings, self._asking)
        return self._authentication

    async def _authenticate_when_asked(self) -> None:
        """Wait for the user, as often as it takes, until the server has been authenticated with."""
        while True:
            await self._user_is_there.wait()
            self._user_is_there = trio.Event()
            sign_in = self._sign_in()
            assert sign_in is not None  # or nothing would have asked for a user
            failure = await sign_in.run(self._connect_once)
            if failure is None:
                return
            reason = self._ending.clean(failure)
            self._board.tell(AuthenticationFailed(self.name, reason))
            self._set_state("needs_authentication", reason)

    async def _connect_once(self, auth: httpx2.Auth) -> None:
        """Make the server ask for authentication, with somebody there to answer."""
        from ._live import live_server  # see _import_package
        from ._transports import transport_to

        ending = Ending(self._declaration)
        transport = transport_to(self._declaration, self._surroundings, auth, ending)
        async with live_server(self.name, transport, self._asking, ending):
            pass


def name_of(declaration: v1.McpServer) -> str:
    """What the client calls a server, whatever its type."""
    if isinstance(declaration, v1.UnknownMcpServer):
        return str(declaration.extras.get("name", declaration.tag))
    return declaration.name


def _may_sign_in(declaration: v1.McpServer) -> TypeGuard[v1.McpServerHttp | v1.McpServerSse]:
    return isinstance(declaration, v1.McpServerHttp | v1.McpServerSse) and not any(
        header.name.lower() == "authorization" for header in declaration.headers
    )


def _import_package() -> None:
    """Import what imports the official package: most of a second, in which the event loop has other things to do."""
    for module in _MODULES:
        import_module(f"{__package__}.{module}")
