"""Recorded conversations of real programs decode, and come back as equal JSON but for what leniency drops.

A few messages are here; whole recordings are read where a checkout has them beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acp_trio.codec import CODEC, InvalidValue
from acp_trio.schema._methods import V1_METHODS, message_class

SAMPLES = Path(__file__).parents[3] / "shared" / "wire-samples"

# What peers sent in breach of the schema, and what we say of it.
MALFORMED = {("py-sdk-0.12.1-example-agent", "ListSessionsResponse"): r"\$\.sessions: missing"}

# Written in the manner of agents and clients in the field; each shows something that they do.
GOLDEN: list[tuple[str, str, Any]] = [
    (
        "initialize",
        "params",
        {
            "protocolVersion": 1,
            "clientCapabilities": {
                "fs": {"readTextFile": True, "writeTextFile": False},
                "terminal": True,
                "_meta": None,
            },
            "clientInfo": {"name": "editor", "title": None, "version": "1.0"},
        },
    ),
    (
        "initialize",
        "result",
        {
            "protocolVersion": 1,
            "agentCapabilities": {
                "loadSession": True,
                "promptCapabilities": {"image": True, "audio": False, "embeddedContext": True},
                "mcpCapabilities": {"http": True, "sse": False},
                "sessionCapabilities": {"list": {}, "fork": {}},
                "auth": {},
            },
            "authMethods": [
                {"id": "login", "name": "Log in", "description": None},
                {"id": "tty", "name": "Terminal", "type": "terminal", "args": ["--login"], "env": {}},
                {"id": "key", "name": "Key", "type": "env_var", "varName": "KEY"},
            ],
            "agentInfo": {"name": "agent", "version": "2"},
        },
    ),
    ("authenticate", "params", {"methodId": "login"}),
    ("authenticate", "result", {}),
    (
        "session/new",
        "params",
        {
            "cwd": "/w",
            "mcpServers": [
                {"name": "a", "command": "/bin/a", "args": [], "env": [{"name": "K", "value": "V"}]},
                {"type": "http", "name": "b", "url": "http://localhost/", "headers": []},
                {"type": "pigeon", "name": "c", "loft": 3},
            ],
        },
    ),
    (
        "session/new",
        "result",
        {
            "sessionId": "s",
            "modes": {"currentModeId": "ask", "availableModes": [{"id": "ask", "name": "Ask"}]},
            "models": {"currentModelId": "m"},
            "configOptions": [
                {
                    "id": "model",
                    "name": "Model",
                    "category": "model",
                    "type": "select",
                    "currentValue": "m",
                    "options": [{"group": "g", "name": "G", "options": [{"value": "m", "name": "M"}]}],
                },
                {"id": "fast", "name": "Fast", "type": "boolean", "currentValue": False},
            ],
        },
    ),
    ("session/prompt", "params", {"sessionId": "s", "prompt": [{"type": "text", "text": "hi"}, {"type": "scent"}]}),
    ("session/prompt", "result", {"stopReason": "end_turn", "usage": {"totalTokens": 3}}),
    (
        "session/update",
        "params",
        {
            "sessionId": "s",
            "update": {
                "sessionUpdate": "tool_call",
                "toolCallId": "t",
                "title": "Edit",
                "kind": "edit",
                "status": "pending",
                "content": [{"type": "diff", "path": "/w/a", "oldText": None, "newText": "b"}],
                "locations": [{"path": "/w/a", "line": 1}],
                "rawInput": {"a": [1, None]},
            },
        },
    ),
    ("session/update", "params", {"sessionId": "s", "update": {"sessionUpdate": "weather", "sky": {"blue": True}}}),
    (
        "session/request_permission",
        "params",
        {
            "sessionId": "s",
            "toolCall": {"toolCallId": "t", "content": []},
            "options": [{"optionId": "y", "name": "Yes", "kind": "allow_once"}],
        },
    ),
    ("session/request_permission", "result", {"outcome": {"outcome": "selected", "optionId": "y"}}),
    ("session/request_permission", "result", {"outcome": {"outcome": "cancelled"}}),
    ("terminal/output", "result", {"output": "", "truncated": False, "exitStatus": {"exitCode": 0, "signal": None}}),
    ("session/cancel", "params", {"sessionId": "s"}),
    ("$/cancel_request", "params", {"requestId": 7}),
]


@pytest.mark.promise("P9")
@pytest.mark.parametrize("method,part,value", GOLDEN)
def test_a_message_comes_back_equal(method: str, part: str, value: Any) -> None:
    cls = message_class(1, method)
    cls = cls if part == "params" else cls.response
    assert CODEC.encode(CODEC.decode(cls, value)) == value


WITHOUT = pytest.mark.skip(reason="there are no recordings beside the project")
NO_RECORDINGS = pytest.param(None, id="none", marks=WITHOUT)


def recorded() -> list[Path]:
    """The recordings in which both sides speak version 1."""
    return [path for path in sorted(SAMPLES.glob("*.jsonl")) if any(speaks_version_1(line) for line in lines(path))]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def speaks_version_1(line: Any) -> bool:
    message = line.get("msg")
    return isinstance(message, dict) and message.get("params", {}).get("protocolVersion") == 1 and "id" in message


def messages(path: Path) -> Iterator[tuple[type[Any], Any]]:
    """The class and the value of each params and result."""
    asked: dict[tuple[str, Any], str] = {}
    for line in lines(path):
        if line["dir"] not in ("c2a", "a2c"):
            continue
        message, answered_from = line["msg"], {"c2a": "a2c", "a2c": "c2a"}[line["dir"]]
        method = message.get("method")
        if method is not None and "id" in message:
            asked[answered_from, message["id"]] = method
        if method in V1_METHODS:
            yield message_class(1, method), message.get("params")
        elif "result" in message and asked.get((line["dir"], message["id"])) in V1_METHODS:
            yield message_class(1, asked[line["dir"], message["id"]]).response, message["result"]


@pytest.mark.promise("P9")
@pytest.mark.parametrize("path", recorded() or [NO_RECORDINGS], ids=lambda path: path.stem)
def test_a_recording_comes_back_equal(path: Path) -> None:
    found = list(messages(path))
    assert found
    for cls, value in found:
        if (path.stem, cls.__name__) in MALFORMED:
            with pytest.raises(InvalidValue, match=MALFORMED[path.stem, cls.__name__]):
                CODEC.decode(cls, value)
            continue
        assert CODEC.encode(CODEC.decode(cls, value)) == (value or {})
