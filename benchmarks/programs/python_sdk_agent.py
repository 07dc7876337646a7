"""The agent of the Python SDK (`agent-client-protocol`), written as its documentation shows.

Owns the methods the workloads use; runs in an environment that holds the SDK and nothing of ours.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import asyncio
from typing import Any

import acp
from acp.schema import (
    AgentCapabilities,
    AgentMessageChunk,
    CloseSessionResponse,
    SessionCapabilities,
    SessionCloseCapabilities,
    TextContentBlock,
)

from benchmarks.programs._payloads import ECHO, USAGE, parse_stream
from benchmarks.programs._usage import usage

_CAPABILITIES = AgentCapabilities(session_capabilities=SessionCapabilities(close=SessionCloseCapabilities()))


class BenchAgent:
    """The SDK takes any object that has the methods; the others are then answered as not found."""

    _sessions = 0

    def on_connect(self, conn: Any) -> None:
        """Keep the way to the client."""
        self._client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> Any:
        """Say hello."""
        return acp.InitializeResponse(protocol_version=protocol_version, agent_capabilities=_CAPABILITIES)

    async def new_session(self, cwd: str, **_: Any) -> Any:
        """Open a session: to the SDK it is an id."""
        self._sessions += 1
        return acp.NewSessionResponse(session_id=f"session-{self._sessions}")

    async def close_session(self, session_id: str, **_: Any) -> Any:
        """Close one: there is nothing to forget."""
        return CloseSessionResponse()

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> Any:
        """Send the updates the prompt asks for."""
        count, size = parse_stream(prompt[0].text)
        text = "x" * size
        for _number in range(count):
            content = TextContentBlock(type="text", text=text)
            update = AgentMessageChunk(session_update="agent_message_chunk", content=content)
            await self._client.session_update(session_id, update)
        return acp.PromptResponse(stop_reason="end_turn")

    async def ext_method(self, method: str, params: dict[str, Any]) -> Any:
        """Answer an extension request; the SDK has taken the underscore off its name."""
        if "_" + method == USAGE:
            return usage()
        assert "_" + method == ECHO, method
        return params


if __name__ == "__main__":
    # `session/close` was unstable to the SDK until 1.0.
    asyncio.run(acp.run_agent(BenchAgent(), use_unstable_protocol=True))
