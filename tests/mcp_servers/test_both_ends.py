"""Servers that are attached here, used by `connect_servers` of an agent of ours."""

from __future__ import annotations

import pytest
import trio

from acp_trio import Agent, AgentSession, Client, Turn
from acp_trio.mcp import ConnectionReady, McpCall, McpServer, ToolsChanged, connect_servers, over_acp
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .using_agent import ACP, DEADLINE, HTTP

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")


@pytest.mark.parametrize("capabilities", [pytest.param(ACP, id="acp"), pytest.param(HTTP, id="http")])
async def test_an_agent_of_ours_calls_a_tool_hears_of_progress_and_of_changed_tools(capabilities) -> None:
    server, agent, progress = McpServer("notes"), Agent("a", mcp_capabilities=capabilities), []

    @server.tool
    async def remember(text: str, call: McpCall) -> str:
        await call.report_progress(1, 2, "half")
        return text.upper()

    @server.tool
    def other() -> None: ...

    async def note(*told: object) -> None:
        progress.append(told)

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        session.state = request.mcp_servers
        return v1.NewSessionResponse(session_id=session.session_id)

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        async with connect_servers(turn.session.state, over_acp=over_acp(turn.connection)) as servers:
            async for event in servers.events():
                if isinstance(event, ConnectionReady):
                    assert {tool.name for tool in event.snapshot.tools} == {"notes__remember", "notes__other"}
                    result = await servers.call_tool("notes__remember", {"text": turn.text}, on_progress=note)
                    await turn.say(result.structured["result"])
                    server.disable("other")
                if isinstance(event, ToolsChanged) and len(event.tools) == 1:
                    break
        return "end_turn"

    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), agent) as pair,
            pair.agent.open_session("/w", attachments=[server]) as session,
        ):
            assert await session.ask("milk") == "MILK"
    assert progress == [(1, 2, "half")]
