"""Our client with an MCP server attached, used inside of ACP by an agent on the official TypeScript SDK."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from acp_trio import Client, ClientSession
from acp_trio.mcp import McpCall, McpServer
from acp_trio.transports import process

from .conftest import DEADLINE, Peers

pytestmark = pytest.mark.peer("typescript-sdk")


@asynccontextmanager
async def session_with(server: McpServer, peers: Peers) -> AsyncIterator[ClientSession]:
    with trio.fail_after(DEADLINE):
        async with (
            Client("ours").connect(process(peers.program("typescript-sdk", "mcp_agent"))) as agent,
            agent.open_session("/", attachments=[server]) as session,
        ):
            yield session


async def said(session: ClientSession, prompt: str) -> Any:
    return json.loads(await session.ask(prompt))


async def test_an_sdk_agent_lists_and_calls_our_tools(peers: Peers) -> None:
    server, notes = McpServer("notes"), []

    @server.tool
    async def remember(text: str) -> int:
        notes.append(text)
        return len(notes)

    async with session_with(server, peers) as session:
        listed = await said(session, "list")
        assert [tool["name"] for tool in listed["result"]["tools"]] == ["remember"]
        called = await said(session, 'call remember {"text":"milk"}')
        assert called["result"]["structuredContent"] == {"result": 1}
        assert (await said(session, "call nothing"))["error"]["code"] == -32602
    assert notes == ["milk"]


async def test_an_sdk_agent_that_is_told_of_progress_and_gives_up_cancels_our_tool(peers: Peers) -> None:
    server, ended = McpServer("slow"), trio.Event()

    @server.tool
    async def wait(call: McpCall) -> None:
        try:
            await call.report_progress(1)
            await trio.sleep_forever()
        finally:
            ended.set()

    async with session_with(server, peers) as session:
        assert await said(session, "cancel wait") == {"code": -32800}
        await ended.wait()
