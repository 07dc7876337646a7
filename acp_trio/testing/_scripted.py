"""A peer that does what the test says, byte by byte if it must: for everything a well-behaved peer never does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, final

from ..jsonrpc import LocalMisuse, as_object, dumps, loads
from ..transports import Link, Transport, memory_pair


@final
class ScriptedPeer:
    """The other end of a connection under test. It answers nothing by itself."""

    def __init__(self, link: Link, stack: AsyncExitStack) -> None:
        self._link = link
        self._stack = stack
        self._rest = b""

    async def send(self, *messages: dict[str, Any]) -> None:
        """Send messages in one write; `jsonrpc` is added. Checkpoints."""
        await self.send_bytes(b"".join(dumps({"jsonrpc": "2.0", **message}) + b"\n" for message in messages))

    async def send_bytes(self, data: bytes) -> None:
        """Send these very bytes. Checkpoints."""
        await self._link.write(data)

    async def respond(self, request: dict[str, Any], result: Any) -> None:
        """Answer a request that was received. Checkpoints."""
        await self.send({"id": request["id"], "result": result})

    async def refuse(self, request: dict[str, Any], code: int, message: str, data: Any = None) -> None:
        """Answer a request that was received with an error. Checkpoints."""
        await self.send({"id": request["id"], "error": {"code": code, "message": message, "data": data}})

    async def receive(self) -> Any:
        """Wait for the next message and return it decoded, or None at the end of the stream. Checkpoints."""
        while b"\n" not in self._rest:
            chunk = await self._link.receive()
            if not chunk:
                return None
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        return loads(line)

    async def expect(self, method: str) -> dict[str, Any]:
        """Wait for the next message, which must be of this method, and return it. Checkpoints.

        Raises AssertionError for any other.
        """
        message = as_object(await self.receive())
        if message is None or message.get("method") != method:
            raise AssertionError(f"expected {method}, received {message!r}")
        return message

    async def answer_initialize(self, **capabilities: Any) -> None:
        """Play the agent of a handshake: take `initialize` and answer version 1. Checkpoints."""
        request = await self.expect("initialize")
        await self.respond(request, {"protocolVersion": 1, "agentCapabilities": capabilities})

    async def answer_new_session(self, session_id: str) -> None:
        """Play the agent that opens a session. Checkpoints."""
        await self.respond(await self.expect("session/new"), {"sessionId": session_id})

    async def initialize(self, **capabilities: Any) -> dict[str, Any]:
        """Play the client of a handshake and return the agent's answer. Checkpoints."""
        params = {"protocolVersion": 1, "clientCapabilities": capabilities}
        await self.send({"id": "initialize", "method": "initialize", "params": params})
        answer = as_object(await self.receive())
        if answer is None:
            raise LocalMisuse("the agent ended before it answered initialize")
        return answer

    async def hang_up(self) -> None:
        """End the connection. Checkpoints."""
        await self._stack.aclose()


@asynccontextmanager
async def scripted_peer() -> AsyncGenerator[tuple[ScriptedPeer, Transport]]:
    """Make a scripted peer and the transport that reaches it, for the time of a block. Works under a MockClock.

    Example:
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(agent.answer_initialize)
            async with client.connect(transport) as connection:
                ...
    """
    ours, theirs = memory_pair()
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(theirs.open())
        yield ScriptedPeer(link, stack), ours
