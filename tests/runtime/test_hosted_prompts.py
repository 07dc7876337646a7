"""A prompt to a hosted session: what is said reaches the client in order, and every way of ending is answered."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Client, PeerError, RequestError, Turn
from acp_trio.mcp import ConnectionReady, McpServerStatus, McpSnapshot, McpTool, StatusesChanged
from acp_trio.runtime import RELAY_CAPACITY, InMemoryStore, Runtime, TurnEnded, hosted_session
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, prompted, said, spec, talking_to, texts

pytestmark = pytest.mark.usefixtures("nothing_leaks")


async def taken(turn: Any) -> list[Any]:
    return [update async for update in turn]


async def test_what_the_loop_says_reaches_the_client_in_order_and_before_the_answer(autojump_clock):
    async def loop(turn: Turn, runtime: Runtime) -> str:
        for number in range(3 * RELAY_CAPACITY):
            await turn.say(str(number))
        return "max_tokens"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop))) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                updates = await taken(turn)
            assert texts(updates) == [str(number) for number in range(3 * RELAY_CAPACITY)]
            assert turn.stop_reason == "max_tokens"


async def test_a_tool_call_shows_from_pending_to_completed_among_what_is_said(autojump_clock):
    async def loop(turn: Turn, runtime: Runtime) -> str:
        await turn.say("before")
        async with turn.tool_call("Look", tool_call_id="1") as call:
            await call.progress()
            await turn.say("while")
        await turn.say("after")
        return "end_turn"

    with trio.fail_after(5):
        async with prompted(hosting(spec(loop))) as turn:
            shown = [getattr(update, "status", None) or update.content.text for update in await taken(turn)]
    assert shown == ["before", "pending", "in_progress", "while", "completed", "after"]


async def test_a_permission_is_asked_behind_what_was_said_before_it(autojump_clock):
    asked: list[str] = []
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        asked.append(request.tool_call.tool_call_id)
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="yes"))

    async def loop(turn: Turn, runtime: Runtime) -> str:
        for number in range(2 * RELAY_CAPACITY):
            await turn.say(str(number))
        option = v1.PermissionOption(option_id="yes", name="Yes", kind="allow_once")
        async with turn.tool_call("Look", tool_call_id="1") as call:
            await turn.request_permission(call.as_update(), [option])
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop)), client) as pair, pair.agent.open_session("/") as session:
            await session.ask("go")
        methods = pair.wire.methods("agent")
    assert asked == ["1"]
    assert methods.index("session/request_permission") == methods.index("session/update") + 2 * RELAY_CAPACITY + 1


async def test_a_terminal_is_asked_for_behind_what_was_said_before_it(autojump_clock):
    client = Client("test", capabilities=v1.ClientCapabilities(terminal=True))

    @client.on_request(v1.CreateTerminalRequest)
    async def create(request: v1.CreateTerminalRequest) -> v1.CreateTerminalResponse:
        return v1.CreateTerminalResponse(terminal_id="1")

    @client.on_request(v1.ReleaseTerminalRequest)
    async def release(request: v1.ReleaseTerminalRequest) -> v1.ReleaseTerminalResponse:
        return v1.ReleaseTerminalResponse()

    async def loop(turn: Turn, runtime: Runtime) -> str:
        for _ in range(3):
            await turn.say("before")
        async with turn.terminal("ls"):
            return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop)), client) as pair, pair.agent.open_session("/") as session:
            await session.ask("go")
        sent = pair.wire.methods("agent")
    assert sent == ["session/update"] * 3 + ["terminal/create", "terminal/release"]


@pytest.mark.promise("P3")
async def test_cancelling_a_turn_whose_relay_is_full_answers_at_once_and_drops_what_waits(autojump_clock):
    client = Client("test")
    running = trio.Event()

    async def loop(turn: Turn, runtime: Runtime) -> str:
        running.set()
        while True:
            await turn.say("x" * 10_000)

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop)), client) as pair, pair.agent.open_session("/") as session:
            async with session.prompt("go") as turn:
                await running.wait()
                await anext(turn)
                await turn.cancel()
                await turn.finish()
                assert turn.stop_reason == "cancelled"
            hosted = hosted_session(pair.client.sessions.get(session.id))
            assert hosted.states.phase.value == "idle"
            async with session.prompt("again") as turn:
                await turn.cancel()
                assert (await turn.finish()).stop_reason == "cancelled"


@pytest.mark.promise("P3")
async def test_cancelling_while_a_tool_runs_shows_the_tool_call_as_failed_and_answers(autojump_clock):
    cleaned: list[str] = []

    async def loop(turn: Turn, runtime: Runtime) -> str:
        async with turn.tool_call("Wait", tool_call_id="1"):
            try:
                await trio.sleep_forever()
            finally:
                cleaned.append("up")
        return "end_turn"

    with trio.fail_after(5):
        async with prompted(hosting(spec(loop))) as turn:
            first = await anext(turn)
            await turn.cancel()
            rest = await taken(turn)
            assert turn.stop_reason == "cancelled"
    assert [first.status, *[update.status for update in rest]] == ["pending", "failed"]
    assert cleaned == ["up"]


async def test_a_deadline_inside_the_loop_ends_the_tool_call_and_the_turn_goes_on(autojump_clock):
    async def loop(turn: Turn, runtime: Runtime) -> str:
        with trio.move_on_after(1):
            async with turn.tool_call("Wait", tool_call_id="1"):
                await trio.sleep_forever()
        await turn.say("too slow")
        return "end_turn"

    with trio.fail_after(5):
        async with prompted(hosting(spec(loop))) as turn:
            shown = [getattr(update, "status", None) or update.content.text for update in await taken(turn)]
    assert shown == ["pending", "failed", "too slow"]


async def test_a_loop_that_fails_fails_its_turn_and_the_session_goes_on(autojump_clock, caplog):
    async def loop(turn: Turn, runtime: Runtime) -> str:
        if turn.text == "fail":
            await turn.say("oh")
            raise RuntimeError("the model said no")
        await turn.say("yes")
        return "end_turn"

    store = InMemoryStore()
    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop), store=store)) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError, match="internal error"):
                await session.ask("fail")
            assert await session.ask("go on") == "yes"
            kept = await store.load(session.id)
    assert [entry.stop_reason for entry in kept.entries if isinstance(entry, TurnEnded)] == [None, "end_turn"]
    assert "the model said no" in caplog.text


async def test_an_agent_that_cannot_start_refuses_the_session_with_its_own_words(autojump_clock):
    fakes = Fakes()
    fakes.refusals["planner"] = RequestError(1001, "no model is configured")

    async def loop(turn: Turn, runtime: Runtime) -> str:
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop), factory=fakes)) as pair:
            with pytest.raises(PeerError, match="no model is configured"):
                async with pair.agent.open_session("/"):
                    pass
            assert len(pair.client.sessions) == 0


async def test_the_agents_own_task_can_speak_outside_of_turns(autojump_clock):
    async def work(runtime: Runtime) -> None:
        await runtime.send(said("I am here"))

    async def loop(turn: Turn, runtime: Runtime) -> str:
        return "end_turn"

    with trio.fail_after(5):
        async with talking_to(hosting(spec(loop, work=work))) as pair, pair.agent.open_session("/"):
            await trio.testing.wait_all_tasks_blocked()
            assert "session/update" in pair.wire.methods("agent")


async def offered(turn: Turn, runtime: Runtime) -> str:
    with trio.move_on_after(60):
        await runtime.snapshot.wait_value(lambda snapshot: snapshot.is_ready)
    await turn.say(", ".join(tool.name for tool in runtime.tools) or "nothing")
    return "end_turn"


async def test_a_loop_can_wait_until_its_servers_have_said_what_they_offer(autojump_clock):
    servers = FakeServers()
    connected = McpServerStatus(name="net", state="connected")
    tool = McpTool(name="net__get", server="net", tool="get")
    agent = hosting(spec(offered), factory=Fakes({"planner": servers}))
    with trio.fail_after(5):
        async with prompted(agent) as turn:
            await servers.tell.send(StatusesChanged([connected]))
            await trio.testing.wait_all_tasks_blocked()
            await servers.tell.send(ConnectionReady(McpSnapshot(tools=[tool], statuses=[connected])))
            assert texts(await taken(turn)) == ["net__get"]


async def test_a_session_without_servers_has_nothing_to_wait_for(autojump_clock):
    with trio.fail_after(5):
        async with prompted(hosting(spec(offered))) as turn:
            assert texts(await taken(turn)) == ["nothing"]
