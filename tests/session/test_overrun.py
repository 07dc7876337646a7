"""A session that nobody reads ends, with an exception at its reader; memory is bounded, the others do not notice."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Limits, SessionOverrun, Turn
from acp_trio.connection import _laggards
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .opened_session import open_session

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P10"), pytest.mark.rule(14)]

SMALL = Limits(session_inbox=10_000)


async def test_an_overrun_raises_at_the_reader_cancels_at_the_agent_and_refuses_later_prompts(
    autojump_clock, connecting, text_update
):
    client = Client("test", limits=SMALL)

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.sleep_forever()

    async with connecting(client) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.updates() as stream, session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                params = {"sessionId": "s", "toolCall": {"toolCallId": "t"}, "options": []}
                await agent.send({"id": 1, "method": "session/request_permission", "params": params})
                await agent.send(*[text_update("s", "x" * 100) for _ in range(200)])
                messages = [await agent.receive() for _ in range(2)]
                assert messages[0]["result"] == {"outcome": {"outcome": "cancelled"}}
                assert messages[1]["method"] == "session/cancel"
                with pytest.raises(SessionOverrun, match="10000 bytes"):
                    await anext(turn)
                with pytest.raises(SessionOverrun):
                    await anext(stream)
                # What comes late is swallowed, and the answer too.
                await agent.send(text_update("s", "more"), {"id": prompt["id"], "result": {"stopReason": "end_turn"}})
                await trio.testing.wait_all_tasks_blocked()
                assert connection.statistics().answers_unknown == 0
            with pytest.raises(SessionOverrun):
                await session.ask("again?")
            assert not connection.is_closed
            await agent.send({"id": 2, "method": "_nothing"})
            assert (await agent.receive())["error"]["code"] == -32601


async def test_leaving_an_overrun_turn_does_not_wait_for_its_answer(autojump_clock, connecting, text_update):
    async with (
        connecting(Client("test", limits=SMALL)) as (agent, connection),
        open_session(agent, connection) as session,
    ):
        with trio.fail_after(5):
            began = trio.current_time()
            async with session.prompt("go"):
                await agent.expect("session/prompt")
                await agent.send(*[text_update("s", "x" * 100) for _ in range(200)])
                await agent.expect("session/cancel")
            assert trio.current_time() == began


async def test_an_overrun_of_a_stream_outside_of_turns_ends_the_session_too(autojump_clock, connecting, text_update):
    async with (
        connecting(Client("test", limits=SMALL)) as (agent, connection),
        open_session(agent, connection) as session,
    ):
        with trio.fail_after(5):
            async with session.updates() as stream:
                await agent.send(*[text_update("s", "x" * 100) for _ in range(200)])
                await agent.expect("session/cancel")
                with pytest.raises(SessionOverrun):
                    await anext(stream)


async def test_updates_that_nobody_wants_are_no_overrun(autojump_clock, connecting, text_update):
    async with (
        connecting(Client("test", limits=SMALL)) as (agent, connection),
        open_session(agent, connection) as session,
    ):
        with trio.fail_after(5):
            await agent.send(*[text_update("s", "x" * 100) for _ in range(1000)])
            await trio.testing.wait_all_tasks_blocked()
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                await agent.send({"id": prompt["id"], "result": {"stopReason": "end_turn"}})
                assert [update async for update in turn] == []


async def test_the_answer_finds_room_in_an_inbox_that_is_full(autojump_clock, connecting, text_update):
    async with (
        connecting(Client("test", limits=SMALL)) as (agent, connection),
        open_session(agent, connection) as session,
    ):
        with trio.fail_after(5):
            async with session.prompt("go") as turn:
                prompt = await agent.expect("session/prompt")
                one = text_update("s", "x" * 100)
                await agent.send(*[one for _ in range(45)], {"id": prompt["id"], "result": {"stopReason": "end_turn"}})
                await trio.testing.wait_all_tasks_blocked()
                assert len([update async for update in turn]) == 45
                assert turn.stop_reason == "end_turn"


async def test_a_flood_to_a_sleeping_reader_is_bounded_and_another_session_does_not_notice(autojump_clock):
    agent = Agent("test")
    text = "x" * 50
    size = 200_000

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        if turn.text == "flood":
            for _ in range(20_000):
                await turn.say(text)
        await turn.say("done")
        return "end_turn"

    client = Client("test", limits=Limits(session_inbox=size))
    with trio.fail_after(60):
        async with (
            open_pair(client, agent) as pair,
            pair.agent.open_session("/a") as flooded,
            pair.agent.open_session("/b") as other,
        ):
            pair.wire.messages = _Nothing()
            tracemalloc.start()
            try:
                async with flooded.prompt("flood") as turn:
                    began = trio.current_time()
                    for _ in range(20):
                        assert await other.ask("hello") == "done"
                    assert trio.current_time() == began
                    # The flood goes on until the reader's inbox is full; then the agent is told to stop.
                    await trio.testing.wait_all_tasks_blocked()
                    with pytest.raises(SessionOverrun):
                        await turn.finish()
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 20 * size
            assert await other.ask("still there?") == "done"


@pytest.mark.parametrize("ways", [1, 3])
async def test_a_reader_that_only_reads_is_not_overrun_however_slow_it_is(autojump_clock, monkeypatch, ways):
    monkeypatch.setattr(_laggards, "LONGEST", math.inf)
    agent = Agent("test")
    text = "x" * 1000

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        for _ in range(2000):
            await turn.say(text)
        return "end_turn"

    taken = 0
    with trio.fail_after(60):
        async with (
            open_pair(Client("test", limits=Limits(session_inbox=500_000)), agent) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("go") as turn,
        ):
            async for _ in turn:
                taken += 1
                for _ in range(ways):  # others run, and the dispatch loop, each time
                    await trio.lowlevel.checkpoint()
    assert taken == 2000


class _Nothing(list):
    """A record of the wire that keeps nothing, so that it does not count."""

    def append(self, message: Any) -> None:
        pass


async def test_an_inbox_is_bounded_by_bytes_and_not_by_how_many_updates_it_holds(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        for _ in range(20_000):
            await turn.say("")
        return "end_turn"

    with trio.fail_after(60):
        async with (
            open_pair(Client("test"), agent) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("go") as turn,
        ):
            await trio.testing.wait_all_tasks_blocked()
            assert len([update async for update in turn]) == 20_000
