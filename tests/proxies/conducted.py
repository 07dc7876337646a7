"""A proxy under test with a conductor played by the test: what it hears from either side, what it says to them.

Owns the envelope: `_client` messages are plain, `_agent` ones are wrapped as the peer of a proxy wraps them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio

from acp_trio import Proxy, ProxyConnection
from acp_trio.testing import ScriptedPeer, scripted_peer

DEADLINE = 60.0
INITIALIZE = {"protocolVersion": 1, "clientCapabilities": {}}
INITIALIZED = {"protocolVersion": 1, "agentCapabilities": {"sessionCapabilities": {"close": {}}}}
NEW = {"cwd": "/w", "mcpServers": []}


class PlayedConductor:
    """Both peers of a proxy, at the other end of its one connection."""

    def __init__(self, peer: ScriptedPeer, prefix: str) -> None:
        self.wire = peer
        self.prefix = prefix

    async def from_client(self, *messages: dict[str, Any]) -> None:
        """Send messages of the client, in one write."""
        await self.wire.send(*messages)

    async def from_agent(self, *messages: dict[str, Any]) -> None:
        """Send messages of the agent, in one write."""
        await self.wire.send(*[self.wrapped(message) for message in messages])

    def wrapped(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message of the agent, or for it, on the wire; an answer is not wrapped."""
        if "method" not in message:
            return message
        inner = {name: message[name] for name in ("method", "params") if name in message}
        outer = {name: message[name] for name in ("id",) if name in message}
        return {**outer, "method": f"{self.prefix}successor", "params": inner}

    async def heard(self) -> tuple[str, dict[str, Any]]:
        """The next message of the proxy, unwrapped, and for whom it is: `client`, `agent`, or `answer`."""
        message = await self.wire.receive()
        message.pop("jsonrpc")
        if message.get("method") == f"{self.prefix}successor":
            inner = message.pop("params")
            return "agent", {**message, **inner}
        return ("client" if "method" in message else "answer"), message

    async def initialize(self) -> None:
        """Initialize the proxy, as its conductor and as its agent."""
        await self.from_client({"id": "init", "method": f"{self.prefix}initialize", "params": INITIALIZE})
        whom, request = await self.heard()
        assert (whom, request["method"], request["params"]) == ("agent", "initialize", INITIALIZE)
        await self.wire.respond(request, INITIALIZED)
        assert await self.heard() == ("answer", {"id": "init", "result": INITIALIZED})


@asynccontextmanager
async def conducted(proxy: Proxy, prefix: str = "_proxy/") -> AsyncGenerator[tuple[PlayedConductor, ProxyConnection]]:
    """A proxy that was initialized."""
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), proxy.connect(transport) as connection:
            conductor = PlayedConductor(peer, prefix)
            await conductor.initialize()
            yield conductor, connection
