"""A hosted session from its opening to its end: cancels at every moment, crashes, closing, and what is left."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, PeerError, Turn
from acp_trio.mcp import McpPrompt
from acp_trio.runtime import (
    AgentSpec,
    InMemoryStore,
    Runtime,
    RuntimeEvent,
    RuntimeExited,
    SessionHost,
    SessionMeta,
    TurnEnded,
    Updated,
    hosted_session,
)
from acp_trio.runtime._record import WRITE_GRACE
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, said, spec, talking_to, texts

pytestmark = pytest.mark.usefixtures("nothing_leaks")

WEB = McpPrompt(name="net__web", server="net", prompt="web")


async def echo(turn: Turn, runtime: Runtime) -> str:
    await turn.say(turn.text)
    return "end_turn"


async def wait(turn: Turn, runtime: Runtime) -> str:
    if turn.text == "wait":
        await turn.say("waiting")
        await trio.sleep_forever()
    return await echo(turn, runtime)


@pytest.mark.promise("P3")
async def test_a_cancel_in_the_same_step_as_its_prompt_is_not_lost_and_the_next_prompt_runs(autojump_clock):
    with trio.fail_after(5):
        async with talking_to(hosting(spec(wait))) as pair, pair.agent.open_session("/") as session:
            request = v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="wait")])
            sent = pair.agent.send_request(request)
            pair.agent.notify_nowait(v1.CancelNotification(session_id=session.id))
            assert (await sent.wait()).stop_reason == "cancelled"
            assert await session.ask("go on") == "go on"


@pytest.mark.promise("P3")
async def test_a_cancel_while_a_command_is_expanded_does_not_wait_for_the_server(autojump_clock):
    servers = FakeServers([WEB])
    ran: list[str] = []

    async def loop(turn: Turn, runtime: Runtime) -> str:
        ran.append(turn.text)
        return "end_turn"

    store = InMemoryStore()
    agent = hosting(spec(loop), factory=Fakes({"planner": servers}), store=store)
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await trio.testing.wait_all_tasks_blocked()
            servers.listing = trio.Event()
            async with session.prompt("/web cats") as turn:
                await trio.testing.wait_all_tasks_blocked()
                await turn.cancel()
                assert (await turn.finish()).stop_reason == "cancelled"
            servers.listing.set()
            assert (await store.load(session.id)).entries == ()  # a turn that did not begin has no end
            async with session.prompt("plain") as turn:
                await turn.finish()
    assert ran == ["plain"]


@pytest.mark.promise("P3")
async def test_a_cancel_discards_the_prompts_that_wait_and_they_are_never_kept(autojump_clock):
    store = InMemoryStore()
    with trio.fail_after(5):
        async with talking_to(hosting(spec(wait), store=store)) as pair, pair.agent.open_session("/") as session:
            first, second = (
                pair.agent.send_request(v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text=text)]))
                for text in ("wait", "queued")
            )
            await trio.testing.wait_all_tasks_blocked()
            await pair.agent.notify(v1.CancelNotification(session_id=session.id))
            assert [(await sent.wait()).stop_reason for sent in (first, second)] == ["cancelled", "cancelled"]
            await session.ask("after")
            kept = await store.load(session.id)
    prompts = [entry.blocks[0].text for entry in kept.entries if hasattr(entry, "blocks")]
    assert prompts == ["wait", "after"]


async def test_the_states_of_a_session_can_be_watched_from_opening_to_end(autojump_clock):
    phases: list[str] = []

    cleaned_up = trio.Event()

    async def stubborn(turn: Turn, runtime: Runtime) -> str:
        await turn.say("waiting")
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await cleaned_up.wait()
        return "end_turn"

    async def watch(hosted: Any) -> None:
        async for phase in hosted.states.phase.changes():
            phases.append(phase)
            if phase == "closed":
                return

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery, talking_to(hosting(spec(stubborn))) as pair:
            async with pair.agent.open_session("/") as session:
                hosted = hosted_session(pair.client.sessions.get(session.id))
                nursery.start_soon(watch, hosted)
                await trio.testing.wait_all_tasks_blocked()
                async with session.prompt("go") as turn:
                    await anext(turn)
                    await turn.cancel()
                    await trio.testing.wait_all_tasks_blocked()
                    cleaned_up.set()
                    await turn.finish()
                await trio.testing.wait_all_tasks_blocked()
            await hosted.states.phase.wait_value(lambda phase: phase == "closed")
    seen = [phase for phase in phases if phase != "closing"]  # that may be over before anybody looks
    assert seen == ["idle", "running", "cancelling", "idle", "closed"]


async def test_closing_a_session_cancels_its_turn_answers_it_and_only_then_the_close(autojump_clock):
    ended: list[str] = []

    async def loop(turn: Turn, runtime: Runtime) -> str:
        try:
            await turn.say("waiting")
            await trio.sleep_forever()
        finally:
            ended.append("turn")
        return "end_turn"

    async def work(runtime: Runtime) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("agent")

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop, work=work))) as pair, pair.agent.open_session("/") as session:
            request = v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="go")])
            sent = pair.agent.send_request(request)
            await trio.testing.wait_all_tasks_blocked()
            await pair.agent.request(v1.CloseSessionRequest(session_id=session.id))
            assert sorted(ended) == ["agent", "turn"]
            assert sent.is_answered
            assert (await sent.wait()).stop_reason == "cancelled"
            with pytest.raises(PeerError, match=session.id):
                await pair.agent.request(request)


async def test_a_session_that_is_loaded_while_it_lives_ends_the_old_one_first(autojump_clock):
    log: list[str] = []
    store = InMemoryStore()

    async def work(runtime: Runtime) -> None:
        log.append("begins")
        try:
            await trio.sleep_forever()
        finally:
            log.append("ends")

    with trio.fail_after(5):
        agent = hosting(spec(echo, work=work), store=store)
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            await session.ask("hello")
            await trio.testing.wait_all_tasks_blocked()
            await pair.agent.request(v1.LoadSessionRequest(session_id=session.id, cwd="/", mcp_servers=[]))
            await trio.testing.wait_all_tasks_blocked()
            assert log == ["begins", "ends", "begins"]


@pytest.mark.promise("P18")
async def test_loading_replays_the_conversation_in_whole_messages_and_resuming_does_not(autojump_clock):
    store = InMemoryStore()

    async def in_pieces(turn: Turn, runtime: Runtime) -> str:
        for piece in ("hel", "lo"):
            await turn.say(piece)
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(in_pieces), store=store)) as pair:
            async with pair.agent.open_session("/") as session:
                assert await session.ask("hi") == "hello"
            async with pair.agent.load_session(session.id, "/") as loaded:
                assert texts(loaded.replay) == ["hi", "hello"]
            async with pair.agent.resume_session(session.id, "/") as resumed:
                assert await resumed.ask("hi") == "hello"
            [listed] = await pair.agent.list_sessions()
            assert listed.title == "hi"
            await pair.agent.delete_session(session.id)
            assert await pair.agent.list_sessions() == []
            with pytest.raises(PeerError, match=session.id):
                async with pair.agent.load_session(session.id, "/"):
                    pass


async def test_a_turn_that_cleans_up_slowly_is_kept_whole_when_its_session_is_closed(autojump_clock, caplog):
    store = InMemoryStore()

    async def slow_to_end(turn: Turn, runtime: Runtime) -> str:
        await turn.say("waiting")
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(slow_to_end), store=store)) as pair:
            async with pair.agent.open_session("/") as session:
                sent = pair.agent.send_request(
                    v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text="go")])
                )
                await trio.testing.wait_all_tasks_blocked()
            assert (await sent.wait()).stop_reason == "cancelled"
            kept = await store.load(session.id)
    assert kept.entries[1:] == (Updated(said("waiting")), TurnEnded("cancelled"))
    assert not caplog.records


@pytest.mark.promise("P3")
async def test_the_tool_calls_of_a_cancelled_turn_are_kept_as_failed_before_its_end(autojump_clock):
    store = InMemoryStore()

    async def call(turn: Turn, runtime: Runtime) -> str:
        async with turn.tool_call("Dig", tool_call_id="1"):
            await trio.sleep_forever()
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(call), store=store)) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                await anext(turn)
                await turn.cancel()
                await turn.finish()
            await trio.testing.wait_all_tasks_blocked()
            kept = await store.load(session.id)
    failed = v1.ToolCallUpdate(tool_call_id="1", status="failed")
    assert kept.entries[-2:] == (Updated(failed), TurnEnded("cancelled"))


async def test_a_session_that_another_connection_loads_ends_where_it_was_first(autojump_clock):
    agent = hosting(spec(echo), store=InMemoryStore())
    with trio.fail_after(5):
        async with talking_to(agent) as one, talking_to(agent) as two:  # noqa: SIM117
            async with one.agent.open_session("/", keep=True) as session:
                assert await session.ask("one") == "one"
                async with two.agent.load_session(session.id, "/") as loaded:
                    with pytest.raises(PeerError, match=session.id):
                        await session.ask("two")
                    assert await loaded.ask("three") == "three"


async def test_a_session_that_starts_slowly_holds_up_no_other(autojump_clock):
    store = InMemoryStore()
    fakes = Fakes()
    agent = hosting(spec(echo), store=store, factory=fakes)
    with trio.fail_after(5):
        for session_id in ("slow", "other"):
            await store.create(SessionMeta(session_id=session_id, cwd="/"))
        async with talking_to(agent) as pair, trio.open_nursery() as nursery:
            gate = fakes.gates["planner"] = trio.Event()
            nursery.start_soon(pair.agent.request, v1.LoadSessionRequest(session_id="slow", cwd="/", mcp_servers=[]))
            await trio.testing.wait_all_tasks_blocked()
            del fakes.gates["planner"]
            async with pair.agent.load_session("other", "/") as session:
                assert await session.ask("hello") == "hello"
            gate.set()


async def test_a_store_that_fails_ends_no_turn_and_is_logged(autojump_clock, caplog):
    class Full(InMemoryStore):
        async def append(self, session_id: str, *entries: Any) -> None:
            raise OSError("no space left")

    with trio.fail_after(5):
        async with talking_to(hosting(spec(echo), store=Full())) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("hello") == "hello"
    assert "no space left" in caplog.text


async def test_a_store_that_hangs_holds_up_one_turn_for_its_grace_and_no_other(autojump_clock, caplog):
    class Hung(InMemoryStore):
        async def append(self, session_id: str, *entries: Any) -> None:
            await trio.sleep_forever()

    with trio.fail_after(60):
        async with talking_to(hosting(spec(echo), store=Hung())) as pair, pair.agent.open_session("/") as session:
            begun = trio.current_time()
            assert await session.ask("one") == "one"
            assert trio.current_time() - begun == WRITE_GRACE
            assert await session.ask("two") == "two"
            assert trio.current_time() - begun == WRITE_GRACE
    assert caplog.text.count("does not answer") == 1


@pytest.mark.parametrize("bad", [{"cwd": 5}, {"cwd": "/", "mcpServers": "none"}])
async def test_a_resume_that_is_not_valid_leaves_the_running_turn_alone(autojump_clock, bad):
    with trio.fail_after(5):
        async with (
            talking_to(hosting(spec(wait), store=InMemoryStore())) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("wait") as turn,
        ):
            await anext(turn)
            with pytest.raises(PeerError, match="session/resume"):
                await pair.agent.request("session/resume", {"sessionId": session.id, **bad})
            assert hosted_session(pair.client.sessions.get(session.id)).states.phase.value == "running"
            await turn.cancel()
            assert (await turn.finish()).stop_reason == "cancelled"


# Crashes


class Crashing:
    """An agent with a task that fails when told."""

    def __init__(self) -> None:
        self.now = trio.Event()
        self.begun = 0

    async def work(self, runtime: Runtime) -> None:
        self.begun += 1
        await self.now.wait()
        self.now = trio.Event()
        raise RuntimeError("the model process died")


async def test_a_crash_fails_the_turn_at_work_and_then_ends_the_session(autojump_clock, caplog):
    crashing = Crashing()
    with trio.fail_after(5):
        agent = hosting(spec(wait, work=crashing.work))
        async with talking_to(agent) as pair, pair.agent.open_session("/", keep=True) as session:
            async with session.prompt("wait") as turn:
                await anext(turn)
                crashing.now.set()
                with pytest.raises(PeerError, match="internal error"):
                    await turn.finish()
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(PeerError, match=session.id):
                await session.ask("more")
    assert "the model process died" in caplog.text


async def test_a_prompt_behind_a_crash_is_refused_and_starts_no_agent(autojump_clock, caplog):
    crashing = Crashing()
    with trio.fail_after(5):
        agent = hosting(spec(wait, work=crashing.work))
        async with talking_to(agent) as pair, pair.agent.open_session("/", keep=True) as session:
            first, second = (
                pair.agent.send_request(v1.PromptRequest(session_id=session.id, prompt=[v1.TextContent(text=text)]))
                for text in ("wait", "next")
            )
            await trio.testing.wait_all_tasks_blocked()
            crashing.now.set()
            with pytest.raises(PeerError, match="internal error"):
                await first.wait()
            with pytest.raises(PeerError, match=session.id):
                await second.wait()
    assert crashing.begun == 1


async def test_an_isolated_crash_is_an_event_and_the_agent_starts_anew_when_it_is_needed(autojump_clock, caplog):
    crashing = Crashing()
    heard: list[RuntimeEvent] = []

    async def listen(event: RuntimeEvent, session: Any) -> None:
        heard.append(event)

    agent = hosting(spec(wait, work=crashing.work, on_crash="isolate"), on_event=listen)
    with trio.fail_after(5):
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("wait") as turn:
                await anext(turn)
                crashing.now.set()
                with pytest.raises(PeerError, match="internal error"):
                    await turn.finish()
            assert await session.ask("again") == "again"
    assert [type(event.payload) for event in heard] == [RuntimeExited]
    assert crashing.begun == 2


async def test_a_factory_whose_block_fails_is_a_crash_of_its_agent_alone_where_that_is_isolated(autojump_clock, caplog):
    fails = trio.Event()

    class Failing(Fakes):
        @asynccontextmanager
        async def open(self, spec: AgentSpec, **arguments: Any) -> AsyncGenerator[Runtime]:
            async with super().open(spec, **arguments) as runtime, trio.open_nursery() as nursery:
                if len(self.opened) == 1:
                    nursery.start_soon(self.fail)
                yield runtime
                nursery.cancel_scope.cancel()

        async def fail(self) -> None:
            await fails.wait()
            raise OSError("the servers are gone")

    with trio.fail_after(5):
        agent = hosting(spec(echo, on_crash="isolate"), factory=Failing())
        async with talking_to(agent) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("one") == "one"
            fails.set()
            await trio.testing.wait_all_tasks_blocked()
            assert await session.ask("two") == "two"
    assert "the servers are gone" in caplog.text


async def test_disconnecting_ends_sessions_agents_and_servers(autojump_clock):
    ended: list[str] = []

    async def work(runtime: Runtime) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("agent")

    with trio.fail_after(5):
        async with talking_to(hosting(spec(echo, work=work))) as pair, pair.agent.open_session("/", keep=True):
            await trio.testing.wait_all_tasks_blocked()
    assert ended == ["agent"]


async def test_out_of_turn_events_wait_for_the_client_like_all_others_and_none_is_lost(autojump_clock):
    async def work(runtime: Runtime) -> None:
        async def source() -> Any:
            for number in range(200):
                yield said(str(number))

        await runtime.pump(source())

    with trio.fail_after(5):
        async with talking_to(hosting(spec(echo, work=work))) as pair, pair.agent.open_session("/") as session:
            await session.ask("hello")
            await trio.testing.wait_all_tasks_blocked()
        assert pair.wire.methods("agent").count("session/update") == 201


async def test_a_host_advertises_the_servers_that_its_factory_reaches_unless_the_agent_was_told(autojump_clock):
    told = Agent("told", mcp_capabilities=v1.McpCapabilities())
    untold, faked = Agent("untold"), hosting(spec(echo))
    for agent in (told, untold):
        SessionHost([spec(echo)]).install(agent)
    assert told.capabilities.mcp_capabilities == v1.McpCapabilities()
    assert faked.capabilities.mcp_capabilities == v1.McpCapabilities()
    assert untold.capabilities.mcp_capabilities == v1.McpCapabilities(http=True, sse=True, extras={"acp": True})
