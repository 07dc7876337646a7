"""What an agent sees of its servers as they connect, fail, and change, in both versions of MCP."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import ListToolsResult, PaginatedRequestParams, Tool

from acp_trio import LocalMisuse
from acp_trio.mcp import (
    ConnectionReady,
    InstructionsChanged,
    McpError,
    PromptsChanged,
    RestartPolicy,
    ToolsChanged,
    connect_servers,
)
from acp_trio.schema import v1

from .served import DEADLINE, heard, in_memory, in_memory_as_before, over_acp, ready, text

BOTH = pytest.mark.parametrize("reach", [in_memory, in_memory_as_before])


def polite(name: str = "polite") -> MCPServer:
    server = MCPServer(name, instructions=f"I am {name}.")

    @server.tool(title="A greeting", annotations={"readOnlyHint": True})
    async def greet(name: str) -> str:
        """Greet somebody."""
        return f"hello {name}"

    @server.prompt()
    async def review(file: str) -> str:
        """Review a file."""
        return f"Review {file}."

    return server


def growing() -> MCPServer:
    server = MCPServer("growing")

    @server.tool()
    async def grow(context: Context[Any, Any]) -> None:
        server.add_tool(lambda: "grown", name="grown")
        await tell_tools(context)

    @server.tool()
    async def learn(context: Context[Any, Any]) -> None:
        server.prompt(name="learnt")(lambda: "learnt")
        await tell_prompts(context)

    return server


async def tell_tools(context: Context[Any, Any]) -> None:
    await context.notify_tools_changed()
    await context.session.send_tool_list_changed()


async def tell_prompts(context: Context[Any, Any]) -> None:
    await context.notify_prompts_changed()
    await context.session.send_prompt_list_changed()


async def test_entering_waits_for_no_server() -> None:
    never = trio.Event()

    class Never:
        async def __aenter__(self) -> Any:
            await never.wait()

        async def __aexit__(self, *_: object) -> None: ...

    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("slow"), over_acp=lambda _: Never()) as servers:
            assert [status.state for status in servers.snapshot.statuses] == ["connecting"]
            await trio.testing.wait_all_tasks_blocked()
            assert [status.state for status in servers.snapshot.statuses] == ["connecting"]
            assert not servers.snapshot.is_ready


@BOTH
async def test_what_a_server_offers_is_told_once_it_is_connected(reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=reach(a=polite())) as servers:
            told = await heard(servers, InstructionsChanged)
            assert (told.server, told.instructions) == ("a", "I am polite.")
            (tool,) = (await heard(servers, ToolsChanged)).tools
            assert (tool.name, tool.server, tool.tool, tool.title) == ("a__greet", "a", "greet", "A greeting")
            assert tool.description == "Greet somebody."
            assert tool.input_schema["required"] == ["name"]
            assert tool.annotations == {"readOnlyHint": True}
            snapshot = (await heard(servers, ConnectionReady)).snapshot
            assert snapshot == servers.snapshot
            assert snapshot.tools == [tool]
            assert snapshot.instructions == {"a": "I am polite."}
            assert [status.state for status in snapshot.statuses] == ["connected"]
            assert snapshot.is_ready


async def test_tools_are_in_the_order_of_the_servers() -> None:
    reach = in_memory(b=polite("b"), a=polite("a"))
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("b", "a"), over_acp=reach) as servers:
            await ready(servers)
            assert [tool.name for tool in servers.snapshot.tools] == ["b__greet", "a__greet"]


async def test_no_servers_are_ready_at_once() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([]) as servers:
            assert (await heard(servers, ConnectionReady)).snapshot == servers.snapshot


async def test_of_two_servers_with_one_name_the_second_fails() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a", "a"), over_acp=in_memory(a=polite())) as servers:
            await ready(servers)
            first, second = servers.snapshot.statuses
            assert (first.state, second.state) == ("connected", "failed")
            assert "same name" in second.reason
            assert text(await servers.call_tool("a__greet", {"name": "you"})) == "hello you"
            assert len(await servers.list_prompts()) == 1


async def test_a_server_over_acp_needs_a_way_there() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a")) as servers:
            await ready(servers)
            (status,) = servers.snapshot.statuses
            assert (status.state, status.reason) == ("failed", "this agent cannot reach servers of type 'acp'")


@BOTH
async def test_changed_tools_are_told(reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=reach(a=growing())) as servers:
            await ready(servers)
            await trio.testing.wait_all_tasks_blocked()
            await servers.call_tool("a__grow", {})
            await heard(servers, ToolsChanged, lambda event: event.tools[-1].name == "a__grown")
            assert text(await servers.call_tool("a__grown", {})) == "grown"


@BOTH
async def test_changed_prompts_are_told(reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=reach(a=growing())) as servers:
            await ready(servers)
            await trio.testing.wait_all_tasks_blocked()
            await servers.call_tool("a__learn", {})
            await heard(servers, PromptsChanged)
            assert [prompt.name for prompt in await servers.list_prompts()] == ["a__learnt"]


async def test_all_pages_of_tools_are_listed() -> None:
    async def list_tools(_context: Any, params: Any) -> ListToolsResult:
        page = int(params.cursor) if params is not None and params.cursor else 0
        tool = Tool(name=f"tool{page}", input_schema={"type": "object"})
        return ListToolsResult(tools=[tool], next_cursor=str(page + 1) if page < 2 else None)

    server = Server("paged", on_list_tools=list_tools)
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=server)) as servers:
            await ready(servers)
            assert [tool.tool for tool in servers.snapshot.tools] == ["tool0", "tool1", "tool2"]


async def test_tools_that_cannot_be_listed_again_stay_as_they_were() -> None:
    server = growing()

    @server.tool()
    async def break_down(context: Context[Any, Any]) -> None:
        async def refuse(_context: Any, _params: Any) -> ListToolsResult:
            raise MCPError(-32099, "not today")

        server._lowlevel_server.add_request_handler("tools/list", PaginatedRequestParams, refuse)
        await tell_tools(context)

    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=server)) as servers:
            await ready(servers)
            before = servers.snapshot
            await servers.call_tool("a__break_down", {})
            await trio.testing.wait_all_tasks_blocked()
            assert servers.snapshot == before


async def test_a_server_whose_pages_never_end_fails() -> None:
    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[], next_cursor="again")

    server = Server("endless", on_list_tools=list_tools)
    with trio.fail_after(DEADLINE):
        async with connect_servers(
            over_acp("a"), over_acp=in_memory(a=server), restart=RestartPolicy(attempts=0)
        ) as servers:
            await ready(servers)
            assert servers.snapshot.statuses[0].reason == "the MCP server 'a' does not come to an end: 1000 pages"


@BOTH
async def test_prompts_of_all_servers_are_listed_and_given(reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a", "b"), over_acp=reach(a=polite(), b=growing())) as servers:
            await ready(servers)
            (prompt,) = await servers.list_prompts()
            assert (prompt.name, prompt.server, prompt.prompt) == ("a__review", "a", "review")
            assert prompt.description == "Review a file."
            assert [(one.name, one.required) for one in prompt.arguments] == [("file", True)]
            (message,) = await servers.get_prompt("a__review", {"file": "x.py"})
            assert message.role == "user"
            assert message.content == v1.TextContent(text="Review x.py.")
            with pytest.raises(McpError, match="'a' refused"):
                await servers.get_prompt("a__nothing", {})


async def test_names_that_belong_to_nobody_are_refused() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=polite())) as servers:
            await ready(servers)
            with pytest.raises(McpError, match="'a' has no tool 'nothing'"):
                await servers.call_tool("a__nothing", {})
            with pytest.raises(McpError, match="no MCP server has anything of the name 'b__greet'"):
                await servers.call_tool("b__greet", {})
            with pytest.raises(LocalMisuse, match="no MCP server 'b'"):
                servers.authenticate("b")
            with pytest.raises(LocalMisuse, match="'a' needs no authentication"):
                servers.authenticate("a")


async def test_a_separator_in_names_confuses_nobody() -> None:
    odd = MCPServer("odd")
    odd.add_tool(lambda: "odd", name="b__other")
    reach = in_memory(a=odd, a__b=polite())
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a", "a__b"), over_acp=reach) as servers:
            await ready(servers)
            assert text(await servers.call_tool("a__b__other", {})) == "odd"
            assert text(await servers.call_tool("a__b__greet", {"name": "you"})) == "hello you"


async def test_the_events_end_with_the_block() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=polite())) as servers:
            await ready(servers)
        assert [event async for event in servers.events()] == []
        with pytest.raises(McpError, match="not connected"):
            await servers.call_tool("a__greet", {})


async def test_an_exception_of_the_body_leaves_as_itself() -> None:
    async def fail() -> None:
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=polite())) as servers:
            await ready(servers)
            raise KeyError

    with trio.fail_after(DEADLINE), pytest.raises(KeyError):
        await fail()
