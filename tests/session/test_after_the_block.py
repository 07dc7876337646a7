"""A session, a turn or a stream whose block was left: who still reads it is let go, who still asks is told."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio.testing

from acp_trio import Client, ConnectionLost, Limits, LocalMisuse
from acp_trio.errors import SessionOverrun
from acp_trio.testing import open_pair

from .opened_session import echo_agent, open_session

pytestmark = pytest.mark.usefixtures("nothing_leaks")

HANG = 60
"""Seconds of the mock clock, more than the grace and what the peer's silence may take."""


async def read_all(source, done: list[str]) -> None:
    async for _ in source:
        pass
    async for _ in source:
        raise AssertionError("it has ended")
    done.append("ended")


async def read_stream(session, done: list[str]) -> None:
    async with session.updates() as stream:
        await read_all(stream, done)


# Readers


@pytest.mark.rule(21)
async def test_a_stream_of_updates_ends_with_its_session(autojump_clock) -> None:
    done: list[str] = []
    with trio.fail_after(HANG):
        async with open_pair(Client("c"), echo_agent()) as pair, trio.open_nursery() as nursery:
            session = await nursery.start(pair.agent.run_session, "/")
            nursery.start_soon(read_stream, session, done)
            await trio.testing.wait_all_tasks_blocked()
            await session.close()
            await trio.testing.wait_all_tasks_blocked()
            assert done == ["ended"]


@pytest.mark.rule(21)
async def test_a_stream_in_another_task_ends_when_the_sessions_block_is_left(autojump_clock) -> None:
    done: list[str] = []
    with trio.fail_after(HANG):
        async with (
            open_pair(Client("c"), echo_agent()) as pair,
            trio.open_nursery() as nursery,
            pair.agent.open_session("/") as session,
        ):
            nursery.start_soon(read_stream, session, done)
            await trio.testing.wait_all_tasks_blocked()
    assert done == ["ended"]


@pytest.mark.promise("P1")
@pytest.mark.parametrize("agent_is_gone", [False, True])
async def test_finishing_a_turn_behind_its_block_is_misuse(autojump_clock, connecting, agent_is_gone) -> None:
    with trio.fail_after(HANG):
        async with (
            connecting(Client("c", grace=1)) as (agent, connection),
            open_session(agent, connection) as session,
        ):
            async with session.prompt("x") as turn:
                await trio.sleep(1)
            if agent_is_gone:
                await agent.hang_up()
            with pytest.raises(LocalMisuse, match="the block of this turn has been left"):
                await turn.finish()


async def test_a_reader_of_a_turn_in_another_task_is_told_when_the_turns_block_is_left(
    autojump_clock, connecting
) -> None:
    async def read(turn) -> None:
        with pytest.raises(LocalMisuse):
            await read_all(turn, [])

    with trio.fail_after(HANG):
        async with (
            trio.open_nursery() as readers,
            connecting(Client("c", grace=1)) as (agent, connection),
            open_session(agent, connection) as session,
            session.prompt("x") as turn,
        ):
            readers.start_soon(read, turn)
            await trio.testing.wait_all_tasks_blocked()


@pytest.mark.rule(18)
async def test_a_prompt_that_waits_for_an_old_answer_is_told_when_its_session_is_left(
    autojump_clock, connecting
) -> None:
    async def ask_again(session, told: trio.Event) -> None:
        with pytest.raises(LocalMisuse, match="has been left"):
            await session.ask("second")
        told.set()

    told = trio.Event()
    with trio.fail_after(HANG):
        async with connecting(Client("c", grace=5)) as (agent, connection), trio.open_nursery() as nursery:
            async with open_session(agent, connection) as session:
                with trio.move_on_after(1):
                    async with session.prompt("first"):
                        await trio.sleep_forever()
                nursery.start_soon(ask_again, session, told)
                await trio.testing.wait_all_tasks_blocked()
                left_at = trio.current_time()
            await told.wait()
            assert trio.current_time() == left_at  # nothing was waited for that nobody will send
            assert [(await agent.receive())["method"] for _ in range(2)] == ["session/prompt", "session/cancel"]
            await connection.notify("_after")
            assert (await agent.receive())["method"] == "_after"  # the second prompt was never sent, nor its cancel


# Asking


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: session.ask("again"),
        lambda session: session.set_mode("m"),
        lambda session: session.set_config_option("o", True),
        lambda session: read_stream(session, []),
    ],
    ids=["prompt", "set_mode", "set_config_option", "updates"],
)
@pytest.mark.parametrize("way", ["block", "close"])
async def test_a_session_that_was_left_refuses_and_sends_nothing(autojump_clock, ask, way) -> None:
    with trio.fail_after(HANG):
        async with open_pair(Client("c"), echo_agent()) as pair, trio.open_nursery() as nursery:
            if way == "block":
                async with pair.agent.open_session("/") as session:
                    assert await session.ask("hello") == "hello"
            else:
                session = await nursery.start(pair.agent.run_session, "/")
                await session.close()
            before = pair.wire.methods()
            with pytest.raises(LocalMisuse, match="has been left"):
                await ask(session)
            assert pair.wire.methods() == before


# Errors that are raised more than once


async def frames(ask, kind: type[Exception]) -> int:
    """How many frames the error that `ask` raises has passed, as its traceback says."""
    with pytest.raises(kind) as caught:
        await ask()
    return len(caught.traceback)


async def test_the_error_of_an_overrun_session_does_not_grow_however_often_it_is_raised(
    autojump_clock, connecting, text_update
) -> None:
    client = Client("c", limits=Limits(session_inbox=200), grace=1)
    with trio.fail_after(HANG):
        async with (
            connecting(client) as (agent, connection),
            open_session(agent, connection) as session,
            session.updates() as stream,
        ):
            await agent.send(*[text_update("s", "x" * 100)] * 5)
            await trio.testing.wait_all_tasks_blocked()
            for ask in (partial(session.ask, "x"), partial(anext, stream)):
                assert len({await frames(ask, SessionOverrun) for _ in range(20)}) == 1


async def test_the_error_behind_the_last_update_does_not_grow_however_often_it_is_raised(
    autojump_clock, connecting
) -> None:
    with trio.fail_after(HANG):
        async with (
            connecting(Client("c", grace=1)) as (agent, connection),
            open_session(agent, connection) as session,
            session.updates() as stream,
        ):
            await agent.hang_up()
            await connection.wait_closed()
            assert len({await frames(partial(anext, stream), ConnectionLost) for _ in range(20)}) == 1
