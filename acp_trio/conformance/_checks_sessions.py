"""Checks of sessions and of plain turns."""

from __future__ import annotations

import base64
import sys
from typing import Any, Final

from ..jsonrpc import ErrorCode
from ._checks import check
from ._conversation import Conversation, expect_code, prompt_params, result_of
from ._verdict import Unmet

_ANSWERED: Final = "the end of the turn"
_PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_SILENCE: Final = base64.b64encode(
    b"RIFF\x28\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
    b"data\x04\x00\x00\x00\x00\x00\x00\x00"
).decode()

_MCP_SERVER: Final = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    method, params = request.get("method"), request.get("params") or {}
    if method == "initialize":
        result = {"protocolVersion": params.get("protocolVersion"), "capabilities": {"tools": {}},
                  "serverInfo": {"name": "acp-trio-check", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": []}
    elif method == "ping":
        result = {}
    else:
        error = {"code": -32601, "message": "Method not found"}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
"""
"""An MCP server without a tool, for whatever Python runs us."""


@check("session.new", group="sessions")
async def new(agent: Conversation) -> None:
    answers = [await agent.ask_for_session() for _ in range(2)]
    names = [result_of(answer, "a session").get("sessionId") for answer in answers]
    if not all(isinstance(name, str) for name in names):
        raise Unmet("a session id", f"{names}", answers)
    if names[0] == names[1]:
        raise Unmet("an id of its own for each session", f"twice the id {names[0]!r}", answers)


@check("session.mcp-stdio", group="sessions")
async def mcp_stdio(agent: Conversation) -> None:
    await agent.new_session()
    server = {"name": "acp-trio-check", "command": sys.executable, "args": ["-ISc", _MCP_SERVER], "env": []}
    answer = await agent.request("session/new", {"cwd": agent.manner.directory, "mcpServers": [server]})
    result_of(answer, "a session")


@check("session.unknown", group="sessions")
async def unknown(agent: Conversation) -> None:
    await agent.new_session()
    answer = await agent.prompt("acp_trio: no such session", agent.manner.prompts["hello"])
    expect_code(answer, ErrorCode.RESOURCE_NOT_FOUND)


@check("session.several", group="sessions")
async def several(agent: Conversation) -> None:
    names = [await agent.new_session(), await agent.new_session()]
    turns = [await agent.begin_prompt(name, agent.manner.prompts["hello"]) for name in names]
    for turn in turns:
        result_of(await agent.end_of(turn), _ANSWERED)


@check("prompt.text", group="turns")
async def text(agent: Conversation) -> None:
    result_of(await agent.prompt(await agent.new_session(), agent.manner.prompts["hello"]), _ANSWERED)


@check("prompt.again", group="turns")
async def again(agent: Conversation) -> None:
    session_id = await agent.new_session()
    for _ in range(2):
        result_of(await agent.prompt(session_id, agent.manner.prompts["hello"]), _ANSWERED)


@check("prompt.resource-link", group="turns")
async def resource_link(agent: Conversation) -> None:
    await _takes(agent, {"type": "resource_link", "name": "readme", "uri": f"file://{agent.manner.directory}/a.txt"})


@check("prompt.image", group="turns")
async def image(agent: Conversation) -> None:
    await _takes(agent, {"type": "image", "data": _PIXEL, "mimeType": "image/png"})


@check("prompt.audio", group="turns")
async def audio(agent: Conversation) -> None:
    await _takes(agent, {"type": "audio", "data": _SILENCE, "mimeType": "audio/wav"})


@check("prompt.embedded", group="turns")
async def embedded(agent: Conversation) -> None:
    resource = {"uri": f"file://{agent.manner.directory}/a.txt", "mimeType": "text/plain", "text": "a text"}
    await _takes(agent, {"type": "resource", "resource": resource})


async def _takes(agent: Conversation, block: dict[str, Any]) -> None:
    """The agent takes a prompt with such a block in it."""
    params = prompt_params(await agent.new_session(), agent.manner.prompts["hello"], block)
    result_of(await agent.end_of(await agent.begin("session/prompt", params)), _ANSWERED)
