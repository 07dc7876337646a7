"""Sessions that are there when their connection closes, and sessions that are cancelled before they are opened."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import Client, ConnectionClosed
from acp_trio.testing import open_pair

from .opened_session import echo_agent, stay

pytestmark = pytest.mark.usefixtures("nothing_leaks")

HANG = 60
"""Seconds of the mock clock, more than every grace."""


@pytest.mark.rule(21)
async def test_leaving_a_connection_ends_the_sessions_of_a_nursery_around_it(autojump_clock) -> None:
    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            async with open_pair(Client("c"), echo_agent()) as pair:
                for _ in range(2):
                    await nursery.start(pair.agent.run_session, "/")
            assert not nursery.child_tasks
            assert pair.wire.methods("client")[-2:] == ["session/close", "session/close"]
            assert trio.current_time() == 0.0


@pytest.mark.rule(21)
async def test_leaving_a_connection_cancels_the_turn_of_such_a_session_before_it_is_closed(autojump_clock) -> None:
    reasons: list[str] = []

    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery, open_pair(Client("c"), echo_agent()) as pair:
            session = await nursery.start(pair.agent.run_session, "/")
            await nursery.start(stay, session, reasons)
    assert pair.wire.methods("client") == [
        "initialize",
        "session/new",
        "session/prompt",
        "session/cancel",
        "session/close",
    ]
    assert reasons == ["cancelled"]


@pytest.mark.rule(17)
async def test_such_sessions_do_not_keep_a_connection_to_a_silent_agent_open_beyond_one_grace(
    autojump_clock, connecting
) -> None:
    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            capabilities = {"sessionCapabilities": {"close": {}}}
            async with connecting(Client("c", grace=5), **capabilities) as (agent, connection):
                for number in range(3):
                    nursery.start_soon(agent.answer_new_session, f"s{number}")
                    await nursery.start(connection.run_session, "/")
                left_at = trio.current_time()
            assert trio.current_time() - left_at <= 5.0 + 1e-6


@pytest.mark.promise("P1")
async def test_a_session_that_is_being_opened_when_its_connection_closes_raises_where_it_is_started(
    autojump_clock, connecting
) -> None:
    errors: list[Exception] = []

    async def start(nursery: trio.Nursery, connection) -> None:
        try:
            await nursery.start(connection.run_session, "/")
        except ConnectionClosed as error:
            errors.append(error)

    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery, connecting(Client("c")) as (_agent, connection):
            nursery.start_soon(start, nursery, connection)
            await trio.testing.wait_all_tasks_blocked()
    assert [type(error) for error in errors] == [ConnectionClosed]


@pytest.mark.promise("P1")
async def test_a_stream_in_a_block_of_another_task_raises_when_its_connection_closes(autojump_clock) -> None:
    errors: list[Exception] = []

    async def read(connection) -> None:
        async with connection.open_session("/") as session, session.updates() as stream:
            try:
                await anext(stream)
            except ConnectionClosed as error:
                errors.append(error)

    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery, open_pair(Client("c"), echo_agent()) as pair:
            nursery.start_soon(read, pair.agent)
            await trio.testing.wait_all_tasks_blocked()
    assert [type(error) for error in errors] == [ConnectionClosed]


@pytest.mark.promise("P21")
async def test_in_a_cancelled_scope_no_session_is_opened(autojump_clock, connecting) -> None:
    with trio.fail_after(HANG):
        async with connecting(Client("c")) as (agent, connection):
            with trio.CancelScope() as scope:
                scope.cancel()
                async with connection.open_session("/"):
                    raise AssertionError("it was opened")
            assert scope.cancelled_caught
            await connection.notify("_after")
            assert (await agent.receive())["method"] == "_after"
