"""An agent at work: its servers' events, its tools, its conversation, and what ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio.mcp import (
    AuthenticationFailed,
    ConnectionReady,
    Elicitation,
    InstructionsChanged,
    McpError,
    McpPrompt,
    McpServerStatus,
    McpSnapshot,
    McpTool,
    StatusesChanged,
    ToolsChanged,
    UrlElicitationComplete,
)
from acp_trio.runtime import (
    AgentSpec,
    Prompted,
    Relay,
    Runtime,
    RuntimeCrashed,
    RuntimeEvent,
    ToolFilter,
    Watch,
    on_mcp_event,
    open_runtime,
)
from acp_trio.schema import v1

from .hosting import FakeServers

pytestmark = pytest.mark.usefixtures("nothing_leaks")

FORM = v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema())
STATUS = McpServerStatus(name="files", state="connected")


def tool(name: str) -> McpTool:
    return McpTool(name=f"files__{name}", server="files", tool=name)


async def end(_turn: Any, _runtime: Runtime) -> Any:
    return "end_turn"


def agent(**options: Any) -> AgentSpec:
    return AgentSpec(name="planner", loop=end, **options)


@pytest.mark.parametrize(
    "event, relayed, wanted",
    [
        (ToolsChanged([tool("read")]), False, McpSnapshot(tools=[tool("read")])),
        (InstructionsChanged("web", "Search."), False, McpSnapshot(instructions={"old": "Old.", "web": "Search."})),
        (InstructionsChanged("old", None), False, McpSnapshot()),
        (StatusesChanged([STATUS]), True, McpSnapshot(statuses=[STATUS])),
        (ConnectionReady(McpSnapshot(tools=[tool("a")])), True, McpSnapshot(tools=[tool("a")])),
        (Elicitation("files", "Which?", FORM), True, McpSnapshot()),
        (UrlElicitationComplete("web", "1"), True, McpSnapshot()),
        (AuthenticationFailed("web", "declined"), True, McpSnapshot()),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, bool) else str(value),
)
async def test_an_event_changes_the_snapshot_and_is_relayed_if_somebody_must_see_to_it(event, relayed, wanted):
    replaced = isinstance(event, ConnectionReady)
    removed = isinstance(event, InstructionsChanged) and event.instructions is None
    snapshot = Watch(McpSnapshot(instructions={"old": "Old."}))
    assert on_mcp_event(event, snapshot) == (event if relayed else None)
    instructions = {} if replaced or removed else {"old": "Old.", **wanted.instructions}
    assert snapshot.value.instructions == instructions
    assert (snapshot.value.tools, snapshot.value.statuses) == (wanted.tools, wanted.statuses)


async def taken(relay: Relay, nursery: trio.Nursery) -> list[RuntimeEvent]:
    events: list[RuntimeEvent] = []

    async def take(event: RuntimeEvent) -> None:
        events.append(event)

    nursery.start_soon(relay.deliver, take)
    return events


async def test_the_servers_events_arrive_with_the_agents_name_and_its_tools_are_filtered(autojump_clock, nursery):
    relay, servers = Relay(), FakeServers()
    events = await taken(relay, nursery)
    spec = agent(tools=ToolFilter(allow=["files__*"], deny=["files__delete"]))
    with trio.fail_after(5):
        async with open_runtime(spec, relay=relay, mcp=servers) as runtime:
            await servers.tell.send(ToolsChanged([tool("read"), tool("delete")]))
            await servers.tell.send(StatusesChanged([STATUS]))
            await runtime.snapshot.wait_value(lambda now: bool(now.statuses))
            await relay.flush(None)
            assert [seen.name for seen in runtime.tools] == ["files__read"]
            assert runtime.mcp_server_statuses == [STATUS]
            result = await runtime.call_tool("files__read", {"path": "a"})
            assert result.content == [v1.TextContent(text="called files__read")]
            with pytest.raises(McpError, match="no tool files__delete"):
                await runtime.call_tool("files__delete")
    assert servers.calls == [("files__read", {"path": "a"})]
    assert events == [RuntimeEvent("planner", None, StatusesChanged([STATUS]))]


async def test_prompts_and_authentication_go_to_the_servers(autojump_clock):
    servers = FakeServers([McpPrompt(name="net__web", server="net", prompt="web")])
    servers.messages["net__web"] = "search $_ARGUMENTS"
    with trio.fail_after(5):
        async with open_runtime(agent(), relay=Relay(), mcp=servers) as runtime:
            assert [prompt.prompt for prompt in await runtime.list_prompts()] == ["web"]
            [message] = await runtime.get_prompt("net__web", {"ARGUMENTS": "cats"})
            assert message.content == v1.TextContent(text="search cats")
            runtime.authenticate_mcp_server("net")
    assert servers.authenticated == ["net"]


async def test_an_agent_without_servers_has_no_prompts_and_says_so_of_tools(autojump_clock):
    with trio.fail_after(5):
        async with open_runtime(agent(), relay=Relay()) as runtime:
            assert await runtime.list_prompts() == ()
            with pytest.raises(McpError, match="no MCP servers"):
                await runtime.call_tool("files__read")


async def test_its_conversation_is_what_it_was_given_last(autojump_clock):
    one, two = Prompted([v1.TextContent(text="one")]), Prompted([v1.TextContent(text="two")])
    with trio.fail_after(5):
        async with open_runtime(agent(), relay=Relay(), history=[one]) as runtime:
            assert runtime.history == (one,)
            runtime.replace_conversation([one, two])
            assert runtime.history == (one, two)


async def test_a_source_is_pumped_into_the_relay_in_order_until_nobody_takes(autojump_clock, nursery):
    relay = Relay(2)
    ended: list[str] = []

    async def source() -> AsyncIterator[int]:
        for number in range(10):
            yield number

    async def work(runtime: Runtime) -> None:
        await runtime.pump(source())
        ended.append("all")

    events = await taken(relay, nursery)
    with trio.fail_after(5):
        async with open_runtime(agent(work=work), relay=relay):
            await trio.testing.wait_all_tasks_blocked()
    assert [event.payload for event in events] == list(range(10))
    nursery.cancel_scope.cancel()
    assert ended == ["all"]


async def test_events_that_nobody_takes_any_more_end_the_pump_quietly_and_questions_are_dismissed(autojump_clock):
    relay, servers = Relay(), FakeServers()
    question = Elicitation("files", "Which?", FORM)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await taken(relay, nursery)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        async with open_runtime(agent(), relay=relay, mcp=servers):
            await servers.tell.send(question)
            assert await question.wait() == v1.ElicitationCancelAction()


async def fail(_runtime: Runtime) -> None:
    raise ValueError("the model is gone")


async def test_a_crash_leaves_the_block_as_one_exception_with_its_cause(autojump_clock):
    with trio.fail_after(5):
        with pytest.raises(RuntimeCrashed, match=r"the agent planner crashed: .*the model is gone") as caught:
            async with open_runtime(agent(work=fail), relay=Relay()):
                await trio.sleep_forever()
    assert isinstance(caught.value.__cause__, ExceptionGroup)


async def test_the_bodys_own_exception_leaves_as_itself(autojump_clock):
    with trio.fail_after(5), pytest.raises(KeyError, match="mine"):
        async with open_runtime(agent(), relay=Relay()):
            raise KeyError("mine")


async def test_the_bodys_exception_and_a_crash_leave_together(autojump_clock):
    async def use() -> None:
        async with open_runtime(agent(work=fail), relay=Relay()):
            try:
                await trio.sleep_forever()
            finally:
                raise KeyError("mine")

    with trio.fail_after(5), pytest.raises(ExceptionGroup) as caught:
        await use()
    assert caught.group_contains(KeyError)
    assert caught.group_contains(ValueError)


@pytest.mark.parametrize("way", ["return", "exception", "cancel"])
async def test_leaving_ends_all_tasks_of_the_agent_however_it_is_left(autojump_clock, way):
    ended: list[str] = []

    async def work(runtime: Runtime) -> None:
        runtime.start_soon(trio.sleep_forever)
        try:
            await trio.sleep_forever()
        finally:
            ended.append("work")

    async def use(leave: Callable[[], None]) -> None:
        async with open_runtime(agent(work=work), relay=Relay(), mcp=FakeServers()):
            await trio.testing.wait_all_tasks_blocked()
            leave()
            await trio.lowlevel.checkpoint()

    def leave_by_exception() -> None:
        raise KeyError("mine")

    with trio.fail_after(5), trio.CancelScope() as scope:
        leave = {"return": lambda: None, "exception": leave_by_exception, "cancel": scope.cancel}[way]
        if way == "exception":
            with pytest.raises(KeyError):
                await use(leave)
        else:
            await use(leave)
    assert ended == ["work"]
