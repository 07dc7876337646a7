"""A test of an agent and a client in memory: no process, no sleeping, no real time."""

from __future__ import annotations

import trio
import trio.testing

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import no_leaks, open_pair


def make_sleepy_agent() -> Agent:
    agent = Agent("sleepy")

    @agent.on_prompt
    async def work(turn: Turn) -> v1.StopReason:
        await turn.say("working")
        await trio.sleep(3600)
        return "end_turn"

    return agent


async def test_leaving_a_turn_early_cancels_it(autojump_clock: trio.testing.MockClock) -> None:
    sleepy = make_sleepy_agent()
    async with no_leaks(), open_pair(Client("test"), sleepy) as pair, pair.agent.open_session("/") as session:
        async with session.prompt("go") as turn:
            async for _update in turn:
                break
        assert turn.stop_reason == "cancelled"

    assert pair.wire.methods("client") == ["initialize", "session/new", "session/prompt", "session/cancel"]


async def test_an_hour_passes_in_no_time(autojump_clock: trio.testing.MockClock) -> None:
    async with open_pair(Client("test"), make_sleepy_agent()) as pair, pair.agent.open_session("/") as session:
        before = trio.current_time()
        assert await session.ask("go") == "working"
        assert trio.current_time() - before == 3600
