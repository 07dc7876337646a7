"""Both ends of one connection in memory, and what must hold for them whatever was cancelled or lost.

The agent does one thing of each kind; the client has an answer to each of its questions. Owns the judgement whether two
ends are whole; the scenes say when.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
import trio.testing

from acp_trio import Agent, Client, Connection, Turn
from acp_trio.schema import v1
from acp_trio.testing import Pair, open_pair

DEADLINE = 60.0
"""Seconds, jumped over by a mock clock, after which something hangs."""


class Turns:
    """Hands the agent's turns out of its handler, for operations that an agent does."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[Turn](10)
        self._over = trio.Event()

    async def run(self, turn: Turn) -> None:
        self._send.send_nowait(turn)
        await self._over.wait()

    async def next(self) -> Turn:
        return await self._receive.receive()

    def end(self) -> None:
        self._over.set()


def make_agent(turns: Turns | None = None) -> Agent:
    agent = Agent("faults")

    @agent.on_request("_echo")
    async def echo(params: object) -> object:
        await trio.lowlevel.checkpoint()
        return params

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: object) -> v1.LoadSessionResponse:
        await trio.lowlevel.checkpoint()
        return v1.LoadSessionResponse()

    @agent.on_resume_session
    async def resume(request: v1.ResumeSessionRequest, session: object) -> v1.ResumeSessionResponse:
        return v1.ResumeSessionResponse()

    @agent.on_close_session
    async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        await trio.lowlevel.checkpoint()
        return v1.CloseSessionResponse()

    @agent.on_set_mode
    async def set_mode(request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        return v1.SetSessionModeResponse()

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        if turn.text == "hand out" and turns is not None:
            await turns.run(turn)
        elif turn.text == "ask":
            async with turn.tool_call("Ask") as call:
                await turn.request_permission(call.as_update(), [])
        await turn.say(turn.text)
        return "end_turn"

    return agent


def make_client() -> Client:
    client = Client("faults")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.lowlevel.checkpoint()
        return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())

    return client


@asynccontextmanager
async def whole_pair(agent: Agent | None = None, client: Client | None = None) -> AsyncGenerator[Pair]:
    """A pair that must be whole at the end of the block, and good for another session."""
    with trio.fail_after(DEADLINE):
        async with open_pair(client or make_client(), agent or make_agent()) as pair:
            yield pair
            await settle(pair.agent, pair.client)
            async with pair.agent.open_session("/") as session:
                assert await session.ask("still there") == "still there"
            assert (len(pair.agent.sessions), len(pair.client.sessions)) == (0, 0)
        assert pair.wire.unanswered() == []
        assert all(message.complete for message in pair.wire.messages)


async def settle(*ends: Connection) -> None:
    """Wait until nothing moves any more: then no end waits for anything, owes anything, or got half a frame."""
    await trio.testing.wait_all_tasks_blocked()
    for end in ends:
        numbers = end.statistics()
        assert (numbers.requests_waiting, numbers.requests_in_flight, numbers.bytes_unwritten) == (0, 0, 0)
        assert (numbers.malformed, numbers.answers_unknown, numbers.held_by) == (0, 0, None)
