"""Servers over HTTP: headers, both transports, and what happens when they are not there, refuse, or forget us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import trio
import trio.testing
from mcp.server.mcpserver import Context, MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from acp_trio.mcp import McpError, McpServers, RestartPolicy, connect_servers
from acp_trio.schema import v1

from .served import DEADLINE, in_state, over_http, ready, text

# The HTTP library leaves the end of its generators to the garbage collector, the package's SSE server its streams.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

NEVER = RestartPolicy(attempts=0)
SOON = RestartPolicy(attempts=2, delay=0.01)


class Served:
    """A server over HTTP, and what it saw."""

    def __init__(self) -> None:
        self.server = MCPServer("served")
        self.started = trio.Event()
        self.cancelled = trio.Event()
        self.server.tool()(self.header)
        self.server.tool()(self.hang)
        self.server.tool()(self.count)

    async def header(self, context: Context[Any, Any], name: str) -> str:
        return context.request_context.request.headers[name]  # type: ignore[union-attr]

    async def hang(self) -> None:
        self.started.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled.set()

    async def count(self, context: Context[Any, Any]) -> str:
        await context.report_progress(1, 2)
        await context.report_progress(2, 2)
        return "counted"


def without_discovery(app: Any) -> Any:
    """A server that does not know the protocol of 2026-07-28."""

    async def filtered(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        if headers.get(b"mcp-method") == b"server/discover":
            await Response(status_code=400)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return filtered


def http(url: str, **headers: str) -> v1.McpServerHttp:
    return v1.McpServerHttp(
        name="web",
        url=f"{url}/mcp",
        headers=[v1.HttpHeader(name=name, value=value) for name, value in headers.items()],
    )


def sse(url: str, **headers: str) -> v1.McpServerSse:
    return v1.McpServerSse(
        name="web",
        url=f"{url}/sse",
        headers=[v1.HttpHeader(name=name, value=value) for name, value in headers.items()],
    )


def apps(served: Served) -> dict[str, tuple[Any, Callable[..., v1.McpServer]]]:
    return {
        "2026": (served.server.streamable_http_app(), http),
        "2025": (without_discovery(served.server.streamable_http_app()), http),
        "json": (without_discovery(served.server.streamable_http_app(json_response=True)), http),
        "sse": (without_discovery(served.server.sse_app()), sse),
    }


ALL = pytest.mark.parametrize("way", ["2026", "2025", "json", "sse"])


@ALL
async def test_tools_are_called_with_the_declared_headers(way: str) -> None:
    app, declare = apps(Served())[way]
    with trio.fail_after(DEADLINE):
        async with over_http(app) as url, connect_servers([declare(url, Authorization="Bearer x")]) as servers:
            await ready(servers)
            assert [status.state for status in servers.snapshot.statuses] == ["connected"]
            assert text(await servers.call_tool("web__header", {"name": "authorization"})) == "Bearer x"


@ALL
async def test_cancelling_a_call_reaches_the_server(way: str) -> None:
    served = Served()
    app, declare = apps(served)[way]

    async def hang(servers: McpServers) -> None:
        await servers.call_tool("web__hang", {})

    with trio.fail_after(DEADLINE):
        async with over_http(app) as url, connect_servers([declare(url)]) as servers:
            await ready(servers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(hang, servers)
                await served.started.wait()
                assert text(await servers.call_tool("web__count", {})) == "counted"
                nursery.cancel_scope.cancel()
            await served.cancelled.wait()
            assert text(await servers.call_tool("web__count", {})) == "counted"


@pytest.mark.parametrize("way", ["2026", "2025", "sse"])
async def test_progress_arrives(way: str) -> None:
    reports: list[float] = []

    async def note(progress: float, _total: float | None, _message: str | None) -> None:
        reports.append(progress)

    app, declare = apps(Served())[way]
    with trio.fail_after(DEADLINE):
        async with over_http(app) as url, connect_servers([declare(url)]) as servers:
            await ready(servers)
            await servers.call_tool("web__count", {}, on_progress=note)
    assert reports == [1, 2]


@ALL
async def test_leaving_while_a_tool_runs_leaves_nothing(way: str) -> None:
    served = Served()
    app, declare = apps(served)[way]

    async def hang(servers: McpServers) -> None:
        with pytest.raises(McpError, match="left"):
            await servers.call_tool("web__hang", {})

    with trio.fail_after(DEADLINE):
        async with over_http(app) as url, trio.open_nursery() as nursery, connect_servers([declare(url)]) as servers:
            await ready(servers)
            nursery.start_soon(hang, servers)  # noqa: ASYNC111  # the servers are left before the call
            await served.started.wait()


async def test_leaving_a_server_that_does_not_answer_takes_no_longer_than_the_grace() -> None:
    inner = without_discovery(Served().server.streamable_http_app())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("method") == "DELETE":
            await trio.sleep_forever()
        await inner(scope, receive, send)

    with trio.fail_after(DEADLINE):
        async with over_http(app) as url:
            async with connect_servers([http(url)], grace=0.2) as servers:
                await ready(servers)
                start = trio.current_time()
            assert 0.2 <= trio.current_time() - start < 5


async def free_url() -> str:
    """An address where nobody listens."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("declare", [http, sse])
async def test_a_server_that_is_not_there_fails_with_a_reason(declare: Any) -> None:
    with trio.fail_after(DEADLINE):
        url = await free_url()
        async with connect_servers([declare(url)], restart=NEVER) as servers:
            await ready(servers)
            (status,) = servers.snapshot.statuses
            assert (status.state, status.reason) == (
                "failed",
                f"all attempts to connect to {url.removeprefix('http://')} failed",
            )


@pytest.mark.parametrize("declare", [http, sse])
async def test_a_refusal_is_told_without_secrets(declare: Any) -> None:
    async def refuse(request: Request) -> Response:
        return PlainTextResponse(request.headers["authorization"], status_code=403)

    app = Starlette(routes=[Route("/{path}", refuse, methods=["GET", "POST"])])
    with trio.fail_after(DEADLINE):
        async with (
            over_http(app) as url,
            connect_servers([declare(url, Authorization="Bearer sesame")], restart=NEVER) as servers,
        ):
            await ready(servers)
            (status,) = servers.snapshot.statuses
            assert status.state == "failed"
            assert "(HTTP 403 Forbidden)" in status.reason
            assert "sesame" not in status.reason


async def test_a_server_that_has_forgotten_the_session_is_connected_anew() -> None:
    """It was restarted behind its address: https://modelcontextprotocol.io, session management."""
    current: list[Callable[..., Awaitable[None]]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan_only(receive, send)
        else:
            await current[0](scope, receive, send)

    async def lifespan_only(receive: Any, send: Any) -> None:
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})

    with trio.fail_after(DEADLINE):
        async with AsyncExitStack() as stack:
            first, second = (Served().server.streamable_http_app() for _ in range(2))
            for one in (first, second):
                await stack.enter_async_context(one.router.lifespan_context(one))
            current[:] = [without_discovery(first)]
            url = await stack.enter_async_context(over_http(app))
            servers = await stack.enter_async_context(connect_servers([http(url)], restart=SOON))
            await ready(servers)
            current[:] = [without_discovery(second)]
            with pytest.raises(McpError, match="'web' is gone: the server has forgotten the session"):
                await servers.call_tool("web__count", {})
            await in_state(servers, "connected", "web")
            assert text(await servers.call_tool("web__count", {})) == "counted"


async def test_a_server_that_went_away_fails_calls_and_is_tried_again() -> None:
    app, declare = apps(Served())["2026"]
    here = trio.CancelScope()

    async def serve(task_status: trio.TaskStatus[str]) -> None:
        with here:
            async with over_http(app) as url:
                task_status.started(url)
                await trio.sleep_forever()

    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            url = await nursery.start(serve)
            async with connect_servers([declare(url)], restart=SOON) as servers:
                await ready(servers)
                here.cancel()
                with pytest.raises(McpError, match="'web' is gone: "):
                    await servers.call_tool("web__count", {})
                await in_state(servers, "failed", "web")
                await in_state(servers, "connecting", "web")
