"""Sessions with MCP servers, each in the scene that it is cancelled in. Apart from `scenes`, for they need an extra."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import mcp
import trio

from acp_trio import Agent, AgentSession, ClientConnection, Turn
from acp_trio.mcp import McpServer, declared_id, over_acp
from acp_trio.schema import v1
from acp_trio.testing import Scene, open_pair

from .ends import DEADLINE, make_client, settle

Playing: TypeAlias = AsyncGenerator[Callable[[], Awaitable[object]]]


@asynccontextmanager
async def attached_server() -> Playing:
    """A server that is attached, inside of ACP; the agent lists its tools and calls one, in a turn."""
    agent = Agent("uses tools", mcp_capabilities=v1.McpCapabilities(extras={"acp": True}))

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        session.state = declared_id(request.mcp_servers[0])
        return v1.NewSessionResponse(session_id=session.session_id)

    @agent.on_close_session
    async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        async with mcp.Client(over_acp(turn.connection)(turn.session.state)) as tools:
            result = await tools.call_tool("add", {"one": 1, "other": 2})
        await turn.say(str(result.structured_content))
        return "end_turn"

    server = McpServer("sums")

    @server.tool
    async def add(one: int, other: int) -> int:
        """Add two numbers."""
        await trio.lowlevel.checkpoint()
        return one + other

    async def use(connection: ClientConnection) -> None:
        async with connection.open_session("/", attachments=[server]) as session:
            assert "3" in await session.ask("1 + 2")

    with trio.fail_after(DEADLINE):
        async with open_pair(make_client(), agent) as pair:
            yield partial(use, pair.agent)
            await settle(pair.agent, pair.client)
            await use(pair.agent)


MCP_SCENES: dict[str, Scene] = {"a session with an MCP server that is attached": attached_server}
