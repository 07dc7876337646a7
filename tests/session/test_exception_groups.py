"""What leaves the blocks of connections, sessions and turns, with trio's strict exception groups on and off."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ConnectionLost, PeerError, RequestError, Turn
from acp_trio.testing import no_leaks, open_pair, scripted_peer

pytestmark = [
    pytest.mark.promise("P12"),
    pytest.mark.parametrize("strict", [True, False]),
    # Loose groups are on their way out of trio, which says so when a run begins.
    pytest.mark.filterwarnings("ignore::trio.TrioDeprecationWarning"),
]


def run(function: Any, strict: bool) -> None:
    """Run a test in a run of trio of its own."""

    async def guarded() -> None:
        with trio.fail_after(20):
            async with no_leaks():
                await function()

    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(guarded, clock=clock, strict_exception_groups=strict)


def make_agent() -> Agent:
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await turn.say("working")
        if turn.text == "refuse":
            raise RequestError(1001, "no")
        await trio.sleep_forever()

    return agent


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), ExceptionGroup("mine", [ValueError()])])
def test_the_bodys_exception_leaves_every_block_as_itself(strict, error):
    async def use() -> None:
        async with open_pair(Client("test"), make_agent()) as pair:
            pair.agent.start_soon(trio.sleep_forever)
            async with pair.agent.open_session("/") as session, session.updates(), session.prompt("go") as turn:
                session.start_soon(trio.sleep_forever)
                await anext(turn)
                raise error

    async def test() -> None:
        with pytest.raises(type(error)) as caught:
            await use()
        assert caught.value is error

    run(test, strict)


def test_a_refused_turn_leaves_as_the_peers_error(strict):
    async def test() -> None:
        with pytest.raises(PeerError) as caught:
            async with open_pair(Client("test"), make_agent()) as pair, pair.agent.open_session("/") as session:
                await session.ask("refuse")
        assert caught.value.code == 1001

    run(test, strict)


def test_a_lost_connection_leaves_as_itself(strict):
    async def use(transport: Any) -> None:
        async with Client("test").connect(transport) as connection, connection.open_session("/") as session:
            await session.ask("go")

    async def play(agent: Any) -> None:
        await agent.answer_initialize()
        await agent.answer_new_session("s")
        await agent.expect("session/prompt")
        await agent.hang_up()

    async def test() -> None:
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(play, agent)
            with pytest.raises(ConnectionLost):
                await use(transport)

    run(test, strict)


@pytest.mark.parametrize("where", ["session", "connection"])
def test_a_failed_task_leaves_as_a_group(strict, where):
    async def fail() -> None:
        raise ValueError("in a task")

    async def use() -> None:
        async with open_pair(Client("test"), make_agent()) as pair, pair.agent.open_session("/") as session:
            owner = session if where == "session" else pair.agent
            owner.start_soon(fail)
            await trio.sleep_forever()

    async def test() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await use()
        assert [str(error) for error in caught.value.exceptions] == ["in a task"]

    run(test, strict)


def test_a_deadline_is_no_exception(strict):
    async def test() -> None:
        with trio.move_on_after(1) as scope:
            async with open_pair(Client("test"), make_agent()) as pair, pair.agent.open_session("/") as session:
                session.start_soon(trio.sleep_forever)
                pair.agent.start_soon(trio.sleep_forever)
                await session.ask("go")
        assert scope.cancelled_caught

    run(test, strict)
