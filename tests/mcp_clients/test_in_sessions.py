"""Real MCP servers in hosted sessions: connected for the session, used by its agent, gone with it."""

from __future__ import annotations

import os

import pytest
import trio

from acp_trio import Agent, Client, Turn
from acp_trio.runtime import AgentSpec, Runtime, SessionHost, hosted_session
from acp_trio.schema import v1
from acp_trio.session import text_of
from acp_trio.testing import open_pair

from .served import DEADLINE, program


async def call(turn: Turn, runtime: Runtime) -> v1.StopReason:
    """Call the tool that the prompt names, and say what it gave."""
    await runtime.snapshot.wait_value(lambda now: bool(now.statuses) and now.statuses[0].state == "connected")
    async with turn.tool_call(turn.text) as shown:
        await shown.progress()
        result = await runtime.call_tool(turn.text)
    await turn.say("".join(text_of(block) for block in result.content))
    return "end_turn"


def caller() -> Agent:
    agent = Agent("caller")
    SessionHost([AgentSpec(name="caller", loop=call)]).install(agent)
    return agent


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_servers_that_the_client_names_are_connected_and_their_tools_called(tmp_path):
    setup = v1.NewSessionRequest(cwd=str(tmp_path), mcp_servers=[program("everything")])
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("test"), caller()) as pair, pair.agent.open_session_with(setup) as session:
            assert await session.ask("everything__where") == str(tmp_path)
            pid = int(await session.ask("everything__pid"))
            assert is_alive(pid)
            runtime = hosted_session(pair.client.sessions.get(session.id)).agents.active
            assert runtime.instructions == {"everything": "Be kind."}
        assert not is_alive(pid)


@pytest.mark.promise("P3")
async def test_a_cancel_while_a_tool_of_a_real_server_hangs_is_answered_and_the_server_stays_usable(tmp_path):
    setup = v1.NewSessionRequest(cwd=str(tmp_path), mcp_servers=[program("everything")])
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("test"), caller()) as pair, pair.agent.open_session_with(setup) as session:
            async with session.prompt("everything__hang") as turn:
                async for update in turn:
                    if isinstance(update, v1.ToolCallUpdate) and update.status == "in_progress":
                        await turn.cancel()
            assert turn.stop_reason == "cancelled"
            assert await session.ask("everything__where") == str(tmp_path)
