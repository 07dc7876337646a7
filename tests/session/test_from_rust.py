"""What docs/reference/from-rust.md says of sessions and no other test shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from acp_trio import Agent, AgentSession, Client, DispatchLoopHeld, Handlers, PeerError, Turn
from acp_trio.connection import Connection
from acp_trio.schema import v1
from acp_trio.testing import open_pair

pytestmark = pytest.mark.usefixtures("nothing_leaks")


class Counter:
    """An attachment: it declares an MCP server, and answers a request of the agent while it is attached."""

    attached = False

    @asynccontextmanager
    async def attach(self, connection: Connection, /) -> AsyncIterator[v1.McpServer]:
        tools = Handlers()

        @tools.on_request("_test/count")
        async def count(params):
            return {"lines": len(params["text"].splitlines())}

        async with connection.route(tools):
            self.attached = True
            yield v1.McpServerStdio(name="counter", command="counter", args=[], env=[])
        self.attached = False


async def test_an_attachment_serves_a_clients_session_until_its_block_is_left(autojump_clock) -> None:
    agent, declared = Agent("a"), []

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        declared.extend(server.name for server in request.mcp_servers)
        return v1.NewSessionResponse(session_id=session.session_id)

    @agent.on_prompt
    async def count(turn: Turn) -> v1.StopReason:
        result = await turn.connection.request("_test/count", {"text": turn.text})
        await turn.say(str(result["lines"]))
        return "end_turn"

    counter = Counter()
    with trio.fail_after(20):
        async with open_pair(Client("c"), agent) as pair:
            async with pair.agent.open_session("/w", attachments=[counter]) as session:
                assert (declared, counter.attached) == (["counter"], True)
                assert await session.ask("a\nb\nc") == "3"
            assert not counter.attached
            with pytest.raises(PeerError, match="method not found"):
                await pair.client.request("_test/count", {"text": "a"})


@pytest.mark.promise("P5")
@pytest.mark.rule(5)
async def test_a_handler_that_holds_the_loop_cannot_open_a_clients_session(autojump_clock) -> None:
    client, refused = Client("c"), []

    @client.on_request("_test/open")
    async def open_it(_params, agent):
        with pytest.raises(DispatchLoopHeld):
            async with agent.open_session("/w"):
                pytest.fail("the block was entered")
        refused.append("held")
        return {}

    with trio.fail_after(20):
        async with open_pair(client, Agent("a")) as pair:
            await pair.client.request("_test/open", {})
    assert refused == ["held"]
    assert pair.wire.methods("client") == ["initialize"]


async def test_a_session_has_its_id_its_connection_and_what_the_response_says(autojump_clock) -> None:
    agent = Agent("a")

    @agent.on_new_session
    async def new(_request: v1.NewSessionRequest, _session: AgentSession) -> v1.NewSessionResponse:
        return v1.NewSessionResponse(session_id="s", meta={"colour": "blue"})

    with trio.fail_after(20):
        async with open_pair(Client("c"), agent) as pair, pair.agent.open_session("/w") as session:
            assert (session.id, session.connection) == ("s", pair.agent)
            assert session.response == v1.NewSessionResponse(session_id="s", meta={"colour": "blue"})
