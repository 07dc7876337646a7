"""An agent that uses the MCP servers of its session through the official package's client, as real ones do.

Owns how it reaches them. What it does with them, each test says: a function of the client that gives what the agent
says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client

from acp_trio import Agent, AgentSession, Turn
from acp_trio.connection import Connection
from acp_trio.mcp import declared_id, over_acp
from acp_trio.schema import v1

DEADLINE = 60.0
Use = Callable[[mcp.Client], Awaitable[Any]]
"""What an agent does with a server; the text of the result is what it says."""

ACP = v1.McpCapabilities(extras={"acp": True})
HTTP = v1.McpCapabilities(http=True)


def using(use: Use, capabilities: v1.McpCapabilities, **options: Any) -> Agent:
    """An agent that, prompted, does `use` with each MCP server of its session."""
    agent = Agent("uses-tools", mcp_capabilities=capabilities)

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        session.state = list(request.mcp_servers)
        return v1.NewSessionResponse(session_id=session.session_id)

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        for server in turn.session.state:
            await turn.say(str(await used(turn.connection, server, use, **options)))
        return "end_turn"

    @agent.on_close_session
    async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    return agent


async def used(connection: Connection, server: v1.McpServer, use: Use, **options: Any) -> Any:
    """The result of `use` with a client of a declared server."""
    if isinstance(server, v1.McpServerHttp):
        headers = {header.name: header.value for header in server.headers}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            mcp.Client(streamable_http_client(server.url, http_client=http), **options) as client,
        ):
            return await use(client)
    server_id = declared_id(server)
    assert server_id is not None
    async with mcp.Client(over_acp(connection)(server_id), **options) as client:
        return await use(client)


def calling(tool: str, **arguments: Any) -> Use:
    """Call a tool; gives the text of the result."""

    async def call(client: mcp.Client) -> str:
        result = await client.call_tool(tool, arguments)
        return ("error: " if result.is_error else "") + "".join(block.text for block in result.content)

    return call


async def listing(client: mcp.Client) -> str:
    """The names of the tools that there are."""
    return " ".join(tool.name for tool in (await client.list_tools()).tools)
