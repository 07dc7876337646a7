"""A test of a proxy: client, conductor, proxy and agent in one process, on trio's mock clock."""

from __future__ import annotations

import trio.testing
from shout_proxy import proxy

from acp_trio import Agent, Client, Turn
from acp_trio.conductor import Conductor
from acp_trio.schema import v1
from acp_trio.testing import no_leaks

agent = Agent("echo")


@agent.on_prompt
async def echo(turn: Turn) -> v1.StopReason:
    await turn.say(turn.text)
    return "end_turn"


async def test_the_agent_gets_every_prompt_in_capitals(autojump_clock: trio.testing.MockClock) -> None:
    row = Conductor([proxy], agent)
    async with no_leaks(), Client("test").connect(row) as conn, conn.open_session("/") as session:
        assert await session.ask("hello") == "HELLO"


async def test_two_of_them_do_no_harm(autojump_clock: trio.testing.MockClock) -> None:
    row = Conductor([proxy, proxy], agent)
    async with no_leaks(), Client("test").connect(row) as conn, conn.open_session("/") as session:
        assert await session.ask("hello") == "HELLO"
