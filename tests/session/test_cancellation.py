"""Sessions that are cancelled at each of their steps in turn: nothing is left, nothing is unanswered, all goes on."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ClientConnection, Turn
from acp_trio.schema import v1
from acp_trio.testing import Scene, cancel_everywhere, open_pair

pytestmark = [pytest.mark.promise("P24"), pytest.mark.promise("P3"), pytest.mark.promise("P22")]


def make_agent() -> Agent:
    agent = Agent("test")

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: object) -> v1.LoadSessionResponse:
        await trio.lowlevel.checkpoint()
        return v1.LoadSessionResponse()

    @agent.on_close_session
    async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        await trio.lowlevel.checkpoint()
        return v1.CloseSessionResponse()

    @agent.on_set_mode
    async def set_mode(request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        await trio.lowlevel.checkpoint()
        return v1.SetSessionModeResponse()

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        async with turn.tool_call("Ask") as call:
            await turn.request_permission(call.as_update(), [])
        async with turn.terminal("make") as terminal:
            await terminal.output()
        await turn.say("done")
        return "end_turn"

    return agent


def make_client(terminals: set[str]) -> Client:
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.lowlevel.checkpoint()
        return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())

    @client.on_request(v1.CreateTerminalRequest)
    async def create(request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        terminals.add("t")
        return v1.CreateTerminalResponse(terminal_id="t")

    @client.on_request(v1.TerminalOutputRequest)
    async def output(request: v1.TerminalOutputRequest) -> v1.TerminalOutputResponse:
        return v1.TerminalOutputResponse(output="", truncated=False)

    @client.on_request(v1.ReleaseTerminalRequest)
    async def release(request: v1.ReleaseTerminalRequest) -> v1.ReleaseTerminalResponse:
        terminals.discard(request.terminal_id)
        return v1.ReleaseTerminalResponse()

    return client


async def open_and_ask(connection: ClientConnection) -> None:
    async with connection.open_session("/") as session:
        assert await session.ask("go") == "done"
        await session.set_mode("ask")


async def load_and_stream(connection: ClientConnection) -> None:
    async with connection.load_session("s", "/") as session, session.updates():
        async with session.prompt("go") as turn:
            await anext(turn)
            await turn.cancel()
            await turn.finish()
        async with session.prompt("again"):
            pass


async def two_at_once(connection: ClientConnection) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(open_and_ask, connection)
        nursery.start_soon(load_and_stream, connection)


def scene_of(converse: Callable[[ClientConnection], Awaitable[None]]) -> Scene:
    @asynccontextmanager
    async def scene() -> AsyncGenerator[Callable[[], Awaitable[None]]]:
        terminals: set[str] = set()
        with trio.fail_after(100):
            async with open_pair(make_client(terminals), make_agent()) as pair:
                began = trio.current_time()
                yield partial(converse, pair.agent)
                # Both sides owe nothing, and a session works as if nothing had happened.
                await trio.testing.wait_all_tasks_blocked()
                for side in (pair.agent.statistics(), pair.client.statistics()):
                    assert (side.requests_waiting, side.requests_in_flight) == (0, 0)
                    assert (side.answers_unknown, side.malformed) == (0, 0)
                assert len(pair.agent.sessions) == 0
                assert len(pair.client.sessions) == 0
                assert not terminals
                await open_and_ask(pair.agent)
                await load_and_stream(pair.agent)
                assert trio.current_time() == began  # no grace was used up

    return scene


@pytest.mark.parametrize("converse", [open_and_ask, load_and_stream, two_at_once])
async def test_a_conversation_that_is_cancelled_at_any_step_leaves_nothing(autojump_clock, converse, caplog):
    with caplog.at_level(logging.WARNING):
        points = await cancel_everywhere(scene_of(converse))
    assert points.all > 30
    assert not caplog.records
