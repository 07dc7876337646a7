"""Checks of the wire: ids, lines, what is unknown, and what is no message at all."""

from __future__ import annotations

from typing import Any

import trio

from ..jsonrpc import ErrorCode, as_object, dumps
from ..testing import WireMessage
from ._checks import check
from ._conversation import Conversation, expect_code, is_refusal, line, result_of
from ._verdict import Unclear, Unmet

HALF_A_LINE = "half a line"
"""The id in a line that is no JSON; an agent may make it out all the same."""
BATCH = [
    {"jsonrpc": "2.0", "id": f"{which} of a batch", "method": "_acp_trio/no_such_method"} for which in ("one", "other")
]
_MEBIBYTE = 1 << 20
_GAP = 0.05
"""Seconds between two writes that are to be read one by one. If they are not, nothing is proved."""


@check("wire.string-id", group="wire")
async def string_id(agent: Conversation) -> None:
    await agent.new_session()
    await agent.send({"id": "a string", "method": "session/new", "params": _session(agent)})
    await agent.answer("a string")


@check("wire.notification", group="wire")
async def notification(agent: Conversation) -> None:
    await agent.notify("acp_trio/no_such_notification", {"x": 1})
    await agent.notify("session/cancel", {"sessionId": "no such session"})
    await agent.fence()
    for message in agent.messages[agent.began :]:
        content = as_object(message.message)
        if message.sender == "agent" and content is not None and _is_nobodys_answer(content):
            raise Unmet("nothing in answer to a notification", "a response without an id", [message])


@check("wire.unknown-notification", group="wire")
async def unknown_notification(agent: Conversation) -> None:
    await agent.notify("_acp_trio/no_such_notification", {"x": 1})
    await agent.request("_acp_trio/after")


@check("wire.unknown-method", group="wire")
async def unknown_method(agent: Conversation) -> None:
    expect_code(await agent.request("acp_trio/no_such_method", {}), ErrorCode.METHOD_NOT_FOUND)


@check("wire.unknown-extension", group="wire")
async def unknown_extension(agent: Conversation) -> None:
    expect_code(await agent.request("_acp_trio/no_such_method", {}), ErrorCode.METHOD_NOT_FOUND)


@check("wire.meta", group="wire")
async def meta(agent: Conversation) -> None:
    await agent.new_session()
    extra = {"_meta": {"traceparent": "00-80e1afed08e019fc1110464cfa66635c-7a085853722dc6d2-01", "acp_trio": [1]}}
    result_of(await agent.request("session/new", {**_session(agent), **extra}), "a session, as without `_meta`")


@check("wire.split", group="wire")
async def split(agent: Conversation) -> None:
    await agent.new_session()
    message = line({"jsonrpc": "2.0", "id": "in two", "method": "session/new", "params": _session(agent)})
    await agent.send_bytes(message[:20])
    await trio.sleep(_GAP)
    await agent.send_bytes(message[20:])
    await agent.answer("in two")


@check("wire.joined", group="wire")
async def joined(agent: Conversation) -> None:
    await agent.new_session()
    await agent.send(*({"id": name, "method": "session/new", "params": _session(agent)} for name in ("one", "two")))
    for name in ("one", "two"):
        await agent.answer(name)


@check("input.not-json", group="input")
async def not_json(agent: Conversation) -> None:
    await _answered_without_id(
        agent, b'{"jsonrpc": "2.0", "id": "%s", "method"\n' % HALF_A_LINE.encode(), ErrorCode.PARSE_ERROR
    )


@check("input.no-request", group="input")
async def no_request(agent: Conversation) -> None:
    await _answered_without_id(agent, b"42\n", ErrorCode.INVALID_REQUEST)


@check("input.batch", group="input")
async def batch(agent: Conversation) -> None:
    await _answered_without_id(agent, dumps(BATCH) + b"\n", ErrorCode.INVALID_REQUEST)
    answers = [message for message in _since(agent) if _is_nobodys_answer(message.message)]
    if any(agent.find_answer(entry["id"]) for entry in BATCH) or len(answers) > 1:
        raise Unmet("one error for the whole array", "an answer for each of its entries", _since(agent))


@check("input.refused", group="input")
async def refused(agent: Conversation) -> None:
    await agent.new_session()
    answer = await agent.request("session/new", {"mcpServers": []})
    if not is_refusal(answer):
        raise Unmet("an error, because `cwd` is missing", "a result", [answer])


@check("input.code", group="input")
async def code(agent: Conversation) -> None:
    await agent.new_session()
    answer = await agent.request("session/new", {"cwd": 5, "mcpServers": []})
    if not is_refusal(answer):
        raise Unclear("a session was opened for the directory 5")
    expect_code(answer, ErrorCode.INVALID_PARAMS)


@check("input.large", group="input")
async def large(agent: Conversation) -> None:
    session_id = await agent.new_session()
    link = {"type": "resource_link", "name": "x" * _MEBIBYTE, "uri": "file:///x"}
    result_of(await agent.prompt(session_id, agent.manner.prompts["hello"], link), "the end of the turn")


def _session(agent: Conversation) -> dict[str, Any]:
    return {"cwd": agent.manner.directory, "mcpServers": []}


def _since(agent: Conversation) -> list[WireMessage]:
    """The agent's messages since the check began."""
    return [message for message in agent.messages[agent.began :] if message.sender == "agent"]


def _is_nobodys_answer(content: Any) -> bool:
    """Whether this is a response that says of no request that it is its answer."""
    members = as_object(content)
    return members is not None and "method" not in members and members.get("id") is None


async def _answered_without_id(agent: Conversation, data: bytes, wanted: int) -> None:
    """Send what is no message; it has to be answered with this error, and a request after it as always."""
    await agent.send_bytes(data)
    await agent.request("_acp_trio/after")
    await agent.fence()
    answer = next((message for message in _since(agent) if _is_nobodys_answer(message.message)), None)
    if answer is None:
        raise Unmet(f"the error {wanted:d} with id null", "no answer: the line was passed over")
    expect_code(answer, wanted)
