"""The listener on this machine: for whom it was declared and nobody else, and only as long as it is declared."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import pytest
import trio

from acp_trio import Client, ClientConnection
from acp_trio.mcp import McpServer
from acp_trio.schema import v1
from acp_trio.testing import open_pair

from .using_agent import DEADLINE, HTTP, listing, used, using

PING = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@asynccontextmanager
async def declared(server: McpServer) -> AsyncIterator[tuple[ClientConnection, v1.McpServerHttp]]:
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(Client("c"), using(listing, HTTP)) as pair,
            server.attach(pair.agent) as declaration,
        ):
            assert isinstance(declaration, v1.McpServerHttp)
            yield pair.agent, declaration


async def status(url: str, headers: dict[str, str], method: str = "POST") -> int:
    async with httpx2.AsyncClient() as http:
        response = await http.request(method, url, headers=ACCEPT | headers, json=PING)
        return response.status_code


def bearer(declaration: v1.McpServerHttp) -> dict[str, str]:
    return {header.name: header.value for header in declaration.headers}


async def test_only_who_has_the_declaration_is_let_in() -> None:
    async with declared(McpServer("secret")) as (_agent, declaration):
        url, good = declaration.url, bearer(declaration)
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1"
        assert await status(url, good) == 200
        assert await status(f"http://{parts.netloc}/", good) == 404
        assert await status(f"http://{parts.netloc}/mcp", good) == 404
        assert await status(url, {}) == 401
        assert await status(url, {"Authorization": "Bearer guessed"}) == 401


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_no_web_page_is_let_in_even_with_the_secret(method, caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    async with declared(McpServer("secret")) as (_agent, declaration):
        url, good = declaration.url, bearer(declaration)
        port = urlsplit(url).port
        assert await status(url, good | {"Host": f"attacker.example:{port}"}, method) == 421
        assert await status(url, good | {"Host": "127.0.0.1:1"}, method) == 421
        assert await status(url, good | {"Origin": "https://attacker.example"}, method) == 403
        assert await status(url, good | {"Origin": f"http://127.0.0.1:{port}"}, method) == 403


async def test_the_secrets_are_new_for_each_attachment_and_in_no_log(caplog) -> None:
    caplog.set_level(logging.DEBUG, "acp_trio")
    server = McpServer("secret")
    async with declared(server) as (agent, one), server.attach(agent) as other:
        assert isinstance(other, v1.McpServerHttp)
        assert (one.url, bearer(one)) != (other.url, bearer(other))
        assert await used(agent, one, listing) == ""
    for secret in (urlsplit(one.url).path, *bearer(one).values()):
        assert secret not in caplog.text


async def test_it_is_gone_with_the_block_whoever_is_connected() -> None:
    server, begun, ended = McpServer("slow"), trio.Event(), trio.Event()

    @server.tool
    async def wait() -> None:
        begun.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async def call(client) -> None:
        await client.call_tool("wait")

    async def call_and_fail(agent, declaration, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(Exception), flatten_subgroups=True, allow_unwrapped=True):
            await used(agent, declaration, call)

    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c"), using(listing, HTTP)) as pair, trio.open_nursery() as nursery:
            async with server.attach(pair.agent) as declaration:
                nursery.start_soon(call_and_fail, pair.agent, declaration)
                await begun.wait()
            assert ended.is_set()
            with pytest.raises(httpx2.ConnectError):
                await status(declaration.url, bearer(declaration))
