"""An MCP server for tests: it holds a lock as long as it runs, and says what it is for."""

import fcntl
import sys
from pathlib import Path

import trio
from mcp.server.mcpserver import MCPServer

server = MCPServer("notes", instructions="Keep notes short.")


@server.tool(title="Remember")
async def remember(text: str) -> str:
    """Remember a text."""
    return f"remembered: {text}"


with Path(sys.argv[1]).open("w") as lock:
    fcntl.flock(lock, fcntl.LOCK_SH)
    trio.run(server.run_stdio_async)
