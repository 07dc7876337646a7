"""Three proxies: one that upper-cases prompts, one that adds an MCP server to every session, one that only forwards."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from acp_trio import CLIENT, Handled, Handlers, Proxy, ProxyConnection
from acp_trio.connection import Connection
from acp_trio.schema import evolve, v1
from acp_trio.transports import stdio


def shout() -> Proxy:
    """It upper-cases the text of every prompt; told to `die`, it does."""
    proxy = Proxy("shout")

    @proxy.on_request(v1.PromptRequest, sender=CLIENT)
    async def upper(request: v1.PromptRequest) -> Handled:
        blocks = [upper_case(block) for block in request.prompt]
        return Handled.no(evolve(request, prompt=blocks))

    return proxy


def upper_case(block: v1.ContentBlock) -> v1.ContentBlock:
    if not isinstance(block, v1.TextContent):
        return block
    if block.text == "die":
        print("the proxy was told to die", file=sys.stderr, flush=True)
        os._exit(7)
    return evolve(block, text=block.text.upper())


class Workspace:
    """An attachment: it declares an MCP server, and answers one extension request while it is attached."""

    @asynccontextmanager
    async def attach(self, connection: Connection, /) -> AsyncIterator[v1.McpServer]:
        tools = Handlers()

        @tools.on_request("_workspace/count")
        async def count(params: Any) -> Any:
            return {"lines": len(params["text"].splitlines())}

        async with connection.route(tools):
            yield v1.McpServerStdio(name="workspace", command="workspace-server", args=[], env=[])


def attach() -> Proxy:
    """It adds an MCP server declaration to every new session, and relays it."""
    proxy = Proxy("attach")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def new_session(
        request: v1.NewSessionRequest,
        conn: ProxyConnection,
        *,
        task_status: trio.TaskStatus[v1.NewSessionResponse],
    ) -> None:
        async with conn.open_session(request, attachments=(Workspace(),)) as session:
            task_status.started(session.response)
            await session.relay()

    return proxy


def forward() -> Proxy:
    """It does nothing."""
    return Proxy("forward")


PROXIES: dict[str, Callable[[], Proxy]] = {"shout": shout, "attach": attach, "forward": forward}

if __name__ == "__main__":
    trio.run(PROXIES[sys.argv[1]]().serve, stdio())
