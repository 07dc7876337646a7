"""A hosted session whose client is cancelled at every step: it is idle again, and its conversation is whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio import Agent, Turn
from acp_trio.mcp import McpPrompt
from acp_trio.runtime import AgentSpec, Entry, InMemoryStore, Prompted, Runtime, SessionHost, TurnEnded
from acp_trio.schema import v1
from acp_trio.testing import cancel_everywhere

from .hosting import Fakes, FakeServers, talking_to

WEB = McpPrompt(name="net__web", server="net", prompt="web")

Operation = Callable[[], Awaitable[object]]


class Hosted:
    """A host of two agents, one of which has a command."""

    def __init__(self) -> None:
        servers = FakeServers([WEB])
        servers.messages["net__web"] = "look it up"
        self.store = InMemoryStore()
        specs = [AgentSpec(name="planner", loop=self.loop), AgentSpec(name="coder", loop=self.loop)]
        self.host = SessionHost(specs, store=self.store, factory=Fakes({"coder": servers}))
        self.agent = Agent("host")
        self.host.install(self.agent)

    async def loop(self, turn: Turn, runtime: Runtime) -> v1.StopReason:
        async with turn.tool_call("Dig"):
            await turn.say("a")
        await turn.say("b")
        return "end_turn"

    async def check_kept(self, session_id: str) -> None:
        stored = await self.store.load(session_id)
        assert stored is not None
        check_whole(stored.entries)


def check_whole(entries: Sequence[Entry]) -> None:
    """Each prompt has one end, and each end its prompt."""
    kinds = [type(entry) for entry in entries if isinstance(entry, Prompted | TurnEnded)]
    assert kinds == [Prompted, TurnEnded] * (len(kinds) // 2)


@asynccontextmanager
async def switching_and_prompting() -> AsyncGenerator[Operation]:
    hosted = Hosted()
    async with talking_to(hosted.agent) as pair, pair.agent.open_session("/") as session:

        async def operation() -> None:
            await pair.agent.request(v1.SetSessionModeRequest(session_id=session.id, mode_id="coder"))
            await session.ask("/web cats")

        yield operation
        assert (await session.ask("again")).endswith("ab")
        await trio.testing.wait_all_tasks_blocked()
        await hosted.check_kept(session.id)


@asynccontextmanager
async def coming_back() -> AsyncGenerator[Operation]:
    hosted = Hosted()
    async with hosted.host.open(), talking_to(hosted.agent) as first:
        opened = await first.agent.request(v1.NewSessionRequest(cwd="/", mcp_servers=[]))
        session_id = opened.session_id

        async def operation() -> None:
            async with talking_to(hosted.agent) as pair, pair.agent.load_session(session_id, "/", keep=True) as session:
                await pair.agent.request(v1.SetSessionModeRequest(session_id=session_id, mode_id="coder"))
                await session.ask("go")

        yield operation
        async with talking_to(hosted.agent) as pair, pair.agent.load_session(session_id, "/", keep=True) as session:
            assert (await session.ask("again")).endswith("ab")
        await trio.testing.wait_all_tasks_blocked()
        await hosted.check_kept(session_id)


@pytest.mark.promise("P3")
@pytest.mark.parametrize("scene", [switching_and_prompting, coming_back])
async def test_wherever_a_client_is_cancelled_the_session_goes_on_and_what_is_kept_is_whole(autojump_clock, scene):
    with trio.fail_after(1000):
        points = await cancel_everywhere(scene)
    assert points.all > 50
