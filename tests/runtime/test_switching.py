"""Several agents in one session: which one answers, what it knows, and what the client sees of the change."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import PeerError, Turn
from acp_trio.mcp import McpPrompt, McpServerStatus, StatusesChanged
from acp_trio.runtime import (
    AgentSwitched,
    Choice,
    InMemoryStore,
    Mode,
    Prompted,
    Runtime,
    RuntimeEvent,
    TurnEnded,
    Updated,
    hosted_session,
)
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, said, spec, talking_to, texts

pytestmark = pytest.mark.usefixtures("nothing_leaks")

WEB = McpPrompt(name="net__web", server="net", prompt="web", description="Look it up")


async def name_itself(turn: Turn, runtime: Runtime) -> str:
    await turn.say(runtime.spec.name)
    return "end_turn"


def two(**options: Any) -> Any:
    options.setdefault("factory", Fakes())
    return hosting(spec(name_itself, "planner"), spec(name_itself, "coder"), **options)


async def set_mode(session: Any, mode: str) -> None:
    await session.connection.request(v1.SetSessionModeRequest(session_id=session.id, mode_id=mode))


async def test_the_first_agent_answers_until_another_is_chosen_and_only_it_was_opened(autojump_clock):
    fakes = Fakes()
    with trio.fail_after(5):
        async with talking_to(two(factory=fakes)) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("who?") == "planner"
            assert fakes.opened == ["planner"]
            await set_mode(session, "coder")
            assert await session.ask("who?") == "coder"
            await set_mode(session, "planner")
            assert await session.ask("who?") == "planner"
    assert fakes.opened == ["planner", "coder"]  # switching back reuses the warm one


async def test_a_mode_or_option_that_does_not_exist_is_refused_with_those_that_do(autojump_clock):
    choice = Choice(id="model", name="Model", values={"small": "Small", "large": "Large"})
    with trio.fail_after(5):
        async with talking_to(two(options=[choice])) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError, match="planner, coder"):
                await set_mode(session, "painter")
            for option, value in (("speed", "fast"), ("model", "huge")):
                request = v1.SetSessionConfigOptionRequest(session_id=session.id, config_id=option, value=value)
                with pytest.raises(PeerError, match=r"model|small, large"):
                    await pair.agent.request(request)


async def test_every_agent_is_given_the_whole_conversation(autojump_clock):
    seen: list[list[object]] = []

    async def remember(turn: Turn, runtime: Runtime) -> str:
        seen.append(list(runtime.history))
        await turn.say(runtime.spec.name)
        return "end_turn"

    agent = hosting(spec(remember, "planner"), spec(remember, "coder"))
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await session.ask("one")
            await set_mode(session, "coder")
            await session.ask("two")
            await set_mode(session, "planner")
            await session.ask("three")
    one = [Prompted([v1.TextContent(text="one")]), Updated(said("planner")), TurnEnded("end_turn")]
    two_ = [Prompted([v1.TextContent(text="two")]), Updated(said("coder")), TurnEnded("end_turn")]
    assert seen[0] == []
    assert seen[1] == [*one, AgentSwitched("coder")]
    assert seen[2] == [*one, AgentSwitched("coder"), *two_, AgentSwitched("planner")]


async def test_a_change_during_a_turn_takes_effect_behind_it(autojump_clock):
    begun, go = trio.Event(), trio.Event()
    settings: list[Any] = []

    async def wait(turn: Turn, runtime: Runtime) -> str:
        begun.set()
        await go.wait()
        settings.append(dict(runtime.settings))
        await turn.say(runtime.spec.name)
        return "end_turn"

    choice = Choice(id="model", name="Model", values={"small": "Small", "large": "Large"})
    modes = [
        Mode(id="think", name="Think", agent="planner"),
        Mode(id="do", name="Do", agent="coder", settings={"model": "large"}),
    ]
    agent = hosting(spec(wait, "planner"), spec(wait, "coder"), modes=modes, options=[choice])
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("who?") as turn:
                await begun.wait()
                await set_mode(session, "do")  # answered at once
                go.set()
                [spoken] = texts([update async for update in turn])
            assert spoken == "planner"
            hosted = hosted_session(pair.client.sessions.get(session.id))
            assert hosted.settings.shown_modes().current_mode_id == "do"
            assert await session.ask("who?") == "coder"
    assert settings == [{"model": "small"}, {"model": "large"}]


async def test_choosing_an_agent_shows_its_commands_before_any_prompt_and_an_empty_list_for_one_without(autojump_clock):
    fakes = Fakes({"planner": FakeServers([WEB])})
    with trio.fail_after(5):
        async with talking_to(two(factory=fakes)) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            assert [command.name for command in session.state.commands] == ["web"]
            await set_mode(session, "coder")
            await trio.testing.wait_all_tasks_blocked()
            assert session.state.commands == []
            await set_mode(session, "planner")
            await trio.testing.wait_all_tasks_blocked()
            assert [command.name for command in session.state.commands] == ["web"]


async def test_a_server_that_does_not_tell_its_prompts_holds_up_no_other_agents_commands(autojump_clock):
    silent = FakeServers()
    silent.listing = trio.Event()
    fakes = Fakes({"planner": silent, "coder": FakeServers([WEB])})
    with trio.fail_after(5):
        async with talking_to(two(factory=fakes)) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            await set_mode(session, "coder")
            await trio.testing.wait_all_tasks_blocked()
            assert [command.name for command in session.state.commands] == ["web"]


async def test_an_inactive_agent_is_not_heard_and_its_questions_are_answered_cancel(autojump_clock):
    heard: list[RuntimeEvent] = []
    servers = FakeServers()

    async def listen(event: RuntimeEvent, session: Any) -> None:
        heard.append(event)

    agent = two(factory=Fakes({"planner": servers}), on_event=listen)
    status = McpServerStatus(name="net", state="connected")
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await servers.tell.send(StatusesChanged([status]))
            await trio.testing.wait_all_tasks_blocked()
            await set_mode(session, "coder")
            await servers.tell.send(StatusesChanged([]))
            await trio.testing.wait_all_tasks_blocked()
    assert heard == [
        RuntimeEvent("planner", None, StatusesChanged([status])),
        RuntimeEvent("coder", None, StatusesChanged(())),  # what it has, told by the change of agents
    ]


async def test_a_loaded_session_goes_on_with_the_agent_and_the_options_it_had(autojump_clock):
    store = InMemoryStore()
    choice = Choice(id="model", name="Model", values={"small": "Small", "large": "Large"})
    with trio.fail_after(5):
        async with talking_to(two(store=store, options=[choice])) as pair:
            async with pair.agent.open_session("/") as session:
                await session.ask("one")
                await set_mode(session, "coder")
                await pair.agent.request(
                    v1.SetSessionConfigOptionRequest(session_id=session.id, config_id="model", value="large")
                )
                await trio.testing.wait_all_tasks_blocked()
                kept = session.id
            async with pair.agent.load_session(kept, "/") as session:
                assert session.state.current_mode_id == "coder"
                [option] = session.state.config_options
                assert option.current_value == "large"
                assert await session.ask("who?") == "coder"


async def test_a_mode_whose_agent_cannot_start_is_refused_and_the_next_prompt_runs_in_the_one_before(autojump_clock):
    fakes = Fakes()
    fakes.refusals["coder"] = RuntimeError("no such model")
    with trio.fail_after(5):
        async with talking_to(two(factory=fakes)) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError, match="internal error"):
                await set_mode(session, "coder")
            assert await session.ask("who?") == "planner"


async def test_a_mode_that_was_cancelled_while_its_agent_starts_does_not_take_effect(autojump_clock):
    fakes = Fakes()
    fakes.gates["coder"] = trio.Event()
    with trio.fail_after(5):
        async with talking_to(two(factory=fakes)) as pair, pair.agent.open_session("/") as session:
            with trio.move_on_after(1) as patience:
                await set_mode(session, "coder")
            assert patience.cancelled_caught
            await trio.testing.wait_all_tasks_blocked()
            fakes.gates["coder"].set()
            assert await session.ask("who?") == "planner"


async def test_a_client_is_told_of_the_options_that_change_with_the_mode(autojump_clock):
    choice = Choice(id="model", name="Model", values={"small": "Small", "large": "Large"})
    modes = [
        Mode(id="think", name="Think", agent="planner"),
        Mode(id="do", name="Do", agent="planner", settings={"model": "large"}),
    ]
    agent = hosting(spec(name_itself), modes=modes, options=[choice])
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await set_mode(session, "do")
            await trio.testing.wait_all_tasks_blocked()
            [option] = session.state.config_options
            assert option.current_value == "large"
