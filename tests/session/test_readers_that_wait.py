"""A reader that waits, in its loop's body, for something that needs a dialog of that session."""

from __future__ import annotations

import pytest
import trio

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair

pytestmark = [pytest.mark.usefixtures("nothing_leaks"), pytest.mark.promise("P5"), pytest.mark.rule(11)]

HANG = 60
"""Seconds of the mock clock, more than every grace."""


def make_agent() -> Agent:
    agent = Agent("a")
    option = v1.PermissionOption(option_id="y", name="y", kind="allow_once")

    @agent.on_request("_look", concurrent=True)
    async def look(params, connection):
        session = connection.sessions.get(params["session"])
        await session.request_permission(v1.ToolCallUpdate(tool_call_id="1"), [option])
        return {"seen": True}

    @agent.on_request("_speak", concurrent=True)
    async def speak(params, connection):
        await connection.sessions.get(params["session"]).say("x")
        return {}

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        await turn.say("x")
        await trio.sleep(1)
        return "end_turn"

    return agent


def make_client() -> Client:
    client = Client("c")
    client.permissions("allow")
    return client


async def test_the_reader_of_a_turn_may_wait_for_what_needs_a_permission(autojump_clock) -> None:
    seen: list[object] = []
    with trio.fail_after(HANG):
        async with (
            open_pair(make_client(), make_agent()) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("go") as turn,
        ):
            async for _ in turn:
                seen += [await pair.agent.request("_look", {"session": session.id})]
    assert seen == [{"seen": True}]


async def test_the_reader_of_a_stream_may_wait_for_what_needs_a_permission(autojump_clock) -> None:
    with trio.fail_after(HANG):
        async with (
            open_pair(make_client(), make_agent()) as pair,
            pair.agent.open_session("/") as session,
            session.updates() as stream,
        ):
            await pair.agent.request("_speak", {"session": session.id})
            async for _ in stream:
                assert await pair.agent.request("_look", {"session": session.id}) == {"seen": True}
                break
