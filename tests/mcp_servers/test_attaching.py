"""Attaching a server to one session or to all, from a client and from a proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp
import pytest
import trio
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ElicitResult, ListToolsResult, Tool
from pydantic import BaseModel

from acp_trio import AGENT, CLIENT, Agent, Client, Connection, ConnectionLost, LocalMisuse, Proxy, ProxyConnection
from acp_trio.conductor import Conductor
from acp_trio.mcp import McpServer
from acp_trio.schema import v1
from acp_trio.testing import ScriptedPeer, open_pair, scripted_peer

from .using_agent import ACP, DEADLINE, HTTP, calling, listing, using

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

WAYS = pytest.mark.parametrize("capabilities", [pytest.param(ACP, id="acp"), pytest.param(HTTP, id="http")])


class Answer(BaseModel):
    number: int


def named(name: str) -> McpServer:
    server = McpServer(name)
    server.tool(lambda: name, name=name)
    return server


async def test_an_agent_that_starts_programs_alone_is_told_nothing() -> None:
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), Agent("a")) as pair:
            with pytest.raises(LocalMisuse, match="neither inside of ACP nor by HTTP"):
                async with pair.agent.open_session("/w", attachments=[named("n")]):
                    pytest.fail("it was opened")
            assert pair.wire.methods("client") == ["initialize"]


async def test_a_connection_to_a_client_takes_no_server() -> None:
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), Agent("a")) as pair:
            with pytest.raises(LocalMisuse, match="a connection to an agent"):
                async with named("n").attach(pair.client):
                    pytest.fail("it was attached")


@WAYS
async def test_a_server_of_one_session_is_none_of_another(capabilities) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, capabilities)) as pair,
            pair.agent.open_session("/w", attachments=[named("mine")]) as one,
            pair.agent.open_session("/w") as other,
        ):
            assert (await one.ask("list"), await other.ask("list")) == ("mine", "")


@WAYS
async def test_a_clients_sessions_have_what_is_attached_while_they_are_opened(capabilities) -> None:
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), using(listing, capabilities)) as pair:
            async with pair.agent.attach(named("all")), pair.agent.attach(named("too")):
                async with pair.agent.open_session("/w", attachments=[named("mine")]) as one:
                    assert await one.ask("list") == "minealltoo"
                async with pair.agent.open_session("/w") as other:
                    assert await other.ask("list") == "alltoo"
            async with pair.agent.open_session("/w") as later:
                assert await later.ask("list") == ""


async def test_what_cannot_be_attached_leaves_sessions_as_they_were() -> None:
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), Agent("a")) as pair:
            with pytest.raises(LocalMisuse):
                async with pair.agent.attach(named("n")):
                    pytest.fail("it was attached")
            async with pair.agent.open_session("/w"):
                assert pair.wire.methods("client") == ["initialize", "session/new"]


# A proxy


@WAYS
async def test_a_proxy_gives_every_session_a_server_whose_tools_close_over_its_state(capabilities) -> None:
    proxy, notes = Proxy("notes"), []
    server = McpServer("notes")

    @server.tool
    async def remember(text: str) -> int:
        notes.append(text)
        return len(notes)

    @proxy.on_start
    async def attach(conn: ProxyConnection) -> None:
        async with conn.attach(server):
            await conn.wait_closed()

    row = Conductor([proxy], using(calling("remember", text="x"), capabilities))
    with trio.fail_after(DEADLINE):
        async with Client("c").connect(row) as conn, conn.open_session("/w") as one, conn.open_session("/w") as other:
            assert [await one.ask("do"), await other.ask("do")] == ["1", "2"]
    assert notes == ["x", "x"]


@WAYS
async def test_a_proxy_gives_one_session_a_server(capabilities) -> None:
    proxy = Proxy("some")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def new_session(
        request: v1.NewSessionRequest, conn: ProxyConnection, *, task_status: trio.TaskStatus[v1.NewSessionResponse]
    ) -> None:
        attachments = [named("tools")] if request.cwd == "/with" else []
        async with conn.open_session(request, attachments=attachments) as session:
            task_status.started(session.response)
            await session.relay()

    row = Conductor([proxy], using(listing, capabilities))
    with trio.fail_after(DEADLINE):
        async with (
            Client("c").connect(row) as conn,
            conn.open_session("/with") as one,
            conn.open_session("/without") as other,
        ):
            assert [await one.ask("list"), await other.ask("list")] == ["tools", ""]


@asynccontextmanager
async def attaching_proxy(*servers: McpServer) -> AsyncIterator[ScriptedPeer]:
    """The conductor of a proxy that has attached servers to an agent that takes them inside of ACP."""
    proxy, entered = Proxy("p"), trio.Event()

    @proxy.on_start
    async def attach(conn: ProxyConnection) -> None:
        async with conn.attach(servers[0]):
            entered.set()
            await conn.wait_closed()

    initialized = {"protocolVersion": 1, "agentCapabilities": {"mcpCapabilities": {"acp": True}}}
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (conductor, transport), proxy.connect(transport):
            await conductor.send({"id": "i", "method": "_proxy/initialize", "params": {"protocolVersion": 1}})
            await conductor.respond(await conductor.receive(), initialized)
            assert (await conductor.receive())["result"] == initialized
            await entered.wait()
            yield conductor


@pytest.mark.parametrize("method", ["session/new", "session/load", "session/resume", "session/fork"])
@pytest.mark.parametrize("servers", [None, [], [{"type": "later", "name": "other", "more": [1]}]])
async def test_a_setup_request_that_passes_through_says_otherwise_what_it_said(method, servers) -> None:
    params: dict[str, Any] = {"sessionId": "s", "cwd": "/w", "_meta": {"a": None}, "unknown": {"b": [1, 2.5, None]}}
    if servers is not None:
        params["mcpServers"] = servers
    async with attaching_proxy(named("n")) as conductor:
        declarations = []
        for request_id in (1, 2):
            await conductor.send({"id": request_id, "method": method, "params": params})
            envelope = (await conductor.receive())["params"]
            assert envelope["method"] == method
            passed = dict(envelope["params"])
            *before, declaration = passed.pop("mcpServers")
            assert before == (servers or [])
            assert passed == {key: value for key, value in params.items() if key != "mcpServers"}
            assert (declaration["type"], declaration["name"]) == ("acp", "n")
            declarations.append(declaration)
        assert declarations[0] == declarations[1]  # one server, with one id


@pytest.mark.parametrize("params", [[1], None, {"cwd": "/w", "mcpServers": "none"}])
async def test_a_setup_request_that_makes_no_sense_is_left_to_the_agent(params) -> None:
    async with attaching_proxy(named("n")) as conductor:
        request = {"id": 1, "method": "session/new"} | ({} if params is None else {"params": params})
        await conductor.send(request)
        assert (await conductor.receive())["params"].get("params") == params


async def test_no_other_request_is_changed_and_the_clients_mcp_messages_pass() -> None:
    async with attaching_proxy(named("n")) as conductor:
        for method in ("session/prompt", "mcp/message"):
            params = {"sessionId": "s", "mcpServers": [], "method": "tools/list", "serverId": "other", "requestId": "r"}
            await conductor.send({"id": 1, "method": method, "params": params})
            assert (await conductor.receive())["params"] == {"method": method, "params": params}


async def test_what_is_being_attached_may_ask_the_agent_while_a_session_waits_for_it() -> None:
    class Asking:
        """An attachment that needs an answer of the agent first."""

        @asynccontextmanager
        async def attach(self, connection: Connection, /) -> AsyncIterator[v1.McpServer]:
            url = await connection.request("_test/where", {}, to=AGENT)
            yield v1.McpServerHttp(name="asking", url=url, headers=[])

    proxy = Proxy("p")

    @proxy.on_start
    async def attach(conn: ProxyConnection) -> None:
        async with conn.attach(Asking()):
            await conn.wait_closed()

    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (conductor, transport), proxy.connect(transport):
            await conductor.send({"id": "i", "method": "_proxy/initialize", "params": {"protocolVersion": 1}})
            await conductor.respond(await conductor.receive(), {"protocolVersion": 1})
            first, second = await conductor.receive(), await conductor.receive()
            [asked] = [message for message in (first, second) if "method" in message]
            await conductor.send({"id": 1, "method": "session/new", "params": {"cwd": "/w", "mcpServers": []}})
            await trio.testing.wait_all_tasks_blocked()
            await conductor.respond(asked, "http://127.0.0.1/")
            passed = await conductor.receive()
            [declaration] = passed["params"]["params"]["mcpServers"]
            assert declaration["url"] == "http://127.0.0.1/"
            await conductor.respond(passed, {"sessionId": "s"})
            assert (await conductor.receive())["result"] == {"sessionId": "s"}


async def test_a_proxy_that_attaches_before_it_is_initialized_waits_for_that() -> None:
    server = named("n")
    with trio.fail_after(DEADLINE):
        async with (
            scripted_peer() as (conductor, transport),
            Proxy("p").connect(transport) as conn,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(conductor.hang_up)
            with pytest.raises(ConnectionLost):
                async with conn.attach(server):
                    pytest.fail("it was attached")


# Servers of the package


@WAYS
async def test_a_server_of_the_package_is_attached_as_it_is(capabilities) -> None:
    theirs = MCPServer("theirs")

    @theirs.tool()
    async def shout(text: str) -> str:
        return text.upper()

    server = McpServer.from_mcp(theirs)
    assert server.name == "theirs"
    with pytest.raises(LocalMisuse):
        server.tool(shout)
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(calling("shout", text="x"), capabilities)) as pair,
            pair.agent.open_session("/w", attachments=[server]) as session,
        ):
            assert await session.ask("do") == "X"


@WAYS
async def test_a_low_level_server_has_one_lifespan_for_its_attachment(capabilities) -> None:
    lives: list[str] = []

    @asynccontextmanager
    async def lifespan(_server: Server[Any]) -> AsyncIterator[str]:
        lives.append("begun")
        try:
            yield "state"
        finally:
            lives.append("ended")

    async def list_tools(context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[Tool(name=context.lifespan_context, input_schema={"type": "object"})])

    server = McpServer.from_mcp(Server("low", lifespan=lifespan, on_list_tools=list_tools), name="mine")
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, capabilities)) as pair,
            pair.agent.open_session("/w", attachments=[server]) as session,
        ):
            assert [await session.ask("list"), await session.ask("list")] == ["state", "state"]
            assert lives == ["begun"]
    assert lives == ["begun", "ended"]


async def test_a_tool_asks_the_agents_user_where_the_clients_handshake_allows_that() -> None:
    theirs = MCPServer("asking")

    @theirs.tool()
    async def ask(context: Context) -> str:
        answer = await context.elicit("How many?", Answer)
        return answer.action

    async def decline(_context: Any, params: Any) -> ElicitResult:
        assert params.message == "How many?"
        return ElicitResult(action="decline")

    agent = using(calling("ask"), ACP, mode="legacy", elicitation_callback=decline)
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), agent) as pair,
            pair.agent.open_session("/w", attachments=[McpServer.from_mcp(theirs)]) as session,
        ):
            assert await session.ask("do") == "decline"


async def test_a_name_that_is_taken_or_unknown_is_an_error_at_once() -> None:
    server = named("a")
    with pytest.raises(LocalMisuse, match="has a tool 'a' already"):
        server.tool(lambda: "b", name="a")
    with pytest.raises(LocalMisuse, match="has no tool 'b'"):
        server.disable("b")

    def no_schema(what: "Unknown") -> None: ...  # noqa: F821, UP037

    with pytest.raises(TypeError, match="no_schema"):
        server.tool(no_schema)


@WAYS
async def test_a_prompt_is_listed_and_given(capabilities) -> None:
    server = named("prompts")

    @server.prompt
    def review(path: str) -> str:
        """Review a file."""
        return f"Review {path}."

    async def look(client: mcp.Client) -> str:
        [prompt] = (await client.list_prompts()).prompts
        assert (prompt.name, prompt.description) == ("review", "Review a file.")
        assert [(argument.name, argument.required) for argument in prompt.arguments] == [("path", True)]
        with pytest.raises(mcp.MCPError, match="there is no prompt"):
            await client.get_prompt("nothing")
        [message] = (await client.get_prompt("review", {"path": "/x"})).messages
        return f"{message.role}: {message.content.text}"

    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(look, capabilities)) as pair,
            pair.agent.open_session("/w", attachments=[server]) as session,
        ):
            assert await session.ask("do") == "user: Review /x."
