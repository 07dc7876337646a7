"""The agent of the Python SDK (`agent-client-protocol`), written as its documentation shows.

Owns the methods the workloads use; runs in an environment that holds the SDK and nothing of ours.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import asyncio
from typing import Any

import acp
from acp.schema import AgentCapabilities

from benchmarks.programs._payloads import ECHO, USAGE, parse_stream
from benchmarks.programs._usage import usage


class BenchAgent:
    """The SDK takes any object that has the methods; the others are then answered as not found."""

    def on_connect(self, conn: Any) -> None:
        """Keep the way to the client."""
        self._client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> Any:
        """Say hello."""
        return acp.InitializeResponse(protocol_version=protocol_version, agent_capabilities=AgentCapabilities())

    async def new_session(self, cwd: str, **_: Any) -> Any:
        """Open the only session."""
        return acp.NewSessionResponse(session_id="session-1")

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> Any:
        """Send the updates the prompt asks for."""
        count, size = parse_stream(prompt[0].text)
        text = "x" * size
        for _number in range(count):
            await self._client.session_update(session_id, acp.update_agent_message_text(text))
        return acp.PromptResponse(stop_reason="end_turn")

    async def ext_method(self, method: str, params: dict[str, Any]) -> Any:
        """Answer an extension request; the SDK has taken the underscore off its name."""
        if "_" + method == USAGE:
            return usage()
        assert "_" + method == ECHO, method
        return params


if __name__ == "__main__":
    asyncio.run(acp.run_agent(BenchAgent()))
