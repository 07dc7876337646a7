"""The first exchange, on both sides: what is said before it, what it agrees on, and how it fails."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import (
    Agent,
    Client,
    HandshakeFailed,
    Limits,
    LocalMisuse,
    PeerError,
    RequestError,
    Turn,
    VersionMismatch,
)
from acp_trio.schema import v1
from acp_trio.testing import no_leaks, open_pair, scripted_peer

pytestmark = pytest.mark.usefixtures("nothing_leaks")


@pytest.fixture
async def nothing_leaks():
    async with no_leaks():
        yield


def initialize(request_id: Any = 1, version: Any = 1) -> dict[str, Any]:
    return {"id": request_id, "method": "initialize", "params": {"protocolVersion": version}}


# The agent's side


async def test_both_sides_learn_who_the_other_is(autojump_clock):
    agent = Agent("the-agent", version="1.2", title="The Agent")
    client = Client("the-client", version="3.4")
    with trio.fail_after(5):
        async with open_pair(client, agent) as pair:
            assert pair.agent.agent_info == v1.Implementation(name="the-agent", version="1.2", title="The Agent")
            assert pair.client.client_info == v1.Implementation(name="the-client", version="3.4")
            assert pair.agent.protocol_version == 1
            assert "the-agent" in repr(pair.agent)


@pytest.mark.parametrize("version", [1, 2, 65535, 0])
async def test_an_agent_answers_with_the_version_it_speaks(autojump_clock, version):
    async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(Agent("test").serve, transport)
            await client.send(initialize(version=version))
            assert (await client.receive())["result"]["protocolVersion"] == 1
            await client.hang_up()


@pytest.mark.rule(25)
async def test_a_request_before_initialize_is_refused_and_a_notification_ignored(autojump_clock):
    agent = Agent("test")
    seen: list[Any] = []

    @agent.on_notification("_note")
    async def note(params: Any) -> None:
        seen.append(params)

    @agent.on_request("_ask")
    async def ask(params: Any) -> None:
        seen.append(params)

    async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(agent.serve, transport)
            new = {"id": "a", "method": "session/new", "params": {"cwd": "/", "mcpServers": []}}
            await client.send(new, {"method": "_note", "params": {"early": 1}}, {"id": "b", "method": "_ask"})
            for request_id in ("a", "b"):
                answer = await client.receive()
                assert (answer["id"], answer["error"]["code"]) == (request_id, -32600)
            await client.send(initialize(), {"method": "_note", "params": {"early": 0}})
            assert (await client.receive())["id"] == 1
            await trio.testing.wait_all_tasks_blocked()
            assert seen == [{"early": 0}]
            await client.hang_up()


@pytest.mark.rule(25)
async def test_a_second_initialize_is_refused_and_changes_nothing(autojump_clock):
    async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            connection = await nursery.start(Agent("test").serve, transport)
            await client.initialize(terminal=True)
            await client.send(initialize(2))
            answer = await client.receive()
            assert (answer["id"], answer["error"]["code"]) == (2, -32600)
            assert connection.client_capabilities.terminal is True
            await client.hang_up()


@pytest.mark.parametrize("params", [None, {}, {"protocolVersion": "one"}, []])
async def test_an_initialize_that_is_not_valid_is_refused_and_may_be_tried_again(autojump_clock, params):
    async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(Agent("test").serve, transport)
            await client.send({"id": 1, "method": "initialize", "params": params})
            assert (await client.receive())["error"]["code"] == -32602
            await client.send(initialize(2))
            assert (await client.receive())["result"]["protocolVersion"] == 1
            await client.hang_up()


@pytest.mark.promise("P14")
async def test_initialize_is_answered_in_the_write_of_the_first_session(autojump_clock):
    agent = Agent("test")

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        await trio.sleep_forever()

    async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(agent.serve, transport)
            new_session = {"id": 2, "method": "session/new", "params": {"cwd": "/", "mcpServers": []}}
            await client.send(initialize(), new_session)
            assert (await client.receive())["id"] == 1
            await client.hang_up()
            nursery.cancel_scope.cancel()


async def test_handlers_are_registered_before_the_first_connection(autojump_clock):
    agent, client = Agent("test"), Client("test")
    with trio.fail_after(5):
        async with open_pair(client, agent):
            pass
    with pytest.raises(RuntimeError, match="too late"):

        @agent.on_prompt
        async def work(turn: Turn) -> str:
            return "end_turn"

    with pytest.raises(RuntimeError, match="too late"):

        @client.on_permission
        async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
            raise AssertionError


async def test_an_agent_serves_one_client_after_the_other(autojump_clock):
    agent = Agent("test")
    with trio.fail_after(5):
        for _ in range(2):
            async with open_pair(Client("test"), agent) as pair:
                assert len(pair.client.sessions) == 0
                async with pair.agent.open_session("/"):
                    assert len(pair.client.sessions) == 1


# The client's side


@pytest.mark.parametrize("version", [0, 2, 99])
async def test_another_version_is_a_mismatch_that_names_both(autojump_clock, version):
    async def answer(agent: Any) -> None:
        await agent.respond(await agent.expect("initialize"), {"protocolVersion": version})

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            with pytest.raises(VersionMismatch) as caught:
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")
    assert (caught.value.offered, caught.value.answered) == (1, version)
    assert isinstance(caught.value, HandshakeFailed)


@pytest.mark.promise("P8")
async def test_an_agent_that_refuses_to_initialize_fails_the_handshake_with_its_words(autojump_clock):
    async def refuse(agent: Any) -> None:
        await agent.refuse(await agent.expect("initialize"), -32603, "no licence", {"file": "missing"})

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(refuse, agent)
            with pytest.raises(HandshakeFailed, match="no licence") as caught:
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")
    assert isinstance(caught.value.__cause__, PeerError)
    assert caught.value.__cause__.data == {"file": "missing"}


@pytest.mark.promise("P1")
async def test_an_agent_that_ends_fails_the_handshake_at_once(autojump_clock):
    async def end(agent: Any) -> None:
        await agent.expect("initialize")
        await agent.hang_up()

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(end, agent)
            with pytest.raises(HandshakeFailed, match="no answer to initialize"):
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")


@pytest.mark.parametrize("result", [None, {}, {"protocolVersion": "1"}, 7])
async def test_an_answer_that_makes_no_sense_fails_the_handshake(autojump_clock, result):
    async def answer(agent: Any) -> None:
        await agent.respond(await agent.expect("initialize"), result)

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            with pytest.raises(HandshakeFailed):
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")


@pytest.mark.promise("P6")
async def test_a_banner_before_the_answer_is_skipped_and_counted(autojump_clock):
    async def answer(agent: Any) -> None:
        request = await agent.expect("initialize")
        await agent.send_bytes(b"Welcome!\r\n\r\n\x1b[32mloading\x1b[0m\n[1, 2\n" + b"\xff\xfe\n")
        await agent.respond(request, {"protocolVersion": 1})

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            async with Client("test").connect(transport) as connection:
                assert connection.statistics().malformed == 4
                # Later ones are skipped too, and nothing is answered to any.
                await agent.send_bytes(b"debug: " * 50 + b"\n")
                await agent.send({"id": 1, "method": "_nothing"})
                assert (await agent.receive())["id"] == 1


@pytest.mark.promise("P6")
async def test_a_program_that_talks_and_ends_is_quoted_in_the_failure(autojump_clock):
    async def talk(agent: Any) -> None:
        await agent.send_bytes(b"usage: tool [-h]\nsecond line\n")
        await agent.hang_up()

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(talk, agent)
            with pytest.raises(HandshakeFailed, match=r"2 lines .*usage: tool \[-h\]"):
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")


@pytest.mark.promise("P6")
async def test_a_program_that_never_stops_talking_fails_fast(autojump_clock):
    async def talk(agent: Any) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            while True:
                await agent.send_bytes(b"y\n" * 10)

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            began = trio.current_time()
            nursery.start_soon(talk, agent)
            with pytest.raises(HandshakeFailed, match="does not speak ACP"):
                async with Client("test").connect(transport):
                    raise AssertionError("the block must not run")
            assert trio.current_time() == began


async def test_the_only_time_limit_of_a_handshake_is_the_callers(autojump_clock):
    async with scripted_peer() as (agent, transport):
        with trio.fail_after(10_000):
            began = trio.current_time()
            with trio.move_on_after(5000) as scope:
                async with Client("test", grace=1).connect(transport):
                    raise AssertionError("the block must not run")
            assert scope.cancelled_caught
            assert trio.current_time() - began <= 5001.001
            request = await agent.expect("initialize")
            assert (await agent.expect("$/cancel_request"))["params"] == {"requestId": request["id"]}


async def test_what_the_agent_sends_before_its_answer_does_not_confuse_the_client(autojump_clock):
    async def answer(agent: Any) -> None:
        request = await agent.expect("initialize")
        update = {"sessionUpdate": "current_mode_update", "currentModeId": "x"}
        await agent.send(
            {"id": 7, "result": {}},
            {"method": "session/update", "params": {"sessionId": "s", "update": update}},
            {"id": 0, "method": "session/request_permission", "params": {}},
            {"id": request["id"], "result": {"protocolVersion": 1}},
        )

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            async with Client("test").connect(transport) as connection:
                assert connection.statistics().answers_unknown == 1
                assert (await agent.receive())["id"] == 0


@pytest.mark.promise("P7")
async def test_an_answer_that_is_too_long_fails_the_handshake(autojump_clock):
    async def answer(agent: Any) -> None:
        await agent.respond(await agent.expect("initialize"), {"protocolVersion": 1, "_meta": {"x": "y" * 5000}})

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            with pytest.raises(HandshakeFailed, match="longer than the maximum"):
                async with Client("test", limits=Limits(maximum_frame=1000)).connect(transport):
                    raise AssertionError("the block must not run")


# Authentication


def authenticating_agent() -> Agent:
    methods = [
        v1.AuthMethodAgent(id="browser", name="Browser"),
        v1.AuthMethodTerminal(id="login", name="Log in", args=["--login"]),
    ]
    agent = Agent("test", auth_methods=methods)
    who: list[str] = []

    @agent.on_authenticate
    async def authenticate(request: v1.AuthenticateRequest, client: Any) -> v1.AuthenticateResponse:
        who.append(request.method_id)
        return v1.AuthenticateResponse()

    @agent.on_logout
    async def logout(request: v1.LogoutRequest) -> v1.LogoutResponse:
        who.clear()
        return v1.LogoutResponse()

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        if not who:
            raise RequestError.auth_required()
        return v1.NewSessionResponse(session_id="s")

    return agent


async def test_a_session_that_needs_authentication_says_so_by_its_code_until_it_has_it(autojump_clock):
    with trio.fail_after(5):
        async with open_pair(Client("test"), authenticating_agent()) as pair:
            for _ in range(2):
                with pytest.raises(PeerError) as caught:
                    async with pair.agent.open_session("/"):
                        raise AssertionError("the block must not run")
                assert caught.value.code == -32000
                await pair.agent.authenticate("browser")
                async with pair.agent.open_session("/"):
                    pass
                await pair.agent.logout()


async def test_the_ways_to_authenticate_are_told_and_others_are_misuse(autojump_clock):
    with trio.fail_after(5):
        async with open_pair(Client("test"), authenticating_agent()) as pair:
            assert [method.id for method in pair.agent.auth_methods] == ["browser", "login"]
            with pytest.raises(LocalMisuse, match="browser, login"):
                await pair.agent.authenticate("password")
            with pytest.raises(LocalMisuse, match="terminal"):
                await pair.agent.authenticate("login")
        assert pair.wire.methods("client") == ["initialize"]


async def test_a_way_to_authenticate_of_the_future_is_kept_and_not_offered(autojump_clock):
    async def answer(agent: Any) -> None:
        methods = [{"type": "passkey", "id": "p", "name": "P"}, {"id": "old", "name": "Old"}]
        await agent.respond(await agent.expect("initialize"), {"protocolVersion": 1, "authMethods": methods})
        await agent.respond(await agent.expect("authenticate"), {})

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(answer, agent)
            async with Client("test").connect(transport) as connection:
                assert isinstance(connection.auth_methods[0], v1.UnknownAuthMethod)
                with pytest.raises(LocalMisuse):
                    await connection.authenticate("p")
                await connection.authenticate("old")
