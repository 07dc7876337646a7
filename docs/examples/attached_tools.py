"""A client that gives an agent a tool: a function next to the list that it fills. The agent uses it through MCP."""

from __future__ import annotations

import mcp
import trio

from acp_trio import Agent, AgentSession, Client, Turn
from acp_trio.mcp import McpServer, declared_id, over_acp
from acp_trio.schema import v1
from acp_trio.testing import open_pair

agent = Agent("uses-tools", mcp_capabilities=v1.McpCapabilities(extras={"acp": True}))


@agent.on_new_session
async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
    session.state = [server_id for server in request.mcp_servers if (server_id := declared_id(server))]
    return v1.NewSessionResponse(session_id=session.session_id)


@agent.on_prompt
async def use_the_tools(turn: Turn) -> v1.StopReason:
    reach = over_acp(turn.connection)
    for server_id in turn.session.state:
        async with mcp.Client(reach(server_id)) as tools:
            for tool in (await tools.list_tools()).tools:
                await turn.say(f"{tool.name}: {tool.description} ")
            result = await tools.call_tool("remember", {"text": turn.text})
            await turn.say(f"Now there are {result.structured_content}.")
    return "end_turn"


async def main() -> None:
    notes: list[str] = []
    server = McpServer("notes", instructions="Keep what is worth remembering.")

    @server.tool
    async def remember(text: str) -> int:
        """Remember a text; returns how many there are."""
        notes.append(text)
        return len(notes)

    async with (
        open_pair(Client("editor"), agent) as pair,
        pair.agent.open_session("/", attachments=[server]) as session,
    ):
        print(await session.ask("buy milk"))
    print(notes)


if __name__ == "__main__":
    trio.run(main)
