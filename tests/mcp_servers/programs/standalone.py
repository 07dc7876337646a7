"""A server that is a program of its own."""

from __future__ import annotations

import trio

from acp_trio.mcp import McpCall, McpServer

server = McpServer("standalone", version="3")


@server.tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool
def who(call: McpCall) -> str:
    """Say how it is reached, and switch `add` off."""
    server.disable("add")
    return f"{call.reached} {call.connection} {call.server_id}"


if __name__ == "__main__":
    trio.run(server.serve_stdio)
