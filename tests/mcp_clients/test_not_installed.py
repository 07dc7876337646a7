"""Without the official package: everything can be imported, and what needs it says so."""

from __future__ import annotations

import sys

import trio

from .served import DEADLINE

WITHOUT = """
import sys
sys.modules["mcp"] = sys.modules["mcp_types"] = sys.modules["hypercorn"] = None
import trio
import acp_trio.mcp
from acp_trio import AcpError

async def main():
    try:
        async with acp_trio.mcp.connect_servers([]):
            pass
    except acp_trio.mcp.McpNotInstalled as error:
        assert isinstance(error, AcpError)
        print(error)

trio.run(main)
"""
CHEAP = """
import sys
import acp_trio.mcp
print(sorted({name.partition(".")[0] for name in sys.modules} & {"mcp", "mcp_types", "pydantic", "httpx2", "anyio"}))
"""


async def output_of(program: str) -> str:
    with trio.fail_after(DEADLINE):
        return (await trio.run_process([sys.executable, "-c", program], capture_stdout=True)).stdout.decode()


async def test_what_needs_the_package_says_how_to_get_it() -> None:
    assert await output_of(WITHOUT) == "this needs the official mcp package: pip install 'acp_trio[mcp]'\n"


async def test_importing_does_not_import_the_package() -> None:
    assert await output_of(CHEAP) == "[]\n"
