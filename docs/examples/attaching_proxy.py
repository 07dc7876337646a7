"""A proxy that declares one more MCP server for every session, and keeps a directory for it while the session lasts."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from acp_trio import CLIENT, Agent, AgentSession, Client, Connection, Proxy, ProxyConnection, Turn
from acp_trio.conductor import Conductor
from acp_trio.schema import v1

proxy = Proxy("notes")
agent = Agent("looks")


class Notes:
    """An attachment: what it yields is added to the session's `mcp_servers`."""

    @asynccontextmanager
    async def attach(self, connection: Connection, /) -> AsyncGenerator[v1.McpServer]:
        with tempfile.TemporaryDirectory() as directory:
            yield v1.McpServerStdio(name="notes", command="notes-server", args=["--in", directory], env=[])


@proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
async def new_session(
    request: v1.NewSessionRequest, conn: ProxyConnection, *, task_status: trio.TaskStatus[v1.NewSessionResponse]
) -> None:
    async with conn.open_session(request, attachments=(Notes(),)) as session:
        task_status.started(session.response)  # the client gets the agent's own answer
        await session.relay()  # returns when the session has ended


@agent.on_new_session
async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
    for server in request.mcp_servers:
        if isinstance(server, v1.McpServerStdio):
            print("declared:", server.name)
            session.state = Path(server.args[-1])
    return v1.NewSessionResponse(session_id=session.session_id)


@agent.on_prompt
async def look(turn: Turn) -> v1.StopReason:
    await turn.say(str(turn.session.state))
    return "end_turn"


@agent.on_close_session
async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()


async def main() -> None:
    row = Conductor([proxy], agent)
    async with Client("editor").connect(row) as conn, conn.open_session("/") as session:
        directory = Path(await session.ask("where?"))
        print("while it is open, the directory is there:", directory.exists())
    print("afterwards:", directory.exists())


if __name__ == "__main__":
    trio.run(main)
