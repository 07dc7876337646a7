"""Sessions: what they keep of their answers, what reaches them from the first moment on, and what serves them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import CLIENT, Agent, Client, ClientConnection, Handled, Handlers, NotificationDispatch, PeerError, Proxy
from acp_trio.codec import CODEC
from acp_trio.conductor import Conductor
from acp_trio.schema import Request, v1
from acp_trio.testing import ScriptedPeer, scripted_peer

from .played import DEADLINE, answer, call, conducted, note

ROUNDS = 30
NEW = {"cwd": "/w", "mcpServers": []}


class Fork(Request[v1.NewSessionResponse], method="_behaviour.sessions/fork"):
    session_id: str


def update(number: int, session_id: str = "s") -> dict[str, Any]:
    usage = {"sessionUpdate": "usage_update", "used": number, "size": 100}
    return note("session/update", {"sessionId": session_id, "update": usage})


@asynccontextmanager
async def connecting(**capabilities: Any) -> AsyncGenerator[tuple[ClientConnection, ScriptedPeer]]:
    """A client of ours, connected to an agent that the test plays."""
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(partial(agent.answer_initialize, **capabilities))
            async with Client("c").connect(transport) as connection:
                yield connection, agent


def relaying() -> Proxy:
    """A proxy that opens and relays sessions."""
    proxy = Proxy("relaying")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            task_status.started(session.response)
            await session.relay()

    return proxy


# What reaches them


@pytest.mark.promise("P4")
@pytest.mark.parametrize("request_", [v1.NewSessionRequest(cwd="/w", mcp_servers=[]), Fork(session_id="old")])
async def test_what_stands_behind_the_answer_in_one_write_reaches_the_new_session(autojump_clock, request_) -> None:
    for _ in range(ROUNDS):
        async with connecting() as (connection, agent):

            async def open_it(agent: ScriptedPeer = agent) -> None:
                request = await agent.expect(request_.method)
                await agent.send(answer(request["id"], {"sessionId": "s"}), update(1), update(2))

            connection.start_soon(open_it)
            block = connection.open_session_with(request_, keep=True)
            async with block as session, session.updates() as stream:
                assert [await anext(stream), await anext(stream)] == [
                    v1.UsageUpdate(used=1, size=100),
                    v1.UsageUpdate(used=2, size=100),
                ]


async def test_a_task_of_a_session_takes_later_updates_while_the_connection_goes_on(autojump_clock) -> None:
    taken: list[Any] = []
    async with connecting() as (connection, agent):
        connection.start_soon(agent.answer_new_session, "s")
        async with connection.open_session("/w", keep=True) as session:

            async def take() -> None:
                async with session.updates() as stream:
                    taken.extend([(await anext(stream)).used for _ in range(3)])

            session.start_soon(take)
            await trio.testing.wait_all_tasks_blocked()
            for number in range(3):
                await agent.send(update(number), call(number, "_x"))
                assert (await agent.receive())["error"]["code"] == -32601
            await trio.testing.wait_all_tasks_blocked()
    assert taken == [0, 1, 2]


async def test_a_route_of_the_connection_has_the_updates_of_a_session_that_was_left(autojump_clock) -> None:
    seen: list[Any] = []

    async def watch(dispatch, _connection):
        if isinstance(dispatch, NotificationDispatch) and dispatch.method == "session/update":
            seen.append(dispatch.params["update"]["used"])
        return Handled.no()

    async with connecting() as (connection, agent), connection.route(watch):
        connection.start_soon(agent.answer_new_session, "s")
        async with connection.open_session("/w", keep=True) as session:
            await agent.send(update(1))
            await trio.testing.wait_all_tasks_blocked()
            assert session.state.usage == v1.UsageUpdate(used=1, size=100)
        await agent.send(update(2))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [1, 2]


async def test_what_an_agent_asks_about_a_session_and_nobody_answers_is_refused_at_once(autojump_clock) -> None:
    async with connecting() as (connection, agent):
        connection.start_soon(agent.answer_new_session, "s")
        async with connection.open_session("/w", keep=True):
            await agent.send(call(1, "fs/read_text_file", {"sessionId": "s", "path": "/x"}))
            refusal = await agent.receive()
            assert (refusal["id"], refusal["error"]["code"]) == (1, -32601)


# Behind a proxy


async def test_the_answer_to_a_setup_request_goes_through_a_proxy_whole(autojump_clock) -> None:
    option = {"id": "model", "name": "Model", "type": "select", "currentValue": "m", "options": []}
    modes = {"currentModeId": "ask", "availableModes": [{"id": "ask", "name": "Ask"}]}
    response = {"sessionId": "s", "configOptions": [option], "modes": modes, "_meta": {"a": 1}, "more": [None]}
    agent = Agent("a")

    @agent.on_new_session
    async def new(_request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        return CODEC.decode(v1.NewSessionResponse, response)

    with trio.fail_after(DEADLINE):
        row = Conductor([relaying()], agent)
        async with Client("c").connect(row) as connection, connection.open_session("/w") as session:
            assert CODEC.encode(session.response) == response
            assert [each.id for each in session.state.config_options] == ["model"]


@pytest.mark.promise("P4")
async def test_a_proxy_passes_on_the_answer_and_then_what_stood_behind_it_in_one_write(autojump_clock) -> None:
    for _ in range(ROUNDS):
        async with conducted(relaying()) as (conductor, _):
            await conductor.peer.send(call("setup", "session/new", NEW))
            whom, request = await conductor.heard()
            assert (whom, request["method"]) == ("agent", "session/new")
            behind = [conductor.of_agent(update(number, "new")) for number in (1, 2)]
            await conductor.peer.send(answer(request["id"], {"sessionId": "new"}), *behind)
            assert await conductor.heard() == ("answer", answer("setup", {"sessionId": "new"}))
            assert await conductor.heard() == ("client", update(1, "new"))
            assert await conductor.heard() == ("client", update(2, "new"))


@pytest.mark.parametrize("beside", [{}, {"_meta": {"a": 1}}, {"meta": {"a": 1}}])
async def test_what_stands_in_an_envelope_beside_its_message_does_no_harm(autojump_clock, beside) -> None:
    message = note("_x", {"_meta": {"trace": 1}})
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.peer.send(conductor.of_agent(message, **beside))
        assert await conductor.heard() == ("client", message)


# What serves them


class Tools:
    """An attachment that answers one request for as long as its session lasts."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.left = False

    @asynccontextmanager
    async def attach(self, connection: Any, /) -> AsyncGenerator[v1.McpServer]:
        if self.fails:
            raise KeyError("no tools")
        tools = Handlers()

        @tools.on_request("_tools/count")
        async def count(params):
            return {"count": len(params)}

        try:
            async with connection.route(tools):
                yield v1.McpServerStdio(name="tools", command="/bin/tools", args=[], env=[])
        finally:
            self.left = True


OTHER = v1.McpServerStdio(name="other", command="/bin/other", args=[], env=[])


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize(
    "request_",
    [
        v1.NewSessionRequest(cwd="/w", mcp_servers=[OTHER], meta={"a": 1}),
        v1.ResumeSessionRequest(session_id="s", cwd="/w", mcp_servers=[OTHER], meta={"a": 1}),
    ],
    ids=["new", "resume"],
)
async def test_an_attachment_serves_during_the_setup_and_until_the_end_of_its_session(
    autojump_clock, refused, request_
) -> None:
    tools = Tools()
    async with connecting() as (connection, agent):

        async def play() -> None:
            request = await agent.expect(request_.method)
            assert [server["name"] for server in request["params"]["mcpServers"]] == ["other", "tools"]
            assert request["params"]["_meta"] == {"a": 1}
            await agent.send(call("during", "_tools/count", ["a"]))
            assert (await agent.receive())["result"] == {"count": 1}
            if refused:
                await agent.refuse(request, 7, "no")
            else:
                await agent.respond(request, {"sessionId": "s"})

        connection.start_soon(play)
        session_id = getattr(request_, "session_id", None)
        block = connection.open_session_with(request_, session_id=session_id, attachments=(tools,), keep=True)
        if refused:
            with pytest.raises(PeerError, match="no"):
                async with block:
                    raise AssertionError("not reached")
        else:
            async with block:
                await agent.send(call("open", "_tools/count", ["a", "b"]))
                assert (await agent.receive())["result"] == {"count": 2}
        assert tools.left
        await agent.send(call("left", "_tools/count", []))
        assert (await agent.receive())["error"]["code"] == -32601


@pytest.mark.parametrize("method", ["session/new", "session/resume"])
async def test_an_attachment_that_cannot_serve_keeps_the_setup_request_from_being_sent(autojump_clock, method) -> None:
    tools = (Tools(fails=True),)
    async with connecting(sessionCapabilities={"resume": {}}) as (connection, agent):
        new, resume = connection.open_session, partial(connection.resume_session, "s")
        with pytest.raises(KeyError, match="no tools"):
            async with (new if method == "session/new" else resume)("/w", attachments=tools):
                raise AssertionError("not reached")
        assert not connection.is_closed
        await connection.notify("_end")
        assert (await agent.receive())["method"] == "_end"
