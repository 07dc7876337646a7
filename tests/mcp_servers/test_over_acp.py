"""Servers inside of ACP: what is on the wire, in both dialects, and who answers what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp
import pytest
import trio

from acp_trio import Agent, Client, Handled, PeerError
from acp_trio.codec import CODEC
from acp_trio.mcp import (
    ConnectMcpRequest,
    ConnectMcpResponse,
    DisconnectMcpRequest,
    McpCall,
    McpServer,
    MessageMcpRequest,
    declared_id,
    over_acp,
)
from acp_trio.testing import Pair, open_pair

from .using_agent import ACP, DEADLINE, calling, listing, using

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@asynccontextmanager
async def attached(server: McpServer) -> AsyncIterator[tuple[Pair, str]]:
    """A client with the server attached, an agent, and the server's id."""
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, ACP)) as pair,
            server.attach(pair.agent) as declaration,
        ):
            server_id = declared_id(declaration)
            assert server_id is not None
            yield pair, server_id


def asking(server_id: str, method: str, request_id: str = "r", **params: Any) -> MessageMcpRequest:
    return MessageMcpRequest(
        server_id=server_id, request_id=request_id, inner_method=method, params={**params, "_meta": META}
    )


def echo() -> McpServer:
    server = McpServer("echo")

    @server.tool
    def echo(text: str) -> str:
        return f"Echo: {text}"

    return server


def waiting() -> tuple[McpServer, trio.Event]:
    server, begun = McpServer("waiting"), trio.Event()

    @server.tool(concurrent=True)
    async def wait() -> None:
        begun.set()
        await trio.sleep_forever()

    return server, begun


async def test_a_declaration_names_the_server_and_its_id_on_the_wire() -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, ACP)) as pair,
            pair.agent.open_session("/w", attachments=[echo()]) as session,
        ):
            await session.ask("list")
            [new] = [message for message in pair.wire.messages if message.method == "session/new"]
            [declaration] = new.message["params"]["mcpServers"]
            assert {**declaration, "serverId": ""} == {"type": "acp", "name": "echo", "serverId": ""}
            assert set(pair.wire.methods("agent")) >= {"mcp/message"}


async def test_an_inner_result_and_an_inner_error_are_both_outer_results() -> None:
    async with attached(echo()) as (pair, server_id):
        answer = await pair.client.request(asking(server_id, "tools/call", name="echo", arguments={"text": "hi"}))
        assert answer["result"]["content"] == [{"type": "text", "text": "Echo: hi"}]
        answer = await pair.client.request(asking(server_id, "tools/call", name="nothing"))
        assert answer == {"error": {"code": -32602, "message": "there is no tool 'nothing'"}}
        answer = await pair.client.request(asking(server_id, "no/such"))
        assert answer["error"]["code"] == -32601


async def test_a_request_without_the_revision_that_it_speaks_is_an_inner_error() -> None:
    async with attached(echo()) as (pair, server_id):
        bare = MessageMcpRequest(server_id=server_id, request_id="r", inner_method="tools/list")
        answer = await pair.client.request(bare)
        assert answer["error"]["code"] == -32602


async def test_the_metadata_of_a_message_has_its_reserved_name() -> None:
    message = MessageMcpRequest(server_id="s", request_id="r", inner_method="m", meta={"a": 1})
    assert CODEC.encode(message) == {"serverId": "s", "requestId": "r", "method": "m", "_meta": {"a": 1}}


async def test_the_words_on_the_wire_are_those_of_the_protocol() -> None:
    async with attached(echo()) as (pair, server_id):
        ask = {"serverId": server_id, "requestId": "r", "method": "tools/list", "params": {"_meta": META}}
        answer = await pair.client.request("mcp/message", ask)
        assert [tool["name"] for tool in answer["result"]["tools"]] == ["echo"]
        with pytest.raises(PeerError) as caught:
            await pair.client.request("mcp/message", {**ask, "params": [1]})
        assert caught.value.code == -32602
        opened = await pair.client.request("mcp/connect", {"serverId": server_id})
        [key] = opened
        assert key == "connectionId"
        assert await pair.client.request("mcp/disconnect", opened) == {}


async def test_progress_names_the_request_that_it_is_about() -> None:
    server = McpServer("slow")

    @server.tool
    async def work(call: McpCall) -> None:
        await call.report_progress(1, 2, "half")

    async with attached(server) as (pair, server_id):
        meta = META | {"progressToken": "t"}
        params = {"name": "work", "_meta": meta}
        ask = {"serverId": server_id, "requestId": "r-7", "method": "tools/call", "params": params}
        await pair.client.request("mcp/message", ask)
        [told] = [
            sent.message for sent in pair.wire.messages if (sent.sender, sent.method) == ("client", "mcp/message")
        ]
        assert told["params"] == {
            "serverId": server_id,
            "requestId": "r-7",
            "method": "notifications/progress",
            "params": {"progressToken": "t", "progress": 1, "total": 2, "message": "half"},
        }


async def test_an_id_that_is_still_active_is_refused_and_free_again_afterwards() -> None:
    server, begun = waiting()
    async with attached(server) as (pair, server_id), trio.open_nursery() as nursery:
        nursery.start_soon(pair.client.request, asking(server_id, "tools/call", name="wait"))
        await begun.wait()
        with pytest.raises(PeerError, match="still active") as caught:
            await pair.client.request(asking(server_id, "tools/list"))
        assert caught.value.code == -32602
        nursery.cancel_scope.cancel()
    async with attached(server) as (pair, server_id):
        assert "result" in await pair.client.request(asking(server_id, "tools/list"))
        assert "result" in await pair.client.request(asking(server_id, "tools/list"))


async def test_cancelling_the_outer_request_cancels_the_tool_and_nothing_is_tunnelled() -> None:
    server, begun = waiting()
    async with attached(server) as (pair, server_id):
        sent = pair.client.send_request(asking(server_id, "tools/call", name="wait"))
        await begun.wait()
        sent.cancel()
        with pytest.raises(PeerError) as caught:
            await sent.wait()
        assert caught.value.code == -32800
        assert pair.wire.methods("agent").count("mcp/message") == 1
        assert "$/cancel_request" in pair.wire.methods("agent")


async def test_a_call_after_the_attachments_block_reaches_nobody() -> None:
    server = echo()
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), using(listing, ACP)) as pair:
            async with server.attach(pair.agent) as declaration:
                server_id = declared_id(declaration)
                assert server_id is not None
                assert "result" in await pair.client.request(asking(server_id, "tools/list"))
            with pytest.raises(PeerError) as caught:
                await pair.client.request(asking(server_id, "tools/list"))
            assert caught.value.code == -32601
            with pytest.raises(PeerError):
                await pair.client.request(ConnectMcpRequest(server_id=server_id))


async def test_a_call_that_runs_when_the_block_is_left_is_answered() -> None:
    server, begun = waiting()
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), using(listing, ACP)) as pair:
            async with server.attach(pair.agent) as declaration:
                sent = pair.client.send_request(asking(str(declared_id(declaration)), "tools/call", name="wait"))
                await begun.wait()
            with pytest.raises(PeerError) as caught:
                await sent.wait()
            assert caught.value.code == -32800


async def test_each_server_answers_what_is_for_it() -> None:
    one, other = McpServer("one"), McpServer("other")
    one.tool(lambda: "1", name="first")
    other.tool(lambda: "2", name="second")
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, ACP)) as pair,
            pair.agent.open_session("/w", attachments=[one, other]) as session,
        ):
            turn_text = await session.ask("list")
    assert turn_text == "firstsecond"


# The dialect with connections


async def test_a_connection_is_opened_used_and_closed() -> None:
    server, calls = McpServer("ids"), []

    @server.tool
    def who(call: McpCall) -> None:
        calls.append((call.reached, call.server_id, call.connection_id))

    async with attached(server) as (pair, server_id):
        opened = await pair.client.request(ConnectMcpRequest(server_id=server_id))
        connection_id = opened.connection_id

        async def ask(method: str, **params: Any) -> Any:
            return await pair.client.request(
                MessageMcpRequest(connection_id=connection_id, inner_method=method, params=params)
            )

        client = {"name": "t", "version": "0"}
        shaken = await ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        assert shaken["serverInfo"]["name"] == "ids"
        assert [tool["name"] for tool in (await ask("tools/list"))["tools"]] == ["who"]
        await ask("tools/call", name="who")
        with pytest.raises(PeerError) as caught:
            await ask("tools/call", name="nothing")
        assert caught.value.code == -32602
        await pair.client.request(DisconnectMcpRequest(connection_id=connection_id))
        with pytest.raises(PeerError):
            await ask("tools/list")
    assert calls == [("acp", server_id, connection_id)]


async def test_what_is_asked_when_a_connection_is_closed_is_answered() -> None:
    server, begun = waiting()
    async with attached(server) as (pair, server_id):
        opened = await pair.client.request(ConnectMcpRequest(server_id=server_id))

        def message(method: str, **params: Any) -> MessageMcpRequest:
            return MessageMcpRequest(connection_id=opened.connection_id, inner_method=method, params=params)

        client = {"name": "t", "version": "0"}
        shake = message("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        await pair.client.request(shake)
        sent = pair.client.send_request(message("tools/call", name="wait"))
        await begun.wait()
        await pair.client.request(DisconnectMcpRequest(connection_id=opened.connection_id))
        with pytest.raises(PeerError, match="closed"):
            await sent.wait()


async def test_an_agent_finds_out_that_a_client_speaks_the_older_dialect() -> None:
    """The client is played: it knows `mcp/connect` and connections alone."""
    heard: list[str] = []
    client = Client("old")

    @client.on_request(ConnectMcpRequest)
    async def connect(request: ConnectMcpRequest) -> ConnectMcpResponse:
        heard.append(f"connect {request.server_id}")
        return ConnectMcpResponse(connection_id="c-1")

    @client.on_request(MessageMcpRequest)
    async def message(request: MessageMcpRequest) -> Any:
        if request.connection_id != "c-1":
            return Handled.no()
        heard.append(request.inner_method)
        return {
            "server/discover": {"supportedVersions": ["2025-11-25"], "capabilities": {}, "resultType": "complete"},
            "initialize": {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "old", "version": "0"},
            },
            "tools/list": {"tools": [{"name": "t", "inputSchema": {"type": "object"}}]},
        }[request.inner_method]

    @client.on_request(DisconnectMcpRequest)
    async def disconnect(request: DisconnectMcpRequest) -> dict[str, Any]:
        heard.append(f"disconnect {request.connection_id}")
        return {}

    with trio.fail_after(DEADLINE):
        async with (
            open_pair(client, Agent("a")) as pair,
            mcp.Client(over_acp(pair.client)("the-server")) as tools,
        ):
            assert await listing(tools) == "t"
    assert (heard[0], heard[-2:]) == ("connect the-server", ["tools/list", "disconnect c-1"])


async def test_an_agent_is_told_that_a_server_is_not_there() -> None:
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), Agent("a")) as pair:
            with pytest.RaisesGroup(pytest.RaisesExc(mcp.MCPError, match="method not found"), flatten_subgroups=True):
                async with mcp.Client(over_acp(pair.client)("no-server")):
                    pytest.fail("it connected")


async def test_two_agents_clients_of_one_server_do_not_mix_their_requests() -> None:
    server = McpServer("shared")

    @server.tool(concurrent=True)
    async def say(text: str) -> str:
        await trio.testing.wait_all_tasks_blocked()
        return text

    said: list[str] = []
    async with attached(server) as (pair, server_id):

        async def call(text: str) -> None:
            async with mcp.Client(over_acp(pair.client)(server_id)) as client:
                said.append(await calling("say", text=text)(client))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, "one")
            nursery.start_soon(call, "two")
    assert sorted(said) == ["one", "two"]
