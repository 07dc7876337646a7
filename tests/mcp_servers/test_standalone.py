"""A server as a program of its own, started by the official package's client."""

from __future__ import annotations

import sys
from pathlib import Path

import mcp
import pytest
import trio
from mcp.client.stdio import StdioServerParameters

from .using_agent import DEADLINE, calling, listing

PROGRAM = Path(__file__).parent / "programs" / "standalone.py"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_it_serves_its_standard_streams(mode) -> None:
    program = StdioServerParameters(command=sys.executable, args=[str(PROGRAM)])
    with trio.fail_after(DEADLINE):
        async with mcp.Client(program, mode=mode) as client:
            assert client.server_info is not None
            assert (client.server_info.name, client.server_info.version) == ("standalone", "3")
            assert await listing(client) == "add who"
            assert await calling("add", a=1, b=2)(client) == "3"
            assert await calling("who")(client) == "stdio None None"
            assert await listing(client) == "who"
            with pytest.raises(mcp.MCPError, match="there is no tool 'add'"):
                await client.call_tool("add", {"a": 1, "b": 2})
