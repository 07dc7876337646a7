"""Calls: what comes back, progress, cancelling, and what goes wrong, in both versions of MCP."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    Annotations,
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from acp_trio.codec import CODEC
from acp_trio.mcp import McpError, McpServers, connect_servers
from acp_trio.schema import v1

from .served import DEADLINE, in_memory, in_memory_as_before, over_acp, ready, text

BOTH = pytest.mark.parametrize("reach", [in_memory, in_memory_as_before])

CONTENT = [
    TextContent(text="t", annotations=Annotations(audience=["user"], priority=0.5), _meta={"x": 1}),
    ImageContent(data="aW1n", mime_type="image/png"),
    AudioContent(data="YXU=", mime_type="audio/wav"),
    ResourceLink(name="n", uri="file:///n", title="N", size=3, description="d", mime_type="text/plain"),
    EmbeddedResource(resource=TextResourceContents(uri="file:///t", text="t", mime_type="text/plain")),
    EmbeddedResource(resource=BlobResourceContents(uri="file:///b", blob="Yg==")),
]


class Watched:
    """A server whose tools say what happens to them."""

    def __init__(self) -> None:
        self.server = MCPServer("watched")
        self.started = trio.Event()
        self.cancelled = trio.Event()
        self.go_on = trio.Event()
        self.server.tool()(self.hang)
        self.server.tool()(self.wait)
        self.server.tool()(self.count)
        self.server.tool()(self.fail)
        self.server.tool()(self.refuse)
        self.server.tool(structured_output=False)(self.everything)

    async def hang(self) -> None:
        self.started.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled.set()

    async def wait(self) -> str:
        self.started.set()
        await self.go_on.wait()
        return "waited"

    async def count(self, context: Context[Any, Any], to: int) -> str:
        for number in range(1, to + 1):
            await context.report_progress(number, to, f"number {number}")
        return "counted"

    async def fail(self) -> None:
        raise ToolError("out of paper")

    async def refuse(self) -> None:
        raise MCPError(-32099, "not on Sundays")

    async def everything(self) -> CallToolResult:
        return CallToolResult(content=CONTENT, structured_content={"a": [1]})


@pytest.fixture
def watched() -> Watched:
    return Watched()


def connected(watched: Watched, reach: Any) -> Any:
    return connect_servers(over_acp("a"), over_acp=reach(a=watched.server))


@BOTH
async def test_content_arrives_without_loss(watched: Watched, reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(watched, reach) as servers:
            await ready(servers)
            result = await servers.call_tool("a__everything", {})
    assert [CODEC.encode(block, v1.ContentBlock) for block in result.content] == [
        block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in CONTENT
    ]
    assert result.structured == {"a": [1]}
    assert not result.is_error


@BOTH
async def test_a_failed_tool_is_a_result_and_a_refused_call_is_an_error(watched: Watched, reach: Any) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(watched, reach) as servers:
            await ready(servers)
            result = await servers.call_tool("a__fail", {})
            assert result.is_error
            assert "out of paper" in text(result)
            with pytest.raises(McpError, match=r"'a' refused: not on Sundays \(code -32099\)"):
                await servers.call_tool("a__refuse", {})


@BOTH
async def test_progress_arrives_in_order_and_before_the_result(watched: Watched, reach: Any) -> None:
    reports: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        await trio.lowlevel.checkpoint()
        reports.append((progress, total, message))

    with trio.fail_after(DEADLINE):
        async with connected(watched, reach) as servers:
            await ready(servers)
            assert text(await servers.call_tool("a__count", {"to": 20}, on_progress=note)) == "counted"
            assert reports == [(number, 20, f"number {number}") for number in range(1, 21)]


async def test_a_slow_listener_holds_up_nobody(watched: Watched) -> None:
    reports: list[float] = []
    go_on = trio.Event()

    async def note(progress: float, _total: float | None, _message: str | None) -> None:
        await go_on.wait()
        reports.append(progress)

    with trio.fail_after(DEADLINE):
        async with connected(watched, in_memory) as servers, trio.open_nursery() as nursery:
            await ready(servers)
            nursery.start_soon(lambda: servers.call_tool("a__count", {"to": 500}, on_progress=note))
            await trio.testing.wait_all_tasks_blocked()
            assert text(await servers.call_tool("a__count", {"to": 1})) == "counted"
            go_on.set()
    assert reports == [1, *range(437, 501)]


async def test_what_a_listener_raises_ends_the_call_and_is_raised(watched: Watched) -> None:
    async def refuse(_progress: float, _total: float | None, _message: str | None) -> None:
        raise LookupError("no more")

    with trio.fail_after(DEADLINE):
        async with connected(watched, in_memory) as servers:
            await ready(servers)
            with pytest.raises(LookupError, match="no more"):
                await servers.call_tool("a__count", {"to": 3}, on_progress=refuse)
            assert text(await servers.call_tool("a__count", {"to": 1})) == "counted"


async def test_a_refused_call_with_progress_is_raised_as_itself(watched: Watched) -> None:
    async def note(_progress: float, _total: float | None, _message: str | None) -> None:
        raise AssertionError

    with trio.fail_after(DEADLINE):
        async with connected(watched, in_memory) as servers:
            await ready(servers)
            with pytest.raises(McpError, match="not on Sundays"):
                await servers.call_tool("a__refuse", {}, on_progress=note)


@BOTH
@pytest.mark.parametrize("progress", [False, True])
async def test_cancelling_a_call_cancels_it_at_the_server(watched: Watched, reach: Any, progress: bool) -> None:
    async def note(*_: Any) -> None: ...

    with trio.fail_after(DEADLINE):
        async with connected(watched, reach) as servers:
            await ready(servers)
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    call = servers.call_tool("a__hang", {}, on_progress=note if progress else None)
                    nursery.start_soon(lambda: call)
                    await watched.started.wait()
                    scope.cancel()
            await watched.cancelled.wait()
            assert text(await servers.call_tool("a__count", {"to": 1})) == "counted"


@BOTH
async def test_calls_run_beside_each_other(watched: Watched, reach: Any) -> None:
    results: list[str] = []

    async def call(servers: McpServers, name: str, **arguments: Any) -> None:
        results.append(text(await servers.call_tool(name, arguments)))

    with trio.fail_after(DEADLINE):
        async with connected(watched, reach) as servers:
            await ready(servers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(lambda: call(servers, "a__wait"))
                await watched.started.wait()
                await call(servers, "a__count", to=1)
                watched.go_on.set()
    assert results == ["counted", "waited"]


@BOTH
async def test_leaving_ends_calls_that_still_wait(watched: Watched, reach: Any) -> None:
    failures: list[str] = []

    async def call(servers: McpServers) -> None:
        with pytest.raises(McpError) as caught:
            await servers.call_tool("a__hang", {})
        failures.append(str(caught.value))

    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery, connected(watched, reach) as servers:
            await ready(servers)
            nursery.start_soon(call, servers)  # noqa: ASYNC111  # the servers are left before the call
            await watched.started.wait()
    assert failures == ["the MCP server 'a' is gone: the MCP servers are left"]


async def test_leaving_cancelled_is_leaving_all_the_same(watched: Watched) -> None:
    with trio.fail_after(DEADLINE), trio.CancelScope() as scope:
        async with connected(watched, in_memory) as servers:
            await ready(servers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(servers.call_tool, "a__hang", {})
                await watched.started.wait()
                scope.cancel()
    assert scope.cancelled_caught
    assert watched.cancelled.is_set()


async def test_a_server_that_breaks_the_protocol_is_named() -> None:
    server = MCPServer("a")

    @server.tool()
    async def promise() -> int:
        return 1

    lowlevel = server._lowlevel_server

    async def lie(_context: Any, _params: Any) -> CallToolResult:
        return CallToolResult(content=[], structured_content={"result": "no number"})

    lowlevel.add_request_handler("tools/call", lowlevel.get_request_handler("tools/call").params_type, lie)
    with trio.fail_after(DEADLINE):
        async with connect_servers(over_acp("a"), over_acp=in_memory(a=server)) as servers:
            await ready(servers)
            with pytest.raises(McpError, match=r"'a' broke the protocol: .*no number"):
                await servers.call_tool("a__promise", {})
