"""Tools of a session: functions of the client's program, called by the agent, inside of ACP and by HTTP."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import mcp
import pytest
import trio
from mcp_types import ToolListChangedNotification

from acp_trio import Client, ClientSession
from acp_trio.mcp import McpCall, McpServer, ToolError
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .using_agent import ACP, DEADLINE, HTTP, Use, calling, listing, using

# The package's HTTP client drops its streams in place of closing them. It is in this process only because the agent is.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

WAYS = pytest.mark.parametrize("capabilities", [pytest.param(ACP, id="acp"), pytest.param(HTTP, id="http")])
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


@asynccontextmanager
async def session_with(
    server: McpServer, use: Use, capabilities: v1.McpCapabilities, mode: str = "auto", **options: Any
) -> AsyncIterator[ClientSession]:
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(use, capabilities, mode=mode, **options)) as pair,
            pair.agent.open_session("/w", attachments=[server]) as session,
        ):
            yield session


@WAYS
async def test_the_agents_call_changes_what_a_tool_closes_over(capabilities) -> None:
    notes: list[str] = []
    server = McpServer("notes")

    @server.tool
    async def remember(text: str) -> int:
        """Remember a text."""
        notes.append(text)
        return len(notes)

    async with session_with(server, calling("remember", text="buy milk"), capabilities) as session:
        assert await session.ask("remember") == "1"
        assert await session.ask("remember") == "2"
    assert notes == ["buy milk", "buy milk"]


@WAYS
@MODES
async def test_tools_are_listed_with_their_schema_and_description(capabilities, mode) -> None:
    server = McpServer("adding", instructions="It adds.", version="7")

    @server.tool(title="Add", description="Add two numbers.")
    def add(a: int, b: int = 1) -> int:
        return a + b

    async def look(client: mcp.Client) -> str:
        assert (client.server_info.name, client.server_info.version) == ("adding", "7")
        assert client.instructions == "It adds."
        [tool] = (await client.list_tools()).tools
        assert (tool.name, tool.title, tool.description) == ("add", "Add", "Add two numbers.")
        assert tool.input_schema["properties"]["a"]["type"] == "integer"
        assert tool.input_schema["required"] == ["a"]
        result = await client.call_tool("add", {"a": 2})
        assert result.structured_content == {"result": 3}
        return "seen"

    async with session_with(server, look, capabilities, mode) as session:
        assert await session.ask("look") == "seen"


@attrs.frozen
class Place:
    """What a tool of the test returns."""

    path: str
    line: int


async def test_text_numbers_dicts_and_attrs_classes_are_results() -> None:
    server = McpServer("results")

    @server.tool
    def text() -> str:
        return "hello"

    @server.tool
    def number() -> int:
        return 7

    @server.tool
    def mapping() -> dict[str, int]:
        return {"a": 1}

    @server.tool
    def place() -> Place:
        return Place("/w/a", 3)

    @server.tool
    def block() -> v1.TextContent:
        return v1.TextContent(text="read me")

    async def look(client: mcp.Client) -> str:
        results = [await client.call_tool(name) for name in server.tools]
        assert [result.structured_content for result in results] == [
            {"result": "hello"},
            {"result": 7},
            {"a": 1},
            {"path": "/w/a", "line": 3},
            None,
        ]
        assert results[-1].content[0].text == "read me"
        return results[0].content[0].text

    async with session_with(server, look, ACP) as session:
        assert await session.ask("look") == "hello"


async def test_a_plain_function_runs_in_the_trio_thread() -> None:
    server, tasks = McpServer("here"), []

    @server.tool
    def here() -> None:
        tasks.append(trio.lowlevel.current_task())

    async with session_with(server, calling("here"), ACP) as session:
        await session.ask("call")
    assert len(tasks) == 1


@WAYS
async def test_the_model_reads_what_a_tool_error_says_and_of_a_crash_only_which_tool(capabilities, caplog) -> None:
    server = McpServer("failing")

    @server.tool
    async def fail(path: str) -> str:
        if path:
            raise ToolError(f"there is no {path}")
        raise ValueError("a secret")

    async def look(client: mcp.Client) -> str:
        return f"{await calling('fail', path='/x')(client)}; {await calling('fail', path='')(client)}"

    async with session_with(server, look, capabilities) as session:
        with caplog.at_level(logging.ERROR, "acp_trio.mcp"):
            said = await session.ask("fail")
    assert said == "error: Error executing tool fail: there is no /x; error: Error executing tool fail"
    [record] = caplog.records
    assert isinstance(record.exc_info[1].__cause__, ValueError)


async def test_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    server = McpServer("typed")

    @server.tool
    async def double(number: int) -> int:
        return number * 2

    async with session_with(server, calling("double", number="many"), ACP) as session:
        assert "number" in await session.ask("call")


@WAYS
@MODES
async def test_progress_reaches_whoever_called(capabilities, mode) -> None:
    server, heard = McpServer("slow"), []

    @server.tool
    async def work(call: McpCall) -> str:
        await call.report_progress(1, 2, "half")
        return call.reached

    async def note(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async def look(client: mcp.Client) -> str:
        result = await client.call_tool("work", progress_callback=note)
        return result.content[0].text

    async with session_with(server, look, capabilities, mode) as session:
        assert await session.ask("work") == ("acp" if capabilities is ACP else "http")
    assert heard == [(1, 2, "half")]


@WAYS
@MODES
async def test_a_call_that_the_agent_gives_up_is_cancelled(capabilities, mode) -> None:
    server, begun, cancelled = McpServer("slow"), trio.Event(), trio.Event()

    @server.tool
    async def wait() -> None:
        begun.set()
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            cancelled.set()
            raise

    async def give_up(client: mcp.Client) -> str:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call_tool, "wait")
            await begun.wait()
            nursery.cancel_scope.cancel()
        await cancelled.wait()
        return "gave up"

    async with session_with(server, give_up, capabilities, mode) as session:
        assert await session.ask("call") == "gave up"


@pytest.mark.parametrize("concurrent", [False, True])
async def test_calls_of_a_tool_overlap_only_where_it_says_so(concurrent) -> None:
    server, running, most = McpServer("counting"), [], []

    @server.tool(concurrent=concurrent)
    async def count() -> None:
        running.append(None)
        most.append(len(running))
        await trio.testing.wait_all_tasks_blocked()
        running.pop()

    async def call_three_times(client: mcp.Client) -> str:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(client.call_tool, "count")
        return "done"

    async with session_with(server, call_three_times, ACP) as session:
        await session.ask("call")
    assert most == ([1, 2, 3] if concurrent else [1, 1, 1])


# Which tools there are


@WAYS
async def test_a_disabled_tool_is_neither_listed_nor_called(capabilities) -> None:
    server = McpServer("some")
    server.tool(lambda: "a", name="a")
    server.tool(lambda: "b", name="b")

    async def look(client: mcp.Client) -> str:
        names = await listing(client)
        with pytest.raises(mcp.MCPError, match="there is no tool 'a'"):
            await client.call_tool("a")
        return names

    server.disable("a")
    async with session_with(server, look, capabilities) as session:
        assert await session.ask("look") == "b"
        server.enable("a")
        server.allow_only("b")
        assert await session.ask("look") == "b"
        server.allow_all()
        assert server.tools == ("a", "b")


@WAYS
@MODES
async def test_an_agent_is_told_when_the_tools_change(capabilities, mode) -> None:
    server, told = McpServer("some"), trio.Event()
    server.tool(lambda: "a", name="a")

    async def look(client: mcp.Client) -> str:
        assert client.server_capabilities.tools.list_changed
        if mode == "auto":
            async with client.listen(tools_list_changed=True) as changes:
                server.disable("a")
                async for _change in changes:
                    return f"now: {await listing(client)}"
        assert await listing(client) == "a"
        server.disable("a")
        await told.wait()
        return f"now: {await listing(client)}"

    async def heard(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            told.set()

    async with session_with(server, look, capabilities, mode, message_handler=heard) as session:
        assert await session.ask("look") == "now: "
