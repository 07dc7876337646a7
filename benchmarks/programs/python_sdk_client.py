"""The client of the Python SDK (`agent-client-protocol`), written as its documentation shows.

Owns the SDK's side of the workloads; runs in an environment that holds the SDK and nothing of ours.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import acp
from acp.schema import TextContentBlock

from benchmarks.programs._client import Params, Task, measure, print_report
from benchmarks.programs._payloads import ECHO, USAGE
from benchmarks.programs._usage import Usage


class BenchClient:
    """Counts the text of updates by session: the SDK hands them to the client, not to the turn."""

    def __init__(self) -> None:
        self.characters: defaultdict[str, int] = defaultdict(int)

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Take one typed update."""
        self.characters[session_id] += len(update.content.text)


class SdkSession:
    """A session by its id."""

    def __init__(self, connection: Any, client: BenchClient, session_id: str) -> None:
        self._connection = connection
        self._client = client
        self._session_id = session_id

    async def prompt(self, text: str) -> int:
        """Run one turn: the SDK returns when the handlers of all its updates are done."""
        self._client.characters[self._session_id] = 0
        await self._connection.prompt(session_id=self._session_id, prompt=[TextContentBlock(type="text", text=text)])
        return self._client.characters[self._session_id]

    async def close(self) -> None:
        """Send `session/close`."""
        await self._connection.close_session(self._session_id)
        del self._client.characters[self._session_id]


class SdkPeer:
    """An initialized agent."""

    def __init__(self, connection: Any, client: BenchClient) -> None:
        self._connection = connection
        self._client = client

    async def echo(self, params: Params) -> Any:
        """Send one request and wait for its answer; the SDK puts the underscore on its name."""
        return await self._connection.ext_method(ECHO[1:], params)

    async def echo_all(self, many: Sequence[Params]) -> list[Any]:
        """Send each request from a task of its own: the SDK has no other way to keep many outstanding."""
        return await asyncio.gather(*(self.echo(params) for params in many))

    async def usage(self) -> Usage:
        """Ask the agent what it has used."""
        result: Usage = await self._connection.ext_method(USAGE[1:], {})
        return result

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator[SdkSession]:
        """Send `session/new`, and `session/close` in the end."""
        session = await self._connection.new_session(cwd="/", mcp_servers=[])
        self._client.characters[session.session_id] = 0
        opened = SdkSession(self._connection, self._client, session.session_id)
        yield opened
        await opened.close()

    @asynccontextmanager
    async def open_sessions(self, count: int) -> AsyncIterator[list[SdkSession]]:
        """Open many: to the SDK a session is an id."""
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.open_session()) for _ in range(count)]

    async def prompt_all(self, sessions: Sequence[SdkSession], text: str) -> list[int]:
        """Run a turn in each, a task each."""
        return await asyncio.gather(*(session.prompt(text) for session in sessions))


@asynccontextmanager
async def connect(command: Sequence[str]) -> AsyncIterator[SdkPeer]:
    """Start an agent as the SDK does, initialize it, and let the SDK end it."""
    client = BenchClient()
    # The agent's standard error goes to ours: nobody would drain the pipe that is the SDK's default.
    async with acp.spawn_agent_process(
        client, *command, env=dict(os.environ), transport_kwargs={"stderr": None}, use_unstable_protocol=True
    ) as (
        connection,
        _,
    ):
        await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        yield SdkPeer(connection, client)


if __name__ == "__main__":
    print_report(asyncio.run(measure(Task.from_arguments(), connect)))
