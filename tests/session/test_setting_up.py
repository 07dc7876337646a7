"""Requests that open or close a session of an agent and come to nothing, and the one whose id is taken."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentConnection
from acp_trio.schema import v1
from acp_trio.testing import ScriptedPeer, scripted_peer

pytestmark = pytest.mark.usefixtures("nothing_leaks")

NEW = {"cwd": "/", "mcpServers": []}
HANG = 60
"""Seconds of the mock clock, more than every grace."""


@asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[tuple[ScriptedPeer, AgentConnection]]:
    """A scripted client that is initialized, and the agent's connection to it."""
    with trio.fail_after(HANG):
        async with scripted_peer() as (client, transport), trio.open_nursery() as nursery:
            connection = await nursery.start(agent.serve, transport)
            await client.initialize()
            yield client, connection
            await client.hang_up()


@pytest.mark.promise("P17", "P22")
@pytest.mark.parametrize("way", ["return", "started"])
@pytest.mark.parametrize("answer", ["wrong", "cannot be encoded"])
async def test_a_session_whose_opening_could_not_be_answered_is_not_there_and_leaves_no_task(
    autojump_clock, caplog, way, answer
) -> None:
    caplog.set_level(logging.CRITICAL)
    agent, ended = Agent("a"), []

    def response() -> object:
        return None if answer == "wrong" else v1.NewSessionResponse(session_id="s", meta={"x": object()})

    async def live() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("ended")

    if way == "return":

        @agent.on_new_session
        async def new(_request, session):
            session.start_soon(live)
            await trio.testing.wait_all_tasks_blocked()
            return response()
    else:

        @agent.on_new_session
        async def new_and_live_on(_request, session, *, task_status):
            session.start_soon(live)
            await trio.testing.wait_all_tasks_blocked()
            task_status.started(response())

    async with serving(agent) as (client, connection):
        await trio.testing.wait_all_tasks_blocked()
        before = trio.lowlevel.current_statistics().tasks_living
        for number in range(5):
            await client.send({"id": number, "method": "session/new", "params": NEW})
            assert (await client.receive())["error"]["code"] == -32603
        await trio.testing.wait_all_tasks_blocked()
        assert len(connection.sessions) == 0
        assert ended == ["ended"] * 5
        assert trio.lowlevel.current_statistics().tasks_living == before


@pytest.mark.promise("P3")
@pytest.mark.rule(7)
@pytest.mark.parametrize("method", ["session/close", "session/delete"])
async def test_a_close_that_is_cancelled_while_it_waits_for_its_turn_leaves_the_session_open(
    autojump_clock, method
) -> None:
    agent, ran = Agent("a"), []

    @agent.on_load_session
    async def load(_request, _session):
        await trio.sleep(5)
        return v1.LoadSessionResponse()

    @agent.on_close_session
    async def close(_request, _session):
        ran.append("close")
        return v1.CloseSessionResponse()

    @agent.on_delete_session
    async def delete(_request, _session):
        ran.append("delete")
        return v1.DeleteSessionResponse()

    async with serving(agent) as (client, connection):
        await client.send(
            {"id": 1, "method": "session/load", "params": {**NEW, "sessionId": "s"}},
            {"id": 2, "method": method, "params": {"sessionId": "s"}},
        )
        await trio.testing.wait_all_tasks_blocked()
        await client.send({"method": "$/cancel_request", "params": {"requestId": 2}})
        answers = {line["id"]: line for line in [await client.receive(), await client.receive()]}
        assert "result" in answers[1]
        assert answers[2]["error"]["code"] == -32800
        assert ran == []
        assert connection.sessions.get("s") is not None


@pytest.mark.rule(7)
async def test_a_new_session_whose_id_is_in_use_is_answered_after_the_old_one_has_ended(autojump_clock) -> None:
    agent = Agent("a")
    log: list[str] = []
    numbers = iter("12")

    @agent.on_new_session
    async def new(_request, session):
        number = next(numbers)

        async def live() -> None:
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(1)
                log.append(f"{number} ended")

        session.start_soon(live)
        return v1.NewSessionResponse(session_id="same")

    async with serving(agent) as (client, connection):
        for number in range(1, 3):
            await client.send({"id": number, "method": "session/new", "params": NEW})
            assert (await client.receive())["result"] == {"sessionId": "same"}
            log.append(f"{number} answered")
            await trio.testing.wait_all_tasks_blocked()
        assert len(connection.sessions) == 1
        assert log == ["1 answered", "1 ended", "2 answered"]


async def test_a_session_that_ends_while_it_is_set_up_is_refused(autojump_clock, caplog) -> None:
    agent = Agent("a")

    async def fail() -> None:
        raise OSError("the disk is full")

    @agent.on_new_session
    async def new(_request, session):
        session.start_soon(fail)
        await trio.sleep(HANG / 2)
        return v1.NewSessionResponse(session_id="s")

    async with serving(agent) as (client, connection):
        await client.send({"id": 1, "method": "session/new", "params": NEW})
        error = (await client.receive())["error"]
        assert (error["code"], error["message"]) == (-32603, "the session ended before it was set up")
        assert len(connection.sessions) == 0
    assert "the disk is full" in caplog.text
