"""Sessions that run in a nursery instead of a block at the call site."""

from __future__ import annotations

import pytest
import trio

from acp_trio import Agent, Client, LocalMisuse, PeerError, RequestError
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .opened_session import echo_agent, stay


@pytest.mark.rule(21)
async def test_a_session_in_a_nursery_ends_by_close_which_waits(autojump_clock) -> None:
    with trio.fail_after(5):
        async with open_pair(Client("c"), echo_agent()) as pair, trio.open_nursery() as nursery:
            session = await nursery.start(pair.agent.run_session, "/")
            assert await session.ask("hello") == "hello"
            await session.close()
            assert len(pair.agent.sessions) == 0
            assert pair.wire.methods("client")[-1] == "session/close"
            assert not nursery.child_tasks


@pytest.mark.rule(21)
async def test_close_drains_the_turn_of_another_task_before_the_agent_is_told(autojump_clock) -> None:
    reasons: list[str] = []

    with trio.fail_after(5):
        async with open_pair(Client("c"), echo_agent()) as pair, trio.open_nursery() as nursery:
            session = await nursery.start(pair.agent.run_session, "/")
            await nursery.start(stay, session, reasons)
            await session.close()
    assert reasons == ["cancelled"]
    assert pair.wire.methods("client")[-2:] == ["session/cancel", "session/close"]


async def test_cancelling_the_nursery_ends_the_session_as_well(autojump_clock) -> None:
    with trio.fail_after(5):
        async with open_pair(Client("c"), echo_agent()) as pair:
            async with trio.open_nursery() as nursery:
                await nursery.start(pair.agent.run_session, "/")
                nursery.cancel_scope.cancel()
            assert pair.wire.methods("client")[-1] == "session/close"


async def test_a_session_that_cannot_be_opened_raises_where_it_is_started(autojump_clock) -> None:
    agent = Agent("no")

    @agent.on_new_session
    async def refuse(_request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        raise RequestError(1001, "no room")

    with trio.fail_after(5):
        async with open_pair(Client("c"), agent) as pair, trio.open_nursery() as nursery:
            with pytest.raises(PeerError, match="no room"):
                await nursery.start(pair.agent.run_session, "/")


async def test_a_session_of_a_block_is_not_closed_by_call(autojump_clock) -> None:
    with trio.fail_after(5):
        async with open_pair(Client("c"), echo_agent()) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(LocalMisuse, match="leave that block"):
                await session.close()


async def test_a_task_that_has_the_turn_open_is_told_to_leave_it_before_it_closes_the_session(autojump_clock) -> None:
    with trio.fail_after(5):
        async with open_pair(Client("c"), echo_agent()) as pair, trio.open_nursery() as nursery:
            session = await nursery.start(pair.agent.run_session, "/")
            async with session.prompt("hello") as turn:
                with pytest.raises(LocalMisuse, match="leave the block of the turn"):
                    await session.close()
                await turn.finish()
            await session.close()
