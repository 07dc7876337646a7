"""How a session gets its agents running.

Owns the interface that tests replace, and the way that is meant for use: an agent with real MCP servers.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import Protocol, final

import attrs

from ..connection import Block, block
from ..mcp import RestartPolicy, TokenStorageOf, connect_servers, over_acp
from ..schema import v1
from ..session import AgentSession
from ._conversation import Entry
from ._relay import Relay
from ._runtime import AgentSpec, Runtime, open_runtime


class RuntimeFactory(Protocol):
    """Opens agents for a session.

    Example:
        class Fakes:
            mcp_capabilities = v1.McpCapabilities()

            def open(self, spec, *, session, relay, history):
                return open_runtime(spec, relay=relay, mcp=FakeServers(), history=history)
    """

    @property
    def mcp_capabilities(self) -> v1.McpCapabilities:
        """Which MCP transports its agents reach besides stdio."""
        ...

    def open(
        self, spec: AgentSpec, *, session: AgentSession, relay: Relay, history: Sequence[Entry]
    ) -> AbstractAsyncContextManager[Runtime]:
        """Run an agent for the time of a block. What entering raises refuses what it was opened for."""
        ...


@final
@attrs.frozen(kw_only=True)
class McpRuntimes:
    """Agents with the MCP servers that the client names and those of their own.

    The servers connect while the agent runs already: what they offer comes as events. An agent whose session names
    servers cannot be opened without the `mcp` package: that raises McpNotInstalled.

    Attributes:
      restart: what becomes of a server that failed.
      token_storage: gives, by a server's URL, where the `mcp` package keeps tokens; by default in memory.
    """

    restart: RestartPolicy = attrs.field(factory=RestartPolicy)
    token_storage: TokenStorageOf | None = None

    @property
    def mcp_capabilities(self) -> v1.McpCapabilities:
        """All that there are; none without the `mcp` package."""
        reachable = find_spec("mcp") is not None
        return v1.McpCapabilities(http=reachable, sse=reachable, extras={"acp": True} if reachable else {})

    def open(self, spec: AgentSpec, *, session: AgentSession, relay: Relay, history: Sequence[Entry]) -> Block[Runtime]:
        """See `RuntimeFactory.open`."""
        servers = [*session.mcp_servers, *spec.mcp_servers]
        if not servers:
            return open_runtime(spec, relay=relay, history=history)
        return _runtime_with_servers(self, servers, spec, session, relay, history)


@block
async def _runtime_with_servers(  # noqa: PLR0917  # each by its name, once, just above
    factory: McpRuntimes,
    servers: Sequence[v1.McpServer],
    spec: AgentSpec,
    session: AgentSession,
    relay: Relay,
    history: Sequence[Entry],
) -> AsyncGenerator[Runtime]:
    connecting = connect_servers(
        servers,
        cwd=session.cwd,
        restart=factory.restart,
        token_storage=factory.token_storage,
        over_acp=over_acp(session.connection),
    )
    async with connecting as mcp, open_runtime(spec, relay=relay, mcp=mcp, history=history) as runtime:
        yield runtime
