"""Connections that live inside of others, and work that comes with an endpoint."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, DispatchLoopHeld, Handlers, HandshakeFailed, LocalMisuse, Turn, UntypedMessage
from acp_trio.schema import v1
from acp_trio.testing import open_pair, scripted_peer


def backend() -> Agent:
    agent = Agent("backend")

    @agent.on_prompt
    async def answer(turn: Turn) -> v1.StopReason:
        await turn.say(f"backend: {turn.text}")
        return "end_turn"

    return agent


async def test_an_agent_asks_another_agent_over_a_connection_inside_of_its_own(autojump_clock) -> None:
    agent, ended = Agent("front"), []

    @agent.on_prompt
    async def ask_the_other(turn: Turn) -> v1.StopReason:
        behind = await turn.connection.open_connection(Client("front"), backend())
        behind.call_on_end(lambda error: ended.append(type(error).__name__))
        async with behind.open_session("/w") as session:
            await turn.say(await session.ask(turn.text))
        return "end_turn"

    with trio.fail_after(60):
        async with open_pair(Client("c"), agent) as pair:
            async with pair.agent.open_session("/w") as session:
                assert await session.ask("hello") == "backend: hello"
            assert ended == []
        assert ended == ["ConnectionClosed"]


async def test_a_connection_that_cannot_be_opened_fails_where_it_is_opened(autojump_clock) -> None:
    with trio.fail_after(60):
        async with scripted_peer() as (peer, transport), open_pair(Client("c"), Agent("a")) as pair:
            await peer.hang_up()
            with pytest.raises(HandshakeFailed):
                await pair.client.open_connection(Client("inner"), transport)


@pytest.mark.promise("P5")
async def test_a_handler_that_holds_the_loop_cannot_wait_for_another_connection(autojump_clock) -> None:
    agent, seen = Agent("a"), []

    @agent.on_request("_open")
    async def open_it(_params, conn):
        with pytest.raises(DispatchLoopHeld):
            await conn.open_connection(Client("inner"), backend())
        seen.append("refused")
        return {}

    with trio.fail_after(60):
        async with open_pair(Client("c"), agent) as pair:
            await pair.agent.request("_open", {})
    assert seen == ["refused"]


async def test_an_included_agent_brings_its_named_handlers(autojump_clock) -> None:
    front = Agent("front")
    front.include(backend())
    with trio.fail_after(60):
        async with open_pair(Client("c"), front) as pair, pair.agent.open_session("/w") as session:
            assert await session.ask("hello") == "backend: hello"


def test_two_agents_cannot_both_bring_the_same_named_handler() -> None:
    front = backend()
    with pytest.raises(RuntimeError, match="would never run"):
        front.include(backend())


async def test_the_work_of_a_client_starts_when_the_agent_is_initialized(autojump_clock) -> None:
    client, said = Client("c"), []

    @client.on_start
    async def work(connection) -> None:
        assert connection.agent_info is not None
        async with connection.open_session("/w") as session:
            said.append(await session.ask("from the start"))

    with trio.fail_after(60):
        async with open_pair(client, backend()):
            await trio.testing.wait_all_tasks_blocked()
            await trio.sleep(1)
    assert said == ["backend: from the start"]


def test_a_registry_that_includes_itself_has_everything_twice_and_no_more() -> None:
    agent = Agent("a")

    @agent.on_request("_x")
    async def x(_params) -> None: ...

    super(Agent, agent).include(agent)
    assert len(list(agent)) == 2


@pytest.mark.promise("P17")
def test_what_an_endpoint_may_not_register_it_may_not_include_either() -> None:
    async def handle(_message) -> None: ...

    more = Handlers()
    more.on_request("session/new")(handle)
    with pytest.raises(LocalMisuse, match="use on_new_session"):
        Agent("a").include(more)
    with pytest.raises(LocalMisuse, match="cannot do what"):
        Client("c").include(Agent("a"))
    frozen = Agent("f")
    frozen.freeze()
    with pytest.raises(LocalMisuse, match="too late"):
        frozen.include(Handlers())


async def test_a_catch_all_leaves_to_an_agent_what_it_handles_itself(autojump_clock) -> None:
    agent, caught = backend(), []

    @agent.on_request(UntypedMessage)
    async def rest(message):
        caught.append(message.method)
        return {}

    with trio.fail_after(60):
        async with open_pair(Client("c"), agent) as pair, pair.agent.open_session("/w") as session:
            assert await session.ask("hello") == "backend: hello"
            await pair.agent.request("_x", {})
    assert caught == ["_x"]


async def test_a_route_takes_no_work_of_a_connection(autojump_clock) -> None:
    routed = Handlers()

    @routed.on_start
    async def work(_connection) -> None: ...

    with trio.fail_after(60):
        async with open_pair(Client("c"), Agent("a")) as pair:
            with pytest.raises(LocalMisuse, match="on_start and on_close are for a connection"):
                async with pair.agent.route(routed):
                    raise AssertionError("not reached")


@pytest.mark.promise("P17")
@pytest.mark.parametrize("what", ["on_start", "on_close"])
def test_work_of_the_wrong_shape_fails_when_it_is_registered(what) -> None:
    async def two(_connection, _more) -> None: ...
    def plain(_connection) -> None: ...

    with pytest.raises(TypeError, match="async def function"):
        getattr(Agent("a"), what)(two)
    with pytest.raises(TypeError, match="an async function"):
        getattr(Agent("a"), what)(plain)
