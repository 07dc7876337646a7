"""A proxy that gives a tool to every session that is opened through it, and counts the calls of all of them."""

from __future__ import annotations

import mcp
import trio

from acp_trio import Agent, AgentSession, Client, Proxy, ProxyConnection, Turn
from acp_trio.conductor import Conductor
from acp_trio.mcp import McpServer, declared_id, over_acp
from acp_trio.schema import v1

proxy = Proxy("counting")
agent = Agent("counts", mcp_capabilities=v1.McpCapabilities(extras={"acp": True}))
server = McpServer("counter")
calls: list[str] = []


@server.tool
def count(what: str) -> str:
    """Count something."""
    calls.append(what)
    return f"{what} is number {len(calls)}"


@proxy.on_start
async def tools(conn: ProxyConnection) -> None:
    async with conn.attach(server):
        await conn.wait_closed()


@agent.on_new_session
async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
    session.state = declared_id(request.mcp_servers[0])
    return v1.NewSessionResponse(session_id=session.session_id)


@agent.on_prompt
async def call(turn: Turn) -> v1.StopReason:
    async with mcp.Client(over_acp(turn.connection)(turn.session.state)) as client:
        result = await client.call_tool("count", {"what": turn.text})
        await turn.say(str(result.structured_content))
    return "end_turn"


async def main() -> None:
    row = Conductor([proxy], agent)
    async with Client("editor").connect(row) as conn, conn.open_session("/a") as one, conn.open_session("/b") as other:
        print(await one.ask("this"))
        print(await other.ask("that"))


if __name__ == "__main__":
    trio.run(main)
