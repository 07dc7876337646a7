"""How often, and after how long, a server that failed is tried again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from mcp.client._memory import InMemoryTransport
from mcp.client._transport import TransportStreams
from mcp.server.mcpserver import MCPServer

# What is imported when the first server is connected, by a thread, for which no test's clock waits.
from acp_trio.mcp import RestartPolicy, _live, _oauth, _transports, connect_servers  # noqa: F401

from .served import over_acp, ready


class Unreliable:
    """A server that ends when it is told to, and notes when it was started."""

    def __init__(self) -> None:
        self.server = MCPServer("unreliable")
        self.starts: list[float] = []
        self._write: Any = None

    @asynccontextmanager
    async def connect(self, _server: str) -> AsyncGenerator[TransportStreams]:
        self.starts.append(trio.current_time())
        async with InMemoryTransport(self.server) as (read, self._write):
            yield read, self._write

    async def end(self) -> None:
        await self._write.aclose()


async def lives(server: Unreliable, seconds: float) -> None:
    await trio.sleep(seconds)
    await server.end()
    await trio.testing.wait_all_tasks_blocked()


async def test_each_attempt_waits_longer_and_the_last_one_is_the_last(autojump_clock: trio.testing.MockClock) -> None:
    server = Unreliable()
    policy = RestartPolicy(attempts=3, delay=1, factor=3)
    async with connect_servers(over_acp("a"), over_acp=server.connect, restart=policy) as servers:
        await ready(servers)
        for _ in range(4):
            await lives(server, 0)
            await trio.sleep(20)
        assert servers.snapshot.statuses[0].reason == "the server has closed the connection"
        start = server.starts[0]
        assert [when - start for when in server.starts] == [0, 1, 20 + 3, 40 + 9]
        assert servers.snapshot.statuses[0].state == "failed"


async def test_a_connection_that_lasted_starts_the_count_anew(autojump_clock: trio.testing.MockClock) -> None:
    server = Unreliable()
    policy = RestartPolicy(attempts=1, delay=1, stable=60)
    async with connect_servers(over_acp("a"), over_acp=server.connect, restart=policy) as servers:
        await ready(servers)
        for _ in range(3):
            await lives(server, 61)
            await trio.sleep(2)
        assert len(server.starts) == 4
        await lives(server, 30)
        await trio.sleep(1000)
        assert len(server.starts) == 4
        assert servers.snapshot.statuses[0].state == "failed"


async def test_no_attempts_are_none(autojump_clock: trio.testing.MockClock) -> None:
    server = Unreliable()
    policy = RestartPolicy(attempts=0)
    async with connect_servers(over_acp("a"), over_acp=server.connect, restart=policy) as servers:
        await ready(servers)
        await lives(server, 0)
        await trio.sleep(1000)
        assert len(server.starts) == 1


async def test_leaving_does_not_wait_for_the_next_attempt(autojump_clock: trio.testing.MockClock) -> None:
    server = Unreliable()
    policy = RestartPolicy(delay=1000)
    async with connect_servers(over_acp("a"), over_acp=server.connect, restart=policy) as servers:
        await ready(servers)
        await lives(server, 0)
        before = trio.current_time()
    assert trio.current_time() == before


@pytest.mark.parametrize(
    "wrong", [{"attempts": -1}, {"delay": float("inf")}, {"factor": -2.0}, {"stable": float("nan")}]
)
async def test_a_policy_of_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is a finite number"):
        RestartPolicy(**wrong)


async def test_a_grace_without_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        await connect_servers([], grace=float("inf")).__aenter__()
