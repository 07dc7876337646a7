"""The scripted peer: it says what it is told, byte by byte, and complains about what it did not expect."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ConnectionLost, LocalMisuse
from acp_trio.testing import no_leaks, scripted_peer

pytestmark = pytest.mark.promise("P16")


async def test_it_plays_an_agent(autojump_clock):
    async def play(agent: Any) -> None:
        await agent.answer_initialize(loadSession=True)
        await agent.answer_new_session("s")
        prompt = await agent.expect("session/prompt")
        assert prompt["params"]["sessionId"] == "s"
        await agent.respond(prompt, {"stopReason": "end_turn"})

    with trio.fail_after(5):
        async with no_leaks(), scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(play, agent)
            async with Client("test").connect(transport) as connection:
                assert connection.agent_capabilities.load_session
                async with connection.open_session("/", keep=True) as session:
                    assert await session.ask("hello") == ""


async def test_it_plays_a_client(autojump_clock):
    with trio.fail_after(5):
        async with no_leaks(), scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            connection = await nursery.start(Agent("test").serve, transport)
            answer = await client.initialize(terminal=True)
            assert answer["result"]["agentInfo"]["name"] == "test"
            assert connection.client_capabilities.terminal
            await client.hang_up()


async def test_a_message_may_arrive_in_pieces_and_several_in_one(autojump_clock):
    with trio.fail_after(5):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            nursery.start_soon(Agent("test").serve, transport)
            await client.initialize()
            for byte in b'{"jsonrpc":"2.0","id":1,"method":"_a"}\n':
                await client.send_bytes(bytes([byte]))
            await client.send({"id": 2, "method": "_b"}, {"id": 3, "method": "_c"})
            assert [(await client.receive())["id"] for _ in range(3)] == [1, 2, 3]
            await client.hang_up()


async def test_an_unexpected_message_fails_the_script_and_shows_it(autojump_clock):
    with trio.fail_after(5):
        async with scripted_peer() as (agent, transport), transport.open() as link:
            await link.write(b'{"jsonrpc":"2.0","id":1,"method":"session/new"}\n[1]\n')
            with pytest.raises(AssertionError, match=r"expected initialize, received .*session/new"):
                await agent.expect("initialize")
            with pytest.raises(AssertionError, match="expected initialize"):
                await agent.expect("initialize")


async def test_the_end_of_the_stream_is_none(autojump_clock):
    with trio.fail_after(5):
        async with scripted_peer() as (agent, transport):
            async with transport.open() as link:
                await link.write(b"{}\nnever finished")
            assert await agent.receive() == {}
            assert await agent.receive() is None
            with pytest.raises(AssertionError, match="received None"):
                await agent.expect("initialize")


async def test_a_client_without_an_agent_is_told(autojump_clock):
    with trio.fail_after(5):
        async with scripted_peer() as (client, transport):
            async with transport.open():
                pass
            with pytest.raises((LocalMisuse, trio.BrokenResourceError)):
                await client.initialize()


async def test_hanging_up_ends_the_connection_at_the_other_side(autojump_clock):
    async def play(agent: Any) -> None:
        await agent.answer_initialize()
        await agent.expect("_ask")
        await agent.hang_up()

    with trio.fail_after(5):
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(play, agent)
            async with Client("test").connect(transport) as connection:
                with pytest.raises(ConnectionLost):
                    await connection.request("_ask")


async def test_a_refusal_carries_code_message_and_data(autojump_clock):
    with trio.fail_after(5):
        async with scripted_peer() as (agent, transport), transport.open() as link:
            await agent.refuse({"id": 3}, -1, "no", {"a": 1})
            line = await link.receive()
    assert line == b'{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no","data":{"a":1}}}\n'
