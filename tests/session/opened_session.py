"""Sessions of ours: with an agent that the test plays, and with one that repeats what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio

from acp_trio import Agent, Turn
from acp_trio.schema import v1


@asynccontextmanager
async def open_session(agent: Any, connection: Any, session_id: str = "s") -> AsyncIterator[Any]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(agent.answer_new_session, session_id)
        async with connection.open_session("/", keep=True) as session:
            yield session


def echo_agent() -> Agent:
    """It repeats the prompt; told to `stay`, it stays in the turn. All that one may ask of a session it grants."""
    agent = Agent("echo")

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        await turn.say(turn.text)
        if turn.text == "stay":
            await trio.sleep_forever()
        return "end_turn"

    @agent.on_set_mode
    async def set_mode(_request: v1.SetSessionModeRequest) -> v1.SetSessionModeResponse:
        return v1.SetSessionModeResponse()

    @agent.on_set_config_option
    async def set_option(_request: v1.SetSessionConfigOptionRequest) -> v1.SetSessionConfigOptionResponse:
        return v1.SetSessionConfigOptionResponse(config_options=[])

    @agent.on_close_session
    async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    return agent


async def stay(session: Any, reasons: list[str], *, task_status: Any) -> None:
    """Have an echo agent stay in a turn, until somebody ends that; note why it ended."""
    async with session.prompt("stay") as turn:
        async for _ in turn:
            task_status.started()
        reasons.append(turn.stop_reason)
