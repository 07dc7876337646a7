"""MCP servers for tests, written with the official package, and the ways to reach them: in memory, in both of its
protocols, as a child process, over HTTP.

Owns what a test hears of them: `heard` waits for an event, under the deadline of every test here.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import hypercorn.trio
import trio
from hypercorn.config import Config
from mcp.client._memory import InMemoryTransport
from mcp.client._transport import TransportStreams
from mcp.server.mcpserver import MCPServer

from acp_trio.codec import CODEC
from acp_trio.mcp import ConnectionReady, McpEvent, McpServers, McpServerStatus, StatusesChanged
from acp_trio.schema import v1

T = TypeVar("T", bound=McpEvent)

DEADLINE = 60.0
"""Seconds: more than anything here takes on a busy machine."""
PROGRAMS = Path(__file__).with_name("programs")

OverAcp = Callable[[str], AbstractAsyncContextManager[TransportStreams]]


def over_acp(*names: str) -> list[v1.McpServer]:
    """Declarations of servers that the client runs itself; each is its own id."""
    return [CODEC.decode(v1.McpServer, {"type": "acp", "name": name, "serverId": name}) for name in names]


def program(name: str, *arguments: object, server: str = "", **env: str) -> v1.McpServerStdio:
    """The declaration of a program beside the tests."""
    return v1.McpServerStdio(
        name=server or name,
        command=sys.executable,
        args=[str(PROGRAMS / f"{name}.py"), *map(str, arguments)],
        env=[v1.EnvVariable(name=key, value=value) for key, value in env.items()],
    )


def in_memory(**servers: MCPServer) -> OverAcp:
    """The transports of servers in this process, in the protocol of 2026-07-28."""
    return lambda server: InMemoryTransport(servers[server])


def in_memory_as_before(**servers: MCPServer) -> OverAcp:
    """The transports of servers in this process that do not know the protocol of 2026-07-28."""

    @asynccontextmanager
    async def connect(server: str) -> AsyncGenerator[TransportStreams]:
        async with InMemoryTransport(servers[server]) as (read, write):
            yield read, _OnlyOldWords(write)

    return connect


class _OnlyOldWords:
    """Makes the question for the new protocol one that an old server does not understand."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def send(self, item: Any) -> None:
        if getattr(item.message, "method", None) == "server/discover":
            item.message = item.message.model_copy(update={"params": None})
        await self._stream.send(item)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@asynccontextmanager
async def over_http(app: Any) -> AsyncGenerator[str]:
    """Serve an ASGI application on a free port for the time of the block. Its base URL."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.1
    async with trio.open_nursery() as nursery:
        (url,) = await nursery.start(partial(hypercorn.trio.serve, app, config))
        yield url
        nursery.cancel_scope.cancel()


async def heard(servers: McpServers, kind: type[T], when: Callable[[T], bool] = lambda _: True) -> T:
    """Wait for the next event of a kind; what comes before it is passed over."""
    async for event in servers.events():
        if isinstance(event, kind) and when(event):
            return event
    raise AssertionError(f"no {kind.__name__} any more")


async def ready(servers: McpServers) -> None:
    """Wait until every server has been connected or has failed."""
    await heard(servers, ConnectionReady)


async def in_state(servers: McpServers, state: str, server: str) -> McpServerStatus:
    """Wait until a server is said to be in a state."""

    def status(event: StatusesChanged) -> McpServerStatus:
        return next(status for status in event.statuses if status.name == server)

    return status(await heard(servers, StatusesChanged, lambda event: status(event).state == state))


def text(result: Any) -> str:
    """The text of a result's first block."""
    return result.content[0].text
