"""What the tests of hosted sessions share: agents with scripted loops, servers that are made up, a client."""

from __future__ import annotations

import string
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import trio

from acp_trio import Agent, Client
from acp_trio.mcp import McpError, McpEvent, McpPrompt, McpPromptMessage, McpToolResult
from acp_trio.runtime import AgentSpec, Runtime, SessionHost, open_runtime
from acp_trio.schema import v1
from acp_trio.testing import open_pair


def said(text: str) -> v1.AgentMessageChunk:
    return v1.AgentMessageChunk(content=v1.TextContent(text=text))


def texts(updates: Sequence[Any]) -> list[str]:
    chunks = (v1.AgentMessageChunk, v1.UserMessageChunk)
    return [update.content.text for update in updates if isinstance(update, chunks)]


class FakeServers:
    """MCP servers that tell what a test tells them, and answer what it says."""

    def __init__(self, prompts: Sequence[McpPrompt] = ()) -> None:
        self.tell, self._events = trio.open_memory_channel[McpEvent](100)
        self.prompts = prompts
        self.messages: dict[str, str] = {}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.authenticated: list[str] = []
        self.listing: trio.Event | None = None
        """Set it, and listing prompts waits for it."""

    def events(self) -> AsyncIterator[McpEvent]:
        return self._events.__aiter__()

    async def call_tool(self, name: str, arguments: Mapping[str, Any], *, on_progress: Any = None) -> McpToolResult:
        await trio.lowlevel.checkpoint()
        self.calls.append((name, arguments))
        return McpToolResult(content=[v1.TextContent(text=f"called {name}")])

    async def list_prompts(self) -> Sequence[McpPrompt]:
        await trio.lowlevel.checkpoint()
        if self.listing is not None:
            await self.listing.wait()
        return self.prompts

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> Sequence[McpPromptMessage]:
        await trio.lowlevel.checkpoint()
        if name not in self.messages:
            raise McpError(f"there is no prompt {name}")
        text = string.Template(self.messages[name]).substitute({f"_{key}": value for key, value in arguments.items()})
        return [McpPromptMessage(role="user", content=v1.TextContent(text=text))]

    def authenticate(self, server: str) -> None:
        self.authenticated.append(server)


class Fakes:
    """A factory that opens agents with made-up servers, and remembers which."""

    mcp_capabilities = v1.McpCapabilities()

    def __init__(self, servers: Mapping[str, FakeServers] | None = None) -> None:
        self.servers = servers or {}
        self.opened: list[str] = []
        self.refusals: dict[str, Exception] = {}
        self.gates: dict[str, trio.Event] = {}
        self.runtimes: dict[str, Runtime] = {}

    def open(self, spec: AgentSpec, **arguments: Any) -> AbstractAsyncContextManager[Runtime]:
        self.opened.append(spec.name)
        if spec.name in self.refusals:
            raise self.refusals[spec.name]
        arguments.pop("session")
        return self._open(spec, arguments)

    @asynccontextmanager
    async def _open(self, spec: AgentSpec, arguments: Mapping[str, Any]) -> AsyncGenerator[Runtime]:
        if spec.name in self.gates:
            await self.gates[spec.name].wait()
        async with open_runtime(spec, mcp=self.servers.get(spec.name), **arguments) as runtime:
            yield runtime


def hosting(*specs: AgentSpec, **options: Any) -> Agent:
    """An agent that hosts sessions of these."""
    agent = Agent("host", second_prompt=options.pop("second_prompt", "queue"))
    options.setdefault("factory", Fakes())
    SessionHost(specs, **options).install(agent)
    return agent


def spec(loop: Callable[..., Any], name: str = "planner", **options: Any) -> AgentSpec:
    return AgentSpec(name=name, loop=loop, **options)


def talking_to(agent: Agent, client: Client | None = None) -> AbstractAsyncContextManager[Any]:
    return open_pair(client or Client("test"), agent)


@asynccontextmanager
async def prompted(agent: Agent, text: str = "go") -> AsyncGenerator[Any]:
    """A turn of a session of this agent."""
    async with talking_to(agent) as pair, pair.agent.open_session("/") as session, session.prompt(text) as turn:
        yield turn
