"""What a client knows of a session: folded from every update and response, inside of turns and outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, AgentSession, Client, PeerError, RequestError
from acp_trio.codec import CODEC
from acp_trio.schema import v1
from acp_trio.session import SessionState
from acp_trio.testing import open_pair

pytestmark = pytest.mark.usefixtures("nothing_leaks")

MODES = v1.SessionModeState(
    current_mode_id="ask",
    available_modes=[v1.SessionMode(id="ask", name="Ask"), v1.SessionMode(id="code", name="Code")],
)


def option(value: str) -> v1.SessionConfigOption:
    choices = [v1.SessionConfigSelectOption(value=name, name=name) for name in ("big", "small")]
    return v1.SessionConfigSelect(id="model", name="Model", current_value=value, options=choices)


@asynccontextmanager
async def session_with(*updates: v1.SessionUpdate, agent: Agent | None = None) -> AsyncIterator[Any]:
    """A session whose agent said these updates while it was set up."""
    agent = agent or Agent("test")

    @agent.on_new_session
    async def new(request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
        for update in updates:
            await session.update(update)
        return v1.NewSessionResponse(session_id=session.session_id, modes=MODES, config_options=[option("big")])

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session:
            yield session


async def test_a_session_starts_with_what_its_response_says(autojump_clock):
    async with session_with() as session:
        assert session.state.current_mode_id == "ask"
        assert [mode.id for mode in session.state.available_modes] == ["ask", "code"]
        assert session.state.config_options == [option("big")]
        assert session.response.modes == MODES
        assert session.state.title is None


FOLDED = [
    (v1.CurrentModeUpdate(current_mode_id="code"), {"current_mode_id": "code"}),
    (v1.ConfigOptionUpdate(config_options=[]), {"config_options": []}),
    (
        v1.AvailableCommandsUpdate(available_commands=[v1.AvailableCommand(name="go", description="Go")]),
        {"commands": [v1.AvailableCommand(name="go", description="Go")]},
    ),
    (v1.SessionInfoUpdate(title="Notes"), {"title": "Notes", "updated_at": None}),
    (v1.SessionInfoUpdate(updated_at="2026-11-21T07:38:00Z"), {"updated_at": "2026-11-21T07:38:00Z"}),
    (v1.UsageUpdate(used=5, size=10), {"usage": v1.UsageUpdate(used=5, size=10)}),
]


@pytest.mark.parametrize("update, expected", FOLDED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("when", ["early", "in a turn", "between turns"])
async def test_each_kind_of_update_is_folded_whenever_it_comes(autojump_clock, connecting, update, expected, when):
    message = {
        "method": "session/update",
        "params": CODEC.encode(v1.SessionNotification(session_id="s", update=update)),
    }
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:

                async def open_it() -> None:
                    request = await agent.expect("session/new")
                    early = [message] if when == "early" else []
                    await agent.send(*early, {"id": request["id"], "result": {"sessionId": "s"}})

                nursery.start_soon(open_it)
                async with connection.open_session("/", keep=True) as session:
                    if when == "in a turn":
                        async with session.prompt("go") as turn:
                            prompt = await agent.expect("session/prompt")
                            await agent.send(message, {"id": prompt["id"], "result": {"stopReason": "end_turn"}})
                            assert [type(item) async for item in turn] == [type(update)]
                    elif when == "between turns":
                        await agent.send(message)
                        await trio.testing.wait_all_tasks_blocked()
                    state = session.state
    assert {name: getattr(state, name) for name in expected} == expected


async def test_a_title_is_kept_until_it_is_changed_or_cleared(autojump_clock):
    state = SessionState()
    state.fold(v1.SessionInfoUpdate(title="Notes", updated_at="then"))
    state.fold(v1.SessionInfoUpdate(updated_at="now"))
    assert (state.title, state.updated_at) == ("Notes", "now")
    state.fold(v1.SessionInfoUpdate(title=None))
    assert (state.title, state.updated_at) == (None, "now")


async def test_updates_of_the_conversation_change_nothing(autojump_clock):
    state = SessionState()
    for update in (
        v1.AgentMessageChunk(content=v1.TextContent(text="hi")),
        v1.Plan(entries=[]),
        v1.ToolCall(tool_call_id="t", title="Read"),
        v1.UnknownSessionUpdate(tag="of_the_future"),
    ):
        state.fold(update)
    assert state == SessionState()


async def test_setting_a_mode_changes_it_when_the_agent_agrees(autojump_clock):
    agent = Agent("test")

    @agent.on_set_mode
    async def set_mode(request: v1.SetSessionModeRequest, session: AgentSession) -> v1.SetSessionModeResponse:
        if request.mode_id == "bad":
            raise RequestError.invalid_params("no such mode")
        return v1.SetSessionModeResponse()

    async with session_with(agent=agent) as session:
        await session.set_mode("code")
        assert session.state.current_mode_id == "code"
        with pytest.raises(PeerError, match="no such mode"):
            await session.set_mode("bad")
        assert session.state.current_mode_id == "code"


async def test_setting_an_option_returns_and_keeps_all_of_them(autojump_clock):
    agent = Agent("test")

    @agent.on_set_config_option
    async def set_option(request: v1.SetSessionConfigOptionRequest) -> v1.SetSessionConfigOptionResponse:
        assert request.config_id == "model"
        return v1.SetSessionConfigOptionResponse(config_options=[option(str(request.value))])

    async with session_with(agent=agent) as session:
        assert await session.set_config_option("model", "small") == [option("small")]
        assert session.state.config_options == [option("small")]
