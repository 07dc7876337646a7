"""Sessions that are cancelled at each of their steps in turn: nothing is left, nothing is unanswered, all goes on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, ClientConnection, Turn
from acp_trio.schema import v1
from acp_trio.testing import no_leaks, open_pair

pytestmark = [pytest.mark.promise("P24"), pytest.mark.promise("P3"), pytest.mark.promise("P22")]

ENOUGH = 2000
"""More steps than any conversation here takes."""


class _Canceller(trio.abc.Instrument):
    """Cancels a scope before the n-th step that any task takes from now on."""

    def __init__(self, scope: trio.CancelScope, step: int) -> None:
        self._scope = scope
        self._left = step

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._left -= 1
        if self._left == 0:
            self._scope.cancel()


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


async def cancelled_at(step: int, converse: Callable[[ClientConnection], Awaitable[None]]) -> bool:
    """Whether the conversation was over before that step came."""
    terminals: set[str] = set()
    async with no_leaks(), open_pair(make_client(terminals), make_agent()) as pair:
        with trio.CancelScope() as scope:
            canceller = _Canceller(scope, step)
            trio.lowlevel.add_instrument(canceller)
            try:
                await converse(pair.agent)
            finally:
                trio.lowlevel.remove_instrument(canceller)
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
    return not scope.cancelled_caught


@pytest.mark.parametrize("converse", [open_and_ask, load_and_stream, two_at_once])
async def test_a_conversation_that_is_cancelled_at_any_step_leaves_nothing(autojump_clock, converse, caplog):
    with caplog.at_level(logging.WARNING):
        for step in range(1, ENOUGH):
            began = trio.current_time()
            with trio.fail_after(100):
                if await cancelled_at(step, converse):
                    break
            assert trio.current_time() == began  # no grace was used up
        else:
            pytest.fail("the conversation never ended")
    assert not caplog.records
