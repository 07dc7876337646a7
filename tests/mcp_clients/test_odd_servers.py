"""Servers that ask twice, refuse an address, or are called with what is no text: nobody hangs, and nothing leaks."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import UrlElicitationRequiredError
from mcp_types import ElicitRequestURLParams
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from acp_trio.mcp import Elicitation, McpError, RestartPolicy, connect_servers
from acp_trio.schema import v1

from .served import DEADLINE, heard, in_memory_as_before, over_acp, over_http, program, ready, text

NEVER = RestartPolicy(attempts=0)


async def test_a_demand_of_two_visits_ends_with_the_block() -> None:
    server = MCPServer("demanding")

    @server.tool()
    async def demand() -> str:
        raise UrlElicitationRequiredError(
            [ElicitRequestURLParams(message=name, url=f"https://{name}.example", elicitation_id=name) for name in "ab"]
        )

    with trio.fail_after(DEADLINE / 6):
        reached = connect_servers(over_acp("a"), over_acp=in_memory_as_before(a=server))
        async with trio.open_nursery() as nursery, reached as servers:
            await ready(servers)

            async def call() -> None:
                assert (await servers.call_tool("a__demand", {})).is_error

            nursery.start_soon(call)
            await heard(servers, Elicitation)


async def test_a_secret_in_an_address_is_not_told_as_it_is_written_there() -> None:
    async def refuse(_request: Request) -> Response:
        return PlainTextResponse("no", status_code=403)

    app = Starlette(routes=[Route("/{path}", refuse, methods=["GET", "POST"])])
    with trio.fail_after(DEADLINE):
        async with over_http(app) as url:
            declaration = v1.McpServerSse(name="web", url=f"{url}/sse?key=open%2Fsesame%3D", headers=[])
            async with connect_servers([declaration], restart=NEVER) as servers:
                await ready(servers)
                (status,) = servers.snapshot.statuses
                assert "sesame" not in status.reason


@pytest.mark.slow
async def test_what_is_no_text_in_a_call_touches_no_other_call() -> None:
    with trio.fail_after(DEADLINE):
        async with connect_servers([program("everything")], restart=NEVER) as servers:
            await ready(servers)
            with pytest.raises(McpError):
                await servers.call_tool("everything__variable", {"name": "\ud83d"})
            assert text(await servers.call_tool("everything__long", {"characters": 3})) == "xxx"
