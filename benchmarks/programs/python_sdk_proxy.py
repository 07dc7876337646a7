"""A proxy that changes nothing, made of the Python SDK: `python_sdk_proxy.py AGENT ARG...`.

Owns an agent for whoever started it that is a client of the agent behind it. The SDK has no proxies, so each message is
decoded and encoded again. It adds what it has used to what the agent says that it has used.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

import acp

from benchmarks.programs._payloads import USAGE
from benchmarks.programs._usage import add_own


class Outwards:
    """The client of the agent: updates go to whoever started this program."""

    front: Any

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Pass one update on."""
        await self.front.session_update(session_id, update)


class Inwards:
    """The agent of whoever started this program: requests go to the agent behind it."""

    def __init__(self, back: Any, outwards: Outwards) -> None:
        self._back = back
        self._outwards = outwards

    def on_connect(self, conn: Any) -> None:
        """Keep the way to the client."""
        self._outwards.front = conn

    async def initialize(self, protocol_version: int, **_: Any) -> Any:
        """Pass it on."""
        return await self._back.initialize(protocol_version=protocol_version)

    async def new_session(self, cwd: str, **_: Any) -> Any:
        """Pass it on."""
        return await self._back.new_session(cwd=cwd, mcp_servers=[])

    async def close_session(self, session_id: str, **_: Any) -> Any:
        """Pass it on."""
        return await self._back.close_session(session_id)

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> Any:
        """Pass it on; the SDK returns when all updates were."""
        return await self._back.prompt(session_id=session_id, prompt=prompt)

    async def ext_method(self, method: str, params: dict[str, Any]) -> Any:
        """Pass it on; the SDK has taken the underscore off its name, and puts it back."""
        answer = await self._back.ext_method(method, params)
        return add_own(answer) if "_" + method == USAGE else answer


async def main(command: Sequence[str]) -> None:
    """Stand between the two until the client goes away."""
    outwards = Outwards()
    async with acp.spawn_agent_process(
        outwards, *command, env=dict(os.environ), transport_kwargs={"stderr": None}, use_unstable_protocol=True
    ) as (
        back,
        _,
    ):
        await acp.run_agent(Inwards(back, outwards), use_unstable_protocol=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
